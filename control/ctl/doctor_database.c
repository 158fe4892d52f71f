/* What the database knows of its gateways, and whether it is fit to hold more. */
#include <stdlib.h>

#include "base/clock.h"
#include "control/ctl/database.h"
#include "control/ctl/doctor_run.h"
#include "pg/migrate.h"

#define SKEW_WARN_S 2
#define SILENT_S 120 /* gateways say something every ship_interval */
#define SILENT_LONG_S 900

static long
number(const struct table *t, size_t row, unsigned column)
{
	struct span v = table_get(t, row, column);

	return span_absent(v) ? 0 : strtol(v.p, NULL, 10);
}

/* Rows of a query, or a finding that says why there are none. */
static bool
rows(struct doctor *d, struct session *s, enum doctor_check check, const char *sql,
    struct table *t)
{
	struct pg_error error = {0};
	int rc = database_try_table(s, sql, 0, NULL, t, &error);

	if (rc == OK)
		return true;
	doctor_add(
	    d, check, rc == ERR_DENIED ? DOCTOR_SKIP : DOCTOR_FAIL, "%s", error.text);
	return false;
}

static void
check_migrations(struct doctor *d, struct session *s)
{
	struct migrate_status status;
	struct pg_error error = {0};
	struct table t;

	if (rows(d, s, DR_DB_MIGRATIONS,
		"select coalesce(max(version), 0) from report.migrations", &t)) {
		status.applied = (unsigned)number(&t, 0, 0);
		status.built_in = migrate_newest();
	} else if (migrate_status_read(s->pg, &status, &error) != OK) {
		table_fini(&t);
		return;
	}
	if (status.applied < status.built_in)
		doctor_add(d, DR_DB_MIGRATIONS, DOCTOR_FAIL,
		    "at %u, this yettctl wants %u", status.applied, status.built_in);
	else if (status.applied > status.built_in)
		doctor_add(d, DR_DB_MIGRATIONS, DOCTOR_FAIL,
		    "at %u, this yettctl knows %u", status.applied, status.built_in);
	doctor_pass(d, DR_DB_MIGRATIONS, "%u", status.applied);
	table_fini(&t);
}

static void
check_roles(struct doctor *d, struct session *s)
{
	struct table t;

	if (rows(d, s, DR_DB_ROLES,
		"select w.name, r.rolname is null, coalesce(r.rolsuper, false) "
		"from unnest(array['yett_owner', 'yett_recorder', 'yett_reader', "
		"'yett_editor', "
		"'yett_compiler']) as w(name) left join pg_roles as r on r.rolname = "
		"w.name "
		"where r.rolname is null or r.rolsuper",
		&t)) {
		for (size_t r = 0; r < t.rows; r++) {
			struct span name = table_get(&t, r, 0);
			bool absent = span_eq(table_get(&t, r, 1), SPAN("t"));

			doctor_add(d, DR_DB_ROLES, DOCTOR_FAIL, "role %.*s is %s",
			    (int)name.n, name.p, absent ? "not there" : "a superuser");
		}
	}
	table_fini(&t);
	/* who writes: gateways' logins */
	if (rows(d, s, DR_DB_ROLES,
		"select m.rolname from pg_auth_members as a "
		"join pg_roles as g on g.oid = a.roleid and g.rolname = 'yett_recorder' "
		"join pg_roles as m on m.oid = a.member and m.rolsuper",
		&t)) {
		for (size_t r = 0; r < t.rows; r++) {
			struct span name = table_get(&t, r, 0);

			doctor_add(d, DR_DB_ROLES, DOCTOR_WARN,
			    "recorder %.*s is a superuser", (int)name.n, name.p);
		}
	}
	table_fini(&t);
	doctor_pass(d, DR_DB_ROLES, "there, and no superuser among them");
}

/* The newest partition of each table must hold the day after tomorrow. */
static void
check_partitions(struct doctor *d, struct session *s)
{
	struct table t;

	if (rows(d, s, DR_DB_PARTITIONS,
		"select p.relname, "
		"coalesce(max((regexp_match(pg_get_expr(c.relpartbound, c.oid), "
		"'TO \\(''([^'']+)''\\)'))[1]::timestamptz) < now() + interval '2 days', "
		"true) "
		"from pg_class as p join pg_namespace as n on n.oid = p.relnamespace and "
		"n.nspname = 'yett' "
		"left join pg_inherits as i on i.inhparent = p.oid "
		"left join pg_class as c on c.oid = i.inhrelid "
		"where p.relkind = 'p' group by p.relname order by 1",
		&t)) {
		for (size_t r = 0; r < t.rows; r++) {
			struct span name = table_get(&t, r, 0);

			if (span_eq(table_get(&t, r, 1), SPAN("t")))
				doctor_add(d, DR_DB_PARTITIONS, DOCTOR_FAIL,
				    "yett.%.*s has no partition for the days ahead",
				    (int)name.n, name.p);
		}
		doctor_pass(d, DR_DB_PARTITIONS, "%zu tables are ahead", t.rows);
	}
	table_fini(&t);
}

