/*
 * Who may speak on the finish connection: any local process can connect, so each line
 * carries the line secret, and its ctx a MAC. While keys rotate every epoch that has not
 * ended is accepted. Pure: a `now` is handed in.
 */
#ifndef ANALYST_LINEKEY_H
#define ANALYST_LINEKEY_H

#include "crypto/derive.h"
#include "engine/ctx.h"

struct line_keys {
	unsigned n;
	struct line_key {
		uint32_t epoch;
		int64_t until_us; /* wall, 0: open */
		uint8_t ctx[SIPHASH_KEY_BYTES];
		char secret[LINE_SECRET_TEXT];
	} key[KEYRING_MAX];
};

/* Derives both keys of each epoch. ERR_IO (the crypto library). */
MUST_CHECK int line_keys_init(struct line_keys *k, const struct keyring *line);
void line_keys_wipe(struct line_keys *k);
/* Whether secret is that of an epoch; takes the same time for every secret of the right
 * length. */
bool line_keys_secret_ok(const struct line_keys *k, struct span secret, int64_t now_us);
/* Opens a ctx with the key of its epoch. Errors of ctx_open(), ERR_SIGNATURE for an epoch
 * that is not ours. */
MUST_CHECK int line_keys_ctx_open(const struct line_keys *k, struct span text,
    int64_t now_us, int64_t max_age_us, struct ctx *out);

#endif
