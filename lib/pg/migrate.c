/* See migrate.h. */
#include "pg/migrate.h"

#include <stdio.h>

/* Advisory lock of whoever migrates: "yett" and a number, as in the SQL functions. */
#define LOCK_SQL "select pg_try_advisory_xact_lock(2036692084, -3)"

/* Where versions stand: the table for the owner, the view for everybody else. */
struct version_source {
	const char *exists;
	const char *highest;
};
static const struct version_source from_table = {
    "select to_regclass('yett.schema_migration') is not null",
    "select coalesce(max(version), 0) from yett.schema_migration"};
static const struct version_source from_view = {
    "select to_regclass('report.migrations') is not null",
    "select coalesce(max(version), 0) from report.migrations"};

/* The highest version applied; 0 when there is nothing yet. */
static int
applied_read(struct pg_sync *p, const struct version_source *source, unsigned *out,
    struct pg_error *error)
{
	PGresult *result;
	uint64_t version = 0;
	bool exists;
	int err;

	*out = 0;
	err = pg_sync_query(p, source->exists, 0, NULL, &result, error);
	if (err)
		return err;
	exists = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (!exists)
		return OK;
	err = pg_sync_query(p, source->highest, 0, NULL, &result, error);
	if (err)
		return err;
	err = span_u64(span_str(PQgetvalue(result, 0, 0)), &version);
	PQclear(result);
	*out = (unsigned)version;
	return err;
}

/* What this program has under a number, NULL: nothing. */
static const struct migration *
migration_find(uint64_t version)
{
	for (size_t i = 0; i < migrate_n; i++)
		if (migrate_table[i].version == version)
			return &migrate_table[i];
	return NULL;
}

unsigned
migrate_newest(void)
{
	return migrate_table[migrate_n - 1].version;
}

/* Whether what was applied is what this program has under the same number; *next: the first
 * that was not applied, NULL: none. */
static int
applied_compare(struct pg_sync *p, const struct migration **next, struct pg_error *error)
{
	PGresult *result;
	size_t known = 0;
	int err;

	*next = NULL;
	err = pg_sync_query(p,
	    "select version, name, sha256 from yett.schema_migration order by version", 0,
	    NULL, &result, error);
	if (err)
		return err;
	for (int i = 0; i < PQntuples(result) && err == OK; i++) {
		const struct migration *m = NULL;
		uint64_t version = 0;

		if (span_u64(span_str(PQgetvalue(result, i, 0)), &version) == OK)
			m = migration_find(version);
		if (!m) {
			snprintf(error->text, sizeof(error->text),
			    "the database has migration %s (%s), which this program does "
			    "not "
			    "know: use a newer one",
			    PQgetvalue(result, i, 0), PQgetvalue(result, i, 1));
			err = ERR_CONFLICT;
		} else if (strcmp(m->sha256, PQgetvalue(result, i, 2)) != 0) {
			snprintf(error->text, sizeof(error->text),
			    "migration %s (%s) was applied with another text than this "
			    "program has",
			    PQgetvalue(result, i, 0), PQgetvalue(result, i, 1));
			err = ERR_CONFLICT;
		} else if (known < migrate_n && m == &migrate_table[known]) {
			known++;
		}
	}
	if (err == OK && known < migrate_n)
		*next = &migrate_table[known];
	PQclear(result);
	return err;
}

static int
lock_take(struct pg_sync *p, struct pg_error *error)
{
	PGresult *result;
	int err = pg_sync_query(p, LOCK_SQL, 0, NULL, &result, error);

	if (err)
		return err;
	if (PQgetvalue(result, 0, 0)[0] != 't') {
		snprintf(error->text, sizeof(error->text),
		    "somebody else is migrating this database");
		err = ERR_AGAIN;
	}
	PQclear(result);
	return err;
}

/* The next missing one in a transaction of its own; *done when there was none. */
static int
next_apply(struct pg_sync *p, bool *done, struct pg_error *error)
{
	const struct migration *m = &migrate_table[0];
	char version[16];
	const char *values[3];
	unsigned applied;
	int err;

	err = pg_sync_begin(p, error);
	if (err == OK)
		err = lock_take(p, error);
	if (err == OK)
		err = pg_sync_script(
		    p, "set local lock_timeout = '2s'; set local role yett_owner", error);
	if (err == OK)
		err = applied_read(p, &from_table, &applied, error);
	if (err == OK && applied > 0)
		err = applied_compare(p, &m, error);
	if (err)
		goto out;
	*done = !m;
	if (m) {
		err = pg_sync_script(p, m->sql, error);
		if (err)
			goto out;
		snprintf(version, sizeof(version), "%u", m->version);
		values[0] = version;
		values[1] = m->name;
		values[2] = m->sha256;
		err = pg_sync_query(p,
		    "insert into yett.schema_migration (version, name, sha256) "
		    "values ($1, $2, $3)",
		    3, values, NULL, error);
		if (err)
			goto out;
	}
	err = pg_sync_commit(p, error);
out:
	if (err)
		pg_sync_rollback(p);
	return err;
}

/* One call of a function in the owner's name. */
static int
owner_call(struct pg_sync *p, const char *sql, const char *value, struct pg_error *error)
{
	int err = pg_sync_begin(p, error);

	if (err == OK)
		err = pg_sync_script(p, "set local role yett_owner", error);
	if (err == OK)
		err = pg_sync_query(p, sql, value ? 1 : 0, &value, NULL, error);
	if (err == OK)
		err = pg_sync_commit(p, error);
	if (err)
		pg_sync_rollback(p);
	return err;
}

int
migrate_apply(struct pg_sync *p, unsigned *applied, struct pg_error *error)
{
	bool done = false;
	int err;

	*applied = 0;
	*error = (struct pg_error){0};
	while (!done) {
		err = next_apply(p, &done, error);
		if (err)
			return err;
		*applied += !done;
	}
	return owner_call(p, "select yett.partition_maintain()", NULL, error);
}

int
migrate_init(struct pg_sync *p, const char *environment, struct pg_error *error)
{
	unsigned applied;
	int err;

	*error = (struct pg_error){0};
	err = pg_sync_script(p, migrate_init_sql, error);
	if (err == OK)
		err = migrate_apply(p, &applied, error);
	if (err == OK)
		err =
		    owner_call(p, "select yett.installation_set($1)", environment, error);
	return err;
}

int
migrate_status_read(struct pg_sync *p, struct migrate_status *out, struct pg_error *error)
{
	*out = (struct migrate_status){.built_in = migrate_newest()};
	*error = (struct pg_error){0};
	return applied_read(p, &from_view, &out->applied, error);
}
