/* compile and check. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "pg/pg_sync.h"
#include "policy/job.h"

#define DEFAULT_OUTPUT "policy.bundle"

/* The database's next revision. */
static int
next_revision(struct job *j, uint64_t *out)
{
	PGresult *rows = NULL;
	struct pg_error e = {0};
	int rc = pg_sync_query(
	    j->pg, "select yett.bundle_next_revision()", 0, NULL, &rows, &e);

	if (rc == OK && span_u64(span_str(PQgetvalue(rows, 0, 0)), out) != OK)
		rc = ERR_MALFORMED;
	PQclear(rows);
	return rc == OK ? EXIT_DONE : complain(exit_of(rc), "database: %s", e.text);
}

/*
 * Which revision the bundle gets: what was asked for; the database's next one; or one more
 * than the file has that is about to be replaced, unless its content is the same.
 */
static int
choose_revision(struct job *j, const struct options *o, const char *output,
    const struct bundle *made, struct bundle_stamp *stamp)
{
	struct buf bytes = BUF_INIT;
	struct bundle_error e;
	struct bundle before;
	int rc = EXIT_DONE;

	stamp->revision = 1;
	if (job_read_bundle(output, &bytes, &before, &e) == OK) {
		const struct bundle_header *h = before.header;
		bool same =
		    memcmp(h->content, made->header->content, sizeof h->content) == 0;

		stamp->revision = h->revision + !same;
		stamp->parent = same ? h->parent : h->revision;
	}
	if (o->revision) {
		stamp->revision = o->revision;
	} else if (j->pg) {
		stamp->parent = 0;
		rc = next_revision(j, &stamp->revision);
		if (stamp->revision > 1)
			stamp->parent = stamp->revision - 1;
	}
	buf_fini(&bytes);
	return rc;
}

static int
stamp_and_write(struct job *j, const struct options *o)
{
	const char *output = o->output ? o->output : DEFAULT_OUTPUT;
	struct job_keys keys = {.n = 0};
	struct bundle_stamp stamp;
	struct bundle_error e;
	struct bundle b;
	int rc;

	CHECK(bundle_parse(buf_span(&j->bundle), &b, &e) == OK);
	bundle_stamp_of(&b, &stamp);
	if ((rc = job_keys_load(o, &keys)) == EXIT_DONE &&
	    (rc = choose_revision(j, o, output, &b, &stamp)) == EXIT_DONE) {
		stamp.keys = keys.signer;
		stamp.n = keys.n;
		rc = job_stamp(j, &stamp);
	}
	job_keys_wipe(&keys);
	if (rc == EXIT_DONE)
		rc = job_write(output, buf_span(&j->bundle), 0644);
	if (rc == EXIT_DONE)
		job_summary(o, output, buf_span(&j->bundle));
	if (rc == EXIT_DONE && o->keys == 0 && !o->quiet)
		complain(0,
		    "no --key: only dump, diff and explain read this bundle; "
		    "yettc sign makes it loadable");
	return rc;
}

int
command_compile(struct options *o)
{
	struct compile_options c = {.revision = 1};
	struct job j;
	int rc;

	job_init(&j);
	if ((rc = job_created(o, &c.created_us)) == EXIT_DONE &&
	    (rc = job_read(&j, o)) == EXIT_DONE) {
		c.source = j.what;
		if ((rc = job_compile(&j, o, &c)) == EXIT_DONE)
			rc = stamp_and_write(&j, o);
	}
	job_fini(&j);
	return rc;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Files of a policy are checked against what the database knows, if there is one. */
static int
read_files(struct job *j, const struct options *o)
{
	struct source_error e;
	int rc;

	if ((rc = job_connect(j, o, true)) != EXIT_DONE)
		return rc;
	if (j->pg) {
		rc = source_database(&j->pool, j->pg, DATABASE_INVENTORY, &j->inputs, &e);
		if (rc != OK)
			return complain(exit_of(rc), "%s", e.text);
	}
	for (unsigned i = 0; i < o->arguments; i++)
		if ((rc = source_path(&j->pool, o->argument[i], &j->inputs, &e)) != OK)
			return complain(exit_of(rc), "%s", e.text);
	return EXIT_DONE;
}

int
command_check(struct options *o)
{
	struct compile_options c = {.revision = 1};
	bool files = o->arguments > 1 || (o->arguments && !is_folder(o->argument[0]));
	struct job j;
	int rc;

	job_init(&j);
	if ((rc = job_created(o, &c.created_us)) == EXIT_DONE &&
	    (rc = files ? read_files(&j, o) : job_read(&j, o)) == EXIT_DONE) {
		c.partial = files && j.pg == NULL;
		rc = job_compile(&j, o, &c);
	}
	if (rc == EXIT_DONE && !o->quiet && !o->json)
		fprintf(stderr, "%s: no errors%s\n",
		    o->arguments ? o->argument[0] : "database",
		    j.diags.warnings ? ", but see the warnings" : "");
	job_fini(&j);
	return rc;
}
