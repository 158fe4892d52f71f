/*
 * Consistent tokens: the same value gives the same token on every gateway that has the same
 * key file, and nobody without the key can compute or reverse it.
 *
 *   K(class, epoch) = HKDF-SHA256(secret of the epoch, salt "", info "yett redact v1 " class)
 *   token = class "." epoch "." base32(first 128 bits of HMAC-SHA256(K, canonical value))
 *
 * base32 is lower-case RFC 4648 without padding (26 characters). Only the analyst (and
 * `yettctl token` through it) holds the key. Keys live in locked memory, are wiped on
 * release. Source: algorithms.md §9.
 */
#ifndef REDACT_REDACT_H
#define REDACT_REDACT_H

#include "base/buf.h"
#include "crypto/keyfile.h"

#define TOKEN_TEXT_MAX 64
#define TOKEN_CLASS_MAX 24

struct redactor;

/* Copies the keyring into locked memory. ERR_NOMEM. */
MUST_CHECK int redactor_new(const struct keyring *keys, struct redactor **out);
void redactor_free(struct redactor *r);

/* Token of a canonical value under the epoch current at now_us. cls: [a-z0-9_]{1,24}, for
 * undecided text "text". Writes at most TOKEN_TEXT_MAX characters; *out spans them.
 * ERR_NOTFOUND: no current epoch; ERR_INVALID: class. */
MUST_CHECK int redact_token(struct redactor *r, const char *cls, struct span canonical,
    int64_t now_us, char text[TOKEN_TEXT_MAX], struct span *out);

/* What may be said of undecided text beside its token: length and character shape, runs
 * folded: "Ab3-x" is "Aa9-a"; at most 24 characters. */
struct span redact_shape(struct span value, char out[24]);
/* Whether s is a token in the form above (nothing about its key). */
bool redact_is_token(struct span s);

#endif
