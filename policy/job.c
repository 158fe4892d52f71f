/* Steps that several commands take. */
#include "policy/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "pg/pg_sync.h"

void
job_init(struct job *j)
{
	*j = (struct job){0};
	j->diags.pool = &j->pool;
}

void
job_fini(struct job *j)
{
	pg_sync_close(j->pg);
	buf_fini(&j->bundle);
	pool_fini(&j->pool);
	job_init(j);
}

int
job_connect(struct job *j, const struct options *o, bool wanted)
{
	const char *conninfo = o->database;
	struct pg_error e = {0};
	int rc;

	if (conninfo == NULL && wanted)
		conninfo = getenv("YETT_DATABASE");
	if (conninfo == NULL || j->pg)
		return EXIT_DONE;
	if ((rc = pg_sync_open(conninfo, "yettc", &j->pg, &e)) == OK)
		return EXIT_DONE;
	return complain(rc == ERR_IO ? EXIT_UNAVAILABLE : exit_of(rc),
	    "cannot reach the database: %s", e.text);
}

int
job_read(struct job *j, const struct options *o)
{
	struct source_error e;
	int rc;

	if (o->arguments) {
		j->what = SPAN("files"); /* not the path: it is no part of the policy */
		rc = source_path(&j->pool, o->argument[0], &j->inputs, &e);
		return rc == OK ? EXIT_DONE : complain(exit_of(rc), "%s", e.text);
	}
	if ((rc = job_connect(j, o, true)) != EXIT_DONE)
		return rc;
	if (j->pg == NULL)
		return complain(EXIT_USAGE,
		    "%s needs a folder, or --database (or $YETT_DATABASE)",
		    o->command->name);
	j->what = SPAN("database");
	rc = source_database(&j->pool, j->pg, DATABASE_ALL, &j->inputs, &e);
	return rc == OK ? EXIT_DONE : complain(exit_of(rc), "%s", e.text);
}

int
job_messages(struct job *j, const struct options *o)
{
	struct buf out = BUF_INIT;
	bool bad = j->diags.errors || (o->strict && j->diags.warnings);

	diag_print(&j->diags, o->json, &out);
	if (out.n)
		fwrite(out.p, 1, out.n, o->json ? stdout : stderr);
	buf_fini(&out);
	return bad ? EXIT_FINDINGS : EXIT_DONE;
}

int
job_compile(struct job *j, const struct options *o, const struct compile_options *c)
{
	int rc, shown;

	buf_clear(&j->bundle);
	rc = compile(&j->pool, &j->diags, j->inputs.v, j->inputs.n, c, &j->bundle);
	shown = job_messages(j, o);
	return rc == OK ? shown : EXIT_FINDINGS;
}

int
job_created(const struct options *o, int64_t *out)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t s;

	*out = clock_wall_us();
	if (o->created) {
		if (clock_parse(span_str(o->created), out) == OK)
			return EXIT_DONE;
		return complain(EXIT_USAGE,
		    "--created: expected a time such as 2027-01-01T00:00:00Z");
	}
	if (epoch && span_u64(span_str(epoch), &s) == OK && s < INT64_MAX / 1000000)
		*out = (int64_t)s * 1000000;
	return EXIT_DONE;
}

/* --- bundles ------------------------------------------------------------------------ */

int
job_read_bundle(
    const char *path, struct buf *bytes, struct bundle *out, struct bundle_error *e)
{
	int rc;

	*out = (struct bundle){0};
	e->text[0] = '\0';
	buf_clear(bytes);
	if ((rc = io_read_file(path, BUNDLE_BYTES_MAX, bytes)) != OK)
		return rc;
	return bundle_parse(buf_span(bytes), out, e);
}

