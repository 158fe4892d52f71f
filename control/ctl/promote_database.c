/* Facts as rows, changes as JSON: see db/migrations, the functions named promotion_*. */
#include "control/ctl/promote_database.h"

#include <stdio.h>

#include "base/jsonw.h"
#include "control/ctl/database.h"

#define JSON_BYTES_MAX ((size_t)256 << 20) /* four times the longest file */

static const char facts_sql[] =
    "select kind, name, method, template, operation, direction, location, path, "
    "property, value, learned, reason, changed_by, to_char(changed_at, 'YYYY-MM-DD') "
    "from report.promotion_fact";
static const char open_sql[] =
    "select 'open', service, method, template, operation, direction, location, path, '', "
    "why from yett.fields_open(coalesce($1::bigint, "
    "yett.setting_number('promote.values')))";

enum fact_column {
	KIND,
	NAME,
	METHOD,
	TEMPLATE,
	OPERATION,
	DIRECTION,
	LOCATION,
	PATH,
	PROPERTY,
	VALUE,
	LEARNED,
	REASON,
	CHANGED_BY,
	CHANGED_AT,
};

static struct span
cell(const PGresult *r, int row, enum fact_column c)
{
	if (PQgetisnull(r, row, (int)c))
		return SPAN_NONE;
	return span_make(PQgetvalue(r, row, (int)c), (size_t)PQgetlength(r, row, (int)c));
}

/* Which columns are the words of a kind, in order. */
static const enum fact_column words_of[PROMOTION_KINDS][PROMOTION_WORDS_MAX] = {
    [PROMOTION_CLASS] = {NAME, PROPERTY},
    [PROMOTION_ENDPOINT] = {NAME, METHOD, TEMPLATE, OPERATION, PROPERTY},
    [PROMOTION_FIELD] = {NAME, METHOD, TEMPLATE, OPERATION, DIRECTION, LOCATION, PATH,
	PROPERTY},
    [PROMOTION_OPEN] = {NAME, METHOD, TEMPLATE, OPERATION, DIRECTION, LOCATION, PATH},
    [PROMOTION_SERVICE] = {NAME, PROPERTY},
    [PROMOTION_TEAM] = {NAME, TEMPLATE},
};

static int
add_row(const PGresult *r, int row, struct promotion *out)
{
	struct span words[PROMOTION_WORDS_MAX], kind = cell(r, row, KIND);
	bool whole = PQnfields(r) > LEARNED;
	struct promotion_fact *f;
	int k = 0, rc;

	while (k < PROMOTION_KINDS &&
	    !span_eq(kind, span_str(promotion_kind_name((enum promotion_kind)k))))
		k++;
	if (k == PROMOTION_KINDS)
		return ERR_VERSION;
	for (unsigned i = 0; i < promotion_kind_words((enum promotion_kind)k); i++)
		words[i] = cell(r, row, words_of[k][i]);
	rc = promotion_add(out, (enum promotion_kind)k, words, cell(r, row, VALUE),
	    whole && span_eq(cell(r, row, LEARNED), SPAN("t")),
	    whole ? cell(r, row, REASON) : SPAN_NONE);
	if (rc != OK || !whole || PQgetisnull(r, row, CHANGED_BY))
		return rc;
	f = &out->fact[out->n - 1];
	snprintf(f->note, sizeof f->note, "%s, %s", PQgetvalue(r, row, CHANGED_BY),
	    PQgetvalue(r, row, CHANGED_AT));
	return OK;
}

static int
sort(struct promotion *out)
{
	struct promotion_error error;

	if (promotion_sort(out, &error) != OK)
		return session_error(EXIT_INCOMPLETE, NULL, "%s", error.text);
	return EXIT_DONE;
}

static int
add_rows(struct session *s, const char *sql, int n, const char *const *values,
    struct promotion *out)
{
	PGresult *r;
	int err = OK, rc = database_query(s, sql, n, values, &r);

	for (int row = 0; rc == EXIT_DONE && err == OK && row < PQntuples(r); row++)
		err = add_row(r, row, out);
	PQclear(r);
	if (rc == EXIT_DONE && err != OK)
		rc = session_error(database_exit(err), NULL,
		    "what the database states does not fit a promotion: %s",
		    err_str(err));
	return rc == EXIT_DONE ? sort(out) : rc;
}

int
promote_read_facts(struct session *s, struct promotion *out)
{
	struct table t;
	int rc = database_table(s,
	    "select i.environment, coalesce((select p.sha256 from report.promotion as p "
	    "where p.undone_at is null order by p.promotion_id desc limit 1), '-') "
	    "from report.installation as i",
	    0, NULL, &t);

	promotion_init(out);
	if (rc == EXIT_DONE && t.rows == 0)
		rc = session_error(EXIT_INCOMPLETE, "yettctl init --environment NAME.",
		    "the database does not say which environment it is");
	if (rc == EXIT_DONE) {
		struct span environment = table_get(&t, 0, 0), base = table_get(&t, 0, 1);

		snprintf(out->environment, sizeof out->environment, "%.*s",
		    (int)environment.n, environment.p);
		snprintf(out->base, sizeof out->base, "%.*s", (int)base.n, base.p);
		rc = add_rows(s, facts_sql, 0, NULL, out);
	}
	table_fini(&t);
	return rc;
}

