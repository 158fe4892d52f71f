/* The second half of batch.h: ids, then one row for each key. */
#include <stdlib.h>

#include "recorder/batch.h"

/* --- ids ----------------------------------------------------------------------------- */

void
batch_resolve_ids(struct batch *b, batch_resolve *resolve, void *ctx)
{
	for (size_t i = 0; i < b->minutes.n; i++)
		b->minutes.v[i].endpoint_id = resolve(ctx, b->minutes.v[i].hash);
	for (size_t i = 0; i < b->hours.n; i++)
		b->hours.v[i].endpoint_id = resolve(ctx, b->hours.v[i].sum.hash);
	for (size_t i = 0; i < b->decisions.n; i++)
		b->decisions.v[i].endpoint_id = resolve(ctx, b->decisions.v[i].d.hash);
}

static int
hash_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int
batch_unresolved(const struct batch *b, uint64_t **out, size_t *n)
{
	size_t max = b->hours.n + b->decisions.n, found = 0;
	uint64_t *hash = malloc((max ? max : 1) * sizeof(*hash));

	*out = NULL;
	*n = 0;
	if (!hash)
		return ERR_NOMEM;
	/* Every minute has its hour. */
	for (size_t i = 0; i < b->hours.n; i++)
		if (b->hours.v[i].endpoint_id == 0)
			hash[found++] = b->hours.v[i].sum.hash;
	for (size_t i = 0; i < b->decisions.n; i++)
		if (b->decisions.v[i].endpoint_id == 0)
			hash[found++] = b->decisions.v[i].d.hash;
	qsort(hash, found, sizeof(*hash), hash_compare);
	for (size_t i = 0; i < found; i++)
		if (*n == 0 || hash[*n - 1] != hash[i])
			hash[(*n)++] = hash[i];
	*out = hash;
	return OK;
}

/* --- squeezing ----------------------------------------------------------------------- */

#define COMPARE(x, y)                              \
	do {                                       \
		if ((x) != (y))                    \
			return (x) < (y) ? -1 : 1; \
	} while (0)

static int
minute_compare(const void *a, const void *b)
{
	const struct batch_minute *x = a, *y = b;

	COMPARE(x->minute_us, y->minute_us);
	COMPARE(x->endpoint_id, y->endpoint_id);
	return 0;
}

static int
hour_compare(const void *a, const void *b)
{
	const struct batch_hour *x = a, *y = b;

	COMPARE(x->sum.minute_us, y->sum.minute_us);
	COMPARE(x->endpoint_id, y->endpoint_id);
	return 0;
}

static int
decision_compare(const void *a, const void *b)
{
	const struct batch_decision *x = a, *y = b;

	COMPARE(x->d.minute_us, y->d.minute_us);
	COMPARE(x->endpoint_id, y->endpoint_id);
	COMPARE(span_cmp(x->d.rule, y->d.rule), 0);
	COMPARE(x->d.action, y->d.action);
	COMPARE(x->d.shadow_action, y->d.shadow_action);
	COMPARE(x->d.status, y->d.status);
	COMPARE(x->d.revision, y->d.revision);
	return 0;
}

static int
coverage_compare(const void *a, const void *b)
{
	const struct record_coverage *x = a, *y = b;

	COMPARE(x->minute_us, y->minute_us);
	return span_cmp(x->service, y->service);
}

static int
endpoint_compare(const void *a, const void *b)
{
	const struct record_endpoint *x = a, *y = b;

	COMPARE(x->hash, y->hash);
	COMPARE(x->alias_of, y->alias_of);
	COMPARE(x->first_us, y->first_us);
	return 0;
}

static int
word_compare(const void *a, const void *b)
{
	const struct record_word *x = a, *y = b;

	return span_cmp(x->token, y->token);
}

#define SORT(list, compare)                                                    \
	do {                                                                   \
		if ((list).n > 1)                                              \
			qsort((list).v, (list).n, sizeof(*(list).v), compare); \
	} while (0)

