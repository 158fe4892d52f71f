/* See pending.h. Slots form a doubly linked list from oldest to newest and a free list; a
 * map from (worker, sequence) finds them. */
#include "analyst/pending.h"

#include <stdlib.h>

/* Finished sequences remembered per worker: so many times the capacity, as a worker's
 * numbers are spread over all shards. One bit each. */
#define WINDOW_FACTOR 16
#define WINDOW_MIN 4096u

struct slot {
	struct feature f;
	uint32_t older, newer; /* free: newer is the next free one */
};

struct window {
	uint64_t *bit;
	uint64_t end; /* sequences from here on have not been seen */
};

struct pending {
	struct slot *slot;
	uint32_t capacity, n;
	uint32_t oldest, newest, free;
	struct map map;
	struct window *window; /* per worker */
	unsigned workers;
	uint64_t window_size; /* bits, power of two */
};

/* Bijective within the low 48 bits of sequence; requests alive at once have the others in
 * common. So two of them never share a key. */
static uint64_t
key_of(unsigned worker, uint64_t sequence)
{
	uint64_t x = (uint64_t)worker << 48 ^ sequence;

	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

int
pending_new(uint32_t capacity, unsigned workers, struct pending **out)
{
	struct pending *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return ERR_NOMEM;
	p->capacity = capacity;
	p->workers = workers;
	p->oldest = p->newest = PENDING_NONE;
	for (p->window_size = WINDOW_MIN;
	     p->window_size < (uint64_t)capacity * WINDOW_FACTOR;)
		p->window_size *= 2;
	p->slot = calloc(capacity, sizeof(*p->slot));
	p->window = calloc(workers, sizeof(*p->window));
	if (!p->slot || !p->window || map_init(&p->map, capacity) != OK)
		goto fail;
	for (unsigned i = 0; i < workers; i++) {
		p->window[i].bit = calloc(p->window_size / 64, sizeof(uint64_t));
		if (!p->window[i].bit)
			goto fail;
	}
	for (uint32_t i = 0; i < capacity; i++)
		p->slot[i].newer = i + 1 < capacity ? i + 1 : PENDING_NONE;
	*out = p;
	return OK;
fail:
	pending_free(p);
	return ERR_NOMEM;
}

void
pending_free(struct pending *p)
{
	if (!p)
		return;
	for (uint32_t i = p->oldest; p->n > 0 && i != PENDING_NONE; i = p->slot[i].newer)
		free(p->slot[i].f.guess);
	for (unsigned i = 0; p->window && i < p->workers; i++)
		free(p->window[i].bit);
	free(p->window);
	map_fini(&p->map);
	free(p->slot);
	free(p);
}

/* Moves the window's end behind sequence; what enters it has not finished. */
static void
window_reach(struct pending *p, struct window *w, uint64_t sequence)
{
	uint64_t from = w->end;

	if (sequence < w->end)
		return;
	w->end = sequence + 1;
	if (w->end - from >= p->window_size) {
		memset(w->bit, 0, p->window_size / 8);
		return;
	}
	for (uint64_t s = from; s < w->end; s++) {
		uint64_t at = s & (p->window_size - 1);

		w->bit[at / 64] &= ~(UINT64_C(1) << at % 64);
	}
}

static bool
window_holds(const struct pending *p, const struct window *w, uint64_t sequence)
{
	return sequence < w->end && w->end - sequence <= p->window_size;
}

static uint64_t *
window_bit(const struct pending *p, struct window *w, uint64_t sequence, uint64_t *mask)
{
	uint64_t at = sequence & (p->window_size - 1);

	*mask = UINT64_C(1) << at % 64;
	return &w->bit[at / 64];
}

int
pending_put(struct pending *p, const struct feature *f)
{
	uint64_t key = key_of(f->worker, f->sequence), mask, *bit;
	uint32_t i = p->free;
	struct window *w;
	int err;

	if (f->worker >= p->workers)
		return ERR_RANGE;
	CHECK(i != PENDING_NONE);
	w = &p->window[f->worker];
	window_reach(p, w, f->sequence);
	if (window_holds(p, w, f->sequence)) {
		bit = window_bit(p, w, f->sequence, &mask);
		if (*bit & mask)
			return ERR_EXISTS;
	}
	if (map_get(&p->map, key) != MAP_NONE)
		return ERR_EXISTS;
	err = map_put(&p->map, key, i);
	if (err)
		return err;
	p->free = p->slot[i].newer;
	p->slot[i] = (struct slot){.f = *f, .older = p->newest, .newer = PENDING_NONE};
	if (p->newest != PENDING_NONE)
		p->slot[p->newest].newer = i;
	else
		p->oldest = i;
	p->newest = i;
	p->n++;
	return OK;
}

bool
pending_full(const struct pending *p)
{
	return p->free == PENDING_NONE;
}

uint32_t
pending_count(const struct pending *p)
{
	return p->n;
}

static void
slot_remove(struct pending *p, uint32_t i, struct feature *out)
{
	struct slot *s = &p->slot[i];

	*out = s->f;
	if (s->older != PENDING_NONE)
		p->slot[s->older].newer = s->newer;
	else
		p->oldest = s->newer;
	if (s->newer != PENDING_NONE)
		p->slot[s->newer].older = s->older;
	else
		p->newest = s->older;
	s->f.guess = NULL;
	s->newer = p->free;
	p->free = i;
	p->n--;
	(void)map_remove(&p->map, key_of(out->worker, out->sequence));
}

enum pending_result
pending_take(struct pending *p, unsigned worker, uint64_t sequence, struct feature *out)
{
	struct window *w;
	uint64_t mask, *bit;
	uint32_t i;

	*out = (struct feature){0};
	if (worker >= p->workers)
		return PENDING_LATE;
	w = &p->window[worker];
	window_reach(p, w, sequence);
	if (window_holds(p, w, sequence)) {
		bit = window_bit(p, w, sequence, &mask);
		if (*bit & mask)
			return PENDING_REPLAYED;
		*bit |= mask;
	}
	i = map_get(&p->map, key_of(worker, sequence));
	if (i == MAP_NONE)
		return PENDING_LATE;
	slot_remove(p, i, out);
	return PENDING_FOUND;
}

const struct feature *
pending_oldest(const struct pending *p)
{
	return p->oldest == PENDING_NONE ? NULL : &p->slot[p->oldest].f;
}

void
pending_drop(struct pending *p, struct feature *out)
{
	CHECK(p->oldest != PENDING_NONE);
	slot_remove(p, p->oldest, out);
}

void
pending_each(struct pending *p, void (*visit)(void *ctx, struct feature *f), void *ctx)
{
	for (uint32_t i = p->oldest; i != PENDING_NONE; i = p->slot[i].newer)
		visit(ctx, &p->slot[i].f);
}
