/*
 * The analyst's looks: messages per second of one shard with 1 KB of JSON, each looked at
 * once and every value classified, through the code that the process runs (ring, record,
 * frame, parse, secret, MAC, join, base64, JSON, classes, judging, packing); the same with
 * the sampling as shipped; memory at 10 000 endpoints of 50 fields, and whether it stays.
 *
 * Half of the messages are bodies of requests, half tapped answers. Documents have a leaf in
 * some 29 bytes as recorded traffic has, values drawn anew in each. Messages are made in
 * batches outside the measured time.
 */
#include <malloc.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/encode.h"
#include "tests/unit/analyst/feed.h"

#define BATCH 512u
#define ROUNDS 5u
#define MESSAGES 60000u /* of a round */
#define BODY_BYTES 1024u
#define LINE_BYTES 4096u
#define ENDPOINTS 200u
#define MANY_ENDPOINTS 10000u
#define MANY_FIELDS 50u
#define IDENTITIES 100000u

static struct feed feed;
static uint64_t seed = 88172645463325252u;
static char body[BODY_BYTES + 256];
static char *stream;
static size_t stream_n;
static struct ring ring;
static struct buf packed;
static uint64_t records, record_bytes, suspects;

static uint64_t
rng(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static unsigned
below(unsigned n)
{
	return (unsigned)(rng() >> 20) % n;
}

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Resident now, not at its peak. */
static double
rss_mib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	char line[128] = "";
	char *rest;
	long pages = 0;

	if (f && fgets(line, sizeof(line), f)) {
		(void)strtol(line, &rest, 10);
		pages = strtol(rest, NULL, 10);
	}
	if (f)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static void
print(const char *name, double value, const char *unit, const char *goal, bool ok,
    const char *note)
{
	printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"goal\":\"%s\","
	       "\"ok\":%s,\"note\":\"%s\"}\n",
	    name, value, unit, goal, ok ? "true" : "false", note);
	fflush(stdout);
}

static void
discard(void *unused, const struct record *r)
{
	buf_clear(&packed);
	record_pack(r, &packed);
	records++;
	record_bytes += packed.n;
	suspects += r->kind == RECORD_SUSPECT;
}

/* --- documents ---------------------------------------------------------------------- */

static const char *const words[] = {"open", "closed", "pending", "north", "market",
    "silver", "garden", "express", "standard", "invoice", "customer", "delivery"};

static int
leaf(char *to, size_t cap, unsigned kind)
{
	const char *w = words[below(12)];

	switch (kind % 12) {
	case 0: return snprintf(to, cap, "\"id\":%u", below(90000000));
	case 1: return snprintf(to, cap, "\"status\":\"%s\"", w);
	case 2:
		return snprintf(
		    to, cap, "\"email\":\"%s.%u@example.org\"", w, below(9999));
	case 3:
		return snprintf(to, cap, "\"created_at\":\"2026-11-%02uT10:%02u:00Z\"",
		    1 + below(28), below(60));
	case 4: return snprintf(to, cap, "\"amount\":%u.%02u", below(9000), below(100));
	case 5: return snprintf(to, cap, "\"active\":%s", below(2) ? "true" : "false");
	case 6:
		return snprintf(to, cap, "\"description\":\"%s %s for the %s\"", w,
		    words[below(12)], words[below(12)]);
	case 7:
		return snprintf(to, cap, "\"uuid\":\"%08x-1c2d-4e3f-8a9b-%012llx\"",
		    (unsigned)rng(), (unsigned long long)(rng() >> 16));
	case 8: return snprintf(to, cap, "\"quantity\":%u", below(100));
	case 9:
		return snprintf(to, cap, "\"order_number\":\"%016llu\"",
		    (unsigned long long)(rng() % 10000000000000000u));
	case 10: return snprintf(to, cap, "\"currency\":\"EUR\"");
	default: return snprintf(to, cap, "\"city\":\"%s\"", w);
	}
}

