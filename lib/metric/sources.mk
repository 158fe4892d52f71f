metric_SRC := metric.c
