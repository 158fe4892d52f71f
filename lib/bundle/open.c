/*
 * Opening: the signature first, over the exact bytes; before it holds, four numbers of the
 * header are read (how many signatures, how long, which environment) and nothing else.
 * Absent, broken, by an unknown key: the same error, so there is no unsigned path.
 */
#include "bundle/internal.h"
#include "crypto/crypto.h"

/* A key made for one environment (keygen --dev) signs for nothing else. */
static bool
key_fits(const struct signer *key, const struct bundle_header *h)
{
	return strcmp(key->environment, "any") == 0 ||
	    strncmp(key->environment, h->environment, sizeof h->environment) == 0;
}

/* Whether one signature block holds under one of the trusted keys. */
static int
verify_one(struct span content, const struct bundle_signature *s,
    const struct bundle_trust *trust, const struct bundle_header *h,
    const struct signer **by, struct bundle_error *e)
{
	int rc = ERR_SIGNATURE;

	if (memcmp(s->magic, BUNDLE_SIGNATURE_MAGIC, sizeof s->magic) != 0)
		return bundle_refuse(e, rc, "no signature where one must be");
	for (unsigned i = 0; i < trust->n; i++) {
		const struct signer *key = &trust->keys[i];

		if (memcmp(key->id, s->key_id, sizeof s->key_id) != 0)
			continue;
		if (ed25519_verify(key->public, content, s->signature) != OK) {
			bundle_refuse(
			    e, rc, "the signature of key %s is broken", key->id);
			continue;
		}
		if (key->until_us && trust->now_us > key->until_us) {
			bundle_refuse(e, rc, "key %s is no longer trusted", key->id);
			continue;
		}
		if (!key_fits(key, h)) {
			rc = bundle_refuse(e, ERR_ENVIRONMENT,
			    "key %s signs for environment %s only", key->id,
			    key->environment);
			continue;
		}
		*by = key;
		return OK;
	}
	if (e->text[0] == '\0')
		bundle_refuse(
		    e, rc, "signed by key %.8s, which is not trusted here", s->key_id);
	return rc;
}

static int
verify(struct span bytes, const struct bundle_trust *trust, const struct signer **by,
    struct bundle_error *e)
{
	const struct bundle_header *h = (const void *)bytes.p;
	const struct bundle_signature *s;
	int rc = ERR_SIGNATURE;
	size_t block;

	if (bytes.n < sizeof *h || memcmp(h->magic, BUNDLE_MAGIC, sizeof h->magic) != 0)
		return bundle_refuse(e, rc, "not a bundle");
	if (h->signatures == 0 || h->signatures > BUNDLE_SIGNATURES_MAX)
		return bundle_refuse(e, rc, "not signed");
	block = h->signatures * sizeof *s;
	if (h->total_bytes != bytes.n || bytes.n - sizeof *h < block)
		return bundle_refuse(e, rc, "cut or grown: %zu bytes, header says %llu",
		    bytes.n, (unsigned long long)h->total_bytes);
	s = (const void *)(bytes.p + bytes.n - block);
	for (uint32_t i = 0; i < h->signatures; i++) {
		int one =
		    verify_one(span_head(bytes, bytes.n - block), &s[i], trust, h, by, e);

		if (one == OK)
			return OK;
		if (one == ERR_ENVIRONMENT)
			rc = one;
	}
	return rc;
}

/* What the header demands and what is in force allow. */
static int
admit(const struct bundle *b, const struct bundle_trust *trust, struct bundle_error *e)
{
	static const uint8_t none[sizeof trust->content_now];
	const struct bundle_header *h = b->header;
	bool same = memcmp(h->content, trust->content_now, sizeof none) == 0 &&
	    memcmp(none, trust->content_now, sizeof none) != 0;

	if (strncmp(h->environment, trust->environment, sizeof h->environment) != 0)
		return bundle_refuse(e, ERR_ENVIRONMENT,
		    "made for environment %.8s, this is %.8s", h->environment,
		    trust->environment);
	if (h->min_agent > trust->agent_version)
		return bundle_refuse(e, ERR_VERSION, "needs agent %u.%u.%u or later",
		    h->min_agent >> 16, h->min_agent >> 8 & 0xff, h->min_agent & 0xff);
	if (h->not_before_us && trust->now_us < h->not_before_us)
		return bundle_refuse(e, ERR_EARLY, "not valid yet");
	if (trust->revision_now && h->revision <= trust->revision_now && !same)
		return bundle_refuse(e, ERR_OLDER,
		    "revision %llu with other content, %llu is in force",
		    (unsigned long long)h->revision,
		    (unsigned long long)trust->revision_now);
	return OK;
}

int
bundle_open(struct span bytes, const struct bundle_trust *trust, struct bundle *out,
    struct bundle_error *error)
{
	const struct signer *by = NULL;
	struct bundle b;
	int rc;

	*out = (struct bundle){0};
	error->text[0] = '\0';
	if ((uintptr_t)bytes.p % 8 != 0)
		return bundle_refuse(error, ERR_INVALID, "not aligned to 8 bytes");
	if (bytes.n > BUNDLE_BYTES_MAX)
		return bundle_refuse(
		    error, ERR_LIMIT, "%zu bytes, over %u", bytes.n, BUNDLE_BYTES_MAX);
	if ((rc = verify(bytes, trust, &by, error)) != OK)
		return rc;
	if ((rc = bundle_parse(bytes, &b, error)) != OK ||
	    (rc = admit(&b, trust, error)) != OK)
		return rc;
	memcpy(b.key_id, by->id, sizeof b.key_id);
	*out = b;
	error->text[0] = '\0';
	return OK;
}
