/*
 * One transaction: collect from the spool, advance the guards, get ids, merge sketches with
 * what is there, write, commit. And what to do when it fails:
 *
 *   connection lost       nothing; the next connection asks how far the server has come
 *   guard says no         the same at once (another recorder, or an answer that was lost)
 *   lock, deadlock        again in a moment
 *   value refused         half as many records; a single one is set aside
 *   anything else         again in a moment, said once
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "recorder/ship.h"

#define AGAIN_S 2.0 /* pause after a failure */

/* --- collecting ---------------------------------------------------------------------- */

static bool
is_suspect(const struct shipper *s, unsigned shard, const struct spool_position *at)
{
	return s->suspect.kind == at->stream && s->suspect.shard == shard &&
	    s->suspect.boot == at->boot && s->suspect.sequence == at->sequence;
}

/* Records of one shard until the batch is full. *full: there may be more. */
static int
shard_collect(struct shipper *s, unsigned shard, bool *full)
{
	struct spool_reader *r = s->reader[shard];
	int err = OK;

	*full = false;
	while (err == OK) {
		struct spool_position at;
		struct span payload, why = SPAN_NONE;

		if (s->batch.records >= s->limit) {
			*full = true;
			return OK;
		}
		err = spool_reader_next_of(
		    r, s->only_alerts ? STREAM_ALERT : 0, &at, &payload);
		if (err == ERR_CORRUPT) {
			struct record_gap gap = {s->batch.now_us, s->batch.now_us, 1, 0,
			    SPAN("damaged segment")};

			log_error("spool segment damaged", "shard=%u after=%llu", shard,
			    (unsigned long long)at.sequence);
			err = batch_add_gap(&s->batch, shard, &gap);
			continue;
		}
		if (err == OK) {
			if (is_suspect(s, shard, &at))
				why = span_str(s->suspect_why);
			err = batch_add(&s->batch, shard, &at, payload, why);
		}
	}
	return err == ERR_AGAIN ? OK : err;
}

static int
collect(struct shipper *s)
{
	int err = OK;

	batch_clear(&s->batch);
	s->batch.now_us = ship_now_us(s);
	s->more = false;
	for (unsigned i = 0; i < s->o.shards && err == OK; i++) {
		bool full;

		err = shard_collect(s, i, &full);
		s->more = s->more || full;
	}
	return err;
}

/* Back to what is committed, to be read again. */
static void
rewind_readers(struct shipper *s)
{
	for (size_t i = 0; i < s->batch.streams.n; i++) {
		const struct batch_stream *b = &s->batch.streams.v[i];
		struct ship_position *p =
		    ship_position_get(s, b->shard, b->boot, b->kind);

		if (p &&
		    spool_reader_seek(
			s->reader[b->shard], b->boot, b->kind, p->sequence) != OK)
			log_error("spool cannot be read again", "shard=%u", b->shard);
	}
}

/* --- the steps ----------------------------------------------------------------------- */

static void step_ids(struct shipper *s);
static void step_hours(struct shipper *s);
static void step_write(struct shipper *s);
static void step_commit(struct shipper *s);
static void step_done(struct shipper *s);

static void
ask_prepared(struct shipper *s, enum statement_id id, ship_answer *fn)
{
	/* An error of building is seen by ship_ask. */
	(void)!statement_finish(&s->params);
	ship_ask(s, id, &s->params, fn);
}

static void
advanced(struct shipper *s, PGresult *r)
{
	if (PQgetvalue(r, 0, 0)[0] == 0)
		s->conflict = true;
}

static void
ids_taken(struct shipper *s, PGresult *r)
{
	for (int i = 0; i < PQntuples(r); i++) {
		uint64_t hash = (uint64_t)pg_get_int(PQgetvalue(r, i, 0), 8);
		uint32_t id = (uint32_t)pg_get_int(PQgetvalue(r, i, 1), 4);

		if (map_put(&s->ids, hash, id) == OK)
			continue;
		map_clear(&s->ids); /* full: step_ids asks again for what it lacks */
		(void)!map_put(&s->ids, hash, id);
	}
}

