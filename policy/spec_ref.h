/*
 * References within a document: JSON pointers behind "#". What points out of the document is
 * not followed: that part counts as unknown, with a warning. Each text is looked up once.
 * Pure.
 */
#ifndef POLICY_SPEC_REF_H
#define POLICY_SPEC_REF_H

#include "policy/spec_node.h"

#define SPEC_REF_CHAIN_MAX 32 /* references to references */

struct spec_refs {
	struct pool *pool;
	struct diags *diags;
	const struct source *source;
	const struct spec_node *root;
	struct intern texts;
	VEC(const struct spec_node *) targets; /* by number of text; NULL: nowhere */
};

void spec_refs_init(struct spec_refs *r, struct pool *pool, struct diags *diags,
    const struct source *source, const struct spec_node *root);
/* What n stands for: n itself unless it is a reference. NULL if that leads nowhere: said in
 * diags, as an error if it points into the document. */
const struct spec_node *spec_ref_follow(struct spec_refs *r, const struct spec_node *n);

#endif
