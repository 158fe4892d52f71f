/*
 * What was lost without the analyst seeing it: requests that one that died had taken from
 * rings and lines and not written (its counters say how many), and what rings had no room
 * for.
 */
#ifndef ANALYST_REPORT_H
#define ANALYST_REPORT_H

#include "analyst/sink.h"
#include "state/shared.h"

/* A gap record. slot: of the analyst that died, its counters as it left them. Emits nothing
 * for a first start. */
void report_restart(struct sink sink, const struct shared_role *slot, int64_t now_us);
/* Records that rings have dropped so far, over all workers. */
uint64_t report_ring_dropped(const struct shared *shared);

#endif
