/*
 * The children of one place, with all that learn_place.h weighs: see there. For
 * learn_template.c alone. Pure.
 */
#ifndef POLICY_LEARN_CHILDREN_H
#define POLICY_LEARN_CHILDREN_H

#include "policy/learn_item.h"

struct children {
	struct place_child *c;
	uint32_t *n; /* items of each */
	uint32_t count;
	double paths; /* struct learn_place */
};

/* Of n items that are longer than depth, in the order of their labels there; sets the child
 * of each item. Memory is the pool's. */
void children_make(struct pool *pool, struct item **item, uint32_t n, unsigned depth,
    struct children *out);

#endif
