/* endpoint name|owner|auth|mode|pin|ignore|merge|split, override: what people say. */
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/find.h"

/* What holds where nobody said anything. */
static const char *
unsaid(const char *property)
{
	if (strcmp(property, "mode") == 0)
		return "enforce";
	return strncmp(property, "template", 8) == 0 ? "as learned" : "not set";
}

/* A person's word about an endpoint; value NULL takes it back. */
static int
say(struct session *s, const struct invocation *in, const char *property,
    const char *value, const char *path)
{
	struct buf id = BUF_INIT, before = BUF_INIT;
	const char *values[5] = {
	    NULL, property, value, invocation_option(in, "reason"), path};
	int rc = find_endpoint(s, in->argument[0], &id);

	values[0] = id.p;
	if (rc == EXIT_DONE)
		rc = database_value(s,
		    "select yett.endpoint_say($1::integer, $2, $3, $4, $5)", 5, values,
		    &before);
	if (rc == EXIT_DONE && value == NULL && before.n == 0)
		rc = session_error(EXIT_NOTFOUND, "yettctl override list shows what was.",
		    "nobody said %s of endpoint %s", property, id.p);
	else if (rc == EXIT_DONE)
		session_say(s, "endpoint %s, %s: %s, was %s", id.p, property,
		    value ? value : unsaid(property),
		    before.n ? before.p : unsaid(property));
	buf_fini(&before);
	buf_fini(&id);
	return rc;
}

/* One word to set, or --clear: never both, never none. */
static int
say_or_clear(struct session *s, const struct invocation *in, const char *property,
    const char *usage)
{
	bool clear = invocation_option(in, "clear") != NULL;

	if (clear == (in->arguments == 2))
		return session_error(
		    EXIT_USAGE, usage, "give a value, or --clear to take it back");
	return say(s, in, property, clear ? NULL : in->argument[1], "");
}

int
command_endpoint_name(struct session *s, const struct invocation *in)
{
	return say_or_clear(
	    s, in, "name", "yettctl endpoint name 17 \"place an order\".");
}

int
command_endpoint_owner(struct session *s, const struct invocation *in)
{
	return say_or_clear(s, in, "owner", "yettctl endpoint owner 17 payments.");
}

int
command_endpoint_auth(struct session *s, const struct invocation *in)
{
	return say_or_clear(s, in, "auth",
	    "one of none, any, weak, bearer, jwt, header, query, cookie, client_cert, "
	    "basic.");
}

int
command_endpoint_mode(struct session *s, const struct invocation *in)
{
	return say_or_clear(s, in, "mode", "one of off, shadow, enforce.");
}

int
command_endpoint_pin(struct session *s, const struct invocation *in)
{
	return say(s, in, "template", invocation_option(in, "clear") ? NULL : "keep", "");
}

int
command_endpoint_ignore(struct session *s, const struct invocation *in)
{
	return say(
	    s, in, "template", invocation_option(in, "clear") ? NULL : "ignore", "");
}

int
command_endpoint_merge(struct session *s, const struct invocation *in)
{
	int rc = say_or_clear(s, in, "template.into",
	    "the template it belongs to: yettctl endpoint merge 17 \"/users/{text}\".");

	if (rc == EXIT_DONE && invocation_option(in, "clear"))
		session_say(s, "what learning has made one already stays one");
	return rc;
}

/* Words of one parameter that are endpoints of their own. */
int
command_endpoint_split(struct session *s, const struct invocation *in)
{
	const char *segment = invocation_option(in, "segment");
	struct buf words = BUF_INIT;
	uint64_t n;
	int rc;

	if (segment && (span_u64(span_str(segment), &n) != OK || n > 64))
		return session_error(EXIT_USAGE,
		    "the place in the path, from 0: 1 is {text} of /users/{text}.",
		    "--segment: \"%s\" is no place", segment);
	if ((invocation_option(in, "clear") != NULL) == (in->arguments > 1))
		return session_error(EXIT_USAGE,
		    "yettctl endpoint split 17 me admin: /users/me and /users/admin.",
		    "give the words that are endpoints of their own, or --clear");
	for (unsigned i = 1; i < in->arguments; i++)
		buf_printf(&words, "%s%s", i > 1 ? " " : "", in->argument[i]);
	rc = say(s, in, "template.split", words.p, segment ? segment : "");
	buf_fini(&words);
	return rc;
}

int
command_endpoint_proposals(struct session *s, const struct invocation *in)
{
	const char *values[2] = {
	    invocation_option(in, "service"), invocation_option(in, "all") ? "t" : "f"};
	struct table t;
	int rc = database_table(s,
	    "select hash as proposal, kind, state, service, label as endpoint, members, "
	    "requests, identities, round(score::numeric, 1) as score, first_at as first, "
	    "reason, of from report.template_proposal "
	    "where ($1::text is null or service = $1) and ($2::boolean or state = "
	    "'proposed') "
	    "order by service, label, hash",
	    2, values, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "learning leaves nothing to people");
	table_fini(&t);
	return rc;
}

int
command_endpoint_accept(struct session *s, const struct invocation *in)
{
	const char *values[2] = {in->argument[0], invocation_option(in, "reason")};
	struct buf n = BUF_INIT;
	int rc = database_value(
	    s, "select yett.template_proposal_accept($1, $2)", 2, values, &n);

	if (rc == EXIT_DONE)
		session_say(s,
		    "said of %s endpoints; learning does it in its next round, yettctl "
		    "override list shows it",
		    n.p ? n.p : "0");
	buf_fini(&n);
	return rc;
}

int
command_override_list(struct session *s, const struct invocation *in)
{
	const char *values[3] = {invocation_option(in, "service"),
	    invocation_option(in, "property"), invocation_option(in, "origin")};
	struct table t;
	int rc = find_check_word(in, "origin", "human promoted");

	if (rc != EXIT_DONE)
		return rc;
	rc = database_table(s,
	    "select override_id as id, service, nullif(concat_ws(' ', nullif(method, "
	    "''), "
	    "nullif(template, ''), nullif(operation, '')), '') as endpoint, "
	    "nullif(concat_ws(' ', nullif(direction, ''), nullif(location, ''), "
	    "nullif(path, '')), '') as place, property, value, origin, changed_by, "
	    "changed_at as changed, reason from report.override "
	    "where ($1::text is null or service = $1) and ($2::text is null or property "
	    "= $2 "
	    "or property like $2 || '.%') and ($3::text is null or origin = $3) "
	    "order by service, template, method, operation, direction, location, path, "
	    "property",
	    3, values, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "nobody said anything yet");
	table_fini(&t);
	return rc;
}

int
command_override_remove(struct session *s, const struct invocation *in)
{
	struct buf was = BUF_INIT;
	int rc = database_value(s,
	    "select yett.override_remove(service, method, template, operation, "
	    "yett.direction_of(direction), yett.location_of(location), path, property) "
	    "from report.override where override_id = $1::bigint",
	    1, in->argument, &was);

	if (rc == EXIT_DONE && (was.n == 0 || was.p[0] != 't'))
		rc = session_error(EXIT_NOTFOUND, "yettctl override list shows them.",
		    "there is no override %s", in->argument[0]);
	if (rc == EXIT_DONE)
		session_say(
		    s, "override %s is gone: learning speaks again", in->argument[0]);
	buf_fini(&was);
	return rc;
}
