/* See fields.h. What is told of fields, and when: at once what is new, later only when there
 * is twice as much, so that a field costs a few dozen records in its life. */
#include "analyst/field_table.h"

#include <math.h>
#include <stdio.h>

#define FLUSH_MAX 8192u /* observations of one flush; the others wait for the next */
#define COUNT_MAX (UINT32_C(1) << 30) /* counts are halved from there on */

static bool
class_grew(const struct field_class *c)
{
	return c->hits > 2 * c->sent_hits || c->checked > 2 * c->sent_checked ||
	    c->certain > 2 * c->sent_certain || c->contained > 2 * c->sent_contained;
}

static bool
is_due(const struct fields *t, const struct field_state *f)
{
	if (f->sent_us == 0) {
		/* The name of one message's map is told when it comes again, as is what has
		 * taken another's place: it may come once, like the next. */
		if (f->present > 1 || (f->n_held == 0 && !fields_full(t, f->endpoint)))
			return true;
		for (unsigned i = 0; i < f->n_cls; i++)
			if (f->cls[i].told)
				return true;
		return false;
	}
	if (f->present >= 2 * f->sent_present || f->types != f->sent_types ||
	    f->status != f->sent_status || f->last_us - f->sent_us >= FRESH_US ||
	    f->values - f->sent_values >= COUNT_MAX)
		return true;
	for (unsigned i = 0; i < f->n_cls; i++)
		if (class_grew(&f->cls[i]))
			return true;
	return false;
}

void
field_due(struct fields *t, uint32_t i)
{
	struct field_state *f = &t->e[i];

	if (f->due || !is_due(t, f))
		return;
	f->due = true;
	t->due[t->n_due++] = i;
}

/* What speaks most: suspected, proven, named, then hits. */
static uint64_t
class_rank(const struct field_class *c)
{
	uint64_t hits = c->hits + (uint64_t)c->contained;

	return (uint64_t)c->told << 62 | (uint64_t)(c->certain > 0) << 61 |
	    (uint64_t)(c->prior > 0) << 60 | hits;
}

static void
classes_put(struct fields *t, struct field_state *f, struct record_observation *o)
{
	uint64_t below = UINT64_MAX;
	unsigned last = 0;

	for (unsigned n = 0; n < OBSERVATION_CLASSES; n++) {
		struct field_class *best = NULL;
		unsigned at = 0;

		/* The next by rank, then place. */
		for (unsigned i = 0; i < f->n_cls; i++) {
			uint64_t rank = class_rank(&f->cls[i]);

			if (rank > below || (rank == below && n > 0 && i <= last))
				continue;
			if (!best || rank > class_rank(best)) {
				best = &f->cls[i];
				at = i;
			}
		}
		if (!best)
			return;
		below = class_rank(best);
		last = at;
		o->cls[n].name = span_str(class_get(t->classes, best->cls)->name);
		o->cls[n].hits = best->hits - best->sent_hits;
		o->cls[n].checked = best->checked - best->sent_checked;
		o->cls[n].certain = best->certain - best->sent_certain;
		o->cls[n].contained = best->contained - best->sent_contained;
		o->cls[n].prior = best->prior;
		best->sent_hits = best->hits;
		best->sent_checked = best->checked;
		best->sent_certain = best->certain;
		best->sent_contained = best->contained;
	}
}

static struct record_place
place_of(const struct fields *t, const struct field_state *f)
{
	return (struct record_place){
	    .hash = t->o.endpoint_hash(t->o.ctx, f->endpoint),
	    .direction = f->direction,
	    .location = f->location,
	    .path = span_make(f->path, f->path_n),
	};
}

/* Counts end at 32 bits: long before, half of what has been told is forgotten. What is not
 * told yet and, nearly, the shares stay. */
static void
halve(uint32_t *n, uint32_t *sent)
{
	*n -= *sent / 2;
	*sent -= *sent / 2;
}

static void
field_halve(struct field_state *f)
{
	uint32_t half = f->sent_values / 2;

	f->distinct_at -= half < f->distinct_at ? half : f->distinct_at;
	halve(&f->present, &f->sent_present);
	halve(&f->values, &f->sent_values);
	for (unsigned i = 0; i < f->n_cls; i++) {
		struct field_class *c = &f->cls[i];

		halve(&c->hits, &c->sent_hits);
		halve(&c->checked, &c->sent_checked);
		halve(&c->certain, &c->sent_certain);
		halve(&c->contained, &c->sent_contained);
		/* Of a class that was not among those told. */
		if (c->hits > f->values)
			c->hits = f->values;
	}
}

