/*
 * A policy made by hand and an engine that runs it: what the engine's tests share. The
 * arrays of struct bundle are filled directly, so these tests need no compiler. Fixed
 * capacities, asserted; one fixture a test.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "engine/field.h"
#include "http/template.h"

#define FIX_NODES 300
#define FIX_RULES 80
#define FIX_CHILDREN 16
#define FIX_NOW_US INT64_C(1790000000000000)

/* A router node before it is laid out. */
struct fix_node {
	struct span literal[FIX_CHILDREN];
	uint32_t literal_child[FIX_CHILDREN];
	unsigned literals;
	struct bundle_param param[FIX_CHILDREN];
	unsigned params;
	struct bundle_leaf leaf[FIX_CHILDREN];
	unsigned leaves;
};

struct fix {
	struct bundle b;
	struct bundle_header header;
	struct bundle_meta meta;
	char text[32768];
	struct bundle_service service[8];
	struct bundle_host host[16];
	struct bundle_endpoint endpoint[64];
	struct fix_node draft[FIX_NODES];
	struct bundle_node node[FIX_NODES];
	struct bundle_literal literal[FIX_NODES * FIX_CHILDREN * 2];
	struct bundle_param param[FIX_NODES * 4];
	struct bundle_leaf leaf[FIX_NODES * 4];
	struct bundle_source source[8];
	struct bundle_predicate predicate[256];
	struct bundle_step step[256];
	struct bundle_set set[16];
	struct bundle_set_slot set_slot[256];
	struct bundle_rule rule[FIX_RULES];
	struct bundle_key key[64];
	struct bundle_anchor anchor[8];
	struct bundle_anchor_slot anchor_slot[8 * 128];
	uint32_t posting[256];
	uint32_t free_rule[FIX_RULES];
	struct bundle_selftest selftest[8];

	struct engine_options options;
	struct limit_cell cells[64 * LIMIT_WAYS];
	struct limit_table limits;
	struct history_slot *slots;
	struct history_table history;
	struct engine *e;
	uint64_t made_of; /* what e was made of */

	uint8_t mem[512 << 10];
	struct arena arena;
	uint8_t headers[8192];
	size_t headers_n;
	struct request r;
	struct analysis seen;
	struct verdict v;
};

static inline struct bundle_text
fix_text(struct fix *f, const char *s)
{
	struct bundle_text t = {(uint32_t)f->b.text_bytes, (uint32_t)strlen(s)};

	assert_true(f->b.text_bytes + t.length <= sizeof(f->text));
	memcpy(f->text + t.offset, s, t.length);
	f->b.text_bytes += t.length;
	return t;
}

static inline struct fix *
fix_new(void)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->header.revision = 7;
	f->header.created_us = FIX_NOW_US;
	f->meta.unmatched_service = BUNDLE_NONE;
	f->meta.default_mode = MODE_ENFORCE;
	f->b.header = &f->header;
	f->b.meta = &f->meta;
	f->b.text = f->text;
	f->b.service = f->service;
	f->b.host = f->host;
	f->b.endpoint = f->endpoint;
	f->b.node = f->node;
	f->b.literal = f->literal;
	f->b.param = f->param;
	f->b.leaf = f->leaf;
	f->b.source = f->source;
	f->b.predicate = f->predicate;
	f->b.step = f->step;
	f->b.set = f->set;
	f->b.set_slot = f->set_slot;
	f->b.rule = f->rule;
	f->b.key = f->key;
	f->b.anchor = f->anchor;
	f->b.anchor_slot = f->anchor_slot;
	f->b.posting = f->posting;
	f->b.free_rule = f->free_rule;
	f->b.selftest = f->selftest;
	memcpy(f->options.identity_key, "0123456789abcdef", 16);
	f->options.headers_max = 64;
	f->options.gateways = 1;
	f->options.body = (struct body_limits){64, 1000, 64 << 10, 100};
	f->limits = (struct limit_table){f->cells, 64};
	f->slots = aligned_alloc(128, 64 * 4 * sizeof(*f->slots));
	assert_non_null(f->slots);
	memset((void *)f->slots, 0, 64 * 4 * sizeof(*f->slots));
	f->history = (struct history_table){.slot = f->slots, .buckets = 64};
	f->options.limits = &f->limits;
	f->options.history = &f->history;
	arena_init(&f->arena, f->mem, sizeof(f->mem));
	return f;
}