static int32_t
id_of(void *ctx, uint64_t hash)
{
	struct shipper *s = ctx;
	uint32_t id = map_get(&s->ids, hash);

	return id == MAP_NONE ? 0 : (int32_t)id;
}

void
ship_batch_start(struct shipper *s, bool only_alerts)
{
	int err;

	s->only_alerts = only_alerts;
	s->want_alerts = false;
	if (!only_alerts)
		s->want_all = false;
	s->failed = OK;
	s->conflict = false;
	err = collect(s);
	if (err) {
		log_error("spool cannot be read", "error=\"%s\"", err_str(err));
		rewind_readers(s);
		ship_idle(s);
		return;
	}
	if (s->batch.records == 0 && s->batch.gaps.n == 0) {
		step_done(s);
		return;
	}
	if (s->maintain_us == 0)
		ship_maintain_ask(s);
	s->in_transaction = true;
	ship_ask(s, SQL_BEGIN, NULL, NULL);
	for (size_t i = 0; i < s->batch.streams.n; i++) {
		const struct batch_stream *b = &s->batch.streams.v[i];

		statement_begin(&s->params);
		statement_int4(&s->params, s->agent_id);
		statement_int8(&s->params, (int64_t)b->boot);
		statement_int4(&s->params, (int32_t)b->shard);
		statement_int2(&s->params, (int16_t)b->kind);
		statement_int8(&s->params, (int64_t)b->from);
		statement_int8(&s->params, (int64_t)b->to);
		ship_ask(s, SQL_ADVANCE, &s->params, advanced);
	}
	if (s->batch.endpoints.n > 0) {
		statement_endpoints(&s->params, &s->batch);
		ask_prepared(s, SQL_ENDPOINTS, ids_taken);
	}
	ship_then(s, step_ids);
}

/* Hashes to ask for; when they would not fit beside what is remembered, all of them. */
static int
unresolved(struct shipper *s, uint64_t **hash, size_t *n)
{
	int err;

	batch_resolve_ids(&s->batch, id_of, s);
	err = batch_unresolved(&s->batch, hash, n);
	if (err || s->ids.n + *n <= s->ids.capacity)
		return err;
	free(*hash);
	map_clear(&s->ids);
	batch_resolve_ids(&s->batch, id_of, s);
	return batch_unresolved(&s->batch, hash, n);
}

static void
step_ids(struct shipper *s)
{
	struct pg_array *a;
	uint64_t *hash;
	size_t n;

	if (s->conflict) {
		ship_batch_failed(s);
		return;
	}
	if (unresolved(s, &hash, &n) != OK) {
		s->failed = ERR_NOMEM;
		ship_batch_failed(s);
		return;
	}
	if (n > 0) {
		statement_begin(&s->params);
		a = statement_array(&s->params, PG_INT8);
		for (size_t i = 0; i < n; i++)
			pg_array_int(a, (int64_t)hash[i]);
		ask_prepared(s, SQL_IDS, ids_taken);
	}
	free(hash);
	ship_then(s, step_hours);
}

/* The sketches that are there already go into ours. */
static void
hours_taken(struct shipper *s, PGresult *r)
{
	for (int i = 0; i < PQntuples(r); i++) {
		struct batch_hour *h =
		    batch_hour_find(&s->batch, pg_get_time(PQgetvalue(r, i, 0)),
			(int32_t)pg_get_int(PQgetvalue(r, i, 1), 4));
		struct hist *hist[3];

		if (!h)
			continue;
		hist[0] = &h->sum.latency_us;
		hist[1] = &h->sum.request_size;
		hist[2] = &h->sum.response_size;
		for (int k = 0; k < 4; k++) {
			struct span packed = span_make(
			    PQgetvalue(r, i, 2 + k), (size_t)PQgetlength(r, i, 2 + k));
			int err;

			if (PQgetisnull(r, i, 2 + k))
				continue;
			err = k < 3 ? hist_unpack(hist[k], packed)
				    : distinct_unpack(&h->sum.identities, packed);
			if (err)
				log_error("sketch in the database replaced",
				    "endpoint_id=%d column=%d error=\"%s\"",
				    h->endpoint_id, k, err_str(err));
		}
	}
}

