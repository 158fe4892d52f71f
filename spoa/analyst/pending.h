/*
 * Requests that await their finish line: features only, never bodies, keyed by worker and
 * sequence, in the order of arrival.
 *
 *   put ──► pending ──take──► FOUND, once
 *              │ └─ older than the timeout: expired ─┐ later line: LATE
 *              └─── table full: the oldest evicted ──┘ second line: REPLAYED
 *
 * Which sequences have finished is remembered in a window of bits per worker, so that a
 * line is used once even after its entry has gone; a line from before the window is LATE.
 * A restarted worker continues its numbering. Memory is allocated at the start; only the
 * guess of an unknown endpoint and what a look has seen are blocks of their own. Pure: time comes with the records.
 */
#ifndef ANALYST_PENDING_H
#define ANALYST_PENDING_H

#include "analyst/guess.h"
#include "base/map.h"
#include "crypto/siphash.h"
#include "engine/verdict.h"

#define PENDING_NONE UINT32_MAX

struct observed; /* observer.h */

struct feature {
	uint64_t sequence;
	int64_t time_us; /* wall, of the request */
	struct hash128 identity;
	uint32_t
	    endpoint; /* index of the analyst's table, or ENDPOINT_NONE with a guess */
	uint32_t service;
	struct guess *guess; /* owned; NULL when the endpoint is known */
	struct observed *seen; /* owned by the intake, which drops all before the end */
	uint16_t worker;
	uint8_t identity_kind;
	uint8_t action; /* enum rule_action */
	uint8_t inspected;
	bool shadowed, watched;
};

enum pending_result { PENDING_FOUND, PENDING_LATE, PENDING_REPLAYED };

struct pending;

/* capacity: requests; workers: those of the agent. ERR_NOMEM. */
MUST_CHECK int pending_new(uint32_t capacity, unsigned workers, struct pending **out);
void pending_free(struct pending *p);
/* Adds one, which owns its guess from now on. The table must not be full (make room with
 * pending_oldest and pending_drop). ERR_EXISTS: this sequence is there or has finished;
 * ERR_RANGE: no such worker; the guess is still the caller's then. */
MUST_CHECK int pending_put(struct pending *p, const struct feature *f);
bool pending_full(const struct pending *p);
uint32_t pending_count(const struct pending *p);
/* FOUND fills *out (the guess becomes the caller's) and removes it. */
enum pending_result
pending_take(struct pending *p, unsigned worker, uint64_t sequence, struct feature *out);
/* The oldest entry, NULL when empty; pending_drop removes it, its guess is the caller's. */
const struct feature *pending_oldest(const struct pending *p);
void pending_drop(struct pending *p, struct feature *out);
/* Calls visit for each, to re-point endpoints that were folded. */
void
pending_each(struct pending *p, void (*visit)(void *ctx, struct feature *f), void *ctx);

#endif
