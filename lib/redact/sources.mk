redact_SRC := redact.c canonical.c mask.c words.c
redact_GEN := $(B)/gen/redact/words_table.o
