/* spec: import, list, remove, compare, export. */
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "crypto/crypto.h"
#include "policy/job.h"
#include "policy/spec_export.h"
#include "policy/spec_read.h"
#include "policy/spec_store.h"

static int
failed(int rc, const struct source_error *e)
{
	return complain(exit_of(rc), "%s", e->text);
}

static void
show(struct buf *out)
{
	fwrite(out->p ? out->p : "", 1, out->n, stdout);
	fflush(stdout); /* before what is said on stderr */
	buf_fini(out);
}

static int
connect_wanted(struct job *j, const struct options *o)
{
	int rc = job_connect(j, o, true);

	if (rc == EXIT_DONE && j->pg == NULL)
		rc = complain(EXIT_USAGE, "spec %s needs --database (or $YETT_DATABASE)",
		    o->argument[0]);
	return rc;
}

/* --- import ------------------------------------------------------------------------- */

static int
read_file(struct job *j, const char *path, struct source *out, struct spec *s)
{
	uint8_t digest[SHA256_BYTES];
	char hex[HEX_LEN(SHA256_BYTES)];
	const char *base = strrchr(path, '/');
	struct buf text = BUF_INIT;
	int rc = io_read_file(path, SPEC_BYTES_MAX, &text);

	if (rc == OK)
		rc = crypto_sha256(buf_span(&text), digest);
	if (rc != OK) {
		buf_fini(&text);
		if (rc == ERR_LIMIT)
			return complain(EXIT_FINDINGS,
			    "%s: a specification has at most %u MiB", path,
			    SPEC_BYTES_MAX >> 20);
		return complain(exit_of(rc), "%s: %s", path, err_str(rc));
	}
	hex_encode(digest, sizeof digest, hex);
	out->name = span_str(path);
	out->text = pool_copy(&j->pool, buf_span(&text));
	buf_fini(&text);
	s->file = span_str(base ? base + 1 : path);
	s->sha256 = pool_copy(&j->pool, span_make(hex, sizeof hex));
	return EXIT_DONE;
}

/* The service: what the command line says, or what the document's servers belong to. */
static int
choose_service(struct job *j, const struct options *o, struct spec *s)
{
	struct source_error e;
	int rc;

	s->service = span_str(o->service);
	if (o->service == NULL && j->pg &&
	    (rc = spec_store_service(&j->pool, j->pg, s, &s->service, &e)) != OK)
		return failed(rc, &e);
	if (o->service == NULL && j->pg == NULL && s->hosts.n == 1)
		s->service = s->hosts.v[0];
	if (span_absent(s->service) && !o->dry_run)
		return complain(EXIT_USAGE,
		    "%.*s: the document's servers name no one service; say which with "
		    "--service",
		    (int)s->file.n, s->file.p);
	return EXIT_DONE;
}

static void
put_operation(const struct spec_operation *op, struct jsonw *w)
{
	jsonw_object(w);
	jsonw_kv_span(w, "method", op->method);
	jsonw_kv_span(w, "template", op->template);
	jsonw_kv_span(w, "path", op->path);
	jsonw_kv_uint(w, "line", op->line);
	jsonw_kv_bool(w, "deprecated", op->deprecated);
	jsonw_kv_uint(w, "fields", op->fields.n);
	jsonw_object_end(w);
}

static void
say_compared(const struct options *o, const struct spec_compare_result *r)
{
	if (!o->quiet && !o->json)
		fprintf(stderr,
		    "compared: %u of %u endpoints matched; %u findings, %u new, %u "
		    "resolved\n",
		    r->matched, r->endpoints, r->findings, r->opened, r->resolved);
}

/* r: of the comparison; none after a dry run. */
static void
say_imported(const struct options *o, const struct spec *s, const char *was,
    const struct spec_compare_result *r)
{
	struct buf out = BUF_INIT;
	uint64_t fields = 0;
	struct jsonw w;

	for (uint32_t i = 0; i < s->operations.n; i++)
		fields += s->operations.v[i].fields.n;
	if (!o->json) {
		if (!o->quiet)
			fprintf(stderr,
			    "%.*s: %s: %.*s %.*s of %.*s, %s, %u operations, %llu "
			    "fields\n",
			    (int)s->file.n, s->file.p, was, (int)s->name.n, s->name.p,
			    (int)s->version.n, s->version.p, (int)s->service.n,
			    s->service.p ? s->service.p : "", spec_format_name(s->format),
			    s->operations.n, (unsigned long long)fields);
		return;
	}
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_kv_span(&w, "file", s->file);
	jsonw_kv_str(&w, "was", was);
	jsonw_kv_span(&w, "service", s->service);
	jsonw_kv_span(&w, "name", s->name);
	jsonw_kv_span(&w, "version", s->version);
	jsonw_kv_str(&w, "format", spec_format_name(s->format));
	jsonw_kv_uint(&w, "fields", fields);
	jsonw_kv_uint(&w, "words", s->words.n);
	if (r) {
		jsonw_kv_uint(&w, "findings", r->findings);
		jsonw_kv_uint(&w, "findings_opened", r->opened);
		jsonw_kv_uint(&w, "findings_resolved", r->resolved);
	}
	jsonw_key(&w, "operations");
	jsonw_array(&w);
	for (uint32_t i = 0; i < s->operations.n; i++)
		put_operation(&s->operations.v[i], &w);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	buf_put_char(&out, '\n');
	show(&out);
}

