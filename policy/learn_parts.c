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
#define FLOOD_ROOT 48 /* the same of first words, of which a gateway keeps 64 */
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

/* By endpoint and segment, the most used first. */
static int
child_cmp(const void *a, const void *b)
{
	const struct learn_child *x = *(const struct learn_child *const *)a;
	const struct learn_child *y = *(const struct learn_child *const *)b;
	int c = (x->hash > y->hash) - (x->hash < y->hash);

	if (c == 0)
		c = (x->segment > y->segment) - (x->segment < y->segment);
	if (c == 0)
		c = (x->requests < y->requests) - (x->requests > y->requests);
	return c ? c : span_cmp(x->word, y->word);
}

struct siblings {
	const struct learn_child **v; /* NULL: an endpoint of its own by now */
	uint32_t n;
	const struct learn_endpoint *e;
};

/* Of the requests of other values whose answers are known, the share with this look. */
static double
look_share(const struct siblings *s, const struct learn_child *x, uint64_t shape)
{
	uint64_t known = 0, alike = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->v[i] && s->v[i] != x && s->v[i]->shape) {
			known += s->v[i]->requests;
			alike += s->v[i]->shape == shape ? s->v[i]->requests : 0;
		}
	return known ? (double)alike / (double)known : 0;
}

/* The largest share of one look among the others. */
static double
usual_share(const struct siblings *s, const struct learn_child *x)
{
	double best = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		double share = s->v[i] && s->v[i] != x && s->v[i]->shape
		    ? look_share(s, x, s->v[i]->shape)
		    : 0;

		if (share > best)
			best = share;
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
	differs =
	    x->shape && look_share(s, x, x->shape) < 0.2 && usual_share(s, x) >= 0.6;
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

/* The endpoint that a value would be; its template is absent if there can be none. */
static struct learn_action
split_make(struct parts *p, const struct siblings *s, const struct learn_child *x)
{
	struct learn_action a = {.kind = LEARN_SPLIT,
	    .service = s->e->service,
	    .method = s->e->method,
	    .template = split_text(p, s->e->template, x->segment, x->word),
	    .operation = s->e->operation,
	    .n = 1,
	    .requests = x->requests,
	    .identities = x->identities,
	    .score = 3,
	    .fresh = true,
	    .settled = true,
	    .mature = !x->human && is_mature(p, s->e),
	    .human = x->human};

	if (!span_absent(a.template) && has_token(a.template))
		a.template = SPAN_NONE;
	if (!span_absent(a.template))
		a.hash = target_hash(p, s->e, a.template);
	return a;
}

static void
split_look(struct parts *p, struct siblings *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct learn_action a = split_make(p, s, s->v[i]);

		if (!span_absent(a.template) && map_get(&p->by_hash, a.hash) != MAP_NONE)
			s->v[i] = NULL;
	}
	for (uint32_t i = 0; i < s->n; i++) {
		uint64_t *from = pool_alloc(p->pool, sizeof(*from));
		struct learn_action a;
		const char *reason;

		if (!s->v[i] || !is_split(s, s->v[i], &reason))
			continue;
		a = split_make(p, s, s->v[i]);
		s->v[i] = NULL;
		if (span_absent(a.template))
			continue;
		*from = s->e->hash;
		a.from = from;
		a.reason = span_str(reason);
		*VEC_ADD(p->pool, &p->out->actions) = a;
	}
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

		for (end = i; end < n && v[end]->hash == v[i]->hash &&
		     v[end]->segment == v[i]->segment;
		     end++)
			;
		s.n = end - i;
		s.e = endpoint_of(p, v[i]->hash);
		if (s.e)
			split_look(p, &s);
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

/* Undecided templates of one kind. */
struct flood {
	uint64_t templates, single, requests;
};

static void
flood_add(struct flood *f, const struct learn_endpoint *e)
{
	f->templates++;
	f->single += e->requests <= 1;
	f->requests += e->requests;
}

static bool
is_flood(const struct flood *f, uint64_t least)
{
	return f->templates >= least &&
	    (double)f->single >= FLOOD_SINGLE * (double)f->templates;
}

static void
alarm_put(struct parts *p, struct span service, const struct flood *f, struct span reason)
{
	*VEC_ADD(p->pool, &p->out->alarms) =
	    (struct learn_alarm){service, f->templates, f->requests, reason};
}

static void
alarm_service(struct parts *p, struct span service)
{
	struct flood undecided = {0}, root = {0}, overflow = {0};

	for (uint32_t i = 0; i < p->view->endpoints; i++) {
		const struct learn_endpoint *e = &p->view->endpoint[i];

		if (!span_eq(e->service, service) || e->ignore)
			continue;
		if (span_eq(e->template, SPAN("/{overflow}")))
			overflow.requests += e->accepted;
		if (e->provisional && has_token(p->out->template[i]))
			flood_add(&undecided, e);
		if (e->provisional && span_starts(e->template, SPAN("/{~")))
			flood_add(&root, e);
	}
	if (overflow.requests >= FLOOD_OVERFLOW)
		alarm_put(p, service, &overflow,
		    SPAN("a gateway has no room for further endpoints"));
	else if (is_flood(&undecided, FLOOD_TEMPLATES))
		alarm_put(p, service, &undecided,
		    SPAN("paths that were used once fill the inventory"));
	else if (is_flood(&root, FLOOD_ROOT))
		alarm_put(p, service, &root,
		    SPAN("paths begin with words that were used once"));
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
