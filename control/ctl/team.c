/* team: who answers for which services, by rules that hold for new ones, too. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"

int
command_team_list(struct session *s, const struct invocation *in)
{
	struct table t;
	int rc = database_table(s,
	    "select r.team, r.ordinal, r.host_pattern as host, r.path_prefix as prefix, "
	    "(select count(*) from report.service as s where s.team = r.team) as "
	    "services "
	    "from report.team_rule as r union all "
	    "select s.team, null, null, null, count(*) from report.service as s "
	    "where s.team is not null and not exists (select from report.team_rule as r "
	    "where r.team = s.team) group by s.team order by 2 nulls last, 1",
	    0, NULL, &t);

	if (rc == EXIT_DONE)
		rc = session_show(
		    s, &t, "no team yet; yettctl team rule TEAM HOST makes one");
	table_fini(&t);
	return rc;
}

int
command_team_put(struct session *s, const struct invocation *in)
{
	struct buf id = BUF_INIT;
	int rc = database_value(s, "select yett.team_put($1)", 1, in->argument, &id);

	if (rc == EXIT_DONE)
		session_say(s, "team %s is there; yettctl team rule gives it services",
		    in->argument[0]);
	buf_fini(&id);
	return rc;
}

int
command_team_rule(struct session *s, const struct invocation *in)
{
	const char *values[4] = {in->argument[1],
	    in->arguments > 2 ? in->argument[2] : "/", in->argument[0],
	    invocation_option(in, "ordinal")};
	struct buf id = BUF_INIT;
	int rc = database_value(
	    s, "select yett.team_rule_put($1, $2, $3, $4::integer)", 4, values, &id);

	if (rc == EXIT_DONE)
		session_say(s,
		    "%s%s belongs to team %s, new services and endpoints as "
		    "well",
		    values[0], strcmp(values[1], "/") == 0 ? "" : values[1], values[2]);
	buf_fini(&id);
	return rc;
}

int
command_team_unrule(struct session *s, const struct invocation *in)
{
	const char *values[2] = {
	    in->argument[0], in->arguments > 1 ? in->argument[1] : "/"};
	struct buf was = BUF_INIT;
	int rc =
	    database_value(s, "select yett.team_rule_remove($1, $2)", 2, values, &was);

	if (rc == EXIT_DONE && (was.n == 0 || was.p[0] != 't'))
		rc = session_error(EXIT_NOTFOUND, "yettctl team list shows them.",
		    "there is no rule for %s %s", values[0], values[1]);
	if (rc == EXIT_DONE)
		session_say(s, "%s%s belongs to no team by this rule any more", values[0],
		    strcmp(values[1], "/") == 0 ? "" : values[1]);
	buf_fini(&was);
	return rc;
}
