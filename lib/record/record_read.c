/*
 * Reading records: a cursor of our own over msgpack, because msgpack-c's reader allocates
 * by the announced lengths, before it knows whether the bytes are there. Here nothing is
 * allocated but histograms, and every length is compared with what remains.
 */
#include "record/fields.h"

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
	if (err == OK && (out->n > RECORD_TEXT_MAX || !record_text_valid(*out)))
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
field_take(struct span *s, const struct record_slot *f, struct record *r)
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
	if (err == OK && (*fields < RECORD_HEAD_FIELDS || *fields > RECORD_FIELDS_MAX))
		err = ERR_MALFORMED;
	if (err == OK)
		err = unsigned_take(s, UINT32_MAX, &version);
	if (err == OK)
		err = unsigned_take(s, UINT32_MAX, &kind);
	if (err)
		return err;
	if (version != RECORD_VERSION)
		return ERR_VERSION;
	if (kind == 0 || kind >= RECORD_KINDS)
		return ERR_UNSUPPORTED;
	out->kind = (enum record_kind)kind;
	*fields -= RECORD_HEAD_FIELDS;
	return *fields < record_fields[kind].n ? ERR_MALFORMED : OK;
}

int
record_unpack(struct span packed, struct record *out)
{
	uint64_t fields;
	int err;

	*out = (struct record){0};
	err = head_take(&packed, &fields, out);
	for (unsigned i = 0; err == OK && i < record_fields[out->kind].n; i++)
		err = field_take(&packed, &record_fields[out->kind].fields[i], out);
	if (err == OK)
		err = values_skip(&packed, fields - record_fields[out->kind].n);
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
