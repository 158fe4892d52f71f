/* See metrics_text.h. */
#include "control/ctl/metrics_text.h"

#include <stdio.h>
#include <stdlib.h>

static double
number(struct span s)
{
	char text[64];

	snprintf(text, sizeof text, "%.*s", (int)(s.n < 63 ? s.n : 63), s.p);
	return strtod(text, NULL);
}

static void
read_exception(struct span labels, double v, struct metrics_text *out)
{
	size_t at = span_find_span(labels, SPAN("exception=\""));
	struct span name = span_from(labels, at + 11);

	name = span_cut(&name, '"');
	for (int i = 0; at < labels.n && i < EXCEPTIONS; i++) {
		if (span_eq(name, span_str(exception_name((enum exception_id)i))))
			out->exception[i] += v;
	}
}

static void
read_value(struct span name, double v, struct metrics_text *out)
{
	for (int i = 0; i < METRICS; i++) {
		if (!span_eq(name, span_str(metric_name((enum metric_id)i))))
			continue;
		if (out->seen[i]++ == 0 || v < out->least[i])
			out->least[i] = v;
		if (v > out->most[i])
			out->most[i] = v;
		out->sum[i] += v;
		return;
	}
}

void
metrics_text_read(struct span text, struct metrics_text *out)
{
	*out = (struct metrics_text){0};
	while (!span_absent(text)) {
		struct span line = span_trim(span_cut(&text, '\n')), name = line,
			    labels = SPAN("");
		size_t brace = span_find(line, '{'), end = span_find(line, '}');
		size_t blank = span_find(line, ' ');

		if (!span_starts(line, SPAN("yett_")))
			continue;
		if (brace < line.n && end < line.n && brace < blank) {
			labels = span_head(span_from(line, brace), end - brace);
			name = span_head(line, brace);
			line = span_trim(span_from(line, end + 1));
		} else if (blank < line.n) {
			name = span_head(line, blank);
			line = span_trim(span_from(line, blank));
		} else {
			continue;
		}
		out->lines++;
		name = span_from(name, 5);
		if (span_eq(name, SPAN("exceptions_total")))
			read_exception(labels, number(line), out);
		else
			read_value(name, number(line), out);
	}
}
