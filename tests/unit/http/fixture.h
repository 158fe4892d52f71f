/*
 * What the tests of lib/http share: inputs in copies of exactly their size (AddressSanitizer
 * then sees the first byte read past them), an arena, and a visitor that writes leaves down
 * as text, one a line: `path=value`, with the type's letter for what is no string.
 */
#ifndef TESTS_HTTP_FIXTURE_H
#define TESTS_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "http/body.h"

#define ARENA_BYTES (1 << 20)
#define COPIES_MAX 4096

static struct arena arena;
static char *copies[COPIES_MAX];
static unsigned copies_n;

static inline int
fixture_setup(void **state)
{
	static void *memory;

	if (memory == NULL)
		memory = malloc(ARENA_BYTES);
	arena_init(&arena, memory, ARENA_BYTES);
	*state = memory;
	return memory == NULL;
}

static inline int
fixture_teardown(void **state)
{
	while (copies_n)
		free(copies[--copies_n]);
	return 0;
}

static inline struct span
exact_span(struct span s)
{
	char *p = malloc(s.n ? s.n : 1);

	assert_non_null(p);
	assert_true(copies_n < COPIES_MAX);
	if (s.n)
		memcpy(p, s.p, s.n);
	copies[copies_n++] = p;
	return span_make(p, s.n);
}

static inline struct span
exact(const char *text)
{
	return exact_span(span_str(text));
}

static inline void
assert_span(struct span got, const char *want)
{
	if (want == NULL) {
		assert_true(span_absent(got));
		return;
	}
	if (!span_eq(got, span_str(want)) || span_absent(got))
		fail_msg("got \"%.*s\", want \"%s\"", (int)got.n, got.p, want);
}

struct leaves {
	char text[65536];
	size_t n;
	unsigned stop_after; /* 0: never */
	unsigned seen;
};

static inline void
leaves_put(struct leaves *l, struct span s)
{
	assert_true(s.n < sizeof(l->text) - l->n);
	if (s.n)
		memcpy(l->text + l->n, s.p, s.n);
	l->n += s.n;
	l->text[l->n] = '\0';
}

static inline int
leaves_visit(void *ctx, const struct field *f)
{
	static const struct span sign[] = {
	    [VALUE_STRING] = SPAN("="),
	    [VALUE_NUMBER] = SPAN("#"),
	    [VALUE_TRUE] = SPAN("!"),
	    [VALUE_FALSE] = SPAN("!"),
	    [VALUE_NULL] = SPAN("!"),
	};
	struct leaves *l = ctx;

	leaves_put(l, f->path);
	leaves_put(l, sign[f->type]);
	leaves_put(l, f->value);
	if (!span_absent(f->filename)) {
		leaves_put(l, SPAN(" file "));
		leaves_put(l, f->filename);
	}
	if (!span_absent(f->media)) {
		leaves_put(l, SPAN(" media "));
		leaves_put(l, f->media);
	}
	leaves_put(l, SPAN("\n"));
	l->seen++;
	return l->stop_after && l->seen >= l->stop_after;
}

static const struct body_limits limits = {
    .depth = 16, .fields = 100, .inflate_bytes = 65536, .inflate_ratio = 100};

#define UNIT(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

#endif
