/*
 * Memory of one compilation: grows, is given back at once. Allocation does not fail to the
 * caller: without memory yettc says so on stderr and ends with status 71, for a compiler
 * has nothing better to do. Everything is zeroed.
 */
#ifndef POLICY_POOL_H
#define POLICY_POOL_H

#include "base/span.h"

struct pool {
	struct pool_chunk *chunk;
	char *at;
	size_t left;
};

#define POOL_INIT ((struct pool){0})

void pool_fini(struct pool *p); /* frees all; p is POOL_INIT again */
/* n zeroed bytes, aligned to 16; never NULL. */
void *pool_alloc(struct pool *p, size_t n);
#define POOL_NEW(p, type) ((type *)pool_alloc(p, sizeof(type)))
struct span pool_copy(struct pool *p, struct span s);
struct span pool_printf(struct pool *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A growing array whose memory is the pool's. */
#define VEC(type)               \
	struct {                \
		type *v;        \
		uint32_t n;     \
		uint32_t space; \
	}
/* A pointer to a new zeroed element at the end; valid until the next one. */
#define VEC_ADD(p, vec)                 \
	((__typeof__((vec)->v))vec_add( \
	    p, (void **)(void *)&(vec)->v, &(vec)->n, &(vec)->space, sizeof *(vec)->v))
void *vec_add(struct pool *p, void **v, uint32_t *n, uint32_t *space, size_t element);

#endif
