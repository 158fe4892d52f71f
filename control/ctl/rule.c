/* rule: the rules of the database. A text enters it only after yettc has read it. */
#include "control/ctl/child.h"
#include "control/ctl/commands.h"
#include "control/ctl/database.h"
#include "control/ctl/rule_file.h"
#include "control/ctl/since.h"
#include "control/ctl/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"

#define RULES_BYTES_MAX (4 << 20) /* of one file; a rule holds at most 64 KiB */

int
command_rule_list(struct session *s, const struct invocation *in)
{
	struct table t;
	int rc = database_table(s,
	    "select name, coalesce(mode, 'as text') as mode, enabled, version, owner, "
	    "expires_at, changed_at as changed, changed_by, "
	    "coalesce(reason, substring(text from 'reason\\s+\"([^\"]*)\"')) "
	    "as reason "
	    "from report.rules order by name",
	    0, NULL, &t);

	if (rc == EXIT_DONE)
		rc = session_show(
		    s, &t, "no rule yet; yettctl rule add FILE, see yett-rules(5)");
	if (rc == EXIT_DONE && t.rows > 0 && !s->json)
		setting_say_bound(s);
	table_fini(&t);
	return rc;
}

/* Tabs are what they are in a rule's text. */
static void
put_line(struct buf *out, struct span line)
{
	while (!span_absent(line)) {
		text_put(out, span_cut(&line, '\t'));
		buf_put_char(out, span_absent(line) ? '\n' : '\t');
	}
}

int
command_rule_show(struct session *s, const struct invocation *in)
{
	struct table t;
	struct span text;
	int rc = database_table(s,
	    "select name, mode, owner, reason, expires_at, enabled, version, created_at, "
	    "created_by, changed_at, changed_by, text from report.rules where name = $1",
	    1, in->argument, &t);

	if (rc == EXIT_DONE && t.rows == 0)
		rc = session_error(EXIT_NOTFOUND, "yettctl rule list shows them.",
		    "there is no rule \"%s\"", in->argument[0]);
	if (rc == EXIT_DONE && s->json)
		rc = session_show_record(s, &t, "");
	else if (rc == EXIT_DONE) {
		text = table_get(&t, 0, t.columns - 1);
		while (!span_absent(text)) {
			put_line(&s->out, span_cut(&text, '\n'));
		}
	}
	table_fini(&t);
	return rc;
}

static int
read_input(const char *path, struct buf *out)
{
	int rc = strcmp(path, "-") == 0 ? io_read_fd(STDIN_FILENO, RULES_BYTES_MAX, out)
					: io_read_file(path, RULES_BYTES_MAX, out);

	if (rc == OK && out->n > 0 && memchr(out->p, 0, out->n))
		return session_error(EXIT_FINDINGS, NULL, "%s: holds a NUL byte", path);
	if (rc == OK)
		return EXIT_DONE;
	return session_error(rc == ERR_NOTFOUND ? EXIT_NOTFOUND
		: rc == ERR_DENIED		? EXIT_DENIED
						: EXIT_USAGE,
	    NULL, "%s: %s", path, err_str(rc));
}

/* What yettc said, with the name that the user gave in place of the copy's. */
static void
rename_in(struct buf *output, const char *copy, const char *given)
{
	struct buf out = BUF_INIT;
	struct span rest = buf_span(output), name = span_str(copy);

	for (;;) {
		size_t at = span_find_span(rest, name);

		buf_put_span(&out, span_head(rest, at));
		if (at == rest.n)
			break;
		buf_put_str(&out, given);
		rest = span_from(rest, at + name.n);
	}
	buf_fini(output);
	*output = out;
}

/* Runs `yettc check` on a copy of the text; it checks against the database's inventory. */
static int
check_with(struct session *s, const char *copy, const char *given)
{
	const char *arguments[] = {"check", "--quiet", copy, NULL};
	struct buf output = BUF_INIT;
	char yettc[4096];
	int rc, status;

	/* by the environment: a conninfo may hold a password, and ps shows arguments */
	if (s->database[0])
		setenv("YETT_DATABASE", s->database, 1);
	child_find("yettc", yettc, sizeof yettc);
	rc = child_run(yettc, arguments, SPAN(""), &output, &status);
	rename_in(&output, copy, given);
	if (rc == ERR_NOTFOUND)
		rc = session_error(EXIT_INCOMPLETE,
		    "install it beside yettctl or put it into PATH; rules enter the "
		    "database only checked.",
		    "cannot run yettc");
	else if (rc != OK)
		rc = session_error(EXIT_INCOMPLETE, NULL, "yettc: %s", err_str(rc));
	else if (status != 0)
		rc = session_error(status == 1 ? EXIT_FINDINGS : EXIT_INCOMPLETE,
		    "nothing was changed.", "%s",
		    output.n ? output.p : "yettc refused the rules");
	else if (output.n > 0) /* warnings */
		(void)session_error(0, NULL, "%s", output.p);
	buf_fini(&output);
	return rc;
}

static int
check_rules(struct session *s, const char *path, struct span text)
{
	char folder[] = "/tmp/yettctl-XXXXXX", file[sizeof folder + 300];
	const char *base = strrchr(path, '/');
	int rc;

	if (mkdtemp(folder) == NULL)
		return session_error(EXIT_INCOMPLETE, NULL, "cannot write to /tmp");
	base = strcmp(path, "-") == 0 ? "stdin" : base ? base + 1 : path;
	snprintf(file, sizeof file, "%s/%.200s%s", folder, base,
	    span_ends(span_str(base), SPAN(".rules")) ? "" : ".rules");
	rc = io_write_file(file, text, 0600) == OK
	    ? check_with(s, file, strcmp(path, "-") == 0 ? "stdin" : path)
	    : session_error(EXIT_INCOMPLETE, NULL, "cannot write %s", file);
	unlink(file);
	rmdir(folder);
	return rc;
}

