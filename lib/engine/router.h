/*
 * From a normalised target to an endpoint of the bundle: a walk down the trie of
 * SECTION_NODE. Literal before typed parameter before any segment, depth first, going back
 * when a branch ends without an endpoint for the method. Bounded: a target of n segments
 * visits at most n + ROUTER_TRIES_MAX nodes.
 *
 * The walk is a chain of cache misses, so the engine keeps the trie in a form of its own:
 * nodes of 32 bytes numbered depth first, so that the only literal of a node is the node
 * behind it; the common cases (one parameter, one leaf) inside the node; leaves that differ
 * by method alone in a row; and all other literals in one table by (node, segment). Segments are compared by a keyed 64-bit hash:
 * who does not know the key cannot make two segments meet. Pure after router_init().
 */
#ifndef ENGINE_ROUTER_H
#define ENGINE_ROUTER_H

#include "bundle/bundle.h"
#include "crypto/siphash.h"
#include "http/target.h"

/* Wrong turns allowed; a sane policy needs two or three. */
#define ROUTER_TRIES_MAX 64
/* Methods known by number; endpoints of further ones are found by their text. */
#define ROUTER_METHODS_MAX 32

struct route_node {
	uint64_t hash; /* of the literal that leads here, 0: a parameter does */
	uint32_t param_mask; /* of the only parameter, 0: see flags */
	uint32_t param_child;
	uint32_t endpoint; /* of the only leaf; of several: the first in router.leaf */
	uint32_t source; /* node in the bundle */
	uint16_t flags; /* enum route_flag of router.c */
	uint8_t method; /* of the only leaf: number, 0: any */
	uint8_t leaves; /* 0: none, or see flags */
	uint8_t pad[4];
};
_Static_assert(sizeof(struct route_node) == 32, "two nodes a cache line");

struct route_leaf {
	uint32_t endpoint;
	uint8_t method;
	bool operations; /* its sub-operations are endpoints */
};

struct route_slot {
	uint32_t tag; /* of (node, segment) */
	uint32_t child; /* 0: empty (node 0 is nobody's child) */
};

struct router {
	uint64_t seed[2];
	struct route_node *node;
	struct route_slot *slot;
	struct route_leaf *leaf;
	uint32_t leaves;
	uint32_t mask; /* slots - 1 */
	uint32_t *param_child; /* per parameter of the bundle */
	uint32_t *root; /* per service, BUNDLE_NONE: none */
	struct span method[ROUTER_METHODS_MAX]; /* [0] is any */
	unsigned methods;
};

struct route {
	uint32_t endpoint; /* of the URL itself, or BUNDLE_NONE */
	uint32_t node; /* of the bundle, where it ended, or BUNDLE_NONE */
	bool operations; /* sub-operations are endpoints of their own */
	struct span
	    verb; /* of the target, absent if it was read as part of the segment */
};

MUST_CHECK int router_init(
    struct router *x, const struct bundle *b, const uint8_t key[SIPHASH_KEY_BYTES]);
void router_fini(struct router *x);
void router_find(const struct router *x, const struct bundle *b, uint32_t service,
    const struct target *t, struct span method, struct route *out);
/* The endpoint of a sub-operation where the route ended, or BUNDLE_NONE. */
uint32_t router_operation(const struct bundle *b, const struct route *r,
    struct span method, struct span operation);

#endif
