/* What the agents say: this host's over its control socket, all of them in the database. */
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "classify/classify.h"
#include "control/ctl/commands.h"
#include "control/ctl/control.h"
#include "control/ctl/database.h"
#include "control/ctl/json_view.h"
#include "crypto/crypto.h"

#define VALUE_MAX 1024 /* bytes of a value that is to become a token */

/* {"error": TEXT} as TEXT, absent when the answer is something else. The agent writes its
 * errors itself: they hold no escapes. */
static struct span
error_of(struct span answer)
{
	struct span text = span_trim(answer);

	if (!span_starts(text, SPAN("{\"error\":\"")) || !span_ends(text, SPAN("\"}")))
		return SPAN_NONE;
	text = span_from(text, 10);
	return span_head(text, text.n - 2);
}

/* Asks the agent; prints why when there is no answer. */
static int
ask(struct session *s, struct span request, struct buf *answer)
{
	struct span text;
	int rc = control_ask(s->control, request, answer);

	if (rc == ERR_DENIED)
		return session_error(EXIT_DENIED,
		    "the socket's group is control.socket_group of yett.conf.", "%s: %s",
		    s->control, err_str(rc));
	if (rc != OK || answer->n == 0)
		return session_error(EXIT_UNAVAILABLE,
		    "is yett-agent running? --control PATH or YETT_CONTROL names another "
		    "socket.",
		    "%s: %s", s->control, rc != OK ? err_str(rc) : "no answer");
	text = error_of(buf_span(answer));
	if (span_absent(text))
		return EXIT_DONE;
	return session_error(span_starts(text, SPAN("too many")) ? EXIT_RETRY
		: span_starts(text, SPAN("permission denied"))	 ? EXIT_DENIED
		: span_starts(text, SPAN("no token"))		 ? EXIT_USAGE
								 : EXIT_INCOMPLETE,
	    NULL, "the agent says: %.*s", (int)text.n, text.p);
}

int
command_metrics(struct session *s, const struct invocation *in)
{
	s->plain = true;
	return ask(s, SPAN("metrics\n"), &s->out);
}

int
command_status(struct session *s, const struct invocation *in)
{
	struct buf answer = BUF_INIT;
	int rc = ask(s, SPAN("status\n"), &answer);

	if (rc == EXIT_DONE && s->json)
		buf_put_span(&s->out, buf_span(&answer));
	else if (rc == EXIT_DONE &&
	    json_view(buf_span(&answer), &s->style, &s->out) != OK)
		rc =
		    session_error(EXIT_INCOMPLETE, "is this yettctl as new as the agent?",
			"the agent's answer cannot be read");
	buf_fini(&answer);
	return rc;
}

/* The value from stdin, without the line's end: so it is in no process list and no history. */
static int
read_value(const struct invocation *in, struct buf *value)
{
	if (in->arguments > 1)
		buf_put_str(value, in->argument[1]);
	else if (io_read_fd(STDIN_FILENO, VALUE_MAX, value) != OK)
		return session_error(EXIT_USAGE, NULL,
		    "cannot read a value of at most %d bytes from stdin", VALUE_MAX);
	while (
	    in->arguments < 2 && value->n > 0 && strchr("\r\n", value->p[value->n - 1]))
		value->n--;
	if (value->n == 0 || value->n > VALUE_MAX)
		return session_error(EXIT_USAGE, "echo VALUE | yettctl token CLASS.",
		    "no value was given");
	if (memchr(value->p, '\n', value->n) || memchr(value->p, 0, value->n))
		return session_error(EXIT_USAGE, NULL, "a value is one line");
	return EXIT_DONE;
}

/* {"token":"…"} as it is for machines, the token alone for people. */
static void
put_token(struct session *s, struct span answer)
{
	struct span text = span_trim(answer);

	if (!s->json && span_starts(text, SPAN("{\"token\":\"")) &&
	    span_ends(text, SPAN("\"}"))) {
		text = span_from(text, 10);
		text = span_head(text, text.n - 2);
	}
	buf_put_span(&s->out, text);
	buf_put_char(&s->out, '\n');
}

/* Whether there is such a class: one that does not exist may be the value itself, given in
 * the wrong order, and is to stand in no audit. Without a database the agent judges. */
static int
check_class(struct session *s, const char *name)
{
	static const char *const as_is[] = {"text", "host", "request_id"};
	struct buf answer = BUF_INIT;
	struct class_set *set;
	char why[200];
	bool known = false;
	int rc = EXIT_DONE;
	size_t at;

	for (size_t i = 0; i < sizeof as_is / sizeof *as_is; i++)
		known |= strcmp(name, as_is[i]) == 0;
	if (!known && class_set_new(NULL, 0, &set, &at, why) == OK) {
		known = class_find(set, span_str(name)) != CLASS_NONE;
		class_set_free(set);
	}
	if (!known && !s->database[0])
		return EXIT_DONE;
	if (!known) {
		rc = database_value(s,
		    "select count(*) from report.data_class where class = $1", 1, &name,
		    &answer);
		known = span_eq(span_trim(buf_span(&answer)), SPAN("1"));
	}
	buf_fini(&answer);
	if (rc == EXIT_DONE && !known)
		rc = session_error(EXIT_USAGE,
		    "yettctl class list shows them; text, host and request_id beside",
		    "there is no such class");
	return rc;
}

int
command_token(struct session *s, const struct invocation *in)
{
	struct buf value = BUF_INIT, request = BUF_INIT, answer = BUF_INIT;
	const char *audit[2] = {"token", in->argument[0]};
	int rc = EXIT_DONE;

	rc = check_class(s, in->argument[0]);
	if (rc == EXIT_DONE)
		rc = read_value(in, &value);
	/* the audit comes first: no token without a trace */
	if (rc == EXIT_DONE && s->database[0])
		rc =
		    database_value(s, "select yett.audit_put($1, $2)", 2, audit, &answer);
	if (rc == EXIT_DONE) {
		buf_clear(&answer);
		buf_printf(&request, "token %s ", in->argument[0]);
		buf_put_span(&request, buf_span(&value));
		buf_put_char(&request, '\n');
		rc = ask(s, buf_span(&request), &answer);
	}
	if (rc == EXIT_DONE)
		put_token(s, buf_span(&answer));
	if (value.p)
		crypto_wipe(value.p, value.cap);
	if (request.p)
		crypto_wipe(request.p, request.cap);
	buf_fini(&answer);
	buf_fini(&request);
	buf_fini(&value);
	return rc;
}

int
command_agent_list(struct session *s, const struct invocation *in)
{
	struct table t;
	int rc = database_table(s,
	    "select agent, environment, version, revision, current, "
	    "extract(epoch from now() - last_seen_at)::bigint as silent_s, "
	    "started_at as "
	    "started, "
	    "cold_starts, deaths, records_lost from report.agents order by agent",
	    0, NULL, &t);

	if (rc == EXIT_DONE)
		rc = session_show(s, &t, "no gateway has reported yet");
	table_fini(&t);
	return rc;
}
