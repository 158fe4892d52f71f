/*
 * Structure: header, section table, then every section's content. Each length is compared
 * with what remains; the time is linear in the file's size; nothing is allocated.
 */
#include <stdarg.h>
#include <stdio.h>

#include "bundle/internal.h"
#include "crypto/crypto.h"

#define SECTION_COUNT (sizeof section_list / sizeof section_list[0])

/* Where a section's array and count go in struct bundle; text and meta are set apart. */
static const struct section_rule {
	uint32_t id, stride;
	size_t array, count;
	const char *name;
} section_list[] = {
#define ROW(id, element, array, count)                        \
	{id, sizeof(element), offsetof(struct bundle, array), \
	    offsetof(struct bundle, count), #id},
    {SECTION_TEXT, 1, offsetof(struct bundle, text), 0, "SECTION_TEXT"},
    {SECTION_META, sizeof(struct bundle_meta), offsetof(struct bundle, meta), 0,
	"SECTION_META"},
    ROW(SECTION_SERVICE, struct bundle_service, service, services) ROW(SECTION_HOST,
	struct bundle_host, host, hosts) ROW(SECTION_ENDPOINT, struct bundle_endpoint,
	endpoint, endpoints) ROW(SECTION_NODE, struct bundle_node, node, nodes)
	ROW(SECTION_LITERAL, struct bundle_literal, literal, literals) ROW(SECTION_PARAM,
	    struct bundle_param, param, params) ROW(SECTION_LEAF, struct bundle_leaf,
	    leaf, leaves) ROW(SECTION_SOURCE, struct bundle_source, source, sources)
	    ROW(SECTION_PREDICATE, struct bundle_predicate, predicate, predicates)
		ROW(SECTION_STEP, struct bundle_step, step, steps) ROW(
		    SECTION_SET, struct bundle_set, set, sets) ROW(SECTION_SET_SLOT,
		    struct bundle_set_slot, set_slot, set_slots) ROW(SECTION_RULE,
		    struct bundle_rule, rule, rules) ROW(SECTION_KEY, struct bundle_key,
		    key, keys) ROW(SECTION_ANCHOR, struct bundle_anchor, anchor, anchors)
		    ROW(SECTION_ANCHOR_SLOT, struct bundle_anchor_slot, anchor_slot,
			anchor_slots) ROW(SECTION_POSTING, uint32_t, posting, postings)
			ROW(SECTION_FREE_RULE, uint32_t, free_rule, free_rules)
			    ROW(SECTION_WORD, uint64_t, word, words) ROW(SECTION_SELFTEST,
				struct bundle_selftest, selftest, selftests)
				ROW(SECTION_CLASS, struct bundle_class, cls, classes)
#undef ROW
};

int
bundle_refuse(struct bundle_error *error, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error->text, sizeof error->text, fmt, ap);
	va_end(ap);
	return code;
}

static int
parse_header(struct span bytes, struct bundle *b, struct bundle_error *e)
{
	const struct bundle_header *h = (const void *)bytes.p;

	if (bytes.n > BUNDLE_BYTES_MAX)
		return bundle_refuse(
		    e, ERR_LIMIT, "%zu bytes, over %u", bytes.n, BUNDLE_BYTES_MAX);
	if (bytes.n < sizeof *h || memcmp(h->magic, BUNDLE_MAGIC, sizeof h->magic) != 0)
		return bundle_refuse(e, ERR_CORRUPT, "not a bundle");
	if (h->format != BUNDLE_FORMAT)
		return bundle_refuse(e, ERR_VERSION, "format %u, this program reads %u",
		    h->format, BUNDLE_FORMAT);
	if (h->total_bytes != bytes.n)
		return bundle_refuse(e, ERR_CORRUPT, "%zu bytes, the header says %llu",
		    bytes.n, (unsigned long long)h->total_bytes);
	if (h->signatures > BUNDLE_SIGNATURES_MAX)
		return bundle_refuse(e, ERR_CORRUPT, "%u signatures", h->signatures);
	if (h->sections < BUNDLE_SECTIONS_MIN || h->sections > SECTION_COUNT)
		return bundle_refuse(e, ERR_CORRUPT, "%u sections, not %d to %zu",
		    h->sections, BUNDLE_SECTIONS_MIN, SECTION_COUNT);
	if (h->environment[sizeof h->environment - 1] != '\0' || h->revision == 0)
		return bundle_refuse(e, ERR_CORRUPT, "bad header");
	for (size_t i = 0; i < sizeof h->reserved; i++)
		if (h->reserved[i])
			return bundle_refuse(e, ERR_CORRUPT, "reserved bytes are set");
	b->header = h;
	b->bytes = bytes;
	return OK;
}

