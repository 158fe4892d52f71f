/* Taking specifications in, and writing findings. */
#include "policy/spec_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/template.h"

#define FIELDS_AT_ONCE 50000 /* rows of one call */
#define PATH_BYTES_MAX 1024 /* as yett.field.path */

int
spec_store_query(struct pg_sync *pg, const char *sql, int n, const char *const *values,
    PGresult **rows, struct source_error *e)
{
	struct pg_error error = {0};
	int rc = pg_sync_query(pg, sql, n, values, rows, &error);

	if (rc != OK)
		snprintf(e->text, sizeof e->text, "database: %s%s",
		    rc == ERR_VERSION
			? "no schema of Yett here, or an older one (yettctl "
			  "init, yettctl migrate): "
			: "",
		    error.text);
	return rc;
}

const char *
spec_store_text(struct pool *pool, struct span s)
{
	return pool_printf(pool, "%.*s", (int)s.n, s.p ? s.p : "").p;
}

/* --- arrays ------------------------------------------------------------------------- */

void
spec_arrays_start(struct spec_arrays *a, const char *types)
{
	for (a->n = 0; types[a->n]; a->n++) {
		static const struct {
			char letter;
			enum pg_type type;
		} known[] = {{'t', PG_TEXT}, {'i', PG_INT4}, {'s', PG_INT2},
		    {'l', PG_INT8}, {'b', PG_BOOL}};

		CHECK(a->n < SPEC_ARRAYS_MAX);
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (known[i].letter == types[a->n])
				pg_array_start(&a->array[a->n], known[i].type);
	}
}

void
spec_arrays_fini(struct spec_arrays *a)
{
	for (int i = 0; i < SPEC_ARRAYS_MAX; i++)
		pg_array_fini(&a->array[i]);
}

int
spec_arrays_call(struct spec_arrays *a, struct pg_sync *pg, const char *sql, int texts,
    const char *const *text, PGresult **rows, struct source_error *e)
{
	const char *values[2 * SPEC_ARRAYS_MAX] = {0};
	int lengths[2 * SPEC_ARRAYS_MAX] = {0}, formats[2 * SPEC_ARRAYS_MAX] = {0};
	struct pg_error error = {0};
	int rc = OK;

	CHECK(texts <= SPEC_ARRAYS_MAX);
	for (int i = 0; i < texts; i++)
		values[i] = text[i];
	for (int i = 0; rc == OK && i < a->n; i++) {
		rc = pg_array_finish(
		    &a->array[i], &values[texts + i], &lengths[texts + i]);
		formats[texts + i] = 1;
	}
	if (rc != OK) {
		snprintf(e->text, sizeof e->text, "database: %s", err_str(rc));
		return rc;
	}
	rc = pg_sync_query_binary(
	    pg, sql, texts + a->n, values, lengths, formats, 0, rows, &error);
	if (rc != OK)
		snprintf(e->text, sizeof e->text, "database: %s", error.text);
	return rc;
}

/* A list as lines. */
static void
put_lines(struct pg_array *a, const span_list *list)
{
	struct buf text = BUF_INIT;

	for (uint32_t i = 0; i < list->n; i++) {
		struct span s = list->v[i];

		if (i)
			buf_put_char(&text, '\n');
		for (size_t k = 0; k < s.n; k++)
			if ((unsigned char)s.p[k] >= 0x20)
				buf_put_char(&text, s.p[k]);
	}
	pg_array_bytes(a, buf_span(&text));
	buf_fini(&text);
}

/* --- taking in ---------------------------------------------------------------------- */

static void
put_operations(struct spec_arrays *a, const struct spec *s)
{
	for (uint32_t i = 0; i < s->operations.n; i++) {
		const struct spec_operation *o = &s->operations.v[i];
		struct pg_array *to = a->array + 1;

		pg_array_bytes(to++, o->method);
		pg_array_bytes(to++, o->template);
		pg_array_bytes(to++, o->path);
		pg_array_int(to++, o->line);
		pg_array_bytes(to++, o->operation_id);
		pg_array_bool(to++, o->deprecated);
		put_lines(to++, &o->security);
		put_lines(to++, &o->hints);
		put_lines(to++, &o->statuses);
		put_lines(to++, &o->request_types);
		put_lines(to++, &o->response_types);
		pg_array_int(
		    to++, (int64_t)endpoint_hash(s->service, o->method, o->template));
	}
}

