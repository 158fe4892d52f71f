/*
 * Which operation an endpoint is. Both are templates; an operation fits if every request of
 * the endpoint would be one of the operation's. Two bits a segment make the score, the first
 * segment's highest, so that what a router would prefer is the greater number.
 */
#include "http/template.h"
#include "policy/spec_compare.h"

#define SHAPE_CHARS_MAX 24 /* gateways tell no more of a shape */

enum fit {
	FIT_NOT,
	FIT_ODD, /* another type than declared, or a literal that was taken for a value */
	FIT_WIDE, /* one of the values that the parameter takes */
	FIT_SAME,
};

struct parts {
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned n;
	struct span verb;
	bool good;
};

static void
split(struct span text, struct parts *out, struct arena *a)
{
	out->n = TARGET_SEGMENTS_MAX;
	out->good = template_parse(text, out->part, &out->n, &out->verb, a) == OK;
}

/* --- one segment -------------------------------------------------------------------- */

static bool
in_choices(struct span choices, struct span word)
{
	while (!span_absent(choices))
		if (span_eq(span_cut(&choices, '|'), word))
			return true;
	return false;
}

/* A pattern of text and '*', each of which takes anything but nothing. */
static bool
fits_mixed(struct span pattern, struct span word)
{
	size_t p = 0, w = 0, star = SIZE_MAX, from = 0;

	while (w < word.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			from = ++w;
		} else if (p < pattern.n && pattern.p[p] == word.p[w]) {
			p++;
			w++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			w = ++from;
		} else {
			return false;
		}
	}
	return p == pattern.n;
}

static enum fit
fit_literal(const struct template_part *o, const struct template_part *e, unsigned at)
{
	if (e->cls == -1)
		return span_eq(o->literal, e->literal) ? FIT_SAME : FIT_NOT;
	/* "404" in the document is {number} in traffic until the router knows better */
	if (e->cls >= 0 && e->literal.n == 0 &&
	    __builtin_ctz(segment_classify(o->literal, at)) == e->cls)
		return FIT_ODD;
	return FIT_NOT;
}

static enum fit
fit_value(const struct template_part *o, struct span word, struct span hint, unsigned at)
{
	if (hint.n && hint.p[0] == '=')
		return in_choices(span_from(hint, 1), word) ? FIT_WIDE : FIT_NOT;
	if (hint.n && hint.p[0] == '~')
		return fits_mixed(span_from(hint, 1), word) ? FIT_WIDE : FIT_NOT;
	if (o->cls < 0)
		return FIT_WIDE;
	return segment_classify(word, at) >> o->cls & 1 ? FIT_WIDE : FIT_NOT;
}

static enum fit
fit_part(const struct template_part *o, const struct template_part *e, struct span hint,
    unsigned at)
{
	if (o->cls == -1)
		return fit_literal(o, e, at);
	if (o->literal.n || e->literal.n) {
		if (e->cls == -1 && o->literal.n == 0)
			return fit_value(o, e->literal, hint, at);
		if (!span_eq(o->literal, e->literal)) /* Users({number}) of {text} */
			return o->literal.n == 0 && o->cls < 0 ? FIT_WIDE : FIT_NOT;
	}
	if (o->cls == e->cls)
		return FIT_SAME;
	if (o->cls < 0)
		return FIT_WIDE;
	if (e->cls < 0)
		return FIT_WIDE; /* {text}: the gateways saw various types */
	if ((o->cls == SEG_DECIMAL && e->cls == SEG_NUMBER) ||
	    (o->cls == SEG_NUMBER && e->cls == SEG_DECIMAL))
		return FIT_WIDE;
	return FIT_ODD;
}

/* --- undecided words ----------------------------------------------------------------- */

/* Shapes of the segments that are undecided words, where these may be literals. */
struct shapes {
	struct span segment[TARGET_SEGMENTS_MAX]; /* "5:a"; absent: it is known */
};

static char
shape_char(char c)
{
	return c >= 'a' && c <= 'z' ? 'a'
	    : c >= 'A' && c <= 'Z'  ? 'A'
	    : ascii_is_digit(c)	    ? '9'
				    : c;
}

/* Whether a word of this shape may be the literal. Only what no encoding changes can tell
 * that it is not. */
static bool
shape_fits(struct span shape, struct span literal)
{
	struct span length = span_cut(&shape, ':');
	size_t at = 0, i = 0;
	int64_t n;

	if (span_absent(shape) || shape.n == 0 || span_i64(length, &n) != OK)
		return true;
	for (i = 0; i < literal.n; i++)
		if (strchr("aA9-_.", shape_char(literal.p[i])) == NULL)
			return true;
	if ((uint64_t)n != literal.n)
		return false;
	for (i = 0; i < literal.n && at < SHAPE_CHARS_MAX; i++) {
		char c = shape_char(literal.p[i]);

		if (i > 0 && c == shape_char(literal.p[i - 1]))
			continue;
		if (at >= shape.n || shape.p[at++] != c)
			return false;
	}
	return at == shape.n;
}