static inline void
fix_free(struct fix *f)
{
	engine_free(f->e);
	free((void *)f->slots);
	free(f);
}

/* --- services and endpoints ------------------------------------------------------- */

static inline uint32_t
fix_service(struct fix *f, const char *name)
{
	f->service[f->b.services] =
	    (struct bundle_service){.name = fix_text(f, name), .root = f->b.nodes++};
	return f->b.services++;
}

static inline void
fix_host(struct fix *f, const char *pattern, const char *prefix, uint32_t service)
{
	f->host[f->b.hosts++] =
	    (struct bundle_host){fix_text(f, pattern), fix_text(f, prefix), service, 0};
}

static inline uint32_t
fix_child(struct fix *f, uint32_t node, const struct template_part *p)
{
	struct fix_node *n = &f->draft[node];
	uint32_t mask = p->cls == -2 ? UINT32_MAX : UINT32_C(1) << (p->cls & 31);

	for (unsigned i = 0; p->cls == -1 && i < n->literals; i++)
		if (span_eq(n->literal[i], p->literal))
			return n->literal_child[i];
	for (unsigned i = 0; p->cls != -1 && i < n->params; i++)
		if (n->param[i].class_mask == mask &&
		    n->param[i].before.length == p->literal.n)
			return n->param[i].child;
	assert_true(f->b.nodes < FIX_NODES && n->literals + n->params < FIX_CHILDREN);
	if (p->cls == -1) {
		struct bundle_text t = {
		    (uint32_t)f->b.text_bytes, (uint32_t)p->literal.n};

		memcpy(f->text + f->b.text_bytes, p->literal.p, p->literal.n);
		f->b.text_bytes += p->literal.n;
		n->literal[n->literals] = span_make(f->text + t.offset, t.length);
		n->literal_child[n->literals++] = f->b.nodes;
	} else {
		struct bundle_text before = {
		    (uint32_t)f->b.text_bytes, (uint32_t)p->literal.n};

		if (p->literal.n)
			memcpy(f->text + f->b.text_bytes, p->literal.p, p->literal.n);
		f->b.text_bytes += p->literal.n;
		n->param[n->params++] = (struct bundle_param){mask, f->b.nodes, before};
	}
	return f->b.nodes++;
}

/* Parameters must be added narrowest first. operation may be NULL. */
static inline uint32_t
fix_operation(struct fix *f, uint32_t service, const char *method, const char *template,
    const char *operation, uint32_t flags)
{
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned n = TARGET_SEGMENTS_MAX;
	struct span verb;
	char label[512], verb_text[64];
	uint32_t node = f->service[service].root, index = f->b.endpoints++;
	struct fix_node *d;

	arena_reset(&f->arena);
	assert_int_equal(
	    template_parse(span_str(template), part, &n, &verb, &f->arena), OK);
	for (unsigned i = 0; i < n; i++)
		node = fix_child(f, node, &part[i]);
	snprintf(label, sizeof(label), "%s %s%s%s", method, template,
	    operation ? " " : "", operation ? operation : "");
	snprintf(verb_text, sizeof(verb_text), "%.*s", (int)verb.n, verb.n ? verb.p : "");
	f->endpoint[index] = (struct bundle_endpoint){
	    .hash = endpoint_hash(bundle_text(&f->b, f->service[service].name),
		span_str(method), span_str(template)),
	    .id = 1000 + index,
	    .service = service,
	    .method = fix_text(f, method),
	    .template = fix_text(f, template),
	    .label = fix_text(f, label),
	    .operation = fix_text(f, operation ? operation : ""),
	    .mode = MODE_ENFORCE,
	    .flags = flags,
	};
	d = &f->draft[node];
	assert_true(d->leaves < FIX_CHILDREN);
	d->leaf[d->leaves++] = (struct bundle_leaf){
	    .method = fix_text(f, method),
	    .verb = fix_text(f, verb_text),
	    .operation = f->endpoint[index].operation,
	    .endpoint = index,
	};
	return index;
}

static inline uint32_t
fix_endpoint(struct fix *f, uint32_t service, const char *method, const char *template)
{
	return fix_operation(f, service, method, template, NULL, 0);
}

