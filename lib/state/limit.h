/*
 * GCRA limits in shared memory, lock-free (ITU-T I.371 GCRA; virtual scheduling form). A
 * table of 8-way buckets of { tag, tat }: tat is the theoretical arrival time on
 * CLOCK_MONOTONIC in ns. A cell whose tat has passed equals a fresh one and may be taken
 * over by CAS on its tag, so nobody needs to clean up and a killed worker wedges nobody.
 */
#ifndef STATE_LIMIT_H
#define STATE_LIMIT_H

#include <stdatomic.h>

#include "base/span.h"

#define LIMIT_WAYS 8

struct limit_cell {
	_Atomic uint64_t tag; /* 0: never used */
	_Atomic uint64_t tat_ns;
};

struct limit_table {
	struct limit_cell *cell; /* in shared memory */
	uint64_t buckets; /* power of two */
};

enum limit_result { LIMIT_OK, LIMIT_OVER, LIMIT_FULL /* no free cell: not counted */ };

/* Begins to fetch what limit_charge() will look at. */
void limit_prefetch(const struct limit_table *t, uint64_t key);
/* Charges one to key (a good 64-bit hash, 0 is mapped to 1). period_ns: T, time for one;
 * burst: requests at once, ≥ 1. LIMIT_OVER writes nothing and sets *wait_ns to the time
 * until one would pass. */
enum limit_result limit_charge(struct limit_table *t, uint64_t key, uint64_t period_ns,
    uint32_t burst, uint64_t now_ns, uint64_t *wait_ns);

#endif
