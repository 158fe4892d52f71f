/*
 * A cheap hash for tables whose keys are ours alone (names that the bundle asks for, hosts
 * it lists): foreign text is only looked up, so it cannot build chains. Pure.
 */
#ifndef ENGINE_HASH_H
#define ENGINE_HASH_H

#include "base/span.h"

static inline uint32_t
hash_name(struct span s)
{
	uint64_t h = s.n * UINT64_C(0x9e3779b97f4a7c15), word;

	for (; s.n >= 8; s = span_from(s, 8)) {
		memcpy(&word, s.p, 8);
		h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	word = 0;
	if (s.n)
		memcpy(&word, s.p, s.n);
	h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(h >> 32);
}

#endif
