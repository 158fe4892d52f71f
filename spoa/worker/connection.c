/*
 * Bytes of one connection: frames out of the buffer, answers into it. The server's `ack`
 * buffer holds the answers of the batch in hand and goes out with one write; only what the
 * socket does not take is copied into the connection's own buffer.
 */
#include "worker/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

#define LENGTH_BYTES 4

static void
watch(struct connection *c, int events)
{
	if (c->io.events == events && ev_is_active(&c->io))
		return;
	ev_io_stop(c->server->loop, &c->io);
	if (events == 0)
		return;
	ev_io_set(&c->io, c->fd, events);
	ev_io_start(c->server->loop, &c->io);
}

/* What the socket should tell us: unsent bytes want EV_WRITE, a paused peer is not read. */
static void
watch_as_needed(struct connection *c)
{
	watch(c, (c->paused ? 0 : EV_READ) | (c->out_n > 0 ? EV_WRITE : 0));
}

void
connection_close(struct connection *c)
{
	struct server *s = c->server;

	if (c->fd < 0)
		return;
	ev_io_stop(s->loop, &c->io);
	close(c->fd);
	c->fd = -1;
	buffers_put(&s->pool, &c->in);
	buffers_put(&s->pool, &c->out);
	c->in_n = c->out_n = 0;
	c->prev->next = c->next;
	c->next->prev = c->prev;
	c->prev = NULL;
	c->next = s->closed;
	s->closed = c;
	metric_set(s->metric, M_SPOP_CONNECTIONS, --s->live_n);
}

bool
connection_busy(const struct connection *c)
{
	return c->in_n > 0 || c->out_n > 0;
}

/* One line a second at most about refused frames. */
static void
log_refused(
    struct server *s, const char *msg, enum spop_status status, struct span detail)
{
	char quoted[LOG_QUOTED_MAX];
	double now = ev_now(s->loop);

	if (now < s->log_next) {
		s->log_skipped++;
		return;
	}
	log_notice(msg, "code=%d meaning=\"%s\" detail=%s not_shown=%llu", (int)status,
	    spop_status_text(status), log_quote(detail, quoted),
	    (unsigned long long)s->log_skipped);
	s->log_next = now + 1;
	s->log_skipped = 0;
}

/* --- sending ---------------------------------------------------------------------- */

/* Sends p[0..n), *sent says how much went. ERR_CLOSED. */
static int
send_some(int fd, const uint8_t *p, size_t n, size_t *sent)
{
	ssize_t r;

	*sent = 0;
	do
		r = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? OK : ERR_CLOSED;
	*sent = (size_t)r;
	return OK;
}

/* Appends to what is unsent. */
static int
keep_unsent(struct connection *c, const uint8_t *p, size_t n)
{
	struct buffer bigger;

	if (n > c->out.cap - c->out_at - c->out_n) {
		bigger = buffers_get(&c->server->pool, c->out_n + n);
		if (bigger.p == NULL)
			return ERR_NOMEM;
		if (c->out_n > 0)
			memcpy(bigger.p, c->out.p + c->out_at, c->out_n);
		buffers_put(&c->server->pool, &c->out);
		c->out = bigger;
		c->out_at = 0;
	}
	memcpy(c->out.p + c->out_at + c->out_n, p, n);
	c->out_n += n;
	return OK;
}

static int
send_unsent(struct connection *c)
{
	size_t sent;
	int err;

	if (c->out_n == 0)
		return OK;
	if ((err = send_some(c->fd, c->out.p + c->out_at, c->out_n, &sent)) != OK)
		return err;
	c->out_at += sent;
	c->out_n -= sent;
	if (c->out_n == 0) {
		c->out_at = 0;
		buffers_put(&c->server->pool, &c->out);
	}
	return OK;
}

/* The batch's answers: one write, the rest is kept. */
static int
send_answers(struct connection *c, struct spop_writer *w)
{
	size_t sent = 0;
	int err;

	if (w->n == 0)
		return OK;
	if (c->out_n == 0 && (err = send_some(c->fd, w->p, w->n, &sent)) != OK)
		return err;
	if (sent < w->n && (err = keep_unsent(c, w->p + sent, w->n - sent)) != OK)
		return err;
	w->n = 0;
	w->full = false;
	c->paused = c->out_n > c->server->o.write_buffer_bytes;
	return OK;
}

