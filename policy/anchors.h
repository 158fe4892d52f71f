/*
 * Which requests a rule can be about at all: of the fields that a rule's condition compares
 * by eq or in wherever it can hold, the most selective becomes its anchor. Rules without
 * one are asked for every request. Pure.
 */
#ifndef POLICY_ANCHORS_H
#define POLICY_ANCHORS_H

#include "policy/tables.h"

/* Fills anchors, postings and free rules for rules in their final order. */
void anchors_build(struct tables *t, const struct rule *rules, uint32_t n);
/* The one endpoint label or template that the rule's condition needs; absent: none or
 * several. */
struct span anchors_endpoint(struct pool *pool, const struct rule *r);

#endif
