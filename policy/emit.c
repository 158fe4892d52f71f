/* One section after the other, each at a multiple of 64. */
#include "policy/emit.h"

#include "crypto/crypto.h"

enum {
#define X(id, value, element) COUNT_##id,
	BUNDLE_SECTION_TABLE(X)
#undef X
	    SECTION_COUNT
};

static void
pad(struct buf *out)
{
	static const char zeros[64];

	if (out->n % 64)
		buf_put(out, zeros, 64 - out->n % 64);
}

static void
put_section(struct buf *out, struct bundle_section *s, uint32_t id, size_t stride,
    const void *p, size_t count)
{
	pad(out);
	*s = (struct bundle_section){id, (uint32_t)stride, out->n, count};
	if (count)
		buf_put(out, p, stride * count);
}

static void
put_texts(struct buf *out, struct bundle_section *s, const struct intern *texts)
{
	pad(out);
	*s = (struct bundle_section){SECTION_TEXT, 1, out->n, 0};
	for (uint32_t i = 0; i < texts->key.n; i++)
		buf_put_span(out, texts->key.v[i]);
	s->count = out->n - s->offset;
}

int
emit_bundle(const struct tables *t, const struct bundle_header *h, struct buf *out)
{
	struct bundle_section section[SECTION_COUNT], *s = section;
	struct bundle_header header = *h;
	uint32_t id = SECTION_META;
	int rc;

	memcpy(header.magic, BUNDLE_MAGIC, sizeof header.magic);
	header.format = BUNDLE_FORMAT;
	header.sections = SECTION_COUNT;
	header.signatures = 0;
	memset(section, 0, sizeof section);
	buf_put(out, &header, sizeof header);
	buf_put(out, section, sizeof section);
	put_texts(out, s++, &t->texts);
	put_section(out, s++, id, sizeof t->meta, &t->meta, 1);
#define X(member, element) \
	put_section(out, s++, ++id, sizeof(element), t->member.v, t->member.n);
	TABLES(X)
#undef X
	pad(out);
	if ((rc = buf_err(out)) != OK)
		return rc;
	if (out->n >
	    BUNDLE_BYTES_MAX - BUNDLE_SIGNATURES_MAX * sizeof(struct bundle_signature))
		return ERR_LIMIT;
	header.total_bytes = out->n;
	memcpy(out->p + sizeof header, section, sizeof section);
	rc = crypto_sha256(
	    span_make(out->p + sizeof header, out->n - sizeof header), header.content);
	memcpy(out->p, &header, sizeof header);
	return rc;
}
