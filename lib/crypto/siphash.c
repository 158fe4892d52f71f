/*
 * SipHash-2-4 after the paper (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
 * 2012) and its 128-bit variant; test vectors of the authors in test_siphash.c.
 */
#include "crypto/siphash.h"

static inline uint64_t
rotl(uint64_t x, unsigned b)
{
	return x << b | x >> (64 - b);
}

#define ROUND(a, b, c, d)            \
	do {                         \
		a += b;              \
		b = rotl(b, 13) ^ a; \
		a = rotl(a, 32);     \
		c += d;              \
		d = rotl(d, 16) ^ c; \
		a += d;              \
		d = rotl(d, 21) ^ a; \
		c += b;              \
		b = rotl(b, 17) ^ c; \
		c = rotl(c, 32);     \
	} while (0)

static inline uint64_t
load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline void
absorb(struct siphash *s, uint64_t m)
{
	s->v3 ^= m;
	ROUND(s->v0, s->v1, s->v2, s->v3);
	ROUND(s->v0, s->v1, s->v2, s->v3);
	s->v0 ^= m;
}

void
siphash_init(struct siphash *s, const uint8_t key[SIPHASH_KEY_BYTES], bool wide)
{
	uint64_t k0 = load64(key), k1 = load64(key + 8);

	s->v0 = k0 ^ UINT64_C(0x736f6d6570736575);
	s->v1 = k1 ^ UINT64_C(0x646f72616e646f6d) ^ (wide ? 0xee : 0);
	s->v2 = k0 ^ UINT64_C(0x6c7967656e657261);
	s->v3 = k1 ^ UINT64_C(0x7465646279746573);
	s->tail = 0;
	s->n = 0;
	s->wide = wide;
}

void
siphash_update(struct siphash *s, const void *data, size_t n)
{
	const uint8_t *p = data;
	unsigned have = s->n & 7;

	s->n += n;
	if (have) {
		while (n && have < 8) {
			s->tail |= (uint64_t)*p++ << 8 * have++;
			n--;
		}
		if (have < 8)
			return;
		absorb(s, s->tail);
		s->tail = 0;
	}
	for (; n >= 8; n -= 8, p += 8)
		absorb(s, load64(p));
	for (unsigned i = 0; i < n; i++)
		s->tail |= (uint64_t)p[i] << 8 * i;
}

void
siphash_update_span(struct siphash *s, struct span v)
{
	uint64_t n = span_absent(v) ? UINT64_MAX : v.n;

	siphash_update(s, &n, sizeof n);
	if (v.n)
		siphash_update(s, v.p, v.n);
}

static uint64_t
finish(struct siphash *s)
{
	absorb(s, s->tail | (uint64_t)s->n << 56);
	s->v2 ^= s->wide ? 0xee : 0xff;
	for (int i = 0; i < 4; i++)
		ROUND(s->v0, s->v1, s->v2, s->v3);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t
siphash_final64(struct siphash *s)
{
	return finish(s);
}

struct hash128
siphash_final128(struct siphash *s)
{
	struct hash128 h;

	CHECK(s->wide);
	h.lo = finish(s);
	s->v1 ^= 0xdd;
	for (int i = 0; i < 4; i++)
		ROUND(s->v0, s->v1, s->v2, s->v3);
	h.hi = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
	return h;
}

uint64_t
siphash64(const uint8_t key[SIPHASH_KEY_BYTES], const void *p, size_t n)
{
	struct siphash s;

	siphash_init(&s, key, false);
	siphash_update(&s, p, n);
	return siphash_final64(&s);
}
