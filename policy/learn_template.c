/*
 * See learn_template.h. Endpoints are cut into labels, one a place, and walked down
 * together: those that have the same labels so far stand side by side in one array,
 *
 *   depth 1, behind /users:   {~a}  {~a}/repos  {~b}/repos  {number}  search
 *
 * their labels at this depth are the children of the place, which learn_place.h sorts into
 * values and literals; then they are grouped by what they were given and walked further.
 * What lies below a child is compared by hashes of the rest of each path in which words
 * stand for themselves and parameters are all the same. As that depends on what the deeper
 * places will find to be parameters, everything is done again with what was found, until
 * nothing changes.
 */
#include "policy/learn_template.h"

#include <math.h>
#include <stdlib.h>

#include "policy/learn_children.h"
#include "policy/learn_parts.h"

#define PASSES_MAX 4
#define FOREIGN_PRIOR 10.0 /* names that the usual share stands for */
#define FOREIGN_REQUESTS 20

/* The first word of a path that is no version. */
struct name {
	uint64_t hash, requests;
	bool foreign;
};

struct learner {
	struct pool *pool;
	const struct learn_view *view;
	struct item *item;
	struct item **order;
	uint32_t n;
	double foreign; /* of the service at hand: struct learn_place */
	bool changed; /* in this pass */
};

static int
by_label(const void *a, const void *b, void *depth)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	unsigned d = *(const unsigned *)depth;
	int c = (x->n > d) - (y->n > d);

	if (c == 0 && x->n > d)
		c = span_cmp(x->label[d].text, y->label[d].text);
	if (c == 0)
		c = (x->e->hash > y->e->hash) - (x->e->hash < y->e->hash);
	return c;
}

static int
by_final(const void *a, const void *b, void *depth)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	unsigned d = *(const unsigned *)depth;
	int c = span_cmp(x->final[d], y->final[d]);

	if (c == 0)
		c = (x->e->hash > y->e->hash) - (x->e->hash < y->e->hash);
	return c;
}

static void
place_apply(struct learner *l, struct item **item, uint32_t n, unsigned depth,
    const struct learn_place *p)
{
	for (uint32_t i = 0; i < n; i++) {
		struct item *x = item[i];
		const struct place_child *c = &p->child[x->child];
		struct span to = x->label[depth].text;

		if (item_said_so(x->e))
			continue;
		if (c->value && (c->kind != CHILD_TYPED || p->typed_too))
			to = LABEL_PARAMETER;
		if (!span_eq(to, x->final[depth])) {
			l->changed = true;
			x->final[depth] = to;
		}
		if (span_eq(to, x->label[depth].text) ||
		    x->label[depth].kind == CHILD_FIXED)
			continue;
		if (!x->reason || c->score < x->score) {
			x->score = c->score;
			x->reason = learn_place_reason(p);
		}
	}
}

static void place_walk(struct learner *l, struct item **item, uint32_t n, unsigned depth);

static void
place_down(struct learner *l, struct item **item, uint32_t n, unsigned depth)
{
	qsort_r(item, n, sizeof(*item), by_final, &depth);
	for (uint32_t i = 0; i < n; i++)
		item[i]->before =
		    learn_mix_span(item[i]->before, item[i]->label[depth].text);
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i;
		     end < n && span_eq(item[end]->final[depth], item[i]->final[depth]);
		     end++)
			;
		place_walk(l, item + i, end - i, depth + 1);
	}
}

/* The items have the same labels up to the depth. */
static void
place_walk(struct learner *l, struct item **item, uint32_t n, unsigned depth)
{
	struct children ch = {0};
	struct learn_place p = {0};

	qsort_r(item, n, sizeof(*item), by_label, &depth);
	while (n > 0 && item[0]->n <= depth) { /* these end here */
		item++;
		n--;
	}
	if (n == 0)
		return;
	children_make(l->pool, item, n, depth, &ch);
	p.before = item_before(item[0], depth);
	p.child = ch.c;
	p.n = ch.count;
	p.paths = ch.paths;
	p.foreign = l->foreign;
	for (uint32_t i = 0; i < n; i++)
		p.certain |=
		    item_said_so(item[i]->e) && item[i]->label[depth].kind == CHILD_TEXT;
	learn_place_decide(&p);
	place_apply(l, item, n, depth, &p);
	place_down(l, item, n, depth);
}

static int
by_service(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	int c = span_cmp(x->e->service, y->e->service);

	return c ? c : (x->e->hash > y->e->hash) - (x->e->hash < y->e->hash);
}

