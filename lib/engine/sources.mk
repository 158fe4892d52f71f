engine_SRC :=
