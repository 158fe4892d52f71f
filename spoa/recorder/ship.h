/*
 * The shipper's inside, shared by its files: shipper.c (connection, timers, positions),
 * ship_batch.c (one transaction), ship_keep.c (closing minutes and hours, partitions,
 * bundles). Work is a chain of steps: a step asks any number of questions; when all are
 * answered the next step runs, or, if one failed, the failure is dealt with in one place.
 */
#ifndef RECORDER_SHIP_H
#define RECORDER_SHIP_H

#include "pg/pg.h"
#include "pg/pg_sync.h"
#include "recorder/refused.h"
#include "recorder/shipper.h"
#include "recorder/statement.h"

#define SHIP_IDS_MIN 65536 /* endpoint ids remembered; more: all are forgotten */

/* How far a stream has come in PostgreSQL. */
struct ship_position {
	unsigned shard;
	uint64_t boot;
	enum record_stream kind;
	uint64_t sequence;
};

typedef void ship_step(struct shipper *s);
typedef void ship_answer(struct shipper *s, PGresult *result);

struct shipper {
	struct ev_loop *loop;
	struct shipper_options o;
	struct pg *pg;
	struct ev_timer tick; /* every interval: everything */
	struct ev_timer soon; /* alerts, shortly after something was written */
	struct ev_timer again; /* after a failure */
	struct ev_io watch; /* inotify */
	int watch_fd;
	struct spool_reader *reader[SHIPPER_SHARDS_MAX];

	unsigned asked; /* questions without an answer yet */
	ship_step *next; /* NULL: idle */
	int failed; /* first failure of this chain */
	struct pg_error error;

	int32_t agent_id;
	bool ready; /* positions are known */
	bool in_transaction;
	bool want_all, want_alerts;
	bool only_alerts; /* what the current batch carries */
	bool more; /* the batch was full */
	bool conflict; /* the guard said no */
	bool told_refused; /* an outage of the server's mind has been logged */
	int64_t clock_off_us; /* PostgreSQL's clock minus ours */
	int64_t drained_us; /* monotonic: when nothing was left the last time */
	int64_t heartbeat_us, minutes_us, hours_us, maintain_us,
	    poll_us; /* monotonic, 0: due */
	uint64_t revision_known; /* newest bundle fetched */
	uint64_t revision_said; /* in force, as the agent's row says */

	struct ship_position *position;
	size_t positions;
	struct batch batch;
	size_t limit; /* records of the next batch; halved when the server refuses */
	struct ship_position suspect; /* kind 0: none */
	char suspect_why[300];
	struct map ids;
	struct statement_params params;
};

/* Asks; what fn gets is a success. Counts against the current chain. */
void ship_ask(struct shipper *s, enum statement_id id, const struct statement_params *p,
    ship_answer *fn);
/* What runs when all questions are answered. */
void ship_then(struct shipper *s, ship_step *next);
/* The chain is over: back to idle, or to what is wanted next. */
void ship_idle(struct shipper *s);
/* Begins the chain that learns positions from the server. */
void ship_resync(struct shipper *s);
struct ship_position *ship_position_get(
    struct shipper *s, unsigned shard, uint64_t boot, enum record_stream kind);
int64_t ship_now_us(const struct shipper *s); /* PostgreSQL's wall clock */

/* ship_batch.c: collects and ships one batch; deals with a failed one. */
void ship_batch_start(struct shipper *s, bool only_alerts);
void ship_batch_failed(struct shipper *s);
/* ship_keep.c: whatever is due, then idle. */
void ship_keep_start(struct shipper *s);
void ship_agent_ask(struct shipper *s, ship_answer *fn);
void ship_maintain_ask(struct shipper *s);
void ship_bundle_ask(struct shipper *s);

#endif
