/* field and sensitive: what was seen in requests and answers, and what people say of it. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/find.h"
#include "control/ctl/since.h"

#define LIMIT_DEFAULT "1000"

static const char groups[] = "pci pii credential health financial custom";

/* How far a field is: by the strongest thing that is known of its classes. */
static const char state_sql[] =
    "case when f.ignored then 'ignored' when c.said then 'said' "
    "when f.suspected <> '{}' then 'suspected' when c.contains then 'contains' "
    "when f.classes <> '{}' then 'confirmed' when c.rejected then 'rejected' "
    "else 'seen' end";
static const char classes_sql[] =
    " left join (select x.field_id, bool_or(x.said is not null) as said, "
    "bool_or(x.state = 'contains' and x.in_force) as contains, "
    "bool_or(x.state = 'rejected') as rejected from report.field_class as x "
    "group by x.field_id) as c using (field_id)";

static void
put_columns(const struct session *s, struct buf *sql)
{
	buf_put_str(sql, "select f.field_id as id, f.service, ");
	find_put_shown(s, "f.label", sql);
	buf_put_str(sql, " as endpoint, f.direction, f.location, ");
	find_put_shown(s, "f.path", sql);
	buf_printf(sql,
	    " as path, f.types, f.classes, f.suspected, f.groups, %s as state, "
	    "f.present_percent as present_pct, f.values, f.distinct_values as "
	    "\"distinct\", f.first_seen_at as first_seen, f.last_seen_at as last_seen "
	    "from report.field as f%s",
	    state_sql, classes_sql);
}

int
command_field_list(struct session *s, const struct invocation *in)
{
	const char *limit = invocation_option(in, "limit"),
		   *what = invocation_option(in, "endpoint");
	const char *values[9] = {NULL, invocation_option(in, "class"),
	    invocation_option(in, "group"), invocation_option(in, "state"),
	    invocation_option(in, "service"), invocation_option(in, "team"),
	    invocation_option(in, "match"), NULL, limit ? limit : LIMIT_DEFAULT};
	char since[SINCE_MAX];
	struct buf sql = BUF_INIT, id = BUF_INIT;
	struct table t;
	int rc;

	if ((rc = find_check_word(in, "group", groups)) != EXIT_DONE ||
	    (rc = find_check_word(in, "state",
		 "seen suspected confirmed contains rejected said ignored")) !=
		EXIT_DONE ||
	    (rc = since_option(in, "new", since, &values[7])) != EXIT_DONE ||
	    (what && (rc = find_endpoint(s, what, &id)) != EXIT_DONE)) {
		buf_fini(&id);
		return rc;
	}
	values[0] = id.p;
	put_columns(s, &sql);
	buf_printf(&sql,
	    " where ($1::integer is null or f.endpoint_id = $1::integer) "
	    "and ($2::text is null or $2 = any (f.classes) or $2 = any (f.suspected)) "
	    "and ($3::text is null or $3 = any (f.groups)) "
	    "and ($4::text is null or %s = $4) "
	    "and ($5::text is null or f.service = $5) "
	    "and ($6::text is null or f.team = $6) "
	    "and ($7::text is null or strpos(lower(f.path), lower($7)) > 0) "
	    "and ($8::timestamptz is null or f.first_seen_at >= $8) "
	    "order by f.service, f.template, f.method, f.operation nulls first, "
	    "f.direction, f.location, f.path limit $9::integer",
	    state_sql);
	rc = database_table(s, sql.p, 9, values, &t);
	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no such field was seen");
	table_fini(&t);
	buf_fini(&sql);
	buf_fini(&id);
	return rc;
}

static const char verdicts_sql[] =
    "select class, title, state, said, in_force, hits, checked, certain, contained, "
    "round(prior / 10.0, 1) as prior, round(score::numeric, 1) as score, suspected_at, "
    "judged_at, evidence from report.field_class where field_id = $1::integer "
    "order by in_force desc, score desc nulls last, class";

static int
show_verdicts(struct session *s, const char *id)
{
	struct table t;
	int rc = database_table(s, verdicts_sql, 1, &id, &t);

	if (rc == EXIT_DONE && t.rows > 0) {
		buf_put_str(&s->out, "\nWhat speaks for classes:\n");
		table_print(&t, &s->style, &s->out);
	}
	table_fini(&t);
	return rc;
}

