sketch_SRC := hist.c distinct.c
