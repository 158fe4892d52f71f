/* init and migrate: the schema of the database. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "pg/migrate.h"

static bool
is_environment(const char *name)
{
	return strcmp(name, "dev") == 0 || strcmp(name, "qa") == 0 ||
	    strcmp(name, "prod") == 0;
}

int
command_init(struct session *s, const struct invocation *in)
{
	const char *environment = invocation_option(in, "environment");
	struct pg_error error = {0};
	int rc;

	if (environment == NULL)
		environment = s->settings.agent_environment;
	if (!is_environment(environment))
		return session_error(EXIT_USAGE, "one of dev, qa, prod.",
		    "there is no environment \"%s\"", environment);
	if ((rc = database_open(s)) != EXIT_DONE)
		return rc;
	rc = migrate_init(s->pg, environment, &error);
	if (rc == ERR_DENIED)
		return session_error(EXIT_DENIED,
		    "run init once as a superuser, or as a role that owns the database "
		    "and may create roles.",
		    "%s", error.text);
	if (rc != OK)
		return database_error(rc, &error);
	session_say(s, "the schema is in place, for environment %s", environment);
	session_say(s,
	    "next: grant yett_recorder to the agent's role, yett_editor and yett_reader "
	    "to people (yett-sql(7), ROLES)");
	return EXIT_DONE;
}

static int
list_missing(struct session *s, const struct migrate_status *status)
{
	struct table t;
	int rc;

	table_init(&t);
	table_column(&t, "version", CELL_NUMBER, 0);
	table_column(&t, "name", CELL_TEXT, 0);
	for (size_t i = 0; i < migrate_n; i++) {
		if (migrate_table[i].version <= status->applied)
			continue;
		table_cell_number(&t, migrate_table[i].version);
		table_cell_str(&t, migrate_table[i].name);
	}
	rc = session_show(s, &t, "nothing to apply");
	if (rc == EXIT_DONE && t.rows > 0)
		rc = EXIT_FINDINGS;
	table_fini(&t);
	return rc;
}

int
command_migrate(struct session *s, const struct invocation *in)
{
	struct pg_error error = {0};
	struct migrate_status status;
	unsigned applied;
	int rc;

	if ((rc = database_open(s)) != EXIT_DONE)
		return rc;
	if (invocation_option(in, "dry-run")) {
		rc = migrate_status_read(s->pg, &status, &error);
		return rc == OK ? list_missing(s, &status) : database_error(rc, &error);
	}
	if ((rc = migrate_apply(s->pg, &applied, &error)) != OK)
		return database_error(rc, &error);
	session_say(s, applied ? "%u migration%s applied" : "the schema is current",
	    applied, applied == 1 ? "" : "s");
	return EXIT_DONE;
}
