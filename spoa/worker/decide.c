/* One NOTIFY from bytes to ACK. */
#include "worker/decide.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/derive.h"
#include "engine/request_record.h"
#include "worker/allocations.h"
#include "worker/answer.h"
#include "worker/fault.h"
#include "worker/server.h"

_Static_assert(ANSWER_BYTES_MAX <= SERVER_ACK_MAX, "an answer fits the server's room");
_Static_assert(SHARED_ANALYSTS_MAX <= 32, "ring_touched has a bit for each shard");

int
decide_init(struct decider *d, const struct settings *s, struct shared *shared,
    struct shared_role *slot, unsigned worker, struct ring *rings, unsigned shards,
    const struct keyring *line)
{
	const struct secret *secret = keyring_current(line, clock_wall_us());
	int err;

	*d = (struct decider){
	    .shared = shared,
	    .slot = slot,
	    .worker = worker,
	    .rings = rings,
	    .shards = shards,
	};
	if (secret == NULL)
		return ERR_NOTFOUND;
	d->ctx_epoch = (uint16_t)secret->epoch;
	if ((err = derive_ctx_key(secret, d->ctx_key)) != OK)
		return err;
	d->memory = malloc((size_t)s->request_arena_bytes);
	if (d->memory == NULL)
		return ERR_NOMEM;
	arena_init(&d->arena, d->memory, (size_t)s->request_arena_bytes);
	decide_reload(d, s);
	return OK;
}

void
decide_fini(struct decider *d)
{
	free(d->memory);
	*d = (struct decider){0};
}

void
decide_reload(struct decider *d, const struct settings *s)
{
	arguments_init(&d->arguments, (unsigned)s->spop_max_arguments);
	watch_init(&d->watch, s, clock_mono_ns());
}

void
decide_use(struct decider *d, struct engine *e, uint64_t revision)
{
	d->engine = e;
	d->revision = revision;
	metric_set(&d->slot->metric, M_POLICY_REVISION, revision);
}

/* --- in hand ---------------------------------------------------------------------- */

/* Publishes the request; true if it is in quarantine. */
static bool
take_in_hand(struct decider *d, const struct request *r)
{
	const struct span field[HAND_FIELDS] = {
	    [HAND_METHOD] = r->method,
	    [HAND_PATH] = r->path,
	    [HAND_QUERY] = r->query,
	    [HAND_HEADERS] = r->headers,
	    [HAND_BODY] = r->body,
	};

	shared_hand_set(d->shared, d->worker, field);
	return shared_quarantine_any(d->shared) &&
	    shared_quarantine_has(d->shared, shared_fingerprint(field));
}

/* --- what follows from a verdict -------------------------------------------------- */

static struct span
seal(struct decider *d, const struct request *r, const struct verdict *v,
    uint64_t sequence, char out[CTX_TEXT_MAX])
{
	struct ctx c = {
	    .flags = (uint8_t)v->flags,
	    .worker = (uint16_t)d->worker,
	    .shard = (uint16_t)(d->shards ? v->identity.lo % d->shards : 0),
	    .epoch = d->ctx_epoch,
	    .revision = (uint32_t)v->revision,
	    .time_us = r->now_us,
	    .sequence = sequence,
	    .identity = v->identity.lo,
	    .endpoint = v->endpoint_hash,
	};

	return ctx_seal(&c, d->ctx_key, out);
}

static void
record(struct decider *d, const struct request *r, const struct verdict *v,
    uint64_t sequence, int64_t decision_ns)
{
	struct metric_block *m = &d->slot->metric;
	bool with_body = (v->flags & VERDICT_BODY_IN_RECORD) != 0;
	const struct bundle *b = engine_bundle(d->engine);
	uint32_t endpoint_id = 0, shard;
	void *at;

	if (d->shards == 0)
		return;
	shard = (uint32_t)(v->identity.lo % d->shards);
	if (b != NULL && v->endpoint < b->endpoints)
		endpoint_id = b->endpoint[v->endpoint].id;
	at = ring_reserve(
	    &d->rings[shard], RING_REQUEST, request_record_size(r, with_body));
	if (at == NULL) {
		metric_add(m, M_RING_DROPPED, 1);
		return;
	}
	request_record_write(at, r, v, (uint16_t)d->worker, sequence, endpoint_id,
	    (uint32_t)decision_ns, with_body);
	ring_commit(&d->rings[shard]);
	d->ring_touched |= 1u << shard;
	metric_add(m, M_RING_RECORDS, 1);
}

