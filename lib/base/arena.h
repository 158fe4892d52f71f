/*
 * A bump allocator over memory handed in once: one per connection or per analysis, reset
 * per frame, so that the request path allocates nothing. What it returns lives until the
 * reset (or the release of an earlier mark). Never grows: a full arena is ERR_FULL for the
 * caller to name, not a reason to fall back to malloc.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena {
	uint8_t *base;
	size_t size; /* bytes */
	size_t used;
	size_t peak; /* most ever used, for sizing */
};

/* Uses mem[0..size) from now on; the caller keeps owning it. */
void arena_init(struct arena *a, void *mem, size_t size);
void arena_reset(struct arena *a);
/* n bytes aligned to 16, not cleared; NULL when they do not fit. */
void *arena_alloc(struct arena *a, size_t n);
/* The same without alignment, for text. */
char *arena_text(struct arena *a, size_t n);
/* A copy of s in the arena, absent (p == NULL) when it does not fit. */
struct span arena_copy(struct arena *a, struct span s);
/* Everything allocated after the mark is given back by the release. */
static inline size_t
arena_mark(const struct arena *a)
{
	return a->used;
}
void arena_release(struct arena *a, size_t mark);

#endif
