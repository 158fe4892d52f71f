/*
 * Consistent tokens: the same value gives the same token on every gateway that has the same
 * key file, and nobody without the key can compute or reverse it.
 *
 *   K(class, epoch) = HKDF-SHA256(secret of the epoch, salt "", info "yett redact v1 " class)
 *   token = class "." epoch "." base32(first 128 bits of HMAC-SHA256(K, canonical value))
 *
 * base32 is lower-case RFC 4648 without padding (26 characters). Only the analyst (and
 * `yettctl token` through it) holds the key. Keys and what is derived from them live in one
 * mapping that is locked and not dumped, and is wiped on release. Source: algorithms.md §9.
 *
 * Rotation: where the key file has a newer epoch, tokens are of that one from its `from` on.
 * For a while (redactor_overlap) the token under the epoch before is computed as well and the
 * pair is told, once: a *link*. With the links whoever holds the tokens can join them without
 * a key, and the old epoch can be destroyed.
 */
#ifndef REDACT_REDACT_H
#define REDACT_REDACT_H

#include "base/buf.h"
#include "classify/classify.h"
#include "crypto/keyfile.h"

#define TOKEN_TEXT_MAX 64
#define TOKEN_CLASS_MAX 24

struct redactor;

/* Copies the keyring into locked memory: wipe yours. ERR_NOMEM. */
MUST_CHECK int redactor_new(const struct keyring *keys, struct redactor **out);
void redactor_free(struct redactor *r);

/* Token of a canonical value under the epoch current at now_us. cls: [a-z0-9_]{1,24}, for
 * undecided text "text". Writes at most TOKEN_TEXT_MAX characters; *out spans them.
 * ERR_NOTFOUND: no current epoch; ERR_INVALID: class. */
MUST_CHECK int redact_token(struct redactor *r, const char *cls, struct span canonical,
    int64_t now_us, char text[TOKEN_TEXT_MAX], struct span *out);
/* The same of a value as it came: in the canonical form of its class. */
MUST_CHECK int redact_value(struct redactor *r, const struct class_info *cls,
    struct span value, int64_t now_us, char text[TOKEN_TEXT_MAX], struct span *out);
/* A keyed hash of 64 bits for sketches of distinct values: SipHash under a key of the current
 * epoch, the same on every gateway; 0 without an epoch. Equal values count as one within an
 * epoch. Too short to be a token: never write one down. */
uint64_t redact_value_hash(struct redactor *r, struct span value, int64_t now_us);
/* Number of the epoch in force, 0 when there is none. */
uint32_t redact_epoch(const struct redactor *r, int64_t now_us);

/* From now on links are told of each token that redact_token() makes in the first overlap_us
 * of an epoch, once for a token while it is remembered (the last some ten thousand are). The
 * spans are good during the call. ERR_NOMEM: links are not told. */
typedef void redact_link(void *ctx, struct span from, struct span to, int64_t now_us);
MUST_CHECK int
redactor_overlap(struct redactor *r, int64_t overlap_us, redact_link *tell, void *ctx);
/* The token under the epoch before, while it overlaps; tells nobody. ERR_NOTFOUND: there is
 * none, or the overlap is over. */
MUST_CHECK int redact_token_before(struct redactor *r, const char *cls,
    struct span canonical, int64_t now_us, char text[TOKEN_TEXT_MAX], struct span *out);

/* What may be said of undecided text beside its token: length and character shape, runs
 * folded: "Ab3-x" is "Aa9-a"; at most 24 characters. */
struct span redact_shape(struct span value, char out[24]);
/* Whether s is a token in the form above (nothing about its key). */
bool redact_is_token(struct span s);
/* A request's unique id as it may be told: a UUID as it is, which no value has the form of;
 * anything else may come from a client and is told as its token of class "request_id"; empty
 * when there is none. */
struct span redact_request_id(
    struct redactor *r, struct span id, int64_t now_us, char text[TOKEN_TEXT_MAX]);

#endif
