/*
 * An HTTP/1.1 load over keep-alive connections on loopback, closed loop (each connection
 * sends as soon as it was answered) or open loop (-r: requests are due at fixed times and
 * latency counts from when a request was due, so waiting for a free connection is in it).
 * Bounded in requests and time; SIGINT ends it early. Prints one JSON object.
 *
 *   http_load -a HOST:PORT [-c CONNECTIONS] [-n REQUESTS] [-t SECONDS] [-r RATE]
 *             [-i IDENTITIES] [-e ENDPOINTS] [-p PREFIX] [-S SEED]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "sketch/hist.h"

#define CONNECTIONS_MAX 4096
#define ANSWER_MAX 65536

struct connection {
	struct ev_io io;
	int fd;
	int64_t due_us; /* of the request in flight, 0: idle */
	size_t sent, length; /* of the request text */
	size_t have; /* bytes of the answer's head */
	size_t body_left;
	bool in_body;
	char request[1024];
	char answer[ANSWER_MAX];
};

static struct {
	struct sockaddr_in address;
	unsigned connections;
	uint64_t requests;
	double seconds, rate;
	uint64_t identities, endpoints, seed;
	const char *prefix;

	struct ev_loop *loop;
	struct connection *c;
	uint64_t started, finished, errors, reconnects;
	uint64_t status[6];
	int64_t begin_us, end_us;
	struct hist latency;
	struct ev_io pace; /* a timerfd: libev's own timers are as coarse as epoll's ms */
	bool stopping;
} load = {.connections = 16,
    .requests = 10000,
    .seconds = 30,
    .identities = 1000,
    .endpoints = 50,
    .prefix = "/api",
    .seed = 1};

static uint64_t
next_random(void)
{
	uint64_t x = load.seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void on_io(struct ev_loop *loop, struct ev_io *w, int events);

static void
want(struct connection *c, int events)
{
	if (c->io.events == events && ev_is_active(&c->io))
		return;
	ev_io_stop(load.loop, &c->io);
	ev_io_set(&c->io, c->fd, events);
	ev_io_start(load.loop, &c->io);
}

static int
dial(struct connection *c)
{
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return ERR_IO;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(c->fd, (struct sockaddr *)&load.address, sizeof load.address) &&
	    errno != EINPROGRESS)
		return ERR_IO;
	c->io.data = c;
	ev_io_init(&c->io, on_io, c->fd, EV_READ);
	ev_io_start(load.loop, &c->io);
	return OK;
}

static bool
may_start(void)
{
	return !load.stopping && load.started < load.requests;
}

static void
send_more(struct connection *c)
{
	while (c->sent < c->length) {
		ssize_t n =
		    send(c->fd, c->request + c->sent, c->length - c->sent, MSG_NOSIGNAL);

		if (n < 0 &&
		    (errno == EAGAIN || errno == ENOTCONN || errno == EINPROGRESS)) {
			want(c, EV_READ | EV_WRITE);
			return;
		}
		if (n <= 0)
			return; /* the read side reports the loss */
		c->sent += (size_t)n;
	}
	want(c, EV_READ);
}

static void
start_request(struct connection *c, int64_t due_us)
{
	uint64_t r = next_random(), identity = next_random() % load.identities;

	c->length = (size_t)snprintf(c->request, sizeof c->request,
	    "GET %s/v%" PRIu64 "/items/%" PRIu64 "?page=%" PRIu64
	    "&size=50&sort=name&order=asc&q=widget HTTP/1.1\r\nHost: bench.test\r\n"
	    "User-Agent: http_load/1\r\nAccept: application/json\r\n"
	    "Accept-Encoding: identity\r\nAccept-Language: en\r\n"
	    "Authorization: Bearer bench-token-%016" PRIx64
	    "\r\nX-Request-Source: bench\r\n"
	    "Cache-Control: no-cache\r\n\r\n",
	    load.prefix, r % load.endpoints, r >> 40, r >> 56,
	    identity * UINT64_C(0x9e3779b97f4a7c15));
	c->sent = 0;
	c->have = 0;
	c->in_body = false;
	c->due_us = due_us;
	load.started++;
	send_more(c);
}

