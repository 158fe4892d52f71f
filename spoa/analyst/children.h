/*
 * The values most seen at each parameter of a template: which of them may be endpoints of
 * their own is learned from them over all gateways (policy/learn_template.h).
 *
 *   /search/{text}: "recent" 4 000, "popular" 1 200, {~text.1.b5…} 9, …
 *
 * CHILDREN values a parameter by Space-Saving (Metwally, Agrawal, El Abbadi 2005): a value
 * that has no place takes that of the one with the smallest count and begins with it. What is
 * told are the deltas of a value since it has its place, and only once it came a few times;
 * ids that come once are never told. Only accepted requests give a value a place.
 *
 * Texts stay in memory; records have vocabulary as text and else tokens. Only this process;
 * allocates; no I/O.
 */
#ifndef ANALYST_CHILDREN_H
#define ANALYST_CHILDREN_H

#include "analyst/release.h"
#include "analyst/sink.h"

#define CHILDREN 16
#define CHILDREN_SEGMENTS_MAX 8 /* parameters of one template that are followed */

struct children_options {
	uint32_t endpoints; /* indices are below this */
	uint32_t places; /* parameters followed at all */
	struct release *release; /* both outlive it */
	struct redactor *redactor;
	struct sink sink;
	uint64_t (*endpoint_hash)(void *ctx, uint32_t endpoint);
	void *ctx;
};

struct children;

MUST_CHECK int children_new(const struct children_options *o, struct children **out);
void children_free(struct children *c);
/* A request with this value at a parameter (segment of the path, from 0) has finished. word:
 * as it stands in a template. shape: of its answer, 0: not known. weight: requests that this
 * one stands for, where they are sampled. */
void children_note(struct children *c, uint32_t endpoint, unsigned segment,
    struct span word, uint64_t identity, bool accepted, uint64_t shape, uint32_t weight);
/* Endpoints have moved or gone, as in fields.h. */
void children_moved(
    struct children *c, uint32_t (*to)(void *ctx, uint32_t endpoint), void *ctx);
/* Emits what changed; all: whatever has not been told. Returns how many. */
uint32_t children_flush(struct children *c, bool all, int64_t now_us);

#endif