static int
by_hash(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Names that a service surely gave itself: where no parameter stands before, used by several.
 * The share of those that are no vocabulary, PLACE_FOREIGN while there are few. */
static double
foreign_share(struct item *const *item, uint32_t n)
{
	struct name *name = calloc((size_t)n + 1, sizeof(*name));
	double names = FOREIGN_PRIOR, foreign = FOREIGN_PRIOR * PLACE_FOREIGN;
	uint32_t k = 0;

	CHECK(name);
	for (uint32_t i = 0; i < n; i++)
		if (item_name(item[i], &name[k].hash, &name[k].foreign)) {
			name[k].requests = item[i]->e->requests;
			k++;
		}
	qsort(name, k, sizeof(*name), by_hash);
	for (uint32_t i = 0, end; i < k; i = end) {
		uint64_t requests = 0;

		for (end = i; end < k && name[end].hash == name[i].hash; end++)
			requests += name[end].requests;
		if (requests < FOREIGN_REQUESTS)
			continue;
		names++;
		foreign += name[i].foreign;
	}
	free(name);
	return foreign / names;
}

/* A word of a service at one place, as the pass found it. */
struct standing {
	uint64_t word, place;
	double *elsewhere;
	bool value, literal; /* neither: undecided */
};

static int
by_standing(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;

	if (x->word != y->word)
		return x->word < y->word ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->value - y->value;
}

/* From all places of one word to how it stands elsewhere, its own place left out. */
static void
standing_count(struct standing *s, uint32_t n)
{
	double value = 0, literal = 0;

	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || s[i].place != s[i - 1].place) {
			value += s[i].value;
			literal += s[i].literal;
		}
	for (uint32_t i = 0; i < n; i++)
		*s[i].elsewhere = log((value + !s[i].value) / (literal + !s[i].literal));
}

/* Words of a service are values of parameters, or literals, at most of their places. */
static void
words_compare(struct item *const *item, uint32_t n)
{
	struct standing *s;
	uint32_t k = 0, at = 0;

	for (uint32_t i = 0; i < n; i++)
		k += item[i]->n;
	s = calloc((size_t)k + 1, sizeof(*s));
	CHECK(s);
	for (uint32_t i = 0; i < n; i++) {
		struct item *x = item[i];
		uint64_t place = 1;

		for (unsigned d = 0; d < x->n; d++) {
			bool word = x->label[d].kind == CHILD_WORD;
			bool value = span_eq(x->final[d], LABEL_PARAMETER);

			if (word || x->label[d].kind == CHILD_TOKEN)
				s[at++] = (struct standing){
				    .word = learn_mix_span(0, x->label[d].text),
				    .place = place,
				    .elsewhere = &x->elsewhere[d],
				    .value = value,
				    .literal = word && !value};
			place = learn_mix_span(place, x->final[d]);
		}
	}
	qsort(s, at, sizeof(*s), by_standing);
	for (uint32_t i = 0, end; i < at; i = end) {
		for (end = i; end < at && s[end].word == s[i].word; end++)
			;
		standing_count(s + i, end - i);
	}
	free(s);
}

static void
pass(struct learner *l)
{
	l->changed = false;
	for (uint32_t i = 0; i < l->n; i++) {
		item_hash(&l->item[i]);
		l->item[i].before = 0;
		l->item[i].reason = NULL;
		l->order[i] = &l->item[i];
	}
	if (l->n > 0)
		qsort(l->order, l->n, sizeof(struct item *), by_service);
	for (uint32_t i = 0, end; i < l->n; i = end) {
		for (end = i; end < l->n &&
		     span_eq(l->order[end]->e->service, l->order[i]->e->service);
		     end++)
			;
		l->foreign = foreign_share(l->order + i, end - i);
		place_walk(l, l->order + i, end - i, 0);
		words_compare(l->order + i, end - i);
	}
}

static bool is_overflow(struct span template)
{
	return span_find_span(template, SPAN("{overflow}")) < template.n;
}

void
learn_template(struct pool *pool, const struct learn_view *view, struct learned *out)
{
	struct pool work = POOL_INIT;
	struct learner l = {.pool = &work, .view = view};
	struct parts parts = {.pool = pool, .view = view, .out = out};

	*out = (struct learned){0};
	out->template = pool_alloc(pool, (view->endpoints + 1) * sizeof(struct span));
	l.item = pool_alloc(&work, (view->endpoints + 1) * sizeof(*l.item));
	l.order = pool_alloc(&work, (view->endpoints + 1) * sizeof(struct item *));
	for (uint32_t i = 0; i < view->endpoints; i++) {
		const struct learn_endpoint *e = &view->endpoint[i];

		out->template[i] = e->template;
		if (!e->ignore && e->template.n && !is_overflow(e->template))
			item_make(&work, &l.item[l.n++], e);
	}
	for (unsigned i = 0; i < PASSES_MAX; i++) {
		pass(&l);
		if (!l.changed)
			break;
	}
	parts_start(&parts);
	for (uint32_t i = 0; i < l.n; i++) {
		const struct item *x = &l.item[i];
		struct span text = item_text(&work, x);
		uint32_t at = (uint32_t)(x->e - view->endpoint);

		if (!span_eq(text, x->e->template))
			out->template[at] = pool_copy(pool, text);
		if (!span_absent(x->e->into))
			out->template[at] = x->e->into;
		parts_put(&parts, at, x->score, x->reason);
	}
	parts_merge(&parts);
	parts_split(&parts);
	parts_alarm(&parts);
	parts_finish(&parts);
	pool_fini(&work);
}
