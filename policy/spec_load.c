/* What a comparison reads, and the comparison of everything. */
#include <stdio.h>
#include <stdlib.h>

#include "http/template.h"
#include "policy/spec_store.h"

static struct span
cell(struct pool *pool, const PGresult *rows, int i, int column)
{
	if (PQgetisnull(rows, i, column))
		return SPAN_NONE;
	return pool_copy(pool,
	    span_make(PQgetvalue(rows, i, column), (size_t)PQgetlength(rows, i, column)));
}

static int64_t
number(const PGresult *rows, int i, int column)
{
	int64_t v;

	return span_i64(span_str(PQgetvalue(rows, i, column)), &v) == OK ? v : 0;
}

static bool
truth(const PGresult *rows, int i, int column)
{
	return PQgetvalue(rows, i, column)[0] == 't';
}

/* Lines as a list; the server joins arrays by newlines. */
static void
lines(struct pool *pool, const PGresult *rows, int i, int column, span_list *out)
{
	struct span rest = cell(pool, rows, i, column);

	while (rest.n || (out->n && !span_absent(rest)))
		*VEC_ADD(pool, out) = span_cut(&rest, '\n');
}

#define MICROSECONDS(column) "(extract(epoch from " column ") * 1000000)::bigint"

/* --- where a specification belongs -------------------------------------------------- */

int
spec_store_service(struct pool *pool, struct pg_sync *pg, const struct spec *s,
    struct span *service, struct source_error *e)
{
	*service = SPAN_NONE;
	for (uint32_t i = 0; i < s->hosts.n; i++) {
		const char *values[2] = {spec_store_text(pool, s->hosts.v[i]),
		    spec_store_text(pool, s->bases.n ? s->bases.v[0] : SPAN(""))};
		PGresult *rows = NULL;
		struct span name = SPAN_NONE;
		int rc = spec_store_query(pg,
		    "select service from report.service_host where (host_pattern = $1 or "
		    "host_pattern = '*' or (host_pattern like '*.%' and right($1, "
		    "length(host_pattern) - 1) = substr(host_pattern, 2))) and "
		    "(path_prefix = '/' or $2 || '/' like rtrim(path_prefix, '/') || "
		    "'/%') "
		    "order by ordinal limit 1",
		    2, values, &rows, e);

		if (rc != OK)
			return rc;
		if (PQntuples(rows))
			name = cell(pool, rows, 0, 0);
		PQclear(rows);
		if (span_absent(name))
			name = s->hosts.v[i];
		if (!span_absent(*service) && !span_eq(*service, name)) {
			*service = SPAN_NONE;
			return OK;
		}
		*service = name;
	}
	return OK;
}

int
spec_store_services(
    struct pool *pool, struct pg_sync *pg, span_list *out, struct source_error *e)
{
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select distinct s.service collate \"C\" as service from report.spec as s "
	    "union select distinct f.service from report.finding as f where f.open "
	    "order by 1",
	    0, NULL, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++)
		*VEC_ADD(pool, out) = cell(pool, rows, i, 0);
	PQclear(rows);
	return rc;
}

int
spec_store_hosts(struct pool *pool, struct pg_sync *pg, const struct spec_service *s,
    span_list *out, struct source_error *e)
{
	const char *values[1] = {spec_store_text(pool, s->name)};
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select host_pattern from report.service_host where service = $1 "
	    "and host_pattern not like '*%' group by host_pattern "
	    "order by min(ordinal), host_pattern",
	    1, values, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++)
		*VEC_ADD(pool, out) = cell(pool, rows, i, 0);
	PQclear(rows);
	return rc;
}

/* --- specifications ----------------------------------------------------------------- */

