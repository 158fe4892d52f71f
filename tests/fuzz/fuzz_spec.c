/*
 * Specifications: any bytes give either a message or operations whose templates are
 * templates; what was read compares with itself, and with what was exported of it.
 * fuzz: runs=40000 (a run reads a document of some kilobytes, twice)
 */
#include <stdlib.h>

#include "policy/spec_export.h"
#include "policy/spec_read.h"

#define INPUT_BYTES_MAX 65536
#define OPERATIONS_MAX 50 /* of one input that are compared and exported */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_text(struct pool *pool, struct span text, struct spec *out)
{
	struct spec_read_options o = {0};
	struct diags diags = {.pool = pool};
	struct source *source = POOL_NEW(pool, struct source);
	struct buf messages = BUF_INIT;
	int rc;

	*source = (struct source){SPAN("fuzz"), text};
	rc = spec_read(pool, &diags, source, &o, out);
	CHECK((rc == OK) == (diags.errors == 0));
	CHECK(rc == OK || out->operations.n == 0);
	diag_print(&diags, false, &messages);
	CHECK(messages.n > 0 || diags.errors + diags.warnings == 0);
	buf_fini(&messages);
	return rc;
}

static void
check_operation(struct pool *pool, const struct spec_operation *o)
{
	CHECK(spec_match_score(o, o->template, pool) > 0);
	for (uint32_t i = 1; i < o->fields.n; i++) {
		const struct spec_field *a = &o->fields.v[i - 1], *b = &o->fields.v[i];

		CHECK(a->direction != b->direction || a->location != b->location ||
		    span_cmp(a->path, b->path) < 0);
	}
}

/* An inventory in which every declared place of every operation was seen. */
static void
see_all(struct pool *pool, const struct spec *spec, struct spec_service *s)
{
	*s = (struct spec_service){.name = SPAN("s"), .now_us = 1, .first_us = 1};
	intern_init(&s->tokens, pool);
	for (uint32_t i = 0; i < spec->operations.n && i < OPERATIONS_MAX; i++) {
		const struct spec_operation *o = &spec->operations.v[i];
		struct spec_endpoint *e = VEC_ADD(pool, &s->endpoints);

		e->id = i + 1;
		e->method = o->method;
		e->template = o->template;
		e->status[2] = e->requests = e->auth_none = 1;
		for (uint32_t k = 0; k < o->fields.n; k++) {
			struct spec_seen *f;

			/* gateways see no argument without a name */
			if (o->fields.v[k].path.n == 0 &&
			    o->fields.v[k].location != FIELD_BODY)
				continue;
			f = VEC_ADD(pool, &e->fields);
			f->direction = o->fields.v[k].direction;
			f->location = o->fields.v[k].location;
			f->path = o->fields.v[k].path;
			f->types = o->fields.v[k].types;
		}
	}
}

static void
compare(struct pool *pool, struct spec_service *s, const struct spec *spec)
{
	spec_finding_list findings = {0};

	*VEC_ADD(pool, &s->specs) = *spec;
	spec_match_service(pool, s);
	for (uint32_t i = 0; i < s->endpoints.n; i++)
		CHECK(s->endpoints.v[i].matches == s->specs.n);
	spec_compare_service(pool, s, &findings);
	for (uint32_t i = 0; i < findings.n; i++) {
		const char *kind = findings.v[i].kind;

		CHECK(strcmp(kind, "shadow") != 0);
		CHECK(strcmp(kind, "undeclared_parameter") != 0);
	}
}

static void
export_again(struct pool *pool, struct spec_service *s, bool yaml)
{
	struct spec_export_options o = {
	    .title = SPAN("t"), .version = SPAN("1"), .yaml = yaml};
	struct buf out = BUF_INIT;
	struct spec again;

	CHECK(spec_export(pool, s, &o, &out) == OK);
	CHECK(read_text(pool, pool_copy(pool, buf_span(&out)), &again) == OK);
	s->specs.n = 0;
	compare(pool, s, &again);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool pool = POOL_INIT;
	struct spec_service s;
	struct spec spec;

	if (size > INPUT_BYTES_MAX)
		return 0;
	if (read_text(&pool, span_make(data, size), &spec) == OK) {
		for (uint32_t i = 0; i < spec.operations.n; i++)
			check_operation(&pool, &spec.operations.v[i]);
		see_all(&pool, &spec, &s);
		compare(&pool, &s, &spec);
		export_again(&pool, &s, size & 1);
	}
	pool_fini(&pool);
	return 0;
}
