/*
 * ctx: what the worker gives HAProxy to hand back on the finish line, so that an answer
 * finds its request. 56 bytes little endian, base64url to 75 characters (at most 96):
 *
 *    0  version u8 = 1, flags u8 (low byte of the verdict's), worker u16
 *    4  revision u32 (low 32 bits)
 *    8  time u64, wall µs
 *   16  sequence u64, counts up in each worker, from the wall µs of a cold start: never
 *       reused
 *   24  identity u64, low half
 *   32  endpoint u64, hash
 *   40  shard u16, key epoch u16, zero u32
 *   48  MAC u64: SipHash-2-4 over bytes 0 to 47 with a key derived from the line secret
 *
 * Pure.
 */
#ifndef ENGINE_CTX_H
#define ENGINE_CTX_H

#include "base/span.h"
#include "crypto/siphash.h"

#define CTX_TEXT_MAX 96

struct ctx {
	uint8_t flags;
	uint16_t worker;
	uint16_t shard;
	uint16_t epoch; /* of the line key */
	uint32_t revision;
	int64_t time_us;
	uint64_t sequence;
	uint64_t identity;
	uint64_t endpoint;
};

/* Writes at most CTX_TEXT_MAX characters, returns their span in out. */
struct span ctx_seal(
    const struct ctx *c, const uint8_t key[SIPHASH_KEY_BYTES], char out[CTX_TEXT_MAX]);
/* The key epoch of a sealed ctx before its MAC is checked; ERR_MALFORMED. */
MUST_CHECK int ctx_epoch(struct span text, uint16_t *epoch);
/* ERR_MALFORMED, ERR_VERSION, ERR_SIGNATURE, ERR_EXPIRED (older than max_age_us, or more
 * than 5 s in the future). */
MUST_CHECK int ctx_open(struct span text, const uint8_t key[SIPHASH_KEY_BYTES],
    int64_t now_us, int64_t max_age_us, struct ctx *out);

#endif
