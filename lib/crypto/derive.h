/*
 * What is derived from the key files' secrets, in one place, because several processes must
 * agree: HKDF-SHA256 with an info text of its own for each use. Pure.
 */
#ifndef CRYPTO_DERIVE_H
#define CRYPTO_DERIVE_H

#include "base/encode.h"
#include "crypto/crypto.h"
#include "crypto/keyfile.h"
#include "crypto/siphash.h"

/* Key of identities (worker, analyst): info "yett identity v1". */
MUST_CHECK int
derive_identity_key(const struct secret *s, uint8_t out[SIPHASH_KEY_BYTES]);
/* Key of the ctx MAC (worker, analyst): info "yett ctx v1". */
MUST_CHECK int derive_ctx_key(const struct secret *s, uint8_t out[SIPHASH_KEY_BYTES]);

#define LINE_SECRET_TEXT B64URL_LEN(18)
/* The text that HAProxy puts on each finish line (YETT_LINE_SECRET in its environment):
 * 18 bytes of info "yett line v1" as base64url, 24 characters, no NUL. */
MUST_CHECK int derive_line_secret(const struct secret *s, char out[LINE_SECRET_TEXT]);

/* Key of the tokens of one class (analyst): info "yett redact v1 " and the class, whose name
 * has at most DERIVE_CLASS_MAX bytes. ERR_RANGE. */
#define DERIVE_CLASS_MAX 24
MUST_CHECK int
derive_redaction_key(const struct secret *s, struct span cls, uint8_t out[SHA256_BYTES]);
/* Key of redact_value_hash() (analyst): info "yett values v1". */
MUST_CHECK int derive_value_key(const struct secret *s, uint8_t out[SIPHASH_KEY_BYTES]);

#endif
