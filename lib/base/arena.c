/* The bump allocator. */
#include "base/arena.h"

#include <string.h>

void
arena_init(struct arena *a, void *mem, size_t size)
{
	*a = (struct arena){.base = mem, .size = size};
}

static void *
arena_take(struct arena *a, size_t start, size_t n)
{
	if (start > a->size || n > a->size - start)
		return NULL;
	a->used = start + n;
	if (a->used > a->peak)
		a->peak = a->used;
	return a->base + start;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	uintptr_t at = (uintptr_t)a->base + a->used;

	return arena_take(a, a->used + (size_t)(-at & 15), n);
}

char *
arena_text(struct arena *a, size_t n)
{
	return arena_take(a, a->used, n);
}

struct span
arena_copy(struct arena *a, struct span s)
{
	char *p = arena_text(a, s.n);

	if (p == NULL)
		return SPAN_NONE;
	if (s.n)
		memcpy(p, s.p, s.n);
	return span_make(p, s.n);
}

void
arena_reset(struct arena *a)
{
	a->used = 0;
}

void
arena_release(struct arena *a, size_t mark)
{
	CHECK(mark <= a->used);
	a->used = mark;
}
