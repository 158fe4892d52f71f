metric_SRC :=
