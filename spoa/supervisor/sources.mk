supervisor_SRC := channel.c confine.c role.c