static int
put_spec(struct pool *pool, struct pg_sync *pg, struct spec *s,
    struct spec_put_result *out, struct source_error *e)
{
	struct spec_arrays a = {0};
	const char *text[6] = {spec_store_text(pool, s->service),
	    spec_store_text(pool, s->name), spec_store_text(pool, s->version),
	    spec_format_name(s->format), spec_store_text(pool, s->file),
	    spec_store_text(pool, s->sha256)};
	PGresult *rows = NULL;
	int rc;

	spec_arrays_start(&a, "ttttitbtttttlt");
	for (uint32_t i = 0; i < s->bases.n; i++)
		pg_array_bytes(&a.array[0], s->bases.v[i]);
	put_operations(&a, s);
	for (uint32_t i = 0; i < s->words.n; i++)
		pg_array_bytes(&a.array[13], s->words.v[i]);
	rc = spec_arrays_call(&a, pg,
	    "select spec_id, spec_operation_id, was from yett.spec_put($1, $2, $3, $4, "
	    "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
	    6, text, &rows, e);
	for (uint32_t i = 0; rc == OK && i < s->operations.n; i++)
		if ((int)i >= PQntuples(rows) ||
		    span_i64(span_str(PQgetvalue(rows, (int)i, 0)), &s->id) != OK ||
		    span_i64(span_str(PQgetvalue(rows, (int)i, 1)),
			&s->operations.v[i].id) != OK)
			rc = ERR_MALFORMED;
	if (rc == OK && s->operations.n)
		snprintf(out->was, sizeof out->was, "%s", PQgetvalue(rows, 0, 2));
	PQclear(rows);
	spec_arrays_fini(&a);
	return rc;
}

static int
flush_fields(struct spec_arrays *a, struct pg_sync *pg, struct source_error *e)
{
	int rc = spec_arrays_call(a, pg,
	    "select yett.spec_fields_put($1, $2, $3, $4, $5, $6, $7, $8)", 0, NULL, NULL,
	    e);

	spec_arrays_start(a, "isstibbi");
	return rc;
}

static int
put_fields(struct pg_sync *pg, const struct spec *s, struct spec_put_result *out,
    struct source_error *e)
{
	struct spec_arrays a = {0};
	uint64_t rows = 0;
	int rc = OK;

	spec_arrays_start(&a, "isstibbi");
	for (uint32_t i = 0; rc == OK && i < s->operations.n; i++) {
		const struct spec_operation *o = &s->operations.v[i];

		for (uint32_t k = 0; k < o->fields.n; k++) {
			const struct spec_field *f = &o->fields.v[k];

			if (f->path.n > PATH_BYTES_MAX)
				continue;
			pg_array_int(&a.array[0], o->id);
			pg_array_int(&a.array[1], f->direction);
			pg_array_int(&a.array[2], f->location);
			pg_array_bytes(&a.array[3], f->path);
			pg_array_int(&a.array[4], f->types);
			pg_array_bool(&a.array[5], f->required);
			pg_array_bool(&a.array[6], f->open);
			pg_array_int(&a.array[7], f->line);
			out->fields++;
			rows++;
		}
		if (rows >= FIELDS_AT_ONCE || i + 1 == s->operations.n) {
			rc = flush_fields(&a, pg, e);
			rows = 0;
		}
	}
	spec_arrays_fini(&a);
	return rc;
}

/* Whether this very file is the current version already. */
static int
is_same(struct pool *pool, struct pg_sync *pg, const struct spec *s, bool *same,
    struct source_error *e)
{
	span_list bases = s->bases;
	struct span joined = SPAN("");
	const char *values[5] = {spec_store_text(pool, s->service),
	    spec_store_text(pool, s->name), spec_store_text(pool, s->version),
	    spec_store_text(pool, s->sha256), NULL};
	PGresult *rows = NULL;
	int rc;

