/*
 * The request that benchmarks send, as the shipped SPOE file writes it: one NOTIFY, of which
 * only the identity (a bearer token), the endpoint in the path and a number change. And who
 * sends it: identities drawn beforehand, by Zipf or uniformly.
 */
#ifndef TESTS_BENCH_NOTIFY_H
#define TESTS_BENCH_NOTIFY_H

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "spop/frame.h"

#define NOTIFY_FRAME_MAX 65532
#define NOTIFY_IDENTITY_DIGITS 16
#define NOTIFY_ENDPOINT_DIGITS 5
#define NOTIFY_NUMBER_DIGITS 6
#define NOTIFY_DRAWS (1u << 20) /* identities drawn, used in turn */

struct notify {
	uint8_t frame[NOTIFY_FRAME_MAX + 4]; /* n bytes, the length included */
	size_t n;
	size_t stream_at; /* one byte: 0 … 239 */
	size_t identity_at;
	size_t endpoint_at, number_at; /* 0: not in the path */
};

static uint64_t notify_random_state = 88172645463325252u;

static inline uint64_t
notify_random(void)
{
	notify_random_state ^= notify_random_state << 13;
	notify_random_state ^= notify_random_state >> 7;
	return notify_random_state ^= notify_random_state << 17;
}

/* NOTIFY_DRAWS ranks below n by Zipf (exponent 0: uniformly), the cumulated weights looked
 * up by halving; NULL: no memory. */
static inline uint32_t *
notify_draws(uint32_t n, double exponent)
{
	double *sum = malloc(n * sizeof(*sum)), total = 0;
	uint32_t *draw = malloc(NOTIFY_DRAWS * sizeof(*draw));

	if (sum == NULL || draw == NULL)
		goto out;
	for (uint32_t i = 0; i < n; i++)
		sum[i] = total += pow(i + 1.0, -exponent);
	for (uint32_t i = 0; i < NOTIFY_DRAWS; i++) {
		double x = total * ((double)(notify_random() >> 11) * 0x1p-53);
		uint32_t low = 0, high = n - 1;

		while (low < high) {
			uint32_t mid = (low + high) / 2;

			if (sum[mid] < x)
				low = mid + 1;
			else
				high = mid;
		}
		draw[i] = low;
	}
out:
	free(sum);
	return draw;
}

/* --- the template ----------------------------------------------------------------- */

static inline void
notify_type(struct spop_writer *w, const char *name, uint8_t type)
{
	spop_put_string(w, span_str(name));
	spop_put_varint(w, type);
}

static inline void
notify_text(struct spop_writer *w, const char *name, struct span v)
{
	notify_type(w, name, SPOP_STRING);
	spop_put_string(w, v);
}

static inline void
notify_count(struct spop_writer *w, const char *name, uint64_t v)
{
	notify_type(w, name, SPOP_INT64);
	spop_put_varint(w, v);
}

static inline size_t
notify_headers(uint8_t *out, size_t cap, size_t *identity)
{
	static const char *const text[][2] = {
	    {"host", "api.example.com"},
	    {"user-agent", "okhttp/4.12.0"},
	    {"accept", "application/json"},
	    {"accept-encoding", "gzip, deflate"},
	    {"authorization", "Bearer tok-0123456789abcdef"},
	    {"x-request-id", "5f0c9be2-9d6e-4a0f-8f8a-1f6f6f0f2a11"},
	    {"content-type", "application/json"},
	    {"x-app-version", "7.31.2"},
	};
	struct spop_writer w = {.p = out, .cap = cap};

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		spop_put_string(&w, span_str(text[i][0]));
		spop_put_string(&w, span_str(text[i][1]));
		if (strcmp(text[i][0], "authorization") == 0)
			*identity = w.n - NOTIFY_IDENTITY_DIGITS;
	}
	spop_put_varint(&w, 0);
	spop_put_varint(&w, 0);
	return w.n;
}

/* The path with digits for %e and %n; where they stand. */
static inline size_t
notify_path(const char *text, char *out, size_t cap, size_t *endpoint, size_t *number)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0' && n + 8 < cap; p++) {
		if (p[0] == '%' && p[1] == 'e') {
			*endpoint = n;
			memset(out + n, '0', NOTIFY_ENDPOINT_DIGITS);
			n += NOTIFY_ENDPOINT_DIGITS;
			p++;
		} else if (p[0] == '%' && p[1] == 'n') {
			*number = n;
			memset(out + n, '1', NOTIFY_NUMBER_DIGITS);
			n += NOTIFY_NUMBER_DIGITS;
			p++;
		} else {
			out[n++] = *p;
		}
	}
	return n;
}

