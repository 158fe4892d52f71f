/* See batch.h. */
#include "recorder/batch.h"

#include <stdlib.h>

#define TEXT_BLOCK 65536
#define PAST_US (INT64_C(80) * 24 * 3600 * 1000000) /* older: a clock, not a delay */
#define FUTURE_US (INT64_C(600) * 1000000)

/* --- lists --------------------------------------------------------------------------- */

static int
list_grow(void **v, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;
	void *grown;

	if (n < *cap)
		return OK;
	grown = realloc(*v, more * size);
	if (!grown)
		return ERR_NOMEM;
	*v = grown;
	*cap = more;
	return OK;
}

#define LIST_PUSH(list, value)                                                   \
	(list_grow((void **)&(list).v, &(list).cap, (list).n, sizeof(*(list).v)) \
		? ERR_NOMEM                                                      \
		: ((list).v[(list).n++] = (value), OK))

/* A copy that lives as long as the batch. */
static int
text_keep(struct batch *b, struct span *s)
{
	size_t need = s->n > TEXT_BLOCK ? s->n : TEXT_BLOCK;
	char *at;

	if (span_absent(*s))
		return OK;
	if (b->blocks.n == 0 || b->block_size - b->block_used < s->n) {
		at = malloc(need);
		if (!at || LIST_PUSH(b->blocks, at) != OK) {
			free(at);
			*s = SPAN_NONE;
			return ERR_NOMEM;
		}
		b->block_size = need;
		b->block_used = 0;
	}
	at = b->blocks.v[b->blocks.n - 1] + b->block_used;
	memcpy(at, s->p, s->n);
	b->block_used += s->n;
	s->p = at;
	return OK;
}

int
batch_init(struct batch *b, size_t records_max)
{
	*b = (struct batch){0};
	if (map_init(&b->minute_of, records_max) != OK)
		return ERR_NOMEM;
	if (map_init(&b->hour_of, records_max) != OK) {
		map_fini(&b->minute_of);
		return ERR_NOMEM;
	}
	return OK;
}

void
batch_hour_fini(struct batch_hour *h)
{
	hist_fini(&h->sum.latency_us);
	hist_fini(&h->sum.request_size);
	hist_fini(&h->sum.response_size);
}

void
batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->hours.n; i++)
		batch_hour_fini(&b->hours.v[i]);
	for (size_t i = 0; i < b->blocks.n; i++)
		free(b->blocks.v[i]);
	b->streams.n = b->minutes.n = b->hours.n = b->endpoints.n = 0;
	b->decisions.n = b->coverage.n = b->gaps.n = b->words.n = 0;
	b->observations.n = b->classes.n = b->suspects.n = b->children.n = 0;
	b->links.n = 0;
	b->refused.n = b->blocks.n = 0;
	b->block_used = b->block_size = 0;
	b->records = 0;
	b->clamped = 0;
	b->oldest_us = 0;
	map_clear(&b->minute_of);
	map_clear(&b->hour_of);
}

void
batch_fini(struct batch *b)
{
	batch_clear(b);
	free(b->streams.v);
	free(b->minutes.v);
	free(b->hours.v);
	free(b->endpoints.v);
	free(b->decisions.v);
	free(b->coverage.v);
	free(b->gaps.v);
	free(b->words.v);
	free(b->observations.v);
	free(b->classes.v);
	free(b->suspects.v);
	free(b->children.v);
	free(b->links.v);
	free(b->refused.v);
	free(b->blocks.v);
	map_fini(&b->minute_of);
	map_fini(&b->hour_of);
	*b = (struct batch){0};
}

/* --- taking records ------------------------------------------------------------------ */

static int
stream_note(struct batch *b, unsigned shard, const struct spool_position *at)
{
	struct batch_stream one = {
	    shard, at->boot, at->stream, at->sequence, at->sequence};

	for (size_t i = b->streams.n; i-- > 0;) {
		struct batch_stream *s = &b->streams.v[i];

		if (s->shard == shard && s->boot == at->boot && s->kind == at->stream) {
			s->to = at->sequence;
			return OK;
		}
	}
	return LIST_PUSH(b->streams, one);
}

