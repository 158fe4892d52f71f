/*
 * Bodies, queries, cookies and answers of whoever: through looks, blocks, places and fields.
 * Bounds hold, what is recalled is what was kept, and no record has a text of the input that
 * is no vocabulary.      fuzz: runs=60000
 *
 *   byte 0: content type, byte 1: coding and state of the tap, then the bytes
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/analyst/feed.h"

#define FIELDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct feed feed;
static unsigned inputs;

static void
small(struct settings *s)
{
	s->fields_total = 4 * FIELDS;
	s->fields_per_endpoint = FIELDS;
	s->discovery_endpoints = 64;
	s->finish_pending = 64;
	s->request_inflate_bytes = 64 << 10;
}

/* Records are checked as they come: nothing is kept. */
static void
record_check(void *ctx, const struct record *r)
{
	struct span path = SPAN_NONE;

	if (r->kind == RECORD_OBSERVATION)
		path = r->observation.at.path;
	else if (r->kind == RECORD_SUSPECT)
		path = r->suspect.at.path;
	else
		return;
	CHECK(path.n > 0 && path.n <= 1000);
	if (r->kind == RECORD_OBSERVATION) {
		CHECK(r->observation.present <= r->observation.messages);
		CHECK(r->observation.present > 0);
	} else {
		CHECK(r->suspect.evidence.n <= TOKEN_TEXT_MAX);
	}
}

static void
open_feed(void)
{
	struct intake_options io = {.workers = 2};
	struct forward_options fo = {.shards = 1};

	feed_open(&feed, small);
	forward_free(feed.forward);
	intake_free(feed.intake);
	io.settings = &feed.settings;
	io.redactor = feed.redactor;
	io.metric = &feed.metric;
	io.sink = (struct sink){.put = record_check};
	CHECK(intake_new(&io, &feed.intake) == OK);
	fo.line_bytes = (size_t)feed.settings.finish_line_bytes;
	fo.timeout_us = feed.settings.finish_pending_timeout_s * INT64_C(1000000);
	fo.keys = &feed.keys;
	fo.metric = &feed.metric;
	fo.intake = feed.intake;
	CHECK(forward_new(&fo, &feed.forward) == OK);
}

/* As a text without NUL, for the parts that are C strings here. */
static const char *
text_of(const uint8_t *data, size_t n, char *out, size_t cap)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k + 1 < cap; i++)
		if (data[i])
			out[k++] = (char)data[i];
	out[k] = '\0';
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const type[] = {"application/json",
	    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
	    "application/xml", "text/plain", "application/graphql",
	    "application/x-ndjson", "application/octet-stream"};
	static const char *const coding[] = {"identity", "gzip", "deflate", "br"};
	static const char *const state[] = {"complete", "cut", "gzip", "none"};
	struct feed_request q = {"POST", "api.example", "/orders/17", 1, 0, {0}};
	static char text[2048];

	if (n < 2 || n > 20000)
		return 0;
	if (inputs++ % 512 == 0) {
		if (feed.intake)
			feed_close(&feed);
		open_feed();
	}
	feed.more.content_type = type[data[0] & 7];
	feed.more.header[0][0] = "content-type";
	feed.more.header[0][1] = type[data[0] & 7];
	feed.more.header[1][0] = "content-encoding";
	feed.more.header[1][1] = coding[data[1] & 3];
	feed.more.header[2][0] = "cookie";
	feed.more.header[2][1] = text_of(data + 2, n - 2, text, 1000);
	feed.more.query = text;
	feed.more.body = span_make(data + 2, n - 2);
	feed_tap(&feed, (const char *)data + 2, n - 2, state[data[1] >> 2 & 3]);
	feed_pair(&feed, &q, data[1] & 16 ? 404 : 200);
	CHECK(metric_get(&feed.metric, M_FIELDS) <= 4 * FIELDS);
	intake_flush(feed.intake);
	return 0;
}
