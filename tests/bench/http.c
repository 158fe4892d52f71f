/*
 * What reading a request costs: target, headers and template guess together, and the body
 * walkers per byte. CPU time of this thread, the best of several rounds (others share the
 * machine), everything in one arena that is reset each time; no allocation is possible.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "http/body.h"
#include "http/headers.h"
#include "http/template.h"

#define ROUNDS 15
#define ROUND_NS 20000000 /* CPU time of one round */
#define ARENA_BYTES (1 << 20)

static struct arena arena;
static const struct body_limits limits = {
    .depth = 64, .fields = 10000, .inflate_bytes = 1 << 18, .inflate_ratio = 100};

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

typedef void work(const void *ctx);

/* Nanoseconds of one call of w, best round. */
static double
measure(work *w, const void *ctx)
{
	double best = 1e18;
	uint64_t batch = 1;

	for (unsigned round = 0; round < ROUNDS;) {
		int64_t start = cpu_ns(), took;

		for (uint64_t i = 0; i < batch; i++)
			w(ctx);
		took = cpu_ns() - start;
		if (took < ROUND_NS / 2) {
			batch *= 2;
			continue;
		}
		if ((double)took / (double)batch < best)
			best = (double)took / (double)batch;
		round++;
	}
	return best;
}

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
print(const char *name, double value, const char *unit, const char *goal, bool ok,
    const char *note)
{
	printf(
	    "{\"name\":\"%s\",\"value\":%.2f,\"unit\":\"%s\",\"goal\":\"%s\",\"ok\":%s,"
	    "\"note\":\"%s\"}\n",
	    name, value, unit, goal, ok ? "true" : "false", note);
	fflush(stdout);
}

struct front {
	struct span path, query, headers;
};

static void
target_only(const void *ctx)
{
	const struct front *f = ctx;
	struct target t;

	arena_reset(&arena);
	must(target_parse(&t, f->path, f->query, &arena) == OK && t.n == 5);
}

static void
headers_only(const void *ctx)
{
	const struct front *f = ctx;
	struct headers h;

	arena_reset(&arena);
	must(headers_parse(&h, f->headers, 256, &arena) == OK && h.n == 8);
}

static void
front(const void *ctx)
{
	const struct front *f = ctx;
	struct template template;
	struct headers h;
	struct target t;

	arena_reset(&arena);
	must(target_parse(&t, f->path, f->query, &arena) == OK);
	must(headers_parse(&h, f->headers, 256, &arena) == OK);
	must(template_guess(&t, &template, &arena) == OK && template.text.n > 10);
}

static void
front_hashed(const void *ctx)
{
	const struct front *f = ctx;
	struct template template;
	struct target t;

	arena_reset(&arena);
	must(target_parse(&t, f->path, f->query, &arena) == OK);
	must(template_guess(&t, &template, &arena) == OK);
	must(endpoint_hash(SPAN("api.example.org"), SPAN("GET"), template.text) != 0);
}

/* A GET as a browser's fetch sends it: 8 headers, 5 arguments. */
static void
bench_front(void)
{
	static const char *const text[] = {"host", "api.example.org", "user-agent",
	    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	    "accept", "application/json, text/plain, */*", "accept-language",
	    "en-US,en;q=0.5", "accept-encoding", "gzip, deflate, br", "authorization",
	    "Bearer "
	    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwiaWF0IjoxNTE2MjM5MDIyfQ."
	    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
	    "cookie", "session=9f86d081884c7d659a2feaa0c55ad015; theme=dark",
	    "x-request-id", "7b1c4e0a-6c51-4b39-9d0e-2f1f1c1e7a55"};
	static char bin[2048];
	struct front f = {
	    .path = SPAN("/api/v1/customers/1048576/orders"),
	    .query = SPAN("page=2&per_page=50&sort=-created_at&status=open&expand=items"),
	};
	double ns;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		size_t length = strlen(text[i]);

		must(length < 240);
		bin[n++] = (char)length;
		memcpy(bin + n, text[i], length);
		n += length;
	}
	f.headers = span_make(bin, n + 2);
	print("http_target", measure(target_only, &f), "ns", "", true,
	    "5 segments, classified");
	print("http_headers", measure(headers_only, &f), "ns", "", true,
	    "8 headers, indexed");
	ns = measure(front, &f);
	print("http_front", ns, "ns", "< 700", ns < 700,
	    "target, headers and template guess of a GET with 8 headers");
	print("http_endpoint_hash", measure(front_hashed, &f) - measure(target_only, &f),
	    "ns", "", true, "template guess and endpoint hash");
}

