state_SRC := limit.c history.c ring.c shared.c