static void
stop_if_done(void)
{
	if (load.finished + load.errors >= load.started && !may_start())
		ev_break(load.loop, EVBREAK_ALL);
}

static void
finish_request(struct connection *c, int status)
{
	int64_t took = clock_mono_us() - c->due_us;

	if (hist_add(&load.latency, took > 0 ? (uint64_t)took : 0, 1) != OK)
		load.errors++;
	load.status[status >= 100 && status < 600 ? status / 100 : 0]++;
	load.finished++;
	c->due_us = 0;
	if (load.rate == 0 && may_start())
		start_request(c, clock_mono_us());
	stop_if_done();
}

static void
lose(struct connection *c)
{
	ev_io_stop(load.loop, &c->io);
	close(c->fd);
	if (c->due_us)
		load.errors++;
	c->due_us = 0;
	load.reconnects++;
	if (load.reconnects > 100000 || dial(c) != OK) {
		fprintf(stderr, "http_load: cannot reach the server\n");
		ev_break(load.loop, EVBREAK_ALL);
		load.stopping = true;
		return;
	}
	if (load.rate == 0 && may_start())
		start_request(c, clock_mono_us());
	stop_if_done();
}

/* Content length of an answer's head; -1: none given. */
static int64_t
content_length(struct span head)
{
	while (!span_absent(head)) {
		struct span line = span_cut(&head, '\n');
		uint64_t n;

		if (span_istarts(line, SPAN("content-length:")) &&
		    span_u64(span_trim(span_from(line, 15)), &n) == OK)
			return (int64_t)n;
	}
	return -1;
}

static void
on_head(struct connection *c, size_t head_end)
{
	struct span head = span_make(c->answer, head_end);
	uint64_t status = 0;
	int64_t length = content_length(head);

	if (head_end < 12 || span_u64(span_make(c->answer + 9, 3), &status) != OK) {
		lose(c);
		return;
	}
	c->body_left = length > 0 ? (size_t)length : 0;
	if (c->have - head_end < c->body_left) {
		c->body_left -= c->have - head_end;
		c->in_body = true;
		c->have = 0;
		c->answer[0] = (char)(status / 100);
		return;
	}
	finish_request(c, (int)status);
}

static void
on_io(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct connection *c = w->data;
	ssize_t n;

	if (events & EV_WRITE)
		send_more(c);
	if (!(events & EV_READ))
		return;
	if (c->in_body) {
		static char sink[65536];

		n = recv(c->fd, sink,
		    c->body_left < sizeof sink ? c->body_left : sizeof sink, 0);
		if (n > 0 && (c->body_left -= (size_t)n) == 0) {
			c->in_body = false;
			finish_request(c, c->answer[0] * 100);
		}
	} else {
		n = recv(c->fd, c->answer + c->have, sizeof c->answer - c->have, 0);
		if (n > 0) {
			size_t end;

			c->have += (size_t)n;
			end = span_find_span(
			    span_make(c->answer, c->have), SPAN("\r\n\r\n"));
			if (end < c->have && c->due_us)
				on_head(c, end + 4);
			else if (c->have == sizeof c->answer)
				lose(c);
		}
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		lose(c);
}

/* Open loop: everything that is due goes out on idle connections, oldest due first. */
static void
on_pace(struct ev_loop *loop, struct ev_io *w, int events)
{
	int64_t now = clock_mono_us();
	static unsigned next;
	uint64_t ticks;

	if (read(w->fd, &ticks, sizeof ticks) < 0)
		return;

	while (may_start()) {
		int64_t due =
		    load.begin_us + (int64_t)((double)load.started * 1e6 / load.rate);
		unsigned tried = 0;

		if (due > now)
			break;
		while (tried < load.connections && load.c[next].due_us) {
			next = (next + 1) % load.connections;
			tried++;
		}
		if (tried == load.connections)
			break;
		start_request(&load.c[next], due);
	}
	stop_if_done();
}

static void
on_time(struct ev_loop *loop, struct ev_timer *w, int events)
{
	load.stopping = true;
	if (load.finished + load.errors >= load.started)
		ev_break(loop, EVBREAK_ALL);
	else if (w->repeat == 0.) { /* a second for what is in flight */
		ev_timer_set(w, 1., 1.);
		ev_timer_start(loop, w);
	} else {
		ev_break(loop, EVBREAK_ALL);
	}
}

static void
on_interrupt(struct ev_loop *loop, struct ev_signal *w, int events)
{
	struct ev_timer *stop = w->data;

	ev_timer_stop(loop, stop);
	ev_timer_set(stop, 0., 0.);
	ev_timer_start(loop, stop);
}

static bool
parse_address(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	uint64_t port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof host ||
	    span_u64(span_str(colon + 1), &port) != OK || port > 65535)
		return false;
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	load.address.sin_family = AF_INET;
	load.address.sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &load.address.sin_addr) == 1 &&
	    (ntohl(load.address.sin_addr.s_addr) >> 24) == 127;
}