static void
shapes_of(const struct spec_endpoint *e, struct shapes *out)
{
	struct span path = span_from(e->template, 1), shapes = e->shapes;

	*out = (struct shapes){0};
	for (unsigned i = 0; i < TARGET_SEGMENTS_MAX; i++)
		out->segment[i] = SPAN_NONE;
	for (unsigned i = 0; i < TARGET_SEGMENTS_MAX && !span_absent(path); i++) {
		struct span segment = span_cut(&path, '/');

		for (;;) {
			size_t token = span_find_span(segment, SPAN("{~"));
			struct span shape;

			if (token == segment.n)
				break;
			shape = span_absent(shapes) ? SPAN("") : span_cut(&shapes, ' ');
			(void)span_cut(&shape, ':'); /* its class */
			if (span_absent(shape))
				shape = SPAN("");
			if (token == 0)
				out->segment[i] = shape;
			segment = span_from(segment, token + 2);
		}
	}
}

static enum fit
fit_undecided(const struct template_part *o, struct span shape, enum fit fit)
{
	if (fit != FIT_NOT || o->cls != -1 || span_absent(shape) ||
	    !shape_fits(shape, o->literal))
		return fit;
	return FIT_ODD;
}

/* shapes: NULL, or undecided words may be literals. */
static uint64_t
score(const struct spec_operation *o, const struct parts *op, const struct parts *e,
    const struct shapes *shapes)
{
	uint64_t sum = 1;

	if (!op->good || !e->good || op->n != e->n || !span_eq(op->verb, e->verb))
		return 0;
	for (unsigned i = 0; i < op->n; i++) {
		struct span hint = i < o->hints.n ? o->hints.v[i] : SPAN("");
		enum fit fit = fit_part(&op->part[i], &e->part[i], hint, i);

		if (shapes)
			fit = fit_undecided(&op->part[i], shapes->segment[i], fit);
		if (fit == FIT_NOT)
			return 0;
		/* 31 segments are told apart; a 32nd only must fit */
		if (i < 31)
			sum |= (uint64_t)fit << (62 - 2 * i);
	}
	return sum;
}

uint64_t
spec_match_score(
    const struct spec_operation *o, struct span template_text, struct pool *pool)
{
	size_t bytes = 2 * (o->template.n + template_text.n) + 4096;
	struct parts op, e;
	struct arena a;

	arena_init(&a, pool_alloc(pool, bytes), bytes);
	split(o->template, &op, &a);
	split(template_text, &e, &a);
	return score(o, &op, &e, NULL);
}

/* --- a whole service ---------------------------------------------------------------- */

/* Operations by method and number of segments, taken apart once. */
struct candidate {
	const struct spec *spec;
	const struct spec_operation *operation;
	struct parts *parts;
};
typedef VEC(struct candidate) candidate_list;

struct index {
	struct pool *pool;
	struct intern keys;
	VEC(candidate_list) lists;
	int64_t seen_us; /* when the endpoint in hand was called last */
};

static struct parts *
split_new(struct pool *pool, struct span text)
{
	size_t bytes = 2 * text.n + 1024;
	struct parts whole, *out = POOL_NEW(pool, struct parts);
	struct arena a;

	arena_init(&a, pool_alloc(pool, bytes), bytes);
	split(text, &whole, &a);
	*out = whole;
	return out;
}

static struct span
key_of(struct pool *pool, struct span method, const struct parts *parts)
{
	return pool_printf(pool, "%.*s %u", (int)method.n, method.p, parts->n);
}

static void
index_operation(struct index *x, const struct spec *spec, const struct spec_operation *o)
{
	struct candidate c = {spec, o, split_new(x->pool, o->template)};
	bool is_new;
	uint32_t i;

	if (!c.parts->good)
		return;
	i = intern_put(&x->keys, key_of(x->pool, o->method, c.parts), &is_new);
	if (is_new)
		*VEC_ADD(x->pool, &x->lists) = (candidate_list){0};
	*VEC_ADD(x->pool, &x->lists.v[i]) = c;
}

/* Keeps the best of each specification, the best of all first; earlier ones first among
 * equals. */
