/* Specifications given as text, and what they became as text to compare with. */
#ifndef TESTS_UNIT_POLICY_SPEC_FIXTURE_H
#define TESTS_UNIT_POLICY_SPEC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/spec_compare.h"
#include "policy/spec_read.h"

struct spec_fixture {
	struct pool pool;
	struct diags diags;
	struct source source;
	struct spec spec;
	struct buf text; /* messages, or what spec_fixture_print() made */
};

static inline int
spec_fixture_read(struct spec_fixture *f, const char *document)
{
	struct spec_read_options o = {0};
	int rc;

	f->diags = (struct diags){.pool = &f->pool};
	f->source =
	    (struct source){SPAN("t.yaml"), pool_copy(&f->pool, span_str(document))};
	rc = spec_read(&f->pool, &f->diags, &f->source, &o, &f->spec);
	f->spec.file = SPAN("t.yaml");
	buf_clear(&f->text);
	diag_print(&f->diags, false, &f->text);
	return rc;
}

static inline void
spec_fixture_fini(struct spec_fixture *f)
{
	buf_fini(&f->text);
	pool_fini(&f->pool);
	*f = (struct spec_fixture){0};
}

/* "string|null" */
static inline void
spec_fixture_types(struct buf *out, uint32_t types)
{
	static const char *const names[] = {
	    "string", "integer", "number", "boolean", "null", "file"};
	bool any = false;

	for (unsigned i = 0; i < 6; i++)
		if (types >> i & 1) {
			buf_printf(out, "%s%s", any ? "|" : "", names[i]);
			any = true;
		}
	if (!any)
		buf_put_str(out, "any");
}

/* One line a field: "> body name string required", '>' of the request, '<' of the answer. */
static inline void
spec_fixture_field(struct buf *out, const struct spec_field *x)
{
	static const char *const places[] = {
	    "", "body", "query", "path", "header", "cookie"};

	buf_printf(out, "%c %s %.*s ", x->direction == FIELD_REQUEST ? '>' : '<',
	    places[x->location], (int)x->path.n, x->path.p);
	spec_fixture_types(out, x->types);
	buf_printf(out, "%s%s\n", x->required ? " required" : "", x->open ? " open" : "");
}

static inline void
spec_fixture_list(struct buf *out, const char *name, const span_list *list)
{
	if (list->n == 0)
		return;
	buf_printf(out, " %s=", name);
	for (uint32_t i = 0; i < list->n; i++)
		buf_printf(out, "%s%.*s", i ? "," : "", (int)list->v[i].n, list->v[i].p);
}

/* One line an operation, then its fields. */
static inline const char *
spec_fixture_print(struct spec_fixture *f)
{
	buf_clear(&f->text);
	for (uint32_t i = 0; i < f->spec.operations.n; i++) {
		const struct spec_operation *o = &f->spec.operations.v[i];

		buf_printf(&f->text, "%u %.*s %.*s%s", o->line, (int)o->method.n,
		    o->method.p, (int)o->template.n, o->template.p,
		    o->deprecated ? " deprecated" : "");
		spec_fixture_list(&f->text, "security", &o->security);
		spec_fixture_list(&f->text, "hints", &o->hints);
		spec_fixture_list(&f->text, "statuses", &o->statuses);
		spec_fixture_list(&f->text, "request", &o->request_types);
		spec_fixture_list(&f->text, "response", &o->response_types);
		buf_put_char(&f->text, '\n');
		for (uint32_t k = 0; k < o->fields.n; k++)
			spec_fixture_field(&f->text, &o->fields.v[k]);
	}
	return f->text.p ? f->text.p : "";
}

/*
 * What was seen, one thing a line:
 *
 *   METHOD TEMPLATE 2XX 4XX     an endpoint with so many answers
 *   > query NAME TYPES          a field of it: '<' for answers, types as bits
 *   ! MASK NONE                 its credentials: bits of kinds, requests without any
 */
#define DAY INT64_C(86400000000)
#define NOW (INT64_C(1795305600000000)) /* 2026-11-22 */

static inline void
spec_fixture_line(struct pool *pool, struct spec_service *s, struct span line)
{
	struct spec_endpoint *e =
	    s->endpoints.n ? &s->endpoints.v[s->endpoints.n - 1] : NULL;
	struct span word[4];
	int64_t number[4] = {0};

	for (int i = 0; i < 4; i++) {
		word[i] = span_cut(&line, ' ');
		if (span_i64(word[i], &number[i]) != OK)
			number[i] = 0;
	}
	if (word[0].p[0] == '!') {
		e->auth_mask = (uint32_t)number[1];
		e->auth_none = number[2];
	} else if (word[0].p[0] == '<' || word[0].p[0] == '>') {
		static const char *const places[] = {
		    "", "body", "query", "path", "header", "cookie"};
		struct spec_seen *f = VEC_ADD(pool, &e->fields);

		f->direction = word[0].p[0] == '<' ? FIELD_RESPONSE : FIELD_REQUEST;
		for (unsigned k = 1; k < 6; k++)
			if (span_eq(word[1], span_str(places[k])))
				f->location = k;
		f->path = word[2];
		f->types = (uint32_t)number[3];
		f->first_us = span_eq(word[2], SPAN("{~early}")) ? NOW - 3 * DAY : NOW;
		f->present = f->messages = 50;
	} else {
		e = VEC_ADD(pool, &s->endpoints);
		e->id = s->endpoints.n;
		e->method = word[0];
		e->template = word[1];
		e->provisional = span_find_span(word[1], SPAN("{~")) < word[1].n;
		e->status[2] = number[2];
		e->status[4] = number[3];
		e->requests = number[2] + number[3];
		e->first_us = NOW - 12 * DAY;
		e->last_us = NOW - DAY;
		e->auth_none = e->requests;
		s->first_us = e->first_us;
	}
}

static inline void
spec_fixture_see(struct pool *pool, struct spec_service *s, const char *seen)
{
	struct span rest = span_str(seen);
	bool is_new;

	*s = (struct spec_service){.name = SPAN("shop"), .now_us = NOW};
	intern_init(&s->tokens, pool);
	intern_put(&s->tokens, SPAN("known"), &is_new);
	*VEC_ADD(pool, &s->released) = SPAN("note");
	*VEC_ADD(pool, &s->sources) = SPAN("bearer");
	*VEC_ADD(pool, &s->sources) = SPAN("basic");
	while (!span_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		if (line.n)
			spec_fixture_line(pool, s, line);
	}
}

#endif
