/*
 * See record.h. One table per kind names the fields in their order; writer and reader both
 * walk it. msgpack-c writes. Reading is a cursor of our own over the same format, because
 * msgpack-c's reader allocates by the announced lengths, before it knows whether they are
 * there: here nothing is allocated but histograms, and every length is compared with what
 * remains.
 */
#include "record/record.h"

#include <msgpack.h>

#define TEXT_BYTES_MAX 65536 /* counters of an agent; everything else is far shorter */
#define HEAD_FIELDS 2 /* version, kind */
#define FIELDS_MAX 256 /* of a record of a later minor version */

enum field_type {
	FIELD_U64,
	FIELD_U32,
	FIELD_I64,
	FIELD_TEXT,
	FIELD_HIST,
	FIELD_DISTINCT
};

struct field {
	enum field_type type;
	size_t offset; /* in struct record */
};

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

static const struct field endpoint_fields[] = {
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

static const struct field summary_fields[] = {
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

static const struct field decision_fields[] = {
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

static const struct field coverage_fields[] = {
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

static const struct field agent_fields[] = {
    I64(agent, at_us),
    TEXT(agent, name),
    TEXT(agent, environment),
    TEXT(agent, version),
    U64(agent, revision),
    I64(agent, started_us),
    U64(agent, cold_starts),
    U64(agent, deaths),
    TEXT(agent, counters),
};

static const struct field gap_fields[] = {
    I64(gap, from_us),
    I64(gap, to_us),
    U64(gap, records),
    U64(gap, requests),
    TEXT(gap, cause),
};

static const struct field word_fields[] = {
    TEXT(word, token),
    TEXT(word, text),
    U64(word, identities),
    I64(word, at_us),
};

#define KIND(fields, stream)                                       \
	{                                                          \
		fields, sizeof(fields) / sizeof(*(fields)), stream \
	}
static const struct {
	const struct field *fields;
	unsigned n;
	enum record_stream stream;
} kinds[] = {
    [RECORD_ENDPOINT] = KIND(endpoint_fields, STREAM_ALERT),
    [RECORD_SUMMARY] = KIND(summary_fields, STREAM_SUMMARY),
    [RECORD_DECISION] = KIND(decision_fields, STREAM_ALERT),
    [RECORD_COVERAGE] = KIND(coverage_fields, STREAM_SUMMARY),
    [RECORD_AGENT] = KIND(agent_fields, STREAM_SUMMARY),
    [RECORD_GAP] = KIND(gap_fields, STREAM_SUMMARY),
    [RECORD_WORD] = KIND(word_fields, STREAM_ALERT),
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

enum record_stream
record_stream_of(enum record_kind kind)
{
	CHECK(kind > 0 && (size_t)kind < KINDS);
	return kinds[kind].stream;
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

static bool
text_valid(struct span s)
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

		if (out->n + 4 > TEXT_BYTES_MAX)
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
	if (s.n > TEXT_BYTES_MAX || !text_valid(s)) {
		text_repair(s, &repaired);
		s = buf_span(&repaired);
	}
	msgpack_pack_str_with_body(pk, s.p, s.n);
	buf_fini(&repaired);
}

static void
field_pack(msgpack_packer *pk, const struct field *f, const struct record *r)
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

	CHECK(r->kind > 0 && (size_t)r->kind < KINDS);
	msgpack_packer_init(&pk, out, packer_write);
	msgpack_pack_array(&pk, HEAD_FIELDS + kinds[r->kind].n);
	msgpack_pack_uint32(&pk, RECORD_VERSION);
	msgpack_pack_uint32(&pk, r->kind);
	for (unsigned i = 0; i < kinds[r->kind].n; i++)
		field_pack(&pk, &kinds[r->kind].fields[i], r);
}

/* --- reading ------------------------------------------------------------------------- */

/* The next `bytes` bytes as a big-endian number. */
static int
number_take(struct span *s, size_t bytes, uint64_t *out)
{
	*out = 0;
	if (s->n < bytes)
		return ERR_MALFORMED;
	for (size_t i = 0; i < bytes; i++)
		*out = *out << 8 | (uint8_t)s->p[i];
	*s = span_from(*s, bytes);
	return OK;
}

static int
byte_take(struct span *s, uint8_t *out)
{
	uint64_t v;
	int err = number_take(s, 1, &v);

	*out = (uint8_t)v;
	return err;
}

/* An integer: its value, and whether it is below zero (then in two's complement). */
static int
integer_take(struct span *s, uint64_t *out, bool *negative)
{
	uint8_t c;
	int err = byte_take(s, &c);
	unsigned bytes;

	*out = 0;
	*negative = false;
	if (err)
		return err;
	if (c < 0x80) {
		*out = c;
		return OK;
	}
	if (c >= 0xe0) {
		*out = (uint64_t)(int64_t)(int8_t)c;
		*negative = true;
		return OK;
	}
	if (c < 0xcc || c > 0xd3)
		return ERR_MALFORMED;
	bytes = 1u << (c & 3);
	err = number_take(s, bytes, out);
	if (err || c < 0xd0)
		return err;
	*out = (uint64_t)((int64_t)(*out << (64 - 8 * bytes)) >> (64 - 8 * bytes));
	*negative = (int64_t)*out < 0;
	return OK;
}

static int
unsigned_take(struct span *s, uint64_t max, uint64_t *out)
{
	bool negative;
	int err = integer_take(s, out, &negative);

	if (err == OK && (negative || *out > max))
		err = ERR_MALFORMED;
	return err;
}

static int
signed_take(struct span *s, int64_t *out)
{
	uint64_t v;
	bool negative;
	int err = integer_take(s, &v, &negative);

	if (err == OK && !negative && v > INT64_MAX)
		err = ERR_MALFORMED;
	*out = (int64_t)v;
	return err;
}

static int
array_take(struct span *s, uint64_t *n)
{
	uint8_t c;
	int err = byte_take(s, &c);

	*n = c & 0x0f;
	if (err || (c & 0xf0) == 0x90)
		return err;
	if (c == 0xdc || c == 0xdd)
		return number_take(s, c == 0xdc ? 2 : 4, n);
	return ERR_MALFORMED;
}

/* n bytes that were announced. */
static int
body_take(struct span *s, uint64_t n, struct span *out)
{
	if (n > s->n)
		return ERR_MALFORMED;
	*out = span_head(*s, (size_t)n);
	*s = span_from(*s, (size_t)n);
	return OK;
}

static int
text_take(struct span *s, struct span *out)
{
	uint64_t n;
	uint8_t c;
	int err = byte_take(s, &c);

	*out = SPAN_NONE;
	if (err || c == 0xc0)
		return err;
	if ((c & 0xe0) == 0xa0)
		n = c & 0x1f;
	else if (c >= 0xd9 && c <= 0xdb)
		err = number_take(s, 1u << (c - 0xd9), &n);
	else
		err = ERR_MALFORMED;
	if (err == OK)
		err = body_take(s, n, out);
	if (err == OK && (out->n > TEXT_BYTES_MAX || !text_valid(*out)))
		err = ERR_MALFORMED;
	return err;
}

static int
bin_take(struct span *s, struct span *out)
{
	uint64_t n;
	uint8_t c;
	int err = byte_take(s, &c);

	if (err == OK && (c < 0xc4 || c > 0xc6))
		err = ERR_MALFORMED;
	if (err == OK)
		err = number_take(s, 1u << (c - 0xc4), &n);
	if (err == OK)
		err = body_take(s, n, out);
	return err;
}

/* What follows the type byte of a value: bytes to pass over, values inside it. */
static int
value_shape(struct span *s, uint8_t c, uint64_t *bytes, uint64_t *values)
{
	static const uint8_t fixed[] = {/* from 0xca: float to int 64 */ 4, 8, 1, 2, 4, 8,
	    1, 2, 4, 8, /* from 0xd4: fixext, with its type */ 2, 3, 5, 9, 17};
	uint64_t n = 0;
	int err = OK;

	*bytes = 0;
	*values = 0;
	if (c < 0x80 || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3)
		return OK;
	if (c < 0x90)
		*values = 2u * (c & 0x0f);
	else if (c < 0xa0)
		*values = c & 0x0f;
	else if (c < 0xc0)
		*bytes = c & 0x1f;
	else if (c >= 0xca && c <= 0xd8)
		*bytes = fixed[c - 0xca];
	else if (c >= 0xc4 && c <= 0xc9) {
		err = number_take(s, 1u << ((c - 0xc4) % 3), &n);
		*bytes = n + (c >= 0xc7);
	} else if (c >= 0xd9 && c <= 0xdb)
		err = number_take(s, 1u << (c - 0xd9), bytes);
	else if (c >= 0xdc) {
		err = number_take(s, c & 1 ? 4 : 2, &n);
		*values = c >= 0xde ? 2 * n : n;
	} else
		err = ERR_MALFORMED;
	return err;
}

/* Passes over n values of any type. */
static int
values_skip(struct span *s, uint64_t n)
{
	while (n > 0) {
		struct span body;
		uint64_t bytes, values;
		uint8_t c;
		int err = byte_take(s, &c);

		if (err == OK)
			err = value_shape(s, c, &bytes, &values);
		if (err == OK)
			err = body_take(s, bytes, &body);
		/* Each value still to come takes a byte at least. */
		if (err == OK && values > s->n)
			err = ERR_MALFORMED;
		if (err)
			return err;
		n += values - 1;
	}
	return OK;
}

static int
field_take(struct span *s, const struct field *f, struct record *r)
{
	void *at = (char *)r + f->offset;
	struct span packed;
	uint64_t v;
	int err;

	switch (f->type) {
	case FIELD_U64: return unsigned_take(s, UINT64_MAX, at);
	case FIELD_U32:
		err = unsigned_take(s, UINT32_MAX, &v);
		*(uint32_t *)at = (uint32_t)v;
		return err;
	case FIELD_I64: return signed_take(s, at);
	case FIELD_TEXT: return text_take(s, at);
	case FIELD_HIST:
		err = bin_take(s, &packed);
		return err ? err : hist_unpack(at, packed);
	case FIELD_DISTINCT:
		err = bin_take(s, &packed);
		return err ? err : distinct_unpack(at, packed);
	}
	return ERR_MALFORMED;
}

static int
head_take(struct span *s, uint64_t *fields, struct record *out)
{
	uint64_t version, kind;
	int err;

	if (s->n > RECORD_BYTES_MAX)
		return ERR_MALFORMED;
	err = array_take(s, fields);
	if (err == OK && (*fields < HEAD_FIELDS || *fields > FIELDS_MAX))
		err = ERR_MALFORMED;
	if (err == OK)
		err = unsigned_take(s, UINT32_MAX, &version);
	if (err == OK)
		err = unsigned_take(s, UINT32_MAX, &kind);
	if (err)
		return err;
	if (version != RECORD_VERSION)
		return ERR_VERSION;
	if (kind == 0 || kind >= KINDS)
		return ERR_UNSUPPORTED;
	out->kind = (enum record_kind)kind;
	*fields -= HEAD_FIELDS;
	return *fields < kinds[kind].n ? ERR_MALFORMED : OK;
}

int
record_unpack(struct span packed, struct record *out)
{
	uint64_t fields;
	int err;

	*out = (struct record){0};
	err = head_take(&packed, &fields, out);
	for (unsigned i = 0; err == OK && i < kinds[out->kind].n; i++)
		err = field_take(&packed, &kinds[out->kind].fields[i], out);
	if (err == OK)
		err = values_skip(&packed, fields - kinds[out->kind].n);
	if (err == OK && packed.n > 0)
		err = ERR_MALFORMED;
	if (err) {
		record_fini(out);
		*out = (struct record){0};
	}
	return err;
}

void
record_fini(struct record *r)
{
	if (r->kind != RECORD_SUMMARY)
		return;
	hist_fini(&r->summary.latency_us);
	hist_fini(&r->summary.request_size);
	hist_fini(&r->summary.response_size);
}
