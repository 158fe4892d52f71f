/* endpoint and service: what was learned and how it is named. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/find.h"
#include "control/ctl/since.h"

#define LIMIT_DEFAULT "1000"

/* What --sort may say, and the SQL it stands for. */
static const struct {
	const char *name, *sql;
} sorts[] = {
    {"requests", "i.requests desc, i.requests_total desc, i.label"},
    {"label", "i.service, i.template, i.method"},
    {"errors", "i.status_5xx desc, i.status_4xx desc, i.label"},
    {"p99", "i.latency_p99_us desc nulls last, i.label"},
    {"first_seen", "i.first_seen_at desc, i.label"},
    {"last_seen", "i.last_seen_at desc, i.label"},
};

static const char *
sort_sql(const char *name)
{
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
		if (strcmp(name, sorts[i].name) == 0)
			return sorts[i].sql;
	}
	return NULL;
}

int
command_endpoint_list(struct session *s, const struct invocation *in)
{
	const char *sort = invocation_option(in, "sort");
	const char *limit = invocation_option(in, "limit");
	const char *by = sort_sql(sort ? sort : "requests");
	char since[SINCE_MAX], first[SINCE_MAX];
	const char *values[10] = {invocation_option(in, "service"),
	    invocation_option(in, "team"), invocation_option(in, "match"), NULL, NULL,
	    invocation_option(in, "known") ? "t" : "f", limit ? limit : LIMIT_DEFAULT,
	    invocation_option(in, "group"), invocation_option(in, "spec"),
	    invocation_option(in, "ignored") ? "t" : "f"};
	struct buf sql = BUF_INIT;
	struct table t;
	int rc;

	if (by == NULL)
		return session_error(EXIT_USAGE,
		    "one of requests, label, errors, p99, first_seen, last_seen.",
		    "cannot sort by \"%s\"", sort);
	if ((rc = since_option(in, "since", since, &values[3])) != EXIT_DONE ||
	    (rc = since_option(in, "new", first, &values[4])) != EXIT_DONE)
		return rc;
	buf_put_str(&sql, "select i.endpoint_id as id, i.service, i.method, ");
	find_put_shown(s, "i.template", &sql);
	buf_put_str(&sql,
	    " as template, i.operation, "
	    "i.groups as sensitive, i.spec_state as spec, i.mode, i.provisional, "
	    "i.requests, i.requests_total as total, "
	    "i.status_4xx as \"4xx\", i.status_5xx as \"5xx\", "
	    "i.denied + i.limited + i.dropped as refused, "
	    "round(i.latency_p50_us / 1000.0, 2) as p50_ms, "
	    "round(i.latency_p95_us / 1000.0, 2) as p95_ms, "
	    "round(i.latency_p99_us / 1000.0, 2) as p99_ms, i.identities, "
	    "i.authenticated_percent as auth_pct, i.inspected_percent as seen_pct, "
	    "i.first_seen_at as first_seen, i.last_seen_at as last_seen");
	buf_printf(&sql,
	    " from report.inventory as i where ($1::text is null or i.service = $1) "
	    "and ($2::text is null or i.team = $2) "
	    "and ($3::text is null or strpos(lower(i.label), lower($3)) > 0) "
	    "and ($4::timestamptz is null or i.last_seen_at >= $4) "
	    "and ($5::timestamptz is null or i.first_seen_at >= $5) "
	    "and not ($6::boolean and i.provisional) "
	    "and ($8::text is null or $8 = any (i.groups)) "
	    "and ($9::text is null or i.spec_state = $9) "
	    "and ($10::boolean or not i.ignored) "
	    "order by %s limit $7::integer",
	    by);
	rc = database_table(s, sql.p, 10, values, &t);
	if (rc == EXIT_DONE)
		rc = session_show(s, &t,
		    "no endpoint yet; has traffic passed, and does `yettctl doctor` "
		    "agree?");
	if (rc == EXIT_DONE && t.rows > 0 && !s->json)
		setting_say_bound(s);
	table_fini(&t);
	buf_fini(&sql);
	return rc;
}

