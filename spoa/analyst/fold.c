/*
 * Folding: endpoints get new templates because a node of the tree folded or a word was
 * decided. All of them are taken out of the maps first, then each is put back under its new
 * key; where another has it already, they are merged:
 *
 *   /users/{~a}  /users/{~b}  …  ──node /users folds──►  /users/{text} (index of the first)
 *                                                        others: moved, alias records
 */
#include <stdlib.h>

#include "analyst/endpoint_table.h"

void
endpoint_lift(struct endpoints *t, uint32_t i, unsigned from)
{
	struct endpoint *e = &t->e[i];

	t->o.retire(t->o.ctx, i);
	if (map_get(&t->by_key, e->key) == i)
		(void)map_remove(&t->by_key, e->key);
	for (unsigned k = from; k < e->n; k++)
		tree_remove(t->tree, e->undecided[k].node, e->undecided[k].word);
}

static void
entry_merge(struct endpoints *t, uint32_t i, uint32_t into, const struct canon *c)
{
	struct endpoint *e = &t->e[i];

	/* The text in hand is that of the endpoint it is merged into: the same template. */
	if (e->hash != t->e[into].hash)
		endpoint_describe(t, e, c, e->hash, t->e[into].hash);
	if (e->first_us < t->e[into].first_us)
		t->e[into].first_us = e->first_us;
	e->moved = into;
	t->zombie[t->zombies++] = i;
}

static void
entry_settle(struct endpoints *t, uint32_t i, int64_t now_us)
{
	struct endpoint *e = &t->e[i];
	uint64_t hash = e->hash;
	struct canon c;
	uint32_t into;

	canon_make(&c, e->guess, e->service, t->o.release, t->tree, true);
	if (endpoint_take(t, e, &c, now_us) != OK) {
		/* No room for its words: it stays as it was, reachable by its alias. */
		return;
	}
	into = map_get(&t->by_key, c.key);
	if (into == MAP_NONE && c.n == 0)
		into = map_get(&t->by_hash, e->hash);
	if (into != MAP_NONE) {
		uint64_t now_hash = e->hash;

		e->hash = hash;
		CHECK(now_hash == t->e[into].hash);
		entry_merge(t, i, into, &c);
		return;
	}
	CHECK(map_put(&t->by_key, c.key, i) == OK);
	if (c.n == 0)
		CHECK(map_put(&t->by_hash, e->hash, i) == OK);
	if (e->hash == hash)
		return;
	endpoint_describe(t, e, &c, e->hash, 0);
	endpoint_describe(t, e, &c, hash, e->hash);
}

static void
entries_free(struct endpoints *t)
{
	for (; t->zombies > 0; t->zombies--) {
		uint32_t i = t->zombie[t->zombies - 1];
		struct endpoint *e = &t->e[i];

		for (unsigned k = 0; k < e->n; k++)
			release_put(t->o.release, e->undecided[k].held);
		free(e->undecided);
		free(e->guess);
		*e = (struct endpoint){.next = t->free};
		t->free = i;
		t->count--;
	}
}

static void
work_run(struct endpoints *t, uint32_t n, int64_t now_us)
{
	for (uint32_t w = 0; w < n; w++)
		entry_settle(t, t->work[w], now_us);
}

void
endpoints_finish(struct endpoints *t)
{
	if (t->zombies == 0)
		return;
	aliases_clear(&t->aliases);
	t->o.moved(t->o.ctx);
	entries_free(t);
}

bool
endpoints_fold(struct endpoints *t, int64_t now_us)
{
	uint64_t node;
	bool any = false;

	while (tree_next_folded(t->tree, &node)) {
		uint32_t n = 0;

		any = true;
		for (uint32_t i = 0; i < t->limit; i++) {
			struct endpoint *e = &t->e[i];

			if (e->moved != ENDPOINT_NONE)
				continue;
			for (unsigned k = 0; k < e->n; k++) {
				if (e->undecided[k].node != node)
					continue;
				endpoint_lift(t, i, k);
				t->work[n++] = i;
				break;
			}
		}
		work_run(t, n, now_us);
	}
	endpoints_finish(t);
	return any;
}

void
endpoints_redecide(struct endpoints *t, int64_t now_us)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->limit; i++) {
		struct endpoint *e = &t->e[i];

		for (unsigned k = 0; k < e->n; k++) {
			struct span word =
			    release_text(t->o.release, e->undecided[k].held);

			if (!release_certain(t->o.release, word))
				continue;
			endpoint_lift(t, i, k);
			t->work[n++] = i;
			break;
		}
	}
	work_run(t, n, now_us);
	(void)endpoints_fold(t, now_us);
	endpoints_finish(t);
}
