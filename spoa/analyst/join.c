/*
 * The second half of the core: a finish line finds its request. What was guessed becomes an
 * endpoint when the answer was accepted; sums, words and the identity's history follow.
 */
#include <stdlib.h>

#include "analyst/intake_state.h"

#define STATUS_NONE 100 /* finished without a status: neither an error nor lost */
#define PATH_FIELD_BYTES 256 /* of a line without ctx: a longer path is cut there */

static bool
accepted(int64_t status)
{
	return status >= 200 && status < 400;
}

/* The pending endpoint of an accepted answer becomes one. */
static void
feature_settle(struct intake *in, struct feature *f, uint64_t worker_hash, int64_t status)
{
	if (f->endpoint != ENDPOINT_NONE || !f->guess)
		return;
	if (!accepted(status)) {
		intake_find(in, f);
		return;
	}
	f->service = services_add(in->services, f->guess->service, in->now_us);
	f->endpoint = endpoints_add(in->endpoints, f->guess, f->service, in->now_us);
	if (worker_hash != 0)
		endpoints_alias_put(in->endpoints, worker_hash, f->endpoint);
	metric_set(in->o.metric, M_ENDPOINTS, endpoints_count(in->endpoints));
}

static unsigned
status_class(int64_t status)
{
	return status >= 100 && status < 600 ? (unsigned)(status / 100) : 0;
}

/* A host that enough identities have used is shown from now on. */
static void
service_learn(struct intake *in, const struct feature *f)
{
	struct record r;

	if (!services_used(in->services, f->service, f->identity.lo, in->now_us, &r))
		return;
	in->o.sink.put(in->o.sink.ctx, &r);
	endpoints_rename(in->endpoints, f->service, in->now_us);
}

/* Sketches never stop a count: without memory the value is left out. */
static void
hist_note(struct hist *h, int64_t value)
{
	if (value >= 0 && hist_add(h, (uint64_t)value, 1) != OK)
		return;
}

static void
summary_finish(struct record_summary *s, const struct finish *f)
{
	s->status[status_class(f->status)]++;
	hist_note(&s->latency_us, f->total_us);
	hist_note(&s->request_size, f->request_bytes);
	hist_note(&s->response_size, f->response_bytes);
	if (f->request_bytes > 0)
		s->request_bytes += (uint64_t)f->request_bytes;
	if (f->response_bytes > 0)
		s->response_bytes += (uint64_t)f->response_bytes;
}

static void
tap_count(struct intake *in, const struct finish *f, uint32_t service, int64_t time_us)
{
	enum tap_state state = finish_tap_state(f);
	struct record_coverage *c;

	if (state == TAP_NONE && finish_tap_bytes(f) == 0)
		return;
	c = intake_coverage(in, service, time_us);
	c->tap_seen++;
	c->tap_cut += state == TAP_CUT;
	c->tap_gzip += state == TAP_GZIP;
	metric_add(in->o.metric, M_TAPPED, 1);
	if (state == TAP_CUT)
		metric_add(in->o.metric, M_TAP_CUT, 1);
}

/* What an answer teaches of an endpoint that is one. */
/* Whether the status is the application's: not that of a rule, nor of HAProxy for an answer
 * that never came whole (termination state, first two letters). */
static bool
answered(const struct finish *line, const struct feature *f)
{
	return f->action <= ACTION_ALLOW && span_starts(line->state, SPAN("--"));
}

static void
feature_learn(struct intake *in, const struct finish *line, const struct feature *f)
{
	struct observer_answer a = {
	    .endpoint = f->endpoint,
	    .identity = f->identity.lo,
	    .line = line,
	    .now_us = in->now_us,
	};

	if (answered(line, f))
		observer_status(in->observer, &a);
	if (!accepted(line->status)) {
		observer_refused(in->observer, f->seen, &a);
		return;
	}
	observer_accepted(in->observer, f->seen, &a);
	/* Last: indices may move. */
	endpoints_used(in->endpoints, f->endpoint, f->identity.lo, in->now_us);
}

static void
finish_found(
    struct intake *in, const struct finish *line, uint64_t worker_hash, struct feature *f)
{
	struct record_summary *s;

	feature_settle(in, f, worker_hash, line->status);
	s = intake_count(in, f);
	if (s)
		summary_finish(s, line);
	tap_count(in, line, f->service, f->time_us);
	if (in->o.history)
		history_finished(in->o.history, f->identity,
		    (uint64_t)(in->now_us / 1000),
		    status_class(line->status) ? (int)line->status : STATUS_NONE);
	if (accepted(line->status))
		service_learn(in, f);
	if (f->endpoint != ENDPOINT_NONE)
		feature_learn(in, line, f);
	feature_fini(in, f);
}

/* The request has gone from the table, or its record never came: status and time only. */
static void
finish_late(struct intake *in, const struct finish *line, const struct ctx *ctx)
{
	uint32_t endpoint = ENDPOINT_NONE;
	struct record_summary *s;

	metric_add(in->o.metric, M_FINISH_LATE, 1);
	if (ctx->endpoint != 0)
		endpoint = endpoints_alias(in->endpoints, ctx->endpoint);
	if (endpoint == ENDPOINT_NONE)
		return;
	s = intake_summary(in, endpoint, ctx->time_us);
	if (!s)
		return;
	s->status[status_class(line->status)]++;
	hist_note(&s->latency_us, line->total_us);
}

/* HAProxy finished it without our verdict. */
static void
finish_undecided(struct intake *in, const struct finish *line)
{
	uint32_t service = SERVICE_OTHER, endpoint = ENDPOINT_NONE;
	struct record_coverage *c;
	struct record_summary *s;
	struct guess g;

	metric_add(in->o.metric, M_FINISH_UNDECIDED, 1);
	arena_reset(&in->arena);
	if (!span_absent(line->path) && line->path.n < PATH_FIELD_BYTES &&
	    guess_make(&in->policy, SPAN_NONE, line->host, line->method, line->path,
		SPAN_NONE, &in->arena, &g) == OK) {
		service = services_find(in->services, g.service);
		if (service != SERVICE_OTHER || g.service.n == 0)
			endpoint = endpoints_find(in->endpoints, &g, service);
	}
	c = intake_coverage(in, service, in->now_us);
	c->requests++;
	c->undecided++;
	tap_count(in, line, service, in->now_us);
	s = endpoint == ENDPOINT_NONE ? NULL : intake_summary(in, endpoint, in->now_us);
	if (!s)
		return;
	s->requests++;
	s->undecided++;
	s->inspected[INSPECTED_NONE]++;
	summary_finish(s, line);
}

void
intake_finish(struct intake *in, const struct finish *f, const struct ctx *ctx)
{
	struct feature feature;

	metric_add(in->o.metric, M_FINISH_LINES, 1);
	if (!ctx) {
		finish_undecided(in, f);
		return;
	}
	switch (pending_take(in->pending, ctx->worker, ctx->sequence, &feature)) {
	case PENDING_FOUND:
		finish_found(in, f, ctx->endpoint, &feature);
		metric_set(in->o.metric, M_PENDING, pending_count(in->pending));
		break;
	case PENDING_LATE: finish_late(in, f, ctx); break;
	case PENDING_REPLAYED: metric_add(in->o.metric, M_FINISH_REPLAYED, 1); break;
	}
}
