/*
 * Sums that go to the spool: per endpoint and minute (record_summary), per service and
 * minute (record_coverage). What is handed out is a *delta*: whatever happened since the
 * last flush; all of it is mergeable, so nothing is kept after it was emitted. A request
 * belongs to the minute in which it began; two minutes of an endpoint can be open at once
 * (answers come late), a third closes the oldest.
 *
 * Allocates; no I/O, no clock.
 */
#ifndef ANALYST_AGGREGATE_H
#define ANALYST_AGGREGATE_H

#include "analyst/sink.h"

struct aggregate;

/* keys: indices are below this. coverage: which kind of record it sums up; its hash or
 * service is filled in by the owner the first time (see the two calls below). */
MUST_CHECK int aggregate_new(
    uint32_t keys, enum record_kind kind, struct sink sink, struct aggregate **out);
void aggregate_free(struct aggregate *a);
/* The open sum of a key in the minute of time_us, or NULL without memory. *fresh: it was
 * just begun: set what identifies it. Valid until the next call. */
struct record *
aggregate_get(struct aggregate *a, uint32_t key, int64_t time_us, bool *fresh);
/* Emits what is open of a key. */
void aggregate_retire(struct aggregate *a, uint32_t key);
/* Emits everything; returns the number of records. */
uint32_t aggregate_flush(struct aggregate *a);

int64_t minute_of(int64_t time_us);

#endif
