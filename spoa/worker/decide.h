/*
 * What a worker does with one NOTIFY:
 *
 *   arguments ─► in hand ─► engine ─► watch ─► ctx ─► ACK ─► ring ─► out of hand
 *
 * "In hand" is the request's copy in shared memory from before it is parsed until it is
 * answered: if this process dies of it, the supervisor knows which one it was. Allocates
 * nothing; the clock is read once a request. Worker only.
 */
#ifndef WORKER_DECIDE_H
#define WORKER_DECIDE_H

#include "base/settings.h"
#include "crypto/keyfile.h"
#include "engine/ctx.h"
#include "engine/engine.h"
#include "spop/frame.h"
#include "state/ring.h"
#include "state/shared.h"
#include "worker/arguments.h"
#include "worker/watch.h"

struct decider {
	struct shared *shared;
	struct shared_role *slot;
	unsigned worker;
	struct ring *rings; /* one for each shard */
	unsigned shards; /* 0: nothing is recorded */
	struct engine *engine; /* never NULL while serving; the owner's */
	uint64_t revision;
	uint8_t ctx_key[SIPHASH_KEY_BYTES];
	uint16_t ctx_epoch;
	struct watch_budget watch;
	struct arguments arguments;
	struct arena arena;
	void *memory; /* of the arena */
	uint32_t ring_touched; /* bit per shard: to be woken after the batch */
	uint64_t allocations; /* at the start of the batch; test builds */
	int64_t batch_wall_us, batch_mono_ns;
	int64_t last_ns; /* when the request before was done */
};

/* rings and shared stay the caller's. ERR_NOMEM; ERR_NOTFOUND: no current line secret. */
MUST_CHECK int decide_init(struct decider *d, const struct settings *s,
    struct shared *shared, struct shared_role *slot, unsigned worker, struct ring *rings,
    unsigned shards, const struct keyring *line);
void decide_fini(struct decider *d);
/* Applies what may change while running. */
void decide_reload(struct decider *d, const struct settings *s);
/* Takes an engine into use; the one before may be freed when this returns. */
void decide_use(struct decider *d, struct engine *e, uint64_t revision);

/* The handlers of server.h; ctx is the decider. */
void decide_batch(void *ctx);
MUST_CHECK int
decide_notify(void *ctx, const struct spop_frame *f, struct spop_writer *w);
void decide_batch_end(void *ctx);

#endif
