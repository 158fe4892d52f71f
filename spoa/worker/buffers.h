/*
 * Buffers for frames, kept and handed out again: a connection borrows one while it has
 * bytes in hand and gives it back when it has none, so idle connections own no memory and
 * busy ones share a few buffers that stay in the cache. Sizes are powers of two from
 * BUFFERS_BYTES_MIN; the last one given back is the first handed out. Worker only; allocates
 * only when the pool has none of that size.
 */
#ifndef WORKER_BUFFERS_H
#define WORKER_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

#define BUFFERS_BYTES_MIN (64u << 10) /* one read: 16 requests with bodies of 3 KB */
#define BUFFERS_CLASSES 12 /* the largest is 128 MiB: above any setting */
#define BUFFERS_KEEP 64 /* free buffers kept of each size; more are given to the system */

struct buffer {
	uint8_t *p; /* NULL: none */
	size_t cap; /* bytes */
};

struct buffers_free;

struct buffers {
	struct buffers_free *free[BUFFERS_CLASSES];
	unsigned kept[BUFFERS_CLASSES];
};

void buffers_init(struct buffers *p);
void buffers_fini(struct buffers *p);
/* At least n bytes, not cleared; p is NULL when there is no memory (or n is absurd). */
struct buffer buffers_get(struct buffers *p, size_t n);
/* Gives it back; b is none afterwards. */
void buffers_put(struct buffers *p, struct buffer *b);

#endif
