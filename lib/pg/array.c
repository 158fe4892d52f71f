/* See array.h. Source of the format: array_send() of PostgreSQL: dimensions, whether there
 * are nulls, element type, length and lower bound of each dimension; then length and bytes
 * of each element, length -1 for null. All big endian. */
#include "pg/array.h"

#include <endian.h>

#define HEAD_BYTES 20 /* one dimension */
#define EPOCH_US INT64_C(946684800000000) /* 2000-01-01, where timestamptz counts from */

static void
put32(struct buf *out, uint32_t v)
{
	v = htobe32(v);
	buf_put(out, &v, sizeof(v));
}

void
pg_array_fini(struct pg_array *a)
{
	buf_fini(&a->out);
}

void
pg_array_start(struct pg_array *a, enum pg_type type)
{
	static const char head[HEAD_BYTES];

	a->type = type;
	buf_clear(&a->out);
	buf_put(&a->out, head, sizeof(head));
	a->n = 0;
	a->nulls = false;
}

static int64_t
clamp(int64_t v, int64_t min, int64_t max)
{
	return v < min ? min : v > max ? max : v;
}

void
pg_array_int(struct pg_array *a, int64_t v)
{
	uint16_t v16 = htobe16((uint16_t)clamp(v, INT16_MIN, INT16_MAX));
	uint64_t v64 = htobe64((uint64_t)v);

	a->n++;
	switch (a->type) {
	case PG_INT2:
		put32(&a->out, 2);
		buf_put(&a->out, &v16, sizeof(v16));
		return;
	case PG_INT4:
		put32(&a->out, 4);
		put32(&a->out, (uint32_t)clamp(v, INT32_MIN, INT32_MAX));
		return;
	default:
		put32(&a->out, 8);
		buf_put(&a->out, &v64, sizeof(v64));
		return;
	}
}

void
pg_array_time(struct pg_array *a, int64_t wall_us)
{
	pg_array_int(a, wall_us - EPOCH_US);
}

void
pg_array_bool(struct pg_array *a, bool v)
{
	a->n++;
	put32(&a->out, 1);
	buf_put_char(&a->out, v);
}

void
pg_array_bytes(struct pg_array *a, struct span s)
{
	if (span_absent(s)) {
		pg_array_null(a);
		return;
	}
	a->n++;
	put32(&a->out, (uint32_t)s.n);
	buf_put_span(&a->out, s);
}

void
pg_array_null(struct pg_array *a)
{
	a->n++;
	a->nulls = true;
	put32(&a->out, UINT32_MAX);
}

int
pg_array_finish(struct pg_array *a, const char **value, int *length)
{
	uint32_t head[5] = {htobe32(a->n > 0), htobe32(a->nulls),
	    htobe32((uint32_t)a->type), htobe32(a->n), htobe32(1)};
	int err = buf_err(&a->out);

	*value = NULL;
	*length = 0;
	if (err || a->out.n > INT32_MAX)
		return err ? err : ERR_LIMIT;
	memcpy(a->out.p, head, sizeof(head));
	*value = a->out.p;
	/* An array without elements has no dimension to describe. */
	*length = a->n ? (int)a->out.n : HEAD_BYTES - 8;
	return OK;
}

int64_t
pg_get_int(const char *p, int length)
{
	uint64_t v = 0;

	for (int i = 0; i < length && i < 8; i++)
		v = v << 8 | (uint8_t)p[i];
	if (length == 2)
		return (int16_t)v;
	if (length == 4)
		return (int32_t)v;
	return (int64_t)v;
}

int64_t
pg_get_time(const char *p)
{
	return pg_get_int(p, 8) + EPOCH_US;
}

void
pg_put_int8(char out[8], int64_t v)
{
	uint64_t be = htobe64((uint64_t)v);

	memcpy(out, &be, sizeof(be));
}

void
pg_put_time(char out[8], int64_t wall_us)
{
	pg_put_int8(out, wall_us - EPOCH_US);
}
