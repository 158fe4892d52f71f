/*
 * The analyst's share: request and finish pairs per second of one shard, fed from memory
 * through the code that the process runs (ring, record, frame, parse, secret, MAC, join,
 * sums, packing), the same under a flood of random paths, and the price of a token.
 *
 * Requests and lines are made in batches outside the measured time.
 */
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/analyst/feed.h"

#define BATCH 4096u
#define ENDPOINTS 1000u
#define IDENTITIES 100000u
#define PAIRS 600000u
#define FLOOD_PAIRS 400000u
#define TOKENS 400000u
#define STREAM_BYTES (BATCH * 1024u)
#define PATH_BYTES 160

static struct feed feed;
static uint64_t seed = 88172645463325252u;
static char path[BATCH][PATH_BYTES];
static char *stream;
static size_t stream_n;
static struct ring ring;
static struct ctx ctx[BATCH];
static struct buf packed;
static uint64_t records, record_bytes;

static uint64_t
rng(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
rss_mib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
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
}

/* What a browser or an app sends. */
static size_t
headers_make(char out[1024])
{
	static const char *const pairs[][2] = {{"host", "api.example"},
	    {"user-agent",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
		"Chrome/126.0.0.0 Safari/537.36"},
	    {"accept", "application/json"}, {"accept-language", "en-US,en;q=0.9"},
	    {"accept-encoding", "gzip, deflate, br"},
	    {"authorization", "Bearer 0123456789abcdef0123456789abcdef0123456789abcdef"},
	    {"content-type", "application/json"}, {"cookie", "sid=abcdef0123456789"}};
	size_t n = 0;

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		for (unsigned k = 0; k < 2; k++) {
			size_t len = strlen(pairs[i][k]);

			out[n++] = (char)len;
			memcpy(out + n, pairs[i][k], len);
			n += len;
		}
	out[n++] = 0;
	out[n++] = 0;
	return n;
}

static void
record_make(unsigned i, struct span headers)
{
	static char memory[1 << 16];
	struct verdict v = {.action = ACTION_ALLOW, .flags = VERDICT_PROVISIONAL};
	struct target target;
	struct template template;
	struct request r;
	struct arena a;
	uint64_t identity = (rng() % IDENTITIES + 1) * UINT64_C(0x9e3779b97f4a7c15);
	void *at;
	size_t n;

	arena_init(&a, memory, sizeof(memory));
	request_init(&r);
	r.method = SPAN("GET");
	r.path = span_str(path[i]);
	r.query = SPAN("a=1&b=22&c=333&d=4444&e=55555");
	r.headers = headers;
	r.id = SPAN("7F000001:C350_7F000001:1F90_67406A00_0001:0123");
	r.frontend = SPAN("api");
	r.now_us = feed.now_us;
	CHECK(target_parse(&target, r.path, SPAN_NONE, &a) == OK);
	CHECK(template_guess(&target, &template, &a) == OK);
	v.endpoint_hash = endpoint_hash(SPAN("api.example"), r.method, template.text) |
	    ENDPOINT_HASH_PROVISIONAL;
	v.identity = (struct hash128){identity, ~identity};
	v.identity_kind = IDENTITY_BEARER;
	v.inspected = INSPECTED_COMPLETE;
	n = request_record_size(&r, false);
	at = ring_reserve(&ring, RING_REQUEST, n);
	CHECK(at);
	feed.sequence++;
	request_record_write(at, &r, &v, 0, feed.sequence, 0, 1000, false);
	ring_commit(&ring);
	ctx[i] = (struct ctx){.epoch = 1,
	    .time_us = feed.now_us,
	    .sequence = feed.sequence,
	    .identity = identity,
	    .endpoint = v.endpoint_hash};
}

static void
line_make(unsigned i)
{
	struct span line = feed_line(&feed, &ctx[i], 200, "");

	CHECK(line.n + 16 < STREAM_BYTES - stream_n);
	stream_n += (size_t)snprintf(stream + stream_n, 16, "%zu ", line.n);
	memcpy(stream + stream_n, line.p, line.n);
	stream_n += line.n;
}

/* Feeds a batch; returns the seconds that took. */
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
	return cpu_s() - start;
}

/* Runs pairs over paths that make() writes; returns CPU seconds, flushing each second of
 * the records' time (here: of 100 000 pairs). */
static double
pairs_run(unsigned pairs, void (*make)(char to[PATH_BYTES], uint64_t i))
{
	char bytes[1024];
	struct span headers = span_make(bytes, headers_make(bytes));
	double took = 0;

	for (unsigned done = 0; done < pairs; done += BATCH) {
		double start;

		stream_n = 0;
		for (unsigned i = 0; i < BATCH; i++) {
			feed.now_us += 10;
			make(path[i], done + i);
			record_make(i, headers);
			line_make(i);
		}
		took += batch_take();
		if (done / 100000 == (done + BATCH) / 100000)
			continue;
		start = cpu_s();
		intake_flush(feed.intake);
		took += cpu_s() - start;
	}
	return took;
}

