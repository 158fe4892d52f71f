spop_SRC :=
