sketch_SRC :=
