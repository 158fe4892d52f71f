/* See intake.h. */
#include "analyst/intake.h"

#include <stdlib.h>

#include "analyst/intake_state.h"
#include "engine/request_record.h"
#include "http/body.h"
#include "http/headers.h"

/* Working memory of one look at an unknown path: target, headers, template. */
#define ARENA_BYTES (512u << 10)

static void
retire(void *ctx, uint32_t endpoint)
{
	struct intake *in = ctx;

	aggregate_retire(in->summaries, endpoint);
}

static void
feature_repoint(void *ctx, struct feature *f)
{
	struct intake *in = ctx;

	if (f->endpoint != ENDPOINT_NONE)
		f->endpoint = endpoints_moved(in->endpoints, f->endpoint);
}

static void
moved(void *ctx)
{
	struct intake *in = ctx;

	pending_each(in->pending, feature_repoint, in);
	if (in->observer)
		observer_moved(in->observer);
}

/* Two tokens of one value, of before and after a rotation of the key. */
static void
link_tell(void *ctx, struct span from, struct span to, int64_t now_us)
{
	const struct intake *in = ctx;
	struct record r = {.kind = RECORD_LINK};

	r.link.from = from;
	r.link.to = to;
	r.link.at_us = now_us;
	in->o.sink.put(in->o.sink.ctx, &r);
}

static int
observer_make(struct intake *in)
{
	struct observer_options oo = {
	    .settings = in->o.settings,
	    .endpoints = in->endpoints,
	    .release = in->release,
	    .redactor = in->o.redactor,
	    .metric = in->o.metric,
	    .sink = in->o.sink,
	};

	return observer_new(&oo, &in->observer);
}

static int
parts_new(struct intake *in)
{
	const struct settings *s = in->o.settings;
	struct endpoints_options eo = {
	    .capacity = (uint32_t)s->discovery_endpoints,
	    .children = (unsigned)s->discovery_children,
	    .listed = (unsigned)s->discovery_listed,
	    .sink = in->o.sink,
	    .retire = retire,
	    .moved = moved,
	    .ctx = in,
	};
	int err = services_new((uint32_t)s->discovery_services,
	    (uint64_t)s->discovery_release_hosts, in->o.redactor, &in->services);

	if (err == OK)
		err = release_new(2 * eo.capacity,
		    (uint64_t)s->discovery_release_identities, in->o.redactor,
		    &in->release);
	services_guard(in->services, in->release);
	eo.services = in->services;
	eo.release = in->release;
	if (err == OK)
		err = endpoints_new(&eo, &in->endpoints);
	if (err == OK)
		err =
		    pending_new((uint32_t)s->finish_pending, in->o.workers, &in->pending);
	if (err == OK)
		err = aggregate_new(endpoints_limit(in->endpoints), RECORD_SUMMARY,
		    in->o.sink, &in->summaries);
	if (err == OK)
		err = aggregate_new(services_capacity(in->services) + 1, RECORD_COVERAGE,
		    in->o.sink, &in->coverages);
	if (err == OK)
		err = decisions_new(in->o.sink, in->o.redactor, &in->decisions);
	if (err == OK)
		err = redactor_overlap(
		    in->o.redactor, s->keys_overlap_s * INT64_C(1000000), link_tell, in);
	if (err == OK)
		err = observer_make(in);
	return err;
}

int
intake_new(const struct intake_options *o, struct intake **out)
{
	struct intake *in = calloc(1, sizeof(*in));
	int err;

	*out = NULL;
	if (!in)
		return ERR_NOMEM;
	in->o = *o;
	in->timeout_us = o->settings->finish_pending_timeout_s * INT64_C(1000000);
	in->memory = malloc(ARENA_BYTES);
	err = in->memory ? parts_new(in) : ERR_NOMEM;
	if (err) {
		intake_free(in);
		return err;
	}
	arena_init(&in->arena, in->memory, ARENA_BYTES);
	*out = in;
	return OK;
}

void
feature_fini(struct intake *in, struct feature *f)
{
	free(f->guess);
	if (in->observer)
		observed_free(in->observer, f->seen);
}

