/*
 * The decision, in the ten steps of engine.h: same numbers, same order. Each step fills
 * the verdict and what was seen on the way; nothing here can fail, only be excepted.
 */
#include "engine/work.h"

#include "engine/exceptions.h"
#include "engine/identity.h"
#include "http/template.h"

/* Two servers may read a target with one of these differently. */
#define TARGET_DOUBTFUL                                                                 \
	(TARGET_BAD_PERCENT | TARGET_NUL | TARGET_TOO_MANY_SEGMENTS | TARGET_TOO_LONG | \
	    TARGET_ABOVE_ROOT | TARGET_HOST_BAD)

/* What the caller may look at although no step came so far. */
static void
analysis_init(struct analysis *s)
{
	s->target.flags = 0;
	s->target.n = 0;
	s->target.path = s->target.verb = s->target.query = s->target.raw = SPAN_NONE;
	s->host = s->template_text = s->operation = s->body_bytes = SPAN_NONE;
	s->undecided_mask = 0;
	s->body = (struct body_result){0};
	s->body_read = false;
	s->body_kind = BODY_NONE;
	s->history = (struct history_view){0};
	s->malformed = false;
}

static void
malformed(struct work *w)
{
	w->seen->malformed = true;
	work_exception(w, EX_MALFORMED_REQUEST, true);
}

void
generation_next(struct engine *e)
{
	if (++e->generation <= GENERATION_MAX)
		return;
	e->generation = 1;
	if (e->b == NULL)
		return;
	memset(e->answer, 0, e->b->predicates * sizeof(*e->answer));
	for (unsigned i = 0; i < e->operands; i++)
		e->memo[i].generation = 0;
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		e->keys[i].generation = 0;
		for (unsigned k = 0; k < e->keys[i].n; k++)
			e->keys[i].values[k].generation = 0;
	}
}

/* --- 2. target and headers -------------------------------------------------------- */

static void
read_host(struct work *w)
{
	struct analysis *s = w->seen;
	struct span head = w->r->uri_head;

	s->host =
	    host_normalise(headers_known(&s->headers, HDR_HOST), &s->target.flags, w->a);
	if (s->headers.count[HDR_HOST] > 1)
		s->target.flags |= TARGET_HOST_BAD;
	/* In HTTP/2 every target comes as an absolute one. */
	if (span_starts(w->r->version, SPAN("1.")) && head.n && head.p[0] != '/' &&
	    (span_istarts(head, SPAN("http://")) || span_istarts(head, SPAN("https://"))))
		s->target.flags |= TARGET_ABSOLUTE_FORM;
	if (w->r->sni.n && s->host.n && !span_ieq(w->r->sni, s->host))
		s->target.flags |= TARGET_SNI_MISMATCH;
}

static void
read_lengths(struct work *w)
{
	const struct request *r = w->r;
	int64_t whole =
	    r->body_announced > r->body_visible ? r->body_announced : r->body_visible;

	w->has_body = r->body.n != 0 || whole > 0;
	w->body_cut = whole > (int64_t)r->body.n;
	if (w->has_body)
		w->seen->body_kind =
		    body_kind(headers_known(&w->seen->headers, HDR_CONTENT_TYPE));
	w->v->body_kind = (uint16_t)w->seen->body_kind;
}

static void
step_read(struct work *w)
{
	struct analysis *s = w->seen;
	int rc = headers_parse(&s->headers, w->r->headers, w->e->o.headers_max, w->a);

	/* HAProxy leaves the argument out when the headers do not fit the frame. */
	if (rc != OK || span_absent(w->r->headers) || s->headers.truncated ||
	    s->headers.over_limit)
		malformed(w);
	if (target_parse(&s->target, w->r->path, w->r->query, w->a) != OK ||
	    w->r->method.n == 0 || w->r->path.n == 0)
		malformed(w);
	/* Which of two counts is the server's choice. */
	if (s->headers.count[HDR_CONTENT_TYPE] > 1 ||
	    s->headers.count[HDR_CONTENT_ENCODING] > 1 ||
	    s->headers.count[HDR_AUTHORIZATION] > 1)
		malformed(w);
	read_host(w);
	if (s->target.flags & TARGET_DOUBTFUL)
		malformed(w);
	read_lengths(w);
	w->v->target_flags = s->target.flags;
	work_trace(w, "target", "%.*s %.*s%s", (int)w->r->method.n, w->r->method.p,
	    (int)s->target.path.n, s->target.path.p,
	    s->malformed ? " (malformed_request)" : "");
}

