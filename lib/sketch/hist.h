/*
 * Log-linear histogram of unsigned integers (microseconds, bytes): exact below 32, then 32
 * bins per power of two, so a bin is at most 1/32 of its value wide and its middle at most
 * 1.6 % off. 1 184 bins cover 0 … 2^41. Merging is adding; order does not matter. The
 * packed form is sparse: { varint gap, varint count } per non-empty bin (LEB128), preceded
 * by a version byte. Pure.
 */
#ifndef SKETCH_HIST_H
#define SKETCH_HIST_H

#include "base/buf.h"

#define HIST_BINS 1184
#define HIST_VERSION 1

/* Memory handed in: sparse histograms are kept as sorted (bin, count) pairs. */
struct hist_entry {
	uint16_t bin;
	uint16_t pad;
	uint32_t count; /* saturates */
};
struct hist {
	struct hist_entry *entry; /* owner: the sketch; grows up to HIST_BINS, malloc */
	uint16_t n, cap;
	uint64_t total;
	uint64_t sum; /* of values, saturates */
};

unsigned hist_bin(uint64_t value);
uint64_t hist_low(unsigned bin); /* smallest value of a bin */
uint64_t hist_mid(unsigned bin);
void hist_fini(struct hist *h);
void hist_clear(struct hist *h); /* keeps memory */
MUST_CHECK int hist_add(struct hist *h, uint64_t value, uint32_t n); /* ERR_NOMEM */
MUST_CHECK int hist_merge(struct hist *into, const struct hist *from);
/* Smallest value v such that a share q (0 … 1) of all is ≤ v (bin middle); 0 if empty. */
uint64_t hist_quantile(const struct hist *h, double q);
void hist_pack(const struct hist *h, struct buf *out);
/* Adds a packed histogram to h. ERR_MALFORMED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK int hist_unpack(struct hist *h, struct span packed);

#endif
