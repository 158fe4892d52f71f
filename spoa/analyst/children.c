/* See children.h. */
#include "analyst/children.h"

#include <stdlib.h>

#include "http/target.h"
#include "sketch/distinct.h"

#define NONE UINT32_MAX
#define TOLD_FROM 4 /* times seen; what comes less often is an id */
#define COUNT_MAX (UINT32_C(1) << 30)
#define WORD_BYTES_MAX 200 /* longer ones are no words */

struct child {
	uint64_t key; /* release_key() */
	char *text; /* n bytes; NULL: free */
	struct distinct *identities; /* NULL: only one so far */
	uint64_t identity; /* the first */
	uint64_t shape, sent_shape;
	uint32_t rank; /* Space-Saving count, of this value and those before it */
	uint32_t times; /* seen */
	uint32_t requests, accepted; /* of this one */
	uint32_t sent_requests, sent_accepted;
	uint8_t n;
};

struct parameter {
	uint32_t endpoint, next; /* of the endpoint; or the free list */
	unsigned segment;
	bool due;
	struct child child[CHILDREN];
};

struct children {
	struct children_options o;
	struct parameter **place; /* allocated when first used */
	uint32_t used, free;
	uint32_t *first; /* per endpoint */
	uint32_t *due;
	uint32_t n_due;
};

int
children_new(const struct children_options *o, struct children **out)
{
	struct children *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (!c)
		return ERR_NOMEM;
	c->o = *o;
	c->free = NONE;
	c->place = calloc(o->places, sizeof(struct parameter *));
	c->first = malloc(o->endpoints * sizeof(*c->first));
	c->due = malloc(o->places * sizeof(*c->due));
	if (!c->place || !c->first || !c->due) {
		children_free(c);
		return ERR_NOMEM;
	}
	memset(c->first, 0xff, o->endpoints * sizeof(*c->first));
	*out = c;
	return OK;
}

static void
child_clear(struct child *x)
{
	free(x->text);
	free(x->identities);
	*x = (struct child){0};
}

static void
place_clear(struct parameter *p)
{
	for (unsigned i = 0; i < CHILDREN; i++)
		child_clear(&p->child[i]);
}

void
children_free(struct children *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; c->place && i < c->used; i++) {
		place_clear(c->place[i]);
		free(c->place[i]);
	}
	free(c->place);
	free(c->first);
	free(c->due);
	free(c);
}

static uint32_t
place_find(const struct children *c, uint32_t endpoint, unsigned segment)
{
	for (uint32_t i = c->first[endpoint]; i != NONE; i = c->place[i]->next)
		if (c->place[i]->segment == segment)
			return i;
	return NONE;
}

static uint32_t
place_make(struct children *c, uint32_t endpoint, unsigned segment)
{
	uint32_t i = c->free;
	bool due = false;

	if (i != NONE) {
		c->free = c->place[i]->next;
		due = c->place[i]->due;
	} else {
		if (c->used == c->o.places)
			return NONE;
		i = c->used;
		c->place[i] = malloc(sizeof(struct parameter));
		if (!c->place[i])
			return NONE;
		c->used++;
	}
	*c->place[i] = (struct parameter){.endpoint = endpoint,
	    .segment = segment,
	    .next = c->first[endpoint],
	    .due = due};
	c->first[endpoint] = i;
	return i;
}

/* The place of a value: its own, a free one, or that of the least. */
static struct child *
child_get(const struct children *c, struct parameter *p, struct span word, bool make)
{
	uint64_t key = release_key(c->o.release, word);
	struct child *least = &p->child[0];
	uint32_t rank;
	char *text;

	for (unsigned i = 0; i < CHILDREN; i++) {
		struct child *x = &p->child[i];

		if (x->text && x->key == key)
			return x;
		if (x->rank < least->rank)
			least = x;
	}
	if (!make)
		return NULL;
	text = malloc(word.n + 1);
	if (!text)
		return NULL;
	memcpy(text, word.p, word.n);
	rank = least->rank;
	child_clear(least);
	least->key = key;
	least->text = text;
	least->n = (uint8_t)word.n;
	least->rank = rank;
	return least;
}

static bool
is_due(const struct child *x)
{
	if (!x->text || x->times < TOLD_FROM)
		return false;
	return x->requests >= 2 * x->sent_requests ||
	    x->accepted > 2 * x->sent_accepted ||
	    (x->shape != x->sent_shape && x->sent_shape == 0);
}