/* --- 3. service and endpoint ------------------------------------------------------ */

static void
find_service(struct work *w)
{
	struct analysis *s = w->seen;

	w->service = BUNDLE_NONE;
	if (w->b != NULL) {
		w->service = service_find(&w->e->services, w->b, s->host, s->target.path);
		if (w->service == BUNDLE_NONE)
			w->service = w->b->meta->unmatched_service;
	}
	if (w->service != BUNDLE_NONE)
		w->v->service = bundle_text(w->b, w->b->service[w->service].name);
	else
		w->v->service = s->host.n ? s->host : SPAN("other");
}

static void
endpoint_known(struct work *w, uint32_t index)
{
	const struct endpoint_brief *ep = &w->e->endpoint[index];

	w->v->endpoint = index;
	w->v->endpoint_hash = ep->hash;
	w->v->endpoint_label = bundle_text(w->b, ep->label);
	w->seen->template_text = bundle_text(w->b, ep->template);
}

/* "GET /users/{number}", and the sub-operation behind it if there is one. */
static struct span
label_make(struct work *w, struct span identity)
{
	struct span method = w->r->method;
	char *label = arena_text(w->a, method.n + 1 + identity.n);

	if (label == NULL)
		return SPAN_NONE;
	if (method.n)
		memcpy(label, method.p, method.n);
	label[method.n] = ' ';
	memcpy(label + method.n + 1, identity.p, identity.n);
	return span_make(label, method.n + 1 + identity.n);
}

static void
endpoint_guess(struct work *w)
{
	struct template t;

	w->v->flags |= VERDICT_PROVISIONAL;
	if (template_guess(&w->seen->target, &t, w->a) != OK) {
		work_exception(w, EX_INTERNAL, true);
		return;
	}
	w->seen->template_text = t.text;
	w->seen->undecided_mask = t.undecided_mask;
	w->v->endpoint_hash = endpoint_hash(w->v->service, w->r->method, t.text) |
	    ENDPOINT_HASH_PROVISIONAL;
	w->v->endpoint_label = label_make(w, t.text);
}

/* Where the request goes; what it finds there is read by endpoint_found(). */
static void
find_endpoint(struct work *w)
{
	find_service(w);
	w->route = (struct route){.endpoint = BUNDLE_NONE, .node = BUNDLE_NONE};
	if (w->service == BUNDLE_NONE)
		return;
	router_find(
	    &w->e->router, w->b, w->service, &w->seen->target, w->r->method, &w->route);
	if (w->route.endpoint != BUNDLE_NONE)
		__builtin_prefetch(&w->e->endpoint[w->route.endpoint]);
}

static void
endpoint_found(struct work *w)
{
	if (w->route.endpoint != BUNDLE_NONE)
		endpoint_known(w, w->route.endpoint);
	else if (!w->route.operations)
		endpoint_guess(w);
	work_trace(w, "endpoint", "%.*s%s of %.*s", (int)w->v->endpoint_label.n,
	    w->v->endpoint_label.n ? w->v->endpoint_label.p : "",
	    w->v->endpoint == BUNDLE_NONE ? " (provisional)" : "", (int)w->v->service.n,
	    w->v->service.p);
}

/* --- 4. identity and history ------------------------------------------------------ */

