/* See distinct.h. The state is a function of the set of hashes alone: up to DISTINCT_EXACT
 * of them are kept, more become registers, so neither order nor grouping of merges shows. */
#include "sketch/distinct.h"

#include <math.h>

#define IN_REGISTERS (DISTINCT_EXACT + 1)
#define RANK_MAX 57 /* 56 bits after the index, all zero */
#define REPEAT 64 /* packed: a byte of this or more repeats the register before it */

enum packed_kind { PACKED_EXACT = 0, PACKED_REGISTERS = 1 };

static void
register_add(struct distinct *d, uint64_t hash)
{
	uint8_t *reg = &d->reg[hash & (DISTINCT_REGISTERS - 1)];
	uint64_t rest = hash >> 8 << 8;
	uint8_t rank = rest ? (uint8_t)(__builtin_clzll(rest) + 1) : RANK_MAX;

	if (rank > *reg)
		*reg = rank;
}

static void
registers_begin(struct distinct *d)
{
	uint64_t hash[DISTINCT_EXACT];
	uint32_t n = d->n;

	memcpy(hash, d->hash, n * sizeof(*hash));
	memset(d->reg, 0, sizeof(d->reg));
	d->n = IN_REGISTERS;
	for (uint32_t i = 0; i < n; i++)
		register_add(d, hash[i]);
}

void
distinct_add(struct distinct *d, uint64_t hash)
{
	uint32_t low = 0, high = d->n;

	if (d->n >= IN_REGISTERS) {
		register_add(d, hash);
		return;
	}
	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (d->hash[mid] < hash)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < d->n && d->hash[low] == hash)
		return;
	if (d->n == DISTINCT_EXACT) {
		registers_begin(d);
		register_add(d, hash);
		return;
	}
	memmove(&d->hash[low + 1], &d->hash[low], (d->n - low) * sizeof(*d->hash));
	d->hash[low] = hash;
	d->n++;
}

void
distinct_merge(struct distinct *into, const struct distinct *from)
{
	if (from->n < IN_REGISTERS) {
		for (uint32_t i = 0; i < from->n; i++)
			distinct_add(into, from->hash[i]);
		return;
	}
	if (into->n < IN_REGISTERS)
		registers_begin(into);
	for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
		if (from->reg[i] > into->reg[i])
			into->reg[i] = from->reg[i];
}

uint64_t
distinct_count(const struct distinct *d)
{
	const double m = DISTINCT_REGISTERS;
	double sum = 0, estimate;
	unsigned zero = 0;

	if (d->n < IN_REGISTERS)
		return d->n;
	for (unsigned i = 0; i < DISTINCT_REGISTERS; i++) {
		sum += ldexp(1.0, -d->reg[i]);
		zero += d->reg[i] == 0;
	}
	estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
	if (estimate <= 2.5 * m && zero > 0)
		estimate = m * log(m / zero);
	return (uint64_t)(estimate + 0.5);
}

static void
hash_put(struct buf *out, uint64_t hash)
{
	for (unsigned i = 0; i < 8; i++)
		buf_put_char(out, (char)(hash >> (8 * i)));
}

static uint64_t
hash_get(const char *p)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < 8; i++)
		hash |= (uint64_t)(uint8_t)p[i] << (8 * i);
	return hash;
}

static void
registers_pack(const uint8_t *reg, struct buf *out)
{
	for (unsigned i = 0; i < DISTINCT_REGISTERS;) {
		unsigned run = 0;

		buf_put_char(out, (char)reg[i]);
		for (i++;
		     i < DISTINCT_REGISTERS && reg[i] == reg[i - 1] && run < 256 - REPEAT;
		     i++)
			run++;
		if (run > 0)
			buf_put_char(out, (char)(REPEAT + run - 1));
	}
}

void
distinct_pack(const struct distinct *d, struct buf *out)
{
	buf_put_char(out, DISTINCT_VERSION);
	if (d->n >= IN_REGISTERS) {
		buf_put_char(out, PACKED_REGISTERS);
		registers_pack(d->reg, out);
		return;
	}
	buf_put_char(out, PACKED_EXACT);
	for (uint32_t i = 0; i < d->n; i++)
		hash_put(out, d->hash[i]);
}

static int
exact_unpack(struct distinct *from, struct span s)
{
	if (s.n % 8 != 0 || s.n / 8 > DISTINCT_EXACT)
		return ERR_MALFORMED;
	from->n = (uint32_t)(s.n / 8);
	for (uint32_t i = 0; i < from->n; i++) {
		from->hash[i] = hash_get(s.p + 8 * (size_t)i);
		if (i > 0 && from->hash[i] <= from->hash[i - 1])
			return ERR_MALFORMED;
	}
	return OK;
}

static int
registers_unpack(struct distinct *from, struct span s)
{
	unsigned n = 0;

	from->n = IN_REGISTERS;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		unsigned run = c < REPEAT ? 1 : c - REPEAT + 1u;

		if (c < REPEAT ? c > RANK_MAX : n == 0)
			return ERR_MALFORMED;
		if (run > DISTINCT_REGISTERS - n)
			return ERR_MALFORMED;
		memset(&from->reg[n], c < REPEAT ? c : from->reg[n - 1], run);
		n += run;
	}
	return n == DISTINCT_REGISTERS ? OK : ERR_MALFORMED;
}

int
distinct_unpack(struct distinct *d, struct span packed)
{
	struct distinct from;
	int err;

	if (packed.n < 2)
		return ERR_MALFORMED;
	if (packed.p[0] != DISTINCT_VERSION)
		return ERR_VERSION;
	if (packed.p[1] == PACKED_EXACT)
		err = exact_unpack(&from, span_from(packed, 2));
	else if (packed.p[1] == PACKED_REGISTERS)
		err = registers_unpack(&from, span_from(packed, 2));
	else
		err = ERR_MALFORMED;
	if (err == OK)
		distinct_merge(d, &from);
	return err;
}
