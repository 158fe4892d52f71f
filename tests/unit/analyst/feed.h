/*
 * Feeds the analyst's core from memory: ring records as a worker writes them, finish lines
 * as HAProxy writes them; keeps what comes out. For tests and the benchmark.
 */
#ifndef TESTS_ANALYST_FEED_H
#define TESTS_ANALYST_FEED_H

#include <stdio.h>
#include <stdlib.h>

#include "analyst/forward.h"
#include "classify/classify.h"
#include "engine/request_record.h"
#include "http/headers.h"
#include "http/template.h"

#define FEED_T0 INT64_C(1700000040000000) /* a whole minute */
#define FEED_ENDPOINTS 4096
#define FEED_FIELDS 2048
#define FEED_SUSPECTS 1024
#define FEED_CHILDREN 256

struct feed_endpoint {
	uint64_t hash, alias_of;
	bool provisional;
	char method[16], service[64], text[TEMPLATE_BYTES_MAX + 1], shapes[128];
	uint64_t requests, status[6], unfinished, undecided, denied, latencies;
	uint64_t identities;
};

/* A field as PostgreSQL would have it: deltas added up. */
struct feed_field {
	uint64_t hash, messages, present, values, bytes_max, distinct;
	uint32_t direction, location, types, status;
	unsigned records;
	char path[256];
	struct {
		char name[CLASS_NAME_MAX + 1];
		uint64_t hits, checked, certain, contained;
	} cls[16];
};

struct feed_suspect {
	uint64_t hash, values, hits;
	uint32_t direction, location;
	char path[256], cls[CLASS_NAME_MAX + 1], evidence[128], id[80];
};

struct feed_child {
	uint64_t hash, requests, accepted, identities, shape;
	uint32_t segment;
	char word[80];
};

/* What requests carry beside their path, until it is changed. */
struct feed_more {
	const char *query;
	const char *header[8][2]; /* name, value; beside host */
	struct span body;
	const char *extra; /* of finish lines, after a blank */
	const char *content_type; /* of answers */
};

struct feed {
	struct feed_more more;
	struct settings settings;
	struct keyring redaction, line;
	struct redactor *redactor;
	struct line_keys keys;
	struct metric_block metric;
	struct intake *intake;
	struct forward *forward;
	uint8_t *record;
	char *text;
	uint64_t sequence; /* of the last request */
	int64_t now_us;
	/* what came out */
	bool keep; /* of every record its packed bytes */
	struct buf packed;
	struct feed_endpoint *endpoint; /* in order of description */
	unsigned endpoints, aliases, words, decisions, summaries;
	char word[64][64];
	struct feed_field *field; /* in order of their first record */
	struct feed_suspect suspect[FEED_SUSPECTS];
	struct feed_child child[FEED_CHILDREN];
	unsigned fields, observations, suspects, children;
	struct record_coverage coverage; /* all of it, summed */
	struct record_decision decision[16];
	char decision_rule[16][64];
};

static inline struct feed_endpoint *
feed_by_hash(struct feed *f, uint64_t hash)
{
	for (unsigned i = 0; i < f->endpoints; i++)
		if (f->endpoint[i].hash == hash)
			return &f->endpoint[i];
	return NULL;
}

