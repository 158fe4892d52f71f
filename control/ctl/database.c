/* Statements of a session, and what their errors mean for a person. */
#include "control/ctl/database.h"

#include <stdio.h>
#include <stdlib.h>

#define NARROW 60 /* columns of a text cell on a terminal */

static const struct {
	int err, code;
	const char *hint;
} meanings[] = {
    {ERR_CLOSED, EXIT_UNAVAILABLE,
	"is PostgreSQL running there? `yettctl doctor` looks closer."},
    {ERR_TIMEOUT, EXIT_UNAVAILABLE,
	"is PostgreSQL running there? `yettctl doctor` looks closer."},
    {ERR_FULL, EXIT_UNAVAILABLE, NULL},
    {ERR_DENIED, EXIT_DENIED, "see ROLES in yett-sql(7); passwords belong in ~/.pgpass."},
    {ERR_NOTFOUND, EXIT_NOTFOUND, NULL},
    {ERR_INVALID, EXIT_USAGE, NULL},
    {ERR_EXISTS, EXIT_USAGE, NULL},
    {ERR_CONFLICT, EXIT_INCOMPLETE, NULL},
    {ERR_AGAIN, EXIT_RETRY, "somebody else changes the same thing; try again."},
    {ERR_VERSION, EXIT_INCOMPLETE,
	"is the schema there and current? yettctl init, or yettctl migrate."},
};

int
database_exit(int err)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		if (meanings[i].err == err)
			return meanings[i].code;
	}
	return err == OK ? EXIT_DONE : EXIT_INCOMPLETE;
}

int
database_error(int err, const struct pg_error *error)
{
	const char *hint = NULL;

	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		if (meanings[i].err == err)
			hint = meanings[i].hint;
	}
	return session_error(
	    database_exit(err), hint, "%s", error->text[0] ? error->text : err_str(err));
}

/* A server that answers and refuses is not one that cannot be reached; libpq gives no
 * SQLSTATE of a failed connection, so its words must do. */
static bool
is_refusal(const char *text)
{
	static const char *const words[] = {"permission denied", "authentication failed",
	    "pg_hba.conf", "no password supplied", "role \""};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strstr(text, words[i]))
			return true;
	}
	return false;
}

int
database_try_open(struct session *s, struct pg_error *error)
{
	int rc;

	if (s->pg)
		return OK;
	if (s->database[0] == 0) {
		*error = (struct pg_error){.text = "no database was named"};
		return ERR_INVALID;
	}
	/* libpq's own way to ask for them: times come back as the text that put_time expects */
	setenv("PGTZ", "UTC", 1);
	setenv("PGDATESTYLE", "ISO", 1);
	rc = pg_sync_open(s->database, "yettctl", &s->pg, error);
	return rc == ERR_CLOSED && is_refusal(error->text) ? ERR_DENIED : rc;
}

int
database_open(struct session *s)
{
	struct pg_error error = {0};
	int rc = database_try_open(s, &error);

	if (rc == ERR_INVALID && s->database[0] == 0)
		return session_error(EXIT_USAGE,
		    "give --database CONNINFO, set YETT_DATABASE, or set database in "
		    "[recorder] of yett.conf.",
		    "%s", error.text);
	return rc == OK ? EXIT_DONE : database_error(rc, &error);
}

int
database_query(
    struct session *s, const char *sql, int n, const char *const *values, PGresult **out)
{
	struct pg_error error = {0};
	int rc;

	*out = NULL;
	if ((rc = database_open(s)) != EXIT_DONE)
		return rc;
	rc = pg_sync_query(s->pg, sql, n, values, out, &error);
	return rc == OK ? EXIT_DONE : database_error(rc, &error);
}

/* By type oid (pg_type.dat): numbers to the right, the others as what they are. */
static enum cell_kind
kind_of(Oid type)
{
	switch (type) {
	case 16: return CELL_BOOL;
	case 20: /* int8, int2, int4, float4, float8, numeric */
	case 21:
	case 23:
	case 700:
	case 701:
	case 1700: return CELL_NUMBER;
	case 114:
	case 3802: return CELL_JSON;
	case 1009: return CELL_LIST; /* text[] */
	default: return CELL_TEXT;
	}
}

#define TIMESTAMPTZ 1184 /* its oid */

/* "2026-11-22 10:00:00.123+00" as 2026-11-22T10:00:00Z. */
static void
put_time(struct table *t, struct span v)
{
	char text[24];

	if (v.n < 22 || v.p[10] != ' ') {
		table_cell(t, v); /* infinity, or years above 9999 */
		return;
	}
	snprintf(text, sizeof text, "%.10sT%.8sZ", v.p, v.p + 11);
	table_cell_str(t, text);
}

static void
fill(struct table *t, const PGresult *r)
{
	int columns = PQnfields(r), rows = PQntuples(r);

	if (columns > TABLE_COLUMNS_MAX)
		columns = TABLE_COLUMNS_MAX;
	for (int c = 0; c < columns; c++)
		table_column(t, PQfname(r, c), kind_of(PQftype(r, c)), NARROW);
	for (int i = 0; i < rows; i++) {
		for (int c = 0; c < columns; c++) {
			struct span v =
			    span_make(PQgetvalue(r, i, c), (size_t)PQgetlength(r, i, c));

			if (PQgetisnull(r, i, c))
				table_cell(t, SPAN_NONE);
			else if (PQftype(r, c) == TIMESTAMPTZ)
				put_time(t, v);
			else
				table_cell(t, v);
		}
	}
}

int
database_table(
    struct session *s, const char *sql, int n, const char *const *values, struct table *t)
{
	PGresult *r;
	int rc;

	table_init(t);
	if ((rc = database_query(s, sql, n, values, &r)) == EXIT_DONE)
		fill(t, r);
	PQclear(r);
	return rc;
}

int
database_try_table(struct session *s, const char *sql, int n, const char *const *values,
    struct table *t, struct pg_error *error)
{
	PGresult *r = NULL;
	int rc;

	table_init(t);
	if ((rc = database_try_open(s, error)) == OK)
		rc = pg_sync_query(s->pg, sql, n, values, &r, error);
	if (rc == OK)
		fill(t, r);
	PQclear(r);
	return rc;
}

int
database_value(
    struct session *s, const char *sql, int n, const char *const *values, struct buf *out)
{
	PGresult *r;
	int rc = database_query(s, sql, n, values, &r);

	if (rc == EXIT_DONE && PQntuples(r) > 0 && PQnfields(r) > 0)
		buf_put(out, PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0));
	PQclear(r);
	return rc;
}
