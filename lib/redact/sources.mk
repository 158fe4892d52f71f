redact_SRC := redact.c words.c
redact_GEN := $(B)/gen/redact/words_table.o
