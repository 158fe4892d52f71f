/*
 * What the agent says of itself: a record every ten seconds with the counters of all its
 * processes (from shared memory), and a gap record when an analyst has taken the place of
 * one that died: what that one had taken from rings and lines and not written is lost, and
 * its counters say how many requests that were.
 */
#ifndef ANALYST_REPORT_H
#define ANALYST_REPORT_H

#include "analyst/sink.h"
#include "state/shared.h"

#define REPORT_INTERVAL_S 10

/* name: of the gateway, settled before the process was confined. */
void report_agent(struct sink sink, const struct shared *shared, const struct settings *s,
    struct span name, int64_t now_us);
/* slot: of the analyst that died, its counters as it left them. Emits nothing for a first
 * start. */
void report_restart(struct sink sink, const struct shared_role *slot, int64_t now_us);
/* Records that rings have dropped so far, over all workers. */
uint64_t report_ring_dropped(const struct shared *shared);

#endif
