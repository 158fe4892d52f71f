/*
 * Histories. An identity has four buckets of four, chosen by parts of its two halves, and
 * lives in the first of them that had room: at half load one in ten thousand finds
 * none, most are found at the first look. A slot is claimed by CAS on `lo`; `hi` follows.
 * Slots never become free again, so a free slot in a bucket proves that the later ones do
 * not hold the identity. Of sixteen full slots the one idle for longest goes, if it has been
 * idle for longer than the windows below reach.
 */
#include "state/history.h"

#define WAYS 4
#define CHOICES 4
#define MINUTE_MS 60000u
/* The sliding counters look back two minutes at most: whoever was seen since is kept. */
#define IDLE_MS (2 * MINUTE_MS)
/* An answer in flight for longer will not be finished by anybody (a lost line, a killed
 * analyst): the slot counts as idle. Above the longest server timeout. */
#define STUCK_MS (15 * MINUTE_MS)

#define LOAD(x) atomic_load_explicit(&(x), memory_order_relaxed)
#define STORE(x, v) atomic_store_explicit(&(x), v, memory_order_relaxed)
#define ADD(x, v) atomic_fetch_add_explicit(&(x), v, memory_order_relaxed)

/* The bits that choose bucket number `choice`. */
static uint64_t
bits_of(struct hash128 id, unsigned choice)
{
	uint64_t half = choice & 1 ? id.hi : id.lo;

	return choice & 2 ? half >> 32 | half << 32 : half;
}

static struct history_slot *
bucket_of(const struct history_table *t, struct hash128 id, unsigned choice)
{
	return &t->slot[(bits_of(id, choice) & (t->buckets - 1)) * WAYS];
}

/* Neither half is ever 0 in the table: 0, 0 means free. */
static struct hash128
fold(struct hash128 id)
{
	id.lo += id.lo == 0;
	id.hi += id.hi == 0;
	return id;
}

static bool
holds(struct history_slot *s, struct hash128 id)
{
	uint64_t hi;

	if (atomic_load_explicit(&s->lo, memory_order_acquire) != id.lo)
		return false;
	hi = LOAD(s->hi);
	if (hi == 0) /* its claimer was interrupted: finish for it */
		STORE(s->hi, id.hi);
	return hi == 0 || hi == id.hi;
}

/* The slot of id, or NULL and in *free a slot never used (may be NULL as well). The start
 * within a bucket differs by identity, so that most are found at the first look. */
static struct history_slot *
find(struct history_table *t, struct hash128 id, struct history_slot **free_slot)
{
	*free_slot = NULL;
	for (unsigned b = 0; b < CHOICES && *free_slot == NULL; b++) {
		struct history_slot *bucket = bucket_of(t, id, b);
		unsigned start = (unsigned)(bits_of(id, b) >> 62);

		for (unsigned i = 0; i < WAYS; i++) {
			struct history_slot *s = &bucket[(start + i) % WAYS];

			if (holds(s, id))
				return s;
			if (LOAD(s->lo) == 0) {
				*free_slot = s;
				break;
			}
		}
	}
	return NULL;
}

void
history_prefetch(const struct history_table *t, struct hash128 identity)
{
	struct hash128 id = fold(identity);
	const struct history_slot *s;

	if (t == NULL || t->slot == NULL)
		return;
	s = bucket_of(t, id, 0) + (bits_of(id, 0) >> 62);
	__builtin_prefetch(s, 1);
	__builtin_prefetch((const char *)s + 64, 1);
}

static struct history_slot *
oldest_idle(struct history_table *t, struct hash128 id, uint64_t now_ms)
{
	struct history_slot *best = NULL;
	uint64_t best_idle = IDLE_MS;

	for (unsigned i = 0; i < CHOICES * WAYS; i++) {
		struct history_slot *s = bucket_of(t, id, i / WAYS) + i % WAYS;
		uint64_t last = LOAD(s->last_ms);
		uint64_t idle = now_ms > last ? now_ms - last : 0;

		if (LOAD(s->in_flight) && idle < STUCK_MS)
			continue;
		if (idle > best_idle) {
			best = s;
			best_idle = idle;
		}
	}
	return best;
}

static void
start(struct history_table *t, struct history_slot *s, struct hash128 id, uint64_t now_ms)
{
	STORE(s->hi, id.hi);
	STORE(s->first_ms, now_ms);
	STORE(s->last_ms, now_ms);
	STORE(s->requests, 0);
	STORE(s->in_flight, 0);
	STORE(s->lost, 0);
	STORE(s->minute, (uint32_t)(now_ms / MINUTE_MS));
	STORE(s->requests_now, 0);
	STORE(s->requests_before, 0);
	STORE(s->errors_now, 0);
	STORE(s->errors_before, 0);
	STORE(s->denied_now, 0);
	STORE(s->denied_before, 0);
	STORE(s->flight, t->flight ? LOAD(*t->flight) : 0);
}

