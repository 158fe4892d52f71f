/* promote: export, diff, import, undo, history; the gate: promote_gate.c. */
#include "control/ctl/promote.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "control/ctl/data_class.h"
#include "control/ctl/database.h"
#include "control/ctl/promote_database.h"
#include "control/ctl/trust.h"

/* --- files --- */

int
promote_rename(struct promotion *p, const struct invocation *in)
{
	const struct option_values *v = invocation_values(in, "rename");
	struct promotion_error error = {0};
	int rc = OK;

	for (unsigned i = 0; v && i < v->n && rc == OK; i++) {
		struct span to = span_str(v->value[i]), from = span_cut(&to, '=');

		if (from.n == 0 || to.n == 0)
			return session_error(EXIT_USAGE,
			    "such as --rename qa.shop.example.com=shop.example.com.",
			    "--rename: \"%s\" is no FROM=TO", v->value[i]);
		rc = promotion_rename(p, from, to);
	}
	if (rc == OK)
		rc = promotion_sort(p, &error);
	return rc == OK ? EXIT_DONE
			: session_error(database_exit(rc), NULL, "--rename: %s",
			      error.text[0] ? error.text : err_str(rc));
}

/* Who signed it, and may that key speak here? */
static int
verify(struct session *s, const char *path, const char *key_file, struct span text,
    const struct promotion *p, const char *here)
{
	struct signer keys[TRUST_KEYS_MAX];
	const struct signer *by;
	unsigned n;
	int rc = trust_load(s, key_file, keys, &n);

	if (rc != EXIT_DONE)
		return rc;
	if (n == 0)
		return session_error(EXIT_USAGE,
		    "give --public-key FILE, or set public_key in [policy] of yett.conf.",
		    "no public key to verify %s with", path);
	rc = promotion_verify(p, text, keys, n, clock_wall_us(), &by);
	if (rc != OK)
		return session_error(EXIT_FINDINGS,
		    rc == ERR_SIGNATURE
			? "it must be signed by a key that is trusted here: yettctl "
			  "promote export --key FILE."
			: "a key signs for the environment it was made for.",
		    "%s: %s", path, err_str(rc));
	if (strcmp(here, "prod") == 0 && strcmp(by->environment, "dev") == 0)
		return session_error(EXIT_FINDINGS, "promote by way of qa.",
		    "%s: signed by key %s, which is for dev: prod does not take it", path,
		    by->id);
	return EXIT_DONE;
}

int
promote_read_file(struct session *s, const struct invocation *in, const char *path,
    const char *here, struct promotion *out)
{
	struct promotion_error error;
	struct buf text = BUF_INIT;
	int rc = strcmp(path, "-") == 0
	    ? io_read_fd(STDIN_FILENO, PROMOTION_BYTES_MAX, &text)
	    : io_read_file(path, PROMOTION_BYTES_MAX, &text);

	promotion_init(out);
	if (rc != OK) {
		rc = session_error(database_exit(rc), NULL, "%s: %s", path, err_str(rc));
	} else if ((rc = promotion_read(buf_span(&text), out, &error)) != OK) {
		rc = session_error(rc == ERR_NOMEM ? EXIT_INCOMPLETE : EXIT_FINDINGS,
		    "nothing was changed.", "%s:%u: %s", path, error.line, error.text);
	} else if (here != NULL) {
		rc = verify(s, path, invocation_option(in, "public-key"), buf_span(&text),
		    out, here);
	} else {
		rc = EXIT_DONE;
	}
	if (rc == EXIT_DONE)
		rc = promote_rename(out, in);
	buf_fini(&text);
	return rc;
}

/* --- export --- */

