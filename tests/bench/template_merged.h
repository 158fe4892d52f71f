/*
 * The merged view of many gateways in memory: records of the analyst in, what the learner
 * reads out, and what it decided applied. For template_accuracy.
 */
#ifndef TESTS_BENCH_TEMPLATE_MERGED_H
#define TESTS_BENCH_TEMPLATE_MERGED_H

#include "base/map.h"
#include "policy/learn_template.h"
#include "tests/unit/analyst/feed.h"

#define VIEW_MAX (1u << 20)
#define SEGMENTS 40
#define IDENTITIES 5000
#define HOST "api.example"

/* --- the merged view ------------------------------------------------------------------ */

struct row {
	uint64_t hash, alias_of;
	char *service, *method, *template, *operation, *shapes;
	bool provisional, keep, counted;
	uint64_t requests, accepted;
	uint32_t merged;
	int64_t first_us;
	struct distinct *identities;
};

struct merged {
	struct row *row;
	uint32_t n;
	struct map by_hash;
	struct learn_child *child;
	uint32_t children;
};

static inline char *
text_copy(struct span s)
{
	char *p = malloc(s.n + 1);

	CHECK(p);
	memcpy(p, s.p ? s.p : "", s.n);
	p[s.n] = '\0';
	return p;
}

static inline struct row *
row_get(struct merged *m, uint64_t hash)
{
	uint32_t i = map_get(&m->by_hash, hash);

	if (i != MAP_NONE)
		return &m->row[i];
	CHECK(m->n < VIEW_MAX && map_put(&m->by_hash, hash, m->n) == OK);
	m->row[m->n] = (struct row){.hash = hash};
	return &m->row[m->n++];
}

static inline struct row *
row_root(struct merged *m, struct row *r)
{
	while (r->alias_of)
		r = row_get(m, r->alias_of);
	return r;
}

static inline void
row_add(struct row *to, const struct row *from)
{
	to->requests += from->requests;
	to->accepted += from->accepted;
	if (!from->identities)
		return;
	if (!to->identities)
		to->identities = calloc(1, sizeof(*to->identities));
	CHECK(to->identities);
	distinct_merge(to->identities, from->identities);
}

static inline void
put_endpoint(struct merged *m, const struct record_endpoint *e)
{
	struct row *r = row_get(m, e->hash);

	if (e->alias_of) {
		struct row *to = row_root(m, row_get(m, e->alias_of));

		r = row_root(m, r);
		if (r != to)
			r->alias_of = to->hash;
		return;
	}
	if (r->template)
		return;
	r->service = text_copy(e->service);
	r->method = text_copy(e->method);
	r->template = text_copy(e->template_text);
	r->operation = text_copy(e->operation);
	r->shapes = text_copy(e->shapes);
	r->provisional = e->provisional;
	r->first_us = e->first_us;
}

static inline void
put_child(struct merged *m, const struct record_child *c)
{
	struct learn_child *to;

	for (uint32_t i = 0; i < m->children; i++) {
		to = &m->child[i];
		if (to->hash == c->hash && to->segment == c->segment &&
		    span_eq(to->word, c->word)) {
			to->requests += c->requests;
			to->accepted += c->accepted;
			to->identities += distinct_count(&c->identities);
			to->shape = c->shape;
			return;
		}
	}
	m->child = realloc(m->child, (m->children + 1) * sizeof(*m->child));
	CHECK(m->child);
	m->child[m->children++] = (struct learn_child){.hash = c->hash,
	    .segment = c->segment,
	    .word = span_str(text_copy(c->word)),
	    .requests = c->requests,
	    .accepted = c->accepted,
	    .identities = distinct_count(&c->identities),
	    .shape = c->shape};
}

static inline void
put_record(void *ctx, const struct record *r)
{
	struct merged *m = ctx;
	struct row one = {0};

	switch (r->kind) {
	case RECORD_ENDPOINT: put_endpoint(m, &r->endpoint); break;
	case RECORD_SUMMARY:
		one.requests = r->summary.requests;
		one.accepted = r->summary.status[2] + r->summary.status[3];
		one.identities = (struct distinct *)(uintptr_t)&r->summary.identities;
		row_add(row_get(m, r->summary.hash), &one);
		break;
	case RECORD_CHILD: put_child(m, &r->child); break;
	default: break;
	}
}

static inline void
merged_open(struct merged *m)
{
	*m = (struct merged){.row = calloc(VIEW_MAX, sizeof(*m->row))};
	CHECK(m->row && map_init(&m->by_hash, VIEW_MAX) == OK);
}

static inline void
merged_close(struct merged *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		struct row *r = &m->row[i];

		free(r->service);
		free(r->method);
		free(r->template);
		free(r->operation);
		free(r->shapes);
		free(r->identities);
	}
	for (uint32_t i = 0; i < m->children; i++)
		free((char *)(uintptr_t)m->child[i].word.p);
	free(m->child);
	free(m->row);
	map_fini(&m->by_hash);
}

