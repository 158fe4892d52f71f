/* The watch budget. */
#include "worker/watch.h"

/* The floor that all unknown endpoints share; no endpoint has this hash. */
#define PROVISIONAL_FLOOR UINT64_MAX

void
watch_init(struct watch_budget *b, double per_second, double burst, int64_t mono_ns)
{
	*b = (struct watch_budget){
	    .per_second = per_second,
	    .burst = burst,
	    .tokens = burst,
	    .last_ns = mono_ns,
	};
}

static void
refill(struct watch_budget *b, int64_t mono_ns)
{
	if (mono_ns <= b->last_ns)
		return;
	b->tokens += b->per_second * (double)(mono_ns - b->last_ns) / 1e9;
	if (b->tokens > b->burst)
		b->tokens = b->burst;
	b->last_ns = mono_ns;
}

static bool
floor_due(struct shared *s, const struct verdict *v, int64_t mono_ns)
{
	uint64_t hash =
	    v->flags & VERDICT_PROVISIONAL ? PROVISIONAL_FLOOR : v->endpoint_hash;

	return shared_watch_due(s, hash, (uint32_t)(mono_ns / 1000000000));
}

bool
watch_take(
    struct watch_budget *b, struct shared *s, const struct verdict *v, int64_t mono_ns)
{
	bool take;

	if (v->action != ACTION_ALLOW || b->per_second <= 0)
		return false;
	refill(b, mono_ns);
	take = (b->tokens - 1 >= -b->burst && floor_due(s, v, mono_ns)) ||
	    (b->tokens >= 1 && (v->flags & VERDICT_WATCH || b->tokens > b->burst / 2));
	if (take)
		b->tokens--;
	return take;
}
