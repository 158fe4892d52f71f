/* See decision.h. */
#include "analyst/decision.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyst/aggregate.h"
#include "base/map.h"

#define EVENTS_MAX 2048u /* of each table */
#define NAME_MAX_BYTES 160
#define ID_MAX_BYTES 128

struct event {
	struct record_decision r;
	char rule[NAME_MAX_BYTES];
	char id[ID_MAX_BYTES];
};

struct table {
	struct event *event;
	uint32_t n;
	struct map map; /* key of the event to its index */
};

struct decisions {
	struct sink sink;
	struct redactor *redactor;
	struct table loud, quiet;
	int64_t quiet_minute_us; /* of all quiet ones */
	const struct bundle *bundle;
	struct map rule; /* name hash to rule */
};

static int
table_init(struct table *t)
{
	t->event = calloc(EVENTS_MAX, sizeof(*t->event));
	return t->event ? map_init(&t->map, EVENTS_MAX) : ERR_NOMEM;
}

static void
table_fini(struct table *t)
{
	map_fini(&t->map);
	free(t->event);
}

static uint32_t
table_flush(struct decisions *d, struct table *t)
{
	uint32_t n = t->n;

	for (uint32_t i = 0; i < n; i++) {
		struct record r = {.kind = RECORD_DECISION, .decision = t->event[i].r};

		d->sink.put(d->sink.ctx, &r);
	}
	if (n > 0)
		map_clear(&t->map);
	t->n = 0;
	return n;
}

int
decisions_new(struct sink sink, struct redactor *redactor, struct decisions **out)
{
	struct decisions *d = calloc(1, sizeof(*d));

	*out = NULL;
	if (!d)
		return ERR_NOMEM;
	d->sink = sink;
	d->redactor = redactor;
	if (table_init(&d->loud) != OK || table_init(&d->quiet) != OK) {
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
	table_fini(&d->loud);
	table_fini(&d->quiet);
	map_fini(&d->rule);
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
event_begin(const struct decisions *d, struct event *e, const struct request_prelude *p,
    struct span unique_id, uint64_t what)
{
	char token[TOKEN_TEXT_MAX];
	int n;

	e->r.sample_identity_hi = p->identity_hi;
	e->r.sample_identity_lo = p->identity_lo;
	e->r.sample_id = text_keep(e->id, sizeof(e->id),
	    redact_request_id(d->redactor, unique_id, p->time_us, token));
	if (what >= EXCEPTIONS) {
		rule_describe(d, e, what);
		return;
	}
	n = snprintf(e->rule, sizeof(e->rule), "exception:%s",
	    exception_name((enum exception_id)what));
	e->r.rule = span_make(e->rule, (size_t)n);
	e->r.reason = span_str(exception_reason((enum exception_id)what));
}

static struct table *
table_of(struct decisions *d, const struct record_decision *r)
{
	if (r->action != ACTION_ALLOW || r->shadow_action != 0)
		return &d->loud;
	if (r->minute_us != d->quiet_minute_us) {
		(void)table_flush(d, &d->quiet);
		d->quiet_minute_us = r->minute_us;
	}
	return &d->quiet;
}

static void
event_note(struct decisions *d, const struct request_prelude *p, struct span unique_id,
    struct record_decision r, uint64_t what)
{
	struct table *t;
	struct event *e;
	uint64_t key;
	uint32_t i;

	r.minute_us = minute_of(p->time_us);
	r.revision = p->revision;
	r.first_us = p->time_us;
	t = table_of(d, &r);
	key = event_key(&r, what);
	i = map_get(&t->map, key);
	if (i == MAP_NONE) {
		if (t->n == EVENTS_MAX)
			(void)table_flush(d, t);
		i = t->n;
		if (map_put(&t->map, key, i) != OK)
			return;
		t->n++;
		t->event[i].r = r;
		event_begin(d, &t->event[i], p, unique_id, what);
	}
	e = &t->event[i];
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
decisions_flush_loud(struct decisions *d)
{
	return table_flush(d, &d->loud);
}

uint32_t
decisions_flush_quiet(struct decisions *d, int64_t now_us)
{
	if (d->quiet_minute_us == minute_of(now_us))
		return 0;
	return table_flush(d, &d->quiet);
}

bool
decisions_waiting(const struct decisions *d)
{
	return d->loud.n > 0 || d->quiet.n > 0;
}

uint32_t
decisions_flush(struct decisions *d)
{
	return table_flush(d, &d->loud) + table_flush(d, &d->quiet);
}
