/* Who comes and goes: accepting, silence, draining. */
#include "worker/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "worker/connection.h"

#define ACCEPT_PER_TURN 64 /* HAProxy opens hundreds at once; the open ones wait too */
#define ACCEPT_AGAIN_S 0.1 /* pause when descriptors have run out */
#define SWEEP_S 1.0
#define SWEEP_MIN_S 0.01
#define CLOSING_S 1.0 /* a peer has this long to take our last frame */
#define DRAIN_PAUSE_S 0.01 /* between two connections */
#define HELLO_WAIT_S 0.1 /* a peer that means to say HELLO has said it by then */
#define ACK_BYTES (256u << 10) /* answers of one batch before they are sent in part */

struct server_options
server_options_from(const struct settings *s)
{
	return (struct server_options){
	    .max_frame = (uint32_t)s->spop_max_frame_bytes,
	    .max_connections = (unsigned)s->spop_max_connections,
	    .hello_timeout_s = (double)s->spop_hello_timeout_ms / 1e3,
	    .idle_timeout_s = (double)s->spop_idle_timeout_s,
	    .write_buffer_bytes = (size_t)s->spop_write_buffer_bytes,
	};
}

/* --- arrivals --------------------------------------------------------------------- */

static struct connection *
take_connection(struct server *s)
{
	struct connection *c = s->spare;

	if (c != NULL)
		s->spare = c->next;
	else
		c = malloc(sizeof(*c));
	if (c != NULL)
		*c = (struct connection){.server = s, .fd = -1};
	return c;
}

int
server_adopt(struct server *s, int fd, bool ready)
{
	struct connection *c;
	int one = 1;

	if (s->live_n >= s->o.max_connections || s->draining) {
		metric_add(s->metric, M_SPOP_REFUSED, 1);
		close(fd);
		return ERR_LIMIT;
	}
	if ((c = take_connection(s)) == NULL) {
		metric_add(s->metric, M_SPOP_REFUSED, 1);
		close(fd);
		return ERR_NOMEM;
	}
	if (s->listen_tcp)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = fd;
	c->next = &s->live;
	c->prev = s->live.prev;
	c->prev->next = c;
	s->live.prev = c;
	metric_add(s->metric, ready ? M_SPOP_HANDED_OVER : M_SPOP_ACCEPTED, 1);
	metric_set(s->metric, M_SPOP_CONNECTIONS, ++s->live_n);
	if (!ev_is_active(&s->sweep))
		ev_timer_again(s->loop, &s->sweep);
	connection_open(c);
	if (ready)
		c->state = READY;
	return OK;
}

static bool
is_peer_gone(int e)
{
	return e == ECONNABORTED || e == EINTR || e == EPROTO;
}

static void
on_accept(EV_P_ ev_io *io, int events)
{
	struct server *s = io->data;

	for (int i = 0; i < ACCEPT_PER_TURN; i++) {
		int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			if (server_adopt(s, fd, false) == ERR_NOMEM)
				break;
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		if (is_peer_gone(errno))
			continue;
		break;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		/* the waiting peer would wake us at once, again and again */
		log_warn("cannot accept, pausing", "error=\"%s\" connections=%u",
		    strerror(errno), s->live_n);
		ev_io_stop(EV_A_ io);
		ev_timer_again(EV_A_ & s->listen_again);
	}
}

static void
on_listen_again(EV_P_ ev_timer *t, int events)
{
	struct server *s = t->data;

	ev_timer_stop(EV_A_ t);
	if (s->listen_fd >= 0)
		ev_io_start(EV_A_ & s->listener);
}

void
server_listen(struct server *s, int fd)
{
	int domain = AF_UNIX;
	socklen_t n = sizeof(domain);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n);
	s->listen_tcp = domain != AF_UNIX;
	s->listen_fd = fd;
	metric_set(s->metric, M_SPOP_CONNECTIONS, s->live_n);
	ev_io_set(&s->listener, fd, EV_READ);
	ev_io_start(s->loop, &s->listener);
}