static bool
all_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

static void
section_assign(struct bundle *b, const struct section_rule *r, const char *at, size_t n)
{
	const void *p = at;

	memcpy((char *)b + r->array, &p, sizeof p);
	if (r->id == SECTION_TEXT)
		b->text_bytes = n;
	else if (r->id != SECTION_META)
		*(uint32_t *)((char *)b + r->count) = (uint32_t)n;
}

/* end: where sections must stop, the first signature block. */
static int
parse_sections(struct bundle *b, size_t end, struct bundle_error *e)
{
	size_t done = sizeof *b->header, sections = b->header->sections;
	struct bundle_section s;

	if (end < done || end - done < sections * sizeof s)
		return bundle_refuse(e, ERR_CORRUPT, "no room for the section table");
	done += sections * sizeof s;
	for (size_t i = 0; i < sections; i++) {
		const struct section_rule *r = &section_list[i];

		memcpy(&s, b->bytes.p + sizeof *b->header + i * sizeof s, sizeof s);
		if (s.id != r->id || s.stride != r->stride || s.offset % 64 != 0 ||
		    s.offset < done || s.offset > end || s.offset - done >= 64 ||
		    s.count > (end - s.offset) / s.stride ||
		    (r->id == SECTION_META && s.count != 1))
			return bundle_refuse(
			    e, ERR_CORRUPT, "section %s does not fit", r->name);
		if (!all_zero(span_make(b->bytes.p + done, s.offset - done)))
			return bundle_refuse(
			    e, ERR_CORRUPT, "bytes before section %s", r->name);
		section_assign(b, r, b->bytes.p + s.offset, s.count);
		done = s.offset + s.count * s.stride;
	}
	if (end - done >= 64 || !all_zero(span_make(b->bytes.p + done, end - done)))
		return bundle_refuse(e, ERR_CORRUPT, "bytes after the last section");
	return OK;
}

static int
check_content_hash(const struct bundle *b, size_t end, struct bundle_error *e)
{
	size_t from = sizeof *b->header;
	uint8_t sum[SHA256_BYTES];
	int rc = crypto_sha256(span_make(b->bytes.p + from, end - from), sum);

	if (rc != OK)
		return bundle_refuse(e, rc, "SHA-256: %s", err_str(rc));
	if (memcmp(sum, b->header->content, sizeof sum) != 0)
		return bundle_refuse(e, ERR_CORRUPT, "the content's SHA-256 is another");
	return OK;
}

int
bundle_parse(struct span bytes, struct bundle *out, struct bundle_error *error)
{
	struct bundle b = {0};
	size_t signatures, end;
	int rc;

	*out = b;
	error->text[0] = '\0';
	if ((uintptr_t)bytes.p % 8 != 0)
		return bundle_refuse(error, ERR_INVALID, "not aligned to 8 bytes");
	if ((rc = parse_header(bytes, &b, error)) != OK)
		return rc;
	signatures = b.header->signatures * sizeof(struct bundle_signature);
	if (bytes.n - sizeof *b.header < signatures)
		return bundle_refuse(error, ERR_CORRUPT, "no room for the signatures");
	end = bytes.n - signatures;
	if ((rc = parse_sections(&b, end, error)) != OK ||
	    (rc = check_content_hash(&b, end, error)) != OK ||
	    (rc = bundle_check_router(&b, error)) != OK ||
	    (rc = bundle_check_rules(&b, error)) != OK)
		return rc;
	*out = b;
	return OK;
}