static void
print_result(void)
{
	double s = (double)(load.end_us - load.begin_us) / 1e6;
	struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_kv_uint(&w, "requests", load.finished);
	jsonw_kv_uint(&w, "errors", load.errors);
	jsonw_kv_double(&w, "seconds", s);
	jsonw_kv_double(&w, "per_second", (double)load.finished / s);
	jsonw_kv_uint(&w, "p50_us", hist_quantile(&load.latency, .5));
	jsonw_kv_uint(&w, "p90_us", hist_quantile(&load.latency, .9));
	jsonw_kv_uint(&w, "p99_us", hist_quantile(&load.latency, .99));
	jsonw_kv_uint(&w, "max_us", hist_quantile(&load.latency, 1.));
	jsonw_key(&w, "status");
	jsonw_array(&w);
	for (int i = 0; i < 6; i++)
		jsonw_uint(&w, load.status[i]);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	puts(out.p);
	buf_fini(&out);
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: http_load -a 127.0.0.1:PORT [-c connections] [-n requests] "
	    "[-t seconds] [-r rate] [-i identities] [-e endpoints] [-p prefix] [-S "
	    "seed]\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	struct ev_timer stop;
	struct ev_signal interrupt;
	bool have_address = false;
	int opt;

	while ((opt = getopt(argc, argv, "a:c:n:t:r:i:e:p:S:")) != -1)
		switch (opt) {
		case 'a': have_address = parse_address(optarg); break;
		case 'c': load.connections = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'n': load.requests = strtoull(optarg, NULL, 10); break;
		case 't': load.seconds = strtod(optarg, NULL); break;
		case 'r': load.rate = strtod(optarg, NULL); break;
		case 'i': load.identities = strtoull(optarg, NULL, 10); break;
		case 'e': load.endpoints = strtoull(optarg, NULL, 10); break;
		case 'p': load.prefix = optarg; break;
		case 'S': load.seed = strtoull(optarg, NULL, 10); break;
		default: usage();
		}
	if (!have_address || !load.connections || load.connections > CONNECTIONS_MAX ||
	    !load.identities || !load.endpoints || strlen(load.prefix) > 200)
		usage();
	load.loop = ev_default_loop(0);
	CHECK((load.c = calloc(load.connections, sizeof *load.c)) != NULL);
	for (unsigned i = 0; i < load.connections; i++)
		if (dial(&load.c[i]) != OK)
			return 1;
	load.begin_us = clock_mono_us();
	ev_timer_init(&stop, on_time, load.seconds, 0.);
	ev_timer_start(load.loop, &stop);
	ev_signal_init(&interrupt, on_interrupt, SIGINT);
	interrupt.data = &stop;
	ev_signal_start(load.loop, &interrupt);
	if (load.rate > 0) {
		struct itimerspec every = {
		    .it_interval.tv_nsec = 100000, .it_value.tv_nsec = 100000};
		int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

		CHECK(fd >= 0 && timerfd_settime(fd, 0, &every, NULL) == 0);
		ev_io_init(&load.pace, on_pace, fd, EV_READ);
		ev_io_start(load.loop, &load.pace);
	} else {
		for (unsigned i = 0; i < load.connections && may_start(); i++)
			start_request(&load.c[i], clock_mono_us());
	}
	ev_run(load.loop, 0);
	load.end_us = clock_mono_us();
	print_result();
	return load.errors || load.finished == 0;
}
