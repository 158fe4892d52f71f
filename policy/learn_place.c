/* See learn_place.h. */
#include "policy/learn_place.h"

#include <math.h>

/* Log-odds that words at a place are values, by what stands before it. */
static const double before_weight[] = {
    [BEFORE_ROOT] = -6.0,
    [BEFORE_PARAMETER] = -1.6,
    [BEFORE_PLURAL] = 0.5,
    [BEFORE_SINGULAR] = -2.2,
};

/* What one child of each look says of the place … */
static const double word_weight[] = {
    [WORD_VERSION] = -6.0,
    [WORD_ACTION] = -2.0, /* stands beside parameters as well */
    [WORD_CODE] = -3.0,
    [WORD_PLURAL] = -2.5,
    [WORD_COMMON] = -2.2,
    [WORD_COMPOUND] = -1.0,
    [WORD_PLAIN] = 0.3,
    [WORD_JOINED] = 0.8,
    [WORD_SLUG] = 1.2,
    [WORD_NAME] = 1.2,
    [WORD_RELEASED] = 0.9,
    [WORD_TOKEN] = 1.9,
    [WORD_TOKEN_CODE] = 0.6,
    [WORD_TOKEN_DOT] = 1.2,
    [WORD_TOKEN_ODD] = 2.4,
};
/* … and what it says for the child being a literal, once the place has values. */
static const double literal_weight[] = {
    [WORD_VERSION] = 8.0,
    [WORD_ACTION] = 5.0,
    [WORD_CODE] = 3.5,
    [WORD_PLURAL] = 2.0,
    [WORD_COMMON] = 2.2,
    [WORD_COMPOUND] = 0.5,
    [WORD_PLAIN] = -0.5,
    [WORD_JOINED] = -1.0,
    [WORD_SLUG] = -2.0,
    [WORD_NAME] = -1.5,
    [WORD_RELEASED] = -1.5,
    [WORD_TOKEN] = -2.5,
    [WORD_TOKEN_CODE] = -1.0,
    [WORD_TOKEN_DOT] = -1.5,
    [WORD_TOKEN_ODD] = -3.0,
};

#define TEXT_WEIGHT 12.0 /* a gateway has counted more undecided words than it keeps … */
#define TEXT_MERGED 32 /* … or this many were merged */
#define TEXT_SHARE 0.1 /* of the requests of a place: less of {text} weighs less */
#define FOREIGN_MOST 2.0
#define CERTAIN_WEIGHT 40.0
#define PLAIN_FEW 12.0 /* plain words that real APIs have side by side */
#define PLAIN_EACH 0.3
#define PLAIN_MOST 25.0
#define MANY_VALUES 8
#define MANY_PLAIN 4
#define FEW_REQUESTS 20
#define RARE_SHARE 0.04 /* of the requests of a place */
#define ALONE_FEW 8 /* children from which on single use tells something */

static double
clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

static bool
is_untyped(const struct place_child *c)
{
	return c->kind == CHILD_WORD || c->kind == CHILD_TOKEN;
}

/* Used as the values are, as far as was seen. */
static bool
is_alike(const struct place_child *c)
{
	return c->alike > 0.5 || c->alone < 0.15 ||
	    (c->requests < FEW_REQUESTS && c->strange < 0.15);
}

/* Words that could be values of one parameter: not what APIs are made of. */
static bool
is_candidate(const struct place_child *c)
{
	return c->kind == CHILD_TOKEN ||
	    (c->kind == CHILD_WORD && c->word >= PLACE_WORD_VALUE);
}

/* In a service whose own names are no vocabulary it says less that a word is none. */
static double
foreign_weight(const struct learn_place *p, enum place_word word)
{
	double w = clamp(log(p->foreign / PLACE_FOREIGN), 0, FOREIGN_MOST);

	switch (word) {
	case WORD_COMPOUND:
	case WORD_NAME:
	case WORD_RELEASED:
	case WORD_TOKEN:
	case WORD_TOKEN_CODE:
	case WORD_TOKEN_DOT:
	case WORD_TOKEN_ODD: return w;
	case WORD_PLAIN:
	case WORD_JOINED:
	case WORD_SLUG: return w / 2;
	default: return 0;
	}
}

