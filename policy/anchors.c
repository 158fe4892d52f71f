/* Needed values of a condition, the choice among them, and the posting lists. */
#include "policy/anchors.h"

#define VALUES_MAX 10000 /* of one rule at its anchor; more make it a free rule */
#define ANCHORS_SEEN_MAX 4096

/* The condition holds only if the field has one of these values. */
struct need {
	enum field_id field;
	enum predicate_transform transform;
	struct span key;
	struct need *next;
	VEC(struct span) values;
};

static bool
can_anchor(const struct atom *a)
{
	return field_info(a->field)->selective &&
	    field_info(a->field)->type == FIELD_TEXT && a->transform <= TRANSFORM_LOWER &&
	    (a->op == OP_EQ || a->op == OP_IN);
}

static struct need *
need_of_atom(struct pool *pool, const struct cond *c)
{
	const struct atom *a = c->atom;
	struct need *n;

	if (c->negated || !can_anchor(a))
		return NULL;
	n = POOL_NEW(pool, struct need);
	n->field = a->field;
	n->transform = a->transform;
	n->key = a->key;
	if (a->op == OP_EQ)
		*VEC_ADD(pool, &n->values) = a->text;
	for (uint32_t i = 0; i < a->n; i++)
		*VEC_ADD(pool, &n->values) = a->texts[i];
	return n;
}

static struct need *
find_need(struct need *list, const struct need *like)
{
	while (list &&
	    (list->field != like->field || list->transform != like->transform ||
		!span_eq(list->key, like->key)))
		list = list->next;
	return list;
}

/* Either side's: of the same field the one with fewer values. Takes both lists. */
static struct need *
join_and(struct need *a, struct need *b)
{
	while (b) {
		struct need *next = b->next, *same = find_need(a, b);

		if (same == NULL) {
			b->next = a;
			a = b;
		} else if (b->values.n < same->values.n) {
			same->values.v = b->values.v;
			same->values.n = b->values.n;
			same->values.space = b->values.space;
		}
		b = next;
	}
	return a;
}

/* Only what both need, with the values of both. */
static struct need *
join_or(struct pool *pool, struct need *a, struct need *b)
{
	struct need *kept = NULL, *next;

	for (; a; a = next) {
		struct need *same = find_need(b, a);

		next = a->next;
		if (same == NULL || a->values.n + same->values.n > VALUES_MAX)
			continue;
		for (uint32_t i = 0; i < same->values.n; i++)
			*VEC_ADD(pool, &a->values) = same->values.v[i];
		a->next = kept;
		kept = a;
	}
	return kept;
}

static struct need *
needs_of(struct pool *pool, const struct cond *c)
{
	struct need *all = NULL;

	if (c == NULL)
		return NULL;
	if (c->kind == COND_ATOM)
		return need_of_atom(pool, c);
	for (const struct cond *kid = c->kid; kid; kid = kid->next) {
		struct need *one = needs_of(pool, kid);

		if (kid == c->kid)
			all = one;
		else
			all = c->kind == COND_AND ? join_and(all, one)
						  : join_or(pool, all, one);
	}
	return all;
}

struct span
anchors_endpoint(struct pool *pool, const struct rule *r)
{
	for (struct need *n = needs_of(pool, r->when); n; n = n->next)
		if (n->field == F_ENDPOINT && n->transform == TRANSFORM_NONE &&
		    n->values.n == 1)
			return n->values.v[0];
	return SPAN_NONE;
}

struct build {
	struct tables *t;
	struct intern fields; /* field, transform, key → candidate number */
	VEC(struct need *) like; /* one need of each candidate */
	VEC(uint32_t) wanted; /* rules that would like this candidate best */
	uint32_t anchor[ANCHORS_SEEN_MAX]; /* candidate → anchor or BUNDLE_NONE */
	/* Per anchor: value hashes in order of appearance, rules of each. */
	struct intern hashes[BUNDLE_ANCHORS_MAX];
	VEC(uint32_t) * rules_of[BUNDLE_ANCHORS_MAX];
	uint32_t space_of[BUNDLE_ANCHORS_MAX];
};

static uint32_t
candidate_of(struct build *b, struct need *n)
{
	struct span key = pool_printf(b->t->pool, "%d %d %.*s", (int)n->field,
	    (int)n->transform, (int)n->key.n, n->key.n ? n->key.p : "");
	bool is_new;
	uint32_t i = intern_put(&b->fields, key, &is_new);

	if (is_new) {
		*VEC_ADD(b->t->pool, &b->like) = n;
		VEC_ADD(b->t->pool, &b->wanted);
	}
	return i;
}

/* The better of two needs for a rule: rarer values, then fewer. */
static bool
better(const struct need *a, const struct need *b)
{
	unsigned x = field_info(a->field)->selective, y = field_info(b->field)->selective;

	return x != y ? x > y : a->values.n < b->values.n;
}

/* The best need of a list whose candidate may be used; NULL if there is none. */
static struct need *
choose(struct build *b, struct need *list, bool any)
{
	struct need *best = NULL;

	for (struct need *n = list; n; n = n->next) {
		uint32_t c = candidate_of(b, n);

		if (n->values.n > VALUES_MAX || c >= ANCHORS_SEEN_MAX ||
		    (!any && b->anchor[c] == BUNDLE_NONE))
			continue;
		if (best == NULL || better(n, best))
			best = n;
	}
	return best;
}

