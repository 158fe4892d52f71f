/*
 * Reads the agent's Prometheus text back into one number a counter: summed over roles and
 * instances; for gauges also the least and the greatest. Pure.
 */
#ifndef CTL_METRICS_TEXT_H
#define CTL_METRICS_TEXT_H

#include "metric/metric.h"

struct metrics_text {
	unsigned lines; /* values read */
	unsigned seen[METRICS]; /* series of each */
	double sum[METRICS], least[METRICS], most[METRICS];
	double exception[EXCEPTIONS];
};

void metrics_text_read(struct span text, struct metrics_text *out);

#endif
