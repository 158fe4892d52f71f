/*
 * The engine alone, fed from memory: CPU time of engine_decide() with a large policy and a
 * million identities, and with ten endpoints, ten rules and one identity. What the request
 * costs to make is measured on its own and taken off. The kinds take turns for several
 * rounds; the median round counts.
 *
 *   engine [-n DECISIONS a round] [-r ROUNDS] [-q]
 *
 * Prints JSON lines {name, value, unit, goal, ok, note}. Exit 1 if a goal is missed.
 */
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "engine/engine.h"
#include "policy/compile.h"
#include "tests/bench/policy_text.h"

#define IDENTITIES (1u << 20)
#define ROUNDS_MAX 51
/* The engine's part of the spine's 2.5 µs and 4 µs. */
#define GOAL_GET_US 1.7
#define GOAL_JSON_US 3.2
#define GOAL_GROWTH_US 1.0

static unsigned decisions = 200000, rounds = 9;
static int perf_fd = -1;

struct world {
	const char *name;
	unsigned endpoints, rules, identities;
	bool zipf, tls, json, read; /* read: a rule reads every POST */
	struct bundle bundle;
	struct engine *engine;
	struct shared_tables {
		struct limit_table limits;
		struct history_table history;
	} tables;
	double us[ROUNDS_MAX], instructions[ROUNDS_MAX];
};

static void
die(const char *what)
{
	fprintf(stderr, "engine: %s\n", what);
	exit(2);
}

/* --- the policy ------------------------------------------------------------------- */

