/* See fields.h. What a message adds to its fields, and whether they are suspected now. */
#include <math.h>
#include <stdlib.h>

#include "analyst/field_table.h"
#include "redact/mask.h"

#define SUSPECTED_AT 3.5 /* nats: odds of 33 to 1, as class_judge() has it */
#define FEW_HITS 32 /* judged at every one; later at one of 16 */

static void
add(uint32_t *to, uint32_t n)
{
	*to = n < UINT32_MAX - *to ? *to + n : UINT32_MAX;
}

static void
add_late(uint16_t *to, uint32_t n)
{
	*to = n < (uint32_t)(UINT16_MAX - *to) ? (uint16_t)(*to + n) : UINT16_MAX;
}

/* --- distinct values ---------------------------------------------------------------- */

static void
distinct_note(struct field_state *f, uint64_t hash)
{
	if (f->distinct) {
		distinct_add(f->distinct, hash);
		return;
	}
	for (unsigned i = 0; i < f->n_few; i++)
		if (f->few[i] == hash)
			return;
	if (f->n_few < FEW) {
		f->few[f->n_few++] = hash;
		return;
	}
	f->distinct = calloc(1, sizeof(*f->distinct));
	if (!f->distinct)
		return;
	for (unsigned i = 0; i < FEW; i++)
		distinct_add(f->distinct, f->few[i]);
	distinct_add(f->distinct, hash);
}

/* Counting a sketch takes longer than classifying a value: now and then. */
static uint64_t
field_distinct(struct field_state *f)
{
	if (!f->distinct)
		return f->n_few;
	if (f->distinct->n <= DISTINCT_EXACT)
		return f->distinct->n;
	if (f->distinct_n == 0 || f->values - f->distinct_at > f->distinct_at / 8) {
		f->distinct_n = (uint32_t)distinct_count(f->distinct);
		f->distinct_at = f->values;
	}
	return f->distinct_n;
}

/* --- evidence ----------------------------------------------------------------------- */

struct span
fields_mask(struct fields *t, uint32_t field, uint16_t cls, struct span value,
    bool veiled, int64_t now_us, char text[LOOK_EVIDENCE_MAX])
{
	const struct class_info *info = class_get(t->classes, cls);
	struct span out;

	_Static_assert(LOOK_EVIDENCE_MAX >= MASK_TEXT_MAX, "a mask fits");
	if (field != LOOK_UNKNOWN) {
		const struct field_state *f = &t->e[field];

		for (unsigned i = 0; i < f->n_cls; i++)
			if (f->cls[i].cls == cls && f->cls[i].told)
				return SPAN_NONE;
		if (class_prior(&f->context, cls) < 0 && f->values > WINDOW &&
		    f->late_values < WINDOW)
			return SPAN_NONE;
	}
	/* The text around it is nobody's class: its shape is said. */
	if (veiled)
		return info->mask == MASK_NOTHING ? SPAN("") : redact_shape(value, text);
	if (redact_mask(t->o.redactor, info, value, now_us, text, &out) != OK)
		return SPAN_NONE;
	return out;
}

static void
late_halve(struct field_state *f)
{
	if (f->late_values < WINDOW)
		return;
	f->late_values /= 2;
	for (unsigned i = 0; i < f->n_cls; i++) {
		struct field_class *c = &f->cls[i];

		c->late_hits /= 2;
		c->late_checked /= 2;
		c->late_certain /= 2;
		c->late_contained /= 2;
	}
}

static bool
is_suspicion(enum class_verdict v)
{
	return v == CLASSED_SUSPECTED || v == CLASSED_CONTAINS || v == CLASSED_IS;
}

/* What a verdict on values of late must have beyond the usual, in nats. */
static double
change_cost(const struct field_state *f, uint32_t values)
{
	return values < f->values ? log((double)f->values / (values ? values : 1)) : 0;
}

/* The values of late are of the class. */
static bool
judge_row(const struct fields *t, const struct field_state *f,
    const struct field_class *c, struct class_evidence *e, double *score)
{
	if (c->row == 0)
		return false;
	*e = (struct class_evidence){
	    .values = c->row,
	    .hits = c->row,
	    .checked = c->row_checked,
	    .certain = c->row_certain,
	    .distinct = c->row,
	    .prior = c->prior - (int32_t)(10 * change_cost(f, c->row)),
	};
	return is_suspicion(class_judge(t->classes, c->cls, e, score));
}

/* Some of the values of late are, or hold one. */
static bool
judge_late(const struct fields *t, struct field_state *f, const struct field_class *c,
    struct class_evidence *e, double *score)
{
	uint64_t distinct = field_distinct(f);

	*e = (struct class_evidence){
	    .values = f->late_values,
	    .hits = c->late_hits,
	    .checked = c->late_checked,
	    .certain = c->late_certain,
	    .contained = c->late_contained,
	    .distinct = distinct < f->late_values ? distinct : f->late_values,
	    .prior = c->prior,
	};
	if (!is_suspicion(class_judge(t->classes, c->cls, e, score)))
		return false;
	*score -= change_cost(f, f->late_values);
	return *score >= SUSPECTED_AT;
}

/* Of all values, else of late ones; *e and *score are those of the verdict. */
static bool
judge(const struct fields *t, struct field_state *f, const struct field_class *c,
    struct class_evidence *e, double *score)
{
	*e = (struct class_evidence){
	    .values = f->values,
	    .hits = c->hits,
	    .checked = c->checked,
	    .certain = c->certain,
	    .contained = c->contained,
	    .distinct = field_distinct(f),
	    .prior = c->prior,
	};
	if (is_suspicion(class_judge(t->classes, c->cls, e, score)))
		return true;
	if (f->values <= WINDOW / 4)
		return false;
	return judge_row(t, f, c, e, score) || judge_late(t, f, c, e, score);
}

