/*
 * HAProxy's side of SPOP as a load: requests as the shipped SPOE file sends them, written to
 * the workers directly, so that what is measured is the worker alone.
 *
 *   spop_load -s unix:PATH|tcp:HOST:PORT [options]
 *     -c N     connections                                  [4]
 *     -p N     NOTIFY written at once on a connection       [16]
 *     -r N     open loop: N requests a second, latency counted from when each was due
 *              (0: closed loop, the next batch when all of the last is answered) [0]
 *     -t S     seconds                                      [5]
 *     -i N     identities, drawn by Zipf                    [1000000]
 *     -z S     Zipf's exponent, 0: uniform                  [1.0]
 *     -e N     endpoints in the path (%e below), uniform    [1]
 *     -P TEXT  path; %e endpoint as 5 digits, %n a random number [/api/v1/res%e/items/%n]
 *     -b N     JSON body of about N bytes, POST             [0: GET]
 *     -l MS    an answer after more than this is late         [50: YETT_TIMEOUT's preset]
 *     -w PID   process whose CPU time is measured (may repeat)
 *     -N NAME  first part of the figures' names             [spop]
 *     -g N     goal of the rate, -G US goal of the CPU time per decision
 *
 * Prints JSON lines {name, value, unit, goal, ok, note}: rate, CPU per decision, p50, p99,
 * p99.9 and the longest of latency, late answers, answers by action. Exit 1 if a goal is missed or an answer is not an ACK.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "sketch/hist.h"
#include "tests/bench/notify.h"

#define IN_BYTES (1u << 17)
#define BATCH_MAX 256
#define PIDS_MAX 16

static struct {
	const char *address, *path, *name;
	unsigned connections, pipeline, endpoints, body;
	double rate, seconds, zipf, goal_rate, goal_cpu_us, late_ms;
	uint32_t identities;
	pid_t pid[PIDS_MAX];
	unsigned pids;
} o = {.path = "/api/v1/res%e/items/%n",
    .name = "spop",
    .connections = 4,
    .pipeline = 16,
    .endpoints = 1,
    .seconds = 5,
    .zipf = 1.0,
    .late_ms = 50,
    .identities = 1000000};

static struct notify notify;

struct peer {
	int fd;
	uint8_t in[IN_BYTES];
	size_t in_n;
	unsigned waiting; /* answers owed */
	int64_t sent_ns[BATCH_MAX]; /* when each was due, a ring */
	unsigned first;
};

static struct peer *peers;
static uint32_t *draws;
static uint32_t draw_next;
static struct hist latency;
static uint64_t answered, allowed, refused, broken, late;
static int64_t slowest_ns;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "spop_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- connections ------------------------------------------------------------------ */

static int
dial(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET};
	const char *colon;
	char host[64];
	int fd, one = 1;

	if (strncmp(o.address, "unix:", 5) == 0) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", o.address + 5);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0)
			die(o.address);
		return fd;
	}
	colon = strrchr(o.address, ':');
	if (strncmp(o.address, "tcp:", 4) != 0 || colon <= o.address + 4)
		die("address");
	snprintf(host, sizeof(host), "%.*s", (int)(colon - o.address - 4), o.address + 4);
	in.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		die("address");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof(in)) != 0)
		die(o.address);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t r = send(fd, p, n, MSG_NOSIGNAL);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			die("send");
		p += r;
		n -= (size_t)r;
	}
}

static void
say_hello(struct peer *p)
{
	uint8_t out[256], in[256];
	struct spop_writer w = {.p = out, .cap = sizeof(out)};

	spop_begin(&w, SPOP_HAPROXY_HELLO, 0, 0);
	spop_put_string(&w, SPAN("supported-versions"));
	spop_put_varint(&w, SPOP_STRING);
	spop_put_string(&w, SPAN("2.0"));
	notify_type(&w, "max-frame-size", SPOP_UINT32);
	spop_put_varint(&w, NOTIFY_FRAME_MAX);
	notify_text(&w, "capabilities", SPAN("pipelining"));
	spop_end(&w);
	write_all(p->fd, out, w.n);
	if (recv(p->fd, in, sizeof(in), 0) < 12 || in[4] != SPOP_AGENT_HELLO)
		die("no AGENT-HELLO");
}

