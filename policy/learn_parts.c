/* See learn_parts.h. */
#include "policy/learn_parts.h"

#include <stdlib.h>

#include "http/template.h"
#include "policy/learn_place.h"
#include "sketch/distinct.h"

/* A value becomes an endpoint: algorithms.md §1.2, R4 and R5. */
#define SPLIT_REQUESTS 20
#define SPLIT_IDENTITIES 5
#define SPLIT_SHARE 0.05
/* Undecided templates, most of them used once: somebody makes up paths. */
#define FLOOD_TEMPLATES 1000
#define FLOOD_SINGLE 0.8
#define FLOOD_OVERFLOW 1000 /* accepted requests that found no room */

static bool has_token(struct span template)
{
	return span_find_span(template, SPAN("{~")) < template.n;
}

static uint64_t
target_hash(struct parts *p, const struct learn_endpoint *e, struct span template)
{
	struct span text = template;

	if (e->operation.n)
		text = pool_printf(p->pool, "%.*s %.*s", (int)template.n, template.p,
		    (int)e->operation.n, e->operation.p);
	return endpoint_hash(e->service, e->method, text);
}

/* Decided for longer than a week, or by people: not for a program to change alone. */
static bool
is_mature(const struct parts *p, const struct learn_endpoint *e)
{
	return !e->provisional &&
	    (e->origin != LEARN_LEARNED ||
		p->view->now_us - e->first_us >= LEARN_MATURE_S * INT64_C(1000000));
}

void
parts_put(struct parts *p, uint32_t at, double score, const char *reason)
{
	const struct learn_endpoint *e = &p->view->endpoint[at];
	struct part part = {.at = at, .score = score, .reason = span_str(reason)};

	if (span_eq(p->out->template[at], e -> template) ||
	    has_token(p->out->template[at]))
		return;
	if (!reason)
		part.reason = SPAN("its words are known by now");
	part.mature = is_mature(p, e);
	if (!span_absent(e->into)) {
		part.reason = SPAN("a person said so");
		part.mature = false;
	}
	*VEC_ADD(p->pool, &p->list) = part;
}

static int
part_cmp(const void *a, const void *b, void *parts)
{
	const struct parts *p = parts;
	const struct part *x = a, *y = b;
	const struct learn_endpoint *ex = &p->view->endpoint[x->at];
	const struct learn_endpoint *ey = &p->view->endpoint[y->at];
	int c = span_cmp(ex->service, ey->service);

	if (c == 0)
		c = span_cmp(p->out->template[x->at], p -> out -> template[y->at]);
	if (c == 0)
		c = span_cmp(ex->method, ey->method);
	if (c == 0)
		c = span_cmp(ex->operation, ey->operation);
	if (c == 0)
		c = x->mature - y->mature;
	return c;
}

static int
part_order(const void *a, const void *b, void *parts)
{
	const struct parts *p = parts;
	const struct part *x = a, *y = b;
	uint64_t hx = p->view->endpoint[x->at].hash, hy = p->view->endpoint[y->at].hash;
	int c = part_cmp(a, b, parts);

	return c ? c : (hx > hy) - (hx < hy);
}

static void
merge_put(struct parts *p, const struct part *part, uint32_t n)
{
	const struct learn_endpoint *e = &p->view->endpoint[part[0].at];
	struct learn_action *a = VEC_ADD(p->pool, &p->out->actions);
	uint64_t *from = pool_alloc(p->pool, n * sizeof(*from));
	struct distinct d = {0};

	*a = (struct learn_action){.kind = LEARN_MERGE,
	    .service = e->service,
	    .method = e->method,
	    .template = p->out->template[part[0].at],
	    .operation = e->operation,
	    .from = from,
	    .n = n,
	    .score = part[0].score,
	    .reason = part[0].reason,
	    .mature = part[0].mature};
	a->hash = target_hash(p, e, a->template);
	a->fresh = map_get(&p->by_hash, a->hash) == MAP_NONE;
	for (uint32_t i = 0; i < n; i++) {
		e = &p->view->endpoint[part[i].at];
		from[i] = e->hash;
		a->requests += e->requests;
		a->settled |= !e->provisional;
		a->human |= !span_absent(e->into);
		if (e->identities.n && distinct_unpack(&d, e->identities) != OK)
			d = (struct distinct){0};
		if (part[i].score < a->score) {
			a->score = part[i].score;
			a->reason = part[i].reason;
		}
	}
	a->identities = distinct_count(&d);
}

