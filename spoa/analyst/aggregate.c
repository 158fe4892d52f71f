/* See aggregate.h. Open sums live in chunks that never move; a closed one keeps its
 * memory for the next unless its histograms had grown large. */
#include "analyst/aggregate.h"

#include <stdlib.h>

#define NONE UINT32_MAX
#define MINUTE_US INT64_C(60000000)
#define CHUNK 256u /* sums allocated at a time */
#define HIST_KEEP 64 /* entries; a second of an endpoint rarely needs more */

struct sum {
	struct record r;
	uint32_t key;
	uint32_t at; /* place in open[] */
	uint32_t next; /* free list */
};

struct aggregate {
	enum record_kind kind;
	struct sink sink;
	struct sum **chunk;
	uint32_t chunks, sums;
	uint32_t free;
	uint32_t *open; /* sums in use */
	uint32_t opens;
	uint32_t (*slot)[2]; /* per key: by parity of the minute */
	uint32_t keys;
};

int64_t
minute_of(int64_t time_us)
{
	int64_t into = time_us % MINUTE_US;

	return time_us - (into < 0 ? into + MINUTE_US : into);
}

int
aggregate_new(
    uint32_t keys, enum record_kind kind, struct sink sink, struct aggregate **out)
{
	struct aggregate *a = calloc(1, sizeof(*a));

	*out = NULL;
	if (!a)
		return ERR_NOMEM;
	a->kind = kind;
	a->sink = sink;
	a->keys = keys;
	a->free = NONE;
	a->slot = malloc(keys * sizeof(*a->slot));
	a->chunk = calloc(2 * (size_t)keys / CHUNK + 1, sizeof(struct sum *));
	a->open = malloc(2 * (size_t)keys * sizeof(*a->open));
	if (!a->slot || !a->chunk || !a->open) {
		aggregate_free(a);
		return ERR_NOMEM;
	}
	memset(a->slot, 0xff, keys * sizeof(*a->slot));
	*out = a;
	return OK;
}

static struct sum *
sum_at(const struct aggregate *a, uint32_t i)
{
	return &a->chunk[i / CHUNK][i % CHUNK];
}

static void
hists_fini(struct record *r)
{
	hist_fini(&r->summary.latency_us);
	hist_fini(&r->summary.request_size);
	hist_fini(&r->summary.response_size);
}

void
aggregate_free(struct aggregate *a)
{
	if (!a)
		return;
	for (uint32_t i = 0; i < a->sums; i++)
		if (a->kind == RECORD_SUMMARY)
			hists_fini(&sum_at(a, i)->r);
	for (uint32_t i = 0; i < a->chunks; i++)
		free(a->chunk[i]);
	free(a->chunk);
	free(a->open);
	free(a->slot);
	free(a);
}

static bool
chunk_add(struct aggregate *a)
{
	struct sum *chunk = calloc(CHUNK, sizeof(*chunk));

	if (!chunk)
		return false;
	a->chunk[a->chunks++] = chunk;
	for (uint32_t i = CHUNK; i-- > 0;) {
		chunk[i].next = a->free;
		a->free = a->sums + i;
	}
	a->sums += CHUNK;
	return true;
}

static void
hist_reset(struct hist *h)
{
	if (h->cap > HIST_KEEP)
		hist_fini(h);
	else
		hist_clear(h);
}

/* Empty, but for the memory of its histograms. */
static void
sum_reset(struct aggregate *a, struct sum *s)
{
	struct record_summary *m = &s->r.summary;
	struct hist latency, request, response;

	if (a->kind != RECORD_SUMMARY) {
		s->r = (struct record){.kind = a->kind};
		return;
	}
	hist_reset(&m->latency_us);
	hist_reset(&m->request_size);
	hist_reset(&m->response_size);
	latency = m->latency_us;
	request = m->request_size;
	response = m->response_size;
	s->r = (struct record){.kind = a->kind};
	m->latency_us = latency;
	m->request_size = request;
	m->response_size = response;
}

static int64_t *
minute_at(struct aggregate *a, struct sum *s)
{
	return a->kind == RECORD_SUMMARY ? &s->r.summary.minute_us
					 : &s->r.coverage.minute_us;
}

static void
sum_close(struct aggregate *a, uint32_t i)
{
	struct sum *s = sum_at(a, i), *last;
	unsigned parity = (unsigned)(*minute_at(a, s) / MINUTE_US & 1);

	a->sink.put(a->sink.ctx, &s->r);
	a->slot[s->key][parity] = NONE;
	a->opens--;
	last = sum_at(a, a->open[a->opens]);
	a->open[s->at] = a->open[a->opens];
	last->at = s->at;
	sum_reset(a, s);
	s->next = a->free;
	a->free = i;
}

struct record *
aggregate_get(struct aggregate *a, uint32_t key, int64_t time_us, bool *fresh)
{
	int64_t minute = minute_of(time_us);
	uint32_t *slot = &a->slot[key][minute / MINUTE_US & 1];
	struct sum *s;

	CHECK(key < a->keys);
	*fresh = false;
	if (*slot != NONE) {
		s = sum_at(a, *slot);
		if (*minute_at(a, s) == minute)
			return &s->r;
		sum_close(a, *slot);
	}
	if (a->free == NONE && !chunk_add(a))
		return NULL;
	*slot = a->free;
	s = sum_at(a, *slot);
	a->free = s->next;
	s->r.kind = a->kind;
	s->key = key;
	s->at = a->opens;
	a->open[a->opens++] = *slot;
	*minute_at(a, s) = minute;
	*fresh = true;
	return &s->r;
}

void
aggregate_retire(struct aggregate *a, uint32_t key)
{
	for (unsigned p = 0; p < 2; p++)
		if (a->slot[key][p] != NONE)
			sum_close(a, a->slot[key][p]);
}

uint32_t
aggregate_flush(struct aggregate *a)
{
	uint32_t n = a->opens;

	while (a->opens > 0)
		sum_close(a, a->open[a->opens - 1]);
	return n;
}
