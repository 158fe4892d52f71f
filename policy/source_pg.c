/*
 * The database's rows, written as the files of a policy would have them, so that there is
 * one reader and one set of checks for both. All is read in one snapshot.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "pg/pg_sync.h"
#include "policy/classes.h"
#include "policy/sources.h"

struct reader {
	struct pool *pool;
	struct pg_sync *pg;
	input_list *out;
	struct source_error *error;
};

static int
query(struct reader *r, const char *sql, PGresult **rows)
{
	struct pg_error e = {0};
	int rc = pg_sync_query(r->pg, sql, 0, NULL, rows, &e);

	if (rc != OK)
		snprintf(r->error->text, sizeof r->error->text, "database: %s%s",
		    rc == ERR_VERSION
			? "no schema of Yett here, or an older one (yettctl "
			  "init, yettctl migrate): "
			: "",
		    e.text);
	return rc;
}

static struct span
cell(const PGresult *rows, int i, int column)
{
	if (PQgetisnull(rows, i, column))
		return SPAN_NONE;
	return span_make(
	    PQgetvalue(rows, i, column), (size_t)PQgetlength(rows, i, column));
}

static struct input *
add(struct reader *r, enum input_kind kind, const char *name, struct buf *text)
{
	struct input *in;

	CHECK(buf_err(text) == OK);
	in = VEC_ADD(r->pool, r->out);
	in->kind = kind;
	in->source.name = pool_copy(r->pool, span_str(name));
	in->source.text = pool_copy(r->pool, buf_span(text));
	buf_fini(text);
	return in;
}

/* A word of a line: no blanks, no comment sign. */
static bool
put_word(struct buf *text, struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if ((unsigned char)word.p[i] <= 0x20 || word.p[i] == 0x7f)
			return false;
	if (word.n == 0 || word.p[0] == '#')
		return false;
	buf_put_span(text, word);
	return true;
}

static int
refuse_row(struct reader *r, const char *table, struct span what)
{
	snprintf(r->error->text, sizeof r->error->text,
	    "database: %s \"%.*s\" has a blank where none may be", table,
	    DIAG_SPAN(what));
	return ERR_INVALID;
}

/* --- settings ----------------------------------------------------------------------- */

/* identity.source holds one source a line or between commas. */
static void
put_sources(struct buf *text, struct span value)
{
	while (!span_absent(value)) {
		struct span line = span_cut(&value, '\n');

		while (!span_absent(line)) {
			struct span one = span_trim(span_cut(&line, ','));

			if (one.n)
				buf_printf(text, "source = %.*s\n", (int)one.n, one.p);
		}
	}
}