	for (uint32_t i = 0; i < bases.n; i++)
		joined = pool_printf(pool, "%.*s%s%.*s", (int)joined.n, joined.p,
		    i ? "\n" : "", (int)bases.v[i].n, bases.v[i].p);
	values[4] = spec_store_text(pool, joined);
	rc = spec_store_query(pg,
	    "select from report.spec where service = $1 and name = $2 and version = $3 "
	    "and sha256 = $4 and current and array_to_string(base_paths, E'\\n') = $5",
	    5, values, &rows, e);

	*same = rc == OK && PQntuples(rows) > 0;
	PQclear(rows);
	return rc;
}

int
spec_store_put(struct pool *pool, struct pg_sync *pg, struct spec *s,
    struct spec_put_result *out, struct source_error *e)
{
	struct pg_error error = {0};
	bool same;
	int rc;

	*out = (struct spec_put_result){.was = "same"};
	if ((rc = is_same(pool, pg, s, &same, e)) != OK || same)
		return rc;
	if ((rc = pg_sync_begin(pg, &error)) == OK &&
	    (rc = put_spec(pool, pg, s, out, e)) == OK &&
	    (rc = put_fields(pg, s, out, e)) == OK)
		rc = pg_sync_commit(pg, &error);
	if (rc != OK) {
		pg_sync_rollback(pg);
		if (error.text[0])
			snprintf(e->text, sizeof e->text, "database: %s", error.text);
	}
	return rc;
}

/* --- findings ----------------------------------------------------------------------- */

static struct span
or_nothing(struct span s)
{
	return span_absent(s) ? SPAN("") : s;
}

static void
put_findings(struct spec_arrays *a, const spec_finding_list *findings)
{
	for (uint32_t i = 0; i < findings->n; i++) {
		const struct spec_finding *f = &findings->v[i];

		pg_array_bytes(&a->array[0], span_str(f->kind));
		pg_array_bytes(&a->array[1], f->label);
		pg_array_int(&a->array[2], f->endpoint);
		pg_array_int(&a->array[3], f->spec);
		pg_array_bytes(&a->array[4], or_nothing(f->place));
		pg_array_bytes(&a->array[5], f->file);
		pg_array_int(&a->array[6], f->line);
		pg_array_bytes(&a->array[7], f->detail);
	}
}

static void
put_matches(
    struct spec_arrays *a, const struct spec_service *s, struct spec_compare_result *out)
{
	for (uint32_t i = 0; i < s->endpoints.n; i++) {
		const struct spec_endpoint *e = &s->endpoints.v[i];

		if (e->provisional)
			continue;
		out->endpoints += e->requests > 0;
		out->matched += e->requests > 0 && e->matches > 0;
		for (unsigned k = 0; k < e->matches; k++) {
			pg_array_int(&a->array[8], e->id);
			pg_array_int(&a->array[9], e->match[k].operation->id);
		}
	}
}

int
spec_store_findings(struct pg_sync *pg, const struct spec_service *s,
    const spec_finding_list *findings, struct spec_compare_result *out,
    struct source_error *e)
{
	struct spec_arrays a = {0};
	const char *text[1] = {s->name.p};
	uint64_t number[3] = {0};
	PGresult *rows = NULL;
	int rc;

	spec_arrays_start(&a, "ttiittitii");
	put_findings(&a, findings);
	put_matches(&a, s, out);
	rc = spec_arrays_call(&a, pg,
	    "select open, opened, resolved from yett.findings_replace($1, $2, $3, $4, "
	    "$5, "
	    "$6, $7, $8, $9, $10, $11)",
	    1, text, &rows, e);
	for (int i = 0; rc == OK && i < 3; i++)
		rc = span_u64(span_str(PQgetvalue(rows, 0, i)), &number[i]);
	out->findings += (unsigned)number[0];
	out->opened += (unsigned)number[1];
	out->resolved += (unsigned)number[2];
	PQclear(rows);
	spec_arrays_fini(&a);
	return rc;
}
