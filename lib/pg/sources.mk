pg_SRC := pg_sync.c migrate.c
pg_GEN := $(B)/gen/migrations.o
