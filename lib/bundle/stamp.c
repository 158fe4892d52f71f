/* Restamping: header and signatures anew, the content as it is. */
#include "bundle/internal.h"
#include "crypto/crypto.h"

void
bundle_stamp_of(const struct bundle *b, struct bundle_stamp *out)
{
	const struct bundle_header *h = b->header;

	*out = (struct bundle_stamp){
	    .revision = h->revision,
	    .parent = h->parent,
	    .created_us = h->created_us,
	    .not_before_us = h->not_before_us,
	    .expires_us = h->expires_us,
	};
}

static int
check_stamp(const struct bundle_header *h, const struct bundle_stamp *stamp,
    struct bundle_error *e)
{
	if (stamp->revision == 0)
		return bundle_refuse(e, ERR_INVALID, "revisions start at 1");
	if (stamp->expires_us && stamp->expires_us <= stamp->not_before_us)
		return bundle_refuse(e, ERR_INVALID, "expires before it is valid");
	if (stamp->n > BUNDLE_SIGNATURES_MAX)
		return bundle_refuse(
		    e, ERR_LIMIT, "at most %u keys", BUNDLE_SIGNATURES_MAX);
	for (unsigned i = 0; i < stamp->n; i++) {
		const struct signer *k = &stamp->keys[i];

		if (!k->has_private)
			return bundle_refuse(
			    e, ERR_INVALID, "key %s has no private half", k->id);
		if (strcmp(k->environment, "any") != 0 &&
		    strncmp(k->environment, h->environment, sizeof h->environment) != 0)
			return bundle_refuse(e, ERR_ENVIRONMENT,
			    "key %s signs for environment %s, the bundle is for %.8s",
			    k->id, k->environment, h->environment);
	}
	return OK;
}

static int
sign(struct span content, const struct signer *key, struct bundle_signature *out)
{
	memcpy(out->magic, BUNDLE_SIGNATURE_MAGIC, sizeof out->magic);
	memcpy(out->key_id, key->id, sizeof out->key_id);
	return ed25519_sign(key->private, content, out->signature);
}

int
bundle_stamp(struct span bytes, const struct bundle_stamp *stamp, struct buf *out,
    struct bundle_error *error)
{
	struct bundle_signature s[BUNDLE_SIGNATURES_MAX];
	struct bundle_header h;
	size_t start = out->n, content;
	struct bundle b;
	int rc;

	if ((rc = bundle_parse(bytes, &b, error)) != OK ||
	    (rc = check_stamp(b.header, stamp, error)) != OK)
		return rc;
	h = *b.header;
	content = bytes.n - h.signatures * sizeof s[0];
	h.revision = stamp->revision;
	h.parent = stamp->parent;
	h.created_us = stamp->created_us;
	h.not_before_us = stamp->not_before_us;
	h.expires_us = stamp->expires_us;
	h.signatures = stamp->n;
	h.total_bytes = content + stamp->n * sizeof s[0];
	buf_put(out, &h, sizeof h);
	buf_put(out, bytes.p + sizeof h, content - sizeof h);
	if ((rc = buf_err(out)) != OK)
		return bundle_refuse(error, rc, "%s", err_str(rc));
	for (unsigned i = 0; rc == OK && i < stamp->n; i++)
		rc = sign(span_make(out->p + start, content), &stamp->keys[i], &s[i]);
	if (rc == OK) {
		buf_put(out, s, stamp->n * sizeof s[0]);
		rc = buf_err(out);
	}
	return rc == OK ? OK : bundle_refuse(error, rc, "signing: %s", err_str(rc));
}
