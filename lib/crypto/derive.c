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

int
derive_redaction_key(const struct secret *s, struct span cls, uint8_t out[SHA256_BYTES])
{
	static const char prefix[] = "yett redact v1 ";
	char info[sizeof(prefix) - 1 + DERIVE_CLASS_MAX];

	memset(out, 0, SHA256_BYTES);
	if (cls.n > DERIVE_CLASS_MAX)
		return ERR_RANGE;
	memcpy(info, prefix, sizeof(prefix) - 1);
	memcpy(info + sizeof(prefix) - 1, cls.p, cls.n);
	return derive(s, span_make(info, sizeof(prefix) - 1 + cls.n), out, SHA256_BYTES);
}

int
derive_value_key(const struct secret *s, uint8_t out[SIPHASH_KEY_BYTES])
{
	return derive(s, SPAN("yett values v1"), out, SIPHASH_KEY_BYTES);
}
