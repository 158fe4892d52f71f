analyst_SRC :=
