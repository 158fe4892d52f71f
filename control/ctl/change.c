/* changes, change ack, spec list, spec findings: what became different, and from what. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/find.h"
#include "control/ctl/since.h"

#define LIMIT_DEFAULT "1000"

/* Which kinds there are stands in the database. */
static int
check_kind(struct session *s, const struct invocation *in)
{
	struct buf kinds = BUF_INIT;
	int rc = EXIT_DONE;

	if (invocation_option(in, "kind"))
		rc = database_value(s,
		    "select string_agg(distinct kind, ' ' order by kind) from "
		    "report.change_policy",
		    0, NULL, &kinds);
	if (rc == EXIT_DONE)
		rc = find_check_word(in, "kind", kinds.p ? kinds.p : "");
	buf_fini(&kinds);
	return rc;
}

int
command_changes(struct session *s, const struct invocation *in)
{
	const char *limit = invocation_option(in, "limit");
	const char *values[7] = {NULL, invocation_option(in, "kind"),
	    invocation_option(in, "severity"),
	    invocation_option(in, "alerts") ? "t" : "f", invocation_option(in, "service"),
	    invocation_option(in, "team"), limit ? limit : LIMIT_DEFAULT};
	char since[SINCE_MAX];
	struct buf sql = BUF_INIT;
	struct table t;
	int rc;

	if ((rc = find_check_word(in, "severity", "info low medium high critical")) !=
		EXIT_DONE ||
	    (rc = check_kind(s, in)) != EXIT_DONE ||
	    (rc = since_option(in, "since", since, &values[0])) != EXIT_DONE)
		return rc;
	buf_put_str(&sql, "select change_id as id, at, severity, alert, kind, service, ");
	find_put_shown(s, "label", &sql);
	buf_put_str(&sql,
	    " as endpoint, nullif(concat_ws(' ', direction, location, path), '') as "
	    "place, class, before, after, disposition, evidence from report.change "
	    "where ($1::timestamptz is null or at >= $1) "
	    "and ($2::text is null or kind = $2) "
	    "and ($3::text is null or array_position(array['info', 'low', 'medium', "
	    "'high', 'critical'], severity) >= array_position(array['info', 'low', "
	    "'medium', 'high', 'critical'], $3)) "
	    "and (not $4::boolean or (alert and disposition is null)) "
	    "and ($5::text is null or service = $5) and ($6::text is null or team = $6) "
	    "order by at desc, change_id desc limit $7::integer");
	rc = database_table(s, sql.p, 7, values, &t);
	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "nothing changed that is asked for");
	table_fini(&t);
	buf_fini(&sql);
	return rc;
}

/* After a false positive: how to have it remembered. */
static void
say_next(struct session *s, const char *id)
{
	struct table t;
	int rc = database_table(s,
	    "select field_id, class from report.change where change_id = $1::bigint "
	    "and field_id is not null and class is not null",
	    1, &id, &t);

	if (rc == EXIT_DONE && t.rows > 0) {
		struct span field = table_get(&t, 0, 0), class = table_get(&t, 0, 1);

		session_say(s,
		    "to have it remembered: yettctl field class %.*s %.*s no --reason "
		    "TEXT",
		    (int)field.n, field.p, (int)class.n, class.p);
	}
	table_fini(&t);
}

int
command_change_ack(struct session *s, const struct invocation *in)
{
	const char *word = in->argument[1];
	const char *values[3] = {in->argument[0], strcmp(word, "open") == 0 ? NULL : word,
	    invocation_option(in, "reason")};
	struct buf before = BUF_INIT;
	int rc = database_value(s,
	    "select yett.change_disposition_put($1::bigint, $2, $3)", 3, values, &before);

	if (rc == EXIT_DONE)
		session_say(s, "change %s: %s, was %s", values[0], word,
		    before.n ? before.p : "open");
	if (rc == EXIT_DONE && strcmp(word, "false") == 0)
		say_next(s, values[0]);
	buf_fini(&before);
	return rc;
}

int
command_spec_list(struct session *s, const struct invocation *in)
{
	const char *values[2] = {
	    invocation_option(in, "service"), invocation_option(in, "all") ? "t" : "f"};
	struct table t;
	int rc = database_table(s,
	    "select spec_id as id, service, team, name, version, format, current, "
	    "operations, deprecated, base_paths, imported_at as imported, imported_by, "
	    "retired_at as retired, file from report.spec "
	    "where ($1::text is null or service = $1) and (current or $2::boolean) "
	    "order by service, name, imported_at desc",
	    2, values, &t);

	if (rc == EXIT_DONE)
		rc = session_show(
		    s, &t, "no specification yet; yettc spec import FILE brings one in");
	table_fini(&t);
	return rc;
}

int
command_spec_findings(struct session *s, const struct invocation *in)
{
	const char *limit = invocation_option(in, "limit");
	const char *values[5] = {invocation_option(in, "service"),
	    invocation_option(in, "team"), invocation_option(in, "kind"),
	    invocation_option(in, "all") ? "t" : "f", limit ? limit : LIMIT_DEFAULT};
	struct table t;
	int rc = find_check_word(in, "kind",
	    "shadow zombie orphan undeclared_parameter undeclared_field "
	    "undeclared_status undeclared_content_type type_mismatch "
	    "undeclared_authentication");

	if (rc != EXIT_DONE)
		return rc;
	rc = database_table(s,
	    "select finding_id as id, kind, service, label as endpoint, "
	    "nullif(place, '') as place, spec, version, "
	    "file || coalesce(':' || line, '') as at, first_at as first, "
	    "last_at as last, resolved_at as resolved, detail from report.finding "
	    "where ($1::text is null or service = $1) and ($2::text is null or team = "
	    "$2) "
	    "and ($3::text is null or kind = $3) and (open or $4::boolean) "
	    "order by service, kind, label, place limit $5::integer",
	    5, values, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t,
		    "no finding: inventory and specifications agree, or none was "
		    "imported (yettc spec import) and compared");
	table_fini(&t);
	return rc;
}