void
parts_merge(struct parts *p)
{
	if (p->list.n > 0)
		qsort_r(p->list.v, p->list.n, sizeof(struct part), part_order, p);
	for (uint32_t i = 0, end; i < p->list.n; i = end) {
		for (end = i + 1;
		     end < p->list.n && part_cmp(&p->list.v[i], &p->list.v[end], p) == 0;
		     end++)
			;
		merge_put(p, &p->list.v[i], end - i);
	}
}

/* --- splits --------------------------------------------------------------------------- */

static int
child_cmp(const void *a, const void *b)
{
	const struct learn_child *x = *(const struct learn_child *const *)a;
	const struct learn_child *y = *(const struct learn_child *const *)b;
	int c = (x->hash > y->hash) - (x->hash < y->hash);

	if (c == 0)
		c = (x->segment > y->segment) - (x->segment < y->segment);
	return c ? c : span_cmp(x->word, y->word);
}

struct siblings {
	const struct learn_child *const *v;
	uint32_t n;
	const struct learn_endpoint *e;
};

/* Requests of the others whose answers look like x's, unlike it, and in the one way that
 * is usual among them. */
static double
alike_share(const struct siblings *s, const struct learn_child *x)
{
	uint64_t known = 0, alike = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->v[i] != x && s->v[i]->shape) {
			known += s->v[i]->requests;
			alike += s->v[i]->shape == x->shape ? s->v[i]->requests : 0;
		}
	return known ? (double)alike / (double)known : 1;
}

/* Of the others, the share that looks the same. */
static double
usual_share(const struct siblings *s, const struct learn_child *x)
{
	double best = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		double same;

		if (s->v[i] == x || !s->v[i]->shape)
			continue;
		same = alike_share(s, s->v[i]);
		if (same > best)
			best = same;
	}
	return best;
}

static bool
is_split(const struct siblings *s, const struct learn_child *x, const char **reason)
{
	bool differs;

	*reason = "a person said so";
	if (x->human)
		return true;
	if (x->accepted < SPLIT_REQUESTS || x->identities < SPLIT_IDENTITIES)
		return false;
	if (x->word.n == 0 || x->word.p[0] == '{')
		return false;
	differs = x->shape && alike_share(s, x) < 0.2 && usual_share(s, x) >= 0.6;
	*reason = "its answers look different from those of other values";
	if (differs && (double)x->requests >= SPLIT_SHARE * (double)s->e->requests)
		return true;
	*reason = "a word that APIs use for actions, its answers look different";
	return differs && learn_word_of(x->word) == WORD_ACTION;
}

static unsigned last_parameter(struct span template)
{
	struct span rest = span_from(template, 1);
	unsigned last = 0;

	for (unsigned i = 0; !span_absent(rest); i++) {
		struct span s = span_cut(&rest, '/');

		if (s.n > 2 && s.p[0] == '{' && s.p[1] != '~')
			last = i;
	}
	return last;
}

/* The template with the word in the place of its parameter; absent: there is none. */
static struct span
split_text(struct parts *p, struct span template, unsigned segment, struct span word)
{
	struct span rest = span_from(template, 1), s = SPAN_NONE;
	size_t from = 1;

	if (segment == LEARN_LAST_PARAMETER)
		segment = last_parameter(template);
	for (unsigned i = 0; i <= segment; i++) {
		if (span_absent(rest))
			return SPAN_NONE;
		s = span_cut(&rest, '/');
		from = (size_t)(s.p - template.p);
	}
	if (s.n < 3 || s.p[0] != '{' || s.p[1] == '~')
		return SPAN_NONE;
	s = span_head(s, span_find(s, '}') + 1);
	return pool_printf(p->pool, "%.*s%.*s%.*s", (int)from, template.p, (int)word.n,
	    word.p, (int)(template.n - from - s.n), template.p + from + s.n);
}

static void
split_put(struct parts *p, const struct siblings *s, const struct learn_child *x,
    const char *reason)
{
	struct span text = split_text(p, s->e->template, x->segment, x->word);
	struct learn_action a = {.kind = LEARN_SPLIT,
	    .service = s->e->service,
	    .method = s->e->method,
	    .template = text,
	    .operation = s->e->operation,
	    .n = 1,
	    .requests = x->requests,
	    .identities = x->identities,
	    .score = 3,
	    .reason = span_str(reason),
	    .settled = true,
	    .mature = !x->human && is_mature(p, s->e),
	    .human = x->human};
	uint64_t *from = pool_alloc(p->pool, sizeof(*from));

	if (span_absent(text) || has_token(text))
		return;
	*from = s->e->hash;
	a.from = from;
	a.hash = target_hash(p, s->e, text);
	if (map_get(&p->by_hash, a.hash) != MAP_NONE)
		return; /* it is one already */
	*VEC_ADD(p->pool, &p->out->actions) = a;
}

