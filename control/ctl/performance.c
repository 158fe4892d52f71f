/* performance: how fast, how much, how large, and what became slower. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/find.h"
#include "control/ctl/heatmap.h"
#include "control/ctl/since.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>

#include "base/clock.h"

#define WINDOW_DEFAULT "24h"
#define LIMIT_DEFAULT "100"
#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)

struct window {
	int64_t from_us, to_us;
	char from[SINCE_MAX], to[SINCE_MAX];
};

static void
format(struct window *w)
{
	(void)clock_format(w->from_us, w->from);
	(void)clock_format(w->to_us, w->to);
}

/* The window of an option; "before" is as long as `after` and ends where it begins. */
static int
read_window(const struct invocation *in, const char *option, const char *standard,
    int64_t now_us, const struct window *after, struct window *w)
{
	const char *text = invocation_option(in, option);

	text = text ? text : standard;
	if (after && strcmp(text, "before") == 0) {
		w->to_us = after->from_us;
		w->from_us = after->from_us - (after->to_us - after->from_us);
	} else if (since_window(span_str(text), now_us, &w->from_us, &w->to_us) != OK) {
		return session_error(EXIT_USAGE,
		    "such as 24h, 48h..24h or 2026-11-20..2026-11-21.",
		    "--%s: \"%s\" is no window", option, text);
	}
	format(w);
	return EXIT_DONE;
}