int
promote_read_open(struct session *s, const char *values, struct promotion *out)
{
	return add_rows(s, open_sql, 1, &values, out);
}

int
promote_read_base(struct session *s, const char *environment, struct promotion *out)
{
	struct promotion_error error = {0};
	PGresult *r;
	int err = OK,
	    rc = database_query(s,
		"select line from report.promotion_base where source_environment = $1", 1,
		&environment, &r);

	promotion_init(out);
	for (int row = 0; rc == EXIT_DONE && err == OK && row < PQntuples(r); row++)
		err = promotion_add_line(out,
		    span_make(PQgetvalue(r, row, 0), (size_t)PQgetlength(r, row, 0)),
		    &error);
	PQclear(r);
	if (rc == EXIT_DONE && err != OK)
		rc = session_error(database_exit(err), NULL,
		    "the promotion taken in last cannot be read: %s", error.text);
	return rc == EXIT_DONE ? sort(out) : rc;
}

/* --- taking in --- */

static int
put_word(struct jsonw *w, const char *key, struct span word)
{
	struct buf raw = BUF_INIT;
	int rc = promotion_word_read(word, &raw);

	jsonw_key(w, key);
	jsonw_span(w, buf_span(&raw));
	buf_fini(&raw);
	return rc;
}

static int
put_change(struct jsonw *w, const struct promotion_change *c, const char *source)
{
	const struct promotion_fact *one = c->theirs ? c->theirs : c->ours;
	struct span words[PROMOTION_WORDS_MAX];
	struct buf memory = BUF_INIT, learned = BUF_INIT;
	int rc = promotion_words(one, &memory, words);

	jsonw_object(w);
	jsonw_kv_str(w, "kind", promotion_kind_name(one->kind));
	jsonw_key(w, "words");
	jsonw_array(w);
	for (unsigned i = 0; rc == OK && i < promotion_kind_words(one->kind); i++)
		jsonw_span(w, words[i]);
	jsonw_array_end(w);
	if (rc == OK && c->ours && !c->ours->learned)
		rc = put_word(w, "before", c->ours->value);
	if (rc == OK && c->step == PROMOTION_PUT) {
		rc = put_word(w, "value", c->theirs->value);
		buf_printf(&learned, "learned in %s", source);
		if (rc == OK && c->theirs->reason.n)
			rc = put_word(w, "reason", c->theirs->reason);
		else if (c->theirs->learned)
			jsonw_kv_span(w, "reason", buf_span(&learned));
	}
	jsonw_object_end(w);
	buf_fini(&learned);
	buf_fini(&memory);
	return rc;
}

static int
put_changes(const struct promotion *theirs, const struct promotion_change *change,
    size_t n, struct buf *out)
{
	struct jsonw w;
	int rc = OK;

	jsonw_init(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < n && rc == OK; i++) {
		if (change[i].step == PROMOTION_PUT || change[i].step == PROMOTION_REMOVE)
			rc = put_change(&w, &change[i], theirs->environment);
	}
	jsonw_array_end(&w);
	return rc == OK ? buf_err(out) : rc;
}

static int
put_base(const struct promotion *theirs, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_array(&w);
	for (size_t i = 0; i < theirs->n; i++) {
		if (theirs->fact[i].kind != PROMOTION_OPEN)
			jsonw_str(&w, theirs->fact[i].line);
	}
	jsonw_array_end(&w);
	return buf_err(out);
}

int
promote_apply(struct session *s, const struct promotion *theirs,
    const struct promotion_change *change, size_t n, struct buf *id)
{
	struct buf base, changes;
	const char *values[4] = {theirs->environment, theirs->sha256};
	int err, rc;

	buf_init(&base, JSON_BYTES_MAX);
	buf_init(&changes, JSON_BYTES_MAX);
	if ((err = put_base(theirs, &base)) != OK ||
	    (err = put_changes(theirs, change, n, &changes)) != OK) {
		rc = session_error(
		    EXIT_INCOMPLETE, "nothing was changed.", "%s", err_str(err));
	} else {
		values[2] = base.p;
		values[3] = changes.p;
		rc = database_value(s,
		    "select yett.promotion_apply($1, $2, $3::jsonb, $4::jsonb)", 4,
		    values, id);
	}
	buf_fini(&changes);
	buf_fini(&base);
	return rc;
}
