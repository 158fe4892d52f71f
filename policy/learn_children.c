/* See learn_children.h. */
#include "policy/learn_children.h"

#include <math.h>
#include <stdlib.h>

#include "sketch/distinct.h"

#define ALIKE_SHARE 0.2 /* of children that have a path: it is the usual one here */
#define DEEP_SHARE 0.15
#define PATHS_SHARE 0.3
#define USES 8 /* methods, and what goes on below */
#define SPREAD_FROM 3 /* values before the place from which on spread tells something */

/* A path below a child. */
struct below {
	uint64_t hash;
	uint32_t child;
	bool literals;
	double requests;
};

static int
by_below(const void *a, const void *b)
{
	const struct below *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->child > y->child) - (x->child < y->child);
}

static int
by_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t
distinct_of(uint64_t *v, uint32_t n)
{
	uint64_t k = 0;

	qsort(v, n, sizeof(*v), by_u64);
	for (uint32_t i = 0; i < n; i++)
		k += i == 0 || v[i] != v[i - 1];
	return k;
}

/* The shape of the token at a depth: the shapes stand in the order of the tokens. */
static struct span
token_shape(const struct item *x, unsigned depth)
{
	struct span rest = x->e->shapes, shape = SPAN_NONE;

	for (unsigned i = 0; i <= depth; i++)
		if (x->label[i].text.n > 1 && x->label[i].text.p[1] == '~')
			shape = span_absent(rest) ? SPAN_NONE : span_cut(&rest, ' ');
	return shape;
}

static void
child_look(struct place_child *c, struct item **item, uint32_t n, unsigned depth)
{
	struct span text = item[0]->label[depth].text;
	struct distinct d = {0};

	c->kind = item[0]->label[depth].kind;
	for (uint32_t i = 0; i < n; i++) {
		const struct learn_endpoint *e = item[i]->e;

		if (item[i]->label[depth].kind == CHILD_FIXED)
			c->kind = CHILD_FIXED;
		c->requests += (double)e->requests;
		if ((double)e->merged > c->merged)
			c->merged = (double)e->merged;
		if (e->identities.n && distinct_unpack(&d, e->identities) != OK)
			d = (struct distinct){0};
	}
	c->identities = (double)distinct_count(&d);
	c->elsewhere = item[0]->elsewhere[depth];
	if (c->kind == CHILD_WORD)
		c->word = item[0]->label[depth].word;
	else if (c->kind == CHILD_TOKEN)
		c->word = learn_word_of_token(token_shape(item[0], depth));
	c->loose = span_eq(text, SPAN("{id}")) || span_eq(text, SPAN("{prefixed}")) ||
	    span_eq(text, SPAN("{base64}")) || span_eq(text, SPAN("{hex}")) ||
	    span_eq(text, SPAN("{decimal}")) || span_eq(text, SPAN("{ulid}"));
}

static void
children_find(struct pool *pool, struct item **item, uint32_t n, unsigned depth,
    struct children *out)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++)
		count += i == 0 ||
		    !span_eq(item[i]->label[depth].text, item[i - 1]->label[depth].text);
	out->c = pool_alloc(pool, count * sizeof(*out->c));
	out->n = pool_alloc(pool, count * sizeof(*out->n));
	out->count = count;
	count = 0;
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i; end < n &&
		     span_eq(item[end]->label[depth].text, item[i]->label[depth].text);
		     end++)
			item[end]->child = count;
		child_look(&out->c[count], item + i, end - i, depth);
		out->n[count++] = end - i;
	}
}

static bool
may_be_value(const struct place_child *c)
{
	return c->kind == CHILD_TYPED || c->kind == CHILD_TEXT ||
	    c->kind == CHILD_TOKEN ||
	    (c->kind == CHILD_WORD && c->word >= PLACE_WORD_VALUE);
}

/* Alone, alike and deep of each child, from one path that some children have. */
static void
below_count(struct children *ch, const struct below *b, uint32_t n, uint32_t candidates)
{
	uint32_t children = 0, values = 0;

	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || b[i].child != b[i - 1].child) {
			children++;
			values += may_be_value(&ch->c[b[i].child]);
		}
	ch->paths += candidates > 2 && values >= PATHS_SHARE * candidates;
	for (uint32_t i = 0; i < n; i++) {
		struct place_child *c = &ch->c[b[i].child];
		uint32_t others = values - may_be_value(c);

		if (others == 0)
			c->alone += b[i].requests;
		else if (others + 1 >= ALIKE_SHARE * candidates)
			c->alike += b[i].requests;
		if (!b[i].literals || (i > 0 && b[i].child == b[i - 1].child))
			continue;
		c->deep++;
		c->deep_shared +=
		    children > 1 && children - 1 >= DEEP_SHARE * (ch->count - 1);
	}
}

/* Shares from sums. How much is alone by chance, as most of a large tree is while little
 * was seen of it, is what the candidates have of it together. */
static void
below_finish(struct children *ch)
{
	double all = 0, alone = 0, others = 0;
	uint32_t candidates = 0;

	for (uint32_t i = 0; i < ch->count; i++) {
		const struct place_child *c = &ch->c[i];

		if (!may_be_value(c))
			continue;
		candidates++;
		all += c->requests;
		alone += c->alone;
	}
	for (uint32_t i = 0; i < ch->count; i++) {
		struct place_child *c = &ch->c[i];
		double known;

		others = all - (may_be_value(c) ? c->requests : 0);
		known = others > 10 ? 1 : others / 10;
		if (c->requests > 0) {
			c->alike /= c->requests;
			c->alone /= c->requests;
		}
		if (all > 0 && candidates > 2)
			c->alone -= 0.7 * alone / all;
		if (candidates == (uint32_t)may_be_value(c))
			known = 0;
		c->alone = 0.4 + (c->alone - 0.4) * known;
	}
}

