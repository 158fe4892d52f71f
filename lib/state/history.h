/*
 * Histories of identities in shared memory: 128 bytes each, four buckets of four to choose
 * from, the oldest idle one replaced; a flood of new identities finds no room before it
 * pushes out one that was seen in the last minutes. All access goes through history_get()
 * and its two writers, so that a shared store fits behind them later. Workers write
 * requests, the analyst writes answers; every field is an atomic of its own, racing writers
 * may lose a count, never corrupt a slot.
 */
#ifndef STATE_HISTORY_H
#define STATE_HISTORY_H

#include <stdatomic.h>

#include "base/span.h"
#include "crypto/siphash.h"

struct history_slot { /* 128 bytes, two cache lines */
	_Atomic uint64_t lo, hi; /* identity; 0, 0: free */
	_Atomic uint64_t first_ms; /* wall */
	_Atomic uint64_t last_ms;
	_Atomic uint32_t requests;
	_Atomic uint32_t in_flight; /* decided, not yet finished */
	_Atomic uint32_t lost; /* finish lines that never came; decays with the minute */
	_Atomic uint32_t minute; /* of the counters below */
	_Atomic uint32_t requests_now,
	    requests_before; /* this minute, the minute before */
	_Atomic uint32_t errors_now, errors_before;
	_Atomic uint32_t denied_now, denied_before;
	_Atomic uint32_t flight; /* history_table.flight when in_flight began to count */
	uint8_t reserved[128 - 76];
};
_Static_assert(sizeof(struct history_slot) == 128, "history layout");

struct history_table {
	struct history_slot *slot; /* in shared memory */
	uint64_t buckets; /* of 4, power of two */
	/* Counts analysts that died: what they held in flight will never be finished, so it
	 * turns into `lost` at the slot's next use. NULL: nobody counts. */
	_Atomic uint32_t *flight;
};

struct history_view {
	bool found; /* false: no room (state_full) or no table */
	bool complete; /* nothing in flight before this request, nothing lost lately */
	uint64_t age_s;
	uint64_t requests; /* this one included */
	uint64_t requests_1m, errors_1m, denied_1m; /* sliding over two minutes */
	uint32_t in_flight;
};

/* Reads and, with count, records one more request in flight. now_ms: wall. */
void history_get(struct history_table *t, struct hash128 identity, uint64_t now_ms,
    bool count, struct history_view *out);
/* Asks the processor for the memory that history_get() will look at, ahead of time. */
void history_prefetch(const struct history_table *t, struct hash128 identity);
/* The request was refused by us. */
void history_denied(struct history_table *t, struct hash128 identity, uint64_t now_ms);
/* An answer finished (status 100 … 599), or never came (status 0). */
void history_finished(
    struct history_table *t, struct hash128 identity, uint64_t now_ms, int status);

#endif