static int
read_settings(struct reader *r, enum database_part part)
{
	static const char *const known[] = {
	    "default_mode", "unmatched", "not_before", "expires", "note"};
	struct buf policy = BUF_INIT, identity = BUF_INIT, tests = BUF_INIT;
	PGresult *rows = NULL;
	int rc;

	buf_put_str(&identity, "[identity]\n");
	buf_put_str(&policy, "[policy]\n");
	if ((rc = query(r, "select environment from report.installation", &rows)) != OK)
		goto out;
	if (PQntuples(rows) == 1)
		buf_printf(&policy, "environment = %s\n", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	if ((rc = query(r, "select key, value from report.policy_setting order by key",
		 &rows)) != OK)
		goto out;
	for (int i = 0; i < PQntuples(rows); i++) {
		struct span key = cell(rows, i, 0), value = cell(rows, i, 1);

		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
			if (span_eq(key, span_str(known[k])) &&
			    span_find(value, '\n') == value.n)
				buf_printf(&policy, "%s = %.*s\n", known[k], (int)value.n,
				    value.p);
		if (span_eq(key, SPAN("identity.source")))
			put_sources(&identity, value);
		if (span_starts(key, SPAN("selftest."))) {
			buf_put_span(&tests, value);
			buf_put_char(&tests, '\n');
		}
	}
	buf_put_span(&policy, buf_span(&identity));
	add(r, INPUT_CONF, "database:settings", &policy);
	if (tests.n && part == DATABASE_ALL)
		add(r, INPUT_SELFTESTS, "database:selftests", &tests);
out:
	PQclear(rows);
	buf_fini(&policy);
	buf_fini(&identity);
	buf_fini(&tests);
	return rc;
}

/* --- lists -------------------------------------------------------------------------- */

static int
read_services(struct reader *r)
{
	struct buf text = BUF_INIT;
	PGresult *rows = NULL;
	int rc = query(r,
	    "select service, host_pattern, path_prefix from report.policy_service_host "
	    "order by ordinal, host_pattern collate \"C\", path_prefix collate \"C\"",
	    &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++)
		for (int k = 0; rc == OK && k < 3; k++) {
			if (!put_word(&text, cell(rows, i, k)))
				rc = refuse_row(r, "service", cell(rows, i, k));
			buf_put_char(&text, k < 2 ? ' ' : '\n');
		}
	if (rc == OK)
		add(r, INPUT_SERVICES, "database:services", &text);
	PQclear(rows);
	buf_fini(&text);
	return rc;
}

static int
put_endpoint(struct reader *r, const PGresult *rows, int i, struct buf *text)
{
	for (int k = 0; k < 3; k++) {
		if (!put_word(text, cell(rows, i, k)))
			return refuse_row(r, "endpoint", cell(rows, i, k));
		buf_put_char(text, ' ');
	}
	buf_put_str(text, "id=");
	buf_put_span(text, cell(rows, i, 3));
	buf_put_str(text, " mode=");
	buf_put_span(text, cell(rows, i, 4));
	if (cell(rows, i, 5).n) {
		buf_put_str(text, " operation=");
		if (!put_word(text, cell(rows, i, 5)))
			return refuse_row(r, "operation", cell(rows, i, 5));
	}
	buf_put_char(text, '\n');
	return OK;
}

/* What traffic alone named ("{overflow}", odd methods) stays out of the router. */
static int
read_endpoints(struct reader *r)
{
	struct buf text = BUF_INIT;
	PGresult *rows = NULL;
	int rc = query(r,
	    "select service, method, template, endpoint_id, mode, operation "
	    "from report.policy_endpoint "
	    "where template not like '%{overflow}%' and method ~ '^[!-~]{1,32}$' "
	    "and method not like '/%' and service ~ '^[]a-z0-9._:[-]+$' "
	    "order by endpoint_id",
	    &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++)
		rc = put_endpoint(r, rows, i, &text);
	if (rc == OK)
		add(r, INPUT_ENDPOINTS, "database:endpoints", &text);
	PQclear(rows);
	buf_fini(&text);
	return rc;
}

static int
read_words(struct reader *r)
{
	struct buf text = BUF_INIT;
	PGresult *rows = NULL;
	int rc = query(r,
	    "select word from report.policy_word where word !~ '[[:space:]]' "
	    "and word not like '#%' and word <> ''",
	    &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		buf_put_span(&text, cell(rows, i, 0));
		buf_put_char(&text, '\n');
	}
	if (rc == OK)
		add(r, INPUT_WORDS, "database:words", &text);
	PQclear(rows);
	buf_fini(&text);
	return rc;
}

/* Bits of "pci pii"; what no program of this version knows is left out. */
static uint32_t
groups_of(struct span text)
{
	uint32_t bit, bits = 0;

	while (!span_absent(text))
		if (class_group_parse(span_cut(&text, ' '), &bit) == OK)
			bits |= bit;
	return bits;
}

static int
read_classes(struct reader *r)
{
	struct buf text = BUF_INIT;
	PGresult *rows = NULL;
	int rc = query(r,
	    "select class, title, pattern, validator, array_to_string(names, ' '), "
	    "array_to_string(groups, ' '), mask from report.data_class "
	    "where not builtin and enabled order by class collate \"C\"",
	    &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		uint32_t mask;

		if (class_mask_parse(cell(rows, i, 6), &mask) != OK)
			mask = MASK_NOTHING;
		class_print(cell(rows, i, 0), cell(rows, i, 1), cell(rows, i, 2),
		    cell(rows, i, 3), cell(rows, i, 4), groups_of(cell(rows, i, 5)), mask,
		    &text);
	}
	if (rc == OK && text.n)
		add(r, INPUT_CLASSES, "database:classes", &text);
	PQclear(rows);
	buf_fini(&text);
	return rc;
}

static struct span
copy_cell(struct pool *pool, const PGresult *rows, int i, int column)
{
	struct span s = cell(rows, i, column);

	return span_absent(s) ? s : pool_copy(pool, s);
}

static int
read_rules(struct reader *r)
{
	PGresult *rows = NULL;
	int rc = query(r,
	    "select name, text, mode, owner, reason, "
	    "(extract(epoch from expires_at) * 1000000)::bigint "
	    "from report.policy_rule order by name collate \"C\"",
	    &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct overrides *o = POOL_NEW(r->pool, struct overrides);
		struct buf text = BUF_INIT;
		struct span name;

		o->name = copy_cell(r->pool, rows, i, 0);
		o->mode = copy_cell(r->pool, rows, i, 2);
		o->owner = copy_cell(r->pool, rows, i, 3);
		o->reason = copy_cell(r->pool, rows, i, 4);
		if (span_i64(cell(rows, i, 5), &o->expires_us) != OK)
			o->expires_us = 0;
		buf_put_span(&text, cell(rows, i, 1));
		name = pool_printf(r->pool, "database:rule %.*s", DIAG_SPAN(o->name));
		add(r, INPUT_RULES, name.p, &text)->overrides = o;
	}
	PQclear(rows);
	return rc;
}

int
source_database(struct pool *pool, struct pg_sync *pg, enum database_part part,
    input_list *out, struct source_error *error)
{
	struct reader r = {pool, pg, out, error};
	PGresult *begun = NULL;
	int rc;

	error->text[0] = '\0';
	rc = query(
	    &r, "begin transaction isolation level repeatable read read only", &begun);
	PQclear(begun);
	if (rc != OK)
		return rc;
	if (part != DATABASE_CLASSES && (rc = read_settings(&r, part)) == OK &&
	    (rc = read_services(&r)) == OK)
		rc = read_endpoints(&r);
	if (rc == OK && part == DATABASE_ALL && (rc = read_words(&r)) == OK)
		rc = read_rules(&r);
	if (rc == OK && part != DATABASE_INVENTORY)
		rc = read_classes(&r);
	pg_sync_rollback(pg);
	return rc;
}
