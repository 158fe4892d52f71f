/* policy: what is in force, publishing a signed bundle, going back to an old one. */
#include "bundle/bundle.h"
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/trust.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/io.h"

#define HISTORY_DEFAULT "50"

static const char active_sql[] =
    "select revision, restores, environment, note, published_at, published_by, "
    "size_bytes, "
    "(select count(*) from report.agents) as gateways, "
    "(select count(*) from report.agents where current) as gateways_current "
    "from report.bundles where active";
static const char agents_sql[] = "select agent, environment, revision, current, "
				 "last_seen_at from report.agents order by 1";

int
command_policy_status(struct session *s, const struct invocation *in)
{
	struct table active, agents;
	int rc = database_table(s, active_sql, 0, NULL, &active);

	table_init(&agents);
	if (rc == EXIT_DONE) {
		table_fini(&agents);
		rc = database_table(s, agents_sql, 0, NULL, &agents);
	}
	if (rc == EXIT_DONE && s->json) {
		buf_put_str(&s->out, "{\"active\":");
		if (active.rows)
			table_print_json_record(&active, 0, &s->out);
		else
			buf_put_str(&s->out, "null\n");
		buf_put_str(&s->out, ",\"agents\":");
		table_print_json(&agents, &s->out);
		buf_put_str(&s->out, "}\n");
	} else if (rc == EXIT_DONE) {
		if (active.rows)
			table_print_record(&active, 0, &s->style, &s->out);
		else
			session_say(s,
			    "no policy was published yet: yettc compile, then yettctl "
			    "policy publish");
		if (agents.rows)
			buf_put_char(&s->out, '\n');
		table_print(&agents, &s->style, &s->out);
	}
	table_fini(&active);
	table_fini(&agents);
	return rc;
}

int
command_policy_history(struct session *s, const struct invocation *in)
{
	const char *limit = invocation_option(in, "limit");
	struct table t;
	int rc;

	limit = limit ? limit : HISTORY_DEFAULT;
	rc = database_table(s,
	    "select revision, active, restores, environment, size_bytes as bytes, kept, "
	    "created_at, created_by, published_at, published_by, left(content, 12) as "
	    "content, note "
	    "from report.bundles order by revision desc limit $1::integer",
	    1, &limit, &t);
	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no policy was published yet");
	table_fini(&t);
	return rc;
}

/* Keeps and publishes a bundle: all or nothing. */
static int
put_and_publish(
    struct session *s, const struct bundle *b, const char *restores, const char *note)
{
	const struct bundle_header *h = b->header;
	char revision[24], parent[24], environment[9] = {0};
	const char *values[7] = {revision, parent, restores, environment,
	    (const char *)h->content, b->bytes.p, note ? note : ""};
	const int lengths[7] = {0, 0, 0, 0, sizeof h->content, (int)b->bytes.n, 0};
	const int formats[7] = {0, 0, 0, 0, 1, 1, 0};
	struct pg_error error = {0};
	int rc;

	snprintf(revision, sizeof revision, "%" PRIu64, h->revision);
	snprintf(parent, sizeof parent, "%" PRIu64, h->parent);
	memcpy(environment, h->environment, sizeof h->environment);
	if ((rc = pg_sync_begin(s->pg, &error)) != OK)
		return database_error(rc, &error);
	rc = pg_sync_query_binary(s->pg,
	    "select yett.bundle_put($1::bigint, $2::bigint, $3::bigint, $4, $5, $6, $7)",
	    7, values, lengths, formats, 0, NULL, &error);
	if (rc == OK)
		rc = pg_sync_query(s->pg, "select yett.bundle_publish($1::bigint)", 1,
		    values, NULL, &error);
	if (rc == OK)
		rc = pg_sync_commit(s->pg, &error);
	if (rc == OK)
		return EXIT_DONE;
	pg_sync_rollback(s->pg);
	if (rc == ERR_DENIED)
		return session_error(EXIT_DENIED,
		    "a new bundle needs a member of yett_compiler; see ROLES in "
		    "yett-sql(7).",
		    "%s", error.text);
	if (rc == ERR_EXISTS)
		return session_error(EXIT_USAGE,
		    "compile it again: yettc takes the next free revision from the "
		    "database.",
		    "revision %s is in the database already", revision);
	return database_error(rc, &error);
}

/* Verifies what is about to be published as gateways will. */
static int
verify(struct session *s, struct span bytes, const char *key_file, struct bundle *b)
{
	struct signer keys[TRUST_KEYS_MAX];
	unsigned n;
	struct bundle_error error = {{0}};
	struct bundle_trust trust = {
	    .keys = keys, .agent_version = UINT32_MAX, .now_us = clock_wall_us()};
	struct buf environment = BUF_INIT;
	int rc;

	if ((rc = trust_load(s, key_file, keys, &n)) != EXIT_DONE)
		return rc;
	if ((rc = database_value(s, "select environment from report.installation", 0,
		 NULL, &environment)) != EXIT_DONE) {
		buf_fini(&environment);
		return rc;
	}
	trust.n = n;
	trust.environment = environment.p ? environment.p : "";
	if (n == 0)
		rc = bundle_parse(bytes, b, &error);
	else
		rc = bundle_open(bytes, &trust, b, &error);
	buf_fini(&environment);
	if (rc != OK && rc != ERR_EARLY)
		return session_error(EXIT_FINDINGS, "nothing was published.", "%s: %s",
		    err_str(rc), error.text);
	if (rc == ERR_EARLY)
		rc = bundle_parse(bytes, b, &error);
	if (n == 0)
		session_say(s,
		    "no public key is configured here, so the signature was not "
		    "verified; gateways will");
	return rc == OK ? EXIT_DONE : EXIT_FINDINGS;
}

