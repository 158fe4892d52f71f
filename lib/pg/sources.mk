pg_SRC := pg.c pg_sync.c array.c migrate.c
pg_GEN := $(B)/gen/migrations.o
