/*
 * From the hash that workers put into records and ctx to an endpoint's index: a cache in two
 * generations of equal size. When the young one is full the old one is forgotten, so a flood
 * of paths costs look-ups, never memory. Hashes are keyed here, as their senders choose
 * paths. Pure but for malloc.
 */
#ifndef ANALYST_ALIASES_H
#define ANALYST_ALIASES_H

#include "base/map.h"
#include "crypto/siphash.h"

struct aliases {
	struct map young, old;
	uint8_t key[SIPHASH_KEY_BYTES];
};

#define ALIAS_NONE MAP_NONE

MUST_CHECK int aliases_init(struct aliases *a, uint32_t capacity);
void aliases_fini(struct aliases *a);
uint32_t aliases_get(struct aliases *a, uint64_t hash);
void aliases_put(struct aliases *a, uint64_t hash, uint32_t index);
void aliases_clear(struct aliases *a);

#endif
