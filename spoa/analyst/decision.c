/* See decision.h. */
#include "analyst/decision.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyst/aggregate.h"
#include "base/map.h"

#define EVENTS_MAX 1024u
#define NAME_MAX_BYTES 160
#define ID_MAX_BYTES 128

struct event {
	struct record_decision r;
	char rule[NAME_MAX_BYTES];
	char id[ID_MAX_BYTES];
};

struct decisions {
	struct sink sink;
	struct event *event;
	uint32_t n;
	struct map map; /* key of the event to its index */
	const struct bundle *bundle;
	struct map rule; /* name hash to rule */
};

int
decisions_new(struct sink sink, struct decisions **out)
{
	struct decisions *d = calloc(1, sizeof(*d));

	*out = NULL;
	if (!d)
		return ERR_NOMEM;
	d->sink = sink;
	d->event = calloc(EVENTS_MAX, sizeof(*d->event));
	if (!d->event || map_init(&d->map, EVENTS_MAX) != OK) {
		decisions_free(d);
		return ERR_NOMEM;
	}
	*out = d;
	return OK;
}

void
decisions_free(struct decisions *d)
{
	if (!d)
		return;
	map_fini(&d->map);
	map_fini(&d->rule);
	free(d->event);
	free(d);
}

int
decisions_bundle(struct decisions *d, const struct bundle *b)
{
	struct map map = {0};

	if (b && map_init(&map, b->rules) != OK)
		return ERR_NOMEM;
	for (uint32_t i = 0; b && i < b->rules; i++)
		if (map_put(&map, b->rule[i].name_hash, i) != OK) {
			map_fini(&map);
			return ERR_NOMEM;
		}
	map_fini(&d->rule);
	d->rule = map;
	d->bundle = b;
	return OK;
}

static struct span
text_keep(char *to, size_t cap, struct span s)
{
	s = span_head(s, cap);
	memcpy(to, s.p, s.n);
	return span_make(to, s.n);
}

/* A rule of a bundle that is not ours (yet) is named by its hash. */
static void
rule_describe(const struct decisions *d, struct event *e, uint64_t hash)
{
	const struct bundle *b = d->bundle;
	uint32_t i = b ? map_get(&d->rule, hash) : MAP_NONE;
	int n;

	if (i == MAP_NONE) {
		n = snprintf(
		    e->rule, sizeof(e->rule), "rule:%016llx", (unsigned long long)hash);
		e->r.rule = span_make(e->rule, (size_t)n);
		e->r.reason = SPAN("");
		return;
	}
	e->r.rule = text_keep(e->rule, sizeof(e->rule), bundle_text(b, b->rule[i].name));
	/* The bundle outlives the event: both are flushed before another takes its place. */
	e->r.reason = bundle_text(b, b->rule[i].reason);
}

static uint64_t
event_key(const struct record_decision *r, uint64_t what)
{
	const uint64_t part[] = {(uint64_t)r->minute_us, r->hash, what,
	    (uint64_t)r->action << 48 | (uint64_t)r->shadow_action << 32 | r->status,
	    r->revision};
	uint64_t h = UINT64_C(0x243f6a8885a308d3);

	for (unsigned i = 0; i < sizeof(part) / sizeof(*part); i++) {
		h = (h ^ part[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

/* what: the rule's hash, or the exception's number when it is below EXCEPTIONS. */
static void
event_note(struct decisions *d, const struct request_prelude *p, struct span unique_id,
    struct record_decision r, uint64_t what)
{
	uint64_t key;
	struct event *e;
	uint32_t i;

	r.minute_us = minute_of(p->time_us);
	r.revision = p->revision;
	r.first_us = p->time_us;
	key = event_key(&r, what);
	i = map_get(&d->map, key);
	if (i == MAP_NONE) {
		if (d->n == EVENTS_MAX)
			(void)decisions_flush(d);
		if (map_put(&d->map, key, d->n) != OK)
			return;
		e = &d->event[d->n++];
		e->r = r;
		e->r.sample_identity_hi = p->identity_hi;
		e->r.sample_identity_lo = p->identity_lo;
		e->r.sample_id = text_keep(
		    e->id, sizeof(e->id), span_absent(unique_id) ? SPAN("") : unique_id);
		if (what < EXCEPTIONS) {
			int n = snprintf(e->rule, sizeof(e->rule), "exception:%s",
			    exception_name((enum exception_id)what));

			e->r.rule = span_make(e->rule, (size_t)n);
			e->r.reason = span_str(exception_reason((enum exception_id)what));
		} else {
			rule_describe(d, e, what);
		}
	} else {
		e = &d->event[i];
	}
	e->r.requests++;
	if (p->time_us > e->r.last_us)
		e->r.last_us = p->time_us;
	if (p->time_us < e->r.first_us)
		e->r.first_us = p->time_us;
	distinct_add(&e->r.identities, p->identity_lo);
}

void
decisions_note(struct decisions *d, const struct request_prelude *p,
    struct span unique_id, uint64_t endpoint)
{
	struct record_decision r = {.hash = endpoint, .action = p->action};
	bool by_exception = p->rule_hash == 0 && p->action != ACTION_ALLOW;

	if (p->rule_hash != 0) {
		r.status = p->status;
		event_note(d, p, unique_id, r, p->rule_hash);
	}
	if (p->shadow_hash != 0 && p->shadow_action != 0) {
		r.status = 0;
		r.shadow_action = p->shadow_action;
		event_note(d, p, unique_id, r, p->shadow_hash);
	}
	for (uint32_t bits = p->exceptions; bits != 0; bits &= bits - 1) {
		unsigned id = (unsigned)__builtin_ctz(bits);

		if (id >= EXCEPTIONS)
			break;
		r.action = by_exception ? p->action : ACTION_ALLOW;
		r.status = by_exception ? p->status : 0;
		r.shadow_action = p->shadow_hash == 0 ? p->shadow_action : 0;
		event_note(d, p, unique_id, r, id);
	}
}

uint32_t
decisions_flush(struct decisions *d)
{
	uint32_t n = d->n;

	for (uint32_t i = 0; i < n; i++) {
		struct record r = {.kind = RECORD_DECISION, .decision = d->event[i].r};

		d->sink.put(d->sink.ctx, &r);
	}
	map_clear(&d->map);
	d->n = 0;
	return n;
}

bool
decisions_waiting(const struct decisions *d)
{
	return d->n > 0;
}
