/*
 * Cheap hashes for tables. hash_name: for tables whose keys are ours alone (names that the
 * bundle asks for, hosts it lists); foreign text is only looked up, so it cannot build
 * chains. hash_seeded: 64 bits under a secret seed, where equal hashes are taken for equal
 * text: who does not know the seed cannot aim at a collision. Pure.
 */
#ifndef ENGINE_HASH_H
#define ENGINE_HASH_H

#include "base/span.h"

static inline uint64_t
hash_load64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static inline uint64_t
hash_load32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

/* Up to 7 bytes as a number; which bytes stand where depends on n alone. */
static inline uint64_t
hash_load_short(const char *p, size_t n)
{
	if (n >= 4)
		return hash_load32(p) | hash_load32(p + n - 4) << 32;
	if (n == 0)
		return 0;
	return (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 |
	    (uint64_t)(uint8_t)p[n - 1] << 16;
}

static inline uint64_t
hash_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t
hash_seeded(const uint64_t seed[2], struct span s)
{
	uint64_t h = seed[0] ^ s.n * UINT64_C(0x9e3779b97f4a7c15), tail;
	size_t i = 0;

	for (; s.n - i > 8; i += 8)
		h = hash_fold(h ^ hash_load64(s.p + i), seed[1]);
	tail = s.n >= 8 ? hash_load64(s.p + s.n - 8) : hash_load_short(s.p, s.n);
	return hash_fold(hash_fold(h ^ tail, seed[1]), seed[0] | 1);
}

static inline uint32_t
hash_name(struct span s)
{
	static const uint64_t seed[2] = {
	    UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db)};

	return (uint32_t)hash_seeded(seed, s);
}

#endif
