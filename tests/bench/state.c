/*
 * What shared state costs: a ring record from hand to hand, a limit charged, a history asked
 * for, at a million identities drawn by Zipf (exponent 1) and uniformly, and the memory that
 * a million identities take with the default settings.
 *
 * Draws are made before the measured time. Every figure is the median of seven runs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "state/ring.h"
#include "state/shared.h"

#define IDENTITIES 1000000u
#define DRAWS 2000000u
#define RUNS 7
#define RECORD_BYTES 600 /* a GET with 8 headers */
#define RING_BYTES (8u << 20)

static uint32_t *zipf, *uniform;
static uint64_t seed = 88172645463325252u;

static uint64_t
rng(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdu;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

static struct hash128
identity(uint32_t n)
{
	return (struct hash128){mix(2ull * n + 1), mix(2ull * n + 2)};
}

static double
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
figure(const char *name, double value, const char *unit, double goal, const char *note)
{
	printf("{\"name\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"goal\":\"<= %g\","
	       "\"ok\":%s,\"note\":\"%s\"}\n",
	    name, value, unit, goal, value <= goal ? "true" : "false", note);
	fflush(stdout);
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v)
{
	qsort(v, RUNS, sizeof *v, by_value);
	return v[RUNS / 2];
}

/* Inversion over the exact sums; ranks are spread over the identities by their hash. */
static void
draw(void)
{
	double *sum = malloc(IDENTITIES * sizeof *sum), total = 0;

	zipf = malloc(DRAWS * sizeof *zipf);
	uniform = malloc(DRAWS * sizeof *uniform);
	CHECK(sum && zipf && uniform);
	for (uint32_t i = 0; i < IDENTITIES; i++)
		sum[i] = total += 1.0 / (i + 1);
	for (uint32_t d = 0; d < DRAWS; d++) {
		double at = (double)(rng() >> 11) / 9007199254740992.0 * total;
		uint32_t low = 0, high = IDENTITIES - 1;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (sum[middle] < at)
				low = middle + 1;
			else
				high = middle;
		}
		zipf[d] = low;
		uniform[d] = (uint32_t)(rng() % IDENTITIES);
	}
	free(sum);
}

/* --- rings ------------------------------------------------------------------------- */

static void
bench_ring(void)
{
	static uint8_t record[RECORD_BYTES];
	double put[RUNS], take[RUNS];
	uint64_t sum = 0;
	struct ring p, c;
	int fd;

	CHECK(ring_create(RING_BYTES, &fd) == OK && ring_attach(fd, -1, &p) == OK &&
	    ring_attach(fd, -1, &c) == OK);
	for (int run = 0; run < RUNS; run++) {
		uint64_t n = 0, m = 0;
		double t = 0, u = 0;

		while (n < 1000000) {
			struct span s;
			uint32_t kind;
			double start = now_ns();

			for (void *at;
			     (at = ring_reserve(&p, RING_REQUEST, RECORD_BYTES)) != NULL;
			     n++) {
				memcpy(at, record, RECORD_BYTES);
				ring_commit(&p);
			}
			t += now_ns() - start;
			start = now_ns();
			for (; ring_peek(&c, &kind, &s, NULL); m++) {
				sum += (uint8_t)s.p[s.n - 1];
				ring_consume(&c);
			}
			u += now_ns() - start;
		}
		put[run] = t / (double)n;
		take[run] = u / (double)m;
	}
	figure("state.ring_put", median(put), "ns", 150,
	    "600 byte record copied in and published");
	CHECK(sum == 0); /* and the loop above is not optimised away */
	figure("state.ring_take", median(take), "ns", 100,
	    "600 byte record found, its end read, released");
	ring_detach(&p);
	ring_detach(&c);
	close(fd);
}

/* --- limits and histories ---------------------------------------------------------- */

static double
time_limits(struct shared *s, const uint32_t *draws, uint64_t *full)
{
	double runs[RUNS];
	uint64_t now = (uint64_t)clock_mono_ns(), wait;

	for (int run = 0; run < RUNS; run++) {
		double start = now_ns();

		for (uint32_t d = 0; d < DRAWS; d++) {
			/* 100 000 requests a second, one a second allowed to each */
			now += 10000;
			*full += limit_charge(&s->limits, mix(draws[d] + 1ull),
				     1000000000, 10, now, &wait) == LIMIT_FULL;
		}
		runs[run] = (now_ns() - start) / DRAWS;
	}
	return median(runs);
}

static double
time_histories(struct shared *s, const uint32_t *draws, bool finish)
{
	uint64_t now_us = (uint64_t)clock_wall_us();
	struct history_view v;
	double runs[RUNS];

	for (int run = 0; run < RUNS; run++) {
		double start = now_ns();

		for (uint32_t d = 0; d < DRAWS; d++) {
			struct hash128 id = identity(draws[d]);

			now_us += 10;
			history_get(&s->history, id, now_us / 1000, true, &v);
			if (finish)
				history_finished(&s->history, id, now_us / 1000, 200);
		}
		runs[run] = (now_ns() - start) / DRAWS;
	}
	return median(runs);
}

/* Every identity once: who finds no room, and what the file has come to. */
static void
fill(struct shared *s, int fd)
{
	uint64_t now_ms = (uint64_t)clock_wall_us() / 1000,
		 now = (uint64_t)clock_mono_ns();
	uint64_t missing = 0, wait;
	struct history_view v;
	char note[160];
	struct stat st;

	for (uint32_t i = 0; i < IDENTITIES; i++) {
		history_get(&s->history, identity(i), now_ms, true, &v);
		history_finished(&s->history, identity(i), now_ms, 200);
		missing += !v.found;
		(void)limit_charge(&s->limits, mix(i + 1ull), 1000000000, 10, now, &wait);
	}
	CHECK(fstat(fd, &st) == 0);
	snprintf(note, sizeof note,
	    "%u identities each with a history and a limit, default settings: %.0f MiB",
	    IDENTITIES, (double)st.st_blocks * 512 / 1048576);
	figure("state.bytes_per_identity", (double)st.st_blocks * 512 / IDENTITIES,
	    "bytes", 512, note);
	figure("state.without_room", (double)missing, "identities", IDENTITIES / 5000,
	    "of a million live at once, default settings");
}

int
main(void)
{
	static struct settings settings;
	struct conf_error error;
	uint64_t full = 0;
	struct shared s;
	char note[120];
	int fd;

	draw();
	bench_ring();
	CHECK(settings_parse(SPAN(""), &settings, &error) == OK &&
	    shared_create(&settings, &fd) == OK &&
	    shared_attach(fd, &settings, &s) == OK);
	fill(&s, fd);
	figure("state.history_zipf", time_histories(&s, zipf, true), "ns", 400,
	    "a request and its answer, a million live identities, Zipf 1.0");
	figure("state.history_uniform", time_histories(&s, uniform, true), "ns", 800,
	    "a request and its answer, a million live identities, uniform");
	figure("state.history_get_zipf", time_histories(&s, zipf, false), "ns", 250,
	    "a request alone");
	figure("state.limit_zipf", time_limits(&s, zipf, &full), "ns", 200,
	    "a charge, a million keys, Zipf 1.0");
	full = 0;
	double uniform_ns = time_limits(&s, uniform, &full);

	snprintf(note, sizeof note,
	    "a charge, a million keys, uniform; %.3f %% found no cell",
	    100.0 * (double)full / ((double)DRAWS * RUNS));
	figure("state.limit_uniform", uniform_ns, "ns", 400, note);
	shared_detach(&s);
	close(fd);
	return 0;
}