static void
world_policy(struct world *w)
{
	struct buf services = BUF_INIT, endpoints = BUF_INIT, rules = BUF_INIT,
		   out = BUF_INIT, text = BUF_INIT;
	struct pool pool = POOL_INIT;
	struct diags diags = {.pool = &pool};
	struct compile_options o = {
	    .revision = 1, .created_us = 1, .source = SPAN("bench")};
	struct bundle_error error;
	void *keep;

	buf_put_str(&services, "api *\n");
	policy_text_endpoints(&endpoints, w->endpoints);
	policy_text_rules(&rules, w->rules - w->read, w->endpoints);
	for (unsigned i = 0; w->json && i < w->endpoints; i++)
		buf_printf(&endpoints, "api POST /api/v1/res%05u/items/{number}\n", i);
	if (w->read)
		buf_put_str(&rules,
		    "rule \"mail\" { action deny when http.method eq \"POST\" and "
		    "http.body.field[\"items[].owner.mail\"] eq \"root@example.com\" "
		    "}\n");
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

static void *
zeroed(size_t n)
{
	void *p =
	    mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("memory");
	/* As the supervisor asks for its shared memory. */
	(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

static void
world_open(struct world *w)
{
	struct engine_options o = {
	    .identity_key = "a benchmark key",
	    .headers_max = 256,
	    .body = {64, 10000, 256 << 10, 100},
	    .gateways = 1,
	};
	struct bundle_error error;

	world_policy(w);
	w->tables.limits =
	    (struct limit_table){zeroed((size_t)(1 << 20) * sizeof(struct limit_cell)),
		(1 << 20) / LIMIT_WAYS};
	w->tables.history = (struct history_table){
	    .slot = zeroed((size_t)(1 << 21) * sizeof(struct history_slot)),
	    .buckets = (1 << 21) / 4};
	o.limits = &w->tables.limits;
	o.history = &w->tables.history;
	if (engine_new(&w->bundle, &o, &w->engine, &error) != OK)
		die(error.text);
}

/* --- requests --------------------------------------------------------------------- */

static uint64_t random_state = 88172645463325252u;

static uint64_t
random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint32_t *draws[2]; /* uniform, Zipf 1.0 */

static void
make_draws(void)
{
	double *below = malloc(IDENTITIES * sizeof(*below)), sum = 0;

	draws[0] = malloc(IDENTITIES * sizeof(**draws));
	draws[1] = malloc(IDENTITIES * sizeof(**draws));
	if (below == NULL || draws[0] == NULL || draws[1] == NULL)
		die("memory");
	for (uint32_t i = 0; i < IDENTITIES; i++)
		below[i] = sum += 1.0 / (i + 1);
	for (uint32_t i = 0; i < IDENTITIES; i++) {
		double x = (double)(random_next() >> 11) / (double)(1ull << 53) * sum;
		uint32_t lo = 0, hi = IDENTITIES - 1;

		while (lo < hi) {
			uint32_t middle = lo + (hi - lo) / 2;

			if (below[middle] < x)
				lo = middle + 1;
			else
				hi = middle;
		}
		draws[1][i] = lo;
		draws[0][i] = (uint32_t)random_next() % IDENTITIES;
	}
	free(below);
}

static uint8_t headers[1024];
static size_t headers_n, identity_at;
static char path[] = "/api/v1/res00000/items/123456";

static char body[4096];

static void
put(const char *s)
{
	headers[headers_n++] = (uint8_t)strlen(s);
	memcpy(headers + headers_n, s, strlen(s));
	headers_n += strlen(s);
}

static size_t
make_body(void)
{
	size_t n = (size_t)snprintf(body, sizeof(body), "{\"items\":[");

	for (unsigned i = 0; n < 3000; i++)
		n += (size_t)snprintf(body + n, sizeof(body) - n,
		    "%s{\"id\":%u,\"name\":\"item number %u\",\"price\":%u.95,\"tags\":["
		    "\"new\",\"sale\"],\"owner\":{\"mail\":\"u%u@example.com\"}}",
		    i ? "," : "", i, i, i % 100, i);
	return n + (size_t)snprintf(body + n, sizeof(body) - n, "]}");
}

static void
make_request(struct request *r, const struct world *w)
{
	static const char *const text[] = {"host", "api.example.com", "user-agent",
	    "okhttp/4.12.0", "accept", "application/json", "accept-encoding",
	    "gzip, deflate", "authorization", "Bearer tok-0123456789abcdef",
	    "x-request-id", "5f0c9be2-9d6e-4a0f-8f8a-1f6f6f0f2a11", "content-type",
	    "application/json", "x-app-version", "7.31.2"};

	headers_n = 0;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		put(text[i]);
		if (strncmp(text[i], "Bearer", 6) == 0)
			identity_at = headers_n - 16;
	}
	headers[headers_n++] = 0;
	headers[headers_n++] = 0;
	request_init(r);
	r->id = SPAN("4f1d0c9e-66f5-4a4b-9a53-0c4cbe4ea5c1");
	r->frontend = SPAN("api");
	r->source = SPAN("\x0a\x01\x02\x03");
	r->source_port = 43210;
	r->version = SPAN("1.1");
	r->method = SPAN("GET");
	r->uri_head = r->path = span_make(path, sizeof(path) - 1);
	r->query = SPAN("page=2&limit=50&sort=-created&fields=id,name&q=blue");
	r->headers = span_make(headers, headers_n);
	r->body_visible = r->body_announced = 0;
	if (w->json) {
		r->method = SPAN("POST");
		r->body = span_make(body, make_body());
		r->body_visible = r->body_announced = (int64_t)r->body.n;
	}
	if (!w->tls)
		return;
	r->tls = 1;
	r->tls_version = 0x0303;
	r->alpn = SPAN("h2");
	r->sni = SPAN("api.example.com");
	r->tls_ciphers =
	    SPAN("\x13\x01\x13\x02\x13\x03\xc0\x2b\xc0\x2f\xc0\x2c\xc0\x30\xcc"
		 "\xa9\xcc\xa8\xc0\x13\xc0\x14\x00\x9c\x00\x9d\x00\x2f\x00\x35");
	r->tls_extensions = SPAN(
	    "\x00\x1b\x00\x00\x00\x33\x00\x10\x44\x69\x00\x17\x00\x2d\x00\x0d\x00\x05"
	    "\x00\x23\x00\x12\x00\x2b\xff\x01\x00\x0b\x00\x0a\x00\x15");
	r->tls_groups = SPAN("\x00\x1d\x00\x17\x00\x18");
	r->tls_formats = SPAN("\x00");
}

static void
put_digits(char *at, uint32_t v, unsigned n)
{
	while (n-- > 0) {
		at[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* The next request into the template. */
static void
vary(const struct world *w, struct request *r, uint32_t i)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t x = random_next(), who = draws[w->zipf][i % IDENTITIES];

	who = (who % w->identities) * UINT64_C(0x9e3779b97f4a7c15);
	for (unsigned k = 0; k < 16; k++)
		headers[identity_at + k] = (uint8_t)hex[who >> (4 * k) & 15];
	put_digits(path + 11, (uint32_t)(x >> 32) % w->endpoints, 5);
	put_digits(path + 23, (uint32_t)x % 1000000, 6);
	r->mono_ns += 1000;
	r->now_us = INT64_C(1790000000000000) + r->mono_ns / 1000;
}

/* --- measuring -------------------------------------------------------------------- */

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
instructions(void)
{
	uint64_t v = 0;

	if (perf_fd >= 0 && read(perf_fd, &v, sizeof(v)) != sizeof(v))
		return 0;
	return (double)v;
}

static void
perf_open(void)
{
	struct perf_event_attr a = {
	    .type = PERF_TYPE_HARDWARE,
	    .size = sizeof(a),
	    .config = PERF_COUNT_HW_INSTRUCTIONS,
	    .exclude_kernel = 1,
	};

	perf_fd = (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

/* One round; with no engine only the making of requests. */
static void
run(struct world *w, bool decide, struct request *r, double *us, double *count)
{
	static uint8_t mem[512 << 10];
	static uint32_t turn;
	struct analysis seen;
	struct verdict v;
	struct arena a;
	double us_start, count_start;
	uint64_t allowed = 0;

	arena_init(&a, mem, sizeof(mem));
	us_start = cpu_us();
	count_start = instructions();
	for (unsigned i = 0; i < decisions; i++) {
		vary(w, r, turn++);
		if (!decide)
			continue;
		arena_reset(&a);
		engine_decide(w->engine, r, false, &a, &seen, &v);
		allowed += v.action == ACTION_ALLOW && v.endpoint != BUNDLE_NONE;
	}
	*us = (cpu_us() - us_start) / decisions;
	*count = (instructions() - count_start) / decisions;
	if (decide && allowed != decisions)
		die("a request was not allowed, or its endpoint not found");
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts. */
static double
median(double *v)
{
	qsort(v, rounds, sizeof(*v), compare);
	return v[rounds / 2];
}

static bool
print(const char *name, double value, double goal, const char *note)
{
	struct buf out = BUF_INIT;
	struct jsonw j;
	bool ok = goal == 0 || value <= goal;

	jsonw_init(&j, &out);
	jsonw_object(&j);
	jsonw_kv_str(&j, "name", name);
	jsonw_kv_double(&j, "value", round(value * 1000) / 1000);
	jsonw_kv_str(&j, "unit", "us");
	jsonw_key(&j, "goal");
	if (goal != 0)
		jsonw_double(&j, goal);
	else
		jsonw_null(&j);
	jsonw_kv_bool(&j, "ok", ok);
	jsonw_kv_str(&j, "note", note);
	jsonw_object_end(&j);
	printf("%.*s\n", (int)out.n, out.p);
	buf_fini(&out);
	return ok;
}

static double
measure(struct world *w)
{
	char name[64], note[200];
	double us, count, goal = 0;
	int n;

	us = median(w->us);
	count = median(w->instructions);
	snprintf(name, sizeof(name), "engine.%s", w->name);
	n = snprintf(note, sizeof(note),
	    "%s, 8 headers, 5 arguments; %u endpoints, %u rules, %u identities%s%s; "
	    "best "
	    "round %.3f",
	    w->read	  ? "POST of 3 KB JSON, all of it read"
		: w->json ? "POST of 3 KB JSON"
			  : "GET",
	    w->endpoints, w->rules, w->identities,
	    w->identities == 1 ? ""
		: w->zipf      ? " by Zipf 1.0"
			       : " uniformly",
	    w->tls ? "; TLS prints asked for" : "", w->us[0]);
	if (count > 0)
		snprintf(
		    note + n, sizeof(note) - (size_t)n, "; %.0f instructions", count);
	if (strcmp(w->name, "get") == 0)
		goal = GOAL_GET_US;
	else if (w->json && !w->read)
		goal = GOAL_JSON_US;
	return print(name, us, goal, note) ? us : -us;
}

int
main(int argc, char **argv)
{
	static struct world worlds[] = {
	    {.name = "get",
		.endpoints = 10000,
		.rules = 1000,
		.identities = IDENTITIES,
		.zipf = true},
	    {.name = "get.uniform",
		.endpoints = 10000,
		.rules = 1000,
		.identities = IDENTITIES},
	    {.name = "get.tls",
		.endpoints = 10000,
		.rules = 1000,
		.identities = IDENTITIES,
		.zipf = true,
		.tls = true},
	    {.name = "json",
		.endpoints = 10000,
		.rules = 1000,
		.identities = IDENTITIES,
		.zipf = true,
		.json = true},
	    {.name = "json.read",
		.endpoints = 10000,
		.rules = 1000,
		.identities = IDENTITIES,
		.zipf = true,
		.json = true,
		.read = true},
	    {.name = "get.small", .endpoints = 10, .rules = 10, .identities = 1},
	};
	enum { WORLDS = sizeof(worlds) / sizeof(*worlds) };
	double us[WORLDS], made_us, made_count;
	struct request r;
	bool ok = true;
	int c;

	while ((c = getopt(argc, argv, "n:r:")) != -1) {
		if (c == 'n')
			decisions = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'r')
			rounds = (unsigned)strtoul(optarg, NULL, 10);
		else
			die("usage: engine [-n DECISIONS] [-r ROUNDS]");
	}
	if (rounds < 1 || rounds > ROUNDS_MAX || decisions < 1)
		die("out of range");
	make_draws();
	perf_open();
	for (unsigned i = 0; i < WORLDS; i++)
		world_open(&worlds[i]);
	for (unsigned round = 0; round <= rounds; round++)
		for (unsigned i = 0; i < WORLDS; i++) {
			struct world *w = &worlds[i];
			unsigned at = round ? round - 1 : 0; /* the first one warms up */

			make_request(&r, w);
			r.mono_ns = INT64_C(1000000000) * (round + 1);
			run(w, false, &r, &made_us, &made_count);
			run(w, true, &r, &w->us[at], &w->instructions[at]);
			w->us[at] -= made_us;
			w->instructions[at] -= made_count;
		}
	for (unsigned i = 0; i < WORLDS; i++) {
		us[i] = measure(&worlds[i]);
		ok &= us[i] > 0;
	}
	ok &= print("engine.growth", fabs(us[0]) - fabs(us[WORLDS - 1]), GOAL_GROWTH_US,
	    "engine.get over engine.get.small");
	return ok ? 0 : 1;
}
