/*
 * Prints of the TLS handshake. Inputs are the raw lists that HAProxy captured, big-endian
 * 16-bit values, GREASE (RFC 8701) dropped here whether HAProxy did or not.
 *
 *   tls.print  Yett's own: version, ciphers, extensions and formats as *sets*, groups in
 *              order, hashed to 64 bits. Left out because they change from connection to
 *              connection of one client: server name, ALPN, padding, pre-shared key, early
 *              data, cookie. Signature algorithms are left out because HAProxy before 3.1
 *              does not tell them: the print is the same on every version.
 *   JA3        MD5 of "version,ciphers,extensions,groups,formats" in decimal, by order
 *              (Althouse, Atkinson, Atkins 2017).
 *   JA4        "t13d1516h2_<12 hex of SHA-256>_<12 hex>" (FoxIO JA4, BSD licence). The ALPN
 *              is the negotiated one; the third part is "x" when the client sent signature
 *              algorithms that HAProxy did not tell.
 *
 * JA3 and JA4 are costly and constant per connection, so they are kept in a small direct
 * mapped cache and computed only if a rule asks. Pure.
 */
#ifndef ENGINE_PRINT_H
#define ENGINE_PRINT_H

#include "engine/request.h"

#define JA3_TEXT_BYTES 32
#define JA4_TEXT_MAX 36
/* Values read of one list; a capture buffer of 256 bytes holds fewer. */
#define PRINT_LIST_MAX 256

/* 0 when the request has no TLS facts. */
uint64_t print_tls(const struct request *r);
/* Absent when the handshake was not captured, or its hash cannot be computed. */
struct span print_ja3(const struct request *r, char out[JA3_TEXT_BYTES]);
struct span print_ja4(const struct request *r, char out[JA4_TEXT_MAX]);

#define PRINT_CACHE_SLOTS 256

struct print_cache_slot {
	uint64_t key; /* keyed hash of the lists, 0: empty */
	uint8_t ja3_bytes, ja4_bytes; /* 0: absent */
	char ja3[JA3_TEXT_BYTES];
	char ja4[JA4_TEXT_MAX];
};

/* Both prints of the request from the cache, computed if they are not there. key: secret,
 * so that no client can place entries. The slot is valid until the next call. */
const struct print_cache_slot *
print_cached(struct print_cache_slot cache[PRINT_CACHE_SLOTS], const uint8_t *key,
    const struct request *r);

#endif
