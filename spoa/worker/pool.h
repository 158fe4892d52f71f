/*
 * Buffers for frames, kept and handed out again: a connection borrows one while it has
 * bytes in hand and gives it back when it has none, so idle connections own no memory and
 * busy ones share a few buffers that stay in the cache. Sizes are powers of two from
 * POOL_BYTES_MIN; the last one given back is the first handed out. Worker only; allocates
 * only when the pool has none of that size.
 */
#ifndef WORKER_POOL_H
#define WORKER_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_BYTES_MIN (16u << 10) /* one bufsize of HAProxy's default */
#define POOL_CLASSES \
	14 /* the largest is 128 MiB: above spop.write_buffer_bytes' maximum */
#define POOL_KEEP 64 /* free buffers kept of each size; more are given to the system */

struct pool_buffer {
	uint8_t *p; /* NULL: none */
	size_t cap; /* bytes */
};

struct pool_free;

struct pool {
	struct pool_free *free[POOL_CLASSES];
	unsigned kept[POOL_CLASSES];
};

void pool_init(struct pool *p);
void pool_fini(struct pool *p);
/* At least n bytes, not cleared; p is NULL when there is no memory (or n is absurd). */
struct pool_buffer pool_get(struct pool *p, size_t n);
/* Gives it back; b is none afterwards. */
void pool_put(struct pool *p, struct pool_buffer *b);

#endif
