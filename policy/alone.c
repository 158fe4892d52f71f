/*
 * Whether a condition can be true on an address alone: whether some outcome of its address
 * predicates makes it true whatever the other predicates say. Found by trying outcomes, with
 * those not yet tried unknown (Kleene's three values), which settles nearly all conditions
 * at once. Where the budget ends, the answer is the careful one: unknown address predicates
 * count as whatever helps, all others as neither true nor false. A predicate that every
 * request satisfies says nothing of what a client does and counts as true.
 */
#include "policy/check.h"

#define TRIES_MAX 4096 /* evaluations of one condition */
#define ATOMS_MAX 64 /* conditions with more are answered carefully */

enum truth { NO, UNKNOWN, YES };

struct trial {
	const struct atom **atom; /* each once, those of the address first */
	enum truth *truth;
	uint32_t n, addresses;
	unsigned tries;
};

static bool
same_span(struct span a, struct span b)
{
	return span_absent(a) == span_absent(b) && span_eq(a, b);
}

static bool
same_atom(const struct atom *a, const struct atom *b)
{
	if (a->field != b->field || a->op != b->op || a->transform != b->transform ||
	    a->number != b->number || a->n != b->n || !same_span(a->key, b->key) ||
	    !same_span(a->text, b->text) || a->set != b->set)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (a->set == SET_TEXT ? !span_eq(a->texts[i], b->texts[i])
			: a->set == SET_NUMBER
			? a->numbers[i] != b->numbers[i]
			: address_cmp(&a->addresses[i], &b->addresses[i]) != 0)
			return false;
	return true;
}

/* What every request has. */
static bool
always_there(enum field_id field)
{
	switch (field) {
	case F_METHOD:
	case F_PATH:
	case F_RAW_PATH:
	case F_VERSION:
	case F_HEADER_ORDER:
	case F_TARGET_FLAGS:
	case F_SEGMENT_COUNT:
	case F_BODY_SIZE:
	case F_BODY_KIND:
	case F_FRONTEND:
	case F_SERVICE:
	case F_ENDPOINT_TEMPLATE:
	case F_ENDPOINT_LABEL:
	case F_IDENTITY:
	case F_IDENTITY_SOURCE: return true;
	default: return false;
	}
}

static bool
says_nothing(const struct atom *a)
{
	if (!always_there(a->field))
		return false;
	if (a->op == OP_EXISTS)
		return true;
	if (a->transform == TRANSFORM_LEN)
		return a->op == OP_GT && a->number == 0;
	return (a->field == F_PATH || a->field == F_ENDPOINT_TEMPLATE) &&
	    (a->op == OP_STARTS || a->op == OP_CONTAINS) && span_eq(a->text, SPAN("/"));
}

/* The atom's number in the trial; of equal ones the first. */
static uint32_t
index_of(const struct trial *t, const struct atom *a)
{
	uint32_t i = 0;

	while (i < t->n && t->atom[i] != a && !same_atom(t->atom[i], a))
		i++;
	return i;
}

static uint32_t
count_atoms(const struct cond *c)
{
	uint32_t n = c->kind == COND_ATOM;

	for (const struct cond *kid = c->kid; kid; kid = kid->next)
		n += count_atoms(kid);
	return n;
}

static void
collect(struct trial *t, const struct cond *c, bool address)
{
	if (c->kind == COND_ATOM && field_info(c->atom->field)->address == address &&
	    !says_nothing(c->atom) && index_of(t, c->atom) == t->n)
		t->atom[t->n++] = c->atom;
	for (const struct cond *kid = c->kid; kid; kid = kid->next)
		collect(t, kid, address);
}

static enum truth
evaluate(const struct trial *t, const struct cond *c)
{
	enum truth all;

	if (c->kind == COND_ATOM) {
		enum truth v =
		    says_nothing(c->atom) ? YES : t->truth[index_of(t, c->atom)];

		return c->negated ? (enum truth)(YES - v) : v;
	}
	all = c->kind == COND_AND ? YES : NO;
	for (const struct cond *kid = c->kid; kid; kid = kid->next) {
		enum truth v = evaluate(t, kid);

		if (c->kind == COND_AND ? v < all : v > all)
			all = v;
	}
	return all;
}

/* From predicate `at` on: some outcome of address predicates, every outcome of others. */
static bool
holds(struct trial *t, const struct cond *c, uint32_t at)
{
	enum truth v = evaluate(t, c);
	bool some = at < t->addresses, yes, no;

	if (v != UNKNOWN || at == t->n)
		return v == YES;
	if (++t->tries > TRIES_MAX)
		return false;
	t->truth[at] = YES;
	yes = holds(t, c, at + 1);
	no = yes;
	if (yes != some) {
		t->truth[at] = NO;
		no = holds(t, c, at + 1);
	}
	t->truth[at] = UNKNOWN;
	return no;
}

/* The careful answer. */
static void
reach(const struct cond *c, bool *can_be_true)
{
	bool kid_true;

	if (c->kind == COND_ATOM) {
		*can_be_true = field_info(c->atom->field)->address ||
		    (says_nothing(c->atom) && !c->negated);
		return;
	}
	*can_be_true = c->kind == COND_AND;
	for (const struct cond *kid = c->kid; kid; kid = kid->next) {
		reach(kid, &kid_true);
		if (c->kind == COND_AND)
			*can_be_true &= kid_true;
		else
			*can_be_true |= kid_true;
	}
}

bool
cond_on_address_alone(struct pool *pool, const struct cond *when)
{
	struct trial t = {0};
	uint32_t n = count_atoms(when);
	bool careful, found;

	reach(when, &careful);
	if (n > ATOMS_MAX)
		return careful;
	t.atom = pool_alloc(pool, n * sizeof(struct atom *));
	t.truth = pool_alloc(pool, n * sizeof *t.truth);
	collect(&t, when, true);
	t.addresses = t.n;
	if (t.addresses == 0)
		return false;
	collect(&t, when, false);
	for (uint32_t i = 0; i < t.n; i++)
		t.truth[i] = UNKNOWN;
	found = holds(&t, when, 0);
	return found || (t.tries > TRIES_MAX && careful);
}