static int
print_signed(const struct promotion *p, const char *key_file, struct buf *out)
{
	struct signer keys[PROMOTION_SIGNATURES_MAX];
	unsigned n = 0, line = 0;
	int rc = OK;

	if (key_file) {
		n = PROMOTION_SIGNATURES_MAX;
		rc = signer_load(key_file, keys, &n, &line);
		if (rc != OK)
			return session_error(database_exit(rc),
			    "a private key has mode 0400 and belongs to you; yettc "
			    "keygen "
			    "makes one.",
			    "%s:%u: %s", key_file, line, err_str(rc));
	}
	for (unsigned i = 0; i < n && rc == OK; i++) {
		if (!keys[i].has_private)
			rc = ERR_INVALID;
		else if (strcmp(keys[i].environment, "any") != 0 &&
		    strcmp(keys[i].environment, p->environment) != 0)
			rc = ERR_ENVIRONMENT;
	}
	if (rc == OK)
		rc = promotion_print(p, keys, n, out);
	crypto_wipe(keys, sizeof keys);
	if (rc == OK)
		return EXIT_DONE;
	return session_error(
	    rc == ERR_INVALID || rc == ERR_ENVIRONMENT ? EXIT_USAGE : EXIT_INCOMPLETE,
	    rc == ERR_INVALID ? "sign with the private half." : NULL, "%s: %s",
	    key_file ? key_file : "the promotion", err_str(rc));
}

int
command_promote_export(struct session *s, const struct invocation *in)
{
	const char *output = invocation_option(in, "output"),
		   *key = invocation_option(in, "key");
	struct buf text = BUF_INIT;
	struct promotion p;
	size_t facts;
	int rc = promote_read_facts(s, &p);

	facts = p.n;
	if (rc == EXIT_DONE)
		rc = promote_read_open(s, NULL, &p);
	if (rc == EXIT_DONE)
		rc = print_signed(&p, key, output ? &text : &s->out);
	if (rc == EXIT_DONE && output) {
		int err = io_write_file(output, buf_span(&text), 0644);

		if (err != OK)
			rc = session_error(
			    database_exit(err), NULL, "%s: %s", output, err_str(err));
	}
	s->plain = output == NULL;
	if (rc == EXIT_DONE)
		session_say(s, "%zu facts of %s, %zu fields not classified%s", facts,
		    p.environment, p.n - facts,
		    key ? "" : "; not signed: no database takes it without --key");
	promotion_fini(&p);
	buf_fini(&text);
	return rc;
}

/* --- the plan --- */

struct plan {
	struct promotion base, ours, theirs;
	struct promotion_change *change;
	size_t n;
	size_t put, remove, kept, conflicts, resolved, here;
};

static void
plan_fini(struct plan *p)
{
	free(p->change);
	promotion_fini(&p->base);
	promotion_fini(&p->ours);
	promotion_fini(&p->theirs);
}

static void
count(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct promotion_change *c = &p->change[i];

		p->put += c->step == PROMOTION_PUT;
		p->remove += c->step == PROMOTION_REMOVE;
		p->conflicts += c->step == PROMOTION_CONFLICT;
		p->resolved += c->resolved;
		if (c->step == PROMOTION_KEPT && c->theirs == NULL && c->base == NULL)
			p->here++;
		else
			p->kept += c->step == PROMOTION_KEPT;
	}
}

/* Reads all three sides and merges them. *p needs plan_fini in every case. */
static int
make_plan(struct session *s, const struct invocation *in, bool trusted, struct plan *p)
{
	enum promotion_choice choice = invocation_option(in, "ours") ? PROMOTION_OURS
	    : invocation_option(in, "theirs")			     ? PROMOTION_THEIRS
								     : PROMOTION_ASK;
	int rc;

	*p = (struct plan){0};
	promotion_init(&p->base);
	promotion_init(&p->theirs);
	if (invocation_option(in, "ours") && invocation_option(in, "theirs")) {
		promotion_init(&p->ours);
		return session_error(EXIT_USAGE, NULL, "--ours or --theirs, not both");
	}
	if ((rc = promote_read_facts(s, &p->ours)) == EXIT_DONE &&
	    (rc = promote_read_file(s, in, in->argument[0],
		 trusted ? p->ours.environment : NULL, &p->theirs)) == EXIT_DONE)
		rc = promote_read_base(s, p->theirs.environment, &p->base);
	if (rc != EXIT_DONE)
		return rc;
	if (promotion_merge(&p->base, &p->ours, &p->theirs, choice, &p->change, &p->n) !=
	    OK)
		return session_error(EXIT_INCOMPLETE, NULL, "%s", err_str(ERR_NOMEM));
	count(p);
	return EXIT_DONE;
}