/* The most wanted candidates become anchors, in the order of first appearance. */
static void
elect(struct build *b)
{
	uint32_t n = b->like.n < ANCHORS_SEEN_MAX ? b->like.n : ANCHORS_SEEN_MAX;
	uint32_t elected = 0;

	for (uint32_t i = 0; i < n; i++)
		b->anchor[i] = BUNDLE_NONE;
	for (; elected < BUNDLE_ANCHORS_MAX; elected++) {
		uint32_t best = BUNDLE_NONE;

		for (uint32_t i = 0; i < n; i++)
			if (b->anchor[i] == BUNDLE_NONE && b->wanted.v[i] &&
			    (best == BUNDLE_NONE || b->wanted.v[i] > b->wanted.v[best]))
				best = i;
		if (best == BUNDLE_NONE)
			break;
		b->anchor[best] = elected;
		*VEC_ADD(b->t->pool, &b->t->anchor) = (struct bundle_anchor){
		    .field = (uint16_t)b->like.v[best]->field,
		    .transform = (uint8_t)b->like.v[best]->transform,
		    .key = tables_text(b->t, b->like.v[best]->key),
		};
		intern_init(&b->hashes[elected], b->t->pool);
	}
}

static void
post(struct build *b, const struct need *n, uint32_t anchor, uint32_t rule)
{
	struct pool *pool = b->t->pool;

	for (uint32_t i = 0; i < n->values.n; i++) {
		uint64_t hash = bundle_hash(n->values.v[i]);
		bool is_new;
		uint32_t v = intern_put(
		    &b->hashes[anchor], span_make(&hash, sizeof hash), &is_new);

		if (is_new && v >= b->space_of[anchor]) {
			uint32_t more =
			    b->space_of[anchor] ? 2 * b->space_of[anchor] : 16;
			void *to = pool_alloc(pool, more * sizeof *b->rules_of[anchor]);

			if (v)
				memcpy(to, b->rules_of[anchor],
				    v * sizeof *b->rules_of[anchor]);
			b->rules_of[anchor] = to;
			b->space_of[anchor] = more;
		}
		if (b->rules_of[anchor][v].n == 0 ||
		    b->rules_of[anchor][v].v[b->rules_of[anchor][v].n - 1] != rule)
			*VEC_ADD(pool, &b->rules_of[anchor][v]) = rule;
	}
}

static void
emit_anchor(struct build *b, uint32_t anchor)
{
	struct tables *t = b->t;
	struct intern *hashes = &b->hashes[anchor];
	uint32_t slots = tables_slots(hashes->key.n), first = t->anchor_slot.n;
	uint32_t *value_at = pool_alloc(t->pool, slots * sizeof *value_at);

	t->anchor.v[anchor].slot = first;
	t->anchor.v[anchor].mask = slots - 1;
	for (uint32_t i = 0; i < slots; i++)
		VEC_ADD(t->pool, &t->anchor_slot);
	for (uint32_t v = 0; v < hashes->key.n; v++) {
		uint64_t hash;
		uint32_t at;

		memcpy(&hash, hashes->key.v[v].p, sizeof hash);
		for (at = (uint32_t)hash & (slots - 1); t->anchor_slot.v[first + at].hash;
		     at = (at + 1) & (slots - 1))
			continue;
		t->anchor_slot.v[first + at].hash = hash;
		value_at[at] = v;
	}
	for (uint32_t at = 0; at < slots; at++) {
		struct bundle_anchor_slot *s = &t->anchor_slot.v[first + at];

		if (s->hash == 0)
			continue;
		s->posting = t->posting.n;
		s->postings = b->rules_of[anchor][value_at[at]].n;
		for (uint32_t i = 0; i < s->postings; i++)
			*VEC_ADD(t->pool, &t->posting) =
			    b->rules_of[anchor][value_at[at]].v[i];
	}
}

void
anchors_build(struct tables *t, const struct rule *rules, uint32_t n)
{
	struct build *b = POOL_NEW(t->pool, struct build);
	struct need **needs = pool_alloc(t->pool, (n + 1) * sizeof(struct need *));

	b->t = t;
	intern_init(&b->fields, t->pool);
	for (uint32_t i = 0; i < n; i++) {
		struct need *best;

		if (rules[i].block->mode == MODE_OFF)
			continue;
		needs[i] = needs_of(t->pool, rules[i].when);
		best = choose(b, needs[i], true);
		if (best)
			b->wanted.v[candidate_of(b, best)]++;
	}
	elect(b);
	for (uint32_t i = 0; i < n; i++) {
		struct need *best;

		if (rules[i].block->mode == MODE_OFF)
			continue;
		best = choose(b, needs[i], false);
		if (best)
			post(b, best, b->anchor[candidate_of(b, best)], i);
		else
			*VEC_ADD(t->pool, &t->free_rule) = i;
	}
	for (uint32_t i = 0; i < t->anchor.n; i++)
		emit_anchor(b, i);
}
