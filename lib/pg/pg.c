/*
 * See pg.h. One statement is under way at a time; the others wait in a list.
 *
 *   DOWN ──timer──► CONNECTING ──► UP ──loss──► DOWN
 *     ▲ back-off        │ refused, timed out      │
 *     └─────────────────┴─────────────────────────┘
 */
#include "pg/pg.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define RETRY_MIN_MS 100
#define ERROR_TEXT_MAX 300

struct statement {
	struct statement *next;
	char *sql;
	int nparams;
	int answer_format;
	pg_done *done;
	void *ctx;
	/* nparams of each, and the values' bytes, in one piece behind this */
	const char **values;
	int *lengths;
	int *formats;
};

struct pg {
	struct ev_loop *loop;
	struct pg_options o;
	char *conninfo, *application;
	PGconn *conn;
	enum pg_state state;
	struct ev_io io;
	struct ev_timer timer; /* down: next attempt; connecting: too long */
	int64_t retry_ms;
	struct statement *first, **last; /* first is under way when sent */
	bool sent;
	bool refused; /* the current outage has been logged */
	unsigned queued;
	PGresult *answer;
	char error[ERROR_TEXT_MAX];
};

static void loop_cb(struct ev_loop *loop, struct ev_io *w, int events);
static void timer_cb(struct ev_loop *loop, struct ev_timer *w, int events);

static void
watch(struct pg *p, int events)
{
	ev_io_stop(p->loop, &p->io);
	ev_io_set(&p->io, PQsocket(p->conn), events);
	ev_io_start(p->loop, &p->io);
}

static void
timer_after(struct pg *p, int64_t ms)
{
	ev_timer_stop(p->loop, &p->timer);
	ev_timer_set(&p->timer, (double)ms / 1000.0, 0.0);
	ev_timer_start(p->loop, &p->timer);
}

static void
state_set(struct pg *p, enum pg_state state)
{
	char quoted[LOG_QUOTED_MAX];
	bool was_up = p->state == PG_UP;

	p->state = state;
	if (state == PG_UP) {
		log_notice("database connected", NULL);
		p->refused = false;
	} else if (state == PG_DOWN && (was_up || !p->refused)) {
		log_warn(was_up ? "database lost" : "database not reached", "error=%s",
		    log_quote(span_str(p->error), quoted));
		p->refused = true;
	}
	if (p->o.changed)
		p->o.changed(p->o.ctx, state, p->error);
}

/* --- the list of statements ---------------------------------------------------------- */

static void
statement_free(struct statement *s)
{
	free(s->sql);
	free(s);
}

static struct statement *
statement_pop(struct pg *p)
{
	struct statement *s = p->first;

	p->first = s->next;
	if (!p->first)
		p->last = &p->first;
	p->queued--;
	p->sent = false;
	return s;
}

/* Takes the first one off and tells its owner. */
static void
statement_finish(struct pg *p, PGresult *answer)
{
	struct statement *s = statement_pop(p);

	if (s->done)
		s->done(s->ctx, answer);
	PQclear(answer);
	statement_free(s);
}

static size_t
value_bytes(const char *value, const int *lengths, const int *formats, int i)
{
	if (!value)
		return 0;
	return formats && formats[i] ? (size_t)lengths[i] : strlen(value) + 1;
}

static struct statement *
statement_new(const char *sql, int nparams, const char *const *values, const int *lengths,
    const int *formats)
{
	size_t each = sizeof(*values) + 2 * sizeof(int), bytes = 0;
	struct statement *s;
	char *at;

	for (int i = 0; i < nparams; i++)
		bytes += value_bytes(values[i], lengths, formats, i);
	s = calloc(1, sizeof(*s) + (size_t)nparams * each + bytes);
	if (!s)
		return NULL;
	s->sql = strdup(sql);
	if (!s->sql) {
		free(s);
		return NULL;
	}
	s->nparams = nparams;
	s->values = (const char **)(s + 1);
	s->lengths = (int *)(s->values + nparams);
	s->formats = s->lengths + nparams;
	at = (char *)(s->formats + nparams);
	for (int i = 0; i < nparams; i++) {
		size_t n = value_bytes(values[i], lengths, formats, i);

		if (!values[i])
			continue;
		s->values[i] = memcpy(at, values[i], n);
		s->formats[i] = formats ? formats[i] : 0;
		s->lengths[i] = s->formats[i] ? lengths[i] : 0;
		at += n;
	}
	return s;
}

