/*
 * How a document becomes a tree: spec_json.c and spec_yaml.c tell its values in order, and
 * spec_node.c puts them together. JSON is read by ourselves: libfyaml 0.7 takes 12 GB
 * and a minute for a list of 60 MB.
 */
#ifndef POLICY_SPEC_BUILD_H
#define POLICY_SPEC_BUILD_H

#include "policy/spec_node.h"

struct spec_level {
	struct spec_node *node;
	struct spec_node *last; /* child */
	struct spec_node *key; /* of a map: waits for its value */
};

struct spec_builder {
	struct pool *pool;
	struct diags *diags;
	const struct source *source;
	struct spec_node *root;
	struct spec_level level[SPEC_NESTING_MAX];
	unsigned depth;
	uint32_t nodes;
	int rc; /* the first failure: nothing needs to be told any more */
};

/* Says what is wrong, once. */
void spec_build_fail(struct spec_builder *b, uint32_t offset, int rc, const char *text);
/* A new node that is nowhere yet; NULL beyond SPEC_NODES_MAX. */
struct spec_node *spec_build_node(
    struct spec_builder *b, enum spec_node_kind kind, uint32_t line, uint32_t offset);
/* Puts a key or value where the document has come to. */
void spec_build_put(struct spec_builder *b, struct spec_node *n);
/* The same for a map or list, whose values follow up to spec_build_close(). */
void spec_build_open(struct spec_builder *b, struct spec_node *n);
void spec_build_close(struct spec_builder *b);

/* body: a part of the source's text. */
void spec_build_json(struct spec_builder *b, struct span body);
void spec_build_yaml(struct spec_builder *b);

#endif