static int
import(struct job *j, const struct options *o)
{
	struct spec_read_options r = {.name = span_str(o->name),
	    .version = span_str(o->version),
	    .base = span_str(o->base)};
	struct spec_put_result put = {.was = "checked"};
	struct spec_compare_result compared = {0};
	struct source_error e;
	struct source source;
	struct spec s, file = {0};
	int rc, said;

	if (o->arguments != 2)
		return complain(EXIT_USAGE, "spec import needs FILE");
	if ((rc = read_file(j, o->argument[1], &source, &file)) != EXIT_DONE)
		return rc;
	rc = spec_read(&j->pool, &j->diags, &source, &r, &s);
	said = job_messages(j, o);
	if (rc != OK)
		return rc == ERR_NOMEM ? EXIT_NO_MEMORY : EXIT_FINDINGS;
	if (said != EXIT_DONE)
		return said;
	s.file = file.file;
	s.sha256 = file.sha256;
	rc = o->dry_run ? job_connect(j, o, false) : connect_wanted(j, o);
	if (rc != EXIT_DONE || (rc = choose_service(j, o, &s)) != EXIT_DONE)
		return rc;
	if (o->dry_run) {
		say_imported(o, &s, put.was, NULL);
		return EXIT_DONE;
	}
	if ((rc = spec_store_put(&j->pool, j->pg, &s, &put, &e)) != OK ||
	    (rc = spec_compare_one(j->pg, s.service, &compared, &e)) != OK)
		return failed(rc, &e);
	say_imported(o, &s, put.was, &compared);
	say_compared(o, &compared);
	return EXIT_DONE;
}

/* --- list and remove ---------------------------------------------------------------- */

static int
list(struct job *j, const struct options *o)
{
	const char *values[1] = {o->service};
	struct buf out = BUF_INIT;
	PGresult *rows = NULL;
	struct source_error e;
	int rc = connect_wanted(j, o);

	if (rc != EXIT_DONE)
		return rc;
	rc = spec_store_query(j->pg,
	    "select service, name, version, format, file, operations, deprecated, "
	    "to_char(imported_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), current "
	    "from report.spec where operations > 0 and service = coalesce($1, service) "
	    "order by service, name, imported_at desc",
	    1, values, &rows, &e);
	if (rc != OK)
		return failed(rc, &e);
	for (int i = 0; i < PQntuples(rows); i++) {
		struct jsonw w;

		if (!o->json) {
			for (int k = 0; k < 8; k++)
				buf_printf(
				    &out, "%s%s", k ? "  " : "", PQgetvalue(rows, i, k));
			buf_printf(&out, "%s\n",
			    PQgetvalue(rows, i, 8)[0] == 't' ? "" : "  earlier version");
			continue;
		}
		jsonw_init(&w, &out);
		jsonw_object(&w);
		for (int k = 0; k < 9; k++) {
			const char *value = PQgetvalue(rows, i, k);
			int64_t number = 0;

			jsonw_key(&w, PQfname(rows, k));
			if (k == 5 || k == 6)
				jsonw_int(&w,
				    span_i64(span_str(value), &number) == OK ? number
									     : 0);
			else if (k == 8)
				jsonw_bool(&w, value[0] == 't');
			else
				jsonw_str(&w, value);
		}
		jsonw_object_end(&w);
		buf_put_char(&out, '\n');
	}
	PQclear(rows);
	show(&out);
	return EXIT_DONE;
}

static int
take_back(struct job *j, const struct options *o)
{
	const char *values[3] = {o->service, o->argument[1], o->version};
	struct spec_compare_result compared = {0};
	PGresult *rows = NULL;
	struct source_error e;
	int rc;

	if (o->arguments != 2 || o->service == NULL)
		return complain(EXIT_USAGE, "spec remove needs NAME and --service");
	if ((rc = connect_wanted(j, o)) != EXIT_DONE)
		return rc;
	rc = spec_store_query(
	    j->pg, "select yett.spec_remove($1, $2, $3)", 3, values, &rows, &e);
	PQclear(rows);
	if (rc != OK ||
	    (rc = spec_compare_one(j->pg, span_str(o->service), &compared, &e)) != OK)
		return failed(rc, &e);
	say_compared(o, &compared);
	return EXIT_DONE;
}