/* --- the connection ------------------------------------------------------------------ */

static void
connection_drop(struct pg *p)
{
	ev_io_stop(p->loop, &p->io);
	ev_timer_stop(p->loop, &p->timer);
	PQclear(p->answer);
	p->answer = NULL;
	PQfinish(p->conn);
	p->conn = NULL;
}

static void
connection_fail(struct pg *p, const char *why)
{
	int64_t jitter = clock_mono_ns() / 1000 % (p->retry_ms / 2 + 1);
	unsigned waiting = p->queued;
	size_t n;

	snprintf(p->error, sizeof(p->error), "%s", why);
	n = strlen(p->error);
	while (n > 0 && p->error[n - 1] == '\n')
		p->error[--n] = '\0';
	connection_drop(p);
	state_set(p, PG_DOWN);
	while (waiting-- > 0)
		statement_finish(p, NULL);
	timer_after(p, p->retry_ms / 2 + jitter);
	p->retry_ms *= 2;
	if (p->retry_ms > p->o.retry_max_ms)
		p->retry_ms = p->o.retry_max_ms;
}

static void
connection_start(struct pg *p)
{
	/* What stands before dbname may be set otherwise by conninfo. */
	const char *const keys[] = {"client_encoding", "keepalives_idle",
	    "tcp_user_timeout", "dbname", "fallback_application_name", NULL};
	const char *const values[] = {
	    "UTF8", "30", "20000", p->conninfo, p->application, NULL};

	p->conn = PQconnectStartParams(keys, values, 1);
	if (!p->conn || PQstatus(p->conn) == CONNECTION_BAD) {
		connection_fail(p, p->conn ? PQerrorMessage(p->conn) : "out of memory");
		return;
	}
	state_set(p, PG_CONNECTING);
	watch(p, EV_WRITE);
	timer_after(p, p->o.connect_timeout_ms);
}

/* libpq would print what the server remarks. */
static void
notice_ignore(void *arg, const PGresult *result)
{
}

static void
connection_poll(struct pg *p)
{
	switch (PQconnectPoll(p->conn)) {
	case PGRES_POLLING_READING: watch(p, EV_READ); return;
	case PGRES_POLLING_WRITING: watch(p, EV_WRITE); return;
	case PGRES_POLLING_OK: break;
	default: connection_fail(p, PQerrorMessage(p->conn)); return;
	}
	PQsetNoticeReceiver(p->conn, notice_ignore, NULL);
	if (PQsetnonblocking(p->conn, 1) != 0) {
		connection_fail(p, PQerrorMessage(p->conn));
		return;
	}
	ev_timer_stop(p->loop, &p->timer);
	p->retry_ms = RETRY_MIN_MS;
	p->error[0] = '\0';
	watch(p, EV_READ);
	state_set(p, PG_UP);
}

/* Pushes out what libpq holds; watches for room if the socket takes no more. */
static bool
flush(struct pg *p)
{
	int rc = PQflush(p->conn);

	if (rc < 0) {
		connection_fail(p, PQerrorMessage(p->conn));
		return false;
	}
	watch(p, rc > 0 ? EV_READ | EV_WRITE : EV_READ);
	return true;
}

static void
send_next(struct pg *p)
{
	struct statement *s = p->first;

	if (!s || p->sent || p->state != PG_UP)
		return;
	if (!PQsendQueryParams(p->conn, s->sql, s->nparams, NULL, s->values, s->lengths,
		s->formats, s->answer_format)) {
		connection_fail(p, PQerrorMessage(p->conn));
		return;
	}
	p->sent = true;
	(void)flush(p);
}

