/*
 * Distinct counts: exact up to 32 hashes, then HyperLogLog (Flajolet et al. 2007, small
 * range by linear counting) with 2^8 registers of 6 bits, 6.5 % error. Mergeable, the same
 * on every gateway (hashes are keyed by the identity key, so merging holds where the keys
 * are the same). Packed: version, kind, then hashes or registers run-length coded. Pure.
 */
#ifndef SKETCH_DISTINCT_H
#define SKETCH_DISTINCT_H

#include "base/buf.h"

#define DISTINCT_EXACT 32
#define DISTINCT_REGISTERS 256
#define DISTINCT_VERSION 1

struct distinct {
	uint32_t n; /* exact hashes; DISTINCT_EXACT + 1: registers in use */
	union {
		uint64_t hash[DISTINCT_EXACT]; /* sorted */
		uint8_t reg[DISTINCT_REGISTERS];
	};
};

void distinct_add(struct distinct *d, uint64_t hash);
void distinct_merge(struct distinct *into, const struct distinct *from);
uint64_t distinct_count(const struct distinct *d);
void distinct_pack(const struct distinct *d, struct buf *out);
/* Merges a packed one. ERR_MALFORMED, ERR_VERSION. */
MUST_CHECK int distinct_unpack(struct distinct *d, struct span packed);

#endif