static void
step_hours(struct shipper *s)
{
	int err;

	batch_resolve_ids(&s->batch, id_of, s);
	err = batch_squeeze(&s->batch);
	if (err) {
		s->failed = err;
		ship_batch_failed(s);
		return;
	}
	if (s->batch.minutes.n > 0) {
		statement_minutes(&s->params, &s->batch);
		ask_prepared(s, SQL_MINUTES, NULL);
		statement_hours_read(&s->params, &s->batch);
		ask_prepared(s, SQL_HOURS_READ, hours_taken);
	}
	ship_then(s, step_write);
}

static void
write_knowledge(struct shipper *s)
{
	const struct batch *b = &s->batch;

	if (b->observations.n > 0) {
		statement_observations(&s->params, b);
		ask_prepared(s, SQL_OBSERVATIONS, NULL);
	}
	if (b->suspects.n > 0) {
		statement_suspects(&s->params, b);
		ask_prepared(s, SQL_SUSPECTS, NULL);
	}
	if (b->children.n > 0) {
		statement_children(&s->params, b);
		ask_prepared(s, SQL_CHILDREN, NULL);
	}
	if (b->links.n > 0) {
		statement_links(&s->params, b);
		ask_prepared(s, SQL_LINKS, NULL);
	}
}

static void
step_write(struct shipper *s)
{
	const struct batch *b = &s->batch;

	if (b->hours.n > 0) {
		statement_hours_write(&s->params, b);
		ask_prepared(s, SQL_HOURS_WRITE, NULL);
	}
	if (b->decisions.n > 0) {
		statement_decisions(&s->params, b, s->agent_id);
		ask_prepared(s, SQL_DECISIONS, NULL);
	}
	if (b->coverage.n > 0) {
		statement_coverage(&s->params, b, s->agent_id);
		ask_prepared(s, SQL_COVERAGE, NULL);
	}
	if (b->gaps.n > 0) {
		statement_gaps(&s->params, b, s->agent_id);
		ask_prepared(s, SQL_GAPS, NULL);
	}
	if (b->words.n > 0) {
		statement_words(&s->params, b);
		ask_prepared(s, SQL_WORDS, NULL);
	}
	write_knowledge(s);
	ship_then(s, step_commit);
}

static void
step_commit(struct shipper *s)
{
	ship_ask(s, SQL_COMMIT, NULL, NULL);
	ship_then(s, step_done);
}

/* --- after the answer to COMMIT ------------------------------------------------------ */

static void
refused_set_aside(struct shipper *s)
{
	char quoted[LOG_QUOTED_MAX];

	for (size_t i = 0; i < s->batch.refused.n; i++) {
		const struct batch_refused *r = &s->batch.refused.v[i];
		int err = refused_put(s->o.state_dir, r, clock_wall_us());

		log_error("record set aside", "shard=%u sequence=%llu why=%s kept=%s",
		    r->shard, (unsigned long long)r->at.sequence,
		    log_quote(r->why, quoted), err ? "no" : "yes");
		metric_add(s->o.metric, M_SHIP_REFUSED, 1);
	}
	if (s->batch.refused.n > 0)
		s->suspect = (struct ship_position){0};
}

static void
acknowledge(struct shipper *s)
{
	for (size_t i = 0; i < s->positions; i++) {
		const struct ship_position *p = &s->position[i];
		int err;

		if (p->shard >= s->o.shards)
			continue;
		err = spool_reader_acknowledge(s->reader[p->shard], p->boot, p->kind,
		    p->sequence, clock_wall_us(), s->o.keep_us);
		if (err)
			log_warn("spool segment cannot be removed",
			    "shard=%u error=\"%s\"", p->shard, err_str(err));
	}
}