void
intake_free(struct intake *in)
{
	if (!in)
		return;
	decisions_free(in->decisions);
	aggregate_free(in->coverages);
	aggregate_free(in->summaries);
	while (in->pending && pending_oldest(in->pending)) {
		struct feature f;

		pending_drop(in->pending, &f);
		feature_fini(in, &f);
	}
	pending_free(in->pending);
	observer_free(in->observer);
	endpoints_free(in->endpoints);
	release_free(in->release);
	services_free(in->services);
	service_index_fini(&in->services_of);
	free(in->memory);
	free(in);
}

int
intake_bundle(struct intake *in, const struct bundle *b)
{
	struct service_index index = {0};
	int err = b ? service_index_init(&index, b) : OK;

	if (err)
		return err;
	/* Names in waiting events belong to the bundle that goes. */
	(void)decisions_flush(in->decisions);
	/* Endpoints last: nothing fails that would leave them with numbers of a bundle that
	 * is refused. */
	err = observer_prepare(in->observer, b);
	if (err == OK)
		err = decisions_bundle(in->decisions, b);
	if (err == OK) {
		release_bundle(in->release, b);
		err = endpoints_bundle(in->endpoints, b, in->now_us);
	}
	if (err) {
		service_index_fini(&index);
		return err;
	}
	observer_bundle(in->observer, in->now_us);
	service_index_fini(&in->services_of);
	in->services_of = index;
	in->policy = (struct guess_policy){b, b ? &in->services_of : NULL};
	return OK;
}

int
intake_token(struct intake *in, struct span cls, struct span value, int64_t now_us,
    char text[TOKEN_TEXT_MAX], struct span *out)
{
	static const char *const as_is[] = {"text", "host", "request_id"};
	const struct class_info *info = observer_class(in->observer, cls);

	*out = SPAN_NONE;
	for (size_t i = 0; i < sizeof(as_is) / sizeof(*as_is); i++)
		if (span_eq(cls, span_str(as_is[i])))
			return redact_token(
			    in->o.redactor, as_is[i], value, now_us, text, out);
	if (!info)
		return ERR_NOTFOUND;
	if (info->mask == MASK_NOTHING)
		return ERR_INVALID;
	return redact_value(in->o.redactor, info, value, now_us, text, out);
}

struct record_coverage *
intake_coverage(struct intake *in, uint32_t service, int64_t time_us)
{
	static struct record
	    nowhere; /* without memory counts are lost, not the process */
	bool fresh;
	struct record *r = aggregate_get(in->coverages, service, time_us, &fresh);

	in->work = true;
	if (!r)
		return &nowhere.coverage;
	if (fresh)
		r->coverage.service = services_name(in->services, service);
	return &r->coverage;
}

struct record_summary *
intake_summary(struct intake *in, uint32_t endpoint, int64_t time_us)
{
	bool fresh;
	struct record *r = aggregate_get(in->summaries, endpoint, time_us, &fresh);
	struct record_summary *s;

	in->work = true;
	if (!r)
		return NULL;
	s = &r->summary;
	if (fresh) {
		s->hash = endpoints_hash(in->endpoints, endpoint);
		s->first_us = s->last_us = time_us;
	}
	if (time_us < s->first_us)
		s->first_us = time_us;
	if (time_us > s->last_us)
		s->last_us = time_us;
	return s;
}

/* --- requests -------------------------------------------------------------------- */

/* The sub-operation that the worker saw and the bundle does not know. */
static struct span
operation_read(
    struct intake *in, const struct request_prelude *p, const struct request *r)
{
	const struct settings *s = in->o.settings;
	const struct body_limits limits = {
	    .depth = (unsigned)s->request_body_depth,
	    .fields = (unsigned)s->request_body_fields,
	    .inflate_bytes = (size_t)s->request_inflate_bytes,
	    .inflate_ratio = (unsigned)s->request_inflate_ratio,
	};
	struct body_result result = {0};
	struct headers h;
	struct span bytes;

	if (!(p->flags & VERDICT_OPERATION) ||
	    headers_parse(&h, r->headers, (unsigned)s->request_headers_max, &in->arena) !=
		OK ||
	    body_inflate(r->body, headers_known(&h, HDR_CONTENT_ENCODING), &limits,
		&bytes, &result, &in->arena) != OK)
		return SPAN_NONE;
	return operation_of(body_kind_likely(headers_known(&h, HDR_CONTENT_TYPE), bytes),
	    bytes, r->query, headers_known(&h, HDR_SOAPACTION), &limits, &in->arena);
}