int
job_open(struct job *j, const struct options *o, const char *path, struct bundle *out)
{
	struct compile_options c = {.revision = 1, .source = SPAN("files")};
	struct source_error why;
	struct bundle_error e;
	struct stat st;
	int rc;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		rc = source_path(&j->pool, path, &j->inputs, &why);
		if (rc != OK)
			return complain(exit_of(rc), "%s", why.text);
		if ((rc = job_created(o, &c.created_us)) != EXIT_DONE ||
		    (rc = job_compile(j, o, &c)) != EXIT_DONE)
			return rc;
		rc = bundle_parse(buf_span(&j->bundle), out, &e);
	} else {
		rc = job_read_bundle(path, &j->bundle, out, &e);
	}
	if (rc == OK)
		return EXIT_DONE;
	return complain(
	    exit_of(rc), "%s: %s%s%s", path, err_str(rc), e.text[0] ? ": " : "", e.text);
}

void
job_summary(const struct options *o, const char *where, struct span bytes)
{
	struct buf out = BUF_INIT;
	struct bundle_error e;
	struct bundle b;
	struct jsonw w;

	if (bundle_parse(bytes, &b, &e) != OK)
		return;
	if (!o->json) {
		if (!o->quiet)
			fprintf(stderr,
			    "%s: revision %llu for %.8s, %u rules and limits, %u "
			    "endpoints, %zu bytes, %s\n",
			    where, (unsigned long long)b.header->revision,
			    b.header->environment, b.rules, b.endpoints, bytes.n,
			    b.header->signatures ? "signed" : "not signed");
		return;
	}
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_kv_str(&w, "file", where);
	jsonw_kv_uint(&w, "revision", b.header->revision);
	jsonw_kv_str(&w, "environment", b.header->environment);
	jsonw_kv_uint(&w, "rules", b.rules);
	jsonw_kv_uint(&w, "endpoints", b.endpoints);
	jsonw_kv_uint(&w, "bytes", bytes.n);
	jsonw_kv_uint(&w, "signatures", b.header->signatures);
	jsonw_object_end(&w);
	buf_put_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_fini(&out);
}

/* --- keys --------------------------------------------------------------------------- */

int
job_keys_load(const struct options *o, struct job_keys *out)
{
	out->n = 0;
	for (unsigned i = 0; i < o->keys; i++) {
		unsigned n = BUNDLE_SIGNATURES_MAX - out->n, line;
		int rc = signer_load(o->key[i], out->signer + out->n, &n, &line);

		if (rc == OK && !out->signer[out->n].has_private)
			return complain(EXIT_USAGE,
			    "%s: this is the public half; signing needs the private key",
			    o->key[i]);
		if (rc == ERR_DENIED)
			return complain(EXIT_DENIED,
			    "%s: a private key must be yours and readable by nobody else "
			    "(mode 0400 or 0600)",
			    o->key[i]);
		if (rc != OK)
			return complain(exit_of(rc), "%s: %s%s", o->key[i],
			    rc == ERR_MALFORMED ? "not a key file: " : "", err_str(rc));
		out->n += n;
	}
	return EXIT_DONE;
}

void
job_keys_wipe(struct job_keys *k)
{
	crypto_wipe(k, sizeof *k);
}

int
job_stamp(struct job *j, const struct bundle_stamp *stamp)
{
	struct buf out = BUF_INIT;
	struct bundle_error e;
	int rc = bundle_stamp(buf_span(&j->bundle), stamp, &out, &e);

	if (rc != OK) {
		buf_fini(&out);
		return complain(exit_of(rc), "signing: %s", e.text);
	}
	buf_fini(&j->bundle);
	j->bundle = out;
	return EXIT_DONE;
}

int
job_write(const char *path, struct span content, unsigned mode)
{
	int rc;

	if (strcmp(path, "-") == 0)
		rc = io_write_full(STDOUT_FILENO, content.p, content.n);
	else
		rc = io_write_file(path, content, mode);
	if (rc == OK)
		return EXIT_DONE;
	return complain(rc == ERR_DENIED ? EXIT_DENIED : EXIT_INCOMPLETE,
	    "cannot write %s: %s", path, err_str(rc));
}
