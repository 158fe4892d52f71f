/*
 * Counters and exceptions. A counter is a cell in shared memory with one writer (a role's
 * process); anybody may read it. Writing one is a relaxed load and store: no lock, no
 * atomic read-modify-write on the request path.
 */
#ifndef METRIC_METRIC_H
#define METRIC_METRIC_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/settings.h"

enum metric_id {
#define METRIC(id, name, kind, role, help) id,
#include "metric/metric.def"
#undef METRIC
	METRICS
};

enum exception_id {
#define EXCEPTION(id, name, reason) id,
#include "metric/exception.def"
#undef EXCEPTION
	EXCEPTIONS
};

enum exception_outcome { OUTCOME_ALLOW, OUTCOME_DENY, OUTCOME_SHADOW };

/* Cells of one process. Layout is part of the shared state's version. */
struct metric_block {
	_Atomic uint64_t v[METRICS];
	_Atomic uint64_t exception[EXCEPTIONS];
	_Atomic uint64_t decision_hist[64]; /* worker: decision time, log2 of ns / bin */
};

static inline void
metric_add(struct metric_block *b, enum metric_id id, uint64_t n)
{
	uint64_t v = atomic_load_explicit(&b->v[id], memory_order_relaxed);

	atomic_store_explicit(&b->v[id], v + n, memory_order_relaxed);
}

static inline void
metric_set(struct metric_block *b, enum metric_id id, uint64_t v)
{
	atomic_store_explicit(&b->v[id], v, memory_order_relaxed);
}

static inline uint64_t
metric_get(const struct metric_block *b, enum metric_id id)
{
	return atomic_load_explicit(&b->v[id], memory_order_relaxed);
}

static inline void
metric_exception(struct metric_block *b, enum exception_id id)
{
	uint64_t v = atomic_load_explicit(&b->exception[id], memory_order_relaxed);

	atomic_store_explicit(&b->exception[id], v + 1, memory_order_relaxed);
}

const char *metric_name(enum metric_id id);
const char *metric_role(enum metric_id id);
bool metric_is_gauge(enum metric_id id);
const char *exception_name(enum exception_id id);
const char *exception_reason(enum exception_id id);

/* Outcomes as configured. ERR_INVALID with *which set when a value is none of allow, deny,
 * shadow. */
struct exception_policy {
	enum exception_outcome outcome[EXCEPTIONS];
};
MUST_CHECK int exception_policy_parse(
    const struct settings *s, struct exception_policy *out, const char **which);

/* Prometheus text format 0.0.4 of n blocks: counters summed over blocks, each also with
 * labels role and instance when labels[i] is not NULL. */
void metric_print(const struct metric_block *const *blocks, const char *const *labels,
    size_t n, struct buf *out);

#endif