static void
check_agents(struct doctor *d, struct session *s)
{
	struct table t;

	if (rows(d, s, DR_DB_AGENTS,
		"select agent, extract(epoch from now() - last_seen_at)::bigint, "
		"current, "
		"environment is distinct from (select environment from "
		"report.installation), "
		"revision, coalesce(environment, 'none') from report.agents",
		&t)) {
		for (size_t r = 0; r < t.rows; r++) {
			struct span name = table_get(&t, r, 0), of = table_get(&t, r, 5);
			long silent = number(&t, r, 1);

			if (silent > SILENT_S)
				doctor_add(d, DR_DB_AGENTS,
				    silent > SILENT_LONG_S ? DOCTOR_FAIL : DOCTOR_WARN,
				    "%.*s was last heard %ld s ago", (int)name.n, name.p,
				    silent);
			else if (!span_eq(table_get(&t, r, 2), SPAN("t")))
				doctor_add(d, DR_DB_AGENTS, DOCTOR_WARN,
				    "%.*s enforces revision %ld, which is not the "
				    "published one",
				    (int)name.n, name.p, number(&t, r, 4));
			if (span_eq(table_get(&t, r, 3), SPAN("t")))
				doctor_add(d, DR_DB_ENVIRONMENT, DOCTOR_FAIL,
				    "%.*s says %.*s, this database is another",
				    (int)name.n, name.p, (int)of.n, of.p);
		}
		if (t.rows == 0)
			doctor_add(
			    d, DR_DB_AGENTS, DOCTOR_WARN, "no gateway has reported yet");
		doctor_pass(d, DR_DB_AGENTS, "%zu, all current", t.rows);
		doctor_pass(d, DR_DB_ENVIRONMENT, "the same everywhere");
	}
	table_fini(&t);
}

static void
check_gaps(struct doctor *d, struct session *s)
{
	struct table t;

	if (rows(d, s, DR_DB_GAPS,
		"select agent, sum(records)::bigint, sum(requests)::bigint, max(cause) "
		"from report.gaps where received_at > now() - interval '7 days' group by "
		"agent",
		&t)) {
		for (size_t r = 0; r < t.rows; r++) {
			struct span name = table_get(&t, r, 0),
				    cause = table_get(&t, r, 3);

			doctor_add(d, DR_DB_GAPS, DOCTOR_WARN,
			    "%.*s: %ld records (%ld requests) of the last 7 days are "
			    "missing: %.*s",
			    (int)name.n, name.p, number(&t, r, 1), number(&t, r, 2),
			    (int)cause.n, cause.p);
		}
		doctor_pass(d, DR_DB_GAPS, "none in 7 days");
	}
	table_fini(&t);
}

/* This host's clock against the server's: half of the round trip is the doubt. */
static void
check_clock(struct doctor *d, struct session *s)
{
	int64_t before = clock_wall_us(), after, skew;
	struct table t;

	if (rows(d, s, DR_AGENT_CLOCK,
		"select (extract(epoch from clock_timestamp()) * 1000000)::bigint", &t)) {
		after = clock_wall_us();
		skew = number(&t, 0, 0) - (before + (after - before) / 2);
		if (llabs(skew) > SKEW_WARN_S * 1000000LL)
			doctor_add(d, DR_AGENT_CLOCK, DOCTOR_WARN,
			    "the database's clock is %.1f s %s", llabs(skew) / 1e6,
			    skew > 0 ? "ahead" : "behind");
		doctor_pass(d, DR_AGENT_CLOCK, "%.3f s apart", llabs(skew) / 1e6);
	}
	table_fini(&t);
}

void
doctor_database(struct doctor *d, struct session *s)
{
	struct pg_error error = {0};
	int rc;

	if (s->database[0] == 0) {
		doctor_skip_rest(
		    d, "database.", "no database is named: --database CONNINFO");
		return;
	}
	rc = database_try_open(s, &error);
	if (rc != OK) {
		doctor_add(d, DR_DB, DOCTOR_FAIL, "%s",
		    error.text[0] ? error.text : err_str(rc));
		doctor_skip_rest(d, "database.", "the database cannot be reached");
		return;
	}
	doctor_pass(d, DR_DB, "it answers");
	check_migrations(d, s);
	if (doctor_worst(d, DR_DB_MIGRATIONS) == DOCTOR_FAIL) {
		doctor_skip_rest(d, "database.", "the schema is not current");
		return;
	}
	check_roles(d, s);
	check_partitions(d, s);
	check_agents(d, s);
	check_gaps(d, s);
	check_clock(d, s);
}