static void
send_batch(struct peer *p, unsigned n, int64_t due_ns)
{
	static uint8_t out[BATCH_MAX * 4096 + sizeof(notify.frame)];
	size_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		notify_vary(&notify, draws[draw_next++ % NOTIFY_DRAWS], o.endpoints);
		notify.frame[notify.stream_at] = (uint8_t)((p->first + p->waiting) % 200);
		p->sent_ns[(p->first + p->waiting++) % BATCH_MAX] = due_ns;
		if (at + notify.n > sizeof(out)) {
			write_all(p->fd, out, at);
			at = 0;
		}
		memcpy(out + at, notify.frame, notify.n);
		at += notify.n;
	}
	write_all(p->fd, out, at);
}

static void
note_answer(struct peer *p, const uint8_t *f, size_t n, int64_t now_ns)
{
	int64_t took = now_ns - p->sent_ns[p->first % BATCH_MAX];

	p->first++;
	p->waiting--;
	answered++;
	if (n < SPOP_FRAME_MIN || f[0] != SPOP_ACK)
		broken++;
	else if (memmem(f, n, "allow", 5) != NULL)
		allowed++;
	else
		refused++;
	late += (double)took > o.late_ms * 1e6;
	if (took > slowest_ns)
		slowest_ns = took;
	if (hist_add(&latency, took > 0 ? (uint64_t)took : 0, 1) != OK)
		die("hist");
}

static void
hear(struct peer *p)
{
	ssize_t r = recv(p->fd, p->in + p->in_n, IN_BYTES - p->in_n, MSG_DONTWAIT);
	int64_t now = clock_mono_ns();
	size_t at = 0;

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0)
		die("the worker closed");
	p->in_n += (size_t)r;
	while (p->in_n - at >= 4) {
		uint32_t n;

		memcpy(&n, p->in + at, 4);
		n = ntohl(n);
		if (n > p->in_n - at - 4)
			break;
		if (p->waiting == 0)
			die("an answer that nobody asked for");
		note_answer(p, p->in + at + 4, n, now);
		at += 4 + n;
	}
	memmove(p->in, p->in + at, p->in_n - at);
	p->in_n -= at;
}

/* --- the two loops ---------------------------------------------------------------- */

static void
wait_and_hear(int ep, int timeout_ms, bool again)
{
	struct epoll_event events[64];
	int n = epoll_wait(ep, events, 64, timeout_ms);

	for (int i = 0; i < n; i++) {
		struct peer *p = events[i].data.ptr;

		hear(p);
		if (again && p->waiting == 0)
			send_batch(p, o.pipeline, clock_mono_ns());
	}
}

static void
run_closed(int ep, int64_t end_ns)
{
	for (unsigned i = 0; i < o.connections; i++)
		send_batch(&peers[i], o.pipeline, clock_mono_ns());
	while (clock_mono_ns() < end_ns)
		wait_and_hear(ep, 100, true);
}

static void
run_open(int ep, int64_t start_ns, int64_t end_ns)
{
	uint64_t due = 0;
	int64_t now;

	while ((now = clock_mono_ns()) < end_ns) {
		uint64_t want = (uint64_t)((double)(now - start_ns) * o.rate / 1e9);

		for (; due < want; due++) {
			struct peer *p = &peers[due % o.connections];
			int64_t at = start_ns + (int64_t)((double)due * 1e9 / o.rate);

			if (p->waiting == BATCH_MAX)
				break; /* it is late: the next ones count from their time */
			send_batch(p, 1, at);
		}
		wait_and_hear(ep, 0, false);
	}
}

static unsigned
owed(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < o.connections; i++)
		n += peers[i].waiting;
	return n;
}