static int
visit(void *ctx, const struct field *f)
{
	*(size_t *)ctx += f->value.n;
	return OK;
}

struct body {
	struct span bytes, type, encoding;
};

static void
walk(const void *ctx)
{
	const struct body *b = ctx;
	struct body_result r;
	size_t n = 0;

	arena_reset(&arena);
	must(body_walk(b->bytes, b->type, b->encoding, false, &limits, visit, &n, &r,
		 &arena) == OK);
	must(r.state == BODY_COMPLETE && n > 0);
}

static void
bench_body(
    const char *name, struct span bytes, struct span type, double goal, const char *note)
{
	struct body b = {bytes, type, SPAN_NONE};
	double mb = (double)bytes.n / measure(walk, &b) * 1e3;
	char text[32] = "";

	if (goal > 0)
		snprintf(text, sizeof(text), "> %.0f", goal);
	print(name, mb, "MB/s", text, mb > goal, note);
}

/* About 3 KB of orders as an API returns and takes them. */
static struct span
json_orders(bool pretty, char *out, size_t size)
{
	const char *nl = pretty ? "\n    " : "", *sp = pretty ? " " : "";
	size_t n = (size_t)snprintf(out, size, "{\"orders\":%s[", sp);

	for (unsigned i = 0; i < 12; i++)
		n += (size_t)snprintf(out + n, size - n,
		    "%s%s{\"id\":%s%u,%s\"customer\":%s{\"name\":%s\"Customer Number "
		    "%u\",%s"
		    "\"email\":%s\"customer%u@example.org\"},%s\"total\":%s%u.95,%"
		    "s\"paid\":%s%s,%s"
		    "\"items\":%s[{\"sku\":%s\"AB-%04u\",\"count\":%s2},{\"sku\":%s\"CD-%"
		    "04u\","
		    "\"count\":%s1}],%s\"note\":%snull}",
		    i ? "," : "", nl, sp, 1000 + i, nl, sp, sp, i, nl, sp, i, nl, sp,
		    10 * i, nl, sp, i & 1 ? "true" : "false", nl, sp, sp, i, sp, sp, i,
		    sp, nl, sp);
	n += (size_t)snprintf(out + n, size - n, "]}");
	return span_make(out, n);
}

int
main(void)
{
	static char text[65536];
	void *memory = malloc(ARENA_BYTES);
	size_t n;

	must(memory != NULL);
	memset(memory, 0, ARENA_BYTES);
	arena_init(&arena, memory, ARENA_BYTES);
	bench_front();
	bench_body("http_json", json_orders(false, text, sizeof(text)),
	    SPAN("application/json"), 250, "compact, 12 orders, 3 KB");
	bench_body("http_json_pretty", json_orders(true, text, sizeof(text)),
	    SPAN("application/json"), 250, "the same with line ends and blanks");
	n = (size_t)snprintf(text, sizeof(text), "{\"text\":\"");
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "A line of text that goes on for a while\\n\\u00e9 and ");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\"}");
	bench_body("http_json_escaped", span_make(text, n), SPAN("application/json"), 0,
	    "one string with escapes, 5 KB");
	for (n = 0; n < 3000;)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "field%zu=some+value%%20%zu&", n, n);
	bench_body("http_form", span_make(text, n),
	    SPAN("application/x-www-form-urlencoded"), 0, "3 KB of pairs with escapes");
	n = (size_t)snprintf(text, sizeof(text), "<orders>");
	while (n < 3000)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "<order id=\"%zu\"><name>Customer</name><total>1.5</total></order>",
		    n);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "</orders>");
	bench_body("http_xml", span_make(text, n), SPAN("text/xml"), 0,
	    "3 KB, expat's set-up included");
	free(memory);
	return 0;
}