static void
find_history(struct work *w)
{
	struct history_view *h = &w->seen->history;
	char hex[32];

	if (w->e->o.history != NULL) {
		history_get(w->e->o.history, w->v->identity,
		    (uint64_t)(w->r->now_us / 1000), true, h);
		if (!h->found)
			work_exception(w, EX_STATE_FULL, true);
	}
	if (w->trace == NULL)
		return;
	identity_hex(w->v->identity, hex);
	work_say(w, "identity", "%.32s by %s%s", hex,
	    identity_kind_name(w->v->identity_kind),
	    w->v->flags & VERDICT_VERIFIED ? ", verified by haproxy" : "");
	work_say(w, "history", "%s, %llu requests",
	    !h->found	      ? "none"
		: h->complete ? "complete"
			      : "incomplete",
	    (unsigned long long)h->requests);
}

void
work_endpoint(struct work *w)
{
	find_endpoint(w);
	endpoint_found(w);
}

/* Neither step needs the other, and each waits for memory: so the identity is computed
 * first, and its history fetched while the endpoint is looked for. */
static void
steps_endpoint_identity(struct work *w)
{
	identity_find(w);
	history_prefetch(w->e->o.history, w->v->identity);
	limits_fetch(w);
	work_endpoint(w);
	find_history(w);
}

/* --- 5. body ---------------------------------------------------------------------- */

/* Whether sub-operations may stand behind a URL that the policy does not say it of: then
 * they can be discovered. By what GraphQL, JSON-RPC and SOAP servers are called, so that
 * other bodies are not read for it. */
static bool
operation_likely(const struct work *w)
{
	static const char *const names[] = {
	    "graphql", "gql", "rpc", "jsonrpc", "json-rpc"};
	const struct target *t = &w->seen->target;
	struct span last = t->n ? t->segment[t->n - 1].text : SPAN_NONE;

	if (w->seen->body_kind == BODY_GRAPHQL)
		return true;
	if (w->seen->body_kind == BODY_XML)
		return !span_absent(headers_known(&w->seen->headers, HDR_SOAPACTION));
	if (w->seen->body_kind != BODY_JSON && t->query.n == 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_ieq(last, span_str(names[i])))
			return true;
	return false;
}

/* A sub-operation that the bundle does not know: rules see its URL, discovery sees it. */
static void
operation_guess(struct work *w)
{
	struct span template_text = w->seen->template_text,
		    operation = w->seen->operation;
	size_t n = template_text.n + 1 + operation.n;
	char *identity = arena_text(w->a, n);

	if (identity == NULL)
		return;
	memcpy(identity, template_text.p, template_text.n);
	identity[template_text.n] = ' ';
	memcpy(identity + template_text.n + 1, operation.p, operation.n);
	w->v->flags |= VERDICT_PROVISIONAL | VERDICT_OPERATION | VERDICT_BODY_IN_RECORD;
	w->v->endpoint_hash =
	    endpoint_hash(w->v->service, w->r->method, span_make(identity, n)) |
	    ENDPOINT_HASH_PROVISIONAL;
	if (w->v->endpoint == BUNDLE_NONE)
		w->v->endpoint_label = label_make(w, span_make(identity, n));
}

/* 3 again: a URL whose sub-operations are endpoints of their own. */
static void
step_operation(struct work *w)
{
	uint32_t index = BUNDLE_NONE;

	body_operation(w);
	if (w->route.operations)
		index =
		    router_operation(w->b, &w->route, w->r->method, w->seen->operation);
	if (index != BUNDLE_NONE) {
		endpoint_known(w, index);
	} else {
		if (w->route.endpoint == BUNDLE_NONE && w->route.operations)
			endpoint_guess(w);
		if (w->seen->operation.n != 0 && w->seen->template_text.n != 0)
			operation_guess(w);
	}
	work_trace(w, "endpoint", "%.*s", (int)w->v->endpoint_label.n,
	    w->v->endpoint_label.n ? w->v->endpoint_label.p : "");
}

static void
step_body(struct work *w)
{
	if (w->route.operations || operation_likely(w))
		step_operation(w);
	if (w->v->endpoint != BUNDLE_NONE &&
	    w->b->endpoint[w->v->endpoint].flags & ENDPOINT_WANT_BODY)
		w->v->flags |= VERDICT_BODY_IN_RECORD;
	candidates_collect(w);
	if (w->has_body && candidates_want_body(w))
		body_walk_fields(w);
	/* Nobody asked, but it was there to be looked at and is not all of it. */
	if (w->body_cut && !span_absent(w->r->body))
		work_exception(w, EX_BODY_TRUNCATED, true);
}

