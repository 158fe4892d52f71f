record_SRC :=
