/*
 * Feeds a synthetic spool to the shipper, in one process, for benchmarks and tests:
 *
 *   recorder_feed -d DIR -c CONNINFO [-e ENDPOINTS] [-r REQUESTS/S] [-t SECONDS]
 *                 [-s STEP_S] [-o OFFSET_S] [-x] [-F] [-S] [-w] [-b BOOT] [-n AGENT]
 *                 [-N BATCH] [-E ENVIRONMENT] [-R BAD] [-k FIELDS]
 *
 * Time is simulated: -t seconds of traffic from now + OFFSET_S on, shipped every STEP_S of
 * them, as fast as it goes. -x closes minutes as simulated time passes. -F only feeds; -S
 * only ships what is there; -w goes on shipping until SIGTERM. -q lists the recorder's
 * statements. -R mixes in so many decision events that no database takes, beside as many
 * good ones. -k adds what is known of the API: for each summary an observation of so many
 * fields with the summary's requests as messages, a child with its requests, and now and
 * then a suspicion and a link. Prints one JSON object: what was shipped and the CPU seconds it took,
 * feeding left out.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "pg/pg_sync.h"
#include "record/spool.h"
#include "recorder/shipper.h"
#include "recorder/statement.h"

struct feed {
	const char *dir, *conninfo, *agent, *environment;
	uint64_t endpoints, rate, seconds, step, boot, batch;
	int64_t offset_s;
	uint64_t bad, fields;
	bool close_minutes, only_feed, only_ship, stay;
	uint64_t seed;
	int64_t now_us; /* simulated */
	uint64_t second; /* of the simulation */
	uint64_t requests, records;
	double cpu_s;
	int state_dir;
	struct spool *spool;
	struct shipper *shipper;
	struct pg_sync *closer;
	struct record_summary *summary; /* per endpoint, of this second */
	struct ev_loop *loop;
	struct metric_block metric;
	double began_s;
	int quiet; /* rounds with nothing left */
};