int
command_field_show(struct session *s, const struct invocation *in)
{
	struct buf id = BUF_INIT, sql = BUF_INIT;
	struct table t;
	const char *value;
	int rc = find_field(s, in->argument[0], &id);

	if (rc != EXIT_DONE) {
		buf_fini(&id);
		return rc;
	}
	value = id.p;
	put_columns(s, &sql);
	buf_put_str(&sql, " where f.field_id = $1::integer");
	if (s->json) {
		buf_clear(&sql);
		buf_printf(&sql,
		    "select f.*, (select coalesce(json_agg(v), '[]') from (%s) as v) "
		    "as verdicts from report.field as f where f.field_id = $1::integer",
		    verdicts_sql);
	}
	rc = database_table(s, sql.p, 1, &value, &t);
	if (rc == EXIT_DONE)
		rc = session_show_record(s, &t, "the field is gone");
	table_fini(&t);
	if (rc == EXIT_DONE && !s->json)
		rc = show_verdicts(s, value);
	buf_fini(&sql);
	buf_fini(&id);
	return rc;
}

/* A person's word about a field; value NULL takes it back. */
static int
say(struct session *s, const struct invocation *in, const char *property,
    const char *value)
{
	struct buf id = BUF_INIT, before = BUF_INIT;
	const char *values[4] = {NULL, property, value, invocation_option(in, "reason")};
	int rc = find_field(s, in->argument[0], &id);

	values[0] = id.p;
	if (rc == EXIT_DONE)
		rc = database_value(s, "select yett.field_say($1::integer, $2, $3, $4)",
		    4, values, &before);
	if (rc == EXIT_DONE && value == NULL && before.n == 0)
		rc = session_error(EXIT_NOTFOUND, "yettctl override list shows what was.",
		    "nobody said anything of %s of field %s", property, id.p);
	else if (rc == EXIT_DONE)
		session_say(s, "field %s, %s: %s, was %s; remembered", id.p, property,
		    value ? value : "as learned", before.n ? before.p : "as learned");
	buf_fini(&before);
	buf_fini(&id);
	return rc;
}

int
command_field_class(struct session *s, const struct invocation *in)
{
	const char *word = in->argument[2];
	struct buf property = BUF_INIT;
	int rc;

	if (!find_is_one_of(word, "yes no clear"))
		return session_error(EXIT_USAGE,
		    "yes: it is of the class; no: it is not, whatever is seen; clear: as "
		    "learned.",
		    "expected yes, no or clear, not \"%s\"", word);
	buf_printf(&property, "class.%s", in->argument[1]);
	rc = say(s, in, property.p, strcmp(word, "clear") == 0 ? NULL : word);
	buf_fini(&property);
	return rc;
}

int
command_field_ignore(struct session *s, const struct invocation *in)
{
	return say(s, in, "field.ignore", invocation_option(in, "clear") ? NULL : "yes");
}

/* --- sensitive --- */

static int
sensitive_services(struct session *s, const char *const *values)
{
	struct table t;
	int rc = database_table(s,
	    "select service, team, count(*) filter (where groups is not null) as "
	    "endpoints, count(*) filter (where 'pci' = any (groups)) as pci, "
	    "count(*) filter (where 'pii' = any (groups)) as pii, "
	    "count(*) filter (where 'credential' = any (groups)) as credential, "
	    "count(*) filter (where 'health' = any (groups)) as health, "
	    "count(*) filter (where 'financial' = any (groups)) as financial, "
	    "count(*) filter (where 'custom' = any (groups)) as custom, "
	    "count(*) filter (where suspected is not null) as suspected "
	    "from report.sensitive where ($1::text is null or service = $1) "
	    "and ($2::text is null or team = $2) and ($3::text is null or "
	    "$3 = any (groups) or $3 = any (suspected_groups)) "
	    "group by service, team order by service",
	    3, values, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no sensitive field was found");
	table_fini(&t);
	return rc;
}

int
command_sensitive(struct session *s, const struct invocation *in)
{
	const char *values[3] = {invocation_option(in, "service"),
	    invocation_option(in, "team"), invocation_option(in, "group")};
	struct buf sql = BUF_INIT;
	struct table t;
	int rc = find_check_word(in, "group", groups);

	if (rc != EXIT_DONE)
		return rc;
	if (invocation_option(in, "services"))
		return sensitive_services(s, values);
	buf_put_str(&sql, "select endpoint_id as id, service, team, ");
	find_put_shown(s, "label", &sql);
	buf_put_str(&sql,
	    " as endpoint, groups, classes, suspected, fields from report.sensitive "
	    "where ($1::text is null or service = $1) and ($2::text is null or team = "
	    "$2) "
	    "and ($3::text is null or $3 = any (groups) or $3 = any (suspected_groups)) "
	    "order by service, label");
	rc = database_table(s, sql.p, 3, values, &t);
	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no sensitive field was found");
	table_fini(&t);
	buf_fini(&sql);
	return rc;
}
