/*
 * watch: learns from what gateways reported, compiles when the policy changes and publishes what has another content: into a
 * file, atomically, or into PostgreSQL. A policy with errors is complained about once and
 * changes nothing; what is in force stays.
 *
 * A rollback, or a bundle that somebody else published, stays in force until a person changes
 * the policy: what gateways learn meanwhile would bring back what was taken back.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "bundle/bundle.h"
#include "pg/pg_sync.h"
#include "policy/job.h"
#include "policy/learn.h"

/* Learned endpoints and released words are not in the audit log: they are counted this
 * often, and now and then everything is read all the same. */
#define COUNT_S 10
#define READ_ALL_S 300
#define RETRY_S 5

static volatile sig_atomic_t stopped;

struct watch {
	struct options *o;
	struct job_keys keys;
	struct buf seen; /* fingerprint of what was compiled last */
	char audit[24]; /* highest entry of the audit log that was seen */
	char counts[80]; /* what COUNTS_SQL said last */
	int64_t counted_us, read_us; /* when that was, and when all was read last */
	struct pg_sync *pg;
	bool away; /* the server was not there at the last try */
	bool told; /* gateways or people have something to be judged */
	int64_t learned_us; /* when the last learning cycle began, 0: none did */
	uint64_t complaint; /* hash of what learning could not do, to be said once */
	uint64_t held; /* revision that is left in force, 0: none */
};

static void
stop(int signal)
{
	stopped = signal;
}

#define PAUSE_MAX_S 3600

static void
pause_s(uint64_t s)
{
	struct timespec t = {.tv_sec = (time_t)(s > PAUSE_MAX_S ? PAUSE_MAX_S : s)};

	while (!stopped && nanosleep(&t, &t) && errno == EINTR)
		continue;
}

/* The same, ended early by what gateways and people tell of on a channel. */
static void
pause_listening(struct watch *w, uint64_t s)
{
	struct pg_error e = {0};

	if (stopped)
		return;
	if (w->pg == NULL || w->told)
		pause_s(w->told ? 1 : s);
	else if (pg_sync_wait(w->pg, (int)(s > PAUSE_MAX_S ? PAUSE_MAX_S : s) * 1000,
		     &w->told, &e) != OK)
		pause_s(s); /* the next statement finds out, and tells */
}

/* Nothing but revision and date of making differs. */
static bool
same_policy(const struct bundle_header *a, const struct bundle_header *b)
{
	return memcmp(a->content, b->content, sizeof a->content) == 0 &&
	    memcmp(a->environment, b->environment, sizeof a->environment) == 0 &&
	    a->not_before_us == b->not_before_us && a->expires_us == b->expires_us;
}

/* --- the file as target ------------------------------------------------------------- */

static int
publish_file(struct watch *w, struct job *j, const struct bundle *made, bool *same)
{
	struct bundle_stamp stamp;
	struct buf old = BUF_INIT;
	struct bundle_error e;
	struct bundle before;
	int rc = EXIT_DONE;

	bundle_stamp_of(made, &stamp);
	*same = false;
	if (job_read_bundle(w->o->output, &old, &before, &e) == OK) {
		*same = before.header->signatures > 0 &&
		    same_policy(before.header, made->header);
		stamp.revision = before.header->revision + 1;
		stamp.parent = before.header->revision;
	}
	buf_fini(&old);
	stamp.keys = w->keys.signer;
	stamp.n = w->keys.n;
	if (!*same && (rc = job_stamp(j, &stamp)) == EXIT_DONE)
		rc = job_write(w->o->output, buf_span(&j->bundle), 0644);
	return rc;
}

/* --- PostgreSQL as target ----------------------------------------------------------- */

static int
database_failed(int rc, const struct pg_error *e)
{
	log_warn("database", "error=\"%.200s\"", e->text);
	return exit_of(rc == OK ? ERR_MALFORMED : rc);
}

/* What is in force. */
struct active {
	uint64_t revision, next; /* next: the lowest that is free */
	bool same; /* its content is that of the bundle in hand */
	bool held; /* somebody put it there, and nobody changed the policy since */
};

