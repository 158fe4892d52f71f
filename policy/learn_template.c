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

#include "crypto/siphash.h"
#include "http/template.h"
#include "policy/learn_parts.h"
#include "policy/learn_place.h"
#include "sketch/distinct.h"

#define PASSES_MAX 4
#define LABELS_MAX 64 /* a template has at most TARGET_SEGMENTS_MAX, and a verb */
#define ALIKE_SHARE 0.2 /* of children that have a path: it is the usual one here */
#define DEEP_SHARE 0.15
#define PATHS_SHARE 0.3
#define USES 8 /* methods, and what goes on below */
#define SPREAD_FROM 3 /* values before the place from which on spread tells something */
#define PARAMETER SPAN("{text}")

struct label {
	struct span text;
	enum child_kind kind;
	enum place_word word; /* of WORD */
};

struct item {
	const struct learn_endpoint *e;
	unsigned n; /* labels */
	struct label *label;
	struct span *final; /* what stands there now */
	uint64_t *below; /* n + 1: of the rest from this label on */
	uint8_t *literals; /* n + 1: words in the rest */
	uint64_t before; /* of the labels as they came, up to the depth */
	double score;
	const char *reason; /* NULL: nothing was changed */
	uint32_t child; /* in the place at hand */
};

struct learner {
	struct pool *pool;
	const struct learn_view *view;
	struct item *item;
	struct item **order;
	uint32_t n;
	bool changed; /* in this pass */
};

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t
mix_span(uint64_t h, struct span s)
{
	static const uint8_t key[SIPHASH_KEY_BYTES] = "learn template";

	return mix(h, siphash64(key, s.p, s.n));
}

/* --- labels --------------------------------------------------------------------------- */

static enum child_kind
label_kind(struct span s)
{
	if (span_eq(s, PARAMETER))
		return CHILD_TEXT;
	if (span_find(s, '{') == s.n)
		return CHILD_WORD;
	if (s.p[0] != '{' || span_find(s, '}') + 1 != s.n)
		return CHILD_FIXED; /* Users({number}) */
	return s.p[1] == '~' ? CHILD_TOKEN : CHILD_TYPED;
}

static unsigned
labels_cut(struct span template, struct label *out)
{
	struct span rest = span_from(template, 1);
	unsigned n = 0;

	while (rest.n > 0 && n < LABELS_MAX - 1) {
		struct span s = span_cut(&rest, '/');
		const char *brace = s.n ? memrchr(s.p, '}', s.n) : NULL;
		size_t from = brace ? (size_t)(brace - s.p) : 0;
		size_t colon = from + span_find(span_from(s, from), ':');

		if (s.n == 0)
			break;
		if (colon == 0)
			colon = s.n;
		out[n].text = span_head(s, colon);
		out[n].kind = label_kind(out[n].text);
		n++;
		if (colon < s.n)
			out[n++] = (struct label){
			    .text = span_from(s, colon), .kind = CHILD_FIXED};
	}
	return n;
}

static bool
said_so(const struct learn_endpoint *e)
{
	return e->keep || e->origin != LEARN_LEARNED;
}

static void
item_make(struct learner *l, struct item *x, const struct learn_endpoint *e)
{
	struct label label[LABELS_MAX];

	x->e = e;
	x->n = labels_cut(span_absent(e->released) ? e->template : e->released, label);
	x->label = pool_alloc(l->pool, (x->n + 1) * sizeof(*x->label));
	x->final = pool_alloc(l->pool, (x->n + 1) * sizeof(*x->final));
	x->below = pool_alloc(l->pool, (x->n + 1) * sizeof(*x->below));
	x->literals = pool_alloc(l->pool, x->n + 1);
	memcpy(x->label, label, x->n * sizeof(*label));
	for (unsigned i = 0; i < x->n; i++) {
		x->final[i] = label[i].text;
		if (label[i].kind == CHILD_WORD)
			x->label[i].word = learn_word_of(label[i].text);
		if (said_so(e) && label[i].kind <= CHILD_TYPED)
			x->label[i].kind = CHILD_FIXED;
	}
}

static bool
is_parameter(struct span label)
{
	return label.n > 1 && label.p[0] == '{' && label.p[label.n - 1] == '}';
}

/* Hashes of the rests, with what the pass before found; what looks like a value is taken for
 * one until then. */
static void
item_hash(struct item *x)
{
	uint64_t h = mix_span(mix_span(1, x->e->method), x->e->operation);

	x->below[x->n] = h;
	x->literals[x->n] = 0;
	for (unsigned i = x->n; i-- > 0;) {
		bool parameter = is_parameter(x->final[i]) ||
		    (x->label[i].kind == CHILD_WORD &&
			x->label[i].word >= PLACE_WORD_VALUE);

		h = parameter ? mix(h, 2) : mix_span(h, x->final[i]);
		x->below[i] = h;
		x->literals[i] = (uint8_t)(x->literals[i + 1] + !parameter);
	}
}

/* --- one place ------------------------------------------------------------------------ */

/* A path below a child. */
struct below {
	uint64_t hash;
	uint32_t child;
	bool literals;
	double requests;
};

