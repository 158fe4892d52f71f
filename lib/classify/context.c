/*
 * What the names around a field say. A phrase counts where a name ends with it ("user_email",
 * not "email_template"); the longest one wins, so that an "ip address" is no address. Names
 * of parents go before: "card.number". Neutral words behind it change nothing, a question
 * before it ("has_phone") takes it back.
 */
#include "classify/phrases.h"

#define PARENTS 2 /* parts of the path before the name that are read */
#define PRIOR_AGAINST (-60)
#define PRIOR_ID (-40)
#define OUTRIGHT 45 /* phrases from here on name a class */
#define TEXT_BEFORE 48 /* bytes of text before and behind a value that may name it */
#define TEXT_AFTER 32
#define TEXT_WORDS 7 /* and words of it */
#define WEAK 10 /* phrases below say nothing alone */

struct names {
	struct words all; /* parents', then the name's */
	unsigned name; /* where the name begins */
	uint32_t about; /* groups of everything around */
};

static void
add_prior(struct class_context *c, uint16_t cls, int prior)
{
	unsigned at;

	for (at = 0; at < c->n && c->of[at].cls != cls; at++)
		;
	if (at < c->n) {
		if (c->of[at].prior >= prior)
			return;
	} else if (c->n < CLASS_PRIORS_MAX) {
		c->n++;
	} else if (c->of[--at].prior >= prior) {
		return;
	}
	for (; at > 0 && c->of[at - 1].prior < prior; at--)
		c->of[at] = c->of[at - 1];
	c->of[at].cls = cls;
	c->of[at].prior = (int16_t)prior;
}

static uint32_t
about(const struct words *w, unsigned from, unsigned to)
{
	uint32_t groups = 0;

	for (unsigned i = from; i < to; i++)
		groups |= w->groups[i];
	return groups;
}

/* Words of every name in a list or path; only what they are about. */
static uint32_t
about_names(const struct class_set *s, struct span names, char separator)
{
	uint32_t groups = 0;

	for (unsigned i = 0; !span_absent(names) && i < 64; i++) {
		struct words w = {0};

		phrases_split(s->phrases, span_cut(&names, separator), &w);
		groups |= about(&w, 0, w.n);
	}
	return groups;
}

/* The parents' words, the nearest last; array levels say nothing. */
static void
read_parents(
    const struct class_set *s, struct span path, struct span name, struct names *out)
{
	struct span part[PARENTS];
	unsigned n = 0;

	if (path.n > name.n && span_ends(path, name))
		path = span_head(path, path.n - name.n);
	else
		path = SPAN_NONE;
	while (path.n > 0 && n < PARENTS) {
		size_t from;

		while (path.n > 0 && strchr(".[]@", path.p[path.n - 1]) != NULL)
			path.n--;
		for (from = path.n; from > 0 && path.p[from - 1] != '.'; from--)
			;
		if (from == path.n)
			break;
		part[n++] = span_make(path.p + from, path.n - from);
		path.n = from;
	}
	while (n > 0)
		phrases_split(s->phrases, part[--n], &out->all);
	/* The name itself needs room. */
	if (out->all.n > WORDS_MAX - 6) {
		unsigned drop = out->all.n - (WORDS_MAX - 6);

		memmove(out->all.hash, out->all.hash + drop,
		    (out->all.n - drop) * sizeof(*out->all.hash));
		memmove(out->all.groups, out->all.groups + drop,
		    (out->all.n - drop) * sizeof(*out->all.groups));
		out->all.n -= drop;
	}
	out->name = out->all.n;
}

/* Whether a word of the name outside the phrase, or the one before the name, speaks against
 * every class. */
static bool
is_against(const struct names *w, unsigned at, unsigned end, bool parent_too)
{
	unsigned from = w->name - (parent_too && w->name > 0);
	uint32_t groups = about(&w->all, end, w->all.n);

	return (groups | about(&w->all, from < at ? from : at, at)) & WORD_AGAINST;
}

/* Whether what the phrase belongs to is about the group: the nearest word before it, in its
 * name or its parents', that is not neutral. */
static bool
is_near(const struct names *w, unsigned at, uint32_t group)
{
	while (at > 0 && !(w->all.groups[at - 1] & group) &&
	    w->all.groups[at - 1] & WORD_NEUTRAL)
		at--;
	return at > 0 && w->all.groups[at - 1] & group;
}

/* Whether the name has a word before the phrase that makes it something else: "port number",
 * "list name". */
static bool
is_other(const struct names *w, unsigned at, uint32_t group)
{
	return at > w->name && !(w->all.groups[at - 1] & (group | WORD_NEUTRAL));
}