#define ACTIVE_SQL                                                                      \
	"select coalesce((select b.revision from report.bundles as b where b.active), " \
	"0), "                                                                          \
	"(select encode(substring(yett.bundle_bytes(b.revision) from 1 for 128), "      \
	"'hex') "                                                                       \
	"from report.bundles as b where b.active), yett.bundle_next_revision(), "       \
	"coalesce((select (b.restores is not null or b.published_by <> session_user) "  \
	"and not exists (select from report.audit as a where a.at > b.published_at "    \
	"and a.action ~ "                                                               \
	"'^(rule|setting|service|service_host|endpoint|data_class|override)_') "        \
	"from report.bundles as b where b.active), false)"

static int
read_active(struct watch *w, const struct bundle *made, struct active *a)
{
	struct bundle_header header;
	struct pg_error e = {0};
	PGresult *rows = NULL;
	int rc = pg_sync_query(w->pg, ACTIVE_SQL, 0, NULL, &rows, &e);

	*a = (struct active){0};
	if (rc == OK && PQntuples(rows) == 1 &&
	    span_u64(span_str(PQgetvalue(rows, 0, 0)), &a->revision) == OK &&
	    span_u64(span_str(PQgetvalue(rows, 0, 2)), &a->next) == OK) {
		a->same = hex_decode(span_str(PQgetvalue(rows, 0, 1)), &header,
			      sizeof header) == OK &&
		    same_policy(&header, made->header);
		a->held = PQgetvalue(rows, 0, 3)[0] == 't';
	} else if (rc == OK) {
		rc = ERR_MALFORMED;
	}
	PQclear(rows);
	return rc == OK ? EXIT_DONE : database_failed(rc, &e);
}

/* Says once that a revision stays. */
static void
hold(struct watch *w, uint64_t revision)
{
	if (w->held != revision)
		log_info("left in force until the policy is changed", "revision=%llu",
		    (unsigned long long)revision);
	w->held = revision;
}

static int
put_and_publish(struct watch *w, const struct bundle *b)
{
	const struct bundle_header *h = b->header;
	char revision[24], parent[24], environment[sizeof h->environment + 1] = "";
	const char *note = w->o->note ? w->o->note : "yettc watch";
	const char *values[6] = {
	    revision, parent, environment, (const char *)h->content, b->bytes.p, note};
	const int lengths[6] = {0, 0, 0, sizeof h->content, (int)b->bytes.n, 0};
	const int formats[6] = {0, 0, 0, 1, 1, 0};
	struct pg_error e = {0};
	int rc;

	snprintf(revision, sizeof revision, "%llu", (unsigned long long)h->revision);
	snprintf(parent, sizeof parent, "%llu", (unsigned long long)h->parent);
	memcpy(environment, h->environment, sizeof h->environment);
	if ((rc = pg_sync_begin(w->pg, &e)) == OK)
		rc = pg_sync_query_binary(w->pg,
		    "select yett.bundle_put($1::bigint, $2::bigint, null, $3, $4, $5, "
		    "$6)",
		    6, values, lengths, formats, 0, NULL, &e);
	if (rc == OK)
		rc = pg_sync_query(
		    w->pg, "select yett.bundle_publish($1::bigint)", 1, values, NULL, &e);
	if (rc == OK)
		rc = pg_sync_commit(w->pg, &e);
	if (rc == OK)
		return EXIT_DONE;
	pg_sync_rollback(w->pg);
	return database_failed(rc, &e);
}

static int
publish_database(struct watch *w, struct job *j, const struct bundle *made, bool *same)
{
	struct bundle_stamp stamp;
	struct bundle_error e;
	struct active active;
	struct bundle b;
	int rc = read_active(w, made, &active);

	*same = rc == EXIT_DONE && (active.same || active.held);
	if (*same && active.held)
		hold(w, active.revision);
	if (rc != EXIT_DONE || *same)
		return rc;
	bundle_stamp_of(made, &stamp);
	stamp.parent = active.revision;
	stamp.revision = active.next;
	stamp.keys = w->keys.signer;
	stamp.n = w->keys.n;
	if ((rc = job_stamp(j, &stamp)) != EXIT_DONE)
		return rc;
	CHECK(bundle_parse(buf_span(&j->bundle), &b, &e) == OK);
	return put_and_publish(w, &b);
}

/* --- what changed ------------------------------------------------------------------- */

