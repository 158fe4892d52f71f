/*
 * HAProxy's variable-length integers, and texts that stand behind their length: SPOP frames
 * and req.hdrs_bin are made of them (yett-spoe(7)). A byte below 240 is the number itself;
 * else 4 bits came with it and 7 come with each byte that follows, the last one below 128.
 * Lengths are compared with what remains before anything is taken. Pure.
 */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/span.h"

#define VARINT_DIRECT 240 /* values below it are one byte */
#define VARINT_MAX 10 /* bytes of 2^64 - 1 */

/* Numbers that are longer than a byte. */
MUST_CHECK int varint_read_long(struct span *rest, uint64_t *v);

/* Both advance *rest past what they read; after ERR_TRUNCATED or ERR_MALFORMED (over 64 bits
 * or VARINT_MAX bytes) it is undefined and the result 0 or absent. */
MUST_CHECK static inline int
varint_read(struct span *rest, uint64_t *v)
{
	if (rest->n == 0 || (uint8_t)rest->p[0] >= VARINT_DIRECT)
		return varint_read_long(rest, v);
	*v = (uint8_t)rest->p[0];
	rest->p++;
	rest->n--;
	return OK;
}

MUST_CHECK static inline int
varint_text(struct span *rest, struct span *text)
{
	uint64_t n;
	int err = varint_read(rest, &n);

	*text = SPAN_NONE;
	if (err != OK)
		return err;
	if (n > rest->n)
		return ERR_TRUNCATED;
	*text = span_make(rest->p, (size_t)n);
	rest->p += n;
	rest->n -= (size_t)n;
	return OK;
}

#endif
