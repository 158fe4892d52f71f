/*
 * The spine: what one decision costs a worker, frame read to ACK written, 16 requests
 * pipelined on each of 4 connections. The worker's own server, decider and engine run in a
 * thread of this process, with shared state, ring record and ctx as in the agent; the load,
 * and the reader that empties the ring, run in another. CPU time is the worker thread's,
 * user and system. The loads take turns for several rounds; the median round counts.
 *
 *   spine [-n DECISIONS a round] [-r ROUNDS] [-i IDENTITIES]
 *         [-l LOAD: that one alone, for profiles]
 *
 * Memory that the worker's thread asks for while it is measured is counted as well.
 * Prints JSON lines {name, value, unit, goal, ok, note}. Exit 1 if a goal is missed.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "policy/compile.h"
#include "tests/bench/notify.h"
#include "tests/bench/policy_text.h"
#include "worker/decide.h"
#include "worker/server.h"

#define CONNECTIONS 4
#define PIPELINE 16
#define ROUNDS_MAX 51
#define IN_BYTES (1u << 17)
#define GOAL_GET_US 2.5
#define GOAL_JSON_US 4.0
#define GOAL_GROWTH_US 1.0
#define STUCK_NS INT64_C(20000000000)

static unsigned decisions = 100000, rounds = 9, identities = 1000000;

/* --- memory that the worker asks for ---------------------------------------------- */

static _Thread_local uint64_t allocations;

#ifndef YETT_SANITIZED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t each)
{
	allocations++;
	return __libc_calloc(n, each);
}

void *
realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}
#endif

/* --- the worker ------------------------------------------------------------------- */

struct sample {
	double cpu_us, user_us;
	uint64_t allocations;
};

struct peer {
	int fd;
	unsigned owed; /* answers */
	size_t in_n;
	uint8_t in[IN_BYTES];
};