struct addition {
	struct session *s;
	const char *mode, *owner, *reason, *expires;
	bool dry;
	struct table result;
};

static int
add_block(struct addition *a, const struct rule_block *b)
{
	struct buf name = BUF_INIT, text = BUF_INIT, what = BUF_INIT;
	const char *values[6];
	int rc;

	buf_put_span(&name, b->name);
	buf_put_span(&text, b->text);
	values[0] = name.p;
	values[1] = text.p;
	values[2] = a->mode;
	values[3] = a->owner;
	values[4] = a->reason;
	values[5] = a->expires;
	rc = a->dry ? database_value(a->s,
			  "select coalesce((select case when text = $2 then 'same' else "
			  "'changed' end "
			  "from report.rules where name = $1), 'added')",
			  2, values, &what)
		    : database_value(a->s,
			  "select yett.rule_put($1, $2, $3, $4, $5, $6::timestamptz)", 6,
			  values, &what);
	table_cell(&a->result, b->name);
	table_cell(&a->result, buf_span(&what));
	table_cell_number(&a->result, b->line);
	buf_fini(&what);
	buf_fini(&text);
	buf_fini(&name);
	return rc;
}

/* All of a file or nothing of it. */
static int
add_all(struct addition *a, struct span text)
{
	struct rule_block b;
	struct pg_error error = {0};
	unsigned line = 1, n = 0;
	int rc, next = OK;

	if ((rc = database_open(a->s)) != EXIT_DONE)
		return rc;
	if ((rc = pg_sync_begin(a->s->pg, &error)) != OK)
		return database_error(rc, &error);
	rc = EXIT_DONE;
	while (rc == EXIT_DONE && (next = rule_file_next(&text, &line, &b)) == OK) {
		rc = add_block(a, &b);
		n++;
	}
	if (rc == EXIT_DONE && next == ERR_MALFORMED)
		rc = session_error(
		    EXIT_FINDINGS, "nothing was changed.", "line %u: no block", line);
	if (rc == EXIT_DONE && n == 0)
		rc = session_error(
		    EXIT_FINDINGS, "see yett-rules(5).", "the file holds no rule");
	if (rc != EXIT_DONE) {
		pg_sync_rollback(a->s->pg);
		return rc;
	}
	rc = pg_sync_commit(a->s->pg, &error);
	return rc == OK ? EXIT_DONE : database_error(rc, &error);
}

static bool
is_mode(const char *mode)
{
	return strcmp(mode, "off") == 0 || strcmp(mode, "shadow") == 0 ||
	    strcmp(mode, "enforce") == 0;
}

int
command_rule_add(struct session *s, const struct invocation *in)
{
	struct addition a = {s, invocation_option(in, "mode"),
	    invocation_option(in, "owner"), invocation_option(in, "reason"), NULL,
	    invocation_option(in, "dry-run") != NULL, {0}};
	struct buf text = BUF_INIT;
	char expires[SINCE_MAX];
	int rc;

	if (a.mode && !is_mode(a.mode))
		return session_error(EXIT_USAGE, "one of off, shadow, enforce.",
		    "there is no mode \"%s\"", a.mode);
	if ((rc = until_option(in, "expires", expires, &a.expires)) != EXIT_DONE)
		return rc;
	table_init(&a.result);
	table_column(&a.result, "rule", CELL_TEXT, 0);
	table_column(&a.result, "result", CELL_TEXT, 0);
	table_column(&a.result, "line", CELL_NUMBER, 0);
	if ((rc = read_input(in->argument[0], &text)) == EXIT_DONE &&
	    (rc = check_rules(s, in->argument[0], buf_span(&text))) == EXIT_DONE)
		rc = add_all(&a, buf_span(&text));
	if (rc == EXIT_DONE)
		rc = session_show(s, &a.result, NULL);
	if (rc == EXIT_DONE)
		session_say(s,
		    a.dry ? "nothing was changed (--dry-run)"
			  : "in force with the next policy that is published; `yettc "
			    "watch` does so at once");
	table_fini(&a.result);
	buf_fini(&text);
	return rc;
}

int
command_rule_mode(struct session *s, const struct invocation *in)
{
	const char *mode = in->argument[1];
	const char *values[2] = {
	    in->argument[0], strcmp(mode, "text") == 0 ? NULL : mode};
	struct buf before = BUF_INIT;
	int rc;

	if (values[1] && !is_mode(mode))
		return session_error(EXIT_USAGE, "one of off, shadow, enforce, text.",
		    "there is no mode \"%s\"", mode);
	rc = database_value(s, "select yett.rule_set_mode($1, $2)", 2, values, &before);
	if (rc == EXIT_DONE)
		session_say(s, "rule %s: %s, was %s; from the next policy on", values[0],
		    values[1] ? values[1] : "as its text says",
		    before.n ? before.p : "as its text said");
	buf_fini(&before);
	return rc;
}

int
command_rule_remove(struct session *s, const struct invocation *in)
{
	struct buf ignored = BUF_INIT;
	int rc =
	    database_value(s, "select yett.rule_remove($1)", 1, in->argument, &ignored);

	if (rc == EXIT_DONE)
		session_say(s,
		    "rule %s is gone from the next policy on; its text is in the audit "
		    "log",
		    in->argument[0]);
	buf_fini(&ignored);
	return rc;
}