static void
notifications_take(struct pg *p)
{
	PGnotify *note;

	while (p->conn && (note = PQnotifies(p->conn)) != NULL) {
		if (p->o.notified)
			p->o.notified(
			    p->o.ctx, note->relname, note->extra ? note->extra : "");
		PQfreemem(note);
	}
}

static void
answers_take(struct pg *p)
{
	while (p->conn && p->sent && !PQisBusy(p->conn)) {
		PGresult *result = PQgetResult(p->conn), *answer;

		if (result) {
			/* A statement has one answer; a second can only be an error. */
			PQclear(p->answer);
			p->answer = result;
			continue;
		}
		if (PQstatus(p->conn) == CONNECTION_BAD) {
			connection_fail(p, PQerrorMessage(p->conn));
			return;
		}
		answer = p->answer;
		p->answer = NULL;
		statement_finish(p, answer);
		send_next(p);
	}
}

static void
loop_cb(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct pg *p = w->data;

	if (p->state == PG_CONNECTING) {
		connection_poll(p);
		return;
	}
	if ((events & EV_WRITE) && !flush(p))
		return;
	if (events & EV_READ) {
		if (!PQconsumeInput(p->conn)) {
			connection_fail(p, PQerrorMessage(p->conn));
			return;
		}
		notifications_take(p);
		answers_take(p);
		notifications_take(p);
	}
	if (p->conn && !p->sent && PQstatus(p->conn) == CONNECTION_BAD)
		connection_fail(p, PQerrorMessage(p->conn));
}

static void
timer_cb(struct ev_loop *loop, struct ev_timer *w, int events)
{
	struct pg *p = w->data;

	if (p->state == PG_CONNECTING)
		connection_fail(p, "no answer within the connection timeout");
	else
		connection_start(p);
}

/* --- what others call ---------------------------------------------------------------- */

int
pg_new(struct ev_loop *loop, const struct pg_options *o, struct pg **out)
{
	struct pg *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return ERR_NOMEM;
	p->loop = loop;
	p->o = *o;
	p->conninfo = strdup(o->conninfo);
	p->application = strdup(o->application ? o->application : "yett");
	p->last = &p->first;
	p->retry_ms = RETRY_MIN_MS;
	if (!p->conninfo || !p->application) {
		free(p->conninfo);
		free(p->application);
		free(p);
		return ERR_NOMEM;
	}
	ev_init(&p->io, loop_cb);
	ev_init(&p->timer, timer_cb);
	p->io.data = p;
	p->timer.data = p;
	timer_after(p, 0);
	*out = p;
	return OK;
}

void
pg_free(struct pg *p)
{
	if (!p)
		return;
	connection_drop(p);
	while (p->first)
		statement_free(statement_pop(p));
	free(p->conninfo);
	free(p->application);
	free(p);
}

void
pg_set_retry_max(struct pg *p, int64_t retry_max_ms)
{
	p->o.retry_max_ms = retry_max_ms;
}

enum pg_state
pg_state(const struct pg *p)
{
	return p->state;
}

static int
query(struct pg *p, const char *sql, int nparams, const char *const *values,
    const int *lengths, const int *formats, int answer_format, pg_done *done, void *ctx)
{
	struct statement *s;

	if (p->state != PG_UP)
		return ERR_AGAIN;
	s = statement_new(sql, nparams, values, lengths, formats);
	if (!s)
		return ERR_NOMEM;
	s->answer_format = answer_format;
	s->done = done;
	s->ctx = ctx;
	*p->last = s;
	p->last = &s->next;
	p->queued++;
	send_next(p);
	return OK;
}

int
pg_query(struct pg *p, const char *sql, int nparams, const char *const *values,
    const int *lengths, const int *formats, pg_done *done, void *ctx)
{
	return query(p, sql, nparams, values, lengths, formats, 0, done, ctx);
}

int
pg_query_binary(struct pg *p, const char *sql, int nparams, const char *const *values,
    const int *lengths, const int *formats, pg_done *done, void *ctx)
{
	return query(p, sql, nparams, values, lengths, formats, 1, done, ctx);
}