/* An object of some rows, as many as there is room for. */
static struct span
document(void)
{
	size_t n = (size_t)snprintf(body, sizeof(body), "{\"total\":%u", below(1000));

	for (unsigned row = 0; n < BODY_BYTES - 60; row++) {
		n += (size_t)snprintf(body + n, sizeof(body) - n, ",\"%s\":{",
		    row == 0	   ? "order"
			: row == 1 ? "address"
			: row == 2 ? "customer"
				   : "shipment");
		for (unsigned k = 0; k < 12 && n < BODY_BYTES - 60; k++) {
			if (k > 0)
				body[n++] = ',';
			n += (size_t)leaf(body + n, sizeof(body) - n, k + row);
		}
		body[n++] = '}';
	}
	body[n++] = '}';
	return span_make(body, n);
}

/* The few fields of one of many endpoints. */
static struct span
small_document(unsigned endpoint)
{
	size_t n = 1;

	body[0] = '{';
	for (unsigned k = 0; k < MANY_FIELDS - 1; k++)
		n += (size_t)snprintf(body + n, sizeof(body) - n, "%s\"%s%s%s\":%u",
		    k ? "," : "", words[k % 12], k >= 12 ? "_" : "",
		    k >= 12 ? words[k / 12 + k % 3] : "", below(100000) + endpoint);
	body[n++] = '}';
	return span_make(body, n);
}

/* --- messages ----------------------------------------------------------------------- */

static void
message_make(const char *path, struct span json, bool answer)
{
	struct feed_request q = {answer ? "GET" : "POST", "api.example", path,
	    (rng() % IDENTITIES + 1) * UINT64_C(0x9e3779b97f4a7c15), 0, {0}};
	struct span record, line;
	struct ctx ctx;
	void *at;

	feed.more.body = answer ? SPAN_NONE : json;
	feed.more.header[0][0] = "content-type";
	feed.more.header[0][1] = "application/json";
	feed.now_us += 10;
	feed_tap(&feed, answer ? json.p : NULL, json.n, "complete");
	record = feed_record(&feed, &q, &ctx);
	at = ring_reserve(&ring, RING_REQUEST, record.n);
	CHECK(at);
	memcpy(at, record.p, record.n);
	ring_commit(&ring);
	line = feed_line(&feed, &ctx, 200, "");
	CHECK(line.n + 16 < LINE_BYTES);
	stream_n += (size_t)snprintf(stream + stream_n, 16, "%zu ", line.n);
	memcpy(stream + stream_n, line.p, line.n);
	stream_n += line.n;
}

static double
batch_take(void)
{
	struct span rest = span_make(stream, stream_n), msg, record;
	double start = cpu_s();
	uint32_t kind;

	while (ring_peek(&ring, &kind, &record, NULL)) {
		intake_request(feed.intake, record);
		ring_consume(&ring);
	}
	while (finish_frame(&rest, (size_t)feed.settings.finish_line_bytes, &msg) == OK)
		forward_line(feed.forward, msg, feed.now_us);
	stream_n = 0;
	return cpu_s() - start;
}

/* CPU seconds of so many messages over ENDPOINTS, flushed every 10 000. */
static double
messages_run(unsigned messages)
{
	double took = 0, start;
	char path[64];

	for (unsigned done = 0; done < messages; done += BATCH) {
		for (unsigned i = 0; i < BATCH; i++) {
			snprintf(path, sizeof(path), "/v%u/orders", below(ENDPOINTS));
			message_make(path, document(), i & 1);
		}
		took += batch_take();
		if (done / 10000 == (done + BATCH) / 10000)
			continue;
		start = cpu_s();
		intake_flush(feed.intake);
		took += cpu_s() - start;
	}
	return took;
}

static void
full(struct settings *s)
{
	s->fields_full_values = 1000000000;
	s->discovery_endpoints = 20000;
	s->discovery_listed = MANY_ENDPOINTS; /* of one folder: simpler paths */
}

static void
sampled(struct settings *s)
{
	s->discovery_endpoints = 20000;
}

