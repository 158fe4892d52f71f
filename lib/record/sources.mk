record_SRC := record.c record_read.c crc32c.c segment.c thin.c spool.c spool_reader.c
