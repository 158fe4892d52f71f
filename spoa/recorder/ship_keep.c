/* What the recorder keeps in order in PostgreSQL between batches: the agent's row, minutes
 * and hours that have become quiet, partitions, and news of bundles. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "recorder/ship.h"

#define SECOND INT64_C(1000000)
#define HEARTBEAT_US (30 * SECOND)
#define MINUTES_US (20 * SECOND)
#define HOURS_US (60 * SECOND)
#define MAINTAIN_US (3600 * SECOND)
#define CLOSE_ROWS 1000 /* of an hour in one transaction */

static void step_hours_merge(struct shipper *s);
static void step_hours_commit(struct shipper *s);

static bool
due(int64_t *at_us, int64_t every_us)
{
	int64_t now = clock_mono_us();

	if (*at_us != 0 && now - *at_us < every_us)
		return false;
	*at_us = now;
	return true;
}

void
ship_agent_ask(struct shipper *s, ship_answer *fn)
{
	struct buf counters = BUF_INIT;
	struct shipper_agent a = {.counters = &counters};

	if (s->o.describe)
		s->o.describe(s->o.ctx, &a);
	statement_begin(&s->params);
	statement_text(&s->params, s->o.agent);
	statement_text(&s->params, s->o.environment);
	statement_text(&s->params, s->o.version);
	statement_int8(&s->params, (int64_t)s->o.boot);
	statement_int8(&s->params, (int64_t)a.revision);
	statement_time(&s->params, s->o.started_us);
	statement_int8(&s->params, (int64_t)a.cold_starts);
	statement_int8(&s->params, (int64_t)a.deaths);
	statement_text(
	    &s->params, counters.n && buf_err(&counters) == OK ? counters.p : "{}");
	ship_ask(s, SQL_AGENT, &s->params, fn);
	s->heartbeat_us = clock_mono_us();
	s->revision_said = a.revision;
	buf_fini(&counters);
}

/* Every half minute, and when the policy in force is another than the row says. */
static bool
heartbeat_due(struct shipper *s)
{
	struct shipper_agent a = {.revision = s->revision_said};

	if (clock_mono_us() - s->heartbeat_us >= HEARTBEAT_US)
		return true;
	if (s->o.describe)
		s->o.describe(s->o.ctx, &a);
	return a.revision != s->revision_said;
}

static void
bundle_taken(struct shipper *s, PGresult *r)
{
	if (PQntuples(r) == 0)
		return;
	s->revision_known = (uint64_t)pg_get_int(PQgetvalue(r, 0, 0), 8);
	metric_add(s->o.metric, M_BUNDLES_FETCHED, 1);
	log_notice("bundle fetched", "revision=%llu bytes=%d",
	    (unsigned long long)s->revision_known, PQgetlength(r, 0, 1));
	if (s->o.fetched)
		s->o.fetched(s->o.ctx, s->revision_known,
		    span_make(PQgetvalue(r, 0, 1), (size_t)PQgetlength(r, 0, 1)));
	if (s->o.status)
		s->o.status(s->o.ctx, true, s->revision_known);
}

void
ship_bundle_ask(struct shipper *s)
{
	statement_begin(&s->params);
	statement_int8(&s->params, (int64_t)s->revision_known);
	ship_ask(s, SQL_BUNDLE, &s->params, bundle_taken);
	s->poll_us = clock_mono_us();
}

void
ship_maintain_ask(struct shipper *s)
{
	ship_ask(s, SQL_MAINTAIN, NULL, NULL);
	s->maintain_us = clock_mono_us();
}

static void
agent_taken(struct shipper *s, PGresult *r)
{
	s->clock_off_us = pg_get_time(PQgetvalue(r, 0, 1)) - clock_wall_us();
}

static void
keep_done(struct shipper *s)
{
	if (s->o.drained && !s->want_all)
		s->o.drained(s->o.ctx);
	ship_idle(s);
}

static void
hours_close_start(struct shipper *s)
{
	s->in_transaction = true;
	ship_ask(s, SQL_BEGIN, NULL, NULL);
	ship_then(s, step_hours_merge);
}

