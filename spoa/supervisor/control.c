/*
 * The control socket: one command a line, one answer, closed. JSON, or Prometheus text for
 * `metrics`; an error is {"error": …}. Whoever may connect (mode 0660, control.socket_group)
 * may read; what changes or reveals something is for root and the agent's own user.
 */
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "supervisor/supervisor.h"

#define CLASS_NAME_LONGEST 24 /* as lib/redact has it */
#define CLIENTS_MAX 32 /* people and one scraper */
#define LINE_MAX_BYTES CHANNEL_BODY_MAX
#define CLIENT_SECONDS 5. /* a silent client is closed */
#define TOKEN_SECONDS 3. /* an analyst that does not answer */

struct client {
	struct control *control;
	int fd; /* -1: free */
	uid_t uid;
	char line[LINE_MAX_BYTES];
	size_t n;
	struct buf out;
	bool answered; /* out is complete */
	bool for_token; /* waits for the analyst */
	ev_io io;
	ev_timer limit;
};

struct control {
	struct supervisor *sup;
	ev_io listen;
	struct client client[CLIENTS_MAX];
	double tokens; /* bucket of control.tokens_per_minute */
	int64_t tokens_us; /* monotonic */
};

struct command {
	const char *name;
	bool privileged;
	void (*run)(struct client *c, struct span arguments);
};

static void
client_close(struct client *c)
{
	struct ev_loop *loop = c->control->sup->loop;

	ev_io_stop(loop, &c->io);
	ev_timer_stop(loop, &c->limit);
	close(c->fd);
	buf_fini(&c->out);
	explicit_bzero(c->line, sizeof c->line);
	c->fd = -1;
	c->for_token = false;
}

static void
client_write(struct client *c)
{
	struct ev_loop *loop = c->control->sup->loop;

	while (c->out.n) {
		ssize_t w = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno == EAGAIN) {
			ev_io_stop(loop, &c->io);
			ev_io_set(&c->io, c->fd, EV_WRITE);
			ev_io_start(loop, &c->io);
			return;
		}
		if (w < 0)
			break;
		buf_consume(&c->out, (size_t)w);
	}
	client_close(c);
}

static void
answer(struct client *c)
{
	c->answered = true;
	client_write(c);
}

static void
answer_text(struct client *c, const char *key, struct span text)
{
	struct jsonw w;

	jsonw_init(&w, &c->out);
	jsonw_object(&w);
	jsonw_kv_span(&w, key, text);
	jsonw_object_end(&w);
	buf_put_char(&c->out, '\n');
	answer(c);
}

static void
answer_error(struct client *c, const char *text)
{
	answer_text(c, "error", span_str(text));
}

/* --- commands ---------------------------------------------------------------------- */

static void
run_status(struct client *c, struct span arguments)
{
	overview_status(c->control->sup, &c->out);
	answer(c);
}

static void
run_metrics(struct client *c, struct span arguments)
{
	overview_metrics(c->control->sup, &c->out);
	answer(c);
}

static void
run_settings(struct client *c, struct span arguments)
{
	overview_settings(c->control->sup, &c->out);
	answer(c);
}

static void
run_quarantine(struct client *c, struct span arguments)
{
	struct supervisor *s = c->control->sup;

	if (!span_eq(arguments, SPAN("clear"))) {
		answer_error(c, "expected: quarantine clear");
		return;
	}
	log_notice("quarantine cleared", "uid=%u entries=%u", (unsigned)c->uid,
	    shared_quarantine_count(&s->shared));
	shared_quarantine_clear(&s->shared);
	s->faults = 0;
	metric_set(&s->slot->metric, M_QUARANTINED, 0);
	answer_text(c, "quarantine", SPAN("cleared"));
}

static bool
take_token_permit(struct control *k)
{
	double rate = (double)k->sup->settings.control_tokens_per_minute;
	int64_t now_us = clock_mono_us();

	k->tokens += (double)(now_us - k->tokens_us) / 60e6 * rate;
	k->tokens_us = now_us;
	if (k->tokens > rate)
		k->tokens = rate;
	if (k->tokens < 1)
		return false;
	k->tokens -= 1;
	return true;
}

static bool
token_in_flight(const struct control *k)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (k->client[i].for_token)
			return true;
	return false;
}

static bool
is_class_name(struct span s)
{
	if (s.n == 0 || s.n > CLASS_NAME_LONGEST || s.p[0] < 'a' || s.p[0] > 'z')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !ascii_is_digit(s.p[i]) &&
		    s.p[i] != '_')
			return false;
	return true;
}

/* The answers carry no name, so one question at a time. The value is never logged. */
static void
run_token(struct client *c, struct span arguments)
{
	struct supervisor *s = c->control->sup;
	struct child *analyst = children_find(s, ROLE_ANALYST, 0);
	struct span value = arguments, class = span_cut(&value, ' ');
	char body[CHANNEL_BODY_MAX];
	int rc;

	value = span_absent(value) ? SPAN("") : span_trim(value);
	if (class.n == 0 || value.n == 0) {
		answer_error(c, "expected: token CLASS VALUE");
		return;
	}
	if (!is_class_name(class)) {
		answer_error(c, "no such class"); /* may be the value: not logged */
		return;
	}
	if (!analyst || analyst->state != CHILD_READY) {
		answer_error(c, "no analyst is running");
		return;
	}
	if (token_in_flight(c->control) || !take_token_permit(c->control)) {
		log_warn("token refused", "uid=%u reason=\"too many\"", (unsigned)c->uid);
		answer_error(c, "too many, try again later (control.tokens_per_minute)");
		return;
	}
	/* its class stands in the log once the analyst knows it: it may be the value */
	log_notice("token asked for", "uid=%u", (unsigned)c->uid);
	memcpy(body, class.p, class.n);
	body[class.n] = '\0';
	memcpy(body + class.n + 1, value.p, value.n);
	rc = channel_send(
	    analyst->channel, CHANNEL_TOKEN, body, class.n + 1 + value.n, NULL, 0);
	explicit_bzero(body, sizeof body);
	if (rc != OK) {
		answer_error(c, err_str(rc));
		return;
	}
	c->for_token = true;
	ev_timer_stop(s->loop, &c->limit);
	ev_timer_set(&c->limit, TOKEN_SECONDS, 0.);
	ev_timer_start(s->loop, &c->limit);
}

