/*
 * Which rules can match a request: those that an anchor finds by a value (posting lists), and
 * those without anchor (free rules), less those whose sieve says no. Each gets a bit; bits
 * are visited in the order of decision (rules.c).
 *
 *   free rules   [ operand a: head, head, … ][ operand b: … ][ the rest ]
 *
 * A policy may have hundreds of free rules, and all of them are asked at each request. Most
 * have a sieve of the kind `path starts_with "/old"`: these stand in rows by operand, and a
 * row is passed with one comparison of eight bytes for each rule. Where the heads agree, or
 * there is not just one value, the sieve itself is asked.
 */
#include "engine/work.h"

#include <stdlib.h>

/* --- planning --------------------------------------------------------------------- */

/* Whether a test may be asked before the body and the history are read, and without
 * remembering the answer. */
static bool
test_is_cheap(const struct engine *e, const struct test *t)
{
	enum field_group group = field_groups[e->operand[t->operand].field];

	return group != GROUP_BODY && group != GROUP_HISTORY && t->op != OP_MATCHES;
}

/* Whether an anchor may have asked the same already. */
static bool
test_is_anchor(const struct engine *e, const struct test *t)
{
	for (uint32_t i = 0; i < e->b->anchors; i++)
		if (e->anchor_operand[i] == t->operand)
			return t->op == OP_EQ || t->op == OP_IN;
	return false;
}

/* Of the tests that must all hold (whose no is the end) the first that is cheap and tells
 * something new; they come first in a condition. */
static void
sieve_make(const struct engine *e, uint32_t rule, struct sieve *out)
{
	const struct bundle_rule *r = &e->b->rule[rule];
	const struct bundle_step *step;

	*out = (struct sieve){.rule = rule, .predicate = BUNDLE_NONE};
	if (r->step == BUNDLE_NONE)
		return;
	for (uint32_t at = 0; at < r->steps;) {
		const struct test *t;

		step = &e->b->step[r->step + at];
		if (step->if_true == STEP_NO_MATCH) { /* "and not": no sieve, but go on */
			at = step->if_false;
			continue;
		}
		if (step->if_false != STEP_NO_MATCH)
			return;
		at = step->if_true;
		t = &e->test[step->predicate];
		if (!test_is_cheap(e, t) || test_is_anchor(e, t))
			continue;
		out->predicate = step->predicate;
		out->test = *t;
		return;
	}
}

/* The part of a text's head that a test cares for; 0: its kind has none. */
static uint64_t
test_care(const struct test *t)
{
	if (t->kind != TEST_TEXT)
		return 0;
	if (t->op == OP_EQ)
		return UINT64_MAX;
	if (t->op != OP_STARTS || t->n == 0)
		return 0;
	return t->n >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * t->n) - 1;
}

/* The row of a free rule: its operand, or BUNDLE_NONE for the rest, which comes last. */
static uint32_t
sieve_row(const struct sieve *s)
{
	return s->predicate != BUNDLE_NONE && test_care(&s->test) != 0 ? s->test.operand
								       : BUNDLE_NONE;
}

static int
compare_rows(const void *a, const void *b)
{
	uint32_t x = sieve_row(a), y = sieve_row(b);

	return (x > y) - (x < y);
}

static void
free_rules_plan(struct engine *e)
{
	uint32_t n = e->b->free_rules;

	for (uint32_t i = 0; i < n; i++)
		e->free_rule[i] = e->sieve[e->b->free_rule[i]];
	qsort(e->free_rule, n, sizeof(*e->free_rule), compare_rows);
	for (uint32_t i = 0; i < n; i++) {
		const struct sieve *s = &e->free_rule[i];
		uint32_t operand = sieve_row(s);

		if (i == 0 || operand != e->free_row[e->free_rows - 1].operand)
			e->free_row[e->free_rows++] =
			    (struct free_row){.operand = operand, .first = i};
		e->free_row[e->free_rows - 1].n++;
		e->free_head[i] = (struct free_head){s->test.head, test_care(&s->test)};
	}
}

int
candidates_plan(struct engine *e)
{
	size_t n = (size_t)e->b->free_rules + 1;

	e->sieve = calloc((size_t)e->b->rules + 1, sizeof(*e->sieve));
	e->free_rule = calloc(n, sizeof(*e->free_rule));
	e->free_head = calloc(n, sizeof(*e->free_head));
	e->free_row = calloc(n, sizeof(*e->free_row));
	if (!e->sieve || !e->free_rule || !e->free_head || !e->free_row)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < e->b->rules; i++)
		sieve_make(e, i, &e->sieve[i]);
	free_rules_plan(e);
	return OK;
}