static int
load_specs(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	const char *values[1] = {spec_store_text(pool, s->name)};
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select spec_id, name, version, file, current, format, "
	    "array_to_string(base_paths, E'\\n'), " MICROSECONDS(
		"imported_at") " from report.spec where service = $1 and operations > 0 "
			       "order by current desc, imported_at desc, spec_id",
	    1, values, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct spec *x = VEC_ADD(pool, &s->specs);
		struct span rest = cell(pool, rows, i, 6);

		x->service = s->name;
		x->id = number(rows, i, 0);
		x->name = cell(pool, rows, i, 1);
		x->version = cell(pool, rows, i, 2);
		x->file = cell(pool, rows, i, 3);
		x->current = truth(rows, i, 4);
		for (unsigned f = SPEC_SWAGGER_20; f <= SPEC_OPENAPI_31; f++)
			if (strcmp(PQgetvalue(rows, i, 5), spec_format_name(f)) == 0)
				x->format = f;
		while (!span_absent(rest))
			*VEC_ADD(pool, &x->bases) = span_cut(&rest, '\n');
		x->imported_us = number(rows, i, 7);
	}
	PQclear(rows);
	return rc;
}

static struct spec *
find_spec(struct spec_service *s, int64_t id)
{
	for (uint32_t i = 0; i < s->specs.n; i++)
		if (s->specs.v[i].id == id)
			return &s->specs.v[i];
	return NULL;
}

static int
load_operations(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	const char *values[1] = {spec_store_text(pool, s->name)};
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select spec_id, spec_operation_id, method, template, spec_path, line, "
	    "deprecated, array_to_string(security, E'\\n'), array_to_string(hints, "
	    "E'\\n'), "
	    "array_to_string(statuses, E'\\n'), array_to_string(request_types, E'\\n'), "
	    "array_to_string(response_types, E'\\n') from report.spec_operation "
	    "where service = $1 order by spec_id, spec_operation_id",
	    1, values, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct spec *x = find_spec(s, number(rows, i, 0));
		struct spec_operation *o;

		if (x == NULL)
			continue;
		o = VEC_ADD(pool, &x->operations);
		o->id = number(rows, i, 1);
		o->method = cell(pool, rows, i, 2);
		o->template = cell(pool, rows, i, 3);
		o->path = cell(pool, rows, i, 4);
		o->line = (unsigned)number(rows, i, 5);
		o->deprecated = truth(rows, i, 6);
		lines(pool, rows, i, 7, &o->security);
		lines(pool, rows, i, 8, &o->hints);
		lines(pool, rows, i, 9, &o->statuses);
		lines(pool, rows, i, 10, &o->request_types);
		lines(pool, rows, i, 11, &o->response_types);
	}
	PQclear(rows);
	return rc;
}

/* --- the inventory ------------------------------------------------------------------ */

static int
load_endpoints(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	const char *values[1] = {spec_store_text(pool, s->name)};
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select endpoint_id, method, template, operation, said_auth, requests, "
	    "status_none, status_1xx, status_2xx, status_3xx, status_4xx, status_5xx, "
	    "refused, auth_mask, auth_none, " MICROSECONDS("first_at") ", " MICROSECONDS(
		"last_at") ", provisional, shapes from report.learn_spec_endpoint where "
			   "service = $1 "
			   "order by endpoint_id",
	    1, values, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct spec_endpoint *x = VEC_ADD(pool, &s->endpoints);

		x->id = number(rows, i, 0);
		x->method = cell(pool, rows, i, 1);
		x->template = cell(pool, rows, i, 2);
		x->operation = cell(pool, rows, i, 3);
		x->said_auth = truth(rows, i, 4);
		x->requests = number(rows, i, 5);
		for (int k = 0; k < 6; k++)
			x->status[k] = number(rows, i, 6 + k);
		x->refused_here = number(rows, i, 12);
		x->auth_mask = (uint32_t)number(rows, i, 13);
		x->auth_none = number(rows, i, 14);
		x->first_us = number(rows, i, 15);
		x->last_us = number(rows, i, 16);
		x->provisional = truth(rows, i, 17);
		x->shapes = cell(pool, rows, i, 18);
		if (x->first_us && (s->first_us == 0 || x->first_us < s->first_us))
			s->first_us = x->first_us;
	}
	PQclear(rows);
	return rc;
}

