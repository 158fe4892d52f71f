/*
 * The sections of a bundle while they grow, and what is shared between rules: equal texts,
 * sets and predicates are one element. Pure.
 */
#ifndef POLICY_TABLES_H
#define POLICY_TABLES_H

#include "bundle/bundle.h"
#include "policy/check.h"
#include "policy/intern.h"

/* member, element; in the order of the sections after SECTION_META. */
#define TABLES(X)                                 \
	X(service, struct bundle_service)         \
	X(host, struct bundle_host)               \
	X(endpoint, struct bundle_endpoint)       \
	X(node, struct bundle_node)               \
	X(literal, struct bundle_literal)         \
	X(param, struct bundle_param)             \
	X(leaf, struct bundle_leaf)               \
	X(source, struct bundle_source)           \
	X(predicate, struct bundle_predicate)     \
	X(step, struct bundle_step)               \
	X(set, struct bundle_set)                 \
	X(set_slot, struct bundle_set_slot)       \
	X(rule, struct bundle_rule)               \
	X(key, struct bundle_key)                 \
	X(anchor, struct bundle_anchor)           \
	X(anchor_slot, struct bundle_anchor_slot) \
	X(posting, uint32_t)                      \
	X(free_rule, uint32_t)                    \
	X(word, uint64_t)                         \
	X(selftest, struct bundle_selftest)       \
	X(cls, struct bundle_class)

struct tables {
	struct pool *pool;
	struct intern texts, sets, predicates;
	VEC(uint32_t) text_offset; /* by number of texts */
	uint32_t text_bytes;
	struct bundle_meta meta;
#define X(member, element) VEC(element) member;
	TABLES(X)
#undef X
};

void tables_init(struct tables *t, struct pool *pool);
/* Where a text stands; the same text always stands at the same place. */
struct bundle_text tables_text(struct tables *t, struct span s);
/* Number of the predicate, made if it is new, with its set. */
uint32_t tables_predicate(struct tables *t, const struct atom *a);
/* Slots of an open hash for n elements with room to end every probe: a power of two. */
uint32_t tables_slots(uint32_t n);

#endif
