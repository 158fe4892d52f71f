/* Byte strings to numbers in the order of their first appearance. Pure. */
#ifndef POLICY_INTERN_H
#define POLICY_INTERN_H

#include "policy/pool.h"

struct intern {
	struct pool *pool;
	VEC(struct span) key; /* by number */
	uint32_t *slot; /* number + 1, 0: empty */
	uint32_t slots; /* power of two */
};

void intern_init(struct intern *t, struct pool *pool);
/* The number of key, given if it is new (then *is_new, and a copy is kept). */
uint32_t intern_put(struct intern *t, struct span key, bool *is_new);
/* UINT32_MAX if it is not there. */
uint32_t intern_get(const struct intern *t, struct span key);

#endif