static struct spec_endpoint *
find_endpoint(struct spec_service *s, int64_t id)
{
	uint32_t low = 0, high = s->endpoints.n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->endpoints.v[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->endpoints.n && s->endpoints.v[low].id == id ? &s->endpoints.v[low]
								    : NULL;
}

/* What is in force in fields, in the order of load_seen(). */
static int
load_classes(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	const char *values[1] = {spec_store_text(pool, s->name)};
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select f.endpoint_id, f.direction, f.location, f.path, c.class "
	    "from report.field_class as c join report.learn_spec_field as f using "
	    "(field_id) "
	    "where c.in_force and f.service = $1 order by f.endpoint_id, f.direction, "
	    "f.location, f.path collate \"C\", c.class collate \"C\"",
	    1, values, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct spec_endpoint *x = find_endpoint(s, number(rows, i, 0));
		struct span path = cell(pool, rows, i, 3);

		for (uint32_t k = 0; x && k < x->fields.n; k++) {
			struct spec_seen *f = &x->fields.v[k];

			if (f->direction == (enum field_direction)number(rows, i, 1) &&
			    f->location == (enum field_location)number(rows, i, 2) &&
			    span_eq(f->path, path))
				*VEC_ADD(pool, &f->classes) = cell(pool, rows, i, 4);
		}
	}
	PQclear(rows);
	return rc;
}

static int
load_seen(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	const char *values[1] = {spec_store_text(pool, s->name)};
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select endpoint_id, direction, location, path, types, present, "
	    "messages, " MICROSECONDS("first_seen_at") ", " MICROSECONDS(
		"last_seen_at") " from report.learn_spec_field where service = $1 "
				"order by endpoint_id, direction, location, path collate "
				"\"C\"",
	    1, values, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct spec_endpoint *x = find_endpoint(s, number(rows, i, 0));
		struct spec_seen *f;

		if (x == NULL)
			continue;
		f = VEC_ADD(pool, &x->fields);
		f->endpoint = x->id;
		f->direction = (enum field_direction)number(rows, i, 1);
		f->location = (enum field_location)number(rows, i, 2);
		f->path = cell(pool, rows, i, 3);
		f->types = (uint32_t)number(rows, i, 4);
		f->present = number(rows, i, 5);
		f->messages = number(rows, i, 6);
		f->first_us = number(rows, i, 7);
		f->last_us = number(rows, i, 8);
	}
	PQclear(rows);
	return rc;
}

static int
load_tokens(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	PGresult *rows = NULL;
	int rc = spec_store_query(pg,
	    "select token, released_text from report.words "
	    "where released_text is not null order by token collate \"C\"",
	    0, NULL, &rows, e);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		bool is_new;

		intern_put(&s->tokens, cell(pool, rows, i, 0), &is_new);
		if (is_new)
			*VEC_ADD(pool, &s->released) = cell(pool, rows, i, 1);
	}
	PQclear(rows);
	return rc;
}

/* What gateways look for, and what time it is there. */
static int
load_setting(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	PGresult *rows = NULL;
	struct span rest = SPAN_NONE;
	int rc = spec_store_query(pg,
	    "select (select value from report.policy_setting where key = "
	    "'identity.source'), " MICROSECONDS("now()"),
	    0, NULL, &rows, e);

	if (rc == OK) {
		rest = cell(pool, rows, 0, 0);
		s->now_us = number(rows, 0, 1);
	}
	PQclear(rows);
	if (span_absent(rest))
		rest = SPAN("bearer\nbasic"); /* as conf.c has it */
	while (!span_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		while (!span_absent(line)) {
			struct span one = span_trim(span_cut(&line, ','));

			one = span_head(one, span_find(one, ' '));
			if (one.n)
				*VEC_ADD(pool, &s->sources) = one;
		}
	}
	return rc;
}

int
spec_store_load(struct pool *pool, struct pg_sync *pg, struct span name, bool classes,
    struct spec_service *out, struct source_error *e)
{
	int rc;