static inline void
fix_literals(struct fix *f, const struct fix_node *d, struct bundle_node *n)
{
	uint32_t slots = 2;

	n->literal = f->b.literals;
	n->literal_mask = BUNDLE_NONE;
	if (d->literals == 0)
		return;
	while (slots < 2 * d->literals)
		slots *= 2;
	n->literal_mask = slots - 1;
	for (uint32_t i = 0; i < slots; i++)
		f->literal[n->literal + i].child = BUNDLE_NONE;
	f->b.literals += slots;
	for (unsigned i = 0; i < d->literals; i++) {
		uint64_t h = bundle_hash(d->literal[i]);
		uint32_t at = (uint32_t)h & n->literal_mask;
		struct bundle_text t = {
		    (uint32_t)(d->literal[i].p - f->text), (uint32_t)d->literal[i].n};

		while (f->literal[n->literal + at].child != BUNDLE_NONE)
			at = (at + 1) & n->literal_mask;
		f->literal[n->literal + at] =
		    (struct bundle_literal){h, t, d->literal_child[i], 0};
	}
}

static inline void
fix_lay_out(struct fix *f)
{
	for (uint32_t i = 0; i < f->b.nodes; i++) {
		const struct fix_node *d = &f->draft[i];
		struct bundle_node *n = &f->node[i];

		fix_literals(f, d, n);
		n->param = f->b.params;
		n->params = d->params;
		memcpy(f->param + n->param, d->param, d->params * sizeof(*d->param));
		f->b.params += d->params;
		n->leaf = f->b.leaves;
		n->leaves = d->leaves;
		memcpy(f->leaf + n->leaf, d->leaf, d->leaves * sizeof(*d->leaf));
		f->b.leaves += d->leaves;
	}
}

/* --- rules ------------------------------------------------------------------------ */

static inline uint32_t
fix_rule(struct fix *f, const char *name, enum rule_action action, enum mode mode,
    uint32_t flags)
{
	uint32_t i = f->b.rules++;

	assert_true(i < FIX_RULES);
	f->rule[i] = (struct bundle_rule){
	    .name = fix_text(f, name),
	    .reason = fix_text(f, "because"),
	    .name_hash = bundle_hash(span_str(name)),
	    .step = BUNDLE_NONE,
	    .flags = flags,
	    .action = (uint8_t)action,
	    .mode = (uint8_t)mode,
	    .key = f->b.keys,
	    .endpoint = BUNDLE_NONE,
	};
	if (action == ACTION_DENY)
		f->rule[i].status = 403;
	if (action == ACTION_RATE)
		f->rule[i].status = 429;
	f->free_rule[f->b.free_rules++] = i;
	return i;
}

static inline uint32_t
fix_predicate(struct fix *f, enum field_id field, const char *key, enum predicate_op op,
    enum predicate_transform transform, const char *text, int64_t number)
{
	f->predicate[f->b.predicates] = (struct bundle_predicate){
	    .field = (uint16_t)field,
	    .op = (uint8_t)op,
	    .transform = (uint8_t)transform,
	    .set = BUNDLE_NONE,
	    .key = fix_text(f, key ? key : ""),
	    .text = fix_text(f, text ? text : ""),
	    .number = number,
	};
	return f->b.predicates++;
}

/* One more step of the rule made last: go on to the next if the predicate is `wanted`, else
 * no match. */
static inline void
fix_and(struct fix *f, uint32_t predicate, bool wanted)
{
	struct bundle_rule *r = &f->rule[f->b.rules - 1];
	struct bundle_step *s;

	if (r->step == BUNDLE_NONE)
		r->step = f->b.steps;
	else
		for (uint32_t i = 0; i < r->steps; i++) {
			s = &f->step[r->step + i];
			if (s->if_true == STEP_MATCH)
				s->if_true = (uint16_t)r->steps;
			if (s->if_false == STEP_MATCH)
				s->if_false = (uint16_t)r->steps;
		}
	s = &f->step[f->b.steps++];
	s->predicate = predicate;
	s->if_true = wanted ? STEP_MATCH : STEP_NO_MATCH;
	s->if_false = wanted ? STEP_NO_MATCH : STEP_MATCH;
	r->steps++;
}

/* field op text, for text fields. */
static inline void
fix_when(struct fix *f, enum field_id field, const char *key, enum predicate_op op,
    const char *text)
{
	fix_and(f, fix_predicate(f, field, key, op, TRANSFORM_NONE, text, 0), true);
}

static inline void
fix_when_number(struct fix *f, enum field_id field, enum predicate_op op, int64_t number)
{
	fix_and(f, fix_predicate(f, field, NULL, op, TRANSFORM_NONE, NULL, number), true);
}