static void
stop_listening(struct server *s)
{
	ev_io_stop(s->loop, &s->listener);
	ev_timer_stop(s->loop, &s->listen_again);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	s->listen_fd = -1;
}

/* --- silence ---------------------------------------------------------------------- */

/* One look at every connection: cheaper than a timer for each, and exact enough. */
static void
on_sweep(EV_P_ ev_timer *t, int events)
{
	struct server *s = t->data;
	double now = ev_now(EV_A);
	struct connection *c, *next;

	for (c = s->live.next; c != &s->live; c = next) {
		double age = now - c->since;

		next = c->next;
		if (c->state == CLOSING && age >= CLOSING_S) {
			connection_close(c);
		} else if ((c->state == WAIT_HELLO && age >= s->o.hello_timeout_s) ||
		    (c->state == READY && age >= s->o.idle_timeout_s)) {
			metric_add(s->metric, M_SPOP_TIMEOUTS, 1);
			connection_bye(c, SPOP_TIMEOUT);
		}
	}
	if (s->live_n == 0)
		ev_timer_stop(EV_A_ t);
}

/* --- the end ---------------------------------------------------------------------- */

/* Whether it is worth serving on before connections change hands. */
static bool
is_anything_in_hand(const struct server *s)
{
	for (const struct connection *c = s->live.next; c != &s->live; c = c->next)
		if (connection_busy(c) ||
		    (c->state == WAIT_HELLO && ev_now(s->loop) - c->since < HELLO_WAIT_S))
			return true;
	return false;
}

static void
give(struct server *s, struct connection **given, size_t n)
{
	int fds[IO_FDS_MAX];

	for (size_t i = 0; i < n; i++)
		fds[i] = given[i]->fd;
	s->heir.give(s->heir.ctx, fds, n);
	for (size_t i = 0; i < n; i++)
		connection_close(given[i]);
}

/* Gives up to heir.max connections that are nothing but a socket. */
static void
give_idle(struct server *s)
{
	struct connection *batch[IO_FDS_MAX], *c, *next;
	unsigned left = s->heir.max;
	size_t n = 0;

	for (c = s->live.next; c != &s->live && left > 0; c = next) {
		next = c->next;
		if (c->state != READY || connection_busy(c))
			continue;
		left--;
		batch[n++] = c;
		if (n == IO_FDS_MAX) {
			give(s, batch, n);
			n = 0;
		}
	}
	if (n > 0)
		give(s, batch, n);
}

static void
hand_over(struct server *s)
{
	struct server_heir heir = s->heir;

	s->draining = true;
	ev_timer_stop(s->loop, &s->heir_limit);
	stop_listening(s);
	give_idle(s);
	while (s->live.next != &s->live) {
		struct connection *c = s->live.next;

		if (c->state == READY) {
			metric_add(s->metric, M_SPOP_DRAINED, 1);
			connection_bye(c, SPOP_NORMAL);
		}
		connection_close(c);
	}
	s->heir.done = NULL;
	heir.done(heir.ctx);
}

/* Objects closed during a turn rest until it is over: late events may still fire. */
static void
on_turn_end(EV_P_ ev_prepare *p, int events)
{
	struct server *s = p->data;
	struct connection *c;

	while ((c = s->closed) != NULL) {
		s->closed = c->next;
		c->next = s->spare;
		s->spare = c;
	}
	if (s->draining && s->live_n == 0 && ev_is_active(&s->drain)) {
		ev_timer_stop(EV_A_ & s->drain);
		s->drained(s->drained_ctx);
	}
	if (s->heir.done != NULL &&
	    (!ev_is_active(&s->heir_limit) || !is_anything_in_hand(s)))
		hand_over(s);
}

/* Nothing to do but to wake the loop: the end of this turn looks. */
static void
on_heir_limit(EV_P_ ev_timer *t, int events)
{
}

void
server_hand_over(struct server *s, double limit_s, const struct server_heir *heir)
{
	if (s->draining || s->heir.done != NULL)
		return;
	s->heir = *heir;
	ev_timer_set(&s->heir_limit, limit_s, 0);
	ev_timer_start(s->loop, &s->heir_limit);
}