	*out = (struct spec_service){.name = name};
	intern_init(&out->tokens, pool);
	if ((rc = load_setting(pool, pg, out, e)) == OK &&
	    (rc = load_specs(pool, pg, out, e)) == OK &&
	    (rc = load_operations(pool, pg, out, e)) == OK &&
	    (rc = load_endpoints(pool, pg, out, e)) == OK &&
	    (rc = load_seen(pool, pg, out, e)) == OK &&
	    (!classes || (rc = load_classes(pool, pg, out, e)) == OK))
		rc = load_tokens(pool, pg, out, e);
	return rc;
}

/* --- fields of specifications ------------------------------------------------------- */

struct wanted {
	int64_t id;
	struct spec_operation *operation;
};

static int
compare_wanted(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

int
spec_store_load_fields(
    struct pool *pool, struct pg_sync *pg, struct spec_service *s, struct source_error *e)
{
	VEC(struct wanted) wanted = {0};
	struct spec_arrays a = {0};
	PGresult *rows = NULL;
	int rc;

	for (uint32_t i = 0; i < s->endpoints.n; i++)
		for (unsigned k = 0;
		     !s->endpoints.v[i].provisional && k < s->endpoints.v[i].matches;
		     k++) {
			const struct spec_operation *o =
			    s->endpoints.v[i].match[k].operation;

			/* the operations are this service's own */
			*VEC_ADD(pool, &wanted) =
			    (struct wanted){o->id, (struct spec_operation *)(uintptr_t)o};
		}
	if (wanted.n == 0)
		return OK;
	qsort(wanted.v, wanted.n, sizeof *wanted.v, compare_wanted);
	spec_arrays_start(&a, "i");
	for (uint32_t i = 0; i < wanted.n; i++)
		if (i == 0 || wanted.v[i].id != wanted.v[i - 1].id)
			pg_array_int(&a.array[0], wanted.v[i].id);
	rc = spec_arrays_call(&a, pg,
	    "select spec_operation_id, direction, location, path, types, required, open, "
	    "line from report.spec_field where spec_operation_id = any($1) "
	    "order by spec_operation_id, direction, location, path",
	    0, NULL, &rows, e);
	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct wanted key = {.id = number(rows, i, 0)};
		const struct wanted *w =
		    bsearch(&key, wanted.v, wanted.n, sizeof *wanted.v, compare_wanted);

		if (w)
			*VEC_ADD(pool, &w->operation->fields) = (struct spec_field){
			    .direction = (enum field_direction)number(rows, i, 1),
			    .location = (enum field_location)number(rows, i, 2),
			    .path = cell(pool, rows, i, 3),
			    .types = (uint32_t)number(rows, i, 4),
			    .required = truth(rows, i, 5),
			    .open = truth(rows, i, 6),
			    .line = (unsigned)number(rows, i, 7)};
	}
	PQclear(rows);
	spec_arrays_fini(&a);
	return rc;
}

/* --- everything --------------------------------------------------------------------- */

int
spec_compare_one(struct pg_sync *pg, struct span name, struct spec_compare_result *out,
    struct source_error *e)
{
	struct pool pool = POOL_INIT;
	spec_finding_list findings = {0};
	struct spec_service s;
	int rc;

	if ((rc = spec_store_load(&pool, pg, name, false, &s, e)) != OK)
		goto out;
	spec_match_service(&pool, &s);
	if ((rc = spec_store_load_fields(&pool, pg, &s, e)) != OK)
		goto out;
	spec_compare_service(&pool, &s, &findings);
	out->services++;
	for (uint32_t i = 0; i < s.specs.n; i++)
		out->specs += s.specs.v[i].current;
	rc = spec_store_findings(pg, &s, &findings, out, e);
out:
	pool_fini(&pool);
	return rc;
}

int
spec_compare_all(
    struct pg_sync *pg, struct spec_compare_result *out, struct source_error *e)
{
	struct pool pool = POOL_INIT;
	span_list services = {0};
	int rc;

	*out = (struct spec_compare_result){0};
	e->text[0] = '\0';
	rc = spec_store_services(&pool, pg, &services, e);
	for (uint32_t i = 0; rc == OK && i < services.n; i++)
		rc = spec_compare_one(pg, services.v[i], out, e);
	pool_fini(&pool);
	return rc;
}