/* What aliases were counted under goes to what they are aliases of. */
static inline void
merged_resolve(struct merged *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		struct row *r = &m->row[i];

		if (!r->alias_of)
			continue;
		row_add(row_root(m, r), r);
		row_root(m, r)->merged += r->template != NULL && !r->counted;
		r->counted = true;
		r->requests = r->accepted = 0;
		free(r->identities);
		r->identities = NULL;
	}
}

/* --- learning ------------------------------------------------------------------------- */

struct result {
	struct pool pool;
	struct learn_view view;
	struct learned learned;
	uint32_t
	    *row_at; /* per row of the merged view: in the learner's, or UINT32_MAX */
};

static inline void
learn(struct merged *m, struct result *x)
{
	struct learn_endpoint *e;
	uint32_t n = 0;

	*x = (struct result){0};
	merged_resolve(m);
	e = pool_alloc(&x->pool, (m->n + 1) * sizeof(*e));
	x->row_at = pool_alloc(&x->pool, (m->n + 1) * sizeof(*x->row_at));
	for (uint32_t i = 0; i < m->n; i++) {
		const struct row *r = &m->row[i];
		struct buf packed = BUF_INIT;

		x->row_at[i] = UINT32_MAX;
		if (r->alias_of || !r->template)
			continue;
		x->row_at[i] = n;
		if (r->identities)
			distinct_pack(r->identities, &packed);
		e[n++] = (struct learn_endpoint){.hash = r->hash,
		    .service = span_str(r->service),
		    .method = span_str(r->method),
		    .template = span_str(r->template),
		    .operation = span_str(r->operation),
		    .provisional = r->provisional,
		    .keep = r->keep,
		    .requests = r->requests,
		    .accepted = r->accepted,
		    .merged = r->merged,
		    .first_us = r->first_us,
		    .last_us = r->first_us,
		    .identities = pool_copy(&x->pool, buf_span(&packed)),
		    .shapes = span_str(r->shapes)};
		buf_fini(&packed);
	}
	x->view = (struct learn_view){e, n, m->child, m->children, FEED_T0};
	learn_template(&x->pool, &x->view, &x->learned);
}

/* What the database does with what is learned. */
static inline void
apply(struct merged *m, const struct result *x)
{
	for (uint32_t i = 0; i < x->learned.actions.n; i++) {
		const struct learn_action *a = &x->learned.actions.v[i];
		struct row *r;

		if (a->fresh && a->requests < LEARN_REQUESTS)
			continue;
		r = row_root(m, row_get(m, a->hash));
		if (!r->template) {
			r->service = text_copy(a->service);
			r->method = text_copy(a->method);
			r->template = text_copy(a->template);
			r->operation = text_copy(a->operation);
			r->shapes = text_copy(SPAN(""));
			r->first_us = FEED_T0;
		}
		r->keep |= a->kind == LEARN_SPLIT;
		for (uint32_t k = 0; a->kind == LEARN_MERGE && k < a->n; k++) {
			struct row *from = row_root(m, row_get(m, a->from[k]));

			if (from != r)
				from->alias_of = r->hash;
		}
	}
}

static inline bool
is_decided(struct span t)
{
	return span_find_span(t, SPAN("{~")) == t.n &&
	    span_find_span(t, SPAN("{overflow}")) == t.n;
}

/* Method and template of everything there is after learning, sorted, each once. */
static inline int
span_order(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static inline uint32_t
inventory(struct result *x, bool decided, struct span **out)
{
	uint32_t n = 0, k = 0;
	struct span *v = pool_alloc(
	    &x->pool, (x->view.endpoints + x->learned.actions.n + 1) * sizeof(*v));

	for (uint32_t i = 0; i < x->view.endpoints; i++)
		if (!decided || is_decided(x->learned.template[i]))
			v[n++] = pool_printf(&x->pool, "%.*s %.*s",
			    (int)x->view.endpoint[i].method.n,
			    x->view.endpoint[i].method.p, (int)x->learned.template[i].n,
			    x->learned.template[i].p);
	for (uint32_t i = 0; i < x->learned.actions.n; i++) {
		const struct learn_action *a = &x->learned.actions.v[i];

		if (a->kind == LEARN_SPLIT)
			v[n++] = pool_printf(&x->pool, "%.*s %.*s", (int)a->method.n,
			    a->method.p, (int)a->template.n, a->template.p);
	}
	qsort(v, n, sizeof(*v), span_order);
	for (uint32_t i = 0; i < n; i++)
		if (k == 0 || !span_eq(v[k - 1], v[i]))
			v[k++] = v[i];
	*out = v;
	return k;
}

#endif