static void
open_all(void (*change)(struct settings *s))
{
	struct intake_options io = {.workers = 1};
	struct forward_options fo = {.shards = 1};

	feed_open(&feed, change);
	forward_free(feed.forward);
	intake_free(feed.intake);
	io.settings = &feed.settings;
	io.redactor = feed.redactor;
	io.metric = &feed.metric;
	io.sink = (struct sink){.put = discard};
	CHECK(intake_new(&io, &feed.intake) == OK);
	fo.line_bytes = (size_t)feed.settings.finish_line_bytes;
	fo.timeout_us = feed.settings.finish_pending_timeout_s * INT64_C(1000000);
	fo.keys = &feed.keys;
	fo.metric = &feed.metric;
	fo.intake = feed.intake;
	CHECK(forward_new(&fo, &feed.forward) == OK);
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Messages per second, the median of ROUNDS. */
static void
bench_rate(const char *name, void (*change)(struct settings *s), double goal)
{
	double rate[ROUNDS];
	char note[240], wanted[32];
	uint64_t before;

	open_all(change);
	(void)messages_run(MESSAGES / 2); /* fields known, memory touched */
	before = metric_get(&feed.metric, M_LOOKS);
	records = record_bytes = suspects = 0;
	for (unsigned i = 0; i < ROUNDS; i++)
		rate[i] = MESSAGES / messages_run(MESSAGES);
	qsort(rate, ROUNDS, sizeof(*rate), by_value);
	CHECK(metric_get(&feed.metric, M_FINISH_BAD) == 0);
	CHECK(metric_get(&feed.metric, M_LOOK_MALFORMED) == 0);
	CHECK(metric_get(&feed.metric, M_LOOKS_SHED) == 0);
	snprintf(note, sizeof(note),
	    "one shard, %u endpoints, %u bytes of JSON a message, %.2f looks a message, "
	    "%.3f records of %llu bytes a message, slowest round %.0f",
	    ENDPOINTS, (unsigned)document().n,
	    (double)(metric_get(&feed.metric, M_LOOKS) - before) /
		(ROUNDS * (double)MESSAGES),
	    (double)records / (ROUNDS * (double)MESSAGES),
	    (unsigned long long)(records ? record_bytes / records : 0), rate[0]);
	snprintf(wanted, sizeof(wanted), ">= %.0f", goal);
	print(
	    name, rate[ROUNDS / 2], "messages/s", wanted, rate[ROUNDS / 2] >= goal, note);
	feed_close(&feed);
}

/* Every endpoint some times. */
static void
many_run(unsigned times)
{
	char path[64];

	for (unsigned t = 0; t < times; t++) {
		for (unsigned e = 0; e < MANY_ENDPOINTS; e++) {
			snprintf(path, sizeof(path), "/v%u/orders", e);
			message_make(path, small_document(e), true);
			if (e % BATCH == BATCH - 1)
				(void)batch_take();
		}
		(void)batch_take();
		intake_flush(feed.intake);
	}
}

static void
bench_memory(void)
{
	double start, filled, later;
	char note[160];

	start = rss_mib();
	open_all(full);
	many_run(8);
	filled = rss_mib();
	many_run(20);
	later = rss_mib();
	snprintf(note, sizeof(note), "%llu fields of %u endpoints, %.0f bytes a field",
	    (unsigned long long)metric_get(&feed.metric, M_FIELDS), MANY_ENDPOINTS,
	    (later - start) * (1 << 20) /
		(double)(metric_get(&feed.metric, M_FIELDS) + 1));
	print(
	    "fields_memory", later - start, "MiB", "<= 400", later - start <= 400, note);
	print("fields_soak_growth", later - filled, "MiB", "<= 40", later - filled <= 40,
	    "values drawn anew in 20 more rounds: sketches fill, then nothing grows");
	feed_close(&feed);
}

int
main(void)
{
	int fd;

	stream = malloc(BATCH * LINE_BYTES);
	CHECK(stream);
	CHECK(ring_create(8u << 20, &fd) == OK && ring_attach(fd, -1, &ring) == OK);
	close(fd);
	bench_rate("fields_full", full, 40000);
	bench_rate("fields_sampled", sampled, 60000);
	bench_memory();
	ring_detach(&ring);
	free(stream);
	buf_fini(&packed);
	return 0;
}