/* JSON of at least `bytes` bytes: one leaf in 29 bytes, as recorded API traffic has. */
static inline size_t
notify_body(char *out, size_t cap, size_t bytes)
{
	size_t n = (size_t)snprintf(out, cap, "{\"items\":[");

	for (unsigned i = 0; n < bytes && n + 256 < cap; i++)
		n += (size_t)snprintf(out + n, cap - n,
		    "%s{\"id\":\"7c9e6679-7425-40de-944b-%012u\",\"name\":\"item number "
		    "%u\",\"price\":%u.95,\"created\":\"2026-11-22T10:15:30Z\","
		    "\"tags\":[\"new\"],\"owner\":{\"mail\":\"user%u@example.com\"}}",
		    i ? "," : "", i, i, i % 100, i);
	n += (size_t)snprintf(out + n, cap - n, "]}");
	return n;
}

/* A request without a body (body_bytes 0) or with one of JSON; path as in notify_path().
 * ERR_LIMIT. */
MUST_CHECK static inline int
notify_make(
    struct notify *t, const char *method, const char *path_text, size_t body_bytes)
{
	static uint8_t headers[1024];
	static char body[40000];
	char path[512];
	struct spop_writer w = {.p = t->frame, .cap = sizeof(t->frame)};
	size_t identity = 0, endpoint = SIZE_MAX, number = SIZE_MAX, at;
	size_t path_n = notify_path(path_text, path, sizeof(path), &endpoint, &number);
	size_t headers_n = notify_headers(headers, sizeof(headers), &identity);
	size_t body_n = body_bytes ? notify_body(body, sizeof(body), body_bytes) : 0;

	spop_begin(&w, SPOP_NOTIFY, 0, 1);
	t->stream_at = w.n - 2;
	spop_put_string(&w, body_n ? SPAN("request-body") : SPAN("request"));
	spop_put_varint(&w, body_n ? 15 : 14);
	notify_text(&w, "id", SPAN("4f1d0c9e-66f5-4a4b-9a53-0c4cbe4ea5c1"));
	notify_text(&w, "fe", SPAN("api"));
	notify_type(&w, "src", SPOP_IPV4);
	memcpy(w.p + w.n, "\x0a\x01\x02\x03", 4);
	w.n += 4;
	notify_count(&w, "sport", 43210);
	notify_type(&w, "ssl", SPOP_BOOL);
	notify_type(&w, "sni", SPOP_NULL);
	notify_text(&w, "ver", SPAN("1.1"));
	notify_text(&w, "method", span_str(method));
	notify_text(&w, "uri", span_make(path, path_n < 64 ? path_n : 64));
	notify_type(&w, "path", SPOP_STRING);
	spop_put_varint(&w, path_n);
	t->endpoint_at = endpoint == SIZE_MAX ? 0 : w.n + endpoint;
	t->number_at = number == SIZE_MAX ? 0 : w.n + number;
	if (path_n <= w.cap - w.n)
		memcpy(w.p + w.n, path, path_n);
	w.n += path_n;
	notify_text(
	    &w, "query", SPAN("page=2&limit=50&sort=-created&fields=id,name&q=blue"));
	notify_type(&w, "hdrs", SPOP_BINARY);
	at = w.n + (headers_n < 240 ? 1 : 2);
	t->identity_at = at + identity;
	spop_put_string(&w, span_make(headers, headers_n));
	notify_count(&w, "bsize", body_n);
	notify_count(&w, "blen", body_n);
	if (body_n) {
		notify_type(&w, "body", SPOP_BINARY);
		spop_put_string(&w, span_make(body, body_n));
	}
	spop_end(&w);
	t->n = w.n;
	return w.full ? ERR_LIMIT : OK;
}

static inline void
notify_digits(uint8_t *at, uint32_t v, unsigned n)
{
	while (n-- > 0) {
		at[n] = (uint8_t)('0' + v % 10);
		v /= 10;
	}
}

/* The next request into the template; rank: who sends it. */
static inline void
notify_vary(struct notify *t, uint32_t rank, uint32_t endpoints)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t r = notify_random();
	/* spread, so that neighbours in rank are not neighbours in memory */
	uint64_t who = rank * UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned i = 0; i < NOTIFY_IDENTITY_DIGITS; i++)
		t->frame[t->identity_at + i] = (uint8_t)hex[who >> (4 * i) & 15];
	if (t->endpoint_at)
		notify_digits(t->frame + t->endpoint_at, (uint32_t)(r >> 32) % endpoints,
		    NOTIFY_ENDPOINT_DIGITS);
	if (t->number_at)
		notify_digits(t->frame + t->number_at, 100000 + (uint32_t)r % 900000,
		    NOTIFY_NUMBER_DIGITS);
}

#endif