static int
show_refusals(struct session *s, const char *id)
{
	struct table t;
	int rc = database_table(s,
	    "select coalesce(rule, 'exception: ' || exception) as rule, action, "
	    "shadow_action as shadow, status, sum(requests) as requests, "
	    "max(last_at) as last, "
	    "max(reason) as reason from report.decisions "
	    "where endpoint_id = $1::integer and at >= now() - interval '7 days' "
	    "group by 1, 2, 3, 4 order by requests desc limit 20",
	    1, &id, &t);

	if (rc == EXIT_DONE && t.rows > 0) {
		buf_put_str(
		    &s->out, "\nRefused, or would have been, in the last 7 days:\n");
		table_print(&t, &s->style, &s->out);
	}
	table_fini(&t);
	return rc;
}

int
command_endpoint_show(struct session *s, const struct invocation *in)
{
	struct buf id = BUF_INIT;
	struct table t;
	const char *value;
	int rc = find_endpoint(s, in->argument[0], &id);

	if (rc != EXIT_DONE) {
		buf_fini(&id);
		return rc;
	}
	value = id.p;
	rc = database_table(s,
	    "select * from report.inventory where endpoint_id = $1::integer", 1, &value,
	    &t);
	if (rc == EXIT_DONE)
		rc = session_show_record(s, &t, "the endpoint is gone");
	table_fini(&t);
	if (rc == EXIT_DONE && !s->json)
		rc = show_refusals(s, value);
	buf_fini(&id);
	return rc;
}

int
command_service_list(struct session *s, const struct invocation *in)
{
	struct table t;
	int rc = database_table(s,
	    "select s.service, s.team, s.origin, s.endpoints, h.hosts from "
	    "report.service as s "
	    "left join lateral (select string_agg(host_pattern || case path_prefix when "
	    "'/' then '' "
	    "else path_prefix end, ' ' order by ordinal) as hosts from "
	    "report.service_host as x "
	    "where x.service = s.service) as h on true order by s.service",
	    0, NULL, &t);

	if (rc == EXIT_DONE)
		rc = session_show(
		    s, &t, "no service yet: none was seen and none is mapped");
	table_fini(&t);
	return rc;
}

int
command_service_map(struct session *s, const struct invocation *in)
{
	const char *prefix = in->arguments > 2 ? in->argument[2] : "/";
	const char *values[4] = {
	    in->argument[0], in->argument[1], prefix, invocation_option(in, "ordinal")};
	const char *team[2] = {in->argument[0], invocation_option(in, "team")};
	struct buf id = BUF_INIT;
	int rc = EXIT_DONE;

	if (team[1])
		rc = database_value(s, "select yett.service_put($1, $2)", 2, team, &id);
	if (rc == EXIT_DONE)
		rc = database_value(s,
		    "select yett.service_host_put($1, $2, $3, $4::integer)", 4, values,
		    &id);
	if (rc == EXIT_DONE)
		session_say(s, "%s%s belongs to %s from the next policy on", values[1],
		    strcmp(prefix, "/") == 0 ? "" : prefix, values[0]);
	buf_fini(&id);
	return rc;
}

int
command_service_unmap(struct session *s, const struct invocation *in)
{
	const char *values[2] = {
	    in->argument[0], in->arguments > 1 ? in->argument[1] : "/"};
	struct buf was = BUF_INIT;
	int rc =
	    database_value(s, "select yett.service_host_remove($1, $2)", 2, values, &was);

	if (rc == EXIT_DONE && (was.n == 0 || was.p[0] != 't'))
		rc = session_error(EXIT_NOTFOUND, "yettctl service list shows them.",
		    "%s%s is not mapped", values[0], values[1]);
	if (rc == EXIT_DONE)
		session_say(
		    s, "%s is no longer mapped from the next policy on", values[0]);
	buf_fini(&was);
	return rc;
}