/* --- frames ----------------------------------------------------------------------- */

static void
set_closing(struct connection *c)
{
	c->state = CLOSING;
	c->since = ev_now(c->server->loop);
}

static void
refuse(struct connection *c, enum spop_status status, struct spop_writer *w)
{
	metric_add(c->server->metric, M_SPOP_BAD_FRAMES, 1);
	log_refused(c->server, "frame refused", status, SPAN_NONE);
	spop_put_agent_disconnect(w, status);
	set_closing(c);
}

static void
handle_hello(struct connection *c, const struct spop_frame *f, struct spop_writer *w)
{
	struct server *s = c->server;
	struct spop_hello h;
	enum spop_status status = SPOP_INVALID;

	if (f->type != SPOP_HAPROXY_HELLO || !(f->flags & SPOP_FIN) || f->stream != 0 ||
	    f->frame != 0 || spop_read_hello(f->payload, &h, &status) != OK) {
		refuse(c, status, w);
		return;
	}
	if (h.max_frame < s->o.max_frame)
		c->max_frame = (uint32_t)h.max_frame;
	spop_put_agent_hello(w, c->max_frame);
	if (h.healthcheck) {
		metric_add(s->metric, M_SPOP_HEALTHCHECKS, 1);
		set_closing(c);
		return;
	}
	c->state = READY;
}

static void
handle_disconnect(struct connection *c, const struct spop_frame *f, struct spop_writer *w)
{
	uint64_t code;
	struct span message;

	if (spop_read_disconnect(f->payload, &code, &message) != OK)
		code = SPOP_UNKNOWN;
	if (code != SPOP_NORMAL) {
		metric_add(c->server->metric, M_SPOP_DISCONNECTS, 1);
		log_refused(c->server, "haproxy disconnects",
		    code <= SPOP_RESOURCE ? (enum spop_status)code : SPOP_UNKNOWN,
		    message);
	}
	spop_put_agent_disconnect(w, SPOP_NORMAL);
	set_closing(c);
}

static void
handle_notify(
    struct connection *c, const struct spop_frame *f, size_t bytes, struct spop_writer *w)
{
	struct server *s = c->server;

	if (!(f->flags & SPOP_FIN)) {
		refuse(c, SPOP_FRAGMENTED, w);
		return;
	}
	metric_add(s->metric, M_SPOP_FRAMES, 1);
	metric_add(s->metric, M_SPOP_BYTES, bytes);
	if (s->h.notify(s->h.ctx, f, w) != OK)
		refuse(c, SPOP_INVALID, w);
}

/* A whole frame, without its length. */
static void
handle_frame(struct connection *c, struct span bytes, struct spop_writer *w)
{
	struct spop_frame f;

	if (c->state == CLOSING)
		return;
	c->since = ev_now(c->server->loop);
	if (spop_read_frame(bytes, &f) != OK) {
		refuse(c, SPOP_INVALID, w);
		return;
	}
	if (c->state == WAIT_HELLO) {
		handle_hello(c, &f, w);
		return;
	}
	switch (f.type) {
	case SPOP_NOTIFY: handle_notify(c, &f, bytes.n, w); break;
	case SPOP_HAPROXY_DISCONNECT: handle_disconnect(c, &f, w); break;
	case SPOP_HAPROXY_HELLO: refuse(c, SPOP_INVALID, w); break;
	case SPOP_UNSET: refuse(c, SPOP_FRAGMENTED, w); break;
	default: break; /* unknown types are skipped, the protocol says */
	}
}

/* The next whole frame at p[at..in_n), its length in *n; false: more bytes are needed (or
 * it is refused and the connection is closing). */
static bool
next_frame(struct connection *c, size_t at, size_t *n, struct spop_writer *w)
{
	uint32_t length;

	if (c->state == CLOSING || c->in_n - at < LENGTH_BYTES)
		return false;
	memcpy(&length, c->in.p + at, LENGTH_BYTES);
	*n = ntohl(length);
	if (*n < SPOP_FRAME_MIN || *n > c->max_frame) {
		refuse(c, *n > c->max_frame ? SPOP_TOO_BIG : SPOP_INVALID, w);
		return false;
	}
	return *n <= c->in_n - at - LENGTH_BYTES;
}

