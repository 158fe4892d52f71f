/*
 * Counters and exceptions. A counter is a cell in shared memory with one writer (a role's
 * process); anybody may read it. Writing one is a relaxed load and store: no lock, no
 * atomic read-modify-write on the request path.
 */
#ifndef METRIC_METRIC_H
#define METRIC_METRIC_H

#include <stdatomic.h>

#include "base/jsonw.h"
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

/* Half octaves of nanoseconds: bin 2k holds 2^k up to 1.5 * 2^k, bin 2k + 1 the rest. */
#define METRIC_BINS 64

/* Cells of one process. Layout is part of the shared state's version. */
struct metric_block {
	_Atomic uint64_t v[METRICS];
	_Atomic uint64_t exception[EXCEPTIONS];
	_Atomic uint64_t decision_hist[METRIC_BINS]; /* worker: see metric_decision() */
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

/* Notes one decision's time: counter, total and bin. */
static inline void
metric_decision(struct metric_block *b, uint64_t ns)
{
	unsigned k = ns ? 63u - (unsigned)__builtin_clzll(ns) : 0;
	unsigned bin = 2 * k + (k && ns >> (k - 1) & 1);
	_Atomic uint64_t *cell =
	    &b->decision_hist[bin < METRIC_BINS ? bin : METRIC_BINS - 1];

	metric_add(b, M_DECISIONS, 1);
	metric_add(b, M_DECISION_NS, ns);
	atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + 1,
	    memory_order_relaxed);
}

const char *metric_name(enum metric_id id);
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

/* A counter over n processes, as its kind says. */
uint64_t
metric_over(const struct metric_block *const *blocks, size_t n, enum metric_id id);
/* All of them into the open object, each under its name. zeros: also those that are 0. */
void metric_put_json(
    const struct metric_block *const *blocks, size_t n, bool zeros, struct jsonw *w);
void exception_put_json(
    const struct metric_block *const *blocks, size_t n, bool zeros, struct jsonw *w);
/* Prometheus text format 0.0.4 of n blocks. labels[i] is "role/instance" and says whose
 * metrics block i prints, as series with these two labels. */
void metric_print(const struct metric_block *const *blocks, const char *const *labels,
    size_t n, struct buf *out);

#endif