/* The endpoint of a request, or its guess where there is none yet. */
static void
request_locate(struct intake *in, const struct request_prelude *p,
    const struct request *r, struct feature *f)
{
	struct guess g;

	f->endpoint = ENDPOINT_NONE;
	f->service = SERVICE_OTHER;
	if (p->endpoint_hash != 0)
		f->endpoint = endpoints_alias(in->endpoints, p->endpoint_hash);
	if (f->endpoint == ENDPOINT_NONE && p->endpoint_hash != 0 &&
	    !(p->flags & VERDICT_PROVISIONAL)) {
		f->endpoint =
		    endpoints_known(in->endpoints, p->endpoint_hash, in->now_us);
		endpoints_alias_put(in->endpoints, p->endpoint_hash, f->endpoint);
	}
	if (f->endpoint != ENDPOINT_NONE) {
		f->service = endpoints_service(in->endpoints, f->endpoint);
		return;
	}
	arena_reset(&in->arena);
	if (guess_make(&in->policy, r->headers, SPAN_NONE, r->method, r->path,
		operation_read(in, p, r), &in->arena, &g) != OK)
		return;
	f->service = services_find(in->services, g.service);
	if (f->service != SERVICE_OTHER || g.service.n == 0)
		f->endpoint = endpoints_find(in->endpoints, &g, f->service);
	if (f->endpoint == ENDPOINT_NONE)
		f->guess = guess_copy(&g);
	else if (p->endpoint_hash != 0)
		endpoints_alias_put(in->endpoints, p->endpoint_hash, f->endpoint);
}

static void
auth_count(struct record_summary *s, unsigned identity_kind)
{
	if (identity_kind < AUTH_KINDS)
		s->auth_mask |= 1u << identity_kind;
	if (identity_kind == IDENTITY_WEAK)
		s->auth_none++;
}

/* What is known of a request however it ended. */
struct record_summary *
intake_count(struct intake *in, const struct feature *f)
{
	struct record_coverage *c = intake_coverage(in, f->service, f->time_us);
	struct record_summary *s;

	c->requests++;
	c->decided++;
	c->body_partial += f->inspected == INSPECTED_PARTIAL;
	c->body_none += f->inspected == INSPECTED_NONE;
	if (f->endpoint == ENDPOINT_NONE)
		return NULL;
	if (endpoints_is_overflow(in->endpoints, f->endpoint)) {
		c->overflow++;
		metric_add(in->o.metric, M_ENDPOINTS_OVERFLOW, 1);
	}
	s = intake_summary(in, f->endpoint, f->time_us);
	if (!s)
		return NULL;
	s->requests++;
	s->watched += f->watched;
	s->shadowed += f->shadowed;
	s->denied += f->action == ACTION_DENY;
	s->limited += f->action == ACTION_RATE;
	s->dropped += f->action == ACTION_DROP;
	if (f->inspected <= INSPECTED_COMPLETE)
		s->inspected[f->inspected]++;
	auth_count(s, f->identity_kind);
	distinct_add(&s->identities, f->identity.lo);
	return s;
}

void
intake_find(struct intake *in, struct feature *f)
{
	if (f->endpoint != ENDPOINT_NONE || !f->guess)
		return;
	if (f->service == SERVICE_OTHER)
		f->service = services_find(in->services, f->guess->service);
	if (f->service != SERVICE_OTHER || f->guess->service.n == 0)
		f->endpoint = endpoints_find(in->endpoints, f->guess, f->service);
}

/* No finish line came: time is up, or there is no room. */
static void
unfinished(struct intake *in, enum metric_id reason)
{
	struct record_summary *s;
	struct record_coverage *c;
	struct feature f;

	pending_drop(in->pending, &f);
	metric_set(in->o.metric, M_PENDING, pending_count(in->pending));
	metric_add(in->o.metric, reason, 1);
	intake_find(in, &f);
	s = intake_count(in, &f);
	if (s) {
		s->unfinished++;
		s->status[0]++;
	}
	c = intake_coverage(in, f.service, f.time_us);
	c->unfinished++;
	c->pending_evicted += reason == M_PENDING_EVICTED;
	if (in->o.history)
		history_finished(
		    in->o.history, f.identity, (uint64_t)(in->now_us / 1000), 0);
	feature_fini(in, &f);
}