static inline void
feed_text(char *to, size_t cap, struct span s)
{
	s = span_head(s, cap - 1);
	if (s.n)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

/* Counts of a hash are counts of what it is an alias of. */
static inline void
feed_move(struct feed *f, struct feed_endpoint *from)
{
	struct feed_endpoint *to = feed_by_hash(f, from->alias_of);

	CHECK(to); /* described before its aliases */
	to->requests += from->requests;
	to->unfinished += from->unfinished;
	to->undecided += from->undecided;
	to->denied += from->denied;
	to->latencies += from->latencies;
	for (int i = 0; i < 6; i++) {
		to->status[i] += from->status[i];
		from->status[i] = 0;
	}
	from->requests = from->unfinished = from->undecided = 0;
	from->denied = from->latencies = 0;
}

static inline void
feed_put_endpoint(struct feed *f, const struct record_endpoint *r)
{
	struct feed_endpoint *e = feed_by_hash(f, r->hash);

	if (!e) {
		CHECK(f->endpoints < FEED_ENDPOINTS);
		e = &f->endpoint[f->endpoints++];
		*e = (struct feed_endpoint){.hash = r->hash};
	}
	f->aliases += r->alias_of != 0;
	e->alias_of = r->alias_of;
	if (r->alias_of) {
		feed_move(f, e);
		return;
	}
	e->provisional = r->provisional;
	feed_text(e->method, sizeof(e->method), r->method);
	feed_text(e->service, sizeof(e->service), r->service);
	feed_text(e->text, sizeof(e->text), r->template_text);
	feed_text(e->shapes, sizeof(e->shapes), r->shapes);
}

static inline void
feed_put_summary(struct feed *f, const struct record_summary *r)
{
	struct feed_endpoint *e = feed_by_hash(f, r->hash);

	f->summaries++;
	while (e && e->alias_of)
		e = feed_by_hash(f, e->alias_of);
	if (!e)
		return;
	e->requests += r->requests;
	e->unfinished += r->unfinished;
	e->undecided += r->undecided;
	e->denied += r->denied;
	e->latencies += r->latency_us.total;
	e->identities += distinct_count(&r->identities);
	for (int i = 0; i < 6; i++)
		e->status[i] += r->status[i];
}

static inline void
feed_put_coverage(struct feed *f, const struct record_coverage *r)
{
	struct record_coverage *c = &f->coverage;

	c->requests += r->requests;
	c->decided += r->decided;
	c->undecided += r->undecided;
	c->unfinished += r->unfinished;
	c->pending_evicted += r->pending_evicted;
	c->finish_bad += r->finish_bad;
	c->ring_dropped += r->ring_dropped;
	c->tap_seen += r->tap_seen;
	c->tap_cut += r->tap_cut;
	c->tap_gzip += r->tap_gzip;
	c->overflow += r->overflow;
}

static inline void
feed_put_class(struct feed_field *x, const struct record_observation *r, unsigned i)
{
	unsigned k = 0;

	while (k < 16 && x->cls[k].name[0] &&
	    !span_eq(span_str(x->cls[k].name), r->cls[i].name))
		k++;
	CHECK(k < 16);
	feed_text(x->cls[k].name, sizeof(x->cls[k].name), r->cls[i].name);
	x->cls[k].hits += r->cls[i].hits;
	x->cls[k].checked += r->cls[i].checked;
	x->cls[k].certain += r->cls[i].certain;
	x->cls[k].contained += r->cls[i].contained;
}

static inline void
feed_put_observation(struct feed *f, const struct record_observation *r)
{
	struct feed_field *x = f->field, *end = f->field + f->fields;

	/* Every body has a type, every answer a status: tests of fields do not mean them. */
	if (span_starts(r->at.path, SPAN("content-type=")) ||
	    span_starts(r->at.path, SPAN("status=")))
		return;
	f->observations++;
	while (x < end &&
	    (x->hash != r->at.hash || x->direction != r->at.direction ||
		x->location != r->at.location || !span_eq(span_str(x->path), r->at.path)))
		x++;
	if (x == end) {
		CHECK(f->fields < FEED_FIELDS);
		f->fields++;
		*x = (struct feed_field){.hash = r->at.hash,
		    .direction = r->at.direction,
		    .location = r->at.location};
		feed_text(x->path, sizeof(x->path), r->at.path);
	}
	x->records++;
	x->messages += r->messages;
	x->present += r->present;
	x->values += r->values;
	x->types |= r->types;
	x->status |= r->status_mask;
	if (r->bytes_max > x->bytes_max)
		x->bytes_max = r->bytes_max;
	x->distinct = distinct_count(&r->distinct);
	for (unsigned i = 0; i < OBSERVATION_CLASSES; i++)
		if (!span_absent(r->cls[i].name))
			feed_put_class(x, r, i);
}

static inline void
feed_put_suspect(struct feed *f, const struct record_suspect *r)
{
	struct feed_suspect *x = &f->suspect[f->suspects];

	CHECK(f->suspects < FEED_SUSPECTS);
	f->suspects++;
	*x = (struct feed_suspect){.hash = r->at.hash,
	    .values = r->values,
	    .hits = r->hits,
	    .direction = r->at.direction,
	    .location = r->at.location};
	feed_text(x->path, sizeof(x->path), r->at.path);
	feed_text(x->cls, sizeof(x->cls), r->cls);
	feed_text(x->evidence, sizeof(x->evidence), r->evidence);
	feed_text(x->id, sizeof(x->id), r->sample_id);
}

static inline void
feed_put_child(struct feed *f, const struct record_child *r)
{
	struct feed_child *x = f->child, *end = f->child + f->children;

	while (x < end &&
	    (x->hash != r->hash || x->segment != r->segment ||
		!span_eq(span_str(x->word), r->word)))
		x++;
	if (x == end) {
		CHECK(f->children < FEED_CHILDREN);
		f->children++;
		*x = (struct feed_child){.hash = r->hash, .segment = r->segment};
		feed_text(x->word, sizeof(x->word), r->word);
	}
	x->requests += r->requests;
	x->accepted += r->accepted;
	x->identities = distinct_count(&r->identities);
	x->shape = r->shape;
}

static inline void
feed_put(void *ctx, const struct record *r)
{
	struct feed *f = ctx;

	if (f->keep)
		record_pack(r, &f->packed);
	switch (r->kind) {
	case RECORD_ENDPOINT: feed_put_endpoint(f, &r->endpoint); break;
	case RECORD_SUMMARY: feed_put_summary(f, &r->summary); break;
	case RECORD_COVERAGE: feed_put_coverage(f, &r->coverage); break;
	case RECORD_WORD:
		CHECK(redact_is_token(r->word.token));
		if (f->words < 64)
			feed_text(f->word[f->words], 64, r->word.text);
		f->words++;
		break;
	case RECORD_DECISION:
		if (f->decisions < 16) {
			f->decision[f->decisions] = r->decision;
			feed_text(f->decision_rule[f->decisions], 64, r->decision.rule);
		}
		f->decisions++;
		break;
	case RECORD_OBSERVATION: feed_put_observation(f, &r->observation); break;
	case RECORD_SUSPECT: feed_put_suspect(f, &r->suspect); break;
	case RECORD_CHILD: feed_put_child(f, &r->child); break;
	default: break;
	}
}

/* Settings are the defaults but for what change() changes. */
static inline void
feed_open(struct feed *f, void (*change)(struct settings *s))
{
	struct conf_error error;
	struct intake_options io = {.workers = 2};
	struct forward_options fo = {.shards = 1};

	*f = (struct feed){.now_us = FEED_T0, .keep = true};
	CHECK(settings_parse(SPAN(""), &f->settings, &error) == OK);
	f->settings.finish_pending = 4096;
	f->settings.discovery_endpoints = 1000;
	if (change)
		change(&f->settings);
	f->redaction.n = f->line.n = 1;
	f->redaction.secret[0].epoch = f->line.secret[0].epoch = 1;
	memset(f->redaction.secret[0].key, 7, SECRET_BYTES);
	memset(f->line.secret[0].key, 9, SECRET_BYTES);
	CHECK(redactor_new(&f->redaction, &f->redactor) == OK);
	CHECK(line_keys_init(&f->keys, &f->line) == OK);
	f->endpoint = calloc(FEED_ENDPOINTS, sizeof(*f->endpoint));
	f->field = calloc(FEED_FIELDS, sizeof(*f->field));
	f->record = malloc(1 << 20);
	f->text = malloc(1 << 17);
	CHECK(f->endpoint && f->field && f->record && f->text);
	io.settings = &f->settings;
	io.redactor = f->redactor;
	io.metric = &f->metric;
	io.sink = (struct sink){.put = feed_put, .ctx = f};
	CHECK(intake_new(&io, &f->intake) == OK);
	fo.line_bytes = (size_t)f->settings.finish_line_bytes;
	fo.timeout_us = f->settings.finish_pending_timeout_s * INT64_C(1000000);
	fo.keys = &f->keys;
	fo.metric = &f->metric;
	fo.intake = f->intake;
	CHECK(forward_new(&fo, &f->forward) == OK);
}

static inline void
feed_close(struct feed *f)
{
	forward_free(f->forward);
	intake_free(f->intake);
	redactor_free(f->redactor);
	buf_fini(&f->packed);
	free(f->endpoint);
	free(f->field);
	free(f->record);
	free(f->text);
}

struct feed_request {
	const char *method, *host, *path;
	uint64_t identity;
	unsigned worker;
	/* overrides; 0: none */
	struct verdict verdict;
};

static inline size_t
feed_header_part(char *out, const char *text)
{
	size_t n = strlen(text), head = 1;

	CHECK(n < 2048);
	if (n < 240) {
		out[0] = (char)n;
	} else {
		out[0] = (char)(240 | ((n - 240) & 15));
		out[1] = (char)((n - 240) >> 4);
		head = 2;
		CHECK((n - 240) >> 4 < 128);
	}
	memcpy(out + head, text, n);
	return head + n;
}

/* The header list as HAProxy sends it. */
static inline struct span
feed_headers(const struct feed *f, const char *host, char out[8192])
{
	size_t n = feed_header_part(out, "host");

	n += feed_header_part(out + n, host);
	for (unsigned i = 0; i < 8 && f->more.header[i][0]; i++) {
		CHECK(n < 4096);
		n += feed_header_part(out + n, f->more.header[i][0]);
		n += feed_header_part(out + n, f->more.header[i][1]);
	}
	memset(out + n, 0, 2);
	return span_make(out, n + 2);
}

/* What the worker does: hash of the guess, ring record. The ctx stands in *ctx. */
static inline struct span
feed_record(struct feed *f, const struct feed_request *q, struct ctx *ctx)
{
	static char memory[1 << 18];
	char headers[8192];
	struct arena a;
	struct request r;
	struct verdict v = q->verdict;
	struct target target;
	struct template template;
	struct span host = span_str(q->host);
	uint32_t flags = 0;
	size_t n;

	arena_init(&a, memory, sizeof(memory));
	request_init(&r);
	r.method = span_str(q->method);
	r.path = span_str(q->path);
	r.headers = feed_headers(f, q->host, headers);
	if (f->more.query)
		r.query = span_str(f->more.query);
	if (f->more.body.n) {
		r.body = f->more.body;
		r.body_visible = r.body_announced = (int64_t)r.body.n;
	}
	r.id = SPAN("ID-1");
	r.now_us = f->now_us;
	if (v.endpoint_hash == 0) {
		CHECK(target_parse(&target, r.path, SPAN_NONE, &a) == OK);
		CHECK(template_guess(&target, &template, &a) == OK);
		host = host_normalise(host, &flags, &a);
		v.endpoint_hash = endpoint_hash(host, r.method, template.text) |
		    ENDPOINT_HASH_PROVISIONAL;
		v.flags |= VERDICT_PROVISIONAL;
	}
	if (v.action == 0)
		v.action = ACTION_ALLOW;
	v.identity.lo = q->identity;
	v.identity.hi = ~q->identity;
	v.identity_kind = IDENTITY_BEARER;
	v.inspected = INSPECTED_COMPLETE;
	n = request_record_size(&r, true);
	CHECK(n <= 1 << 20);
	f->sequence++;
	request_record_write(
	    f->record, &r, &v, (uint16_t)q->worker, f->sequence, 0, 1000, true);
	*ctx = (struct ctx){.worker = (uint16_t)q->worker,
	    .epoch = 1,
	    .time_us = f->now_us,
	    .sequence = f->sequence,
	    .identity = q->identity,
	    .endpoint = v.endpoint_hash};
	return span_make(f->record, n);
}

static inline struct span
feed_line(struct feed *f, const struct ctx *ctx, int status, const char *extra)
{
	char sealed[CTX_TEXT_MAX];
	struct span c = ctx ? ctx_seal(ctx, f->keys.key[0].ctx, sealed) : SPAN("-");
	int n = snprintf(f->text, 1 << 17,
	    "<134>1 2026-11-22T10:00:00.123456+00:00 gw haproxy 4711 - [yett@32473 "
	    "v=\"1\" sec=\"%.*s\" ctx=\"%.*s\" id=\"ID-1\" fe=\"api\" st=\"%d\" "
	    "bi=\"512\" bo=\"2048\" us=\"1500\" timers=\"0/0/0/1/1\" ts=\"--\" "
	    "ct=\"%s\" ce=\"-\" cl=\"1800\" loc=\"-\" sc=\"-\" "
	    "act=\"allow\" err=\"-\"%s]",
	    (int)LINE_SECRET_TEXT, f->keys.key[0].secret, (int)c.n, c.p, status,
	    f->more.content_type ? f->more.content_type : "application/json",
	    f->more.extra ? f->more.extra : extra);

	return span_make(f->text, (size_t)n);
}

/* A request and its answer. */
static inline void
feed_pair(struct feed *f, const struct feed_request *q, int status)
{
	struct ctx ctx;

	f->now_us += 1000;
	intake_request(f->intake, feed_record(f, q, &ctx));
	forward_line(f->forward, feed_line(f, &ctx, status, ""), f->now_us);
}

static inline void
feed_get(struct feed *f, const char *path, uint64_t identity, int status)
{
	struct feed_request q = {"GET", "api.example", path, identity, 0, {0}};

	feed_pair(f, &q, status);
}

/* Answers are tapped, and this is what they are; NULL: not any more. */
static inline void
feed_tap(struct feed *f, const char *body, size_t n, const char *state)
{
	static char text[1 << 16], data[1 << 15];

	f->more.extra = NULL;
	if (!body)
		return;
	CHECK(B64URL_LEN(n) < sizeof(data));
	snprintf(text, sizeof(text), " tapst=\"%s\" tap=\"%.*s\"", state,
	    (int)b64url_encode(body, n, data), data);
	f->more.extra = text;
}

static inline void
feed_answer(struct feed *f, const char *json)
{
	feed_tap(f, json, json ? strlen(json) : 0, "complete");
}

/* A field by its path; direction 0, location 0: any. NULL: none. */
static inline struct feed_field *
feed_field(struct feed *f, unsigned direction, unsigned location, const char *path)
{
	for (unsigned i = 0; i < f->fields; i++) {
		struct feed_field *x = &f->field[i];

		if ((direction == 0 || x->direction == direction) &&
		    (location == 0 || x->location == location) &&
		    strcmp(x->path, path) == 0)
			return x;
	}
	return NULL;
}

/* The endpoint in force with this text, NULL if there is none. */
static inline struct feed_endpoint *
feed_find(struct feed *f, const char *text)
{
	for (unsigned i = 0; i < f->endpoints; i++)
		if (!f->endpoint[i].alias_of && strcmp(f->endpoint[i].text, text) == 0)
			return &f->endpoint[i];
	return NULL;
}

static inline unsigned
feed_live(const struct feed *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->endpoints; i++)
		n += f->endpoint[i].alias_of == 0;
	return n;
}

#endif