static void
keep(struct spec_match *list, unsigned *n, struct spec_match m)
{
	unsigned at;

	for (at = 0; at < *n; at++)
		if (list[at].spec == m.spec) {
			if (list[at].score >= m.score)
				return;
			memmove(list + at, list + at + 1, (--*n - at) * sizeof *list);
			break;
		}
	for (at = *n; at > 0 && list[at - 1].score < m.score; at--)
		;
	if (at == SPEC_MATCHES_MAX)
		return;
	if (*n == SPEC_MATCHES_MAX)
		--*n;
	memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
	list[at] = m;
	++*n;
}

static void
match_one(const struct index *x, struct span method, const struct parts *parts,
    const struct shapes *shapes, bool current, struct spec_match *list, unsigned *n)
{
	struct pool *pool = x->pool;
	uint32_t i = intern_get(&x->keys, key_of(pool, method, parts));

	if (i == UINT32_MAX)
		return;
	for (uint32_t k = 0; k < x->lists.v[i].n; k++) {
		const struct candidate *c = &x->lists.v[i].v[k];
		struct spec_match m = {c->spec, c->operation, 0};

		if (c->spec->current != current)
			continue;
		/* once gateways know its words, what is undecided is none of them */
		if (shapes && x->seen_us >= c->spec->imported_us + SPEC_WORDS_US)
			continue;
		m.score = score(c->operation, c->parts, parts, shapes);
		if (m.score)
			keep(list, n, m);
	}
}

/* Preflights and the like belong to a path that has any operation. */
static bool
path_is_known(const struct index *x, const struct parts *parts)
{
	static const char *const methods[] = {
	    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
	struct spec_match list[SPEC_MATCHES_MAX];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof methods / sizeof *methods && n == 0; i++)
		match_one(x, span_str(methods[i]), parts, NULL, true, list, &n);
	return n > 0;
}

int64_t
spec_accepted(const struct spec_endpoint *e)
{
	return e->status[1] + e->status[2] + e->status[3];
}

/* An undecided word is none of the literals that the gateways know, but may be any value. */
static struct span
without_tokens(struct pool *pool, struct span template_text)
{
	char *to = pool_alloc(pool, template_text.n * 2 + 1);
	struct span rest = template_text;
	size_t n = 0;

	while (rest.n) {
		size_t token = span_find_span(rest, SPAN("{~"));

		memcpy(to + n, rest.p, token);
		n += token;
		rest = span_from(rest, token);
		if (rest.n == 0)
			break;
		memcpy(to + n, "{text}", 6);
		n += 6;
		rest = span_from(rest, span_find(rest, '}') + 1);
	}
	return span_make(to, n);
}

static void
match_endpoint(struct index *x, struct spec_endpoint *e, bool has_current)
{
	const struct parts *parts = split_new(
	    x->pool, e->provisional ? without_tokens(x->pool, e->template) : e->template);
	struct spec_match old[SPEC_MATCHES_MAX];
	struct shapes shapes;
	unsigned olds = 0;

	e->state = SPEC_NONE;
	e->matches = 0;
	if (!parts->good || !has_current)
		return;
	match_one(x, e->method, parts, NULL, true, e->match, &e->matches);
	if (e->matches == 0 && span_eq(e->method, SPAN("HEAD")))
		match_one(x, SPAN("GET"), parts, NULL, true, e->match, &e->matches);
	if (e->matches == 0 && e->provisional) {
		x->seen_us = e->last_us;
		shapes_of(e, &shapes);
		match_one(x, e->method, parts, &shapes, true, e->match, &e->matches);
	}
	if (e->matches) {
		e->state = e->provisional ? SPEC_NONE : SPEC_MATCHED;
		return;
	}
	if (span_eq(e->method, SPAN("OPTIONS")) && path_is_known(x, parts))
		return;
	match_one(x, e->method, parts, NULL, false, old, &olds);
	if (olds) {
		e->match[0] = old[0]; /* matches stays 0: it is no current one */
		e->state = SPEC_ZOMBIE;
	} else if (spec_accepted(e) > 0) {
		e->match[0] = (struct spec_match){0};
		e->state = SPEC_SHADOW;
	}
}

void
spec_match_service(struct pool *pool, struct spec_service *s)
{
	struct index x = {.pool = pool};
	bool has_current = false;

	intern_init(&x.keys, pool);
	for (uint32_t i = 0; i < s->specs.n; i++) {
		const struct spec *spec = &s->specs.v[i];

		has_current |= spec->current;
		for (uint32_t k = 0; k < spec->operations.n; k++)
			index_operation(&x, spec, &spec->operations.v[k]);
	}
	for (uint32_t i = 0; i < s->endpoints.n; i++)
		match_endpoint(&x, &s->endpoints.v[i], has_current);
}