struct worker {
	unsigned resources, rules; /* each with three endpoints: GET, POST, PUT */
	struct bundle bundle;
	struct engine *engine;
	struct shared shared;
	struct ring producer, consumer;
	struct decider decider;
	struct server *server;
	struct ev_loop *loop;
	ev_async sampling;
	sem_t sampled;
	struct sample sample;
	uint64_t before, allocated; /* in batches */
	pthread_t thread;
	struct peer peer[CONNECTIONS];
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "spine: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
must(int err, const char *what)
{
	if (err == OK)
		return;
	fprintf(stderr, "spine: %s: %s\n", what, err_str(err));
	exit(2);
}

static void
stay_on(unsigned core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	/* With one core they share it: the figures are CPU time all the same. */
	(void)pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static double
us_of(struct timeval t)
{
	return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

/* In the worker's thread, when all that was sent is answered. */
static void
on_sampling(EV_P_ ev_async *a, int events)
{
	struct worker *w = a->data;
	struct timespec t;
	struct rusage u;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	getrusage(RUSAGE_THREAD, &u);
	w->sample.cpu_us = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
	w->sample.user_us = us_of(u.ru_utime);
	w->sample.allocations = w->allocated;
	sem_post(&w->sampled);
}

static void *
worker_run(void *arg)
{
	struct worker *w = arg;

	stay_on(0);
	(void)pthread_setname_np(pthread_self(), "worker");
	ev_run(w->loop, 0);
	return NULL;
}

static struct sample
sample_take(struct worker *w)
{
	ev_async_send(w->loop, &w->sampling);
	while (sem_wait(&w->sampled) != 0)
		;
	return w->sample;
}

/* The request path, as M_ALLOCATIONS counts it: from the first frame of a batch to its last
 * answer. Buffers that the server's pool lacks are asked for outside. */
static void
on_batch(void *ctx)
{
	struct worker *w = ctx;

	w->before = allocations;
	decide_batch(&w->decider);
}

static int
on_notify(void *ctx, const struct spop_frame *f, struct spop_writer *out)
{
	struct worker *w = ctx;

	return decide_notify(&w->decider, f, out);
}

static void
on_batch_end(void *ctx)
{
	struct worker *w = ctx;

	decide_batch_end(&w->decider);
	w->allocated += allocations - w->before;
}

/* Every endpoint as GET, POST and PUT; of the rules one in ten reads the body of one PUT, one
 * reads that of every PUT, and one limit is charged by every request. */
static void
policy_make(struct worker *w)
{
	unsigned resources = w->resources, body_rules = w->rules / 10;
	struct buf services = BUF_INIT, endpoints = BUF_INIT, rules = BUF_INIT,
		   out = BUF_INIT, text = BUF_INIT;
	struct pool pool = POOL_INIT;
	struct diags diags = {.pool = &pool};
	struct compile_options o = {
	    .revision = 1, .created_us = 1, .source = SPAN("bench")};
	struct bundle_error error;
	uint8_t *keep;

	buf_put_str(&services, "api *\n");
	policy_text_endpoints(&endpoints, resources);
	for (unsigned i = 0; i < resources; i++)
		buf_printf(&endpoints,
		    "api POST /api/v1/res%05u/items/{number} id=%u\n"
		    "api PUT /api/v1/res%05u/items/{number} id=%u\n",
		    i, resources + i + 1, i, 2 * resources + i + 1);
	policy_text_rules(&rules, w->rules - body_rules - 2, resources);
	for (unsigned i = 0; i < body_rules; i++)
		buf_printf(&rules,
		    "rule \"body-%u\" { action deny when endpoint eq \"PUT "
		    "/api/v1/res%05u/items/{number}\" and "
		    "http.body.field[\"items[].name\"] contains \"'--%u\" }\n",
		    i, i * 6151 % resources, i);
	buf_put_str(&rules,
	    "rule \"mail\" { action deny when http.method eq \"PUT\" and "
	    "http.body.field[\"items[].owner.mail\"] eq \"root@example.com\" }\n"
	    "limit \"all\" { when endpoint.known by identity rate 100000000/1m "
	    "action rate }\n");
	struct input in[] = {
	    {INPUT_SERVICES, {SPAN("bench.services"), buf_span(&services)}, NULL},
	    {INPUT_ENDPOINTS, {SPAN("bench.endpoints"), buf_span(&endpoints)}, NULL},
	    {INPUT_RULES, {SPAN("bench.rules"), buf_span(&rules)}, NULL},
	};
	if (compile(&pool, &diags, in, 3, &o, &out) != OK) {
		diag_print(&diags, false, &text);
		fprintf(stderr, "%s", text.p ? text.p : "");
		die("the policy does not compile");
	}
	keep = malloc(out.n);
	if (keep == NULL)
		die("memory");
	memcpy(keep, out.p, out.n);
	if (bundle_parse(span_make(keep, out.n), &w->bundle, &error) != OK)
		die(error.text);
	buf_fini(&services);
	buf_fini(&endpoints);
	buf_fini(&rules);
	buf_fini(&out);
	pool_fini(&pool);
}

static void
engine_make(struct worker *w, const struct settings *s)
{
	struct engine_options o = {
	    .identity_key = "a benchmark key",
	    .headers_max = (unsigned)s->request_headers_max,
	    .body = {.depth = (unsigned)s->request_body_depth,
		.fields = (unsigned)s->request_body_fields,
		.inflate_bytes = (size_t)s->request_inflate_bytes,
		.inflate_ratio = (unsigned)s->request_inflate_ratio},
	    .limits = &w->shared.limits,
	    .history = &w->shared.history,
	    .gateways = 1,
	};
	struct bundle_error error;
	const char *which;

	must(exception_policy_parse(s, &o.exceptions, &which), "exceptions");
	if (engine_new(&w->bundle, &o, &w->engine, &error) != OK)
		die(error.text);
}

static void
state_make(struct worker *w, const struct settings *s)
{
	int fd;

	must(shared_create(s, &fd), "shared state");
	must(shared_attach(fd, s, &w->shared), "shared state");
	close(fd);
	must(ring_create((uint64_t)s->ring_bytes, &fd), "ring");
	must(ring_attach(fd, -1, &w->producer), "ring");
	must(ring_attach(fd, -1, &w->consumer), "ring");
	close(fd);
}

static void
say_hello(struct worker *w, struct peer *p)
{
	uint8_t out[256], in[256];
	struct spop_writer o = {.p = out, .cap = sizeof(out)};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	p->fd = pair[0];
	must(server_adopt(w->server, pair[1], false), "connection");
	spop_begin(&o, SPOP_HAPROXY_HELLO, 0, 0);
	notify_text(&o, "supported-versions", SPAN("2.0"));
	notify_type(&o, "max-frame-size", SPOP_UINT32);
	spop_put_varint(&o, NOTIFY_FRAME_MAX);
	notify_text(&o, "capabilities", SPAN("pipelining"));
	spop_end(&o);
	if (send(p->fd, out, o.n, 0) != (ssize_t)o.n)
		die("send");
	for (int i = 0; i < 10; i++)
		ev_run(w->loop, EVRUN_NOWAIT);
	if (recv(p->fd, in, sizeof(in), 0) < 12 || in[4] != SPOP_AGENT_HELLO)
		die("no AGENT-HELLO");
}

static void
worker_open(struct worker *w, const struct settings *s)
{
	static struct keyring line;
	struct server_options so = server_options_from(s);
	const struct server_handler handler = {
	    .ctx = w,
	    .batch = on_batch,
	    .notify = on_notify,
	    .batch_end = on_batch_end,
	};
	struct shared_role *slot;

	policy_make(w);
	state_make(w, s);
	engine_make(w, s);
	slot = &w->shared.role[shared_role_index(ROLE_WORKER, 0)];
	must(keyring_generate(1, &line), "key");
	must(decide_init(&w->decider, s, &w->shared, slot, 0, &w->producer, 1, &line),
	    "decider");
	decide_use(&w->decider, w->engine, 1);
	w->loop = ev_loop_new(EVFLAG_AUTO);
	if (w->loop == NULL)
		die("loop");
	must(server_new(w->loop, &so, &handler, &slot->metric, &w->server), "server");
	for (unsigned i = 0; i < CONNECTIONS; i++)
		say_hello(w, &w->peer[i]);
	ev_async_init(&w->sampling, on_sampling);
	w->sampling.data = w;
	ev_async_start(w->loop, &w->sampling);
	if (sem_init(&w->sampled, 0, 0) != 0 ||
	    pthread_create(&w->thread, NULL, worker_run, w) != 0)
		die("thread");
}

/* --- the load --------------------------------------------------------------------- */

struct load {
	const char *name, *method, *what;
	struct worker *worker;
	uint32_t identities; /* 0: as many as asked for */
	double zipf;
	unsigned body;
	double goal_us;
	struct notify notify;
	uint32_t *draw;
	uint32_t turn;
	double us[ROUNDS_MAX], user_us[ROUNDS_MAX], per_second[ROUNDS_MAX];
	uint64_t allocations;
};

static void
send_batch(struct load *l, struct peer *p)
{
	static uint8_t out[PIPELINE * 8192];
	size_t n = 0, at = 0;

	for (unsigned i = 0; i < PIPELINE; i++) {
		notify_vary(
		    &l->notify, l->draw[l->turn++ % NOTIFY_DRAWS], l->worker->resources);
		l->notify.frame[l->notify.stream_at] = (uint8_t)(l->turn % 200);
		memcpy(out + n, l->notify.frame, l->notify.n);
		n += l->notify.n;
	}
	p->owed = PIPELINE;
	while (at < n) {
		ssize_t sent = send(p->fd, out + at, n - at, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN) {
			struct pollfd f = {p->fd, POLLOUT, 0};

			(void)poll(&f, 1, 100);
			continue;
		}
		if (sent <= 0)
			die("send");
		at += (size_t)sent;
	}
}

/* Answers that have come; each must be an ACK that allows. */
static unsigned
hear(struct peer *p)
{
	ssize_t r = recv(p->fd, p->in + p->in_n, IN_BYTES - p->in_n, MSG_DONTWAIT);
	unsigned answers = 0;
	size_t at = 0;
	uint32_t n;

	if (r < 0 && errno == EAGAIN)
		return 0;
	if (r <= 0)
		die("the worker closed");
	p->in_n += (size_t)r;
	while (p->in_n - at >= 4) {
		memcpy(&n, p->in + at, 4);
		n = ntohl(n);
		if (n > p->in_n - at - 4)
			break;
		if (n < SPOP_FRAME_MIN || p->in[at + 4] != SPOP_ACK ||
		    memmem(p->in + at, n, "allow", 5) == NULL)
			die("an answer that is not an ACK that allows");
		answers++;
		p->owed--;
		at += 4 + n;
	}
	memmove(p->in, p->in + at, p->in_n - at);
	p->in_n -= at;
	return answers;
}

/* What the analyst would do first. */
static void
drain(struct ring *r)
{
	struct span record;
	uint32_t kind;

	while (ring_peek(r, &kind, &record, NULL))
		ring_consume(r);
}

/* Closed loop until n are answered. */
static void
run(struct load *l, unsigned n)
{
	struct worker *w = l->worker;
	unsigned sent = 0, answered = 0;
	int64_t moved = clock_mono_ns();

	while (answered < n)
		for (unsigned i = 0; i < CONNECTIONS; i++) {
			struct peer *p = &w->peer[i];
			unsigned got;

			if (p->owed == 0 && sent < n) {
				send_batch(l, p);
				sent += PIPELINE;
			}
			if ((got = hear(p)) != 0) {
				answered += got;
				moved = clock_mono_ns();
				drain(&w->consumer);
			} else if (clock_mono_ns() - moved > STUCK_NS) {
				die("the worker does not answer");
			}
		}
}

static void
measure(struct load *l, unsigned round)
{
	struct metric_block *m = &l->worker->decider.slot->metric;
	uint64_t records = metric_get(m, M_RING_RECORDS);
	struct sample before = sample_take(l->worker), after;
	unsigned n = decisions / PIPELINE * PIPELINE;
	int64_t start = clock_mono_ns();

	run(l, n);
	l->per_second[round] = n * 1e9 / (double)(clock_mono_ns() - start);
	after = sample_take(l->worker);
	l->us[round] = (after.cpu_us - before.cpu_us) / n;
	l->user_us[round] = (after.user_us - before.user_us) / n;
	l->allocations += after.allocations - before.allocations;
	if (metric_get(m, M_RING_RECORDS) - records != n)
		die("a record was dropped");
}

/* --- results ---------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v)
{
	qsort(v, rounds, sizeof(*v), compare);
	return v[rounds / 2];
}

static bool
figure(const char *name, double value, const char *unit, double goal, const char *note)
{
	bool ok = goal < 0 || value <= goal;
	char text[32] = "";

	if (goal >= 0)
		snprintf(text, sizeof(text), "<= %g", goal);
	printf("{\"name\":\"spine.%s\",\"value\":%.3f,\"unit\":\"%s\",\"goal\":\"%s\","
	       "\"ok\":%s,\"note\":\"%s\"}\n",
	    name, value, unit, text, ok ? "true" : "false", note);
	return ok;
}

static bool
report(struct load *l)
{
	struct worker *w = l->worker;
	double us = median(l->us);
	char note[256];

	snprintf(note, sizeof(note),
	    "%s; %u endpoints, %u rules, %u identities%s; best round %.3f, user %.2f; "
	    "%.0f decisions/s; %zu bytes a frame",
	    l->what, 3 * w->resources, w->rules, l->identities,
	    l->identities == 1 ? ""
		: l->zipf > 0  ? " by Zipf 1.0"
			       : " uniformly",
	    l->us[0], median(l->user_us), median(l->per_second), l->notify.n);
	return figure(l->name, us, "us/decision", l->goal_us, note);
}

#define WHAT_GET "GET, 8 headers, 5 arguments"
#define WHAT_JSON "3 KB JSON, no rule asks for the body"
#define WHAT_READ "3 KB JSON, a rule reads the body"

static struct load loads[] = {
    {.name = "get", .method = "GET", .what = WHAT_GET, .zipf = 1, .goal_us = GOAL_GET_US},
    {.name = "get.uniform", .method = "GET", .what = WHAT_GET, .goal_us = -1},
    {.name = "json",
	.method = "POST",
	.what = WHAT_JSON,
	.zipf = 1,
	.body = 3000,
	.goal_us = GOAL_JSON_US},
    /* The row of the budget has no walk through the body: it stands with what needs one. */
    {.name = "json.read",
	.method = "PUT",
	.what = WHAT_READ,
	.zipf = 1,
	.body = 3000,
	.goal_us = -1},
    {.name = "get.small",
	.method = "GET",
	.what = WHAT_GET,
	.identities = 1,
	.goal_us = -1},
    {.name = "json.small",
	.method = "POST",
	.what = WHAT_JSON,
	.identities = 1,
	.body = 3000,
	.goal_us = -1},
    {.name = "json.read.small",
	.method = "PUT",
	.what = WHAT_READ,
	.identities = 1,
	.body = 3000,
	.goal_us = -1},
};
enum { GET, UNIFORM, JSON, READ, GET_SMALL, JSON_SMALL, READ_SMALL, LOADS };

static void
loads_make(struct worker *large, struct worker *small)
{
	for (unsigned i = 0; i < LOADS; i++) {
		struct load *l = &loads[i];

		l->worker = l->identities == 1 ? small : large;
		if (l->identities == 0)
			l->identities = identities;
		must(
		    notify_make(&l->notify, l->method, "/api/v1/res%e/items/%n", l->body),
		    "template");
		l->draw = notify_draws(l->identities, l->zipf);
		if (l->draw == NULL)
			die("memory");
	}
}

static bool
is_wanted(const char *alone, const struct load *l)
{
	return alone == NULL || strcmp(alone, l->name) == 0;
}

/* Every identity once, so that all of them live. */
static void
warm_up(const char *alone)
{
	uint32_t *draw = loads[UNIFORM].draw;

	for (uint32_t i = 0; i < NOTIFY_DRAWS; i++)
		draw[i] = i % identities;
	run(&loads[UNIFORM], identities / PIPELINE * PIPELINE);
	free(draw);
	loads[UNIFORM].draw = notify_draws(identities, 0);
	for (unsigned i = 0; i < LOADS; i++)
		if (is_wanted(alone, &loads[i]))
			run(&loads[i], decisions / 5 / PIPELINE * PIPELINE);
}

int
main(int argc, char **argv)
{
	static struct worker large = {.resources = 3334, .rules = 1000};
	static struct worker small = {.resources = 4, .rules = 10};
	static struct settings s;
	struct conf_error error;
	uint64_t allocated = 0;
	const char *alone = NULL;
	bool ok = true;
	int c;

	while ((c = getopt(argc, argv, "n:r:l:i:")) != -1)
		if (c == 'n')
			decisions = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'r')
			rounds = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'i')
			identities = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'l')
			alone = optarg;
		else
			return 2;
	if (rounds < 1 || rounds > ROUNDS_MAX || decisions < PIPELINE ||
	    identities < PIPELINE) {
		fprintf(
		    stderr, "usage: spine [-n DECISIONS] [-r ROUNDS] [-i IDENTITIES]\n");
		return 2;
	}
	must(settings_parse(SPAN(""), &s, &error), "settings");
	worker_open(&large, &s);
	worker_open(&small, &s);
	loads_make(&large, &small);
	stay_on(1);
	warm_up(alone);
	for (unsigned r = 0; r < rounds; r++)
		for (unsigned i = 0; i < LOADS; i++)
			if (is_wanted(alone, &loads[i]))
				measure(&loads[i], r);
	for (unsigned i = 0; i < LOADS; i++) {
		ok &= report(&loads[i]);
		allocated += loads[i].allocations;
	}
	ok &= figure("get.growth",
	    loads[GET].us[rounds / 2] - loads[GET_SMALL].us[rounds / 2], "us/decision",
	    GOAL_GROWTH_US, "spine.get over spine.get.small");
	ok &= figure("json.growth",
	    loads[JSON].us[rounds / 2] - loads[JSON_SMALL].us[rounds / 2], "us/decision",
	    GOAL_GROWTH_US, "spine.json over spine.json.small");
	ok &= figure("json.read.growth",
	    loads[READ].us[rounds / 2] - loads[READ_SMALL].us[rounds / 2], "us/decision",
	    -1, "spine.json.read over spine.json.read.small");
	ok &= figure("allocations", (double)allocated, "allocations", 0,
	    "asked for on the request path in all measured rounds");
	return ok ? 0 : 1;
}
