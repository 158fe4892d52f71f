/*
 * A YAML or JSON document as a tree that knows its lines. YAML comes as events of libfyaml,
 * so that the tree is ours and bounded: an alias shares the nodes of its anchor and is never
 * expanded, "<<" is merged by reference, and everything is counted.
 *
 * Pure, save that libfyaml allocates.
 */
#ifndef POLICY_SPEC_NODE_H
#define POLICY_SPEC_NODE_H

#include "policy/diag.h"
#include "policy/intern.h"

#define SPEC_NODES_MAX \
	4000000 /* some 300 MB; the largest known document has half of it */
#define SPEC_NESTING_MAX 64 /* levels; libfyaml promises no more */
#define SPEC_ANCHORS_MAX 1000
#define SPEC_MERGED_MAX 200 /* keys, and maps, that "<<" of one map looks at */

enum spec_node_kind { NODE_NULL, NODE_SCALAR, NODE_MAP, NODE_LIST };

struct spec_node {
	uint8_t kind; /* enum spec_node_kind */
	bool plain; /* a scalar without quotes */
	uint32_t line; /* 1 based; of the key, if it has one */
	uint32_t offset; /* in the text */
	uint32_t n; /* children */
	struct span key; /* in a map; absent in a list */
	struct span text; /* of a scalar */
	struct spec_node *child, *next;
	struct spec_keys *keys; /* of maps with many children */
};

struct spec_keys {
	struct intern names; /* number: the place in child */
	VEC(struct spec_node *) child;
};

/* Reads the only document of a text. ERR_MALFORMED or ERR_LIMIT with a message in diags,
 * then *out is NULL. The tree points into the pool and into the text, which must live as
 * long. */
MUST_CHECK int spec_node_read(struct pool *pool, struct diags *diags,
    const struct source *source, struct spec_node **out);

/* The value of a key, NULL if there is none or n is NULL or no map. */
const struct spec_node *spec_node_get(const struct spec_node *n, const char *key);
const struct spec_node *spec_node_find(const struct spec_node *n, struct span key);
/* The text of a scalar under a key, absent if it is none. */
struct span spec_node_text(const struct spec_node *n, const char *key);
bool spec_node_true(const struct spec_node *n, const char *key);
/* n itself is a scalar of this text. */
bool spec_node_is(const struct spec_node *n, const char *text);

/* The children of a map or list. */
#define SPEC_EACH(child_, n_)                                                    \
	for (const struct spec_node *child_ = (n_) ? (n_)->child : NULL; child_; \
	     child_ = child_->next)

#endif
