/* What the fuzz targets of lib/http share: an arena, and the contract's checks. */
#ifndef FUZZ_HTTP_H
#define FUZZ_HTTP_H

#include <stdlib.h>

#include "base/arena.h"
#include "http/body.h"

#define FUZZ_ARENA (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
must(bool holds)
{
	if (!holds)
		abort();
}

/* An arena in memory of exactly its size; a full one is part of the test. */
static inline struct arena *
fuzz_arena(void)
{
	static struct arena a;

	if (a.base == NULL) {
		void *memory = malloc(FUZZ_ARENA);

		must(memory != NULL);
		arena_init(&a, memory, FUZZ_ARENA);
	}
	arena_reset(&a);
	return &a;
}

static inline bool
is_part(struct span part, const void *p, size_t n)
{
	const char *start = p;

	return part.p >= start && part.n <= n && (size_t)(part.p - start) <= n - part.n;
}

/* In the input, in the used part of the arena, or a constant without bytes. */
static inline void
must_live(struct span s, const uint8_t *data, size_t size, const struct arena *a)
{
	if (s.n)
		must(is_part(s, data, size) || is_part(s, a->base, a->used));
}

/* A visitor that reads every byte it is given and counts. */
struct fuzz_visit {
	unsigned seen;
	unsigned sum;
	size_t longest;
};

static inline int
fuzz_visitor(void *ctx, const struct field *f)
{
	const struct span all[] = {f->path, f->name, f->value, f->filename, f->media};
	struct fuzz_visit *v = ctx;

	must(!span_absent(f->value));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t k = 0; k < all[i].n; k++)
			v->sum += (uint8_t)all[i].p[k];
		if (all[i].n > v->longest)
			v->longest = all[i].n;
	}
	v->seen++;
	return OK;
}

/* What holds for the result of every walk of n bytes. */
static inline void
must_hold(const struct body_result *r, const struct fuzz_visit *v, size_t n, bool cut,
    const struct body_limits *limits)
{
	must(r->offset <= n);
	must(r->fields == v->seen && r->fields <= limits->fields);
	must(r->state <= BODY_MALFORMED);
	must(!cut || r->state != BODY_COMPLETE);
	must(r->state != BODY_COMPLETE || !(r->flags & (BODY_TOO_DEEP | BODY_TOO_MANY)));
}

static const struct body_limits fuzz_limits = {
    .depth = 32, .fields = 500, .inflate_bytes = 65536, .inflate_ratio = 100};

#endif
