/*
 * Key files: text, one key a line, `#` comments; mode 0400 or 0600 (0640 root:group is
 * accepted for files that root owns), owned by root or by the reader. Lines:
 *
 *   secret EPOCH BASE64URL(32 bytes) [from=TIME] [until=TIME]     identity, redaction, line
 *   public  ID BASE64URL(32) ENVIRONMENT(any|dev|qa|prod) [until=TIME]   Ed25519, policy
 *   private ID BASE64URL(32) ENVIRONMENT                            Ed25519 seed, yettc only
 *
 * ID is the first 8 hex digits of SHA-256 of the public key. Several `secret` lines are
 * epochs that overlap: the highest epoch whose `from` has come is current, older ones are
 * still accepted until their `until`.
 */
#ifndef CRYPTO_KEYFILE_H
#define CRYPTO_KEYFILE_H

#include "base/buf.h"
#include "crypto/crypto.h"

#define KEYRING_MAX 16
#define SECRET_BYTES 32

struct secret {
	uint32_t epoch; /* 1 … 65535 */
	uint8_t key[SECRET_BYTES];
	int64_t from_us, until_us; /* wall; 0: open */
};

struct keyring {
	unsigned n;
	struct secret secret[KEYRING_MAX]; /* ascending epoch */
};

struct signer {
	char id[9];
	char environment[8]; /* any, dev, qa, prod */
	uint8_t public[ED25519_PUBLIC_BYTES];
	uint8_t private[ED25519_SECRET_BYTES]; /* only of a private line */
	bool has_private;
	int64_t until_us;
};

/* Parse from text (pure): ERR_MALFORMED with *line set (1 based). */
MUST_CHECK int keyring_parse(struct span text, struct keyring *out, unsigned *line);
MUST_CHECK int
signer_parse(struct span text, struct signer *out, unsigned *n, unsigned *line);
/* Read a file, checking owner and mode: ERR_DENIED when either is too open. */
MUST_CHECK int keyring_load(const char *path, struct keyring *out, unsigned *line);
/* *n holds the capacity on entry. */
MUST_CHECK int
signer_load(const char *path, struct signer *out, unsigned *n, unsigned *line);
/* One new random secret of the given epoch. */
MUST_CHECK int keyring_generate(uint32_t epoch, struct keyring *out);
void keyring_print(const struct keyring *k, struct buf *out);
/* The current secret at a time, or NULL. */
const struct secret *keyring_current(const struct keyring *k, int64_t now_us);
/* The secret in force before the current one, in the first overlap_us of that (counted from
 * its `from`; without a `from` as long as the older line stands in the file) and before its
 * own `until`; else NULL. */
const struct secret *
keyring_before(const struct keyring *k, int64_t now_us, int64_t overlap_us);

#endif
