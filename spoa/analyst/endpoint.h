/*
 * The endpoints of this shard: those of the bundle, those that accepted traffic showed, and
 * one `/{overflow}` per service for what finds no room.
 *
 *   worker's hash ──alias cache──► index          (the usual way: one look-up)
 *   guess ──find──► index, or none yet            (a path not seen before)
 *   guess ──add───► index                         (the same after an accepted answer)
 *
 * An endpoint found by traffic keeps its guess. When a node of the tree folds or a word is
 * released, the endpoints concerned get a new template: the first keeps its index under the
 * new hash, others with the same template are merged into it, and an alias record says so
 * of each old hash. Record hashes are endpoint_hash() of the text that the record shows
 * (tokens, not words), so that a hash confirms no guess of a word.
 *
 * Only this process; allocates; no I/O. Time is handed in.
 */
#ifndef ANALYST_ENDPOINT_H
#define ANALYST_ENDPOINT_H

#include "analyst/guess.h"
#include "analyst/release.h"
#include "analyst/service.h"
#include "analyst/sink.h"

#define ENDPOINT_NONE UINT32_MAX

struct endpoints_options {
	uint32_t capacity;
	unsigned children, listed; /* tree.h */
	struct release *release; /* outlives the table */
	struct services *services;
	struct sink sink;
	/* An endpoint's hash is about to change: emit what was summed up under the old one. */
	void (*retire)(void *ctx, uint32_t index);
	/* Indices have moved: replace what you keep by endpoints_moved(). */
	void (*moved)(void *ctx);
	void *ctx;
};

struct endpoints;

MUST_CHECK int endpoints_new(const struct endpoints_options *o, struct endpoints **out);
void endpoints_free(struct endpoints *t);
/* The bundle in force, NULL: none. Forgets aliases; endpoints stay. ERR_NOMEM. */
MUST_CHECK int
endpoints_bundle(struct endpoints *t, const struct bundle *b, int64_t now_us);

/* By the hash that worker and ctx use; ENDPOINT_NONE: not seen lately. */
uint32_t endpoints_alias(struct endpoints *t, uint64_t worker_hash);
void endpoints_alias_put(struct endpoints *t, uint64_t worker_hash, uint32_t index);
/* An endpoint that the bundle (or the worker's newer one) knows. */
uint32_t endpoints_known(struct endpoints *t, uint64_t hash, int64_t now_us);
/* By guess, without making one. */
uint32_t
endpoints_find(const struct endpoints *t, const struct guess *g, uint32_t service);
/* By guess, made if need be; the service's overflow when there is no room. */
uint32_t endpoints_add(
    struct endpoints *t, const struct guess *g, uint32_t service, int64_t now_us);
/* An identity used it with success: words may be released, indices may move. */
void
endpoints_used(struct endpoints *t, uint32_t index, uint64_t identity, int64_t now_us);

/* Describes the endpoints of a service anew whose name has changed. */
void endpoints_rename(struct endpoints *t, uint32_t service, int64_t now_us);
/* Names of services and tokens of words may have changed by themselves (a new policy, a new
 * epoch of the redaction key): ask now and then. Indices stay. */
void endpoints_renew(struct endpoints *t, int64_t now_us);

uint32_t endpoints_moved(const struct endpoints *t, uint32_t index);
uint64_t endpoints_hash(const struct endpoints *t, uint32_t index);
uint32_t endpoints_service(const struct endpoints *t, uint32_t index);
bool endpoints_is_overflow(const struct endpoints *t, uint32_t index);
uint32_t endpoints_count(const struct endpoints *t);
/* Indices are below this. */
uint32_t endpoints_limit(const struct endpoints *t);

#endif
