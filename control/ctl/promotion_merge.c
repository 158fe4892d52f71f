/*
 * Three-way merge of promotions, fact by fact. What both sides started from is what was
 * promoted last from there (base); ours is the database, theirs the file.
 *
 *   ours = base, theirs changed   theirs is taken
 *   ours changed, theirs = base   ours is kept
 *   both changed, differently     conflict, unless ours or theirs was chosen for all
 *
 * Learning is weaker than people. A class that learning rejected there is knowledge for
 * reviewers and the gate: it never becomes a statement here, where it would silence the
 * alarm about a class that only this environment's traffic shows. What learning no longer
 * finds there was not taken back by anybody: it stays. What learning says here cannot be
 * removed, only overruled.
 */
#include "control/ctl/promotion.h"

#include <stdlib.h>

static bool
is_no(const struct promotion_fact *f)
{
	return f && f->learned && span_eq(f->value, SPAN("no"));
}

static bool
equal(const struct promotion_fact *a, const struct promotion_fact *b)
{
	return a && b ? span_eq(a->value, b->value) : a == b;
}

/* The same in effect: a rejection by learning is as good as silence. */
static bool
agree(const struct promotion_fact *ours, const struct promotion_fact *theirs)
{
	return equal(ours, theirs) || (ours == NULL && is_no(theirs)) ||
	    (is_no(ours) && theirs == NULL);
}

static bool
unchanged_here(const struct promotion_fact *base, const struct promotion_fact *ours)
{
	return equal(base, ours) || (is_no(base) && ours == NULL);
}

static bool
unchanged_there(const struct promotion_fact *base, const struct promotion_fact *theirs)
{
	return agree(base, theirs) || (base && base->learned && theirs == NULL);
}

/* What taking theirs comes to. */
static enum promotion_step
take(const struct promotion_fact *ours, const struct promotion_fact *theirs)
{
	if (theirs && !is_no(theirs))
		return PROMOTION_PUT;
	if (ours == NULL)
		return PROMOTION_SAME;
	return ours->learned ? PROMOTION_KEPT : PROMOTION_REMOVE;
}

static void
decide(struct promotion_change *c, enum promotion_choice choice)
{
	const struct promotion_fact *base = c->base, *ours = c->ours, *theirs = c->theirs;

	if (is_no(theirs) && ours && !ours->learned && base && !base->learned &&
	    equal(base, ours)) {
		/* the person's word that was promoted is withdrawn there; learning says no,
		 * but the statement here would go on silencing alarms */
		c->step = PROMOTION_REMOVE;
	} else if (agree(ours, theirs)) {
		/* a person's word there makes firm what was only learned here */
		bool firmer =
		    theirs && !theirs->learned && (ours == NULL || ours->learned);

		c->step = firmer ? PROMOTION_PUT : PROMOTION_SAME;
	} else if (unchanged_here(base, ours)) {
		c->step = theirs == NULL && base && base->learned ? PROMOTION_KEPT
								  : take(ours, theirs);
	} else if (unchanged_there(base, theirs) || (is_no(theirs) && ours->learned)) {
		c->step = PROMOTION_KEPT;
	} else {
		c->resolved = choice != PROMOTION_ASK;
		c->step = choice == PROMOTION_ASK ? PROMOTION_CONFLICT
		    : choice == PROMOTION_OURS	  ? PROMOTION_KEPT
						  : take(ours, theirs);
	}
}

struct cursor {
	const struct promotion_fact *at, *end;
};

static struct cursor
begin(const struct promotion *p)
{
	return (struct cursor){p->fact, p->n ? p->fact + p->n : p->fact};
}

static void
skip_open(struct cursor *c)
{
	while (c->at < c->end && c->at->kind == PROMOTION_OPEN)
		c->at++;
}

/* The lowest key that any of the three is at; absent at their ends. */
static struct span
lowest(const struct cursor c[3])
{
	struct span key = SPAN_NONE;

	for (int i = 0; i < 3; i++) {
		if (c[i].at < c[i].end &&
		    (span_absent(key) || span_cmp(c[i].at->key, key) < 0))
			key = c[i].at->key;
	}
	return key;
}

int
promotion_merge(const struct promotion *base, const struct promotion *ours,
    const struct promotion *theirs, enum promotion_choice choice,
    struct promotion_change **out, size_t *n)
{
	struct cursor c[3] = {begin(base), begin(ours), begin(theirs)};
	struct promotion_change *list;

	*n = 0;
	*out = list = calloc(base->n + ours->n + theirs->n + 1, sizeof *list);
	if (list == NULL)
		return ERR_NOMEM;
	for (;;) {
		const struct promotion_fact *at[3] = {NULL};
		struct span key;

		for (int i = 0; i < 3; i++)
			skip_open(&c[i]);
		if (span_absent(key = lowest(c)))
			return OK;
		for (int i = 0; i < 3; i++) {
			if (c[i].at < c[i].end && span_eq(c[i].at->key, key))
				at[i] = c[i].at++;
		}
		list[*n] = (struct promotion_change){
		    .base = at[0], .ours = at[1], .theirs = at[2]};
		decide(&list[(*n)++], choice);
	}
}