static uint64_t
rng(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Steele, Lea, Flood: SplitMix64's finaliser. */
static uint64_t
scatter(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static double
uniform(uint64_t *s)
{
	return (double)(rng(s) >> 11) / 9007199254740992.0 + 1e-12;
}

static double
normal(uint64_t *s)
{
	return sqrt(-2 * log(uniform(s))) * cos(6.283185307179586 * uniform(s));
}

static double
cpu_now(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
die(const char *what, int err)
{
	fprintf(stderr, "recorder_feed: %s: %s\n", what, err_str(err));
	exit(1);
}

static void
append(struct feed *f, struct record *r)
{
	static struct buf packed;
	int err;

	buf_clear(&packed);
	record_pack(r, &packed);
	err = spool_append(f->spool, record_stream_of(r->kind), buf_span(&packed));
	if (err)
		die("append", err);
	f->records++;
}

static uint64_t
endpoint_hash_of(uint64_t i)
{
	return (i + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 1;
}

static void
endpoints_feed(struct feed *f)
{
	for (uint64_t i = 0; i < f->endpoints; i++) {
		char template_text[64];
		struct record r = {.kind = RECORD_ENDPOINT};

		snprintf(template_text, sizeof(template_text), "/v1/thing%llu/{number}",
		    (unsigned long long)i);
		r.endpoint.hash = endpoint_hash_of(i);
		r.endpoint.service =
		    i % 3 ? SPAN("shop.example.com") : SPAN("pay.example.com");
		r.endpoint.method = SPAN("GET");
		r.endpoint.template_text = span_str(template_text);
		r.endpoint.first_us = f->now_us;
		append(f, &r);
	}
}

static void
request_count(struct feed *f)
{
	uint64_t i = rng(&f->seed) % f->endpoints;
	struct record_summary *s = &f->summary[i];
	double centre = 7 + (double)(i % 10) * 0.4;
	unsigned status = rng(&f->seed) % 100 < 95 ? 2 : 4;
	uint64_t request = 200 + rng(&f->seed) % 300;
	uint64_t response =
	    (uint64_t)exp(6 + (double)(i % 7) * 0.5 + 0.4 * normal(&f->seed));

	if (s->requests++ == 0)
		s->first_us = f->now_us;
	s->last_us = f->now_us + 999999;
	s->status[status]++;
	s->inspected[2]++;
	s->request_bytes += request;
	s->response_bytes += response;
	s->auth_mask |= 2;
	(void)!hist_add(
	    &s->latency_us, (uint64_t)exp(centre + 0.5 * normal(&f->seed)), 1);
	(void)!hist_add(&s->request_size, request, 1);
	(void)!hist_add(&s->response_size, response, 1);
	distinct_add(&s->identities, scatter(rng(&f->seed) % 500 + i * 37));
	f->requests++;
}

static void
observation_feed(struct feed *f, const struct record_summary *s, uint64_t field)
{
	struct record r = {.kind = RECORD_OBSERVATION};
	char path[40];

	snprintf(path, sizeof(path), "items[].field%llu", (unsigned long long)field);
	r.observation = (struct record_observation){.at = {.hash = s->hash,
							.direction = FIELD_RESPONSE,
							.location = FIELD_BODY,
							.path = span_str(path)},
	    .first_us = s->first_us,
	    .last_us = s->last_us,
	    .messages = s->requests,
	    .present = s->requests,
	    .values = s->requests,
	    .types = FIELD_IS_STRING,
	    .status_mask = 4,
	    .bytes_max = 40};
	r.observation.cls[0].name = field % 10 ? SPAN("email") : SPAN("card_number");
	r.observation.cls[0].hits = field % 10 ? 0 : s->requests;
	r.observation.cls[0].prior = -20;
	distinct_add(&r.observation.distinct, scatter(rng(&f->seed)));
	append(f, &r);
}

static void
suspect_feed(struct feed *f, const struct record_summary *s)
{
	struct record r = {.kind = RECORD_SUSPECT};

	r.suspect = (struct record_suspect){.at = {.hash = s->hash,
						.direction = FIELD_RESPONSE,
						.location = FIELD_BODY,
						.path = SPAN("items[].field0")},
	    .cls = SPAN("card_number"),
	    .at_us = f->now_us,
	    .values = 5,
	    .hits = 5,
	    .score = 80,
	    .evidence = SPAN("************1111")};
	append(f, &r);
	r = (struct record){.kind = RECORD_LINK,
	    .link = {SPAN("text.1.aaaa"), SPAN("text.2.bbbb"), f->now_us}};
	append(f, &r);
}

/* What is known of one endpoint, as far as this second goes. */
static void
knowledge_feed(struct feed *f, const struct record_summary *s)
{
	static const struct span words[] = {SPAN("login"), SPAN("{~text.1.aaaa}")};
	struct record r = {.kind = RECORD_CHILD};

	for (uint64_t i = 0; i < f->fields; i++)
		observation_feed(f, s, i);
	r.child = (struct record_child){.hash = s->hash,
	    .segment = 2,
	    .word = words[rng(&f->seed) % 2],
	    .requests = s->requests,
	    .accepted = s->requests};
	distinct_add(&r.child.identities, scatter(rng(&f->seed) % 500));
	append(f, &r);
	if (f->second % 7 == 0)
		suspect_feed(f, s);
}

static void
second_feed(struct feed *f)
{
	struct record coverage = {.kind = RECORD_COVERAGE};

	for (uint64_t k = 0; k < f->rate; k++)
		request_count(f);
	for (uint64_t i = 0; i < f->endpoints; i++) {
		struct record_summary *s = &f->summary[i];
		struct record r = {.kind = RECORD_SUMMARY};

		if (s->requests == 0)
			continue;
		s->hash = endpoint_hash_of(i);
		s->minute_us = f->now_us - f->now_us % 60000000;
		r.summary = *s;
		append(f, &r);
		if (f->fields > 0)
			knowledge_feed(f, s);
		hist_clear(&s->latency_us);
		hist_clear(&s->request_size);
		hist_clear(&s->response_size);
		r.summary = *s;
		*s = (struct record_summary){.latency_us = r.summary.latency_us,
		    .request_size = r.summary.request_size,
		    .response_size = r.summary.response_size};
	}
	coverage.coverage =
	    (struct record_coverage){.minute_us = f->now_us - f->now_us % 60000000,
		.service = SPAN("shop.example.com"),
		.requests = f->rate,
		.decided = f->rate};
	append(f, &coverage);
	f->now_us += 1000000;
	f->second++;
}

/* Good and bad decision events, some of each in every second. */
static void
decisions_feed(struct feed *f)
{
	uint64_t each = f->bad / f->seconds + 1;

	for (uint64_t i = 0; i < each && f->bad > 0; i++, f->bad--) {
		struct record r = {.kind = RECORD_DECISION};

		r.decision = (struct record_decision){.minute_us = f->now_us,
		    .hash = endpoint_hash_of(i % f->endpoints),
		    .action = 2,
		    .rule = SPAN("block-it"),
		    .reason = SPAN("because"),
		    .requests = 1,
		    .first_us = f->now_us,
		    .last_us = f->now_us,
		    .status = 403,
		    .sample_identity_hi = 1};
		distinct_add(&r.decision.identities, scatter(f->bad));
		append(f, &r);
		r.decision.action = 77;
		append(f, &r);
	}
}

/* One step of simulated time; false at its end. */
static bool
step_feed(struct feed *f)
{
	if (f->only_ship || f->second >= f->seconds)
		return false;
	if (f->second == 0)
		endpoints_feed(f);
	for (uint64_t i = 0; i < f->step && f->second < f->seconds; i++) {
		decisions_feed(f);
		second_feed(f);
		if (spool_write(f->spool) != OK)
			die("write", ERR_IO);
	}
	return true;
}

static void
minutes_close(struct feed *f)
{
	struct pg_error error;
	char before[CLOCK_TEXT_MAX];
	const char *values[1] = {before};
	struct span text = clock_format(f->now_us - 180000000, before);
	int err;

	before[text.n] = '\0';
	err = pg_sync_query(
	    f->closer, "select yett.recorder_minutes_close($1)", 1, values, NULL, &error);
	if (err)
		die(error.text, err);
}

static void
drained(void *ctx)
{
	struct feed *f = ctx;

	f->cpu_s += cpu_now() - f->began_s;
	if (f->close_minutes && f->second > 0)
		minutes_close(f);
	if (!step_feed(f) && !f->stay && ++f->quiet > 1)
		ev_break(f->loop, EVBREAK_ALL);
	f->began_s = cpu_now();
}

static void
fetched(void *ctx, uint64_t revision, struct span bundle)
{
	fprintf(stderr, "fetched revision=%llu bytes=%zu\n", (unsigned long long)revision,
	    bundle.n);
}

static void
stop_cb(struct ev_loop *loop, struct ev_signal *w, int events)
{
	ev_break(loop, EVBREAK_ALL);
}

static void
ship(struct feed *f)
{
	struct shipper_options o = {.conninfo = f->conninfo,
	    .agent = f->agent,
	    .environment = f->environment,
	    .version = YETT_VERSION,
	    .boot = f->boot,
	    .started_us = clock_wall_us(),
	    .state_dir = f->state_dir,
	    .shards = 1,
	    .ship_interval_ms = 20,
	    .keep_us = INT64_C(3600000000),
	    .retry_max_ms = 500,
	    .poll_ms = 15000,
	    .batch_records = f->batch,
	    .metric = &f->metric,
	    .drained = drained,
	    .fetched = fetched,
	    .ctx = f};
	struct ev_signal stop;
	int err;

	f->loop = ev_default_loop(0);
	ev_signal_init(&stop, stop_cb, SIGTERM);
	ev_signal_start(f->loop, &stop);
	ev_unref(f->loop);
	f->began_s = cpu_now();
	err = shipper_new(f->loop, &o, &f->shipper);
	if (err)
		die("shipper", err);
	ev_run(f->loop, 0);
	f->cpu_s += cpu_now() - f->began_s;
	shipper_free(f->shipper);
}

static void
spool_start(struct feed *f)
{
	struct spool_options o = {.shard = 0,
	    .boot = f->boot,
	    .segment_bytes = 4 << 20,
	    .max_bytes = UINT64_C(1) << 34};
	int dir, err;

	f->state_dir = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)mkdirat(f->state_dir, "spool", 0750);
	(void)mkdirat(f->state_dir, "spool/0", 0750);
	dir = openat(f->state_dir, "spool/0", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		die(f->dir, ERR_IO);
	if (!f->only_ship) {
		err = spool_open(dir, &o, &f->spool);
		if (err)
			die("spool", err);
	}
	close(dir);
}

static void
statements_print(void)
{
	for (unsigned i = 0; i < STATEMENTS; i++)
		printf("%s\n", statement_sql((enum statement_id)i));
	exit(0);
}

static void
options_parse(struct feed *f, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "d:c:e:r:t:s:o:b:n:N:E:R:k:xFSwq")) != -1)
		switch (c) {
		case 'd': f->dir = optarg; break;
		case 'c': f->conninfo = optarg; break;
		case 'e': f->endpoints = strtoull(optarg, NULL, 10); break;
		case 'r': f->rate = strtoull(optarg, NULL, 10); break;
		case 't': f->seconds = strtoull(optarg, NULL, 10); break;
		case 's': f->step = strtoull(optarg, NULL, 10); break;
		case 'o': f->offset_s = strtoll(optarg, NULL, 10); break;
		case 'b': f->boot = strtoull(optarg, NULL, 16); break;
		case 'n': f->agent = optarg; break;
		case 'N': f->batch = strtoull(optarg, NULL, 10); break;
		case 'E': f->environment = optarg; break;
		case 'R': f->bad = strtoull(optarg, NULL, 10); break;
		case 'k': f->fields = strtoull(optarg, NULL, 10); break;
		case 'x': f->close_minutes = true; break;
		case 'F': f->only_feed = true; break;
		case 'S': f->only_ship = true; break;
		case 'w': f->stay = true; break;
		case 'q': statements_print(); break;
		default: exit(2);
		}
}

int
main(int argc, char **argv)
{
	static struct feed f = {.agent = "gw1",
	    .environment = "dev",
	    .endpoints = 10,
	    .rate = 100,
	    .seconds = 10,
	    .step = 10,
	    .boot = 0xb007,
	    .batch = 20000,
	    .seed = 88172645463325252u};
	struct pg_error error;

	options_parse(&f, argc, argv);
	if (!f.dir || (!f.conninfo && !f.only_feed)) {
		fprintf(stderr, "recorder_feed: -d and -c are needed\n");
		return 2;
	}
	log_init("feed", LOG_WARN);
	f.now_us = clock_wall_us() + f.offset_s * 1000000;
	f.summary = calloc(f.endpoints, sizeof(*f.summary));
	if (!f.summary)
		die("memory", ERR_NOMEM);
	spool_start(&f);
	if (f.close_minutes &&
	    pg_sync_open(f.conninfo, "recorder_feed", &f.closer, &error) != OK)
		die(error.text, ERR_CLOSED);
	while (f.only_feed && step_feed(&f))
		;
	if (!f.only_feed)
		ship(&f);
	spool_close(f.spool);
	pg_sync_close(f.closer);
	printf("{\"requests\":%llu,\"records\":%llu,\"shipped\":%llu,\"batches\":%llu,"
	       "\"errors\":%llu,\"skipped\":%llu,\"refused\":%llu,\"cpu_s\":%.3f}\n",
	    (unsigned long long)f.requests, (unsigned long long)f.records,
	    (unsigned long long)metric_get(&f.metric, M_SHIP_RECORDS),
	    (unsigned long long)metric_get(&f.metric, M_SHIP_BATCHES),
	    (unsigned long long)metric_get(&f.metric, M_SHIP_ERRORS),
	    (unsigned long long)metric_get(&f.metric, M_SHIP_SKIPPED),
	    (unsigned long long)metric_get(&f.metric, M_SHIP_REFUSED), f.cpu_s);
	return 0;
}
