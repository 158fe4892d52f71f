/* The SPOP server over socket pairs, in this process: we are HAProxy. */
#ifndef TESTS_WORKER_PEER_H
#define TESTS_WORKER_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/server.h"

#define FRAME 65536

/* What the fake handler was asked, and what it answers. */
struct fake {
	unsigned batches, ends, notifies;
	size_t answer_bytes; /* of each ACK's variable */
	bool refuse;
	bool drained;
};

struct fixture {
	struct ev_loop *loop;
	struct server *server;
	struct metric_block *metric;
	struct fake fake;
};

static void
fake_batch(void *ctx)
{
	((struct fake *)ctx)->batches++;
}

static void
fake_end(void *ctx)
{
	((struct fake *)ctx)->ends++;
}

static int
fake_notify(void *ctx, const struct spop_frame *f, struct spop_writer *w)
{
	static char text[SERVER_ACK_MAX];
	struct fake *fake = ctx;

	fake->notifies++;
	if (fake->refuse)
		return ERR_MALFORMED;
	spop_begin(w, SPOP_ACK, f->stream, f->frame);
	spop_set_text(w, SPOP_TXN, SPAN("a"), span_make(text, fake->answer_bytes));
	spop_end(w);
	assert_false(w->full);
	return OK;
}

static inline int
set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct server_options o = {
	    .max_frame = FRAME,
	    .max_connections = 8,
	    .hello_timeout_s = 0.05,
	    .idle_timeout_s = 0.3,
	    .write_buffer_bytes = 65536,
	};
	struct server_handler h = {&x->fake, fake_batch, fake_notify, fake_end};

	x->fake.answer_bytes = 3;
	x->loop = ev_loop_new(EVFLAG_AUTO);
	x->metric = calloc(1, sizeof(*x->metric));
	assert_int_equal(server_new(x->loop, &o, &h, x->metric, &x->server), OK);
	*state = x;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *x = *state;

	server_free(x->server);
	ev_loop_destroy(x->loop);
	free(x->metric);
	free(x);
	return 0;
}

static inline void
spin(struct fixture *x)
{
	for (int i = 0; i < 20; i++)
		ev_run(x->loop, EVRUN_NOWAIT);
}

static inline void
spin_for(struct fixture *x, double s)
{
	double end;

	ev_now_update(x->loop);
	end = ev_now(x->loop) + s;
	while (ev_now(x->loop) < end) {
		ev_run(x->loop, EVRUN_NOWAIT);
		usleep(2000);
	}
}

/* A connection of ours to the server; small buffers when asked. */
static inline int
join(struct fixture *x, int sndbuf)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	if (sndbuf)
		setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof(sndbuf));
	assert_int_equal(server_adopt(x->server, fd[1], false), OK);
	return fd[0];
}

static inline void
say(int fd, const void *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), n);
}

static inline size_t
put_hello(uint8_t *out, size_t cap, uint32_t size, bool check)
{
	struct spop_writer w = {.p = out, .cap = cap};

	spop_begin(&w, SPOP_HAPROXY_HELLO, 0, 0);
	spop_put_string(&w, SPAN("supported-versions"));
	spop_put_varint(&w, SPOP_STRING);
	spop_put_string(&w, SPAN("2.0"));
	spop_put_string(&w, SPAN("max-frame-size"));
	spop_put_varint(&w, SPOP_UINT32);
	spop_put_varint(&w, size);
	spop_put_string(&w, SPAN("capabilities"));
	spop_put_varint(&w, SPOP_STRING);
	spop_put_string(&w, SPAN("pipelining"));
	if (check) {
		spop_put_string(&w, SPAN("healthcheck"));
		spop_put_varint(&w, 0x11);
	}
	spop_end(&w);
	assert_false(w.full);
	return w.n;
}

static inline size_t
put_notify(uint8_t *out, size_t cap, uint64_t stream, uint64_t frame, size_t body)
{
	struct spop_writer w = {.p = out, .cap = cap};
	static char filler[FRAME * 2];

	spop_begin(&w, SPOP_NOTIFY, stream, frame);
	if (body > 0)
		spop_put_string(&w, span_make(filler, body));
	spop_end(&w);
	assert_false(w.full);
	return w.n;
}

/* The next frame that the server sent; false if there is none (closed: *closed). */
static inline bool
hear(int fd, uint8_t *buf, size_t cap, struct spop_frame *f, bool *closed)
{
	uint32_t n;
	ssize_t r = recv(fd, &n, 4, MSG_PEEK);

	if (closed != NULL)
		*closed = r == 0 || (r < 0 && errno != EAGAIN);
	if (r < 4)
		return false;
	n = __builtin_bswap32(n);
	assert_true(n + 4 <= cap);
	if (recv(fd, buf, n + 4, MSG_PEEK) < (ssize_t)n + 4)
		return false;
	assert_int_equal(recv(fd, buf, n + 4, 0), n + 4);
	assert_int_equal(spop_read_frame(span_make(buf + 4, n), f), OK);
	return true;
}

static inline void
expect_bye(struct fixture *x, int fd, enum spop_status status)
{
	uint8_t buf[256];
	struct spop_frame f;
	struct span message;
	uint64_t code;
	bool closed;

	assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_DISCONNECT);
	assert_int_equal(spop_read_disconnect(f.payload, &code, &message), OK);
	assert_int_equal(code, status);
	assert_false(hear(fd, buf, sizeof(buf), &f, &closed));
	assert_true(closed); /* its side is shut */
	close(fd);
	spin(x);
	assert_int_equal(server_connections(x->server), 0);
}

static inline int
join_ready(struct fixture *x, uint32_t size, int sndbuf)
{
	uint8_t buf[256];
	struct spop_frame f;
	int fd = join(x, sndbuf);

	say(fd, buf, put_hello(buf, sizeof(buf), size, false));
	spin(x);
	assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_HELLO);
	return fd;
}

#endif
