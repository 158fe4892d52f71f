spop_SRC := frame.c