/* All inputs as one digest. */
static void
fingerprint(const struct job *j, struct buf *out)
{
	buf_clear(out);
	for (uint32_t i = 0; i < j->inputs.n; i++) {
		const struct input *in = &j->inputs.v[i];
		const struct overrides *o = in->overrides;
		uint64_t part[6] = {
		    in->kind, bundle_hash(in->source.name), bundle_hash(in->source.text)};

		if (o) {
			part[3] = bundle_hash(o->mode) ^ (uint64_t)o->expires_us;
			part[4] = bundle_hash(o->owner);
			part[5] = bundle_hash(o->reason);
		}
		buf_put(out, part, sizeof part);
	}
}

#define AUDIT_SQL "select coalesce(max(audit_id), 0) from report.audit"
#define COUNTS_SQL                                                           \
	"select count(*) || ' ' || coalesce(max(endpoint_id), 0) || ' ' || " \
	"(select count(*) from report.policy_word) from report.policy_endpoint"

/* Asks for one value; *changed is set if it is another than before. */
static int
value_changed(struct watch *w, const char *sql, char *before, size_t n, bool *changed)
{
	struct pg_error e = {0};
	PGresult *rows = NULL;
	int rc = pg_sync_query(w->pg, sql, 0, NULL, &rows, &e);

	if (rc == OK && strcmp(before, PQgetvalue(rows, 0, 0)) != 0) {
		*changed = true;
		snprintf(before, n, "%s", PQgetvalue(rows, 0, 0));
	}
	PQclear(rows);
	return rc == OK ? EXIT_DONE : database_failed(rc, &e);
}

/* Whether it is worth reading the whole policy: cheap, for it is asked all the time. */
static int
database_stirred(struct watch *w, bool *stirred)
{
	int64_t now = clock_mono_us();
	int rc;

	*stirred = w->read_us == 0 || now - w->read_us >= READ_ALL_S * INT64_C(1000000);
	rc = value_changed(w, AUDIT_SQL, w->audit, sizeof w->audit, stirred);
	if (rc == EXIT_DONE && now - w->counted_us >= COUNT_S * INT64_C(1000000)) {
		rc = value_changed(w, COUNTS_SQL, w->counts, sizeof w->counts, stirred);
		w->counted_us = now;
	}
	if (*stirred)
		w->read_us = now;
	return rc;
}

/* A server that is away is told of once. */
static int
connect_database(struct watch *w)
{
	const char *conninfo = w->o->database ? w->o->database : getenv("YETT_DATABASE");
	struct pg_error e = {0};
	int rc;

	if (w->pg)
		return EXIT_DONE;
	if (conninfo == NULL)
		return complain(EXIT_USAGE,
		    "watch needs a folder and -o FILE, or "
		    "--database (or $YETT_DATABASE)");
	w->read_us = 0;
	if ((rc = pg_sync_open(conninfo, "yettc", &w->pg, &e)) != OK) {
		if (!w->away)
			log_warn("database away", "error=\"%.300s\"", e.text);
		w->away = true;
		return exit_of(rc);
	}
	if (w->away)
		log_info("database back", NULL);
	w->away = false;
	w->learned_us = 0;
	return (rc = pg_sync_listen(w->pg, LEARN_CHANNEL, &e)) == OK
	    ? EXIT_DONE
	    : database_failed(rc, &e);
}

/* --- learning ------------------------------------------------------------------------ */

/* A suspect wakes a cycle at once; a flood of them does not make it run without a pause. */
#define LEARN_PAUSE_US INT64_C(1000000)

/* What learning could not do is said once, until it is something else. */
static void
complain_once(struct watch *w, const char *why)
{
	uint64_t hash = bundle_hash(span_str(why));

	if (hash != w->complaint)
		log_warn("learning failed", "error=\"%.300s\"", why);
	w->complaint = hash;
}

static void
tell_learned(struct watch *w, const struct learn_result *r)
{
	struct buf out = BUF_INIT;
	bool failed = false;

	for (unsigned i = 0; i < LEARN_PARTS; i++)
		if (r->error[i] != OK) {
			complain_once(w, r->why[i].text);
			failed = true;
		}
	if (!failed)
		w->complaint = 0;
	learn_print(r, &out);
	if (out.n && !w->o->quiet)
		log_info("learned", "what=\"%.*s\" seconds=%.2f", (int)out.n, out.p,
		    (double)r->total_us / 1e6);
	buf_fini(&out);
}