/* --- compare ------------------------------------------------------------------------ */

static int
show_findings(struct job *j, const struct options *o, unsigned *shown)
{
	const char *values[1] = {o->service};
	struct buf out = BUF_INIT;
	PGresult *rows = NULL;
	struct source_error e;
	int rc = spec_store_query(j->pg,
	    "select kind, service, label, place, at, detail from report.spec_finding "
	    "where resolved_at is null and service = coalesce($1, service) "
	    "order by service, kind, label, place",
	    1, values, &rows, &e);

	if (rc != OK)
		return failed(rc, &e);
	*shown = (unsigned)PQntuples(rows);
	for (int i = 0; i < PQntuples(rows); i++) {
		const char *place = PQgetvalue(rows, i, 3), *at = PQgetvalue(rows, i, 4);
		struct jsonw w;

		if (!o->json) {
			buf_printf(&out, "%s: %s: %s %s%s%s: %s\n", at[0] ? at : "-",
			    PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
			    PQgetvalue(rows, i, 2), place[0] ? ": " : "", place,
			    PQgetvalue(rows, i, 5));
			continue;
		}
		jsonw_init(&w, &out);
		jsonw_object(&w);
		for (int k = 0; k < 6; k++)
			jsonw_kv_str(&w, PQfname(rows, k), PQgetvalue(rows, i, k));
		jsonw_object_end(&w);
		buf_put_char(&out, '\n');
	}
	PQclear(rows);
	show(&out);
	return EXIT_DONE;
}

static int
compare(struct job *j, const struct options *o)
{
	struct spec_compare_result r;
	struct source_error e;
	unsigned shown = 0;
	int rc;

	if ((rc = connect_wanted(j, o)) != EXIT_DONE)
		return rc;
	if ((rc = spec_compare_all(j->pg, &r, &e)) != OK)
		return failed(rc, &e);
	if ((rc = show_findings(j, o, &shown)) != EXIT_DONE)
		return rc;
	if (!o->quiet)
		fprintf(stderr,
		    "%u services, %u specifications; %u of %u endpoints matched; %u "
		    "findings, %u new, %u resolved\n",
		    r.services, r.specs, r.matched, r.endpoints, r.findings, r.opened,
		    r.resolved);
	return shown ? EXIT_FINDINGS : EXIT_DONE;
}

/* --- export ------------------------------------------------------------------------- */

static bool
wants_yaml(const struct options *o)
{
	struct span name = span_str(o->output ? o->output : "");

	return o->yaml || span_ends(name, SPAN(".yaml")) || span_ends(name, SPAN(".yml"));
}

static int export(struct job *j, const struct options *o)
{
	struct spec_export_options x = {.yaml = wants_yaml(o)};
	struct spec_service s;
	struct buf out = BUF_INIT;
	struct source_error e;
	int rc;

	if (o->service == NULL)
		return complain(EXIT_USAGE, "spec export needs --service");
	if ((rc = connect_wanted(j, o)) != EXIT_DONE)
		return rc;
	x.title = o->name ? span_str(o->name) : span_str(o->service);
	x.version = o->version ? span_str(o->version) : SPAN("learned");
	if ((rc = spec_store_load(&j->pool, j->pg, span_str(o->service), true, &s, &e)) !=
		OK ||
	    (rc = spec_store_hosts(&j->pool, j->pg, &s, &x.hosts, &e)) != OK)
		return failed(rc, &e);
	if (s.endpoints.n == 0)
		return complain(
		    EXIT_NOTFOUND, "no endpoint of service %s is known", o->service);
	if ((rc = spec_export(&j->pool, &s, &x, &out)) == OK)
		rc = job_write(o->output ? o->output : "-", buf_span(&out), 0644);
	else
		rc = complain(exit_of(rc), "export: %s", err_str(rc));
	buf_fini(&out);
	return rc;
}

int
command_spec(struct options *o)
{
	static const struct {
		const char *name;
		int (*run)(struct job *j, const struct options *o);
	} commands[] = {
	    {"import", import},
	    {"list", list},
	    {"remove", take_back},
	    {"compare", compare},
	    {"export", export},
	};
	struct job j;
	int rc = EXIT_USAGE;
	size_t i;

	job_init(&j);
	for (i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(o->argument[0], commands[i].name) == 0)
			break;
	if (i < sizeof commands / sizeof *commands)
		rc = commands[i].run(&j, o);
	else
		complain(EXIT_USAGE,
		    "there is no spec %s; there are import, list, remove, compare, "
		    "export",
		    o->argument[0]);
	job_fini(&j);
	return rc;
}