/* A slot for a newcomer, NULL: no room. */
static struct history_slot *
claim(struct history_table *t, struct hash128 id, uint64_t now_ms)
{
	/* Each failure is another process claiming the same slot. */
	for (int i = 0; i < CHOICES * WAYS; i++) {
		struct history_slot *unused, *s = find(t, id, &unused);
		uint64_t lo = 0;

		if (s)
			return s;
		s = unused;
		if (s == NULL) {
			if ((s = oldest_idle(t, id, now_ms)) == NULL)
				return NULL;
			lo = LOAD(s->lo);
			if (lo == id.lo) /* same half, another identity: 2^-64 */
				return NULL;
			STORE(s->hi, 0);
		}
		if (atomic_compare_exchange_strong(&s->lo, &lo, id.lo)) {
			start(t, s, id, now_ms);
			return s;
		}
	}
	return NULL;
}

/* Answers that were in flight when an analyst died are lost. */
static void
ground(struct history_table *t, struct history_slot *s)
{
	uint32_t flight = t->flight ? LOAD(*t->flight) : 0, old = LOAD(s->flight);

	if (flight == old || !atomic_compare_exchange_strong(&s->flight, &old, flight))
		return;
	ADD(s->lost, atomic_exchange(&s->in_flight, 0));
}

/* Brings the counters to this minute. A clock a little behind another process's stays in
 * its minute; any other step back starts the window anew. */
static void
roll(struct history_slot *s, uint64_t now_ms)
{
	uint32_t minute = (uint32_t)(now_ms / MINUTE_MS), old = LOAD(s->minute);
	bool next = minute == old + 1;

	if (minute == old || minute + 1 == old)
		return;
	if (!atomic_compare_exchange_strong(&s->minute, &old, minute))
		return;
	STORE(s->requests_before, next ? LOAD(s->requests_now) : 0);
	STORE(s->errors_before, next ? LOAD(s->errors_now) : 0);
	STORE(s->denied_before, next ? LOAD(s->denied_now) : 0);
	STORE(s->requests_now, 0);
	STORE(s->errors_now, 0);
	STORE(s->denied_now, 0);
	STORE(s->lost, next ? LOAD(s->lost) / 2 : 0);
}

/* Now plus the share of the minute before that a window of one minute still covers. */
static uint64_t
sliding(uint32_t now, uint32_t before, uint64_t now_ms)
{
	return now + (uint64_t)before * (MINUTE_MS - now_ms % MINUTE_MS) / MINUTE_MS;
}

void
history_get(struct history_table *t, struct hash128 identity, uint64_t now_ms, bool count,
    struct history_view *out)
{
	struct hash128 id = fold(identity);
	struct history_slot *s, *unused;
	uint64_t first;

	*out = (struct history_view){0};
	if (t == NULL || t->slot == NULL)
		return;
	s = count ? claim(t, id, now_ms) : find(t, id, &unused);
	if (s == NULL)
		return;
	roll(s, now_ms);
	ground(t, s);
	out->found = true;
	out->in_flight = LOAD(s->in_flight);
	if (count) {
		out->in_flight = ADD(s->in_flight, 1);
		ADD(s->requests, 1);
		ADD(s->requests_now, 1);
		STORE(s->last_ms, now_ms);
	}
	out->complete = out->in_flight == 0 && LOAD(s->lost) == 0;
	first = LOAD(s->first_ms);
	out->age_s = now_ms > first ? (now_ms - first) / 1000 : 0;
	out->requests = LOAD(s->requests);
	out->requests_1m =
	    sliding(LOAD(s->requests_now), LOAD(s->requests_before), now_ms);
	out->errors_1m = sliding(LOAD(s->errors_now), LOAD(s->errors_before), now_ms);
	out->denied_1m = sliding(LOAD(s->denied_now), LOAD(s->denied_before), now_ms);
}

static struct history_slot *
find_rolled(struct history_table *t, struct hash128 identity, uint64_t now_ms)
{
	struct history_slot *s, *unused;

	if (t == NULL || t->slot == NULL)
		return NULL;
	if ((s = find(t, fold(identity), &unused)) == NULL)
		return NULL;
	roll(s, now_ms);
	ground(t, s);
	return s;
}

void
history_denied(struct history_table *t, struct hash128 identity, uint64_t now_ms)
{
	struct history_slot *s = find_rolled(t, identity, now_ms);

	if (s)
		ADD(s->denied_now, 1);
}

void
history_finished(
    struct history_table *t, struct hash128 identity, uint64_t now_ms, int status)
{
	struct history_slot *s = find_rolled(t, identity, now_ms);
	uint32_t n;

	if (s == NULL)
		return;
	n = LOAD(s->in_flight);
	while (n && !atomic_compare_exchange_weak(&s->in_flight, &n, n - 1))
		;
	if (status == 0)
		ADD(s->lost, 1);
	else if (status >= 400 &&
	    status < 500) /* 5xx are the server's, not the client's */
		ADD(s->errors_now, 1);
}