static inline uint32_t
fix_limit(struct fix *f, const char *name, enum mode mode, uint32_t flags,
    uint64_t period_ns, uint32_t burst, enum field_id key)
{
	uint32_t i = fix_rule(f, name, ACTION_RATE, mode, flags | RULE_LIMIT);

	f->rule[i].period_ns = period_ns;
	f->rule[i].burst = burst;
	f->rule[i].keys = 1;
	f->key[f->b.keys++] = (struct bundle_key){.field = (uint16_t)key};
	return i;
}

/* --- requests --------------------------------------------------------------------- */

static inline void
fix_put(struct fix *f, const char *s)
{
	size_t n = strlen(s);

	if (n < 240) {
		f->headers[f->headers_n++] = (uint8_t)n;
	} else {
		assert_true(n < 2288);
		f->headers[f->headers_n++] = (uint8_t)(n | 240);
		f->headers[f->headers_n++] = (uint8_t)((n - 240) >> 4);
	}
	memcpy(f->headers + f->headers_n, s, n);
	f->headers_n += n;
}

/* A request with the usual headers; more may follow by fix_header(). */
static inline void
fix_request(struct fix *f, const char *method, const char *host, const char *path)
{
	request_init(&f->r);
	f->r.method = span_str(method);
	f->r.path = span_str(path);
	f->r.version = SPAN("1.1");
	f->r.source = SPAN("\xc0\x00\x02\x07");
	f->r.frontend = SPAN("fe_main");
	f->r.now_us = FIX_NOW_US;
	f->r.mono_ns = 1000000000;
	f->headers_n = 0;
	if (host) {
		fix_put(f, "host");
		fix_put(f, host);
	}
	fix_put(f, "user-agent");
	fix_put(f, "Test/1.0");
}

static inline void
fix_header(struct fix *f, const char *name, const char *value)
{
	fix_put(f, name);
	fix_put(f, value);
}

static inline void
fix_body(struct fix *f, const char *type, const char *body)
{
	if (type)
		fix_header(f, "content-type", type);
	f->r.body = span_str(body);
	f->r.body_visible = f->r.body_announced = (int64_t)strlen(body);
}

/* A sum of what tests change while an engine runs. */
static inline uint64_t
fix_sum(const struct fix *f)
{
	uint64_t sum = f->meta.default_mode;

	for (uint32_t i = 0; i < f->b.rules; i++)
		sum = sum * 31 + f->rule[i].mode * 7 + f->rule[i].flags * 3 +
		    f->rule[i].endpoint;
	for (uint32_t i = 0; i < f->b.endpoints; i++)
		sum = sum * 31 + f->endpoint[i].mode;
	return sum;
}

static inline void
fix_start(struct fix *f)
{
	struct bundle_error error;

	if (f->b.literals + f->b.params + f->b.leaves == 0)
		fix_lay_out(f);
	engine_free(f->e);
	if (engine_new(&f->b, &f->options, &f->e, &error) != OK)
		fail_msg("engine_new: %s", error.text);
	f->made_of = fix_sum(f);
}

/* Decides the request that was made; starts the engine at first, and again when the
 * policy was changed. */
static inline const struct verdict *
fix_decide(struct fix *f)
{
	uint8_t *end = f->headers + f->headers_n;

	if (f->e == NULL || (engine_bundle(f->e) && f->made_of != fix_sum(f)))
		fix_start(f);
	end[0] = end[1] = 0;
	f->r.headers = span_make(f->headers, f->headers_n + 2);
	arena_reset(&f->arena);
	/* What a decision does not set must not be read. */
	memset(&f->seen, 0xa5, sizeof(f->seen));
	memset(&f->v, 0xa5, sizeof(f->v));
	engine_decide(f->e, &f->r, false, &f->arena, &f->seen, &f->v);
	return &f->v;
}

/* One service, two endpoints. */
static inline struct fix *
fix_shop(void)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "shop");

	fix_host(f, "shop.example", "", s);
	fix_endpoint(f, s, "GET", "/users/{number}");
	fix_endpoint(f, s, "POST", "/login");
	return f;
}

static inline bool
fix_ruled(const struct fix *f, const char *rule)
{
	return span_eq(f->v.rule, span_str(rule));
}

static inline bool
fix_excepted(const struct fix *f, enum exception_id id)
{
	return f->v.exceptions >> id & 1;
}

#endif