static int
show_window(struct session *s, const struct window *w, const char *id,
    const char *service, const char *limit)
{
	const char *values[5] = {w->from, w->to, service, id, limit};
	struct table t;
	int rc = database_table(s,
	    "select endpoint_id as id, service, label as endpoint, requests, "
	    "round(per_second::numeric, 3) as per_s, "
	    "round(latency_p50_us / 1000.0, 2) as p50_ms, "
	    "round(latency_p90_us / 1000.0, 2) as p90_ms, "
	    "round(latency_p99_us / 1000.0, 2) as p99_ms, error_percent as error_pct, "
	    "refused_percent as refused_pct, request_p50_bytes as in_p50_bytes, "
	    "response_p50_bytes as out_p50_bytes, response_p99_bytes as out_p99_bytes, "
	    "request_bytes as in_bytes, response_bytes as out_bytes, from_at as from, "
	    "to_at as to from yett.performance($1::timestamptz, $2::timestamptz, $3, "
	    "$4::integer, $5::integer)",
	    5, values, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no traffic in this window");
	table_fini(&t);
	return rc;
}

static void
say_slower(struct session *s, const struct table *t, unsigned verdict)
{
	size_t slower = 0;

	for (size_t r = 0; r < t->rows; r++)
		slower += span_eq(table_get(t, r, verdict), SPAN("slower"));
	if (t->rows > 0)
		session_say(s,
		    "%zu of %zu endpoints became slower: by 10 %% or more, and by chance "
		    "less than once in 1 000",
		    slower, t->rows);
}

static int
show_comparison(struct session *s, const struct window *w, const struct window *before,
    const char *id, const char *service, const char *limit)
{
	enum { VERDICT = 3 }; /* its column */
	const char *values[7] = {
	    before->from, before->to, w->from, w->to, service, id, limit};
	struct table t;
	int rc = database_table(s,
	    "select endpoint_id as id, service, label as endpoint, verdict, "
	    "round(p50_a_us / 1000.0, 2) as p50_was_ms, "
	    "round(p50_b_us / 1000.0, 2) as p50_ms, p50_percent as p50_by_pct, "
	    "round(100 * p50_sure, 1) as p50_sure_pct, "
	    "round(p90_a_us / 1000.0, 2) as p90_was_ms, "
	    "round(p90_b_us / 1000.0, 2) as p90_ms, p90_percent as p90_by_pct, "
	    "round(100 * p90_sure, 1) as p90_sure_pct, "
	    "round(p99_a_us / 1000.0, 2) as p99_was_ms, "
	    "round(p99_b_us / 1000.0, 2) as p99_ms, p99_percent as p99_by_pct, "
	    "round(100 * p99_sure, 1) as p99_sure_pct, requests_a as requests_was, "
	    "requests_b as requests, error_percent_a as error_was_pct, "
	    "error_percent_b as error_pct from yett.performance_compare($1::timestamptz, "
	    "$2::timestamptz, $3::timestamptz, $4::timestamptz, $5, $6::integer, "
	    "$7::integer)",
	    7, values, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no endpoint had traffic in both windows");
	if (rc == EXIT_DONE)
		say_slower(s, &t, VERDICT);
	table_fini(&t);
	return rc;
}

int
command_performance(struct session *s, const struct invocation *in)
{
	const char *limit = invocation_option(in, "limit"),
		   *service = invocation_option(in, "service");
	int64_t now = clock_wall_us();
	struct window w, before;
	struct buf id = BUF_INIT;
	int rc = read_window(in, "window", WINDOW_DEFAULT, now, NULL, &w);

	limit = limit ? limit : LIMIT_DEFAULT;
	if (rc == EXIT_DONE && in->arguments)
		rc = find_endpoint(s, in->argument[0], &id);
	if (rc == EXIT_DONE && invocation_option(in, "against")) {
		rc = read_window(in, "against", "", now, &w, &before);
		if (rc == EXIT_DONE)
			rc = show_comparison(s, &w, &before, id.p, service, limit);
	} else if (rc == EXIT_DONE) {
		rc = show_window(s, &w, id.p, service, limit);
	}
	buf_fini(&id);
	return rc;
}

/* --- heat map --- */

/* Rows "epoch in µs, band, requests" as cells; the step is an hour, or a day in long
 * windows. */
static int
print_map(struct session *s, const struct table *t, const struct window *w)
{
	struct heatmap_style style = {.width = s->style.width,
	    .utf8 = s->style.width > 0 && strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
	int64_t step = w->to_us - w->from_us > 14 * DAY_US ? DAY_US : HOUR_US;
	struct heatmap_cell *cell = calloc(t->rows + 1, sizeof *cell);
	int rc;

	if (cell == NULL)
		return session_error(EXIT_INCOMPLETE, NULL, "%s", err_str(ERR_NOMEM));
	for (size_t r = 0; r < t->rows; r++) {
		if (span_i64(table_get(t, r, 0), &cell[r].at_us) != OK ||
		    span_u64(table_get(t, r, 1), &cell[r].band_us) != OK ||
		    span_u64(table_get(t, r, 2), &cell[r].requests) != OK)
			cell[r].requests = 0;
	}
	rc = heatmap_print(cell, t->rows, w->from_us / step * step,
	    (w->to_us + step - 1) / step * step, step, &style, &s->out);
	free(cell);
	if (rc != OK)
		return session_error(EXIT_INCOMPLETE, NULL, "%s", err_str(rc));
	return EXIT_DONE;
}

int
command_performance_heatmap(struct session *s, const struct invocation *in)
{
	struct window w;
	struct buf id = BUF_INIT;
	struct table t;
	const char *values[3] = {NULL, w.from, w.to};
	int rc = read_window(in, "window", WINDOW_DEFAULT, clock_wall_us(), NULL, &w);

	table_init(&t);
	if (rc == EXIT_DONE)
		rc = find_endpoint(s, in->argument[0], &id);
	values[0] = id.p;
	if (rc == EXIT_DONE) {
		table_fini(&t);
		rc = database_table(s,
		    s->json
			? "select at, band_us, requests from yett.performance_heatmap("
			  "$1::integer, $2::timestamptz, $3::timestamptz)"
			: "select (extract(epoch from at) * 1000000)::bigint, band_us, "
			  "requests from yett.performance_heatmap($1::integer, "
			  "$2::timestamptz, $3::timestamptz)",
		    3, values, &t);
	}
	if (rc == EXIT_DONE && s->json)
		table_print_json(&t, &s->out);
	else if (rc == EXIT_DONE && t.rows == 0)
		session_say(s, "no traffic in this window");
	else if (rc == EXIT_DONE)
		rc = print_map(s, &t, &w);
	table_fini(&t);
	buf_fini(&id);
	return rc;
}