static void
count(struct metric_block *m, const struct verdict *v)
{
	switch (v->action) {
	case ACTION_DENY: metric_add(m, M_DENIED, 1); break;
	case ACTION_RATE: metric_add(m, M_RATED, 1); break;
	case ACTION_DROP: metric_add(m, M_DROPPED, 1); break;
	default: metric_add(m, M_ALLOWED, 1); break;
	}
	if (v->shadow_action != 0)
		metric_add(m, M_SHADOWED, 1);
	if (v->flags & VERDICT_WATCH)
		metric_add(m, M_WATCHED, 1);
	if (v->flags & VERDICT_PROVISIONAL)
		metric_add(m, M_PROVISIONAL, 1);
	for (uint32_t bits = v->exceptions; bits != 0; bits &= bits - 1)
		metric_exception(m, (enum exception_id)__builtin_ctz(bits));
}

/* --- handlers --------------------------------------------------------------------- */

void
decide_batch(void *ctx)
{
	struct decider *d = ctx;

	d->allocations = allocations_count();
	d->batch_wall_us = clock_wall_us();
	d->last_ns = d->batch_mono_ns = clock_mono_ns();
}

void
decide_batch_end(void *ctx)
{
	struct decider *d = ctx;

	for (unsigned i = 0; d->ring_touched != 0; i++, d->ring_touched >>= 1)
		if (d->ring_touched & 1)
			ring_wake(&d->rings[i]);
	if (allocations_count() != d->allocations)
		metric_add(&d->slot->metric, M_ALLOCATIONS,
		    allocations_count() - d->allocations);
}

static void
decide_request(struct decider *d, struct request *r, const struct spop_frame *f,
    struct spop_writer *w)
{
	struct analysis seen;
	struct verdict v;
	char sealed[CTX_TEXT_MAX];
	int64_t now_ns;
	uint64_t sequence;
	bool quarantined = take_in_hand(d, r);

	if (!quarantined)
		fault_on_request(r);
	sequence = atomic_load_explicit(&d->slot->sequence, memory_order_relaxed) + 1;
	atomic_store_explicit(&d->slot->sequence, sequence, memory_order_relaxed);
	arena_reset(&d->arena);
	engine_decide(d->engine, r, quarantined, &d->arena, &seen, &v);
	if (watch_take(&d->watch, d->shared, &v, d->last_ns))
		v.flags |= VERDICT_WATCH | VERDICT_BODY_IN_RECORD;
	else
		v.flags &= ~(uint32_t)VERDICT_WATCH;
	if (r->body.n > 0 && !(v.flags & VERDICT_BODY_IN_RECORD) &&
	    watch_body(&d->watch, &v, d->last_ns))
		v.flags |= VERDICT_BODY_IN_RECORD;
	answer_put(w, f, &v, seal(d, r, &v, sequence, sealed));
	now_ns = clock_mono_ns();
	record(d, r, &v, sequence, now_ns - d->last_ns);
	metric_decision(&d->slot->metric, (uint64_t)(now_ns - d->last_ns));
	count(&d->slot->metric, &v);
	d->last_ns = now_ns;
	shared_hand_clear(d->shared, d->worker);
}

int
decide_notify(void *ctx, const struct spop_frame *f, struct spop_writer *w)
{
	struct decider *d = ctx;
	struct request r;
	bool found;
	int err;

	request_init(&r);
	if ((err = arguments_read(&d->arguments, f->payload, &r, &found)) != OK)
		return err;
	if (!found) {
		answer_put_void(w, f);
		return OK;
	}
	r.mono_ns = d->last_ns;
	r.now_us = d->batch_wall_us + (d->last_ns - d->batch_mono_ns) / 1000;
	decide_request(d, &r, f, w);
	return OK;
}