/* Ends the next connection that has nothing in hand: what waits in its socket is answered
 * first. */
static void
on_drain(EV_P_ ev_timer *t, int events)
{
	struct server *s = t->data;
	struct connection *c, *next;

	for (c = s->live.next; c != &s->live; c = next) {
		next = c->next;
		if (c->state == CLOSING)
			continue;
		if (c->state == WAIT_HELLO) {
			connection_close(c);
			return;
		}
		if (!c->paused)
			connection_read(c);
		if (c->fd < 0 || c->state == CLOSING)
			return;
		if (connection_busy(c))
			continue;
		metric_add(s->metric, M_SPOP_DRAINED, 1);
		connection_bye(c, SPOP_NORMAL);
		return;
	}
}

void
server_drain(struct server *s, double limit_s, void (*drained)(void *ctx), void *ctx)
{
	double pause = s->live_n ? limit_s / (s->live_n + 1) : DRAIN_PAUSE_S;

	if (s->draining)
		return;
	s->heir.done = NULL;
	s->draining = true;
	s->drained = drained;
	s->drained_ctx = ctx;
	stop_listening(s);
	s->drain.repeat = pause < DRAIN_PAUSE_S ? pause : DRAIN_PAUSE_S;
	if (s->drain.repeat <= 0)
		s->drain.repeat = DRAIN_PAUSE_S;
	ev_timer_again(s->loop, &s->drain);
}

/* --- life ------------------------------------------------------------------------- */

void
server_set_options(struct server *s, const struct server_options *o)
{
	double sweep = o->hello_timeout_s / 4;

	s->o = *o;
	if (sweep > SWEEP_S)
		sweep = SWEEP_S;
	if (sweep < SWEEP_MIN_S)
		sweep = SWEEP_MIN_S;
	s->sweep.repeat = sweep;
}

unsigned
server_connections(const struct server *s)
{
	return s->live_n;
}

int
server_new(struct ev_loop *loop, const struct server_options *o,
    const struct server_handler *h, struct metric_block *metric, struct server **out)
{
	struct server *s = malloc(sizeof(*s));

	*out = NULL;
	if (s == NULL)
		return ERR_NOMEM;
	*s = (struct server){.loop = loop, .h = *h, .metric = metric, .listen_fd = -1};
	s->live.next = s->live.prev = &s->live;
	buffers_init(&s->pool);
	s->ack = buffers_get(&s->pool, ACK_BYTES);
	if (s->ack.p == NULL) {
		free(s);
		return ERR_NOMEM;
	}
	ev_io_init(&s->listener, on_accept, -1, EV_READ);
	ev_timer_init(&s->listen_again, on_listen_again, 0, ACCEPT_AGAIN_S);
	ev_timer_init(&s->sweep, on_sweep, 0, SWEEP_S);
	ev_timer_init(&s->drain, on_drain, 0, DRAIN_PAUSE_S);
	ev_timer_init(&s->heir_limit, on_heir_limit, 0, 0);
	ev_prepare_init(&s->reaper, on_turn_end);
	s->listener.data = s->listen_again.data = s->sweep.data = s->drain.data =
	    s->reaper.data = s;
	server_set_options(s, o);
	ev_prepare_start(loop, &s->reaper);
	*out = s;
	return OK;
}

void
server_free(struct server *s)
{
	struct connection *c;

	if (s == NULL)
		return;
	stop_listening(s);
	while (s->live.next != &s->live)
		connection_close(s->live.next);
	ev_timer_stop(s->loop, &s->sweep);
	ev_timer_stop(s->loop, &s->drain);
	ev_timer_stop(s->loop, &s->heir_limit);
	ev_prepare_stop(s->loop, &s->reaper);
	while ((c = s->closed) != NULL) {
		s->closed = c->next;
		free(c);
	}
	while ((c = s->spare) != NULL) {
		s->spare = c->next;
		free(c);
	}
	buffers_put(&s->pool, &s->ack);
	buffers_fini(&s->pool);
	free(s);
}
