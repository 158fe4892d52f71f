/* class: classes of data, built in and those of the customer. */
#include "control/ctl/data_class.h"
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/find.h"

#include "classify/classify.h"

int
command_class_list(struct session *s, const struct invocation *in)
{
	const char *group = invocation_option(in, "group");
	struct table t;
	int rc =
	    find_check_word(in, "group", "pci pii credential health financial custom");

	if (rc != EXIT_DONE)
		return rc;
	rc = database_table(s,
	    "select d.class, d.title, d.groups, d.mask, d.builtin, d.enabled, "
	    "coalesce(n.fields, 0) as fields, coalesce(n.suspected, 0) as suspected, "
	    "d.pattern, d.validator, d.names "
	    "from report.data_class as d left join (select class, "
	    "count(*) filter (where in_force) as fields, "
	    "count(*) filter (where suspected) as suspected from report.field_class "
	    "group by class) as n using (class) "
	    "where ($1::text is null or $1 = any (d.groups)) order by d.builtin, d.class",
	    1, &group, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t,
		    group ? "no class is of this group"
			  : "no class is known yet; yettc learn brings in the built-in "
			    "ones");
	table_fini(&t);
	return rc;
}

int
data_class_check(
    const char *name, const char *pattern, const char *validator, const char *names)
{
	struct class_custom custom = {.name = span_str(name),
	    .title = span_str(name),
	    .pattern = span_str(pattern),
	    .validator = span_str(validator)};
	struct buf words = BUF_INIT;
	struct class_set *set;
	char why[200];
	size_t at;
	int rc;

	for (const char *c = names; c && *c; c++)
		buf_put_char(&words, *c == ',' ? ' ' : *c);
	if (names)
		custom.names = buf_span(&words);
	rc = class_set_new(&custom, 1, &set, &at, why);
	if (rc == OK)
		class_set_free(set);
	buf_fini(&words);
	if (rc == OK)
		return EXIT_DONE;
	return session_error(rc == ERR_INVALID ? EXIT_USAGE : EXIT_INCOMPLETE,
	    "nothing was changed.", "class \"%s\": %s", name, why[0] ? why : err_str(rc));
}

int
command_class_put(struct session *s, const struct invocation *in)
{
	const char *title = invocation_option(in, "title"),
		   *mask = invocation_option(in, "mask");
	const char *values[7] = {in->argument[0], title ? title : in->argument[0],
	    invocation_option(in, "groups"), mask ? mask : "token",
	    invocation_option(in, "pattern"), invocation_option(in, "validator"),
	    invocation_option(in, "names")};
	struct buf what = BUF_INIT;
	int rc = data_class_check(values[0], values[4], values[5], values[6]);

	if (rc == EXIT_DONE)
		rc = database_value(s,
		    "select yett.data_class_put($1, $2, string_to_array(coalesce($3, "
		    "'custom'), ','), $4, $5, $6, coalesce(string_to_array($7, ','), "
		    "'{}'))",
		    7, values, &what);

	if (rc == EXIT_DONE)
		session_say(s,
		    "class %s: %s; gateways look for it from the next policy on",
		    values[0], what.p ? what.p : "");
	buf_fini(&what);
	return rc;
}

int
command_class_remove(struct session *s, const struct invocation *in)
{
	struct buf was = BUF_INIT;
	int rc =
	    database_value(s, "select yett.data_class_remove($1)", 1, in->argument, &was);

	if (rc == EXIT_DONE && (was.n == 0 || was.p[0] != 't'))
		rc = session_error(EXIT_NOTFOUND, "yettctl class list shows them.",
		    "there is no class \"%s\"", in->argument[0]);
	if (rc == EXIT_DONE)
		session_say(
		    s, "class %s is out of use from the next policy on", in->argument[0]);
	buf_fini(&was);
	return rc;
}
