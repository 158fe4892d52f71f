/*
 * Settling: an action happens when this epoch and the one before want it. What changes
 * templates that were decided before happens only to a share of them in one epoch, the most
 * used first, so that a mistake is seen while it is small.
 */
#include "policy/learn_template.h"

#include <stdlib.h>

struct claim {
	uint64_t requests, hash;
	uint32_t at;
};

static int
claim_cmp(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->requests != y->requests)
		return x->requests > y->requests ? -1 : 1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

static int
waiting_cmp(const void *key, const void *element)
{
	const struct learn_waiting *x = key, *y = element;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	return x->mature - y->mature;
}

/* The same epoch counts once, a gap starts anew. */
static unsigned
epochs_of(const struct learn_waiting *w, int64_t last_epoch, int64_t now_epoch)
{
	if (!w)
		return 1;
	if (w->epoch == now_epoch)
		return w->epochs;
	return w->epoch == last_epoch ? w->epochs + 1 : 1;
}

static uint32_t
share_of(const struct learned *l)
{
	if (l->templates <= LEARN_SHARE_FROM)
		return UINT32_MAX;
	return l->templates * LEARN_SHARE_PERMILLE / 1000;
}

void
learn_template_settle(const struct learned *l, const struct learn_waiting *waiting,
    uint32_t n, int64_t last_epoch, int64_t now_epoch, struct learn_settled *out)
{
	struct claim *claim = calloc((size_t)l->actions.n + 1, sizeof(*claim));
	uint32_t claims = 0, share = share_of(l);

	CHECK(claim);
	for (uint32_t i = 0; i < l->actions.n; i++) {
		const struct learn_action *a = &l->actions.v[i];
		const struct learn_waiting key = {
		    .hash = a->hash, .kind = a->kind, .mature = a->mature};
		const struct learn_waiting *w = n == 0
		    ? NULL
		    : bsearch(&key, waiting, n, sizeof(*waiting), waiting_cmp);

		out[i] = (struct learn_settled){
		    LEARN_WAIT, epochs_of(w, last_epoch, now_epoch), now_epoch};
		if (a->human)
			out[i].verdict = LEARN_APPLY;
		else if (out[i].epochs < LEARN_EPOCHS ||
		    (a->fresh && a->requests < LEARN_REQUESTS))
			continue;
		else if (a->mature)
			out[i].verdict = LEARN_PROPOSE;
		else if (a->settled)
			claim[claims++] = (struct claim){a->requests, a->hash, i};
		else
			out[i].verdict = LEARN_APPLY;
	}
	qsort(claim, claims, sizeof(*claim), claim_cmp);
	for (uint32_t i = 0; i < claims && i < share; i++)
		out[claim[i].at].verdict = LEARN_APPLY;
	free(claim);
}
