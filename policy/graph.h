/*
 * A condition as a decision graph: each step tests one predicate and goes forward. Parts of
 * `and` and `or` are asked in the order of what they cost; predicates have no effects, so
 * the outcome is the same. One step for each test of the condition. Pure.
 */
#ifndef POLICY_GRAPH_H
#define POLICY_GRAPH_H

#include "policy/tables.h"

/* Appends the steps of the condition to the tables, relative to the first of them. */
void graph_build(struct tables *t, struct cond *when);

#endif
