/*
 * SipHash-2-4 (Aumasson, Bernstein 2012), 64 and 128 bit: the keyed hash of the request
 * path (identities, ctx MAC, shared tables). Not a substitute for HMAC where tokens leave
 * the host. Pure.
 */
#ifndef CRYPTO_SIPHASH_H
#define CRYPTO_SIPHASH_H

#include "base/span.h"

#define SIPHASH_KEY_BYTES 16

struct hash128 {
	uint64_t lo, hi;
};

uint64_t siphash64(const uint8_t key[SIPHASH_KEY_BYTES], const void *p, size_t n);

/* Streaming form: pieces as if joined; separate them yourself (lengths) where it matters. */
struct siphash {
	uint64_t v0, v1, v2, v3, tail;
	size_t n;
	int wide;
};
void siphash_init(struct siphash *s, const uint8_t key[SIPHASH_KEY_BYTES], bool wide);
void siphash_update(struct siphash *s, const void *p, size_t n);
/* update with an 8-byte length before the bytes; an absent span is distinct from empty. */
void siphash_update_span(struct siphash *s, struct span v);
uint64_t siphash_final64(struct siphash *s);
struct hash128 siphash_final128(struct siphash *s);

static inline bool
hash128_eq(struct hash128 a, struct hash128 b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

#endif