static int
prior_of(const struct phrase *p, const struct names *w, unsigned at, unsigned end)
{
	if (p->group == 0)
		return p->alone;
	/* What may be many things, is none of ours in "order_number". */
	if (is_against(w, at, end, p->alone < WEAK) ||
	    (p->alone < WEAK && is_other(w, at, p->group)))
		return PRIOR_AGAINST;
	if (is_near(w, at, p->group))
		return p->near;
	/* A phrase's own words are no company for it. */
	return p->group &
		(w->about | about(&w->all, 0, at) | about(&w->all, end, w->all.n))
	    ? p->far
	    : p->alone;
}

/* Takes what the phrases of n words that end before `end` say; whether there was one. */
static bool
take(const struct class_set *s, const struct names *w, unsigned end, unsigned n,
    struct class_context *out)
{
	const struct phrase *p = phrases_find(s->phrases, w->all.hash + end - n, n);
	bool took;

	/* "user_name" is no name of a person; "user.name" is. */
	if (p != NULL && end - n < w->name && p->group == 0 &&
	    p->alone <= CLASS_PRIOR_NONE)
		return false;
	took = p != NULL && (p->group == 0 || n > 1);
	for (; p != NULL; p = phrases_next(s->phrases, p)) {
		int prior = prior_of(p, w, end - n, end);

		if (prior > PRIOR_AGAINST) {
			add_prior(out, p->cls, prior);
			took = true;
		}
	}
	return took;
}

static bool
is_asked(const struct names *w, unsigned end)
{
	for (unsigned i = w->name; i < end; i++)
		if (w->all.groups[i] & WORD_FLAG && i == w->name && i + 1 < w->all.n)
			return true;
	return false;
}

static int
speaks_against(const struct names *w)
{
	unsigned n = w->all.n;

	if (is_against(w, w->all.n, w->all.n, true))
		return PRIOR_AGAINST;
	return n > w->name && w->all.groups[n - 1] & WORD_ID ? PRIOR_ID
							     : CLASS_PRIOR_NONE;
}

void
classify_context(const struct class_set *s, struct span path, struct span name,
    struct span template_text, struct span siblings, struct class_context *out)
{
	struct names w = {0};
	unsigned end;

	*out = (struct class_context){.others = CLASS_PRIOR_NONE};
	read_parents(s, path, name, &w);
	phrases_split(s->phrases, name, &w.all);
	w.about = about_names(s, siblings, ' ') | about_names(s, template_text, '/');
	out->others = (int16_t)speaks_against(&w);
	if (is_asked(&w, w.all.n))
		return;
	/* From the end, over neutral words. */
	for (end = w.all.n; end > w.name; end--) {
		bool took = false;

		for (unsigned n = end < PHRASE_WORDS ? end : PHRASE_WORDS; n > 0 && !took;
		     n--)
			took = take(s, &w, end, n, out);
		if (took || !(w.all.groups[end - 1] & WORD_NEUTRAL))
			break;
	}
}

/* Whether a phrase among words from … to names the class outright. */
static bool
names_class(const struct class_set *s, const struct words *w, unsigned from, unsigned end,
    unsigned cls)
{
	for (unsigned at = from; at < end; at++)
		for (unsigned n = 1; n <= PHRASE_WORDS && at + n <= end; n++) {
			const struct phrase *p =
			    phrases_find(s->phrases, w->hash + at, n);

			for (; p != NULL; p = phrases_next(s->phrases, p))
				if (p->cls == cls && p->alone >= OUTRIGHT)
					return true;
		}
	return false;
}

void
context_around(const struct class_set *s, struct span before, struct span after,
    struct words *w, unsigned *from)
{
	/* Whole words only, the last few. */
	if (before.n > TEXT_BEFORE) {
		before = span_from(before, before.n - TEXT_BEFORE);
		before = span_from(before, span_find(before, ' '));
	}
	*w = (struct words){0};
	phrases_split(s->phrases, before, w);
	for (*from = w->n; *from > 0 && w->n - *from < TEXT_WORDS; --*from)
		if (w->groups[*from - 1] & WORD_AGAINST)
			break;
	phrases_split(s->phrases, span_head(after, TEXT_AFTER), w);
}

bool
context_says(
    const struct class_set *s, const struct words *w, unsigned from, unsigned cls)
{
	return names_class(s, w, from, w->n, cls);
}

int16_t
class_prior(const struct class_context *c, uint16_t cls)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->of[i].cls == cls)
			return c->of[i].prior;
	return c->others;
}