void
field_tell(struct fields *t, uint32_t i)
{
	struct field_state *f = &t->e[i];
	struct record r = {.kind = RECORD_OBSERVATION};
	struct record_observation *o = &r.observation;
	uint32_t messages = endpoint_of(t, f)->messages[f->direction - 1];

	if (f->present == f->sent_present)
		return;
	o->at = place_of(t, f);
	o->first_us = f->first_us;
	o->last_us = f->last_us;
	o->messages = messages - f->messages_at;
	o->present = f->present - f->sent_present;
	o->values = f->values - f->sent_values;
	o->types = f->types;
	o->status_mask = f->status;
	o->bytes_max = f->bytes_max;
	if (f->distinct)
		o->distinct = *f->distinct;
	for (unsigned k = 0; !f->distinct && k < f->n_few; k++)
		distinct_add(&o->distinct, f->few[k]);
	classes_put(t, f, o);
	t->o.sink.put(t->o.sink.ctx, &r);
	f->messages_at = messages;
	f->sent_present = f->present;
	f->sent_values = f->values;
	f->sent_types = f->types;
	f->sent_status = f->status;
	f->sent_us = f->last_us;
	f->first_us = 0;
	while (f->present >= COUNT_MAX || f->values >= COUNT_MAX)
		field_halve(f);
}

void
field_suspect(struct fields *t, const struct field_state *f, const struct field_class *c,
    const struct class_evidence *e, double score, struct span evidence,
    const struct fields_message *m)
{
	struct record r = {.kind = RECORD_SUSPECT};
	char id[TOKEN_TEXT_MAX];

	r.suspect.at = place_of(t, f);
	r.suspect.cls = span_str(class_get(t->classes, c->cls)->name);
	r.suspect.at_us = m->now_us;
	r.suspect.values = e->values;
	r.suspect.hits = e->hits + e->contained;
	r.suspect.score = lround(score * 10);
	r.suspect.evidence = span_absent(evidence) ? SPAN("") : evidence;
	r.suspect.sample_id = redact_request_id(t->o.redactor, m->id, m->now_us, id);
	t->o.sink.put(t->o.sink.ctx, &r);
	t->suspects++;
	metric_add(t->o.metric, M_SUSPECTS, 1);
}

uint32_t
fields_flush(struct fields *t, bool all)
{
	uint32_t n = t->n_due < FLUSH_MAX || all ? t->n_due : FLUSH_MAX;

	for (uint32_t k = 0; k < n; k++) {
		struct field_state *f = &t->e[t->due[k]];

		f->due = false;
		if (f->path)
			field_tell(t, t->due[k]);
	}
	t->n_due -= n;
	memmove(t->due, t->due + n, t->n_due * sizeof(*t->due));
	for (uint32_t i = 0; all && i < t->used; i++)
		if (t->e[i].path)
			field_tell(t, i);
	return n;
}

uint32_t
fields_suspects(struct fields *t)
{
	uint32_t n = t->suspects;

	t->suspects = 0;
	return n;
}

bool
fields_waiting(const struct fields *t)
{
	return t->n_due > 0;
}

void
fields_status(struct fields *t, uint32_t endpoint, int64_t status, int64_t now_us)
{
	struct field_endpoint *p = &t->endpoint[endpoint];
	struct record r = {.kind = RECORD_OBSERVATION};
	unsigned bit = (unsigned)(status - 100);
	char path[24];
	int n;

	if (status < 100 || status > 599)
		return;
	if (p->status_us == 0 || now_us - p->status_us >= FRESH_US ||
	    now_us < p->status_us) {
		memset(p->status, 0, sizeof(p->status));
		p->status_us = now_us;
	}
	if (p->status[bit / 64] >> bit % 64 & 1)
		return;
	p->status[bit / 64] |= UINT64_C(1) << bit % 64;
	n = snprintf(path, sizeof(path), "status=%u", bit + 100);
	r.observation = (struct record_observation){
	    .at = {.hash = t->o.endpoint_hash(t->o.ctx, endpoint),
		.direction = FIELD_RESPONSE,
		.location = FIELD_HEADER,
		.path = span_make(path, (size_t)n)},
	    .first_us = now_us,
	    .last_us = now_us,
	    .messages = 1,
	    .present = 1,
	    .status_mask = 1u << status / 100,
	};
	t->o.sink.put(t->o.sink.ctx, &r);
}
