/*
 * One predicate on one request. A field with several values says yes when any of them
 * does; a field without a value says no to everything but COUNT.
 */
#include "engine/work.h"

uint64_t
value_hash(struct value *v)
{
	if (v->hash == 0)
		v->hash = bundle_hash(v->text);
	return v->hash;
}

static bool
set_has_value(const struct bundle *b, uint32_t index, struct value *v)
{
	const struct bundle_set *set = &b->set[index];
	const struct bundle_set_slot *slots = &b->set_slot[set->slot];
	uint64_t h = value_hash(v);

	for (uint32_t i = 0; i <= set->mask; i++) {
		const struct bundle_set_slot *s = &slots[(h + i) & set->mask];

		if (!s->used)
			return false;
		if (s->hash == h && span_eq(bundle_text(b, s->text), v->text))
			return true;
	}
	return false;
}

static bool
compare(enum predicate_op op, int64_t a, int64_t b)
{
	switch (op) {
	case OP_EQ: return a == b;
	case OP_LT: return a < b;
	case OP_LE: return a <= b;
	case OP_GT: return a > b;
	case OP_GE: return a >= b;
	case OP_HAS: return (a & b) != 0;
	case OP_TRUE: return a != 0;
	case OP_EXISTS: return true;
	default: return false;
	}
}

static bool
test_number(const struct bundle *b, const struct bundle_predicate *p, int64_t number)
{
	if (p->op == OP_IN)
		return bundle_set_has_number(b, p->set, number);
	return compare((enum predicate_op)p->op, number, p->number);
}

static enum answer
test_text(struct work *w, const struct bundle_predicate *p, const struct constant *c,
    struct value *v)
{
	struct span text = bundle_text(w->b, p->text);

	switch ((enum predicate_op)p->op) {
	case OP_EXISTS: return ANSWER_YES;
	case OP_EQ: return span_eq(v->text, text) ? ANSWER_YES : ANSWER_NO;
	case OP_IN: return set_has_value(w->b, p->set, v) ? ANSWER_YES : ANSWER_NO;
	case OP_CONTAINS:
		return text.n == 0 || span_find_span(v->text, text) != v->text.n
		    ? ANSWER_YES
		    : ANSWER_NO;
	case OP_STARTS: return span_starts(v->text, text) ? ANSWER_YES : ANSWER_NO;
	case OP_ENDS: return span_ends(v->text, text) ? ANSWER_YES : ANSWER_NO;
	case OP_MATCHES:
		switch (pattern_match(&w->e->patterns, c->pattern, v->text)) {
		case PATTERN_YES: return ANSWER_YES;
		case PATTERN_NO: return ANSWER_NO;
		default: return ANSWER_SPENT;
		}
	default: return ANSWER_NO;
	}
}

static bool
test_address(struct work *w, const struct bundle_predicate *p, const struct constant *c,
    struct span address)
{
	uint8_t a[16] = {[10] = 0xff, [11] = 0xff};

	if (p->op == OP_EXISTS)
		return true;
	if (address.n == 4)
		memcpy(a + 12, address.p, 4);
	else if (address.n == 16)
		memcpy(a, address.p, 16);
	else
		return false;
	if (p->op == OP_IN)
		return bundle_set_has_address(w->b, p->set, a);
	if (memcmp(a, c->address, c->address_bits / 8) != 0)
		return false;
	return c->address_bits % 8 == 0 ||
	    ((a[c->address_bits / 8] ^ c->address[c->address_bits / 8]) &
		(0xff00 >> c->address_bits % 8 & 0xff)) == 0;
}

static enum answer
test_values(struct work *w, const struct bundle_predicate *p, const struct constant *c,
    const struct operand_memo *m)
{
	enum answer answer = ANSWER_NO;

	for (struct value *v = m->first; v != NULL; v = v->next) {
		enum answer a;

		if (p->transform == TRANSFORM_LEN)
			a = test_number(w->b, p, (int64_t)v->text.n) ? ANSWER_YES
								     : ANSWER_NO;
		else if (field_types[p->field] == FIELD_ADDRESS)
			a = test_address(w, p, c, v->text) ? ANSWER_YES : ANSWER_NO;
		else
			a = test_text(w, p, c, v);
		if (a == ANSWER_YES)
			return ANSWER_YES;
		if (a == ANSWER_SPENT)
			answer = ANSWER_SPENT;
	}
	return answer;
}

static enum answer
predicate_test(struct work *w, uint32_t index)
{
	const struct bundle_predicate *p = &w->b->predicate[index];
	const struct constant *c = &w->e->constant[index];
	const struct operand_memo *m = operand_read(w, c->operand);
	enum field_type type = field_types[p->field];
	enum answer a = ANSWER_NO;

	if (p->transform == TRANSFORM_COUNT ||
	    (type != FIELD_TEXT && type != FIELD_ADDRESS)) {
		if (m->number_known && test_number(w->b, p, m->number))
			a = ANSWER_YES;
		/* More values may stand where nobody could read: only these are sure. */
		if (m->unknown && p->transform == TRANSFORM_COUNT)
			return a == ANSWER_YES && (p->op == OP_GT || p->op == OP_GE)
			    ? ANSWER_YES
			    : ANSWER_UNKNOWN;
	} else {
		a = test_values(w, p, c, m);
	}
	return a == ANSWER_NO && m->unknown ? ANSWER_UNKNOWN : a;
}

enum answer
predicate_answer(struct work *w, uint32_t predicate)
{
	uint32_t *memo = &w->e->answer[predicate];
	enum answer a;

	if (*memo >> 2 == w->e->generation)
		return (enum answer)(*memo & 3);
	a = predicate_test(w, predicate);
	*memo = w->e->generation << 2 | a;
	return a;
}