static const char *
step_name(const struct promotion_change *c)
{
	switch (c->step) {
	case PROMOTION_PUT: return c->ours ? "change" : "add";
	case PROMOTION_REMOVE: return "remove";
	case PROMOTION_KEPT: return "keep";
	case PROMOTION_CONFLICT: return "conflict";
	default: return "same";
	}
}

void
promote_cell(struct table *t, const struct promotion_fact *f)
{
	struct buf raw = BUF_INIT;

	if (f && promotion_word_read(f->value, &raw) == OK)
		table_cell(t, buf_span(&raw));
	else
		table_cell(t, SPAN_NONE);
	buf_fini(&raw);
}

static void
add_change(struct table *t, const struct promotion_change *c, const char *there)
{
	const struct promotion_fact *one = c->theirs ? c->theirs
	    : c->ours				     ? c->ours
						     : c->base;
	bool words =
	    c->step == PROMOTION_CONFLICT || c->step == PROMOTION_KEPT || c->resolved;
	struct buf text = BUF_INIT;

	table_cell_str(t, step_name(c));
	promotion_label(one, &text);
	table_cell(t, buf_span(&text));
	promote_cell(t, c->ours);
	promote_cell(t, c->theirs);
	buf_clear(&text);
	if (words)
		promotion_say(c, there, &text);
	table_cell(t, words ? buf_span(&text) : SPAN_NONE);
	buf_fini(&text);
}

/* Changes as a table, conflicts in whole sentences. */
static int
show_plan(struct session *s, const struct plan *p)
{
	struct table t;
	struct buf text = BUF_INIT;
	int rc;

	table_init(&t);
	table_column(&t, "step", CELL_TEXT, 0);
	table_column(&t, "fact", CELL_TEXT, 0);
	table_column(&t, "here", CELL_TEXT, 30);
	table_column(&t, "there", CELL_TEXT, 30);
	table_column(&t, "words", CELL_TEXT, 0);
	for (size_t i = 0; i < p->n; i++) {
		const struct promotion_change *c = &p->change[i];

		if (c->step != PROMOTION_SAME &&
		    !(c->step == PROMOTION_KEPT && c->theirs == NULL && c->base == NULL))
			add_change(&t, c, p->theirs.environment);
	}
	rc = session_show(s, &t, NULL);
	for (size_t i = 0; rc == EXIT_DONE && i < p->n; i++) {
		if (p->change[i].step != PROMOTION_CONFLICT)
			continue;
		buf_clear(&text);
		promotion_label(
		    p->change[i].theirs ? p->change[i].theirs : p->change[i].ours, &text);
		buf_put_str(&text, ": ");
		promotion_say(&p->change[i], p->theirs.environment, &text);
		session_say(s, "conflict: %s", text.p ? text.p : "");
	}
	buf_fini(&text);
	table_fini(&t);
	return rc;
}

static void
say_counts(struct session *s, const struct plan *p, const char *verb)
{
	session_say(s,
	    "%s: %zu put, %zu removed, %zu kept as they are here, %zu conflicts%s; %zu "
	    "stand here alone",
	    verb, p->put, p->remove, p->kept, p->conflicts ? p->conflicts : p->resolved,
	    p->resolved ? " resolved" : "", p->here);
}

