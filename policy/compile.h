/*
 * The compiler proper: sources in, an unsigned bundle or messages out. Pure; the stages are
 * model (lex, parse) → check → sort → graph, anchors, router → emit → self-tests.
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "bundle/bundle.h"
#include "policy/model.h"

/* Agents before this cannot load what this compiler writes. */
#define COMPILE_MIN_AGENT (0u << 16 | 1u << 8 | 0u)

struct compile_options {
	uint64_t revision; /* ≥ 1 */
	uint64_t parent;
	int64_t created_us;
	struct span source; /* what it was compiled from, for people */
	bool partial; /* some files only: endpoints and services may stand elsewhere */
};

/* Appends the bundle to *out (which must be empty) and returns OK, or ERR_INVALID with
 * diags->errors > 0. Warnings may come with either. Memory is the pool's; the inputs must
 * outlive it. */
MUST_CHECK int compile(struct pool *pool, struct diags *diags, const struct input *inputs,
    uint32_t n, const struct compile_options *o, struct buf *out);

/* The checked rules of a model in their final order, for compile() and `yettc dump`. */
typedef VEC(struct rule) rule_list;

#endif
