/*
 * See record.h. One table per kind names the fields in their order; writer and reader both
 * walk it. msgpack-c writes; record_read.c says why it does not read.
 */
#include <msgpack.h>

#include "record/fields.h"

#define U64(kind, name)                                       \
	{                                                     \
		FIELD_U64, offsetof(struct record, kind.name) \
	}
#define U32(kind, name)                                       \
	{                                                     \
		FIELD_U32, offsetof(struct record, kind.name) \
	}
#define I64(kind, name)                                       \
	{                                                     \
		FIELD_I64, offsetof(struct record, kind.name) \
	}
#define TEXT(kind, name)                                       \
	{                                                      \
		FIELD_TEXT, offsetof(struct record, kind.name) \
	}
#define HIST(kind, name)                                       \
	{                                                      \
		FIELD_HIST, offsetof(struct record, kind.name) \
	}
#define DISTINCT(kind, name)                                       \
	{                                                          \
		FIELD_DISTINCT, offsetof(struct record, kind.name) \
	}

static const struct record_slot endpoint_fields[] = {
    U64(endpoint, hash),
    U64(endpoint, alias_of),
    TEXT(endpoint, service),
    TEXT(endpoint, method),
    TEXT(endpoint, template_text),
    TEXT(endpoint, operation),
    I64(endpoint, first_us),
    U32(endpoint, provisional),
    TEXT(endpoint, shapes),
};

static const struct record_slot summary_fields[] = {
    U64(summary, hash),
    I64(summary, minute_us),
    I64(summary, first_us),
    I64(summary, last_us),
    U64(summary, requests),
    U64(summary, watched),
    U64(summary, status[0]),
    U64(summary, status[1]),
    U64(summary, status[2]),
    U64(summary, status[3]),
    U64(summary, status[4]),
    U64(summary, status[5]),
    U64(summary, denied),
    U64(summary, limited),
    U64(summary, dropped),
    U64(summary, shadowed),
    U64(summary, inspected[0]),
    U64(summary, inspected[1]),
    U64(summary, inspected[2]),
    U64(summary, undecided),
    U64(summary, unfinished),
    U64(summary, request_bytes),
    U64(summary, response_bytes),
    U32(summary, auth_mask),
    U64(summary, auth_none),
    HIST(summary, latency_us),
    HIST(summary, request_size),
    HIST(summary, response_size),
    DISTINCT(summary, identities),
};

static const struct record_slot decision_fields[] = {
    I64(decision, minute_us),
    U64(decision, hash),
    U32(decision, action),
    U32(decision, shadow_action),
    TEXT(decision, rule),
    TEXT(decision, reason),
    U64(decision, revision),
    U64(decision, requests),
    I64(decision, first_us),
    I64(decision, last_us),
    U32(decision, status),
    DISTINCT(decision, identities),
    U64(decision, sample_identity_hi),
    U64(decision, sample_identity_lo),
    TEXT(decision, sample_id),
};

static const struct record_slot coverage_fields[] = {
    I64(coverage, minute_us),
    TEXT(coverage, service),
    U64(coverage, requests),
    U64(coverage, decided),
    U64(coverage, undecided),
    U64(coverage, unfinished),
    U64(coverage, body_partial),
    U64(coverage, body_none),
    U64(coverage, ring_dropped),
    U64(coverage, pending_evicted),
    U64(coverage, finish_bad),
    U64(coverage, tap_seen),
    U64(coverage, tap_cut),
    U64(coverage, tap_gzip),
    U64(coverage, overflow),
};

static const struct record_slot gap_fields[] = {
    I64(gap, from_us),
    I64(gap, to_us),
    U64(gap, records),
    U64(gap, requests),
    TEXT(gap, cause),
};

static const struct record_slot word_fields[] = {
    TEXT(word, token),
    TEXT(word, text),
    U64(word, identities),
    I64(word, at_us),
};

#define PLACE(kind)                                                          \
	U64(kind, at.hash), U32(kind, at.direction), U32(kind, at.location), \
	    TEXT(kind, at.path)
#define CLASS(i)                                                                \
	TEXT(observation, cls[i].name), U64(observation, cls[i].hits),          \
	    U64(observation, cls[i].checked), U64(observation, cls[i].certain), \
	    U64(observation, cls[i].contained), I64(observation, cls[i].prior)

static const struct record_slot observation_fields[] = {
    PLACE(observation),
    I64(observation, first_us),
    I64(observation, last_us),
    U64(observation, messages),
    U64(observation, present),
    U64(observation, values),
    U32(observation, types),
    U32(observation, status_mask),
    U64(observation, bytes_max),
    DISTINCT(observation, distinct),
    CLASS(0),
    CLASS(1),
    CLASS(2),
    CLASS(3),
};
_Static_assert(OBSERVATION_CLASSES == 4, "a CLASS() for each");

