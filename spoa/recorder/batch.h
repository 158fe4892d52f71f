/*
 * What one transaction carries: records of several streams, merged in memory so that
 * PostgreSQL sees each endpoint once per minute and once per hour. Built record by record,
 * then given ids, then squeezed (sorted, equal keys merged), then sent. No I/O, no clock.
 */
#ifndef RECORDER_BATCH_H
#define RECORDER_BATCH_H

#include "base/map.h"
#include "record/spool.h"

#define BATCH_HOUR_US INT64_C(3600000000)
#define BATCH_MINUTE_US INT64_C(60000000)

/* A run of one stream: every record of it from `from` to `to`. */
struct batch_stream {
	unsigned shard;
	uint64_t boot;
	enum record_stream kind;
	uint64_t from, to;
};

struct batch_minute {
	uint64_t hash;
	int64_t minute_us;
	int32_t endpoint_id; /* 0: not known yet */
	uint64_t requests, status[6], denied, limited, dropped, shadowed, undecided,
	    unfinished;
};

struct batch_hour {
	struct record_summary sum; /* minute_us: start of the hour */
	int32_t endpoint_id;
};

struct batch_decision {
	struct record_decision d; /* texts in the batch */
	int32_t endpoint_id;
};

struct batch_observation {
	struct record_observation o; /* path in the batch; cls: see batch_class */
	int32_t endpoint_id;
};

/* What an observation said of one class: a list of its own, because observations of one
 * field from several shards may name more classes than one has room for. */
struct batch_class {
	struct record_place at;
	int32_t endpoint_id;
	uint32_t observation; /* its place in the squeezed list, from 0 */
	struct span name;
	uint64_t hits, checked, certain, contained;
	int64_t prior;
};

struct batch_suspect {
	struct record_suspect s;
	int32_t endpoint_id;
};

struct batch_child {
	struct record_child c;
	int32_t endpoint_id;
};

struct batch_gap {
	unsigned shard;
	struct record_gap gap;
};

/* A record that cannot be applied: kept until the transaction that passes over it is
 * committed, then set aside. */
struct batch_refused {
	unsigned shard;
	struct spool_position at;
	struct span payload, why;
};

#define BATCH_LIST(type, name) \
	struct {               \
		type *v;       \
		size_t n, cap; \
	} name

struct batch {
	int64_t now_us; /* PostgreSQL's, for times that cannot be */
	size_t records;
	BATCH_LIST(struct batch_stream, streams);
	BATCH_LIST(struct batch_minute, minutes);
	BATCH_LIST(struct batch_hour, hours);
	BATCH_LIST(struct record_endpoint, endpoints);
	BATCH_LIST(struct batch_decision, decisions);
	BATCH_LIST(struct record_coverage, coverage);
	BATCH_LIST(struct batch_gap, gaps);
	BATCH_LIST(struct record_word, words);
	BATCH_LIST(struct batch_observation, observations); /* of suspicions, too */
	BATCH_LIST(struct batch_class, classes); /* of the observations */
	BATCH_LIST(struct batch_suspect, suspects);
	BATCH_LIST(struct batch_child, children);
	BATCH_LIST(struct record_link, links);
	BATCH_LIST(struct batch_refused, refused);
	BATCH_LIST(char *, blocks); /* of text */
	size_t block_used, block_size;
	struct map minute_of, hour_of;
	uint64_t clamped; /* records whose time could not be */
	int64_t oldest_us; /* time of the oldest summary, 0: none */
};

/* records_max: most records between two clears. ERR_NOMEM. */
MUST_CHECK int batch_init(struct batch *b, size_t records_max);
void batch_fini(struct batch *b);
void batch_clear(struct batch *b);

/* Takes a record of a stream. A record that cannot be read is noted as refused and as a
 * gap. as_refused: not applied either, because the database refused it (why). ERR_NOMEM. */
MUST_CHECK int batch_add(struct batch *b, unsigned shard, const struct spool_position *at,
    struct span payload, struct span as_refused);
/* A hole that the spool's reader found. */
MUST_CHECK int batch_add_gap(struct batch *b, unsigned shard, const struct record_gap *g);

/* Endpoint ids: resolve is asked for each hash and may say 0 (not known). */
typedef int32_t batch_resolve(void *ctx, uint64_t hash);
void batch_resolve_ids(struct batch *b, batch_resolve *resolve, void *ctx);
/* Hashes without an id, sorted, each once; malloc'ed, the caller's. */
MUST_CHECK int batch_unresolved(const struct batch *b, uint64_t **out, size_t *n);

/* Sorts every list by its key in PostgreSQL and merges equals. After resolving. ERR_NOMEM. */
MUST_CHECK int batch_squeeze(struct batch *b);
/* The hour of an endpoint after squeezing, or NULL. */
struct batch_hour *batch_hour_find(struct batch *b, int64_t hour_us, int32_t endpoint_id);

/* Adds what `from` counted and sketched. ERR_NOMEM. */
MUST_CHECK int
batch_summary_add(struct record_summary *into, const struct record_summary *from);
void batch_hour_fini(struct batch_hour *h);

#endif
