worker_SRC :=
