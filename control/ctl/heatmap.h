/*
 * A heat map for a terminal: time from left to right, latency upwards, darker where more
 * requests were. Bands are half powers of two as yett.performance_heatmap has them (0, 16,
 * 32, 48, 64, 96 … µs). Pure.
 */
#ifndef CTL_HEATMAP_H
#define CTL_HEATMAP_H

#include "base/buf.h"

#define HEATMAP_COLUMNS_MAX 240
#define HEATMAP_ROWS_MAX 24 /* more bands are taken two, four … at a time */

struct heatmap_cell {
	int64_t at_us; /* wall, start of the hour or day */
	uint64_t band_us; /* lowest latency of the band */
	uint64_t requests;
};

struct heatmap_style {
	size_t width; /* columns of the terminal, 0: 80 */
	bool utf8; /* block elements; else plain ASCII */
};

/* Appends the map, lines ending in '\n'; nothing for no cells. step_us: how much time a cell
 * stands for, at least 1; times outside [from_us, to_us) are left out. ERR_NOMEM. */
MUST_CHECK int heatmap_print(const struct heatmap_cell *cell, size_t n, int64_t from_us,
    int64_t to_us, int64_t step_us, const struct heatmap_style *style, struct buf *out);

#endif
