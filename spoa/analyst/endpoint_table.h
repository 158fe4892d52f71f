/* What endpoint.c and fold.c share: the table itself. For nobody else. */
#ifndef ANALYST_ENDPOINT_TABLE_H
#define ANALYST_ENDPOINT_TABLE_H

#include "analyst/aliases.h"
#include "analyst/canon.h"
#include "analyst/endpoint.h"

enum endpoint_kind {
	ENDPOINT_FREE,
	ENDPOINT_BARE, /* only its hash is known: the worker's bundle is newer than ours */
	ENDPOINT_BUNDLE,
	ENDPOINT_TRAFFIC,
	ENDPOINT_OVERFLOW,
};

struct endpoint {
	uint64_t hash; /* of records */
	uint64_t key; /* TRAFFIC: canon.h */
	int64_t first_us;
	uint32_t service;
	uint32_t next; /* free list */
	uint32_t moved; /* merged into this index, ENDPOINT_NONE: alive */
	uint8_t kind;
	uint8_t n; /* undecided words */
	struct undecided *undecided; /* n, all held */
	struct guess *guess; /* TRAFFIC */
};

struct endpoints {
	struct endpoints_options o;
	struct endpoint *e;
	uint32_t limit, free, count;
	struct map by_hash; /* decided ones */
	struct map by_key; /* TRAFFIC */
	struct aliases aliases;
	struct tree *tree;
	uint32_t *overflow; /* per service */
	uint32_t *work; /* indices being folded */
	uint32_t *zombie; /* merged away, to be freed when nobody keeps their index */
	uint32_t zombies;
	const struct bundle *bundle;
	struct map bundle_map; /* record hash to endpoint of the bundle */
	struct buf text, shapes; /* of the endpoint being described */
};

/* Emits the description of a TRAFFIC endpoint; `hash` is the one to describe, alias_of the
 * one that replaces it or 0. */
void endpoint_describe(struct endpoints *t, const struct endpoint *e,
    const struct canon *c, uint64_t hash, uint64_t alias_of);
/* The same of one of the bundle, by its number there. */
void endpoint_describe_bundle(struct endpoints *t, const struct endpoint *e, uint32_t at);
/* Holds the words of c for e in place of those it held; computes text, shapes and the hash.
 * On error e holds what it held before. */
MUST_CHECK int
endpoint_take(struct endpoints *t, struct endpoint *e, struct canon *c, int64_t now_us);

/* rename.c: the alias from the hash that the endpoint in hand (t->text) had under the
 * redaction epoch before, while both overlap. */
void endpoint_describe_before(
    struct endpoints *t, const struct endpoint *e, const struct canon *c);

/* fold.c: sums go out, the endpoint leaves the tree from an undecided word on (the way down is
 * another one) and the map of keys. */
void endpoint_lift(struct endpoints *t, uint32_t i, unsigned from);
/* Whoever keeps indices learns of the merged ones before these are used again. */
void endpoints_finish(struct endpoints *t);
/* resolve.c: endpoints of traffic that the bundle has under a learned template. */
void endpoints_resolve(struct endpoints *t);

/* fold.c: folds what the tree says, until it says nothing more. True if anything was. */
bool endpoints_fold(struct endpoints *t, int64_t now_us);
/* Gives new templates to every endpoint that has a word which is decided by now. */
void endpoints_redecide(struct endpoints *t, int64_t now_us);

#endif
