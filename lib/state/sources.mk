state_SRC :=
