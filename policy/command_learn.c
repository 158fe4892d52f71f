/* learn: cycles on a database, without compiling or publishing anything. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "pg/pg_sync.h"
#include "policy/job.h"
#include "policy/learn.h"

static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	stopped = signal;
}

static void
show(const struct options *o, const struct learn_result *r)
{
	struct buf out = BUF_INIT;
	struct jsonw w;

	if (o->json) {
		jsonw_init(&w, &out);
		learn_json(r, o->dry_run, &w);
		buf_put_char(&out, '\n');
		fwrite(out.p, 1, out.n, stdout);
		fflush(stdout);
	} else if (!o->quiet) {
		learn_print(r, &out);
		fprintf(stderr, "%s%.*s%s, %.2f s\n", o->dry_run ? "would be: " : "",
		    (int)out.n, out.n ? out.p : "", out.n ? "" : "nothing new",
		    (double)r->total_us / 1e6);
	}
	buf_fini(&out);
}

/* One cycle; what parts of it could not do is told. */
static int
cycle(struct job *j, const struct options *o)
{
	struct learn_options lo = {.dry_run = o->dry_run};
	struct learn_result r;
	struct source_error e;
	int rc = learn_cycle(j->pg, &lo, &r, &e), code = EXIT_DONE;

	if (rc != OK)
		return complain(exit_of(rc), "%s", e.text);
	for (unsigned i = 0; i < LEARN_PARTS; i++)
		if (r.error[i] != OK)
			code = complain(EXIT_INCOMPLETE, "%s", r.why[i].text);
	show(o, &r);
	return code;
}

/* Until the next cycle is due, gateways tell of something, or a signal comes. */
static int
wait_for_news(struct job *j)
{
	struct pg_error e = {0};
	bool told;
	int rc = pg_sync_wait(j->pg, (int)learn_interval_s(j->pg) * 1000, &told, &e);

	return rc == OK ? EXIT_DONE : complain(exit_of(rc), "database: %s", e.text);
}

int
command_learn(struct options *o)
{
	struct sigaction sa = {.sa_handler = stop};
	struct pg_error e = {0};
	struct job j;
	int rc;

	job_init(&j);
	if ((rc = job_connect(&j, o, true)) != EXIT_DONE)
		goto out;
	if (j.pg == NULL) {
		rc = complain(EXIT_USAGE, "learn needs --database (or $YETT_DATABASE)");
		goto out;
	}
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if (!o->once && (rc = pg_sync_listen(j.pg, LEARN_CHANNEL, &e)) != OK) {
		rc = complain(exit_of(rc), "database: %s", e.text);
		goto out;
	}
	do {
		rc = cycle(&j, o);
		if (o->once ||
		    (rc != EXIT_DONE && rc != EXIT_INCOMPLETE && rc != EXIT_RETRY))
			break;
		rc = stopped ? EXIT_DONE : wait_for_news(&j);
	} while (!stopped && rc == EXIT_DONE);
	if (stopped)
		rc = EXIT_DONE;
out:
	job_fini(&j);
	return rc;
}
