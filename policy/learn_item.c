/* See learn_item.h. */
#include "policy/learn_item.h"

#include "crypto/siphash.h"
#include "http/template.h"

#define LABELS_MAX 64 /* a template has at most TARGET_SEGMENTS_MAX, and a verb */

uint64_t
learn_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

uint64_t
learn_mix_span(uint64_t h, struct span s)
{
	static const uint8_t key[SIPHASH_KEY_BYTES] = "learn template";

	return learn_mix(h, siphash64(key, s.p, s.n));
}

static enum child_kind
label_kind(struct span s)
{
	if (span_eq(s, LABEL_PARAMETER))
		return CHILD_TEXT;
	if (span_find(s, '{') == s.n)
		return CHILD_WORD;
	if (s.p[0] != '{' || span_find(s, '}') + 1 != s.n)
		return CHILD_FIXED; /* Users({number}) */
	return s.p[1] == '~' ? CHILD_TOKEN : CHILD_TYPED;
}

static unsigned
labels_cut(struct span template, struct label *out)
{
	struct span rest = span_from(template, 1);
	unsigned n = 0;

	while (rest.n > 0 && n < LABELS_MAX - 1) {
		struct span s = span_cut(&rest, '/');
		const char *brace = s.n ? memrchr(s.p, '}', s.n) : NULL;
		size_t from = brace ? (size_t)(brace - s.p) : 0;
		size_t colon = from + span_find(span_from(s, from), ':');

		if (s.n == 0)
			break;
		if (colon == 0)
			colon = s.n;
		out[n].text = span_head(s, colon);
		out[n].kind = label_kind(out[n].text);
		n++;
		if (colon < s.n)
			out[n++] = (struct label){
			    .text = span_from(s, colon), .kind = CHILD_FIXED};
	}
	return n;
}

bool
item_said_so(const struct learn_endpoint *e)
{
	return e->keep || e->origin != LEARN_LEARNED;
}

void
item_make(struct pool *pool, struct item *x, const struct learn_endpoint *e)
{
	struct label label[LABELS_MAX];

	x->e = e;
	x->n = labels_cut(span_absent(e->released) ? e->template : e->released, label);
	x->label = pool_alloc(pool, (x->n + 1) * sizeof(*x->label));
	x->final = pool_alloc(pool, (x->n + 1) * sizeof(*x->final));
	x->below = pool_alloc(pool, (x->n + 1) * sizeof(*x->below));
	x->literals = pool_alloc(pool, x->n + 1);
	x->elsewhere = pool_alloc(pool, (x->n + 1) * sizeof(*x->elsewhere));
	memcpy(x->label, label, x->n * sizeof(*label));
	for (unsigned i = 0; i < x->n; i++) {
		x->final[i] = label[i].text;
		if (label[i].kind == CHILD_WORD)
			x->label[i].word = learn_word_of(label[i].text);
		if (item_said_so(e) && label[i].kind <= CHILD_TYPED)
			x->label[i].kind = CHILD_FIXED;
	}
}

bool
label_is_parameter(struct span label)
{
	return label.n > 1 && label.p[0] == '{' && label.p[label.n - 1] == '}';
}

/* Hashes of the rests, with what the pass before found; what looks like a value is taken for
 * one until then. */
void
item_hash(struct item *x)
{
	uint64_t h = learn_mix_span(learn_mix_span(1, x->e->method), x->e->operation);

	x->below[x->n] = h;
	x->literals[x->n] = 0;
	for (unsigned i = x->n; i-- > 0;) {
		bool parameter = label_is_parameter(x->final[i]) ||
		    (x->label[i].kind == CHILD_WORD &&
			x->label[i].word >= PLACE_WORD_VALUE);

		h = parameter ? learn_mix(h, 2) : learn_mix_span(h, x->final[i]);
		x->below[i] = h;
		x->literals[i] = (uint8_t)(x->literals[i + 1] + !parameter);
	}
}

enum place_before
item_before(const struct item *x, unsigned depth)
{
	struct span last;

	if (depth == 0)
		return BEFORE_ROOT;
	last = x->final[depth - 1];
	if (label_is_parameter(last))
		return BEFORE_PARAMETER;
	switch (learn_word_of(last)) {
	case WORD_VERSION: return item_before(x, depth - 1);
	case WORD_PLURAL: return BEFORE_PLURAL;
	default: break;
	}
	/* Plurals of words that are no vocabulary, or of several. */
	return last.n > 3 && last.p[last.n - 1] == 's' && last.p[last.n - 2] != 's' &&
		last.p[last.n - 2] != 'u' && last.p[last.n - 2] != 'i'
	    ? BEFORE_PLURAL
	    : BEFORE_SINGULAR;
}

bool
item_name(const struct item *x, uint64_t *hash, bool *foreign)
{
	unsigned i = 0;

	while (i < x->n && x->label[i].kind == CHILD_WORD &&
	    x->label[i].word == WORD_VERSION)
		i++;
	if (i == x->n ||
	    (x->label[i].kind != CHILD_WORD && x->label[i].kind != CHILD_TOKEN))
		return false;
	*hash = learn_mix_span(0, x->label[i].text);
	*foreign = x->label[i].kind == CHILD_TOKEN ||
	    x->label[i].word >= PLACE_WORD_VALUE || x->label[i].word == WORD_COMPOUND;
	return true;
}

struct span
item_text(struct pool *pool, const struct item *x)
{
	size_t n = 0;
	char *to;

	if (x->n == 0)
		return x->e->template;
	for (unsigned i = 0; i < x->n; i++)
		n += x->final[i].n + 1;
	to = pool_alloc(pool, n);
	n = 0;
	for (unsigned i = 0; i < x->n; i++) {
		if (x->final[i].p[0] != ':')
			to[n++] = '/';
		memcpy(to + n, x->final[i].p, x->final[i].n);
		n += x->final[i].n;
	}
	return span_make(to, n);
}
