base_SRC := err.c log.c span.c arena.c buf.c clock.c conf.c settings.c encode.c jsonw.c io.c map.c varint.c
