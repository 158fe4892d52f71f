/* A chain of chunks, filled from the front. */
#include "policy/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/exit.h"

#define CHUNK_BYTES (64u * 1024)

struct pool_chunk {
	struct pool_chunk *before;
	size_t pad;
};
_Static_assert(sizeof(struct pool_chunk) == 16, "chunks keep alignment");

static _Noreturn void
no_memory(void)
{
	fputs("yettc: out of memory\n", stderr);
	exit(EXIT_NO_MEMORY);
}

void
pool_fini(struct pool *p)
{
	while (p->chunk) {
		struct pool_chunk *before = p->chunk->before;

		free(p->chunk);
		p->chunk = before;
	}
	*p = POOL_INIT;
}

static void *
new_chunk(struct pool *p, size_t n)
{
	struct pool_chunk *c;

	if (n > SIZE_MAX - sizeof *c || (c = calloc(1, sizeof *c + n)) == NULL)
		no_memory();
	c->before = p->chunk;
	p->chunk = c;
	return c + 1;
}

void *
pool_alloc(struct pool *p, size_t n)
{
	void *at;

	if (n > SIZE_MAX - 15)
		no_memory();
	n = (n + 15) & ~(size_t)15;
	if (n > CHUNK_BYTES / 4 && n > p->left)
		return new_chunk(p, n); /* what is left of the current one stays */
	if (n > p->left) {
		p->at = new_chunk(p, CHUNK_BYTES);
		p->left = CHUNK_BYTES;
	}
	at = p->at;
	p->at += n;
	p->left -= n;
	return at;
}

struct span
pool_copy(struct pool *p, struct span s)
{
	char *to = pool_alloc(p, s.n + 1);

	if (s.n)
		memcpy(to, s.p, s.n);
	return span_make(to, s.n);
}

struct span
pool_printf(struct pool *p, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	CHECK(n >= 0);
	to = pool_alloc(p, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return span_make(to, (size_t)n);
}

void *
vec_add(struct pool *p, void **v, uint32_t *n, uint32_t *space, size_t element)
{
	if (*n == *space) {
		uint32_t more = *space ? *space * 2 : 8;
		void *to;

		if (more < *space)
			no_memory();
		to = pool_alloc(p, more * element);
		if (*n)
			memcpy(to, *v, *n * element);
		*v = to;
		*space = more;
	}
	return (char *)*v + (size_t)(*n)++ * element;
}
