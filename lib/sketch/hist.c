/* See hist.h. Source of the bin formula: the log-linear histogram of HdrHistogram's kind
 * with 5 bits of mantissa, so that neither log() nor a table is needed. */
#include "sketch/hist.h"

#include <stdlib.h>

#define MANTISSA_BITS 5
#define LINEAR (1u << MANTISSA_BITS) /* values below have a bin of their own */
#define ENTRIES_MIN 8 /* first allocation: most endpoint-minutes touch fewer bins */

unsigned
hist_bin(uint64_t value)
{
	unsigned e;

	if (value < LINEAR)
		return (unsigned)value;
	e = 63u - (unsigned)__builtin_clzll(value);
	if (e > HIST_BINS / LINEAR + MANTISSA_BITS - 2)
		return HIST_BINS - 1;
	return (e - MANTISSA_BITS + 1) * LINEAR +
	    (unsigned)((value >> (e - MANTISSA_BITS)) & (LINEAR - 1));
}

uint64_t
hist_low(unsigned bin)
{
	if (bin >= HIST_BINS)
		bin = HIST_BINS - 1;
	if (bin < LINEAR)
		return bin;
	return (uint64_t)(LINEAR + bin % LINEAR) << (bin / LINEAR - 1);
}

uint64_t
hist_mid(unsigned bin)
{
	if (bin >= HIST_BINS)
		bin = HIST_BINS - 1;
	if (bin < 2 * LINEAR)
		return hist_low(bin);
	return hist_low(bin) + (UINT64_C(1) << (bin / LINEAR - 2));
}

void
hist_fini(struct hist *h)
{
	free(h->entry);
	*h = (struct hist){0};
}

void
hist_clear(struct hist *h)
{
	h->n = 0;
	h->total = 0;
	h->sum = 0;
}

static uint64_t
add_saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* The first entry whose bin is not below `bin`. */
static unsigned
entry_search(const struct hist *h, unsigned bin)
{
	unsigned low = 0, high = h->n;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (h->entry[mid].bin < bin)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
entries_grow(struct hist *h)
{
	unsigned cap = h->cap ? h->cap * 2u : ENTRIES_MIN;
	struct hist_entry *entry;

	if (cap > HIST_BINS)
		cap = HIST_BINS;
	entry = realloc(h->entry, cap * sizeof(*entry));
	if (!entry)
		return ERR_NOMEM;
	h->entry = entry;
	h->cap = (uint16_t)cap;
	return OK;
}

static int
bin_add(struct hist *h, unsigned bin, uint32_t n)
{
	unsigned at = entry_search(h, bin);
	struct hist_entry *e;

	if (at == h->n || h->entry[at].bin != bin) {
		if (h->n == h->cap) {
			int err = entries_grow(h);

			if (err)
				return err;
		}
		memmove(
		    &h->entry[at + 1], &h->entry[at], (h->n - at) * sizeof(*h->entry));
		h->entry[at] = (struct hist_entry){.bin = (uint16_t)bin};
		h->n++;
	}
	e = &h->entry[at];
	e->count = e->count > UINT32_MAX - n ? UINT32_MAX : e->count + n;
	h->total = add_saturated(h->total, n);
	return OK;
}

int
hist_add(struct hist *h, uint64_t value, uint32_t n)
{
	uint64_t product;
	int err;

	if (n == 0)
		return OK;
	err = bin_add(h, hist_bin(value), n);
	if (err)
		return err;
	if (__builtin_mul_overflow(value, n, &product))
		product = UINT64_MAX;
	h->sum = add_saturated(h->sum, product);
	return OK;
}

int
hist_merge(struct hist *into, const struct hist *from)
{
	for (unsigned i = 0; i < from->n; i++) {
		int err = bin_add(into, from->entry[i].bin, from->entry[i].count);

		if (err)
			return err;
	}
	into->sum = add_saturated(into->sum, from->sum);
	return OK;
}

uint64_t
hist_quantile(const struct hist *h, double q)
{
	uint64_t total = 0, seen = 0;

	for (unsigned i = 0; i < h->n; i++)
		total += h->entry[i].count;
	for (unsigned i = 0; i < h->n; i++) {
		seen += h->entry[i].count;
		if ((double)seen >= q * (double)total)
			return hist_mid(h->entry[i].bin);
	}
	return h->n ? hist_mid(h->entry[h->n - 1].bin) : 0;
}

static void
varint_put(struct buf *out, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_put_char(out, (char)(v | 0x80));
	buf_put_char(out, (char)v);
}

/* A canonical LEB128 number of at most 32 bits off the front of *s. */
static int
varint_get(struct span *s, uint32_t *out)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 5 && i < s->n; i++) {
		uint8_t c = (uint8_t)s->p[i];

		v |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c & 0x80)
			continue;
		if (v > UINT32_MAX || (c == 0 && i > 0))
			return ERR_MALFORMED;
		*s = span_from(*s, i + 1);
		*out = (uint32_t)v;
		return OK;
	}
	return ERR_MALFORMED;
}

void
hist_pack(const struct hist *h, struct buf *out)
{
	unsigned next = 0;

	buf_put_char(out, HIST_VERSION);
	for (unsigned i = 0; i < h->n; i++) {
		varint_put(out, h->entry[i].bin - next);
		varint_put(out, h->entry[i].count);
		next = h->entry[i].bin + 1u;
	}
}

/* Walks a packed histogram; with h, adds what it finds. */
static int
packed_walk(struct span s, struct hist *h)
{
	uint64_t bin = 0;

	while (s.n > 0) {
		uint32_t gap, count;
		uint64_t weight;
		int err;

		if (varint_get(&s, &gap) || varint_get(&s, &count))
			return ERR_MALFORMED;
		bin += gap;
		if (bin >= HIST_BINS || count == 0)
			return ERR_MALFORMED;
		if (h) {
			err = bin_add(h, (unsigned)bin, count);
			if (err)
				return err;
			weight = hist_mid((unsigned)bin) * count;
			h->sum = add_saturated(h->sum, weight);
		}
		bin++;
	}
	return OK;
}

int
hist_unpack(struct hist *h, struct span packed)
{
	int err;

	if (packed.n == 0)
		return ERR_MALFORMED;
	if (packed.p[0] != HIST_VERSION)
		return ERR_VERSION;
	packed = span_from(packed, 1);
	err = packed_walk(packed, NULL);
	return err ? err : packed_walk(packed, h);
}
