/*
 * From a normalised target to an endpoint of the bundle: a walk down the trie of
 * SECTION_NODE. Literal before typed parameter before any segment, depth first, going back
 * when a branch ends without an endpoint for the method. Bounded: a target of n segments
 * visits at most n + ROUTER_TRIES_MAX nodes. Pure.
 */
#ifndef ENGINE_ROUTER_H
#define ENGINE_ROUTER_H

#include "bundle/bundle.h"
#include "http/target.h"

/* Wrong turns allowed; a sane policy needs two or three. */
#define ROUTER_TRIES_MAX 64

struct route {
	uint32_t endpoint; /* of the URL itself, or BUNDLE_NONE */
	uint32_t node; /* where it ended, or BUNDLE_NONE */
	bool operations; /* sub-operations are endpoints of their own */
	struct span
	    verb; /* of the target, absent if it was read as part of the segment */
};

/* root: a service's node or BUNDLE_NONE. */
void router_find(const struct bundle *b, uint32_t root, const struct target *t,
    struct span method, struct route *out);
/* The endpoint of a sub-operation where the route ended, or BUNDLE_NONE. */
uint32_t router_operation(const struct bundle *b, const struct route *r,
    struct span method, struct span operation);

#endif