/* Nobody takes its line any more; one of the future is from before a clock was set back. */
static bool
is_over(const struct intake *in, const struct feature *f)
{
	int64_t age_us = in->now_us - f->time_us;

	return age_us > in->timeout_us || age_us < -in->timeout_us;
}

void
intake_now(struct intake *in, int64_t now_us)
{
	const struct feature *f;

	in->now_us = now_us;
	while ((f = pending_oldest(in->pending)) != NULL && is_over(in, f))
		unfinished(in, M_PENDING_EXPIRED);
}

void
intake_request(struct intake *in, struct span record)
{
	struct request_prelude p;
	struct request r;
	struct feature f;
	uint64_t hash = 0;

	if (request_record_read(record, &p, &r) != OK) {
		metric_add(in->o.metric, M_RING_CORRUPT, 1);
		return;
	}
	intake_now(in, p.time_us);
	f = (struct feature){
	    .sequence = p.sequence,
	    .time_us = p.time_us,
	    .identity = {p.identity_lo, p.identity_hi},
	    .worker = p.worker,
	    .identity_kind =
		(uint8_t)(p.identity_kind < AUTH_KINDS ? p.identity_kind : 0),
	    .action = (uint8_t)p.action,
	    .inspected = (uint8_t)p.inspected,
	    .shadowed = p.shadow_action != 0,
	    .watched = (p.flags & VERDICT_WATCH) != 0,
	};
	request_locate(in, &p, &r, &f);
	if (p.rule_hash != 0 || p.shadow_action != 0 || p.exceptions != 0) {
		if (f.endpoint != ENDPOINT_NONE)
			hash = endpoints_hash(in->endpoints, f.endpoint);
		decisions_note(in->decisions, &p, r.id, hash);
		in->work = true;
	}
	if (pending_full(in->pending))
		unfinished(in, M_PENDING_EVICTED);
	f.seen = observer_request(in->observer, &p, &r, f.endpoint, f.guess);
	if (pending_put(in->pending, &f) != OK) {
		metric_add(in->o.metric, M_RING_CORRUPT, 1);
		feature_fini(in, &f);
		return;
	}
	metric_add(in->o.metric, M_ANALYSED, 1);
	metric_set(in->o.metric, M_PENDING, pending_count(in->pending));
}

void
intake_lost(struct intake *in, uint64_t finish_bad, uint64_t ring_dropped)
{
	struct record_coverage *c;

	if (finish_bad == 0 && ring_dropped == 0)
		return;
	c = intake_coverage(in, SERVICE_OTHER, in->now_us);
	c->finish_bad += finish_bad;
	c->ring_dropped += ring_dropped;
}

/* --- out ------------------------------------------------------------------------- */

uint32_t
intake_flush_decisions(struct intake *in)
{
	return decisions_flush_loud(in->decisions) + observer_suspects(in->observer);
}

uint32_t
intake_flush(struct intake *in)
{
	uint32_t n = intake_flush_decisions(in);

	endpoints_renew(in->endpoints, in->now_us);
	n += decisions_flush_quiet(in->decisions, in->now_us);
	n += aggregate_flush(in->summaries);
	n += aggregate_flush(in->coverages);
	n += observer_flush(in->observer, false, in->now_us);
	in->work = observer_waiting(in->observer);
	metric_set(in->o.metric, M_ENDPOINTS, endpoints_count(in->endpoints));
	return n;
}

void
intake_drain(struct intake *in)
{
	while (pending_oldest(in->pending) != NULL)
		unfinished(in, M_PENDING_EXPIRED);
	(void)decisions_flush(in->decisions);
	(void)observer_flush(in->observer, true, in->now_us);
}

void
intake_pressure(struct intake *in, unsigned pressure)
{
	observer_pressure(in->observer, pressure);
}

bool
intake_busy(const struct intake *in)
{
	return in->work || pending_count(in->pending) > 0 ||
	    decisions_waiting(in->decisions);
}
