/* Short-circuit code, generated from the end so that every target is known. */
#include "policy/graph.h"

#include <stdlib.h>

#define TO_MATCH UINT32_MAX
#define TO_NO_MATCH (UINT32_MAX - 1)

struct draft { /* a step, in the order of generation: last one first */
	uint32_t predicate, if_true, if_false;
};
struct graph {
	struct tables *t;
	VEC(struct draft) draft;
};

/* What asking costs, in comparisons of a short text, roughly. */
static unsigned
cost(const struct cond *c)
{
	const struct field_info *f;
	unsigned sum = 0;

	for (const struct cond *kid = c->kid; kid; kid = kid->next)
		sum += cost(kid);
	if (c->kind != COND_ATOM)
		return sum;
	f = field_info(c->atom->field);
	sum = c->atom->op == OP_MATCHES ? 20 : c->atom->op == OP_CONTAINS ? 4 : 1;
	sum += c->atom->op == OP_IN;
	sum += c->atom->transform != TRANSFORM_NONE;
	sum += f->keyed ? 3 : 0;
	return sum + (f->group == GROUP_BODY ? 100 : f->group == GROUP_HISTORY ? 2 : 0);
}

struct ranked {
	struct cond *c;
	unsigned cost, position;
};

static int
by_cost(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

/* Sorts the parts of every junction; numbers the predicates in the order of the steps. */
static void
arrange(struct tables *t, struct cond *c)
{
	struct ranked *part;
	uint32_t n = 0, i = 0;

	if (c->kind == COND_ATOM) {
		(void)tables_predicate(t, c->atom);
		return;
	}
	for (struct cond *kid = c->kid; kid; kid = kid->next)
		n++;
	part = pool_alloc(t->pool, n * sizeof *part);
	for (struct cond *kid = c->kid; kid; kid = kid->next, i++)
		part[i] = (struct ranked){kid, cost(kid), i};
	qsort(part, n, sizeof *part, by_cost);
	c->kid = part[0].c;
	for (i = 0; i < n; i++) {
		part[i].c->next = i + 1 < n ? part[i + 1].c : NULL;
		arrange(t, part[i].c);
	}
}

/* Generates c before what exists; returns its first step. */
static uint32_t
generate(struct graph *g, const struct cond *c, uint32_t if_true, uint32_t if_false)
{
	const struct cond **kid;
	uint32_t n = 0, next;

	if (c->kind == COND_ATOM) {
		*VEC_ADD(g->t->pool, &g->draft) =
		    (struct draft){tables_predicate(g->t, c->atom),
			c->negated ? if_false : if_true, c->negated ? if_true : if_false};
		return g->draft.n - 1;
	}
	for (const struct cond *k = c->kid; k; k = k->next)
		n++;
	kid = pool_alloc(g->t->pool, n * sizeof(struct cond *));
	n = 0;
	for (const struct cond *k = c->kid; k; k = k->next)
		kid[n++] = k;
	next = c->kind == COND_AND ? if_true : if_false;
	while (n > 0) {
		n--;
		next = c->kind == COND_AND ? generate(g, kid[n], next, if_false)
					   : generate(g, kid[n], if_true, next);
	}
	return next;
}

static uint16_t
target(const struct graph *g, uint32_t to)
{
	if (to == TO_MATCH)
		return STEP_MATCH;
	if (to == TO_NO_MATCH)
		return STEP_NO_MATCH;
	return (uint16_t)(g->draft.n - 1 - to);
}

void
graph_build(struct tables *t, struct cond *when)
{
	struct graph g = {.t = t};

	arrange(t, when);
	(void)generate(&g, when, TO_MATCH, TO_NO_MATCH);
	for (uint32_t i = g.draft.n; i > 0; i--) {
		const struct draft *d = &g.draft.v[i - 1];

		*VEC_ADD(t->pool, &t->step) = (struct bundle_step){
		    d->predicate, target(&g, d->if_true), target(&g, d->if_false)};
	}
}
