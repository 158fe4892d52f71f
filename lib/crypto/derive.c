/* Derived keys. */
#include "crypto/derive.h"

static int
derive(const struct secret *s, struct span info, void *out, size_t n)
{
	return crypto_hkdf(span_make(s->key, SECRET_BYTES), SPAN_NONE, info, out, n);
}

int
derive_identity_key(const struct secret *s, uint8_t out[SIPHASH_KEY_BYTES])
{
	return derive(s, SPAN("yett identity v1"), out, SIPHASH_KEY_BYTES);
}

int
derive_ctx_key(const struct secret *s, uint8_t out[SIPHASH_KEY_BYTES])
{
	return derive(s, SPAN("yett ctx v1"), out, SIPHASH_KEY_BYTES);
}

int
derive_line_secret(const struct secret *s, char out[LINE_SECRET_TEXT])
{
	uint8_t raw[18];
	int rc;

	memset(out, 0, LINE_SECRET_TEXT);
	if ((rc = derive(s, SPAN("yett line v1"), raw, sizeof raw)) == OK)
		b64url_encode(raw, sizeof raw, out);
	crypto_wipe(raw, sizeof raw);
	return rc;
}