/* CPU seconds of the measured processes. */
static double
cpu_seconds(void)
{
	double sum = 0;

	for (unsigned i = 0; i < o.pids; i++) {
		struct timespec t;
		clockid_t clock;

		if (clock_getcpuclockid(o.pid[i], &clock) != 0 ||
		    clock_gettime(clock, &t) != 0)
			die("CPU clock");
		sum += (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	}
	return sum;
}

/* --- results ---------------------------------------------------------------------- */

static bool
figure(const char *what, double value, const char *unit, const char *sign, double goal)
{
	bool ok = goal <= 0 || (sign[0] == '>' ? value >= goal : value <= goal);
	char text[64] = "";

	if (goal > 0)
		snprintf(text, sizeof(text), "%s %g", sign, goal);
	printf("{\"name\":\"%s_%s\",\"value\":%.3f,\"unit\":\"%s\",\"goal\":\"%s\","
	       "\"ok\":%s,"
	       "\"note\":\"%u connections, %u at once%s\"}\n",
	    o.name, what, value, unit, text, ok ? "true" : "false", o.connections,
	    o.pipeline, o.rate > 0 ? ", open loop" : "");
	return ok;
}

static bool
report(double seconds, double cpu)
{
	double n = (double)answered;
	bool ok = figure("rate", n / seconds, "decisions/s", ">=", o.goal_rate);

	if (o.pids)
		ok &= figure("cpu", cpu * 1e6 / n, "us/decision", "<=", o.goal_cpu_us);
	figure("p50", (double)hist_quantile(&latency, 0.5) / 1e3, "us", "", 0);
	figure("p99", (double)hist_quantile(&latency, 0.99) / 1e3, "us", "", 0);
	figure("p999", (double)hist_quantile(&latency, 0.999) / 1e3, "us", "", 0);
	figure("max", (double)slowest_ns / 1e3, "us", "", 0);
	figure("late", (double)late, "answers", "", 0);
	figure("allowed", (double)allowed, "answers", "", 0);
	figure("refused", (double)refused, "answers", "", 0);
	ok &= figure("broken", (double)broken, "answers", "<=", 0) && broken == 0;
	return ok;
}

static void
read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "s:c:p:r:t:i:z:e:P:b:l:w:N:g:G:")) != -1)
		switch (c) {
		case 's': o.address = optarg; break;
		case 'c': o.connections = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'p': o.pipeline = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'r': o.rate = strtod(optarg, NULL); break;
		case 't': o.seconds = strtod(optarg, NULL); break;
		case 'i': o.identities = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'z': o.zipf = strtod(optarg, NULL); break;
		case 'e': o.endpoints = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'P': o.path = optarg; break;
		case 'b': o.body = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'l': o.late_ms = strtod(optarg, NULL); break;
		case 'w':
			if (o.pids < PIDS_MAX)
				o.pid[o.pids++] = (pid_t)strtol(optarg, NULL, 10);
			break;
		case 'N': o.name = optarg; break;
		case 'g': o.goal_rate = strtod(optarg, NULL); break;
		case 'G': o.goal_cpu_us = strtod(optarg, NULL); break;
		default: exit(2);
		}
	if (o.address == NULL || o.connections == 0 || o.endpoints == 0 ||
	    o.pipeline == 0 || o.pipeline > BATCH_MAX || o.identities == 0) {
		fprintf(
		    stderr, "usage: spop_load -s unix:PATH|tcp:HOST:PORT [options]\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);
	int64_t start, end;
	double cpu, seconds;

	read_options(argc, argv);
	if (notify_make(&notify, o.body ? "POST" : "GET", o.path, o.body) != OK) {
		errno = EMSGSIZE;
		die("template");
	}
	draws = notify_draws(o.identities, o.zipf);
	peers = calloc(o.connections, sizeof(*peers));
	if (draws == NULL || peers == NULL || ep < 0)
		die("memory");
	for (unsigned i = 0; i < o.connections; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &peers[i]};

		peers[i].fd = dial();
		say_hello(&peers[i]);
		if (epoll_ctl(ep, EPOLL_CTL_ADD, peers[i].fd, &e) != 0)
			die("epoll");
	}
	cpu = cpu_seconds();
	start = clock_mono_ns();
	end = start + (int64_t)(o.seconds * 1e9);
	if (o.rate > 0)
		run_open(ep, start, end);
	else
		run_closed(ep, end);
	while (owed() > 0 && clock_mono_ns() < end + 5000000000)
		wait_and_hear(ep, 100, false);
	seconds = (double)(clock_mono_ns() - start) / 1e9;
	cpu = cpu_seconds() - cpu;
	broken += owed();
	return report(seconds, cpu) ? 0 : 1;
}
