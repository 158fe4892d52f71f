/*
 * GCRA cells. A cell is taken over in two steps, in this order: tat is moved by CAS from
 * its expired value to the newcomer's first charge, then tag from the old key to the new.
 * Whoever still charges the old key in between pays at most one period of the newcomer;
 * a process killed in between leaves a cell that expires by itself. Two processes that
 * take two cells for one key settle on the first of them.
 */
#include "state/limit.h"

/* Each failed attempt means that another process got through, so this is never reached but
 * by a broken clock or hostile memory. */
#define ATTEMPTS_MAX 256

/* The part of a burst that may be owed before one more is over, saturating. */
static uint64_t
tolerance(uint64_t period_ns, uint32_t burst)
{
	uint64_t t;

	if (__builtin_mul_overflow(period_ns, (uint64_t)(burst ? burst - 1 : 0), &t))
		return UINT64_MAX;
	return t;
}

static uint64_t
add_saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static struct limit_cell *
find(struct limit_cell *bucket, uint64_t key)
{
	for (int i = 0; i < LIMIT_WAYS; i++)
		if (atomic_load_explicit(&bucket[i].tag, memory_order_acquire) == key)
			return &bucket[i];
	return NULL;
}

/* Takes a free or expired cell for the first charge of key. LIMIT_OVER: lost a race, look
 * again. */
static enum limit_result
take(struct limit_cell *bucket, uint64_t key, uint64_t now_ns, uint64_t period_ns)
{
	for (int i = 0; i < LIMIT_WAYS; i++) {
		struct limit_cell *c = &bucket[i];
		uint64_t tag = atomic_load_explicit(&c->tag, memory_order_acquire);
		uint64_t tat = atomic_load_explicit(&c->tat_ns, memory_order_relaxed);
		struct limit_cell *first;

		if (tat > now_ns)
			continue;
		if (!atomic_compare_exchange_strong(
			&c->tat_ns, &tat, add_saturated(now_ns, period_ns)))
			return LIMIT_OVER;
		if (!atomic_compare_exchange_strong(&c->tag, &tag, key))
			return LIMIT_OVER;
		first = find(bucket, key);
		if (first == c)
			return LIMIT_OK;
		atomic_store(&c->tat_ns, 0);
		return LIMIT_OVER;
	}
	return LIMIT_FULL;
}

static struct limit_cell *
bucket_of(const struct limit_table *t, uint64_t key)
{
	return &t->cell[((key ? key : 1) & (t->buckets - 1)) * LIMIT_WAYS];
}

void
limit_prefetch(const struct limit_table *t, uint64_t key)
{
	const char *bucket = (const char *)bucket_of(t, key);

	for (size_t at = 0; at < LIMIT_WAYS * sizeof(struct limit_cell); at += 64)
		__builtin_prefetch(bucket + at, 1);
}

enum limit_result
limit_charge(struct limit_table *t, uint64_t key, uint64_t period_ns, uint32_t burst,
    uint64_t now_ns, uint64_t *wait_ns)
{
	uint64_t owed_max = tolerance(period_ns, burst);
	struct limit_cell *bucket;

	*wait_ns = 0;
	if (key == 0)
		key = 1;
	bucket = bucket_of(t, key);
	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		struct limit_cell *c = find(bucket, key);
		uint64_t tat, from;

		if (c == NULL) {
			enum limit_result r = take(bucket, key, now_ns, period_ns);

			if (r != LIMIT_OVER)
				return r;
			continue;
		}
		tat = atomic_load_explicit(&c->tat_ns, memory_order_relaxed);
		from = tat > now_ns ? tat : now_ns;
		if (from - now_ns > owed_max) {
			*wait_ns = from - now_ns - owed_max;
			return LIMIT_OVER;
		}
		if (atomic_compare_exchange_strong(
			&c->tat_ns, &tat, add_saturated(from, period_ns)) &&
		    atomic_load(&c->tag) == key)
			return LIMIT_OK;
	}
	return LIMIT_FULL;
}
