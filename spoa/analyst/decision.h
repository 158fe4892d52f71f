/*
 * Decision events: what a rule, limit or exception did or would have done, aggregated by
 * (minute, endpoint, rule, action, status).
 *
 *   loud   refused, or would have been in shadow: an alert, flushed within 100 ms
 *   quiet  an exception that changed nothing (no policy yet, say): counted, and told when
 *          its minute is over, or a busy gateway would raise thousands of alerts a second
 *
 * Bounded: a full table flushes itself.
 */
#ifndef ANALYST_DECISION_H
#define ANALYST_DECISION_H

#include "analyst/sink.h"
#include "bundle/bundle.h"
#include "crypto/siphash.h"
#include "engine/request_record.h"
#include "metric/metric.h"
#include "redact/redact.h"

struct decisions;

/* The redactor outlives it: a unique id that a client could have chosen is shown as a token
 * of class "request_id". */
MUST_CHECK int
decisions_new(struct sink sink, struct redactor *redactor, struct decisions **out);
void decisions_free(struct decisions *d);
/* Names and reasons of rules come from here; NULL: none. ERR_NOMEM. */
MUST_CHECK int decisions_bundle(struct decisions *d, const struct bundle *b);
/* Notes what happened to a request; endpoint: its record hash, 0 if there is none. */
void decisions_note(struct decisions *d, const struct request_prelude *p,
    struct span unique_id, uint64_t endpoint);
/* Emits loud ones; returns the number of records. */
uint32_t decisions_flush_loud(struct decisions *d);
/* Emits quiet ones of minutes before the one of now_us. */
uint32_t decisions_flush_quiet(struct decisions *d, int64_t now_us);
bool decisions_waiting(const struct decisions *d);
/* Emits everything. */
uint32_t decisions_flush(struct decisions *d);

#endif