static void
step_done(struct shipper *s)
{
	s->in_transaction = false;
	for (size_t i = 0; i < s->batch.streams.n; i++) {
		const struct batch_stream *b = &s->batch.streams.v[i];
		struct ship_position *p =
		    ship_position_get(s, b->shard, b->boot, b->kind);

		if (p)
			p->sequence = b->to;
	}
	if (s->batch.records > 0) {
		metric_add(s->o.metric, M_SHIP_BATCHES, 1);
		metric_add(s->o.metric, M_SHIP_RECORDS, s->batch.records);
		refused_set_aside(s);
		if (s->batch.clamped > 0)
			log_warn("records from another time", "records=%llu",
			    (unsigned long long)s->batch.clamped);
		s->limit =
		    s->limit * 2 > s->o.batch_records ? s->o.batch_records : s->limit * 2;
	}
	if (s->more) {
		s->want_all = s->want_all || !s->only_alerts;
		s->want_alerts = s->want_alerts || s->only_alerts;
		ship_idle(s);
		return;
	}
	if (s->only_alerts) {
		ship_idle(s);
		return;
	}
	s->drained_us = clock_mono_us();
	metric_set(s->o.metric, M_SHIP_LAG_S, 0);
	acknowledge(s);
	ship_keep_start(s);
}

/* --- failure ------------------------------------------------------------------------- */

static void
pause_then(struct shipper *s)
{
	ev_timer_stop(s->loop, &s->again);
	ev_timer_set(&s->again, AGAIN_S, 0.0);
	ev_timer_start(s->loop, &s->again);
	s->want_all = true;
}

/* Whether the server objects to what the records say. */
static bool
is_content(const struct shipper *s)
{
	return s->failed == ERR_INVALID || s->failed == ERR_EXISTS ||
	    strncmp(s->error.sqlstate, "54", 2) == 0;
}

/* Half as many the next time; a single one is passed over the next time. */
static void
content_refused(struct shipper *s)
{
	const struct batch_stream *b = s->batch.streams.v;

	s->want_all = true;
	if (s->batch.records > 1) {
		s->limit = s->batch.records / 2;
		return;
	}
	if (s->batch.streams.n == 0 || s->suspect.kind) {
		s->suspect = (struct ship_position){0};
		pause_then(s);
		return;
	}
	s->suspect = (struct ship_position){b->shard, b->boot, b->kind, b->from};
	memcpy(s->suspect_why, s->error.text, sizeof(s->suspect_why) - 1);
	s->limit = 1;
}

static void
failure_said(struct shipper *s)
{
	char quoted[LOG_QUOTED_MAX];

	if (s->failed == ERR_CLOSED || s->told_refused)
		return;
	log_error("database refuses", "sqlstate=%s error=%s",
	    *s->error.sqlstate ? s->error.sqlstate : "-",
	    log_quote(
		span_str(*s->error.text ? s->error.text : err_str(s->failed)), quoted));
	s->told_refused = !is_content(s);
}

/* The transaction is rolled back: what now. */
static void
failed_after(struct shipper *s)
{
	int failed = s->failed;

	s->next = NULL;
	map_clear(&s->ids); /* ids that were rolled back are nobody's */
	if (s->conflict) {
		metric_add(s->o.metric, M_SHIP_SKIPPED, s->batch.records);
		s->failed = OK;
		ship_resync(s);
		return;
	}
	rewind_readers(s);
	if (failed == ERR_CLOSED)
		s->want_all = true;
	else if (is_content(s) && s->ready) {
		/* A partition may be missing: made before the next attempt. */
		s->maintain_us = 0;
		content_refused(s);
	} else
		pause_then(s);
	ship_idle(s);
}

static void
rolled_back(void *ctx, PGresult *result)
{
	struct shipper *s = ctx;

	if (!result)
		s->failed = ERR_CLOSED;
	failed_after(s);
}

void
ship_batch_failed(struct shipper *s)
{
	failure_said(s);
	if (s->failed)
		metric_add(s->o.metric, M_SHIP_ERRORS, 1);
	/* No step may run before the rollback has been answered. */
	s->next = failed_after;
	if (!s->in_transaction) {
		s->ready = s->ready && s->failed != ERR_CLOSED;
		failed_after(s);
		return;
	}
	s->in_transaction = false;
	if (pg_query(s->pg, statement_sql(SQL_ROLLBACK), 0, NULL, NULL, NULL, rolled_back,
		s) != OK) {
		s->failed = ERR_CLOSED;
		failed_after(s);
	}
}