/* Keeps what is left of the buffer and makes room for the rest of a cut frame. */
static int
keep_rest(struct connection *c, size_t at)
{
	struct buffer bigger;
	uint32_t length;
	size_t rest = c->state == CLOSING ? 0 : c->in_n - at, need;

	c->in_n = rest;
	if (rest == 0) {
		buffers_put(&c->server->pool, &c->in);
		return OK;
	}
	memmove(c->in.p, c->in.p + at, rest);
	if (rest < LENGTH_BYTES)
		return OK;
	memcpy(&length, c->in.p, LENGTH_BYTES);
	need = (size_t)ntohl(length) + LENGTH_BYTES;
	if (need <= c->in.cap || need - LENGTH_BYTES > c->max_frame)
		return OK; /* too big a frame is refused when its turn comes */
	bigger = buffers_get(&c->server->pool, need);
	if (bigger.p == NULL)
		return ERR_NOMEM;
	memcpy(bigger.p, c->in.p, rest);
	buffers_put(&c->server->pool, &c->in);
	c->in = bigger;
	return OK;
}

/* Answers all whole frames in the buffer. An error: the connection is to be closed. */
static int
answer_frames(struct connection *c)
{
	struct server *s = c->server;
	struct spop_writer w = {.p = s->ack.p, .cap = s->ack.cap};
	size_t at = 0, n;
	int err = OK;

	s->h.batch(s->h.ctx);
	while (!c->paused && next_frame(c, at, &n, &w)) {
		handle_frame(c, span_make(c->in.p + at + LENGTH_BYTES, n), &w);
		at += LENGTH_BYTES + n;
		if (w.cap - w.n < SERVER_ACK_MAX && (err = send_answers(c, &w)) != OK)
			break;
	}
	s->h.batch_end(s->h.ctx);
	if (err == OK)
		err = send_answers(c, &w);
	if (err == OK)
		err = keep_rest(c, at);
	return err;
}

/* --- the loop's calls ------------------------------------------------------------- */

/* In CLOSING: when all is written our side is shut, the peer's bytes are thrown away. */
static void
finish_closing(struct connection *c)
{
	if (c->state != CLOSING || c->out_n > 0 || c->shut)
		return;
	c->shut = true;
	c->paused = false;
	shutdown(c->fd, SHUT_WR);
}

/* After anything was read or written. */
static void
settle(struct connection *c, int err)
{
	if (err != OK) {
		connection_close(c);
		return;
	}
	finish_closing(c);
	watch_as_needed(c);
}

void
connection_read(struct connection *c)
{
	ssize_t n;

	if (c->in.p == NULL) {
		c->in = buffers_get(&c->server->pool, BUFFERS_BYTES_MIN);
		if (c->in.p == NULL) {
			connection_close(c);
			return;
		}
	}
	do
		n = recv(c->fd, c->in.p + c->in_n, c->in.cap - c->in_n, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		if (c->in_n == 0)
			buffers_put(&c->server->pool, &c->in);
		return;
	}
	if (n <= 0) {
		connection_close(c);
		return;
	}
	c->in_n += (size_t)n;
	settle(c, answer_frames(c));
}

static void
connection_write(struct connection *c)
{
	int err = send_unsent(c);

	if (err == OK && c->paused && c->out_n <= c->server->o.write_buffer_bytes / 2) {
		c->paused = false;
		if (c->in_n > 0)
			err = answer_frames(c);
	}
	settle(c, err);
}

static void
on_io(EV_P_ ev_io *io, int events)
{
	struct connection *c = io->data;

	if (events & EV_WRITE)
		connection_write(c);
	if ((events & EV_READ) && c->fd >= 0 && !c->paused)
		connection_read(c);
}

void
connection_open(struct connection *c)
{
	c->state = WAIT_HELLO;
	c->max_frame = c->server->o.max_frame;
	c->since = ev_now(c->server->loop);
	ev_io_init(&c->io, on_io, c->fd, EV_READ);
	c->io.data = c;
	ev_io_start(c->server->loop, &c->io);
}

void
connection_bye(struct connection *c, enum spop_status status)
{
	struct spop_writer w = {.p = c->server->ack.p, .cap = c->server->ack.cap};

	spop_put_agent_disconnect(&w, status);
	set_closing(c);
	settle(c, send_answers(c, &w));
}
