/*
 * A hash map from a 64-bit key (already a good hash) to a 32-bit index, of fixed capacity,
 * linear probing with backward-shift deletion. The caller keeps what the indices mean.
 * Key 0 is allowed. Memory: 16 bytes a slot, slots = next power of two ≥ capacity * 4/3.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/span.h"

struct map_slot {
	uint64_t key;
	uint32_t value;
	uint32_t used;
};

struct map {
	struct map_slot *slots;
	size_t mask; /* slots - 1 */
	size_t n;
	size_t capacity;
};

#define MAP_NONE UINT32_MAX

MUST_CHECK int map_init(struct map *m, size_t capacity); /* allocates; ERR_NOMEM */
void map_fini(struct map *m);
/* The value of key, or MAP_NONE. */
uint32_t map_get(const struct map *m, uint64_t key);
/* Sets or replaces. ERR_FULL at capacity. */
MUST_CHECK int map_put(struct map *m, uint64_t key, uint32_t value);
bool map_remove(struct map *m, uint64_t key); /* whether it was there */
void map_clear(struct map *m);

#endif