int
command_promote_diff(struct session *s, const struct invocation *in)
{
	struct plan p;
	int rc = make_plan(s, in, false, &p);

	if (rc == EXIT_DONE)
		rc = show_plan(s, &p);
	if (rc == EXIT_DONE) {
		say_counts(s, &p, "an import would be");
		rc = p.put + p.remove + p.kept + p.conflicts ? EXIT_FINDINGS : EXIT_DONE;
	}
	plan_fini(&p);
	return rc;
}

static int
take_in(struct session *s, const struct plan *p)
{
	struct buf id = BUF_INIT;
	int rc;

	if (p->put + p->remove == 0 && strcmp(p->ours.base, p->theirs.sha256) == 0) {
		session_say(s, "nothing to do: this promotion was taken in last");
		return EXIT_DONE;
	}
	rc = promote_apply(s, &p->theirs, p->change, p->n, &id);
	if (rc == EXIT_DONE) {
		say_counts(s, p, "taken in");
		session_say(s,
		    "promotion %s; in force with the next policy; yettctl promote undo "
		    "takes it back",
		    id.p ? id.p : "");
	}
	buf_fini(&id);
	return rc;
}

/* A pattern that does not compile would keep every later policy from being made. */
static int
check_patterns(const struct promotion *p)
{
	struct span words[PROMOTION_WORDS_MAX];
	int rc = EXIT_DONE;

	for (size_t i = 0; i < p->n && rc == EXIT_DONE; i++) {
		struct buf memory = BUF_INIT, name = BUF_INIT, pattern = BUF_INIT;

		if (p->fact[i].kind == PROMOTION_CLASS &&
		    promotion_words(&p->fact[i], &memory, words) == OK &&
		    span_eq(words[1], SPAN("pattern")) &&
		    promotion_word_read(p->fact[i].value, &pattern) == OK) {
			buf_put_span(&name, words[0]);
			if (name.p && pattern.p)
				rc = data_class_check(name.p, pattern.p, NULL, NULL);
		}
		buf_fini(&memory);
		buf_fini(&name);
		buf_fini(&pattern);
	}
	return rc;
}

int
command_promote_import(struct session *s, const struct invocation *in)
{
	struct plan p;
	int rc = make_plan(s, in, true, &p);

	if (rc == EXIT_DONE)
		rc = check_patterns(&p.theirs);
	if (rc == EXIT_DONE)
		rc = show_plan(s, &p);
	if (rc == EXIT_DONE && p.conflicts > 0) {
		say_counts(s, &p, "it would be");
		rc = session_error(EXIT_FINDINGS,
		    "change one side, or add --ours (keep what is here) or --theirs.",
		    "%zu conflicts; nothing was changed", p.conflicts);
	} else if (rc == EXIT_DONE && invocation_option(in, "dry-run")) {
		say_counts(s, &p, "it would be");
		session_say(s, "nothing was changed (--dry-run)");
	} else if (rc == EXIT_DONE) {
		rc = take_in(s, &p);
	}
	plan_fini(&p);
	return rc;
}

int
command_promote_undo(struct session *s, const struct invocation *in)
{
	const char *id = in->arguments ? in->argument[0] : NULL;
	struct table t;
	int rc = database_table(s,
	    "select promotion_id as promotion, fact, result from "
	    "yett.promotion_undo($1::bigint)",
	    1, &id, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "it had changed nothing");
	if (rc == EXIT_DONE)
		session_say(s, "undone; in force with the next policy");
	table_fini(&t);
	return rc;
}

int
command_promote_history(struct session *s, const struct invocation *in)
{
	struct table t;
	int rc = database_table(s,
	    "select promotion_id as promotion, at, actor, source_environment as source, "
	    "jsonb_array_length(base) as facts, jsonb_array_length(undo) as changes, "
	    "undone_at, left(sha256, 12) as sha256 from report.promotion "
	    "order by promotion_id desc",
	    0, NULL, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no promotion was taken in yet");
	table_fini(&t);
	return rc;
}
