/*
 * What is done with OpenSSL, behind plain calls: SHA-256, HMAC-SHA256 with a prepared key,
 * HKDF-SHA256 (RFC 5869), Ed25519 (RFC 8032), random bytes. None of it logs; a failure of
 * the library itself is ERR_IO.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/buf.h"

#define SHA256_BYTES 32
#define MD5_BYTES 16
#define ED25519_PUBLIC_BYTES 32
#define ED25519_SECRET_BYTES 32 /* the seed */
#define ED25519_SIGNATURE_BYTES 64

MUST_CHECK int crypto_random(void *out, size_t n);
/* Neither this nor crypto_md5() allocates. */
MUST_CHECK int crypto_sha256(struct span data, uint8_t out[SHA256_BYTES]);
/* For JA3 alone, which is defined by it. */
MUST_CHECK int crypto_md5(struct span data, uint8_t out[MD5_BYTES]);
/* Constant-time comparison. */
bool crypto_equal(const void *a, const void *b, size_t n);
/* Overwrites key material; not optimised away. */
void crypto_wipe(void *p, size_t n);
/* Keeps the pages of key material out of swap and core dumps. Advice: false where the kernel
 * refuses to lock them (RLIMIT_MEMLOCK), and they may be swapped. */
bool crypto_guard(void *p, size_t n);

/* HMAC with the key schedule done once. Plain memory, as secret as the key: put it where the
 * key is, wipe it like that. Neither call allocates. */
struct hmac {
	_Alignas(8) uint8_t inner[112], outer[112];
};
MUST_CHECK int hmac_init(struct hmac *h, struct span key);
MUST_CHECK int
hmac_sum(const struct hmac *h, struct span data, uint8_t out[SHA256_BYTES]);

MUST_CHECK int
crypto_hkdf(struct span secret, struct span salt, struct span info, void *out, size_t n);

MUST_CHECK int ed25519_keygen(
    uint8_t secret[ED25519_SECRET_BYTES], uint8_t public[ED25519_PUBLIC_BYTES]);
MUST_CHECK int ed25519_public(
    const uint8_t secret[ED25519_SECRET_BYTES], uint8_t public[ED25519_PUBLIC_BYTES]);
MUST_CHECK int ed25519_sign(const uint8_t secret[ED25519_SECRET_BYTES], struct span data,
    uint8_t signature[ED25519_SIGNATURE_BYTES]);
/* ERR_SIGNATURE unless it holds. */
MUST_CHECK int ed25519_verify(const uint8_t public[ED25519_PUBLIC_BYTES],
    struct span data, const uint8_t signature[ED25519_SIGNATURE_BYTES]);

#endif
