/*
 * The bundle's own vectors, decided by this very engine before the bundle is used. They run
 * on no shared state (limits never fill, histories are incomplete), with every exception
 * allowed, at the time the bundle was made: a rule that has expired since stays tested.
 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

/* Holds what compilers write: targets and bodies of a few KB. */
#define SELFTEST_ARENA_BYTES (1u << 20)

/* HAProxy's varint (yett-spoe(7)). */
static size_t
varint_put(uint8_t *to, uint64_t v)
{
	size_t n = 0;

	if (v < 240) {
		to[0] = (uint8_t)v;
		return 1;
	}
	to[n++] = (uint8_t)(v | 240);
	for (v = (v - 240) >> 4; v >= 128; v = (v - 128) >> 7)
		to[n++] = (uint8_t)(v | 128);
	to[n++] = (uint8_t)v;
	return n;
}

static bool
put_text(struct arena *a, struct span s, bool lower)
{
	uint8_t length[10];
	size_t n = varint_put(length, s.n);
	char *p = arena_text(a, n + s.n);

	if (p == NULL)
		return false;
	memcpy(p, length, n);
	for (size_t i = 0; i < s.n; i++)
		p[n + i] = lower ? ascii_lower(s.p[i]) : s.p[i];
	return true;
}

/* "name: value\n" lines and the host as req.hdrs_bin has them; absent: arena full. */
static struct span
headers_bin(struct arena *a, struct span host, struct span lines)
{
	size_t start = arena_mark(a);
	bool ok = true;

	if (host.n)
		ok = put_text(a, SPAN("host"), false) && put_text(a, host, false);
	while (ok && lines.n) {
		struct span line = span_cut(&lines, '\n');
		size_t colon = span_find(line, ':');

		if (colon == 0 || colon == line.n)
			continue;
		ok = put_text(a, span_trim(span_head(line, colon)), true) &&
		    put_text(a, span_trim(span_from(line, colon + 1)), false);
	}
	ok = ok && put_text(a, SPAN(""), false) && put_text(a, SPAN(""), false);
	return ok ? span_make(a->base + start, arena_mark(a) - start) : SPAN_NONE;
}

static int
run_vector(struct engine *e, uint32_t index, struct arena *a, struct bundle_error *error)
{
	const struct bundle *b = engine_bundle(e);
	const struct bundle_selftest *t = &b->selftest[index];
	struct analysis seen;
	struct verdict v;
	struct request r;
	struct span rule = bundle_text(b, t->rule);

	arena_reset(a);
	request_init(&r);
	r.method = bundle_text(b, t->method);
	r.path = bundle_text(b, t->path);
	if (t->query.length)
		r.query = bundle_text(b, t->query);
	r.version = SPAN("1.1");
	r.headers = headers_bin(a, bundle_text(b, t->host), bundle_text(b, t->headers));
	if (t->body.length) {
		r.body = bundle_text(b, t->body);
		r.body_visible = r.body_announced = (int64_t)r.body.n;
	}
	r.now_us = b->header->created_us;
	r.mono_ns = 1;
	engine_decide(e, &r, false, a, &seen, &v);
	if (v.action == t->action && v.endpoint == t->endpoint && span_eq(v.rule, rule))
		return OK;
	snprintf(error->text, sizeof(error->text),
	    "self-test %u: expected action %u by rule \"%.*s\" at endpoint %d, got %u by "
	    "\"%.*s\" at %d",
	    (unsigned)index, (unsigned)t->action, (int)(rule.n < 40 ? rule.n : 40),
	    rule.p, (int)t->endpoint, (unsigned)v.action,
	    (int)(v.rule.n < 40 ? v.rule.n : 40), v.rule.n ? v.rule.p : "",
	    (int)v.endpoint);
	return ERR_SELFTEST;
}

int
engine_selftest(
    const struct bundle *b, const struct engine_options *o, struct bundle_error *error)
{
	struct engine_options options = *o;
	struct engine *e = NULL;
	struct arena a;
	void *mem;
	int rc;

	error->text[0] = '\0';
	options.exceptions = (struct exception_policy){0};
	options.limits = NULL;
	options.history = NULL;
	options.gateways = 1;
	options.bodies_off = false;
	options.now_floor_us = 0;
	mem = malloc(SELFTEST_ARENA_BYTES);
	if (mem == NULL)
		return ERR_NOMEM;
	arena_init(&a, mem, SELFTEST_ARENA_BYTES);
	rc = engine_new(b, &options, &e, error);
	for (uint32_t i = 0; rc == OK && i < b->selftests; i++)
		rc = run_vector(e, i, &a, error);
	engine_free(e);
	free(mem);
	return rc;
}