/* A cycle if one is due. Only a connection that is gone ends the look. */
static int
learn_if_due(struct watch *w)
{
	int64_t now = clock_mono_us(), since = now - w->learned_us;
	struct learn_options o = {.dry_run = false};
	struct learn_result r;
	struct source_error e;
	int rc;

	if (w->learned_us &&
	    since <
		(w->told ? LEARN_PAUSE_US : (int64_t)learn_interval_s(w->pg) * 1000000))
		return EXIT_DONE;
	w->told = false;
	w->learned_us = now;
	rc = learn_cycle(w->pg, &o, &r, &e);
	if (rc == ERR_AGAIN)
		return EXIT_DONE; /* the other yettc does it */
	if (rc != OK)
		complain_once(w, e.text);
	else
		tell_learned(w, &r);
	if (rc == OK && learn_changed(&r))
		w->read_us = 0;
	return rc == ERR_CLOSED ? exit_of(rc) : EXIT_DONE;
}

static int
compile_and_publish(struct watch *w, struct job *j)
{
	struct compile_options c = {
	    .revision = 1, .created_us = clock_wall_us(), .source = j->what};
	struct bundle_error e;
	struct bundle b;
	bool same;
	int rc = job_compile(j, w->o, &c);

	if (rc == EXIT_FINDINGS) {
		log_error("policy has errors; what is in force stays", "errors=%u",
		    j->diags.errors);
		return EXIT_DONE;
	}
	if (rc != EXIT_DONE)
		return rc;
	CHECK(bundle_parse(buf_span(&j->bundle), &b, &e) == OK);
	rc = w->o->output ? publish_file(w, j, &b, &same)
			  : publish_database(w, j, &b, &same);
	if (rc != EXIT_DONE || same)
		return rc;
	CHECK(bundle_parse(buf_span(&j->bundle), &b, &e) == OK);
	if (!w->o->quiet)
		log_info("published", "revision=%llu rules=%u endpoints=%u bytes=%zu",
		    (unsigned long long)b.header->revision, b.rules, b.endpoints,
		    b.bytes.n);
	return EXIT_DONE;
}

/* One look. */
static int
look(struct watch *w)
{
	struct buf now = BUF_INIT;
	bool stirred = true;
	struct job j;
	int rc;

	job_init(&j);
	if (w->o->arguments == 0 || w->o->output == NULL) {
		if ((rc = connect_database(w)) != EXIT_DONE)
			goto out;
		if (w->o->arguments == 0 && (rc = learn_if_due(w)) != EXIT_DONE)
			goto out;
		if (w->o->arguments == 0 &&
		    ((rc = database_stirred(w, &stirred)) != EXIT_DONE || !stirred))
			goto out;
	}
	j.pg = w->pg;
	rc = job_read(&j, w->o);
	j.pg = NULL;
	if (rc == EXIT_FINDINGS && w->pg) {
		log_error("policy has errors; what is in force stays", NULL);
		rc = EXIT_DONE; /* until something changes */
		goto out;
	}
	if (rc != EXIT_DONE)
		goto out;
	fingerprint(&j, &now);
	if (span_eq(buf_span(&now), buf_span(&w->seen)) && w->seen.n)
		goto out;
	if ((rc = compile_and_publish(w, &j)) == EXIT_DONE) {
		buf_fini(&w->seen);
		w->seen = now;
		now = BUF_INIT;
	}
out:
	if (rc != EXIT_DONE) {
		pg_sync_close(w->pg);
		w->pg = NULL;
	}
	buf_fini(&now);
	job_fini(&j);
	return rc;
}

int
command_watch(struct options *o)
{
	struct watch w = {.o = o};
	struct sigaction sa = {.sa_handler = stop};
	int rc = EXIT_DONE;

	if (o->keys == 0)
		return complain(EXIT_USAGE,
		    "watch needs --key FILE: what it publishes is "
		    "signed");
	if ((rc = job_keys_load(o, &w.keys)) != EXIT_DONE)
		return rc;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	while (!stopped) {
		rc = look(&w);
		if (rc == EXIT_USAGE)
			break;
		pause_listening(&w, rc == EXIT_DONE ? o->interval_s : RETRY_S);
	}
	pg_sync_close(w.pg);
	buf_fini(&w.seen);
	job_keys_wipe(&w.keys);
	return rc == EXIT_USAGE ? rc : EXIT_DONE;
}