int
command_policy_publish(struct session *s, const struct invocation *in)
{
	struct buf file = BUF_INIT;
	struct bundle b;
	int rc = io_read_file(in->argument[0], BUNDLE_BYTES_MAX, &file);

	if (rc != OK) {
		buf_fini(&file);
		return session_error(
		    database_exit(rc), NULL, "%s: %s", in->argument[0], err_str(rc));
	}
	if ((rc = database_open(s)) == EXIT_DONE)
		rc = verify(s, buf_span(&file), invocation_option(in, "public-key"), &b);
	if (rc == EXIT_DONE)
		rc = put_and_publish(s, &b, NULL, invocation_option(in, "note"));
	if (rc == EXIT_DONE)
		session_say(s,
		    "revision %" PRIu64
		    " is in force; gateways fetch it now (yettctl policy status)",
		    b.header->revision);
	buf_fini(&file);
	return rc;
}

/* The bytes of an old revision. */
static int
fetch(struct session *s, const char *revision, struct buf *out)
{
	struct pg_error error = {0};
	PGresult *r = NULL;
	int rc = pg_sync_query_binary(s->pg, "select yett.bundle_bytes($1::bigint)", 1,
	    &revision, NULL, NULL, 1, &r, &error);

	if (rc == OK && (PQntuples(r) == 0 || PQgetisnull(r, 0, 0)))
		rc = ERR_NOTFOUND;
	else if (rc == OK)
		buf_put(out, PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0));
	PQclear(r);
	if (rc == ERR_NOTFOUND)
		return session_error(EXIT_NOTFOUND,
		    "yettctl policy history shows which are kept.",
		    "revision %s is not there or no longer kept", revision);
	return rc == OK ? EXIT_DONE : database_error(rc, &error);
}

/* The same content, newly stamped: its own lifetime, counted from now. */
static int
restamp(struct span old, uint64_t revision, const char *key_file, struct buf *out)
{
	struct signer keys[BUNDLE_SIGNATURES_MAX];
	struct bundle_error error = {{0}};
	struct bundle_stamp stamp;
	struct bundle b;
	unsigned n = BUNDLE_SIGNATURES_MAX, line = 0;
	int64_t now = clock_wall_us();
	int rc = signer_load(key_file, keys, &n, &line);

	if (rc != OK)
		return session_error(database_exit(rc),
		    "a private key has mode 0400 and belongs to you.", "%s:%u: %s",
		    key_file, line, err_str(rc));
	if ((rc = bundle_parse(old, &b, &error)) == OK) {
		bundle_stamp_of(&b, &stamp);
		stamp.parent = stamp.revision;
		stamp.revision = revision;
		if (stamp.expires_us)
			stamp.expires_us = now + (stamp.expires_us - stamp.created_us);
		stamp.created_us = now;
		stamp.not_before_us = 0;
		stamp.keys = keys;
		stamp.n = n;
		rc = bundle_stamp(old, &stamp, out, &error);
	}
	crypto_wipe(keys, sizeof keys);
	if (rc != OK)
		return session_error(EXIT_FINDINGS, "nothing was published.", "%s: %s",
		    err_str(rc), error.text);
	return EXIT_DONE;
}

static int
rollback(struct session *s, const char *revision, const char *key, const char *note)
{
	struct buf next = BUF_INIT, old = BUF_INIT, new = BUF_INIT;
	struct bundle_error error;
	struct bundle b;
	uint64_t number = 0;
	int rc = fetch(s, revision, &old);

	if (rc == EXIT_DONE)
		rc = database_value(
		    s, "select yett.bundle_next_revision()", 0, NULL, &next);
	if (rc == EXIT_DONE && span_u64(buf_span(&next), &number) != OK)
		rc = session_error(EXIT_INCOMPLETE, NULL, "no revision number came back");
	if (rc == EXIT_DONE)
		rc = restamp(buf_span(&old), number, key, &new);
	if (rc == EXIT_DONE && bundle_parse(buf_span(&new), &b, &error) != OK)
		rc = session_error(EXIT_INCOMPLETE, NULL, "%s", error.text);
	if (rc == EXIT_DONE)
		rc = put_and_publish(s, &b, revision, note);
	if (rc == EXIT_DONE)
		session_say(s, "revision %" PRIu64 " restores %s and is in force", number,
		    revision);
	buf_fini(&new);
	buf_fini(&old);
	buf_fini(&next);
	return rc;
}

int
command_policy_rollback(struct session *s, const struct invocation *in)
{
	const char *key = invocation_option(in, "key");
	struct buf active = BUF_INIT;
	uint64_t n;
	int rc;

	if (span_u64(span_str(in->argument[0]), &n) != OK)
		return session_error(EXIT_USAGE, "yettctl policy history lists them.",
		    "\"%s\" is no revision", in->argument[0]);
	if (key == NULL)
		return session_error(EXIT_USAGE,
		    "yettctl policy rollback REVISION --key FILE.",
		    "a rollback is a new revision and must be signed");
	if ((rc = database_open(s)) != EXIT_DONE)
		return rc;
	rc = database_value(
	    s, "select revision from report.bundles where active", 0, NULL, &active);
	if (rc == EXIT_DONE && span_eq(buf_span(&active), span_str(in->argument[0])))
		rc = session_error(
		    EXIT_USAGE, NULL, "revision %s is in force", in->argument[0]);
	buf_fini(&active);
	return rc == EXIT_DONE
	    ? rollback(s, in->argument[0], key, invocation_option(in, "note"))
	    : rc;
}