void
work_rules(struct work *w)
{
	/* 5. body */
	step_body(w);
	/* 6. network exceptions, 7. rules, 8. limits */
	rules_run(w);
	candidates_forget(w);
}

/* --- 9. and 10. ------------------------------------------------------------------- */

static void
step_resolve(struct work *w)
{
	if (w->decided)
		return;
	exceptions_resolve(&w->e->o.exceptions, w->binding, w->v);
	if (w->v->action == ACTION_DENY) {
		work_trace(
		    w, "exceptions", "deny: %.*s", (int)w->v->reason.n, w->v->reason.p);
		return;
	}
	/* 10. nothing decided: allowed; an event is told all the same. */
	w->v->rule = w->event_rule;
	w->v->rule_hash = w->event_hash;
}

/* How much of the request was looked at. */
static enum inspected
inspected(const struct work *w)
{
	if (w->b == NULL)
		return INSPECTED_NONE;
	if (w->seen->malformed || w->body_cut || w->body_unknown)
		return INSPECTED_PARTIAL;
	return INSPECTED_COMPLETE;
}

static void
finish(struct work *w)
{
	struct verdict *v = w->v;

	if (v->action != ACTION_ALLOW && w->e->o.history != NULL &&
	    w->seen->history.found)
		history_denied(
		    w->e->o.history, v->identity, (uint64_t)(w->r->now_us / 1000));
	for (unsigned i = 0; w->trace != NULL && i < EXCEPTIONS; i++)
		if (v->exceptions >> i & 1)
			work_say(w, "exception", "%s: %s",
			    exception_name((enum exception_id)i),
			    exception_reason((enum exception_id)i));
}

static void
decide(struct work *w, bool quarantined)
{
	/* 1. quarantine */
	if (quarantined) {
		memset(&w->seen->headers, 0, sizeof(w->seen->headers));
		work_exception(w, EX_QUARANTINED, true);
		step_resolve(w);
		return;
	}
	/* 2. target and headers */
	step_read(w);
	/* 3. service and endpoint, 4. identity and history */
	steps_endpoint_identity(w);
	if (w->b == NULL) {
		work_exception(w, EX_NO_POLICY, true);
	} else {
		/* 5. body, 6. network exceptions, 7. rules, 8. limits */
		work_rules(w);
		if (w->v->action == ACTION_ALLOW)
			confused_judge(w);
	}
	w->v->inspected = inspected(w);
	/* 9. exceptions, 10. allowed */
	step_resolve(w);
	finish(w);
}

void
engine_decide_traced(struct engine *e, const struct request *r, bool quarantined,
    struct arena *a, struct analysis *seen, struct verdict *out, engine_trace *trace,
    void *ctx)
{
	struct work w;

	*out = (struct verdict){
	    .action = ACTION_ALLOW,
	    .endpoint = BUNDLE_NONE,
	    .revision = e->b ? e->b->header->revision : 0,
	};
	analysis_init(seen);
	w.e = e;
	w.b = e->b;
	w.r = r;
	w.a = a;
	w.seen = seen;
	w.v = out;
	w.trace = trace;
	w.trace_ctx = ctx;
	w.has_tls_print = w.has_body = w.body_cut = w.body_open = w.body_unknown = false;
	w.decided = w.history_unknown = false;
	w.binding = 0;
	w.event_rule = SPAN_NONE;
	w.event_hash = 0;
	w.operation_read = w.second = false;
	w.charges = 0;
	generation_next(e);
	if (r->now_us > e->now_us)
		e->now_us = r->now_us;
	decide(&w, quarantined);
}

void
engine_decide(struct engine *e, const struct request *r, bool quarantined,
    struct arena *a, struct analysis *seen, struct verdict *out)
{
	engine_decide_traced(e, r, quarantined, a, seen, out, NULL, NULL);
}