struct children {
	struct place_child *c;
	struct item **first; /* of each child */
	uint32_t *n; /* items of each */
	uint32_t count;
	double paths;
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
	if (c->kind == CHILD_WORD)
		c->word = item[0]->label[depth].word;
	else if (c->kind == CHILD_TOKEN)
		c->word = learn_word_of_token(token_shape(item[0], depth));
	c->loose = span_eq(text, SPAN("{id}")) || span_eq(text, SPAN("{prefixed}")) ||
	    span_eq(text, SPAN("{base64}")) || span_eq(text, SPAN("{hex}")) ||
	    span_eq(text, SPAN("{decimal}")) || span_eq(text, SPAN("{ulid}"));
}

static void
children_find(struct learner *l, struct item **item, uint32_t n, unsigned depth,
    struct children *out)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++)
		count += i == 0 ||
		    !span_eq(item[i]->label[depth].text, item[i - 1]->label[depth].text);
	out->c = pool_alloc(l->pool, count * sizeof(*out->c));
	out->first = pool_alloc(l->pool, count * sizeof(*out->first));
	out->n = pool_alloc(l->pool, count * sizeof(*out->n));
	out->count = count;
	count = 0;
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i; end < n &&
		     span_eq(item[end]->label[depth].text, item[i]->label[depth].text);
		     end++)
			item[end]->child = count;
		child_look(&out->c[count], item + i, end - i, depth);
		out->first[count] = item[i];
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
children_compare(struct learner *l, struct item **item, uint32_t n, unsigned depth,
    struct children *ch)
{
	struct below *b = pool_alloc(l->pool, n * sizeof(*b));
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
children_use(struct learner *l, struct item **item, uint32_t n, unsigned depth,
    struct children *ch)
{
	double(*use)[USES] = pool_alloc(l->pool, ch->count * sizeof(*use));
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
children_spread(struct learner *l, struct item **item, uint32_t n, struct children *ch)
{
	uint64_t *v = pool_alloc(l->pool, n * sizeof(*v));
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

static enum place_before
before_of(const struct item *x, unsigned depth)
{
	struct span last;

	if (depth == 0)
		return BEFORE_ROOT;
	last = x->final[depth - 1];
	if (is_parameter(last))
		return BEFORE_PARAMETER;
	switch (learn_word_of(last)) {
	case WORD_VERSION: return before_of(x, depth - 1);
	case WORD_PLURAL: return BEFORE_PLURAL;
	default: break;
	}
	/* Plurals of words that are no vocabulary, or of several. */
	return last.n > 3 && last.p[last.n - 1] == 's' && last.p[last.n - 2] != 's' &&
		last.p[last.n - 2] != 'u' && last.p[last.n - 2] != 'i'
	    ? BEFORE_PLURAL
	    : BEFORE_SINGULAR;
}

static void
place_apply(struct learner *l, struct item **item, uint32_t n, unsigned depth,
    const struct learn_place *p)
{
	for (uint32_t i = 0; i < n; i++) {
		struct item *x = item[i];
		const struct place_child *c = &p->child[x->child];
		struct span to = x->label[depth].text;

		if (said_so(x->e))
			continue;
		if (c->value && (c->kind != CHILD_TYPED || p->typed_too))
			to = PARAMETER;
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
		item[i]->before = mix_span(item[i]->before, item[i]->label[depth].text);
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
	children_find(l, item, n, depth, &ch);
	children_compare(l, item, n, depth, &ch);
	children_use(l, item, n, depth, &ch);
	if (depth > 0 && is_parameter(item[0]->final[depth - 1]))
		children_spread(l, item, n, &ch);
	p.before = before_of(item[0], depth);
	p.child = ch.c;
	p.n = ch.count;
	p.paths = ch.paths;
	for (uint32_t i = 0; i < n; i++)
		p.certain |=
		    said_so(item[i]->e) && item[i]->label[depth].kind == CHILD_TEXT;
	learn_place_decide(&p);
	place_apply(l, item, n, depth, &p);
	place_down(l, item, n, depth);
}

/* --- all of it ------------------------------------------------------------------------ */

static int
by_service(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	int c = span_cmp(x->e->service, y->e->service);

	return c ? c : (x->e->hash > y->e->hash) - (x->e->hash < y->e->hash);
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
		place_walk(l, l->order + i, end - i, 0);
	}
}

static struct span
item_text(struct learner *l, const struct item *x)
{
	size_t n = 0;
	char *to;

	if (x->n == 0)
		return x->e->template;
	for (unsigned i = 0; i < x->n; i++)
		n += x->final[i].n + 1;
	to = pool_alloc(l->pool, n);
	n = 0;
	for (unsigned i = 0; i < x->n; i++) {
		if (x->final[i].p[0] != ':')
			to[n++] = '/';
		memcpy(to + n, x->final[i].p, x->final[i].n);
		n += x->final[i].n;
	}
	return span_make(to, n);
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
			item_make(&l, &l.item[l.n++], e);
	}
	for (unsigned i = 0; i < PASSES_MAX; i++) {
		pass(&l);
		if (!l.changed)
			break;
	}
	parts_start(&parts);
	for (uint32_t i = 0; i < l.n; i++) {
		const struct item *x = &l.item[i];
		struct span text = item_text(&l, x);
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