/* Most values come from one identity, once. */
static void
identity_note(struct child *x, uint64_t identity)
{
	if (x->requests == 0)
		x->identity = identity;
	if (!x->identities && x->identity == identity)
		return;
	if (!x->identities) {
		x->identities = calloc(1, sizeof(*x->identities));
		if (!x->identities)
			return;
		distinct_add(x->identities, x->identity);
	}
	distinct_add(x->identities, identity);
}

static void
add(uint32_t *to, uint32_t n)
{
	*to = n < UINT32_MAX - *to ? *to + n : UINT32_MAX;
}

void
children_note(struct children *c, uint32_t endpoint, unsigned segment, struct span word,
    uint64_t identity, bool accepted, uint64_t shape, uint32_t weight)
{
	uint32_t at = place_find(c, endpoint, segment);
	struct child *x;

	if (word.n == 0 || word.n > WORD_BYTES_MAX)
		return;
	if (at == NONE && accepted)
		at = place_make(c, endpoint, segment);
	if (at == NONE)
		return;
	x = child_get(c, c->place[at], word, accepted);
	if (!x)
		return;
	identity_note(x, identity);
	add(&x->times, 1);
	add(&x->rank, weight);
	add(&x->requests, weight);
	if (accepted)
		add(&x->accepted, weight);
	if (accepted && shape != 0)
		x->shape = shape;
	if (c->place[at]->due || !is_due(x))
		return;
	c->place[at]->due = true;
	c->due[c->n_due++] = at;
}

void
children_moved(
    struct children *c, uint32_t (*to)(void *ctx, uint32_t endpoint), void *ctx)
{
	for (uint32_t e = 0; e < c->o.endpoints; e++) {
		if (c->first[e] == NONE || to(ctx, e) == e)
			continue;
		while (c->first[e] != NONE) {
			uint32_t i = c->first[e];

			c->first[e] = c->place[i]->next;
			place_clear(c->place[i]);
			c->place[i]->next = c->free;
			c->free = i;
		}
	}
}

/* Vocabulary as text, else a token; absent where a card number or its like stands there. */
static struct span
word_text(const struct children *c, struct span word, int64_t now_us,
    char out[TOKEN_TEXT_MAX + 4])
{
	uint32_t mask = segment_classify(word, TARGET_SEGMENTS_MAX);
	struct span token;

	if (release_certain(c->o.release, word) ||
	    (mask & 1u << SEG_WORD && release_decided(c->o.release, word)))
		return word;
	if (release_truncated(c->o.release, word))
		return SPAN_NONE;
	if (redact_token(c->o.redactor, "text", word, now_us, out + 2, &token) != OK)
		return SPAN_NONE;
	memcpy(out, "{~", 2);
	out[2 + token.n] = '}';
	return span_make(out, token.n + 3);
}

static bool
child_tell(struct children *c, const struct parameter *p, struct child *x, int64_t now_us)
{
	struct record r = {.kind = RECORD_CHILD};
	char text[TOKEN_TEXT_MAX + 4];

	r.child.word = word_text(c, span_make(x->text, x->n), now_us, text);
	if (span_absent(r.child.word))
		return false;
	r.child.hash = c->o.endpoint_hash(c->o.ctx, p->endpoint);
	r.child.segment = p->segment;
	r.child.requests = x->requests - x->sent_requests;
	r.child.accepted = x->accepted - x->sent_accepted;
	r.child.shape = x->shape;
	if (x->identities)
		r.child.identities = *x->identities;
	else
		distinct_add(&r.child.identities, x->identity);
	c->o.sink.put(c->o.sink.ctx, &r);
	x->sent_requests = x->requests;
	x->sent_accepted = x->accepted;
	/* All of it is told: what counts on from here is half, long before 32 bits end. */
	while (x->requests >= COUNT_MAX) {
		x->sent_requests = x->requests /= 2;
		x->sent_accepted = x->accepted /= 2;
	}
	x->sent_shape = x->shape;
	return true;
}

static uint32_t
place_tell(struct children *c, struct parameter *p, bool all, int64_t now_us)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < CHILDREN; i++) {
		struct child *x = &p->child[i];

		if (is_due(x) ||
		    (all && x->text && x->times >= TOLD_FROM &&
			x->requests > x->sent_requests))
			n += child_tell(c, p, x, now_us);
	}
	return n;
}

uint32_t
children_flush(struct children *c, bool all, int64_t now_us)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < c->n_due; k++) {
		struct parameter *p = c->place[c->due[k]];

		p->due = false;
		n += place_tell(c, p, false, now_us);
	}
	c->n_due = 0;
	for (uint32_t i = 0; all && i < c->used; i++)
		n += place_tell(c, c->place[i], true, now_us);
	return n;
}