static const struct learn_endpoint *
endpoint_of(const struct parts *p, uint64_t hash)
{
	uint32_t i = map_get(&p->by_hash, hash);

	return i == MAP_NONE || p->view->endpoint[i].ignore ? NULL
							    : &p->view->endpoint[i];
}

void
parts_split(struct parts *p)
{
	uint32_t n = p->view->children;
	const struct learn_child **v = pool_alloc(p->pool, (n + 1) * sizeof(*v));

	for (uint32_t i = 0; i < n; i++)
		v[i] = &p->view->child[i];
	if (n > 0)
		qsort(v, n, sizeof(*v), child_cmp);
	for (uint32_t i = 0, end; i < n; i = end) {
		struct siblings s = {.v = v + i};
		const char *reason;

		for (end = i; end < n && v[end]->hash == v[i]->hash &&
		     v[end]->segment == v[i]->segment;
		     end++)
			;
		s.n = end - i;
		s.e = endpoint_of(p, v[i]->hash);
		for (uint32_t k = i; s.e && k < end; k++)
			if (is_split(&s, v[k], &reason))
				split_put(p, &s, v[k], reason);
	}
}

/* --- alarms, counts ------------------------------------------------------------------- */

static int
action_cmp(const void *a, const void *b)
{
	const struct learn_action *x = a, *y = b;
	int c = span_cmp(x->service, y->service);

	if (c == 0)
		c = span_cmp(x->template, y->template);
	if (c == 0)
		c = span_cmp(x->method, y->method);
	if (c == 0)
		c = span_cmp(x->operation, y->operation);
	if (c == 0)
		c = (int)x->kind - (int)y->kind;
	return c ? c : x->mature - y->mature;
}

static int
span_order(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static void
alarm_service(struct parts *p, struct span service)
{
	uint64_t undecided = 0, single = 0, requests = 0, overflow = 0;
	struct learn_alarm a = {.service = service};

	for (uint32_t i = 0; i < p->view->endpoints; i++) {
		const struct learn_endpoint *e = &p->view->endpoint[i];

		if (!span_eq(e->service, service) || e->ignore)
			continue;
		if (span_eq(e->template, SPAN("/{overflow}")))
			overflow += e->accepted;
		if (!e->provisional || !has_token(p->out->template[i]))
			continue;
		undecided++;
		single += e->requests <= 1;
		requests += e->requests;
	}
	if (overflow >= FLOOD_OVERFLOW) {
		a.requests = overflow;
		a.templates = undecided;
		a.reason = SPAN("a gateway has no room for further endpoints");
	} else if (undecided >= FLOOD_TEMPLATES &&
	    (double)single >= FLOOD_SINGLE * (double)undecided) {
		a.requests = requests;
		a.templates = undecided;
		a.reason = SPAN("paths that were used once fill the inventory");
	} else {
		return;
	}
	*VEC_ADD(p->pool, &p->out->alarms) = a;
}

void
parts_alarm(struct parts *p)
{
	uint32_t n = p->view->endpoints;
	struct span *service = pool_alloc(p->pool, (n + 1) * sizeof(*service));

	for (uint32_t i = 0; i < n; i++)
		service[i] = p->view->endpoint[i].service;
	if (n > 0)
		qsort(service, n, sizeof(*service), span_order);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || !span_eq(service[i], service[i - 1]))
			alarm_service(p, service[i]);
}

static int
hash_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void
parts_start(struct parts *p)
{
	uint32_t n = p->view->endpoints;

	CHECK(map_init(&p->by_hash, n + 1) == OK);
	for (uint32_t i = 0; i < n; i++)
		CHECK(map_put(&p->by_hash, p->view->endpoint[i].hash, i) == OK);
}

void
parts_finish(struct parts *p)
{
	uint32_t n = p->view->endpoints, decided = 0;
	uint64_t *hash = pool_alloc(p->pool, (n + 1) * sizeof(*hash));
	struct learned *l = p->out;

	map_fini(&p->by_hash);
	if (l->actions.n > 0)
		qsort(
		    l->actions.v, l->actions.n, sizeof(struct learn_action), action_cmp);
	for (uint32_t i = 0; i < n; i++)
		if (!has_token(l->template[i]))
			hash[decided++] =
			    target_hash(p, &p->view->endpoint[i], l->template[i]);
	qsort(hash, decided, sizeof(*hash), hash_order);
	for (uint32_t i = 0; i < decided; i++)
		l->templates += i == 0 || hash[i] != hash[i - 1];
}