static void
children_compare(struct pool *pool, struct item **item, uint32_t n, unsigned depth,
    struct children *ch)
{
	struct below *b = pool_alloc(pool, n * sizeof(*b));
	uint32_t candidates = 0;

	for (uint32_t i = 0; i < ch->count; i++)
		candidates += may_be_value(&ch->c[i]);
	for (uint32_t i = 0; i < n; i++)
		b[i] = (struct below){item[i]->below[depth + 1], item[i]->child,
		    item[i]->literals[depth + 1] > 0, (double)item[i]->e->requests};
	qsort(b, n, sizeof(*b), by_below);
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && b[end].hash == b[i].hash; end++)
			;
		below_count(ch, b + i, end - i, candidates);
	}
	below_finish(ch);
}

/* What comes next after a child: an end with its method, a parameter, a word. */
static uint64_t
next_of(const struct item *x, unsigned depth)
{
	if (x->n == depth + 1)
		return learn_mix_span(3, x->e->method);
	if (label_is_parameter(x->final[depth + 1]))
		return 4;
	return learn_mix_span(5, x->final[depth + 1]);
}

static void
children_next(struct pool *pool, struct item **item, uint32_t n, unsigned depth,
    struct children *ch)
{
	struct below *b = pool_alloc(pool, n * sizeof(*b));

	for (uint32_t i = 0; i < n; i++)
		b[i] = (struct below){next_of(item[i], depth), item[i]->child, false,
		    (double)item[i]->e->requests};
	qsort(b, n, sizeof(*b), by_below);
	for (uint32_t i = 0, end; i < n; i = end) {
		uint32_t values = 0;

		for (end = i; end < n && b[end].hash == b[i].hash; end++)
			if (end == i || b[end].child != b[end - 1].child)
				values += may_be_value(&ch->c[b[end].child]);
		for (uint32_t k = i; k < end; k++) {
			struct place_child *c = &ch->c[b[k].child];

			if (values == (uint32_t)may_be_value(c) && c->requests > 0)
				c->strange += b[k].requests / c->requests;
		}
	}
}

static unsigned
use_of(const struct item *x, unsigned depth)
{
	static const char *const method[] = {
	    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"};
	unsigned i = 0;

	if (x->n > depth + 1)
		return USES - 1;
	while (i < USES - 2 && !span_eq(x->e->method, span_str(method[i])))
		i++;
	return i;
}

/* Kullback and Leibler: how badly the use of the others predicts that of each child, less
 * what chance alone would make of it. */
static void
children_use(struct pool *pool, struct item **item, uint32_t n, unsigned depth,
    struct children *ch)
{
	double(*use)[USES] = pool_alloc(pool, ch->count * sizeof(*use));
	double all[USES] = {0}, total = 0;

	for (uint32_t i = 0; i < n; i++) {
		double requests = (double)item[i]->e->requests;

		use[item[i]->child][use_of(item[i], depth)] += requests;
		if (!may_be_value(&ch->c[item[i]->child]))
			continue;
		all[use_of(item[i], depth)] += requests;
		total += requests;
	}
	for (uint32_t i = 0; i < ch->count; i++) {
		struct place_child *c = &ch->c[i];
		double own = may_be_value(c) ? 1 : 0, others = total - own * c->requests;
		double nats = 0;
		unsigned kinds = 0;

		if (others < 10 || c->requests < 2)
			continue;
		for (unsigned k = 0; k < USES; k++) {
			double q =
			    (all[k] - own * use[i][k] + 0.5) / (others + 0.5 * USES);

			kinds += all[k] > 0;
			if (use[i][k] > 0)
				nats += use[i][k] * log(use[i][k] / c->requests / q);
		}
		nats -= kinds;
		c->other_use = nats > 0 ? nats : 0;
	}
}

/* How many of the values before the place each child was seen with. */
static void
children_spread(struct pool *pool, struct item **item, uint32_t n, struct children *ch)
{
	uint64_t *v = pool_alloc(pool, n * sizeof(*v));
	uint64_t all;

	for (uint32_t i = 0; i < n; i++)
		v[i] = item[i]->before;
	all = distinct_of(v, n);
	if (all < SPREAD_FROM)
		return;
	for (uint32_t i = 0, at = 0; i < ch->count; at += ch->n[i++]) {
		double most = (double)all;

		if (ch->c[i].requests < most)
			most = ch->c[i].requests;
		if (most < SPREAD_FROM)
			continue;
		for (uint32_t k = 0; k < ch->n[i]; k++)
			v[k] = item[at + k]->before;
		ch->c[i].spread = (double)distinct_of(v, ch->n[i]) / most;
	}
}

void
children_make(struct pool *pool, struct item **item, uint32_t n, unsigned depth,
    struct children *out)
{
	*out = (struct children){0};
	children_find(pool, item, n, depth, out);
	children_compare(pool, item, n, depth, out);
	children_use(pool, item, n, depth, out);
	children_next(pool, item, n, depth, out);
	if (depth > 0 && label_is_parameter(item[0]->final[depth - 1]))
		children_spread(pool, item, n, out);
}
