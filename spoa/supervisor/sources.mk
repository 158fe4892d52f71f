supervisor_SRC :=
