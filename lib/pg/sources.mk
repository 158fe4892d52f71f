pg_SRC :=
