recorder_SRC := batch.c batch_squeeze.c statement.c refused.c shipper.c ship_batch.c ship_keep.c recorder_main.c