static void
minutes_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->minutes, minute_compare);
	for (size_t i = 0; i < b->minutes.n; i++) {
		struct batch_minute *m = &b->minutes.v[i], *into;

		if (n == 0 || minute_compare(&b->minutes.v[n - 1], m) != 0) {
			b->minutes.v[n++] = *m;
			continue;
		}
		into = &b->minutes.v[n - 1];
		into->requests += m->requests;
		for (unsigned k = 0; k < 6; k++)
			into->status[k] += m->status[k];
		into->denied += m->denied;
		into->limited += m->limited;
		into->dropped += m->dropped;
		into->shadowed += m->shadowed;
		into->undecided += m->undecided;
		into->unfinished += m->unfinished;
	}
	b->minutes.n = n;
}

static int
hours_squeeze(struct batch *b)
{
	size_t n = 0;
	int err = OK;

	SORT(b->hours, hour_compare);
	for (size_t i = 0; i < b->hours.n; i++) {
		struct batch_hour *h = &b->hours.v[i];

		if (n == 0 || hour_compare(&b->hours.v[n - 1], h) != 0) {
			b->hours.v[n++] = *h;
			continue;
		}
		if (err == OK)
			err = batch_summary_add(&b->hours.v[n - 1].sum, &h->sum);
		batch_hour_fini(h);
	}
	b->hours.n = n;
	return err;
}

static void
decisions_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->decisions, decision_compare);
	for (size_t i = 0; i < b->decisions.n; i++) {
		struct batch_decision *d = &b->decisions.v[i], *into;

		if (n == 0 || decision_compare(&b->decisions.v[n - 1], d) != 0) {
			b->decisions.v[n++] = *d;
			continue;
		}
		into = &b->decisions.v[n - 1];
		into->d.requests += d->d.requests;
		if (d->d.first_us < into->d.first_us)
			into->d.first_us = d->d.first_us;
		if (d->d.last_us > into->d.last_us)
			into->d.last_us = d->d.last_us;
		distinct_merge(&into->d.identities, &d->d.identities);
	}
	b->decisions.n = n;
}

static void
coverage_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->coverage, coverage_compare);
	for (size_t i = 0; i < b->coverage.n; i++) {
		struct record_coverage *c = &b->coverage.v[i], *into;

		if (n == 0 || coverage_compare(&b->coverage.v[n - 1], c) != 0) {
			b->coverage.v[n++] = *c;
			continue;
		}
		into = &b->coverage.v[n - 1];
		into->requests += c->requests;
		into->decided += c->decided;
		into->undecided += c->undecided;
		into->unfinished += c->unfinished;
		into->body_partial += c->body_partial;
		into->body_none += c->body_none;
		into->ring_dropped += c->ring_dropped;
		into->pending_evicted += c->pending_evicted;
		into->finish_bad += c->finish_bad;
		into->tap_seen += c->tap_seen;
		into->tap_cut += c->tap_cut;
		into->tap_gzip += c->tap_gzip;
		into->overflow += c->overflow;
	}
	b->coverage.n = n;
}

/* Of several with one key the last stays: the newest release, the alias. */
#define KEEP_LAST(list, same)                                            \
	do {                                                             \
		size_t n = 0;                                            \
		for (size_t i = 0; i < (list).n; i++) {                  \
			if (n > 0 && same((list).v[n - 1], (list).v[i])) \
				n--;                                     \
			(list).v[n++] = (list).v[i];                     \
		}                                                        \
		(list).n = n;                                            \
	} while (0)
#define SAME_HASH(a, b) ((a).hash == (b).hash)
#define SAME_TOKEN(a, b) span_eq((a).token, (b).token)

int
batch_squeeze(struct batch *b)
{
	minutes_squeeze(b);
	decisions_squeeze(b);
	coverage_squeeze(b);
	SORT(b->endpoints, endpoint_compare);
	KEEP_LAST(b->endpoints, SAME_HASH);
	SORT(b->words, word_compare);
	KEEP_LAST(b->words, SAME_TOKEN);
	return hours_squeeze(b);
}

struct batch_hour *
batch_hour_find(struct batch *b, int64_t hour_us, int32_t endpoint_id)
{
	struct batch_hour key = {
	    .sum = {.minute_us = hour_us}, .endpoint_id = endpoint_id};

	if (b->hours.n == 0)
		return NULL;
	return bsearch(&key, b->hours.v, b->hours.n, sizeof(*b->hours.v), hour_compare);
}