struct sums {
	double n, words; /* candidates, their weights */
	double literals, literal_words; /* the others, their weights */
	double plain, requests, single;
	double all; /* requests of all children */
	double deep, deep_shared, deep_n;
	double spread, spread_n;
	double clean, loose; /* requests of typed children */
	double text, merged; /* requests of {text}, values behind it */
};

static void
candidate_add(const struct learn_place *p, struct sums *s, const struct place_child *c)
{
	s->n++;
	s->words += word_weight[c->word] - foreign_weight(p, c->word) +
	    clamp(c->elsewhere, -2, 1.5);
	s->requests += c->requests;
	s->single += c->identities <= 1;
	if (c->deep > 0) {
		s->deep += c->deep;
		s->deep_shared += c->deep_shared;
		s->deep_n++;
	}
	if (c->spread > 0) {
		s->spread += c->spread * c->requests;
		s->spread_n += c->requests;
	}
}

static struct sums
place_sum(const struct learn_place *p)
{
	struct sums s = {.all = 1};

	for (unsigned i = 0; i < p->n; i++) {
		const struct place_child *c = &p->child[i];

		if (c->kind == CHILD_TEXT) {
			s.text = c->requests + 1;
			s.merged = c->merged;
		}
		s.all += c->requests;
		if (c->kind == CHILD_TYPED)
			*(c->loose ? &s.loose : &s.clean) += c->requests;
		if (!is_untyped(c))
			continue;
		if (is_candidate(c)) {
			candidate_add(p, &s, c);
		} else {
			s.literals++;
			s.literal_words += word_weight[c->word];
		}
		if (c->word >= WORD_COMMON && c->word <= WORD_JOINED && is_alike(c))
			s.plain += c->word >= PLACE_WORD_VALUE ? 1 : 0.5;
	}
	return s;
}

/* Good and Turing: words used by one identity alone say that there are more to come, once
 * there were several requests a word. */
static double
single_weight(const struct sums *s)
{
	double often;

	if (s->n < ALONE_FEW)
		return 0;
	often = clamp((s->requests / s->n - 1.5) / 3, 0, 1);
	return often * clamp((s->single / s->n - 0.15) * 8, -1, 4);
}

/* Candidates are mere values where literals are known by the vocabulary; where they are not,
 * that the same lies below them tells little. */
static double
alike_tells(const struct learn_place *p)
{
	return clamp(1 - (p->foreign - PLACE_FOREIGN) / 0.6, 0.2, 1);
}

static double
deep_weight(const struct learn_place *p, const struct sums *s)
{
	double share;

	if (s->deep_n < 2)
		return 0;
	share = s->deep_shared / s->deep;
	return clamp((share - 0.6) * 12, -3, 5 * alike_tells(p)) *
	    clamp(s->deep / s->deep_n / 3, 0, 1);
}

static double
spread_weight(const struct sums *s)
{
	if (s->spread_n == 0)
		return 0;
	return clamp((0.35 - s->spread / s->spread_n) * 12, -6, 2);
}

/* Where ids are numbers or the like, words beside them are hardly ids. */
static double
typed_weight(const struct sums *s)
{
	double w = s->loose > 0 ? 1 : 0;

	if (s->clean > 0)
		w -= s->clean > 10 * s->requests ? 3 : 1.5;
	return w;
}

/* Several kinds of paths that most of the candidates have. */
static double
paths_weight(const struct learn_place *p, const struct sums *s)
{
	return s->n < 3 ? 0 : clamp((p->paths - 1) * 0.8, 0, 3) * alike_tells(p);
}

/* {text} stands there already: found by a gateway, or learned, on much or on little. */
static double
text_weight(const struct sums *s)
{
	double w = s->merged >= TEXT_MERGED ? TEXT_WEIGHT : 1 + 2 * log(s->merged + 2);

	return w * clamp(s->text / s->all / TEXT_SHARE, 0, 1);
}

