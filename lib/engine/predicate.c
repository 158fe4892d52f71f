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
test_number(const struct bundle *b, const struct test *t, int64_t number)
{
	switch ((enum predicate_op)t->op) {
	case OP_EQ: return number == t->number;
	case OP_LT: return number < t->number;
	case OP_LE: return number <= t->number;
	case OP_GT: return number > t->number;
	case OP_GE: return number >= t->number;
	case OP_HAS: return (number & t->number) != 0;
	case OP_TRUE: return number != 0;
	case OP_EXISTS: return true;
	case OP_IN: return bundle_set_has_number(b, t->set, number);
	default: return false;
	}
}

static bool
text_equals(const struct test *t, const struct value *v)
{
	return v->text.n == t->n && v->head == t->head &&
	    (t->n <= 8 || memcmp(v->text.p, t->text, t->n) == 0);
}

static bool
text_starts(const struct test *t, const struct value *v)
{
	uint64_t care = t->n >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * t->n) - 1;

	return v->text.n >= t->n && ((v->head ^ t->head) & care) == 0 &&
	    (t->n <= 8 || memcmp(v->text.p, t->text, t->n) == 0);
}

static bool
text_contains(const struct test *t, struct span text)
{
	return t->n == 0 ||
	    (text.n >= t->n && span_find_span(text, span_make(t->text, t->n)) != text.n);
}

static enum answer
text_matches(struct work *w, const struct constant *c, struct span text)
{
	switch (pattern_match(&w->e->patterns, c->pattern, text)) {
	case PATTERN_YES: return ANSWER_YES;
	case PATTERN_NO: return ANSWER_NO;
	default: return ANSWER_SPENT;
	}
}

static bool
test_address(
    struct work *w, const struct test *t, const struct constant *c, struct span address)
{
	uint8_t a[16] = {[10] = 0xff, [11] = 0xff};

	if (t->op == OP_EXISTS)
		return true;
	if (address.n == 4)
		memcpy(a + 12, address.p, 4);
	else if (address.n == 16)
		memcpy(a, address.p, 16);
	else
		return false;
	if (t->op == OP_IN)
		return bundle_set_has_address(w->b, t->set, a);
	if (memcmp(a, c->address, c->address_bits / 8) != 0)
		return false;
	return c->address_bits % 8 == 0 ||
	    ((a[c->address_bits / 8] ^ c->address[c->address_bits / 8]) &
		(0xff00 >> c->address_bits % 8 & 0xff)) == 0;
}

static enum answer
test_value(struct work *w, uint32_t index, const struct test *t, struct value *v)
{
	const struct constant *c = &w->e->constant[index];
	bool yes;

	if (t->kind == TEST_LENGTH)
		return test_number(w->b, t, (int64_t)v->text.n) ? ANSWER_YES : ANSWER_NO;
	if (t->kind == TEST_ADDRESS)
		return test_address(w, t, c, v->text) ? ANSWER_YES : ANSWER_NO;
	switch ((enum predicate_op)t->op) {
	case OP_EXISTS: yes = true; break;
	case OP_EQ: yes = text_equals(t, v); break;
	case OP_IN:
		yes = bundle_set_has_text(w->b, t->set, value_hash(v), v->text);
		break;
	case OP_CONTAINS: yes = text_contains(t, v->text); break;
	case OP_STARTS: yes = text_starts(t, v); break;
	case OP_ENDS: yes = span_ends(v->text, span_make(t->text, t->n)); break;
	case OP_MATCHES: return text_matches(w, c, v->text);
	default: yes = false; break;
	}
	return yes ? ANSWER_YES : ANSWER_NO;
}

enum answer
predicate_test(struct work *w, const struct test *t, uint32_t predicate)
{
	const struct operand_memo *m = operand_read(w, t->operand);
	enum answer a = ANSWER_NO, one;

	if (t->kind == TEST_NUMBER || t->kind == TEST_COUNT) {
		if (m->number_known && test_number(w->b, t, m->number))
			a = ANSWER_YES;
		/* More values may stand where nobody could read: only these are sure. */
		if (m->unknown && t->kind == TEST_COUNT &&
		    !(a == ANSWER_YES && (t->op == OP_GT || t->op == OP_GE)))
			return ANSWER_UNKNOWN;
		return a == ANSWER_NO && m->unknown ? ANSWER_UNKNOWN : a;
	}
	for (struct value *v = m->first; v != NULL; v = v->next) {
		one = test_value(w, predicate, t, v);
		if (one == ANSWER_YES)
			return ANSWER_YES;
		if (one == ANSWER_SPENT)
			a = ANSWER_SPENT;
	}
	return a == ANSWER_NO && m->unknown ? ANSWER_UNKNOWN : a;
}
