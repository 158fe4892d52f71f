/* The watch budget. */
#include "worker/watch.h"

/* The floor that all unknown endpoints share; no endpoint has this hash. */
#define PROVISIONAL_FLOOR UINT64_MAX

void
watch_init(struct watch_budget *b, const struct settings *s, int64_t mono_ns)
{
	*b = (struct watch_budget){
	    .floor = s->watch_floor,
	    .share = (double)s->watch_percent / 100,
	    .per_second = (double)s->watch_per_second,
	    .burst = (double)s->watch_burst,
	    .tokens = (double)s->watch_burst,
	    .last_ns = mono_ns,
	    .bodies_per_second = (double)s->fields_bodies_per_second,
	    .bodies = (double)s->fields_bodies_per_second,
	    .bodies_ns = mono_ns,
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
first_in_second(struct shared *s, uint64_t hash, int64_t mono_ns)
{
	return shared_watch_due(s, hash, (uint32_t)(mono_ns / 1000000000));
}

static bool
floor_due(struct shared *s, const struct verdict *v, int64_t mono_ns)
{
	return first_in_second(s,
	    v->flags & VERDICT_PROVISIONAL ? PROVISIONAL_FLOOR : v->endpoint_hash,
	    mono_ns);
}

/* From the budget: a rule's wish, or what is left over. */
static bool
token_take(
    struct watch_budget *b, struct shared *s, const struct verdict *v, int64_t mono_ns)
{
	if (b->per_second <= 0 || b->tokens < 1)
		return false;
	if (!(v->flags & VERDICT_WATCH) && b->tokens <= b->burst / 2 &&
	    !(v->flags & VERDICT_PROVISIONAL &&
		first_in_second(s, v->endpoint_hash, mono_ns)))
		return false;
	b->tokens--;
	return true;
}

bool
watch_take(
    struct watch_budget *b, struct shared *s, const struct verdict *v, int64_t mono_ns)
{
	if (v->action != ACTION_ALLOW || b->share <= 0)
		return false;
	b->credit += b->share;
	if (b->credit < 1)
		return false;
	b->credit = 1;
	refill(b, mono_ns);
	if (!(b->floor && floor_due(s, v, mono_ns)) && !token_take(b, s, v, mono_ns))
		return false;
	b->credit = 0;
	return true;
}

bool
watch_body(struct watch_budget *b, const struct verdict *v, int64_t mono_ns)
{
	double passed = (double)(mono_ns - b->bodies_ns) / 1e9;

	if (v->action != ACTION_ALLOW)
		return false;
	if (passed > 0) {
		b->bodies += passed * b->bodies_per_second;
		if (b->bodies > b->bodies_per_second)
			b->bodies = b->bodies_per_second;
		b->bodies_ns = mono_ns;
	}
	if (b->bodies < 1 ||
	    (!(v->flags & VERDICT_PROVISIONAL) && b->bodies <= b->bodies_per_second / 2))
		return false;
	b->bodies--;
	return true;
}
