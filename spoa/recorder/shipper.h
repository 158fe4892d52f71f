/*
 * Ships a gateway's spool to PostgreSQL, exactly once, and brings bundles back. Driven by
 * the loop; never blocks but for reading and renaming spool files. Used by the role and by
 * tests, which hand in a folder and a connection string.
 *
 *   connect ─► session, agent ─► partitions ─► positions ─► idle ─► batch ─► idle …
 *      ▲                                           ▲                  │
 *      │ loss, also of COMMIT's answer             └── guard says no ─┤
 *      └──────────────────────────────────────────────────────────────┘
 *
 * Positions are asked of the server after every connection, so a server that was restored
 * to an earlier state gets what it lacks from kept segments. A batch that the server refuses
 * for its content is halved until one record is left, which is set aside (refused.h).
 */
#ifndef RECORDER_SHIPPER_H
#define RECORDER_SHIPPER_H

#include <ev.h>

#include "base/buf.h"
#include "metric/metric.h"

#define SHIPPER_SHARDS_MAX 16

/* What the agent's row says, asked for at each heartbeat. */
struct shipper_agent {
	uint64_t revision, cold_starts, deaths;
	struct buf *counters; /* JSON object to be appended here; NULL: not asked for */
};

struct shipper_options {
	const char *conninfo, *agent, *environment, *version; /* borrowed */
	uint64_t boot;
	int64_t started_us; /* wall */
	int state_dir; /* holds spool/SHARD; borrowed */
	unsigned shards;
	int64_t ship_interval_ms, keep_us, retry_max_ms, poll_ms;
	size_t batch_records;
	struct metric_block *metric; /* borrowed */
	/* Callbacks, each may be NULL; bytes live until they return. */
	void (*describe)(void *ctx, struct shipper_agent *out);
	void (*fetched)(void *ctx, uint64_t revision, struct span bundle);
	void (*status)(void *ctx, bool database_up, uint64_t revision_known);
	void (*drained)(void *ctx); /* everything there was is in PostgreSQL */
	void *ctx;
};

struct shipper;

/* Makes spool folders that are missing. ERR_NOMEM, ERR_IO. */
MUST_CHECK int
shipper_new(struct ev_loop *loop, const struct shipper_options *o, struct shipper **out);
void shipper_free(struct shipper *s); /* an open transaction is left to the server */
/* Settings that may change while running. */
void shipper_set_times(struct shipper *s, int64_t ship_interval_ms, int64_t keep_us,
    int64_t retry_max_ms, int64_t poll_ms);

#endif
