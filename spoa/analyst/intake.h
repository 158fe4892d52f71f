/*
 * The analyst's core: ring records and finish lines in, records out. One shard, one thread.
 *
 *   ring record ──► decision events, pending entry ─┐
 *   finish line ──► joined by (worker, sequence) ───┴─► endpoint, words, sums, history,
 *                                                       fields and classes (observer.h)
 *   flush ──► sink (spool)
 *
 * A request of an endpoint not known yet becomes one only when its answer was accepted (2xx,
 * 3xx); others are counted in the coverage of their service and leave nothing else.
 *
 * Time comes with records and with intake_now() before finish lines are read; the core reads
 * no clock, so a test feeds days in seconds. No I/O; allocates within its bounds.
 */
#ifndef ANALYST_INTAKE_H
#define ANALYST_INTAKE_H

#include "analyst/finish.h"
#include "analyst/sink.h"
#include "base/settings.h"
#include "bundle/bundle.h"
#include "engine/ctx.h"
#include "metric/metric.h"
#include "redact/redact.h"
#include "state/history.h"

struct intake_options {
	const struct settings *settings;
	unsigned workers;
	struct redactor *redactor; /* outlives the intake */
	struct history_table *history; /* may be NULL */
	struct metric_block *metric;
	struct sink sink;
};

struct intake;

MUST_CHECK int intake_new(const struct intake_options *o, struct intake **out);
void intake_free(struct intake *in); /* emits nothing: flush before */
/* The bundle in force; must live until the next call or intake_free. ERR_NOMEM: the old
 * one stays. */
MUST_CHECK int intake_bundle(struct intake *in, const struct bundle *b);

/* The token of a value as records show it: in the canonical form of its class, built in or of
 * the policy; "text", "host" and "request_id" take it as it is. ERR_NOTFOUND: no such class;
 * ERR_INVALID: one that exists in no form; errors of redact_token(). */
MUST_CHECK int intake_token(struct intake *in, struct span cls, struct span value,
    int64_t now_us, char text[TOKEN_TEXT_MAX], struct span *out);

/* The time of what follows; expires pending requests. */
void intake_now(struct intake *in, int64_t now_us);
/* A record of a worker's ring; one that cannot be read is counted. */
void intake_request(struct intake *in, struct span record);
/* A finish line whose secret was right. ctx: opened, or NULL (never decided). */
void intake_finish(struct intake *in, const struct finish *f, const struct ctx *ctx);
/* Lines that could not be read or were not HAProxy's, records lost in rings: coverage. */
void intake_lost(struct intake *in, uint64_t finish_bad, uint64_t ring_dropped);

/* How far behind the rings are: 0 … 4, see observer.h. */
void intake_pressure(struct intake *in, unsigned pressure);

/* Emits what is summed up: decisions that are alerts (every 100 ms), or everything but the
 * quiet decisions of this minute. Returns records emitted. */
uint32_t intake_flush_decisions(struct intake *in);
uint32_t intake_flush(struct intake *in);
/* At a graceful stop: nobody will take the finish lines that are still to come. */
void intake_drain(struct intake *in);
/* Whether time alone has something to do: requests that can expire, sums to flush. */
bool intake_busy(const struct intake *in);

#endif