static void
answer_token(struct client *c, struct span token)
{
	log_notice("token given", "uid=%u class=%.*s", (unsigned)c->uid,
	    (int)span_find(token, '.'), token.p);
	answer_text(c, "token", token);
}

void
control_token_answer(struct supervisor *s, struct span body)
{
	for (unsigned i = 0; s->control && i < CLIENTS_MAX; i++) {
		struct client *c = &s->control->client[i];

		if (!c->for_token)
			continue;
		c->for_token = false;
		if (span_absent(body))
			answer_error(c, "the analyst ended");
		else if (body.n == 0)
			answer_error(c, "no token for this class and value");
		else
			answer_token(c, body);
	}
}

static const struct command commands[] = {
    {"status", false, run_status},
    {"metrics", false, run_metrics},
    {"settings", false, run_settings},
    {"token", true, run_token},
    {"quarantine", true, run_quarantine},
};

/* --- clients ----------------------------------------------------------------------- */

static bool
privileged(const struct client *c)
{
	const struct passwd *pw;

	if (c->uid == 0 || c->uid == geteuid())
		return true;
	pw = getpwnam(c->control->sup->settings.agent_user);
	return pw && pw->pw_uid == c->uid;
}

static void
run_line(struct client *c, struct span line)
{
	struct span rest = span_trim(line), name = span_cut(&rest, ' ');

	ev_io_stop(c->control->sup->loop, &c->io);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (!span_eq(name, span_str(commands[i].name)))
			continue;
		if (commands[i].privileged && !privileged(c)) {
			log_warn("command refused", "command=%s uid=%u", commands[i].name,
			    (unsigned)c->uid);
			answer_error(
			    c, "permission denied: for root and the agent's user");
			return;
		}
		commands[i].run(c, span_absent(rest) ? SPAN("") : span_trim(rest));
		return;
	}
	/* what it was may be a value that somebody meant for `token` */
	log_info("unknown command", "uid=%u bytes=%zu", (unsigned)c->uid, name.n);
	answer_error(
	    c, "unknown command; status, metrics, settings, token, quarantine clear");
}

/* What is left unread at close would take the answer away with it. */
static void
answer_too_long(struct client *c)
{
	for (int i = 0; i < 16 && read(c->fd, c->line, sizeof c->line) > 0; i++)
		;
	answer_error(c, "line too long");
}

static void
client_read(struct client *c)
{
	ssize_t got = read(c->fd, c->line + c->n, sizeof c->line - c->n);
	struct span text;
	size_t end;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		c->n += (size_t)got;
	text = span_make(c->line, c->n);
	end = span_find(text, '\n');
	if (end < text.n || (got == 0 && c->n > 0))
		run_line(c, span_head(text, end));
	else if (got <= 0)
		client_close(c);
	else if (c->n == sizeof c->line)
		answer_too_long(c);
}

static void
on_client(EV_P_ ev_io *w, int events)
{
	struct client *c = w->data;

	if (c->answered)
		client_write(c);
	else
		client_read(c);
}

static void
on_limit(EV_P_ ev_timer *w, int events)
{
	struct client *c = w->data;

	if (c->for_token) {
		c->for_token = false;
		answer_error(c, "the analyst did not answer");
	} else {
		client_close(c);
	}
}

static void
on_listen(EV_P_ ev_io *w, int events)
{
	struct control *k = w->data;
	struct ucred peer;
	socklen_t n = sizeof peer;
	struct client *c = NULL;
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (unsigned i = 0; i < CLIENTS_MAX && c == NULL; i++)
		if (k->client[i].fd < 0)
			c = &k->client[i];
	if (c == NULL || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n)) {
		close(fd);
		return;
	}
	*c = (struct client){.control = k, .fd = fd, .uid = peer.uid};
	ev_io_init(&c->io, on_client, fd, EV_READ);
	ev_timer_init(&c->limit, on_limit, CLIENT_SECONDS, 0.);
	c->io.data = c->limit.data = c;
	ev_io_start(EV_A_ & c->io);
	ev_timer_start(EV_A_ & c->limit);
}

int
control_start(struct supervisor *s)
{
	struct control *k = calloc(1, sizeof *k);

	if (k == NULL)
		return ERR_NOMEM;
	k->sup = s;
	k->tokens = (double)s->settings.control_tokens_per_minute;
	k->tokens_us = clock_mono_us();
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		k->client[i].control = k;
		k->client[i].fd = -1;
	}
	ev_io_init(&k->listen, on_listen, s->control_socket.fd, EV_READ);
	k->listen.data = k;
	ev_io_start(s->loop, &k->listen);
	s->control = k;
	return OK;
}

void
control_stop(struct supervisor *s)
{
	struct control *k = s->control;

	if (k == NULL)
		return;
	ev_io_stop(s->loop, &k->listen);
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (k->client[i].fd >= 0)
			client_close(&k->client[i]);
	free(k);
	s->control = NULL;
}