void
candidates_free(struct engine *e)
{
	free(e->sieve);
	free(e->free_rule);
	free(e->free_head);
	free(e->free_row);
}

/* --- collecting ------------------------------------------------------------------- */

/* --- candidates ------------------------------------------------------------------- */

/* Whether its sieve says that the rule cannot match. */
static bool
candidate_fails(struct work *w, const struct sieve *s)
{
	/* Who listens to the trace wants to hear of each rule. */
	if (s->predicate == BUNDLE_NONE || w->trace != NULL)
		return false;
	/* Searching is worth remembering, comparing is not. */
	if (s->test.op == OP_CONTAINS)
		return predicate_answer(w, s->predicate) == ANSWER_NO;
	return predicate_test(w, &s->test, s->predicate) == ANSWER_NO;
}

static void
candidate_add(struct work *w, const struct sieve *s)
{
	struct engine *e = w->e;
	uint32_t word = s->rule / 64;

	if (candidate_fails(w, s))
		return;
	e->candidate[word] |= UINT64_C(1) << s->rule % 64;
	e->candidate_words[word / 64] |= UINT64_C(1) << word % 64;
}

static void
candidates_post(struct work *w, const uint32_t *rule, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		candidate_add(w, &w->e->sieve[rule[i]]);
}

static void
candidates_find(struct work *w, uint32_t anchor, uint64_t hash)
{
	uint32_t n;
	const uint32_t *rule = bundle_anchor_find(w->b, anchor, hash, &n);

	candidates_post(w, rule, n);
}

/* The anchor on endpoints: looked up when the engine was made. */
static void
collect_endpoint(struct work *w)
{
	const struct endpoint_brief *ep;

	if (w->v->endpoint == BUNDLE_NONE)
		return;
	ep = &w->e->endpoint[w->v->endpoint];
	for (unsigned i = 0; i < ENDPOINT_NAMES; i++)
		candidates_post(w, w->b->posting + ep->posting[i], ep->postings[i]);
}

static void
collect_row(struct work *w, const struct free_row *row)
{
	const struct free_head *head = &w->e->free_head[row->first];
	const struct sieve *rule = &w->e->free_rule[row->first];
	const struct operand_memo *m = NULL;
	uint64_t value;

	if (row->operand != BUNDLE_NONE && w->trace == NULL)
		m = operand_read(w, row->operand);
	if (m == NULL || m->unknown || m->n > 1) {
		for (uint32_t i = 0; i < row->n; i++)
			candidate_add(w, &rule[i]);
		return;
	}
	if (m->n == 0)
		return;
	value = m->first->head;
	for (uint32_t i = 0, n = row->n; i < n; i++)
		if (((value ^ head[i].head) & head[i].care) == 0)
			candidate_add(w, &rule[i]);
}

void
candidates_collect(struct work *w)
{
	struct engine *e = w->e;

	for (uint32_t i = 0; i < e->free_rows; i++)
		collect_row(w, &e->free_row[i]);
	for (uint32_t i = 0; i < w->b->anchors; i++) {
		const struct operand_memo *m;

		if (i == e->endpoint_anchor) {
			collect_endpoint(w);
			continue;
		}
		m = operand_read(w, e->anchor_operand[i]);
		if (m->number_known) {
			candidates_find(w, i, bundle_hash_number(m->number));
			continue;
		}
		for (struct value *v = m->first; v != NULL; v = v->next)
			candidates_find(w, i, value_hash(v));
	}
}

bool
candidates_want_body(const struct work *w)
{
	const struct engine *e = w->e;

	for (uint32_t i = 0; i < e->words; i++)
		if (e->candidate[i] & e->body_rule[i])
			return true;
	return false;
}

void
candidates_forget(struct work *w)
{
	struct engine *e = w->e;

	for (uint32_t s = 0; s < (e->words + 63) / 64; s++)
		while (e->candidate_words[s]) {
			uint32_t i = (uint32_t)__builtin_ctzll(e->candidate_words[s]);

			e->candidate[64 * s + i] = 0;
			e->candidate_words[s] &= e->candidate_words[s] - 1;
		}
}
