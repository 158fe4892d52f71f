/* Compiling a policy given as text. */
#ifndef TESTS_UNIT_POLICY_FIXTURE_H
#define TESTS_UNIT_POLICY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/compile.h"
#include "policy/dump.h"

/* SPAN() for static initialisers. */
#define SPAN_LITERAL(lit)            \
	{                            \
		lit, sizeof(lit) - 1 \
	}
#define CREATED INT64_C(1795305600000000) /* 2026-11-22 */

struct fixture {
	struct pool pool;
	struct diags diags;
	input_list inputs;
	struct buf bytes;
	struct bundle b;
	struct buf messages;
};

static inline void
fixture_add(struct fixture *f, enum input_kind kind, const char *name, struct span text)
{
	struct input *in = VEC_ADD(&f->pool, &f->inputs);

	in->kind = kind;
	in->source.name = pool_copy(&f->pool, span_str(name));
	in->source.text = pool_copy(&f->pool, text);
}

/* Compiles all inputs; OK opens f->b. Messages are in f->messages in any case. */
static inline int
fixture_compile(struct fixture *f)
{
	struct compile_options o = {
	    .revision = 7, .created_us = CREATED, .source = SPAN("test")};
	struct bundle_error e;
	int rc;

	f->diags = (struct diags){.pool = &f->pool};
	buf_clear(&f->bytes);
	buf_clear(&f->messages);
	rc = compile(&f->pool, &f->diags, f->inputs.v, f->inputs.n, &o, &f->bytes);
	diag_print(&f->diags, false, &f->messages);
	if (rc == OK && bundle_parse(buf_span(&f->bytes), &f->b, &e) != OK)
		fail_msg("bundle_parse: %s", e.text);
	return rc;
}

/* One *.rules text alone. */
static inline int
fixture_rules(struct fixture *f, const char *text)
{
	f->inputs.n = 0;
	fixture_add(f, INPUT_RULES, "t.rules", span_str(text));
	return fixture_compile(f);
}

static inline const char *
fixture_messages(const struct fixture *f)
{
	return f->messages.p ? f->messages.p : "";
}

static inline void
fixture_fini(struct fixture *f)
{
	buf_fini(&f->bytes);
	buf_fini(&f->messages);
	pool_fini(&f->pool);
	*f = (struct fixture){0};
}

#endif