static double
place_weigh(const struct learn_place *p, const struct sums *s)
{
	double w = before_weight[p->before];

	if (s->text > 0)
		w += text_weight(s);
	if (p->certain)
		w += CERTAIN_WEIGHT;
	/* Words of one place are much alike: their number counts by its root. */
	if (s->n > 0)
		w += s->words / sqrt(s->n);
	if (s->literals > 0)
		w += 0.6 * s->literal_words / sqrt(s->literals);
	if (s->plain > PLAIN_FEW)
		w += clamp((s->plain - PLAIN_FEW) * PLAIN_EACH, 0, PLAIN_MOST);
	return w + single_weight(s) + deep_weight(p, s) + spread_weight(s) +
	    typed_weight(s) + paths_weight(p, s);
}

/* Among many values there are some that APIs are made of as well, the more so where many
 * words of the vocabulary stand; literals of the same use beside a parameter are few, and
 * used more than one value of many. */
static double
many_weight(const struct place_child *c, const struct sums *s)
{
	double values = s->n + s->merged;
	double rare = clamp((RARE_SHARE - c->requests / s->all) / RARE_SHARE * 1.5, 0, 1);
	double plain = clamp(log((s->plain + 1) / MANY_PLAIN), 0, 5);

	if (c->word == WORD_VERSION)
		return 0;
	if (c->word == WORD_ACTION)
		return -rare * plain;
	return -fmax(plain, rare * clamp(log((values + 1) / MANY_VALUES), 0, 5));
}

/* Log-odds that a child of a place with values is a literal all the same. */
static double
child_weigh(
    const struct learn_place *p, const struct place_child *c, const struct sums *s)
{
	double w = literal_weight[c->word] + foreign_weight(p, c->word) -
	    clamp(c->elsewhere, -2, 1.5);

	if (is_alike(c)) {
		w += many_weight(c, s) - 3;
	} else if (c->requests >= 2) {
		w += clamp((c->alone - 0.4) * 10, -3, 5) * clamp(c->requests / 5, 0.4, 1);
	}
	return w + clamp(c->other_use / 6 - 0.5, 0, 4);
}

/* Typed children are values of the same parameter when they are used like the words, or
 * when they are of several loose classes. */
static bool
typed_join(const struct learn_place *p, bool words)
{
	unsigned typed = 0, loose = 0;

	for (unsigned i = 0; i < p->n; i++) {
		typed += p->child[i].kind == CHILD_TYPED;
		loose += p->child[i].kind == CHILD_TYPED && p->child[i].loose;
	}
	return words ? typed > 0 : typed > 1 && loose > 0;
}

void
learn_place_decide(struct learn_place *p)
{
	struct sums s = place_sum(p);
	bool words = s.text > 0;

	p->score = place_weigh(p, &s);
	for (unsigned i = 0; i < p->n; i++) {
		struct place_child *c = &p->child[i];
		double literal;

		c->value = c->kind == CHILD_TYPED || c->kind == CHILD_TEXT;
		c->score = fabs(p->score);
		if (!is_untyped(c) || p->score < PLACE_SURE)
			continue;
		literal = child_weigh(p, c, &s);
		c->value = literal < 0;
		c->score = c->value ? p->score : literal;
		words |= c->value;
	}
	p->typed_too = typed_join(p, words);
	for (unsigned i = 0; p->typed_too && i < p->n; i++)
		if (p->child[i].kind == CHILD_TYPED && p->child[i].alone > 0.5 &&
		    p->child[i].requests >= 5)
			p->child[i].value = false;
}

const char *
learn_place_reason(const struct learn_place *p)
{
	struct sums s = place_sum(p);

	if (p->certain)
		return "a specification or a person has a parameter here";
	if (s.text > 0)
		return "more undecided words than one place keeps";
	if (s.plain > PLAIN_FEW)
		return "many words, all used alike";
	if (deep_weight(p, &s) > 2)
		return "the same paths below all of them";
	if (single_weight(&s) > 1)
		return "most words were used by one identity";
	return s.n > 0 ? "words that are no vocabulary, used alike"
		       : "values of several kinds";
}
