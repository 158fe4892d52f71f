/*
 * The names of objects, for the walker: whether one occurs twice. Hashes of (object, decoded
 * name); the first JSON_NEAR of each open object stand in a row and are compared one by one,
 * an object with more moves to a table for the whole document, cleared when it is first
 * needed. The table has room for every name that the bytes can hold, up to JSON_NAMES_MAX and
 * a quarter of the arena; later names are not checked. Hashes are not keyed: someone who
 * crafts collisions can set the flag on their own request, and cannot clear it, for a full
 * neighbourhood counts as a duplicate. Pure.
 */
#ifndef HTTP_JSONNAME_H
#define HTTP_JSONNAME_H

#include "base/arena.h"

#define JSON_NEAR 16 /* most objects have fewer names */
#define JSON_NAMES_MAX 8192 /* 128 KiB of table; a body of 16 KiB cannot hold more */

struct json_names {
	uint64_t *near; /* JSON_NEAR for each level */
	uint64_t *slot; /* the table */
	size_t mask, n, max;
	bool clear;
};

/* For documents of so many bytes and levels; memory from the arena. ERR_FULL. */
MUST_CHECK int json_names_init(
    struct json_names *names, size_t bytes, unsigned depth_max, struct arena *a);
/* A name beyond the row: whether the table knows it. count: names of the object before,
 * those that occur again left out. */
bool json_names_far(
    struct json_names *names, const uint64_t *near, unsigned count, uint64_t hash);

static inline uint64_t
json_name_load(const char *p, size_t bytes)
{
	uint64_t word = 0;

	memcpy(&word, p, bytes);
	return word;
}

static inline uint64_t
json_name_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Of sixteen bytes or fewer, by the first eight and the last eight. */
static inline uint64_t
json_name_short(uint32_t object, uint64_t first, uint64_t last, size_t n)
{
	uint64_t seed = object * UINT64_C(0x9e3779b97f4a7c15) + n;

	return json_name_mix(first ^ seed, last ^ UINT64_C(0xe7037ed1a0b428db)) ^ first;
}

/* Never 0. quick: sixteen bytes can be read, the name being at most so long. */
static inline uint64_t
json_name_hash(uint32_t object, struct span s, bool quick)
{
	uint64_t h = 0;
	char copy[16] = {0};

	if (!quick) {
		for (; s.n > sizeof(copy); s = span_from(s, 8))
			h = json_name_mix(h ^ json_name_load(s.p, 8) ^ s.n,
			    UINT64_C(0xa0761d6478bd642f));
		if (s.n)
			memcpy(copy, s.p, s.n);
		s.p = copy;
	}
	if (s.n >= 8)
		h ^= json_name_short(object, json_name_load(s.p, 8),
		    json_name_load(s.p + s.n - 8, 8), s.n);
	else
		h ^= json_name_short(object,
		    json_name_load(s.p, 8) & ((UINT64_C(1) << 8 * s.n) - 1), 0, s.n);
	return h ? h : 1;
}

/* Whether the object open at this level, with *count names so far, has this name already;
 * counts it. */
static inline bool
json_names_seen(struct json_names *names, unsigned level, uint32_t *count, uint64_t hash)
{
	uint64_t *near = names->near + (size_t)level * JSON_NEAR;
	uint32_t n = *count;

	if (n >= JSON_NEAR) {
		++*count;
		return json_names_far(names, near, n, hash);
	}
	for (uint32_t i = 0; i < n; i++)
		if (near[i] == hash)
			return true;
	near[n] = hash;
	*count = n + 1;
	return false;
}

#endif
