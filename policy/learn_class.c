/* See learn_class.h. */
#include "policy/learn_class.h"

/* Up to here lib/sketch counts distinct values exactly; beyond, the difference of two
 * estimates says nothing. */
#define DISTINCT_KNOWN 32

static const char *const names[LEARN_CLASS_STATES] = {
    [LEARN_CLASS_SEEN] = "seen",
    [LEARN_CLASS_REJECTED] = "rejected",
    [LEARN_CLASS_SUSPECTED] = "suspected",
    [LEARN_CLASS_CONTAINS] = "contains",
    [LEARN_CLASS_CONFIRMED] = "confirmed",
};

const char *
learn_class_name(enum learn_class_state state)
{
	return names[state];
}

enum learn_class_state
learn_class_parse(struct span name)
{
	for (unsigned i = 0; i < LEARN_CLASS_STATES; i++)
		if (span_eq(name, span_str(names[i])))
			return (enum learn_class_state)i;
	return LEARN_CLASS_SEEN;
}

static enum learn_class_state
state_of(enum class_verdict v)
{
	switch (v) {
	case CLASSED_UNKNOWN: return LEARN_CLASS_SEEN;
	case CLASSED_NOT: return LEARN_CLASS_REJECTED;
	case CLASSED_SUSPECTED: return LEARN_CLASS_SUSPECTED;
	case CLASSED_CONTAINS: return LEARN_CLASS_CONTAINS;
	case CLASSED_IS: return LEARN_CLASS_CONFIRMED;
	}
	return LEARN_CLASS_SEEN;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
since(uint64_t now, uint64_t base)
{
	return now > base ? now - base : 0;
}

static enum learn_class_state
look(const struct class_set *set, uint16_t cls, const struct learn_class_counts *c,
    int32_t prior, double *score)
{
	struct class_evidence e = {
	    .values = c->values,
	    .hits = least(c->hits, c->values),
	    .checked = least(c->checked, c->values),
	    .certain = least(c->certain, c->values),
	    .contained = c->contained,
	    .distinct = least(c->distinct, c->values),
	    .prior = prior,
	};

	return state_of(class_judge(set, cls, &e, score));
}

/* Distinct values of the window: where the field has many, all of the window's may be. */
static uint64_t
window_distinct(const struct learn_class_field *f, uint64_t values)
{
	if (f->now.distinct > DISTINCT_KNOWN)
		return least(f->now.distinct, values);
	return since(f->now.distinct, f->base.distinct);
}

static struct learn_class_counts
window_of(const struct learn_class_field *f)
{
	struct learn_class_counts w = {
	    .values = since(f->now.values, f->base.values),
	    .hits = since(f->now.hits, f->base.hits),
	    .checked = since(f->now.checked, f->base.checked),
	    .certain = since(f->now.certain, f->base.certain),
	    .contained = since(f->now.contained, f->base.contained),
	};

	w.distinct = window_distinct(f, w.values);
	return w;
}

/* What the finding makes of the state that was. */
static enum learn_class_state
next_state(enum learn_class_state was, enum learn_class_state found)
{
	if (found == LEARN_CLASS_REJECTED || found > was)
		return found;
	return was;
}

void
learn_class_judge(const struct class_set *set, uint16_t cls,
    const struct learn_class_field *f, struct learn_class_result *out)
{
	struct learn_class_counts window = window_of(f);
	enum learn_class_state found, recent;
	double score;

	*out = (struct learn_class_result){.state = f->state, .base = f->base};
	found = look(set, cls, &f->now, f->prior, &out->score);
	if (f->base.values) {
		recent = look(set, cls, &window, f->prior, &score);
		/* A window too small to know, or without the class, takes nothing back. */
		if (recent > found && recent > LEARN_CLASS_REJECTED) {
			found = recent;
			out->score = score;
		}
	}
	if (window.values >= LEARN_WINDOW_VALUES && found < LEARN_CLASS_CONTAINS)
		out->base = f->now;
	if (f->human)
		return;
	out->state = next_state(f->state, found);
	out->news = out->state >= LEARN_CLASS_CONTAINS && f->state < LEARN_CLASS_CONTAINS;
}
