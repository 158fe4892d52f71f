/* setting: policy settings of the environment. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"

#include <unistd.h>

#include "base/io.h"

#define VALUE_MAX 65536 /* the database's own limit */

int
command_setting_list(struct session *s, const struct invocation *in)
{
	struct table t;
	int rc = database_table(
	    s, "select key, value from report.policy_setting order by key", 0, NULL, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "none is set; yettc(1) lists their defaults");
	table_fini(&t);
	return rc;
}

int
command_setting_put(struct session *s, const struct invocation *in)
{
	const char *values[2] = {in->argument[0], in->argument[1]};
	struct buf before = BUF_INIT, given = BUF_INIT;
	int rc = EXIT_DONE;

	if (strcmp(values[1], "-") == 0) {
		if (io_read_fd(STDIN_FILENO, VALUE_MAX, &given) != OK)
			rc = session_error(
			    EXIT_USAGE, NULL, "cannot read a value from stdin");
		while (given.n > 0 && given.p[given.n - 1] == '\n')
			given.p[--given.n] = 0;
		values[1] = given.p ? given.p : "";
	}
	if (rc == EXIT_DONE)
		rc = database_value(
		    s, "select yett.setting_put($1, $2)", 2, values, &before);
	if (rc == EXIT_DONE)
		session_say(s, "%s is %s, was %s; from the next policy on", values[0],
		    values[1], before.n ? before.p : "not set");
	buf_fini(&before);
	buf_fini(&given);
	return rc;
}

int
command_setting_remove(struct session *s, const struct invocation *in)
{
	struct buf was = BUF_INIT;
	int rc =
	    database_value(s, "select yett.setting_remove($1)", 1, in->argument, &was);

	if (rc == EXIT_DONE && (was.n == 0 || was.p[0] != 't'))
		rc = session_error(EXIT_NOTFOUND, "yettctl setting list shows them.",
		    "%s is not set", in->argument[0]);
	else if (rc == EXIT_DONE)
		session_say(s, "%s has its default again, from the next policy on",
		    in->argument[0]);
	buf_fini(&was);
	return rc;
}

void
setting_say_bound(struct session *s)
{
	struct buf mode = BUF_INIT;
	int rc = database_value(s,
	    "select max(value) from report.policy_setting "
	    "where key = 'default_mode' and value <> 'enforce'",
	    0, NULL, &mode);

	if (rc == EXIT_DONE && mode.n > 0)
		session_say(s,
		    "default_mode is %s: nothing is refused, whatever mode stands there; "
		    "yettctl setting put default_mode enforce",
		    mode.p);
	buf_fini(&mode);
}