static void
keep_hours(struct shipper *s)
{
	if (due(&s->hours_us, HOURS_US))
		hours_close_start(s);
	else
		keep_done(s);
}

void
ship_keep_start(struct shipper *s)
{
	batch_clear(&s->batch);
	if (s->maintain_us == 0 || clock_mono_us() - s->maintain_us >= MAINTAIN_US)
		ship_maintain_ask(s);
	if (heartbeat_due(s))
		ship_agent_ask(s, agent_taken);
	if (due(&s->minutes_us, MINUTES_US))
		ship_ask(s, SQL_MINUTES_CLOSE, NULL, NULL);
	if (s->poll_us == 0 || clock_mono_us() - s->poll_us >= s->o.poll_ms * 1000)
		ship_bundle_ask(s);
	ship_then(s, keep_hours);
}

/* --- closing hours ------------------------------------------------------------------- */

/* Merges columns `a` and `b` of a row; an unreadable one counts as absent. */
static void
hist_put_merged(
    struct shipper *s, struct pg_array *out, PGresult *r, int row, int a, int b)
{
	struct hist h = {0};
	const int columns[2] = {a, b};
	int err = OK;

	for (int k = 0; k < 2; k++)
		if (!PQgetisnull(r, row, columns[k]))
			err |= hist_unpack(&h,
			    span_make(PQgetvalue(r, row, columns[k]),
				(size_t)PQgetlength(r, row, columns[k])));
	if (err)
		log_error("histogram in the database unreadable", "row=%d", row);
	statement_put_hist(&s->params, out, &h);
	hist_fini(&h);
}

static void
distinct_put_merged(
    struct shipper *s, struct pg_array *out, PGresult *r, int row, int a, int b)
{
	struct distinct d = {0};
	const int columns[2] = {a, b};
	int err = OK;

	for (int k = 0; k < 2; k++)
		if (!PQgetisnull(r, row, columns[k]))
			err |= distinct_unpack(&d,
			    span_make(PQgetvalue(r, row, columns[k]),
				(size_t)PQgetlength(r, row, columns[k])));
	if (err)
		log_error("distinct count in the database unreadable", "row=%d", row);
	statement_put_distinct(&s->params, out, &d);
}

/* Columns 2 … 5 are the open row's sketches, 6 … 9 the hour's, 10 … 13 the day's. */
static void
hours_close_taken(struct shipper *s, PGresult *r)
{
	struct pg_array *a;
	int rows = PQntuples(r);

	s->more = rows > 0;
	if (rows == 0)
		return;
	statement_begin(&s->params);
	statement_time(&s->params, pg_get_time(PQgetvalue(r, 0, 0)));
	a = statement_array(&s->params, PG_INT4);
	for (int i = 0; i < rows; i++)
		pg_array_int(a, pg_get_int(PQgetvalue(r, i, 1), 4));
	for (int with = 6; with <= 10; with += 4)
		for (int k = 0; k < 4; k++) {
			a = statement_array(&s->params, PG_BYTEA);
			for (int i = 0; i < rows; i++)
				(k < 3 ? hist_put_merged : distinct_put_merged)(
				    s, a, r, i, 2 + k, with + k);
		}
	(void)!statement_finish(&s->params);
	ship_ask(s, SQL_HOURS_CLOSE_WRITE, &s->params, NULL);
}

static void
step_hours_merge(struct shipper *s)
{
	statement_begin(&s->params);
	statement_int4(&s->params, CLOSE_ROWS);
	ship_ask(s, SQL_HOURS_CLOSE_READ, &s->params, hours_close_taken);
	ship_then(s, step_hours_commit);
}

static void
hours_closed(struct shipper *s)
{
	s->in_transaction = false;
	if (s->more)
		hours_close_start(s);
	else
		keep_done(s);
}

static void
step_hours_commit(struct shipper *s)
{
	ship_ask(s, SQL_COMMIT, NULL, NULL);
	ship_then(s, hours_closed);
}
