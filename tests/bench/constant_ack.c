/*
 * The least that a SPOP agent can be: every NOTIFY gets the same ACK, finish lines are read
 * and thrown away. What the real agent costs beside this one is what Yett costs.
 *
 *   constant_ack -s SOCKET [-s SOCKET…] [-f PORT] [-w WATCH_PERCENT]
 *
 * Ends on SIGTERM. One process; sockets are UNIX, the sink is TCP on 127.0.0.1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "spop/frame.h"

#define FRAME_MAX (1u << 20)

struct peer {
	struct ev_io io;
	size_t have;
	uint8_t in[FRAME_MAX + 4];
};

static double watch_share;
static double watch_owed;
static uint8_t sink_bytes[1 << 18];

static void
close_peer(struct ev_loop *loop, struct ev_io *io, void *memory)
{
	ev_io_stop(loop, io);
	close(io->fd);
	free(memory);
}

static void
put_ack(struct spop_writer *w, const struct spop_frame *f)
{
	static const char ctx[] =
	    "AQAAAAEAAACqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
	    "qqqqqqqqqqqqqqqqqqqqqqqq";

	spop_begin(w, SPOP_ACK, f->stream, f->frame);
	spop_set_text(w, SPOP_TXN, SPAN("action"), SPAN("allow"));
	spop_set_text(
	    w, SPOP_TXN, SPAN("endpoint"), SPAN("GET /api/v1/res/items/{number}"));
	spop_set_text(w, SPOP_TXN, SPAN("inspected"), SPAN("complete"));
	spop_set_text(w, SPOP_TXN, SPAN("ctx"), span_make(ctx, 75));
	watch_owed += watch_share;
	if (watch_owed >= 1) {
		watch_owed -= 1;
		spop_set_bool(w, SPOP_TXN, SPAN("watch"), true);
	}
	spop_end(w);
}

/* Answers every whole frame; false: close. */
static bool
answer(struct peer *p)
{
	static uint8_t out[1 << 18];
	struct spop_writer w = {.p = out, .cap = sizeof out};
	size_t at = 0;

	while (p->have - at >= 4) {
		uint32_t n;
		struct spop_frame f;
		struct spop_hello hello;
		enum spop_status status;

		memcpy(&n, p->in + at, 4);
		n = ntohl(n);
		if (n > FRAME_MAX)
			return false;
		if (p->have - at - 4 < n)
			break;
		if (spop_read_frame(span_make(p->in + at + 4, n), &f) != OK)
			return false;
		if (f.type == SPOP_HAPROXY_HELLO) {
			if (spop_read_hello(f.payload, &hello, &status) != OK)
				return false;
			spop_put_agent_hello(&w,
			    (uint32_t)(hello.max_frame < FRAME_MAX ? hello.max_frame
								   : FRAME_MAX));
		} else if (f.type == SPOP_NOTIFY) {
			put_ack(&w, &f);
		} else if (f.type == SPOP_HAPROXY_DISCONNECT) {
			spop_put_agent_disconnect(&w, SPOP_NORMAL);
		}
		at += 4 + n;
	}
	memmove(p->in, p->in + at, p->have - at);
	p->have -= at;
	return !w.full &&
	    (w.n == 0 || send(p->io.fd, out, w.n, MSG_NOSIGNAL) == (ssize_t)w.n);
}

static void
on_peer(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct peer *p = io->data;
	ssize_t n = recv(io->fd, p->in + p->have, sizeof p->in - p->have, 0);

	if (n > 0) {
		p->have += (size_t)n;
		if (answer(p))
			return;
	} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	close_peer(loop, io, p);
}

static void
on_sink(struct ev_loop *loop, struct ev_io *io, int events)
{
	ssize_t n = recv(io->fd, sink_bytes, sizeof sink_bytes, 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_peer(loop, io, io);
}

static void
on_accept(struct ev_loop *loop, struct ev_io *io, int events)
{
	int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (io->data) { /* the sink */
		struct ev_io *w = malloc(sizeof *w);

		CHECK(w != NULL);
		ev_io_init(w, on_sink, fd, EV_READ);
		ev_io_start(loop, w);
	} else {
		struct peer *p = malloc(sizeof *p);

		CHECK(p != NULL);
		p->have = 0;
		p->io.data = p;
		ev_io_init(&p->io, on_peer, fd, EV_READ);
		p->io.data = p;
		ev_io_start(loop, &p->io);
	}
}

static int
listen_at(struct ev_loop *loop, const struct sockaddr *address, socklen_t n, void *kind)
{
	struct ev_io *io = calloc(1, sizeof *io);
	int one = 1,
	    fd =
		socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (io == NULL || fd < 0)
		return ERR_IO;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, address, n) || listen(fd, 1024)) {
		perror("constant_ack: bind");
		return ERR_IO;
	}
	ev_io_init(io, on_accept, fd, EV_READ);
	io->data = kind;
	ev_io_start(loop, io);
	return OK;
}

static int
listen_unix(struct ev_loop *loop, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof a.sun_path)
		return ERR_RANGE;
	memcpy(a.sun_path, path, strlen(path) + 1);
	unlink(path);
	return listen_at(loop, (struct sockaddr *)&a, sizeof a, NULL);
}

static int
listen_sink(struct ev_loop *loop, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return listen_at(loop, (struct sockaddr *)&a, sizeof a, sink_bytes);
}

static void
on_stop(struct ev_loop *loop, struct ev_signal *w, int events)
{
	ev_break(loop, EVBREAK_ALL);
}

int
main(int argc, char **argv)
{
	struct ev_loop *loop = ev_default_loop(0);
	struct ev_signal term;
	int opt, rc = OK;

	while (rc == OK && (opt = getopt(argc, argv, "s:f:w:")) != -1)
		switch (opt) {
		case 's': rc = listen_unix(loop, optarg); break;
		case 'f':
			rc = listen_sink(loop, (uint16_t)strtoul(optarg, NULL, 10));
			break;
		case 'w': watch_share = strtod(optarg, NULL) / 100; break;
		default: rc = ERR_INVALID;
		}
	if (rc != OK) {
		fprintf(stderr, "usage: constant_ack -s socket [-f port] [-w percent]\n");
		return 2;
	}
	ev_signal_init(&term, on_stop, SIGTERM);
	ev_signal_start(loop, &term);
	ev_run(loop, 0);
	return 0;
}
