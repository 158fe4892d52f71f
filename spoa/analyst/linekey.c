/* See linekey.h. */
#include "analyst/linekey.h"

int
line_keys_init(struct line_keys *k, const struct keyring *line)
{
	*k = (struct line_keys){0};
	for (unsigned i = 0; i < line->n; i++) {
		const struct secret *s = &line->secret[i];
		struct line_key *key = &k->key[i];
		int err = derive_ctx_key(s, key->ctx);

		if (err == OK)
			err = derive_line_secret(s, key->secret);
		if (err) {
			line_keys_wipe(k);
			return err;
		}
		key->epoch = s->epoch;
		key->until_us = s->until_us;
		k->n++;
	}
	return OK;
}

void
line_keys_wipe(struct line_keys *k)
{
	crypto_wipe(k, sizeof(*k));
}

static bool
key_lives(const struct line_key *key, int64_t now_us)
{
	return key->until_us == 0 || now_us < key->until_us;
}

bool
line_keys_secret_ok(const struct line_keys *k, struct span secret, int64_t now_us)
{
	bool ok = false;

	if (secret.n != LINE_SECRET_TEXT)
		return false;
	for (unsigned i = 0; i < k->n; i++) {
		bool same = crypto_equal(k->key[i].secret, secret.p, LINE_SECRET_TEXT);

		ok |= same & key_lives(&k->key[i], now_us);
	}
	return ok;
}

int
line_keys_ctx_open(const struct line_keys *k, struct span text, int64_t now_us,
    int64_t max_age_us, struct ctx *out)
{
	uint16_t epoch;
	int err = ctx_epoch(text, &epoch);

	*out = (struct ctx){0};
	if (err)
		return err;
	for (unsigned i = 0; i < k->n; i++)
		if (k->key[i].epoch == epoch && key_lives(&k->key[i], now_us))
			return ctx_open(text, k->key[i].ctx, now_us, max_age_us, out);
	return ERR_SIGNATURE;
}