/* Whether every value of the message hit; the same one again says nothing. */
static void
row_take(struct field_class *c, const struct sighting *s, const struct sighting_class *x)
{
	uint32_t fresh = s->hashes;

	if (x->hits < s->values) {
		c->row = c->row_checked = c->row_certain = 0;
		c->row_hash = 0;
		return;
	}
	for (unsigned i = 0; i < s->hashes; i++)
		fresh -= s->hash[i] == c->row_hash;
	if (s->hashes > 0)
		c->row_hash = s->hash[s->hashes - 1];
	if (fresh == 0)
		return;
	add_late(&c->row, fresh);
	add_late(&c->row_checked, x->checked < fresh ? x->checked : fresh);
	add_late(&c->row_certain, x->certain < fresh ? x->certain : fresh);
}

/* Mere shapes count only where names speak for the class; a sighting of a field that was not
 * known then has kept them all. */
static bool
counts(const struct field_state *f, const struct sighting_class *s)
{
	struct class_hit hit = {.cls = s->cls, .strength = HIT_SHAPE};

	if (s->checked > 0 || s->certain > 0 || s->contained > 0)
		return true;
	return class_hit_counts(&f->context, &hit);
}

static void
class_take(struct fields *t, struct field_state *f, const struct sighting *from,
    const struct sighting_class *s, const struct fields_message *m)
{
	struct class_evidence e;
	struct field_class *c;
	uint32_t seen;
	double score;

	if (!counts(f, s))
		return;
	c = field_class_get(t, f, s->cls, class_prior(&f->context, s->cls));
	if (!c)
		return;
	add(&c->hits, s->hits);
	add(&c->checked, s->checked);
	add(&c->certain, s->certain);
	add(&c->contained, s->contained);
	add_late(&c->late_hits, s->hits);
	add_late(&c->late_checked, s->checked);
	add_late(&c->late_certain, s->certain);
	add_late(&c->late_contained, s->contained);
	row_take(c, from, s);
	seen = c->hits + c->contained;
	if (c->told ||
	    (seen > FEW_HITS && seen % 16 != 0 && s->certain == 0 &&
		(c->row < 2 || c->row > FEW_HITS)))
		return;
	if (!judge(t, f, c, &e, &score))
		return;
	c->told = true;
	field_suspect(t, f, c, &e, score, s->evidence, m);
}

/* Classes that a message's values did not hit. */
static void
rows_end(struct field_state *f, const struct sighting *s)
{
	for (unsigned i = 0; s->values > 0 && i < f->n_cls; i++) {
		struct field_class *c = &f->cls[i];
		unsigned k = 0;

		while (k < s->classes && s->cls[k].cls != c->cls)
			k++;
		if (k == s->classes)
			c->row = c->row_checked = c->row_certain = 0;
	}
}

/* --- names -------------------------------------------------------------------------- */

/* An identity has shown the undecided names of a field; true if that decides one. */
static bool
names_used(struct fields *t, const struct field_state *f, const struct fields_message *m)
{
	bool decided = false;

	for (unsigned k = 0; k < f->n_held; k++) {
		const struct place_held *h = &f->held[k];
		struct record r = {.kind = RECORD_WORD};

		if (!h->word_like ||
		    !release_used(t->o.release, h->held, m->identity, &r.word.identities))
			continue;
		r.word.token = release_token(t->o.release, h->held);
		r.word.text = release_text(t->o.release, h->held);
		r.word.at_us = m->now_us;
		t->o.sink.put(t->o.sink.ctx, &r);
		decided = true;
	}
	return decided;
}

/* --- a message ---------------------------------------------------------------------- */

static void
sighting_take(struct fields *t, uint32_t i, const struct sighting *s,
    const struct fields_message *m)
{
	struct field_state *f = &t->e[i];

	uint32_t message = endpoint_of(t, f)->messages[m->direction - 1];

	/* Several names of a map are one field. */
	if (f->message != message)
		add(&f->present, 1);
	f->message = message;
	add(&f->values, s->values);
	add_late(&f->late_values, s->values);
	f->types |= s->types;
	f->status |= (uint8_t)(1u << m->status_class);
	if (s->bytes_max > f->bytes_max)
		f->bytes_max = s->bytes_max;
	if (f->first_us == 0)
		f->first_us = m->now_us;
	f->last_us = m->now_us;
	if (s->values > 0)
		f->classified_us = m->now_us;
	for (unsigned k = 0; k < s->hashes; k++)
		distinct_note(f, s->hash[k]);
	for (unsigned k = 0; k < s->classes; k++)
		class_take(t, f, s, &s->cls[k], m);
	rows_end(f, s);
	late_halve(f);
	field_due(t, i);
	if (f->n_held > 0 && names_used(t, f, m)) {
		field_tell(t, i);
		field_drop(t, i);
	}
}

uint64_t
fields_take(struct fields *t, const struct look *l, const struct fields_message *m)
{
	uint64_t shape = 0;

	t->endpoint[m->endpoint].messages[m->direction - 1]++;
	t->places_made = 0;
	for (uint32_t k = 0; k < l->n; k++) {
		const struct sighting *s = &l->seen[k];
		uint32_t i = field_get(t, l, s, m);

		if (i == FIELD_NONE)
			continue;
		shape += t->e[i].shape;
		sighting_take(t, i, s, m);
	}
	return shape;
}
