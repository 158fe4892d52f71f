/* ctx: sealing and opening. The layout stands in ctx.h. */
#include "engine/ctx.h"

#include "base/encode.h"
#include "crypto/crypto.h"

#define CTX_VERSION 1
#define CTX_MAC_AT 48
#define CTX_BYTES 56
#define CTX_TEXT_BYTES B64URL_LEN(CTX_BYTES)
/* Clocks of worker and analyst are one host's; this forgives a small step between them. */
#define CTX_FUTURE_US (5 * 1000 * 1000)

_Static_assert(CTX_TEXT_BYTES <= CTX_TEXT_MAX, "ctx fits its text");

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)v);
	put16(p + 2, (uint16_t)(v >> 16));
}

static void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t
get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

struct span
ctx_seal(
    const struct ctx *c, const uint8_t key[SIPHASH_KEY_BYTES], char out[CTX_TEXT_MAX])
{
	uint8_t b[CTX_BYTES];

	b[0] = CTX_VERSION;
	b[1] = c->flags;
	put16(b + 2, c->worker);
	put32(b + 4, c->revision);
	put64(b + 8, (uint64_t)c->time_us);
	put64(b + 16, c->sequence);
	put64(b + 24, c->identity);
	put64(b + 32, c->endpoint);
	put16(b + 40, c->shard);
	put16(b + 42, c->epoch);
	put32(b + 44, 0);
	put64(b + CTX_MAC_AT, siphash64(key, b, CTX_MAC_AT));
	return span_make(out, b64url_encode(b, CTX_BYTES, out));
}

/* The bytes of a sealed ctx; ERR_MALFORMED, ERR_VERSION. */
static int
ctx_decode(struct span text, uint8_t b[CTX_BYTES])
{
	size_t n;

	if (text.n != CTX_TEXT_BYTES || b64_decode(text, b, CTX_BYTES, &n) != OK ||
	    n != CTX_BYTES)
		return ERR_MALFORMED;
	return b[0] == CTX_VERSION ? OK : ERR_VERSION;
}

int
ctx_epoch(struct span text, uint16_t *epoch)
{
	uint8_t b[CTX_BYTES];

	*epoch = 0;
	if (ctx_decode(text, b) != OK)
		return ERR_MALFORMED;
	*epoch = get16(b + 42);
	return OK;
}

int
ctx_open(struct span text, const uint8_t key[SIPHASH_KEY_BYTES], int64_t now_us,
    int64_t max_age_us, struct ctx *out)
{
	uint8_t b[CTX_BYTES], mac[8];
	int64_t age_us;
	int rc;

	*out = (struct ctx){0};
	if ((rc = ctx_decode(text, b)) != OK)
		return rc;
	put64(mac, siphash64(key, b, CTX_MAC_AT));
	if (!crypto_equal(mac, b + CTX_MAC_AT, sizeof(mac)))
		return ERR_SIGNATURE;
	/* A sealed time is our own: the difference does not overflow. */
	age_us = now_us - (int64_t)get64(b + 8);
	if (age_us > max_age_us || age_us < -CTX_FUTURE_US)
		return ERR_EXPIRED;
	*out = (struct ctx){
	    .flags = b[1],
	    .worker = get16(b + 2),
	    .revision = get32(b + 4),
	    .time_us = (int64_t)get64(b + 8),
	    .sequence = get64(b + 16),
	    .identity = get64(b + 24),
	    .endpoint = get64(b + 32),
	    .shard = get16(b + 40),
	    .epoch = get16(b + 42),
	};
	return OK;
}