/* --- words --- */

static void
put_word(struct buf *out, struct span word)
{
	struct buf raw = BUF_INIT;

	if (promotion_word_read(word, &raw) == OK)
		buf_put_span(out, buf_span(&raw));
	buf_fini(&raw);
}

void
promotion_label(const struct promotion_fact *f, struct buf *out)
{
	struct span words[PROMOTION_WORDS_MAX];
	struct buf memory = BUF_INIT;
	unsigned n = promotion_kind_words(f->kind);
	bool property = f->kind != PROMOTION_OPEN && f->kind != PROMOTION_TEAM;

	if (promotion_words(f, &memory, words) != OK)
		n = 0;
	if (f->kind == PROMOTION_CLASS || f->kind == PROMOTION_TEAM ||
	    f->kind == PROMOTION_SERVICE)
		buf_printf(out, "%s ", promotion_kind_name(f->kind));
	for (unsigned i = 0; i < n; i++) {
		if (words[i].n == 0)
			continue;
		if (property && i + 1 == n)
			buf_put_str(out, ": ");
		else if (i > 0)
			buf_put_char(out, ' ');
		buf_put_span(out, words[i]);
	}
	buf_fini(&memory);
}

/* "yes (learned there)", "nothing", "no, \"test data\" (anna, 2026-11-20)" */
static void
put_state(struct buf *out, const struct promotion_fact *f)
{
	if (f == NULL) {
		buf_put_str(out, "nothing");
		return;
	}
	put_word(out, f->value);
	if (f->reason.n) {
		buf_put_str(out, ", \"");
		put_word(out, f->reason);
		buf_put_char(out, '"');
	}
	if (f->learned)
		buf_put_str(out, " (learned from traffic)");
	else if (f->note[0])
		buf_printf(out, " (%s)", f->note);
}

void
promotion_say(const struct promotion_change *c, const char *there, struct buf *out)
{
	buf_printf(out, "%s says ", there);
	put_state(out, c->theirs);
	buf_put_str(out, "; here it is ");
	put_state(out, c->ours);
	if (c->base || c->step == PROMOTION_CONFLICT || c->resolved) {
		buf_put_str(out, "; promoted last was ");
		put_state(out, c->base);
	}
}

/* --- the gate --- */

static bool
has(const struct promotion *p, struct span key, const char *value)
{
	const struct promotion_fact *f = promotion_find(p, key);

	return f && span_eq(f->value, span_str(value));
}

/* The key up to its last word, which is written bare, and another last word. */
static void
put_sibling(struct buf *out, struct span key, const char *last)
{
	while (key.n > 0 && key.p[key.n - 1] != ' ')
		key.n--;
	buf_put_span(out, key);
	buf_put_str(out, last);
}

/* Whether p ignores the field of a key, or its endpoint. */
static bool
is_ignored(const struct promotion *p, struct span key)
{
	struct buf text = BUF_INIT;
	struct span rest = key;
	bool yes;

	put_sibling(&text, key, "field.ignore");
	yes = has(p, buf_span(&text), "yes");
	buf_clear(&text);
	buf_put_str(&text, "endpoint");
	(void)span_cut(&rest, ' ');
	for (int i = 0; i < 4; i++) { /* service, method, template, operation */
		size_t n = promotion_first_word(rest);

		buf_put_char(&text, ' ');
		buf_put_span(&text, span_head(rest, n));
		rest = span_from(rest, n < rest.n ? n + 1 : n);
	}
	buf_put_str(&text, " template");
	yes = yes || has(p, buf_span(&text), "ignore");
	buf_fini(&text);
	return yes;
}

static bool
in_force(const struct promotion *p, struct span key)
{
	return has(p, key, "yes") && !is_ignored(p, key);
}

static enum promotion_finding
judge_field(struct span key, const struct promotion *theirs, const struct promotion *ours)
{
	struct span property = key;
	bool same = true;

	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] == ' ')
			property = span_from(key, i + 1);
	if (span_eq(property, SPAN("field.ignore")))
		same = has(theirs, key, "yes") == has(ours, key, "yes");
	else if (span_starts(property, SPAN("class.")))
		same = in_force(theirs, key) == in_force(ours, key);
	return same ? PROMOTION_PASSES : PROMOTION_DIFFERS;
}

enum promotion_finding
promotion_judge(const struct promotion_fact *f, const struct promotion *theirs,
    const struct promotion *ours)
{
	struct buf title = BUF_INIT;
	bool same = true;

	switch (f->kind) {
	case PROMOTION_OPEN: return PROMOTION_UNCLASSIFIED;
	case PROMOTION_FIELD: return judge_field(f->key, theirs, ours);
	case PROMOTION_CLASS:
		/* one that is not theirs at all is of no field there */
		put_sibling(&title, f->key, "title");
		same =
		    equal(promotion_find(theirs, f->key), promotion_find(ours, f->key)) ||
		    (!promotion_find(theirs, f->key) &&
			!promotion_find(theirs, buf_span(&title)));
		buf_fini(&title);
		break;
	default: break;
	}
	return same ? PROMOTION_PASSES : PROMOTION_DIFFERS;
}
