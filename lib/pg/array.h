/*
 * Arrays as parameters in PostgreSQL's binary format, for functions that unnest them: one
 * value after the other is put at the end, the head is filled in when it is done. Values
 * that cannot be (text with NUL) are the caller's business. And the reading of binary
 * answers' scalars. Pure but for growing memory.
 */
#ifndef PG_ARRAY_H
#define PG_ARRAY_H

#include "base/buf.h"

enum pg_type {
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_INT8 = 20,
	PG_INT2 = 21,
	PG_INT4 = 23,
	PG_TEXT = 25,
	PG_TIMESTAMPTZ = 1184,
};

struct pg_array {
	enum pg_type type;
	uint32_t n;
	bool nulls;
	struct buf out;
};

void pg_array_fini(struct pg_array *a);
/* Empty, of this type; a was zero bytes before its first start. Memory is kept. */
void pg_array_start(struct pg_array *a, enum pg_type type);
/* Integers of the array's width; values that do not fit saturate. */
void pg_array_int(struct pg_array *a, int64_t v);
/* Microseconds since 1970, for PG_TIMESTAMPTZ. */
void pg_array_time(struct pg_array *a, int64_t wall_us);
void pg_array_bool(struct pg_array *a, bool v);
void pg_array_bytes(struct pg_array *a, struct span s); /* text and bytea; absent: null */
void pg_array_null(struct pg_array *a);
/* The finished parameter: *length bytes, format 1. ERR_NOMEM. Lives until the next put. */
MUST_CHECK int pg_array_finish(struct pg_array *a, const char **value, int *length);

/* Scalars in binary answers. */
int64_t pg_get_int(const char *p, int length); /* int2, int4, int8 */
int64_t pg_get_time(const char *p); /* timestamptz as microseconds since 1970 */
/* The reverse, for one parameter of 8 bytes. */
void pg_put_int8(char out[8], int64_t v);
void pg_put_time(char out[8], int64_t wall_us);

#endif