/* A clock that was wrong would need partitions of its own: such a record counts now. */
static int64_t
time_clamp(struct batch *b, int64_t us)
{
	if (us >= b->now_us - PAST_US && us <= b->now_us + FUTURE_US)
		return us;
	b->clamped++;
	return b->now_us;
}

static int64_t
floor_to(int64_t us, int64_t width)
{
	int64_t rest = us % width;

	return us - (rest < 0 ? rest + width : rest);
}

static uint64_t
mix(uint64_t hash, int64_t time_us)
{
	uint64_t x = hash ^ ((uint64_t)time_us * UINT64_C(0x9e3779b97f4a7c15));

	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

static int
minute_get(struct batch *b, uint64_t hash, int64_t minute_us, struct batch_minute **out)
{
	struct batch_minute one = {.hash = hash, .minute_us = minute_us};
	uint64_t key = mix(hash, minute_us);
	uint32_t i;

	while ((i = map_get(&b->minute_of, key)) != MAP_NONE &&
	    (b->minutes.v[i].hash != hash || b->minutes.v[i].minute_us != minute_us))
		key++;
	if (i == MAP_NONE) {
		i = (uint32_t)b->minutes.n;
		if (map_put(&b->minute_of, key, i) != OK ||
		    LIST_PUSH(b->minutes, one) != OK)
			return ERR_NOMEM;
	}
	*out = &b->minutes.v[i];
	return OK;
}

static int
hour_get(struct batch *b, uint64_t hash, int64_t hour_us, struct batch_hour **out)
{
	struct batch_hour one = {.sum = {.hash = hash, .minute_us = hour_us}};
	uint64_t key = mix(hash, hour_us);
	uint32_t i;

	while ((i = map_get(&b->hour_of, key)) != MAP_NONE &&
	    (b->hours.v[i].sum.hash != hash || b->hours.v[i].sum.minute_us != hour_us))
		key++;
	if (i == MAP_NONE) {
		i = (uint32_t)b->hours.n;
		if (map_put(&b->hour_of, key, i) != OK || LIST_PUSH(b->hours, one) != OK)
			return ERR_NOMEM;
	}
	*out = &b->hours.v[i];
	return OK;
}

static void
minute_add(struct batch_minute *m, const struct record_summary *s)
{
	m->requests += s->requests;
	for (unsigned i = 0; i < 6; i++)
		m->status[i] += s->status[i];
	m->denied += s->denied;
	m->limited += s->limited;
	m->dropped += s->dropped;
	m->shadowed += s->shadowed;
	m->undecided += s->undecided;
	m->unfinished += s->unfinished;
}

int
batch_summary_add(struct record_summary *into, const struct record_summary *s)
{
	int err;

	into->requests += s->requests;
	into->watched += s->watched;
	for (unsigned i = 0; i < 6; i++)
		into->status[i] += s->status[i];
	into->denied += s->denied;
	into->limited += s->limited;
	into->dropped += s->dropped;
	into->shadowed += s->shadowed;
	for (unsigned i = 0; i < 3; i++)
		into->inspected[i] += s->inspected[i];
	into->undecided += s->undecided;
	into->unfinished += s->unfinished;
	into->request_bytes += s->request_bytes;
	into->response_bytes += s->response_bytes;
	into->auth_mask |= s->auth_mask;
	into->auth_none += s->auth_none;
	if (into->first_us == 0 || s->first_us < into->first_us)
		into->first_us = s->first_us;
	if (s->last_us > into->last_us)
		into->last_us = s->last_us;
	distinct_merge(&into->identities, &s->identities);
	err = hist_merge(&into->latency_us, &s->latency_us);
	if (err == OK)
		err = hist_merge(&into->request_size, &s->request_size);
	if (err == OK)
		err = hist_merge(&into->response_size, &s->response_size);
	return err;
}

static int
take_summary(struct batch *b, struct record_summary *s)
{
	int64_t minute = floor_to(time_clamp(b, s->minute_us), BATCH_MINUTE_US);
	struct batch_minute *m;
	struct batch_hour *h;
	int err = minute_get(b, s->hash, minute, &m);

	if (err)
		return err;
	minute_add(m, s);
	err = hour_get(b, s->hash, floor_to(minute, BATCH_HOUR_US), &h);
	if (err)
		return err;
	if (s->first_us < minute || s->first_us >= minute + BATCH_MINUTE_US)
		s->first_us = minute;
	if (s->last_us < minute || s->last_us >= minute + BATCH_MINUTE_US)
		s->last_us = minute;
	if (b->oldest_us == 0 || minute < b->oldest_us)
		b->oldest_us = minute;
	return batch_summary_add(&h->sum, s);
}

static int
take_endpoint(struct batch *b, struct record_endpoint *e)
{
	int err = text_keep(b, &e->service);

	if (err == OK)
		err = text_keep(b, &e->method);
	if (err == OK)
		err = text_keep(b, &e->template_text);
	if (err == OK)
		err = text_keep(b, &e->operation);
	if (err == OK)
		err = text_keep(b, &e->shapes);
	e->first_us = time_clamp(b, e->first_us);
	return err ? err : LIST_PUSH(b->endpoints, *e);
}

static int
take_decision(struct batch *b, struct record_decision *d)
{
	struct batch_decision one;
	int err = text_keep(b, &d->rule);

	if (err == OK)
		err = text_keep(b, &d->reason);
	if (err == OK)
		err = text_keep(b, &d->sample_id);
	d->minute_us = floor_to(time_clamp(b, d->minute_us), BATCH_MINUTE_US);
	d->first_us = time_clamp(b, d->first_us);
	d->last_us = time_clamp(b, d->last_us);
	one = (struct batch_decision){.d = *d};
	return err ? err : LIST_PUSH(b->decisions, one);
}

static int
take_coverage(struct batch *b, struct record_coverage *c)
{
	int err = text_keep(b, &c->service);

	c->minute_us = floor_to(time_clamp(b, c->minute_us), BATCH_MINUTE_US);
	return err ? err : LIST_PUSH(b->coverage, *c);
}

static int
take_word(struct batch *b, struct record_word *w)
{
	int err = text_keep(b, &w->token);

	if (err == OK)
		err = text_keep(b, &w->text);
	w->at_us = time_clamp(b, w->at_us);
	return err ? err : LIST_PUSH(b->words, *w);
}

static int
take_class(struct batch *b, const struct record_observation *o, unsigned i)
{
	struct batch_class one = {.at = o->at,
	    .name = o->cls[i].name,
	    .hits = o->cls[i].hits,
	    .checked = o->cls[i].checked,
	    .certain = o->cls[i].certain,
	    .contained = o->cls[i].contained,
	    .prior = o->cls[i].prior};
	int err = text_keep(b, &one.name);

	return err ? err : LIST_PUSH(b->classes, one);
}

static int
take_observation(struct batch *b, struct record_observation *o)
{
	struct batch_observation one;
	int err = text_keep(b, &o->at.path);

	o->first_us = time_clamp(b, o->first_us);
	o->last_us = time_clamp(b, o->last_us);
	for (unsigned i = 0; err == OK && i < OBSERVATION_CLASSES; i++)
		if (!span_absent(o->cls[i].name))
			err = take_class(b, o, i);
	one = (struct batch_observation){.o = *o};
	return err ? err : LIST_PUSH(b->observations, one);
}

/* With an observation that counts nothing: so all rows of fields and classes are locked by
 * one statement, in their order, and two recorders never wait for each other. */
static int
take_suspect(struct batch *b, struct record_suspect *s)
{
	struct batch_suspect one;
	struct batch_observation seen;
	struct batch_class judged;
	int err = text_keep(b, &s->at.path);

	if (err == OK)
		err = text_keep(b, &s->cls);
	if (err == OK)
		err = text_keep(b, &s->evidence);
	if (err == OK)
		err = text_keep(b, &s->sample_id);
	s->at_us = time_clamp(b, s->at_us);
	one = (struct batch_suspect){.s = *s};
	seen = (struct batch_observation){
	    .o = {.at = s->at, .first_us = s->at_us, .last_us = s->at_us}};
	judged = (struct batch_class){.at = s->at, .name = s->cls};
	if (err == OK)
		err = LIST_PUSH(b->observations, seen);
	if (err == OK)
		err = LIST_PUSH(b->classes, judged);
	return err ? err : LIST_PUSH(b->suspects, one);
}

static int
take_child(struct batch *b, struct record_child *c)
{
	struct batch_child one;
	int err = text_keep(b, &c->word);

	one = (struct batch_child){.c = *c};
	return err ? err : LIST_PUSH(b->children, one);
}

static int
take_link(struct batch *b, struct record_link *l)
{
	int err = text_keep(b, &l->from);

	if (err == OK)
		err = text_keep(b, &l->to);
	l->at_us = time_clamp(b, l->at_us);
	return err ? err : LIST_PUSH(b->links, *l);
}

int
batch_add_gap(struct batch *b, unsigned shard, const struct record_gap *g)
{
	struct batch_gap one = {shard, *g};
	int err = text_keep(b, &one.gap.cause);

	one.gap.from_us = time_clamp(b, g->from_us);
	one.gap.to_us = time_clamp(b, g->to_us);
	return err ? err : LIST_PUSH(b->gaps, one);
}

static int
take(struct batch *b, unsigned shard, struct record *r)
{
	switch (r->kind) {
	case RECORD_ENDPOINT: return take_endpoint(b, &r->endpoint);
	case RECORD_SUMMARY: return take_summary(b, &r->summary);
	case RECORD_DECISION: return take_decision(b, &r->decision);
	case RECORD_COVERAGE: return take_coverage(b, &r->coverage);
	case RECORD_GAP: return batch_add_gap(b, shard, &r->gap);
	case RECORD_WORD: return take_word(b, &r->word);
	case RECORD_OBSERVATION: return take_observation(b, &r->observation);
	case RECORD_SUSPECT: return take_suspect(b, &r->suspect);
	case RECORD_CHILD: return take_child(b, &r->child);
	case RECORD_LINK: return take_link(b, &r->link);
	default: return ERR_UNSUPPORTED;
	}
}

static int
refuse(struct batch *b, unsigned shard, const struct spool_position *at,
    struct span payload, struct span why)
{
	struct batch_refused one = {shard, *at, payload, why};
	struct record_gap gap = {b->now_us, b->now_us, 1, 0, SPAN("record refused")};
	struct record r;
	int err = text_keep(b, &one.payload);

	if (err == OK)
		err = text_keep(b, &one.why);
	if (err == OK)
		err = LIST_PUSH(b->refused, one);
	if (record_unpack(payload, &r) == OK) {
		gap.requests = r.kind == RECORD_SUMMARY ? r.summary.requests : 0;
		record_fini(&r);
	}
	return err ? err : batch_add_gap(b, shard, &gap);
}

int
batch_add(struct batch *b, unsigned shard, const struct spool_position *at,
    struct span payload, struct span as_refused)
{
	struct record r;
	int err = stream_note(b, shard, at);

	b->records++;
	if (err)
		return err;
	if (!span_absent(as_refused))
		return refuse(b, shard, at, payload, as_refused);
	err = record_unpack(payload, &r);
	if (err == ERR_NOMEM)
		return err;
	if (err)
		return refuse(b, shard, at, payload, span_str(err_str(err)));
	err = take(b, shard, &r);
	record_fini(&r);
	return err;
}
