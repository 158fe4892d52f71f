/* See heatmap.h. Shades are logarithmic: a cell with one request shows beside one of 10 000. */
#include "control/ctl/heatmap.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define LABEL 8 /* columns before the map */
#define WIDTH_DEFAULT 80
#define BANDS_MAX 128

struct map {
	unsigned columns, rows;
	unsigned first; /* band of the lowest row */
	unsigned fold; /* bands in a row */
	uint64_t most;
	uint64_t *count; /* rows × columns */
};

/* Number of the band: 0, 16, 32, 48, 64, 96, 128 … µs. */
static unsigned
band_of(uint64_t us)
{
	unsigned octave = 0;

	if (us < 32)
		return us >= 16;
	while (us >> (octave + 1) >= 32)
		octave++;
	return 2 + 2 * octave + ((us >> octave) >= 48);
}

static uint64_t
band_low(unsigned band)
{
	if (band < 2)
		return band * 16;
	return (uint64_t)(band % 2 ? 48 : 32) << (band / 2 - 1);
}

static void
put_latency(struct buf *out, uint64_t us, bool utf8)
{
	char text[32];
	int n, columns;

	if (us < 1000)
		n = snprintf(text, sizeof text, "%" PRIu64 "%s", us, utf8 ? "µs" : "us");
	else if (us < 1000000)
		n = snprintf(text, sizeof text, "%.3gms", (double)us / 1e3);
	else
		n = snprintf(text, sizeof text, "%.3gs", (double)us / 1e6);
	columns = n - (utf8 && us < 1000); /* µ takes two bytes */
	buf_printf(
	    out, "%*s%s ", LABEL - 1 > columns ? LABEL - 1 - columns : 0, "", text);
}

static bool
inside(const struct heatmap_cell *c, int64_t from_us, int64_t to_us)
{
	return c->at_us >= from_us && c->at_us < to_us && c->requests > 0;
}

/* Which bands there are, and how many go into a row. False: none. */
static bool
choose_rows(struct map *m, const struct heatmap_cell *cell, size_t n, int64_t from_us,
    int64_t to_us)
{
	unsigned low = BANDS_MAX, high = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned b = band_of(cell[i].band_us);

		if (!inside(&cell[i], from_us, to_us))
			continue;
		low = b < low ? b : low;
		high = b > high ? b : high;
	}
	if (low == BANDS_MAX)
		return false;
	for (m->fold = 1;; m->fold *= 2) {
		m->first = low / m->fold * m->fold;
		m->rows = (high - m->first) / m->fold + 1;
		if (m->rows <= HEATMAP_ROWS_MAX)
			return true;
	}
}

static void
choose_columns(struct map *m, int64_t span_us, int64_t step_us, size_t width)
{
	uint64_t steps = (uint64_t)((span_us + step_us - 1) / step_us);
	size_t room = (width ? width : WIDTH_DEFAULT) > LABEL + 10
	    ? (width ? width : WIDTH_DEFAULT) - LABEL - 1
	    : 10;

	if (room > HEATMAP_COLUMNS_MAX)
		room = HEATMAP_COLUMNS_MAX;
	/* whole steps in a column, so that none shows twice another's share */
	m->columns = (unsigned)(steps <= room
		? steps
		: (steps + (steps + room - 1) / room - 1) / ((steps + room - 1) / room));
}

static void
fill(struct map *m, const struct heatmap_cell *cell, size_t n, int64_t from_us,
    int64_t to_us, int64_t step_us)
{
	uint64_t steps = (uint64_t)((to_us - from_us + step_us - 1) / step_us);
	uint64_t per = (steps + m->columns - 1) / m->columns;

	for (size_t i = 0; i < n; i++) {
		uint64_t c, *at;

		if (!inside(&cell[i], from_us, to_us))
			continue;
		c = (uint64_t)((cell[i].at_us - from_us) / step_us) / per;
		at = &m->count[(band_of(cell[i].band_us) - m->first) / m->fold *
			m->columns +
		    c];
		*at += cell[i].requests;
		m->most = *at > m->most ? *at : m->most;
	}
}

static void
put_cell(struct buf *out, uint64_t n, uint64_t most, bool utf8)
{
	static const char *const blocks[] = {" ", "░", "▒", "▓", "█"};
	static const char ascii[] = " .:-=+*#%@";
	unsigned levels = utf8 ? 4 : 9, level = 0;

	if (n > 0 && most > 1)
		level = 1 + (unsigned)((levels - 1) * log((double)n) / log((double)most));
	else if (n > 0)
		level = levels;
	level = level > levels ? levels : level;
	if (utf8)
		buf_put_str(out, blocks[level]);
	else
		buf_put_char(out, ascii[level]);
}

/* Where the map begins and ends. */
static void
put_axis(struct buf *out, const struct map *m, int64_t from_us, int64_t to_us, bool utf8)
{
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];

	(void)clock_format(from_us, from);
	(void)clock_format(to_us, to);
	buf_printf(out, "%*s%s", LABEL, "", utf8 ? "└" : "+");
	for (unsigned c = 1; c < m->columns; c++)
		buf_put_str(out, utf8 ? "─" : "-");
	buf_printf(out, "\n%*s%.16sZ to %.16sZ, darkest: %" PRIu64 " requests\n", LABEL,
	    "", from, to, m->most);
}

int
heatmap_print(const struct heatmap_cell *cell, size_t n, int64_t from_us, int64_t to_us,
    int64_t step_us, const struct heatmap_style *style, struct buf *out)
{
	struct map m = {0};

	if (from_us >= to_us || step_us < 1 || !choose_rows(&m, cell, n, from_us, to_us))
		return OK;
	choose_columns(&m, to_us - from_us, step_us, style->width);
	m.count = calloc((size_t)m.rows * m.columns, sizeof *m.count);
	if (m.count == NULL)
		return ERR_NOMEM;
	fill(&m, cell, n, from_us, to_us, step_us);
	for (unsigned r = m.rows; r-- > 0;) {
		size_t end;

		put_latency(out, band_low(m.first + r * m.fold), style->utf8);
		for (unsigned c = 0; c < m.columns; c++)
			put_cell(out, m.count[r * m.columns + c], m.most, style->utf8);
		for (end = out->n; end > 0 && out->p && out->p[end - 1] == ' ';)
			end--; /* no blanks at the end of a line */
		if (out->p)
			out->p[out->n = end] = 0;
		buf_put_char(out, '\n');
	}
	put_axis(out, &m, from_us, to_us, style->utf8);
	free(m.count);
	return buf_err(out);
}