static const struct record_slot suspect_fields[] = {
    PLACE(suspect),
    TEXT(suspect, cls),
    I64(suspect, at_us),
    U64(suspect, values),
    U64(suspect, hits),
    I64(suspect, score),
    TEXT(suspect, evidence),
    TEXT(suspect, sample_id),
};

static const struct record_slot child_fields[] = {
    U64(child, hash),
    U32(child, segment),
    TEXT(child, word),
    U64(child, requests),
    U64(child, accepted),
    DISTINCT(child, identities),
    U64(child, shape),
};

static const struct record_slot link_fields[] = {
    TEXT(link, from),
    TEXT(link, to),
    I64(link, at_us),
};

#define KIND(fields, stream)                                       \
	{                                                          \
		fields, sizeof(fields) / sizeof(*(fields)), stream \
	}
const struct record_fields record_fields[RECORD_KINDS] = {
    [RECORD_ENDPOINT] = KIND(endpoint_fields, STREAM_ALERT),
    [RECORD_SUMMARY] = KIND(summary_fields, STREAM_SUMMARY),
    [RECORD_DECISION] = KIND(decision_fields, STREAM_ALERT),
    [RECORD_COVERAGE] = KIND(coverage_fields, STREAM_SUMMARY),
    [RECORD_GAP] = KIND(gap_fields, STREAM_SUMMARY),
    [RECORD_WORD] = KIND(word_fields, STREAM_ALERT),
    [RECORD_OBSERVATION] = KIND(observation_fields, STREAM_SUMMARY),
    [RECORD_SUSPECT] = KIND(suspect_fields, STREAM_ALERT),
    [RECORD_CHILD] = KIND(child_fields, STREAM_SUMMARY),
    [RECORD_LINK] = KIND(link_fields, STREAM_ALERT),
};

enum record_stream
record_stream_of(enum record_kind kind)
{
	CHECK(kind > 0 && kind < RECORD_KINDS);
	return record_fields[kind].stream;
}

/* --- text ---------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at the front of s, 0 if there is none that PostgreSQL takes
 * (overlong, surrogate, beyond U+10FFFF, NUL). */
static size_t
utf8_take(struct span s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	uint32_t c;
	size_t n;

	if (p[0] < 0x80)
		return p[0] != 0;
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || s.n < n)
		return 0;
	c = p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

bool
record_text_valid(struct span s)
{
	size_t n;

	for (; s.n > 0; s = span_from(s, n)) {
		n = utf8_take(s);
		if (n == 0)
			return false;
	}
	return true;
}

/* What cannot be text becomes U+FFFD, what is too long is cut. */
static void
text_repair(struct span s, struct buf *out)
{
	while (s.n > 0) {
		size_t n = utf8_take(s);

		if (out->n + 4 > RECORD_TEXT_MAX)
			return;
		if (n > 0)
			buf_put(out, s.p, n);
		else
			buf_put_str(out, "\xef\xbf\xbd");
		s = span_from(s, n ? n : 1);
	}
}

/* --- writing ------------------------------------------------------------------------- */

static int
packer_write(void *data, const char *p, size_t n)
{
	buf_put(data, p, n);
	return 0;
}

static void
text_pack(msgpack_packer *pk, struct span s)
{
	struct buf repaired = BUF_INIT;

	if (span_absent(s)) {
		msgpack_pack_nil(pk);
		return;
	}
	if (s.n > RECORD_TEXT_MAX || !record_text_valid(s)) {
		text_repair(s, &repaired);
		s = buf_span(&repaired);
	}
	msgpack_pack_str_with_body(pk, s.p, s.n);
	buf_fini(&repaired);
}

static void
field_pack(msgpack_packer *pk, const struct record_slot *f, const struct record *r)
{
	const void *at = (const char *)r + f->offset;
	struct buf packed = BUF_INIT;

	switch (f->type) {
	case FIELD_U64: msgpack_pack_uint64(pk, *(const uint64_t *)at); return;
	case FIELD_U32: msgpack_pack_uint32(pk, *(const uint32_t *)at); return;
	case FIELD_I64: msgpack_pack_int64(pk, *(const int64_t *)at); return;
	case FIELD_TEXT: text_pack(pk, *(const struct span *)at); return;
	case FIELD_HIST: hist_pack(at, &packed); break;
	case FIELD_DISTINCT: distinct_pack(at, &packed); break;
	}
	msgpack_pack_bin_with_body(pk, packed.p, packed.n);
	buf_fini(&packed);
}

void
record_pack(const struct record *r, struct buf *out)
{
	msgpack_packer pk;

	CHECK(r->kind > 0 && r->kind < RECORD_KINDS);
	msgpack_packer_init(&pk, out, packer_write);
	msgpack_pack_array(&pk, RECORD_HEAD_FIELDS + record_fields[r->kind].n);
	msgpack_pack_uint32(&pk, RECORD_VERSION);
	msgpack_pack_uint32(&pk, r->kind);
	for (unsigned i = 0; i < record_fields[r->kind].n; i++)
		field_pack(&pk, &record_fields[r->kind].fields[i], r);
}
