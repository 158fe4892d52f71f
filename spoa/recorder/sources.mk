recorder_SRC :=