static void
path_typed(char to[PATH_BYTES], uint64_t i)
{
	uint64_t endpoint = i < ENDPOINTS ? i : rng() % ENDPOINTS;

	snprintf(to, PATH_BYTES, "/v%u/items/%u/orders", (unsigned)endpoint,
	    (unsigned)(rng() % 1000000));
}

/* Every path new, words and depth random, every answer accepted. */
static void
path_random(char to[PATH_BYTES], uint64_t i)
{
	unsigned depth = 1 + (unsigned)(rng() % 6);
	size_t n = 0;

	for (unsigned k = 0; k < depth; k++) {
		unsigned letters = 3 + (unsigned)(rng() % 12);

		to[n++] = '/';
		for (unsigned l = 0; l < letters; l++)
			to[n++] = (char)('a' + rng() % 26);
	}
	to[n] = '\0';
}

static void
many_endpoints(struct settings *s)
{
	s->discovery_endpoints = 20000;
	s->finish_pending = 65536;
}

static void
open_all(struct history_table *history)
{
	struct intake_options io = {.workers = 1, .history = history};
	struct forward_options fo = {.shards = 1};

	feed_open(&feed, many_endpoints);
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

static void
bench_pairs(struct history_table *history)
{
	char note[160];
	double took, rate;

	open_all(history);
	(void)pairs_run(100000, path_typed); /* endpoints known, memory touched */
	records = record_bytes = 0;
	took = pairs_run(PAIRS, path_typed);
	rate = PAIRS / took;
	CHECK(metric_get(&feed.metric, M_FINISH_BAD) == 0);
	CHECK(metric_get(&feed.metric, M_FINISH_FORGED) == 0);
	CHECK(metric_get(&feed.metric, M_FINISH_LATE) == 0);
	CHECK(metric_get(&feed.metric, M_ENDPOINTS) == ENDPOINTS);
	snprintf(note, sizeof(note),
	    "one shard, %u endpoints, %u identities, flush every 100 000 pairs: %llu "
	    "records of %llu bytes",
	    ENDPOINTS, IDENTITIES, (unsigned long long)records,
	    (unsigned long long)(records ? record_bytes / records : 0));
	print("analyst_pairs", rate, "pairs/s", ">= 150000", rate >= 150000, note);
	feed_close(&feed);
}

static void
bench_flood(struct history_table *history)
{
	double took, before, grown;
	char note[160];

	open_all(history);
	took = pairs_run(FLOOD_PAIRS / 2, path_random);
	before = rss_mib();
	took += pairs_run(FLOOD_PAIRS / 2, path_random);
	grown = rss_mib() - before;
	snprintf(note, sizeof(note), "%u endpoints left, peak RSS %.0f MiB",
	    (unsigned)metric_get(&feed.metric, M_ENDPOINTS), rss_mib());
	print("analyst_flood_growth", grown, "MiB", "<= 8", grown <= 8, note);
	print("analyst_flood_pairs", FLOOD_PAIRS / took, "pairs/s", ">= 100000",
	    FLOOD_PAIRS / took >= 100000, "every path new, every answer accepted");
	feed_close(&feed);
}

static void
bench_token(void)
{
	char text[TOKEN_TEXT_MAX], value[16];
	struct span out;
	double start;

	feed_open(&feed, NULL);
	start = cpu_s();
	for (unsigned i = 0; i < TOKENS; i++) {
		int n = snprintf(value, sizeof(value), "value%u", i);

		CHECK(redact_token(feed.redactor, "text", span_make(value, (size_t)n),
			  feed.now_us, text, &out) == OK);
	}
	start = (cpu_s() - start) / TOKENS * 1e6;
	print("redact_token", start, "us", "<= 1.5", start <= 1.5,
	    "short values, one class");
	feed_close(&feed);
}

int
main(void)
{
	struct history_table history = {.buckets = 65536};
	int fd;

	history.slot = calloc(history.buckets * 4, sizeof(*history.slot));
	stream = malloc(STREAM_BYTES);
	CHECK(history.slot && stream);
	CHECK(ring_create(16u << 20, &fd) == OK && ring_attach(fd, -1, &ring) == OK);
	close(fd);
	bench_pairs(&history);
	bench_flood(&history);
	bench_token();
	ring_detach(&ring);
	free(stream);
	free(history.slot);
	buf_fini(&packed);
	return 0;
}
