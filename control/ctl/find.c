/* See find.h. */
#include "control/ctl/find.h"

#include "control/ctl/database.h"

/* The first column of the only row; columns two and on say what the candidates are. */
static int
only_row(struct session *s, const struct table *t, const char *kind, const char *what,
    const char *hint, struct buf *id)
{
	int rc = EXIT_DONE;

	if (t->rows == 0)
		return session_error(
		    EXIT_NOTFOUND, hint, "there is no %s \"%s\"", kind, what);
	if (t->rows > 1) {
		rc = session_error(EXIT_USAGE,
		    "name one by its id:", "\"%s\" is several %ss", what, kind);
		for (size_t r = 0; r < t->rows; r++) {
			struct span n = table_get(t, r, 0), v = table_get(t, r, 1),
				    l = table_get(t, r, 2);

			session_say(s, "  %.*s  %.*s  %.*s", (int)n.n, n.p, (int)v.n, v.p,
			    (int)l.n, l.p);
		}
		return rc;
	}
	buf_put_span(id, table_get(t, 0, 0));
	return rc;
}

static bool
is_number(const char *what)
{
	uint64_t n;

	return span_u64(span_str(what), &n) == OK && n <= INT32_MAX;
}

bool
find_is_one_of(const char *word, const char *words)
{
	struct span rest = span_str(words);

	while (!span_absent(rest)) {
		if (span_eq(span_cut(&rest, ' '), span_str(word)))
			return true;
	}
	return false;
}

int
find_check_word(const struct invocation *in, const char *option, const char *words)
{
	const char *word = invocation_option(in, option);
	struct buf hint = BUF_INIT;
	int rc = EXIT_DONE;

	if (word == NULL || find_is_one_of(word, words))
		return EXIT_DONE;
	buf_printf(&hint, "one of %s.", words);
	rc = session_error(EXIT_USAGE, hint.p, "--%s: there is no \"%s\"", option, word);
	buf_fini(&hint);
	return rc;
}

int
find_endpoint(struct session *s, const char *what, struct buf *id)
{
	struct table t;
	int rc = database_table(s,
	    "select endpoint_id, service, label from report.endpoint where "
	    "endpoint_id::text = $1 or label = $1 or template = $1 or name = $1 "
	    "or service || ' ' || label = $1 order by 1 limit 20",
	    1, &what, &t);

	if (rc == EXIT_DONE)
		rc = only_row(s, &t, "endpoint", what,
		    "yettctl endpoint list --match TEXT finds one.", id);
	table_fini(&t);
	return rc;
}

int
find_field(struct session *s, const char *what, struct buf *id)
{
	struct table t;
	int rc = database_table(s,
	    is_number(what)
		? "select field_id, service, label from report.field "
		  "where field_id = $1::integer"
		: "select field_id, service, concat_ws(' ', label, direction, location, "
		  "path) from report.field where concat_ws(' ', label, direction, "
		  "location, path) = $1 or concat_ws(' ', service, label, direction, "
		  "location, path) = $1 order by 1 limit 20",
	    1, &what, &t);

	if (rc == EXIT_DONE)
		rc = only_row(s, &t, "field", what,
		    "yettctl field list shows ids and places, such as \"GET "
		    "/users/{number} response body user.ssn\".",
		    id);
	table_fini(&t);
	return rc;
}

void
find_put_shown(const struct session *s, const char *column, struct buf *sql)
{
	buf_printf(sql, s->json ? "%s" : "yett.template_show(%s)", column);
}
