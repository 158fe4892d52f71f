/*
 * Preparing an engine for its bundle: which operands and keys it asks for, patterns,
 * constants, which rules have no anchor. The bundle's structure was checked when it was
 * opened; what only the engine knows (fields, and what may be asked of each) is checked
 * here, so that a bundle of a newer compiler is refused instead of misread.
 */
#include "engine/work.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "engine/hash.h"

/* While the plan is made. */
struct plan {
	struct engine *e;
	struct map operands; /* what an operand is → its index */
};

static int
refuse(struct bundle_error *error, const char *what, uint32_t index)
{
	snprintf(error->text, sizeof(error->text),
	    "%s %u asks for what this agent "
	    "does not know",
	    what, (unsigned)index);
	return ERR_UNSUPPORTED;
}

/* Which collection a field's keys belong to, KEYS_MAX: it has none. */
static enum keys_of
keys_of_field(unsigned field)
{
	switch (field) {
	case F_ARG: return KEYS_ARG;
	case F_HEADER: return KEYS_HEADER;
	case F_COOKIE: return KEYS_COOKIE;
	case F_BODY_FIELD: return KEYS_BODY;
	default: return KEYS_MAX;
	}
}

static int8_t
header_of(struct span name)
{
	static const char *const known[HEADER_KNOWN] = {
#define X(id, text) [id] = text,
	    HEADER_TABLE(X)
#undef X
	};

	for (int8_t i = 0; i < HEADER_KNOWN; i++)
		if (span_eq(name, span_str(known[i])))
			return i;
	return -1;
}

/* The index of a key, added if it is new; room was made for every key there can be. */
static uint32_t
key_index(struct keys *k, struct span name)
{
	uint32_t h = hash_name(name), i;

	for (; (i = k->slot[h & k->mask]) != 0; h++)
		if (span_eq(k->name[i - 1], name))
			return i - 1;
	k->name[k->n] = name;
	k->lengths |= keys_length_bit(name.n);
	k->slot[h & k->mask] = ++k->n;
	return k->n - 1;
}

/* The index of an operand, added if it is new. */
static uint32_t
operand_index(struct plan *p, unsigned field, unsigned transform, struct bundle_text key)
{
	struct engine *e = p->e;
	enum keys_of which = keys_of_field(field);
	struct operand o = {
	    .field = (uint16_t)field,
	    .transform = (uint8_t)transform,
	    .header = -1,
	    .key = BUNDLE_NONE,
	};
	uint64_t id;
	uint32_t known;

	/* LEN is a matter of the comparison: the values are the same. */
	if (transform == TRANSFORM_LEN)
		o.transform = TRANSFORM_NONE;
	if (which != KEYS_MAX) {
		o.name = bundle_text(e->b, key);
		if (which == KEYS_HEADER)
			o.header = header_of(o.name);
		if (o.header < 0)
			o.key = key_index(&e->keys[which], o.name);
	}
	id = (uint64_t)o.key << 32 | (uint64_t)o.field << 16 |
	    (uint64_t)o.transform << 8 | (uint8_t)o.header;
	known = map_get(&p->operands, id);
	if (known != MAP_NONE)
		return known;
	/* There is room for every operand that can be asked for. */
	CHECK(map_put(&p->operands, id, e->operands) == OK);
	e->operand[e->operands] = o;
	return e->operands++;
}

/* Whether a field can be asked in this way. */
static bool
predicate_known(const struct bundle *b, const struct bundle_predicate *p)
{
	enum field_type type;
	bool number;

	if (p->field >= FIELDS)
		return false;
	type = field_types[p->field];
	number = p->transform == TRANSFORM_LEN || p->transform == TRANSFORM_COUNT ||
	    (type != FIELD_TEXT && type != FIELD_ADDRESS);
	if (p->transform != TRANSFORM_NONE && p->transform != TRANSFORM_COUNT &&
	    type != FIELD_TEXT)
		return false;
	if (p->op == OP_IN)
		return b->set[p->set].kind ==
		    (number			 ? SET_NUMBER
			    : type == FIELD_TEXT ? SET_TEXT
						 : SET_ADDRESS);
	switch ((enum predicate_op)p->op) {
	case OP_EXISTS:
	case OP_EQ: return true;
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
	case OP_HAS:
	case OP_TRUE: return number;
	default: return !number && type == FIELD_TEXT;
	}
}

/* "10.1.2.3", "10.0.0.0/8" or the IPv6 forms, as 16 bytes. */
static bool
address_parse(struct span text, struct constant *c)
{
	char at[INET6_ADDRSTRLEN + 1];
	struct span address = span_head(text, span_find(text, '/'));
	uint64_t bits, most = 128;

	if (address.n >= sizeof(at))
		return false;
	memcpy(at, address.p, address.n);
	at[address.n] = '\0';
	memset(c->address, 0, sizeof(c->address));
	if (inet_pton(AF_INET, at, c->address + 12) == 1) {
		c->address[10] = c->address[11] = 0xff;
		most = 32;
	} else if (inet_pton(AF_INET6, at, c->address) != 1) {
		return false;
	}
	bits = most;
	if (address.n < text.n &&
	    (span_u64(span_from(text, address.n + 1), &bits) != OK || bits > most))
		return false;
	c->address_bits = (uint8_t)(128 - most + bits);
	return true;
}

static enum test_kind
kind_of(const struct bundle_predicate *p)
{
	enum field_type type = field_types[p->field];

	if (p->transform == TRANSFORM_COUNT)
		return TEST_COUNT;
	if (p->transform == TRANSFORM_LEN)
		return TEST_LENGTH;
	return type == FIELD_TEXT   ? TEST_TEXT
	    : type == FIELD_ADDRESS ? TEST_ADDRESS
				    : TEST_NUMBER;
}

static int
test_make(struct plan *plan, uint32_t index, struct bundle_error *error)
{
	struct engine *e = plan->e;
	const struct bundle_predicate *p = &e->b->predicate[index];
	struct constant *c = &e->constant[index];
	struct span text = bundle_text(e->b, p->text);
	char why[120];
	int rc;

	if (!predicate_known(e->b, p))
		return refuse(error, "predicate", index);
	e->test[index] = (struct test){
	    .operand = operand_index(plan, p->field, p->transform, p->key),
	    .op = p->op,
	    .kind = (uint8_t)kind_of(p),
	    .history = field_groups[p->field] == GROUP_HISTORY,
	    .text = text.p,
	    .n = (uint32_t)text.n,
	    .set = p->set,
	    .number = p->number,
	};
	if (e->test[index].kind == TEST_TEXT)
		e->test[index].head = text_head(text);
	if (p->op == OP_EQ && field_types[p->field] == FIELD_ADDRESS &&
	    !address_parse(text, c))
		return refuse(error, "the address of predicate", index);
	if (p->op != OP_MATCHES)
		return OK;
	rc = pattern_new(text, &c->pattern, why, sizeof(why));
	if (rc == ERR_UNSUPPORTED)
		snprintf(error->text, sizeof(error->text), "pattern \"%.*s\": %s",
		    (int)(text.n < 60 ? text.n : 60), text.p, why);
	return rc;
}

static bool
keys_make(struct keys *k, uint32_t capacity)
{
	size_t slots = 16;

	while (slots < 2 * (size_t)capacity)
		slots *= 2;
	k->mask = (uint32_t)(slots - 1);
	k->slot = calloc(slots, sizeof(*k->slot));
	k->name = calloc((size_t)capacity + 1, sizeof(*k->name));
	k->values = calloc((size_t)capacity + 1, sizeof(*k->values));
	return k->slot != NULL && k->name != NULL && k->values != NULL;
}

/* Room for everything, sized by the bundle. */
static int
plan_room(struct engine *e)
{
	const struct bundle *b = e->b;
	uint32_t asked[KEYS_MAX + 1] = {0}, most = b->predicates + b->anchors + b->keys;

	for (uint32_t i = 0; i < b->predicates; i++)
		asked[keys_of_field(b->predicate[i].field)]++;
	for (uint32_t i = 0; i < b->anchors; i++)
		asked[keys_of_field(b->anchor[i].field)]++;
	for (uint32_t i = 0; i < b->keys; i++)
		asked[keys_of_field(b->key[i].field)]++;
	for (unsigned i = 0; i < KEYS_MAX; i++)
		if (!keys_make(&e->keys[i], asked[i]))
			return ERR_NOMEM;
	e->words = (b->rules + 63) / 64;
	e->operand = calloc((size_t)most + 1, sizeof(*e->operand));
	e->memo = calloc((size_t)most + 1, sizeof(*e->memo));
	e->constant = calloc((size_t)b->predicates + 1, sizeof(*e->constant));
	e->test = calloc((size_t)b->predicates + 1, sizeof(*e->test));
	e->answer = calloc((size_t)b->predicates + 1, sizeof(*e->answer));
	e->anchor_operand = calloc((size_t)b->anchors + 1, sizeof(*e->anchor_operand));
	e->key_operand = calloc((size_t)b->keys + 1, sizeof(*e->key_operand));
	e->rule = calloc((size_t)b->rules + 1, sizeof(*e->rule));
	e->endpoint = aligned_alloc(64, ((size_t)b->endpoints + 1) * 64);
	e->candidate = calloc((size_t)e->words + 1, sizeof(*e->candidate));
	e->candidate_words = calloc((size_t)e->words / 64 + 1, sizeof(uint64_t));
	e->body_rule = calloc((size_t)e->words + 1, sizeof(*e->body_rule));
	if (!e->operand || !e->memo || !e->constant || !e->answer || !e->anchor_operand ||
	    !e->key_operand || !e->test || !e->rule || !e->endpoint || !e->candidate ||
	    !e->candidate_words || !e->body_rule)
		return ERR_NOMEM;
	return OK;
}

/* Where the name of an endpoint stands at the anchor on endpoints. */
static void
endpoint_post(struct engine *e, struct endpoint_brief *to, unsigned i, struct span name)
{
	const uint32_t *at;

	if (e->endpoint_anchor == BUNDLE_NONE)
		return;
	at = bundle_anchor_find(
	    e->b, e->endpoint_anchor, bundle_hash(name), &to->postings[i]);
	if (at != NULL)
		to->posting[i] = (uint32_t)(at - e->b->posting);
}

static void
plan_endpoints(struct engine *e)
{
	const struct bundle *b = e->b;

	e->endpoint_anchor = BUNDLE_NONE;
	for (uint32_t i = 0; i < b->anchors; i++)
		if (b->anchor[i].field == F_ENDPOINT &&
		    b->anchor[i].transform == TRANSFORM_NONE)
			e->endpoint_anchor = i;
	for (uint32_t i = 0; i < b->endpoints; i++) {
		const struct bundle_endpoint *from = &b->endpoint[i];
		struct endpoint_brief *to = &e->endpoint[i];
		struct span label = bundle_text(b, from->label);

		*to = (struct endpoint_brief){
		    .hash = from->hash,
		    .label = from->label,
		    .template = from->template,
		    .mode = (uint8_t)from->mode,
		};
		if (from->operation.length != 0) {
			endpoint_post(e, to, 2, label);
			label = span_head(label, label.n - from->operation.length - 1);
		}
		endpoint_post(e, to, 0, label);
		endpoint_post(e, to, 1, bundle_text(b, from->template));
	}
}

static uint8_t
facts_of(const struct bundle *b, const struct bundle_rule *r)
{
	unsigned facts = 0;

	if (r->flags & RULE_LIMIT)
		facts |= RULE_IS_LIMIT;
	if (r->flags & RULE_HISTORY)
		facts |= RULE_IS_HISTORY;
	for (uint32_t k = 0; k < r->keys; k++)
		if (b->key[r->key + k].field == F_IDENTITY && !(r->flags & RULE_WEAK_TOO))
			facts |= RULE_SPARES_WEAK;
	return (uint8_t)facts;
}

static void
plan_rules(struct engine *e)
{
	const struct bundle *b = e->b;
	uint32_t cap = b->meta->default_mode;

	for (uint32_t i = 0; i < b->rules; i++) {
		const struct bundle_rule *r = &b->rule[i];

		if (r->flags & RULE_BODY)
			e->body_rule[i / 64] |= UINT64_C(1) << i % 64;
		e->rule[i] = (struct rule_brief){
		    .from_us = r->not_before_us ? r->not_before_us : INT64_MIN,
		    .until_us = r->expires_us ? r->expires_us : INT64_MAX,
		    .endpoint = r->endpoint,
		    .step = r->step,
		    .mode = (uint8_t)(r->mode < cap ? r->mode : cap),
		    .own_mode = r->mode,
		    .action = r->action,
		    .facts = facts_of(b, r),
		};
	}
}

static void
plan_early(struct engine *e)
{
	const struct bundle *b = e->b;

	for (uint32_t i = 0; i < b->free_rules && e->earlies < EARLY_MAX; i++) {
		uint32_t rule = b->free_rule[i];
		const struct bundle_rule *r = &b->rule[rule];
		const struct bundle_key *key = &b->key[r->key];

		if (r->flags & RULE_LIMIT && r->keys == 1 && key->field == F_IDENTITY &&
		    key->transform == TRANSFORM_NONE && r->endpoint == BUNDLE_NONE)
			e->early[e->earlies++] = rule;
	}
}

/* Everything that asks for operands. */
static int
plan_operands(struct plan *p, struct bundle_error *error)
{
	struct engine *e = p->e;
	const struct bundle *b = e->b;
	int rc;

	for (uint32_t i = 0; i < b->predicates; i++)
		if ((rc = test_make(p, i, error)) != OK)
			return rc;
	for (uint32_t i = 0; i < b->anchors; i++) {
		const struct bundle_anchor *a = &b->anchor[i];

		if (a->field >= FIELDS || field_groups[a->field] == GROUP_BODY ||
		    field_types[a->field] == FIELD_ADDRESS)
			return refuse(error, "anchor", i);
		e->anchor_operand[i] = operand_index(p, a->field, a->transform, a->key);
	}
	for (uint32_t i = 0; i < b->keys; i++) {
		const struct bundle_key *k = &b->key[i];

		if (k->field >= FIELDS)
			return refuse(error, "limit key", i);
		e->key_operand[i] = operand_index(p, k->field, k->transform, k->key);
	}
	return OK;
}

int
plan_make(struct engine *e, struct bundle_error *error)
{
	const struct bundle *b = e->b;
	struct plan p = {.e = e};
	int rc;

	if ((rc = pattern_set_init(&e->patterns)) != OK ||
	    (rc = service_index_init(&e->services, b)) != OK ||
	    (rc = router_init(&e->router, b, e->o.identity_key)) != OK ||
	    (rc = plan_room(e)) != OK)
		return rc;
	rc = map_init(&p.operands, (size_t)b->predicates + b->anchors + b->keys + 1);
	if (rc != OK)
		return rc;
	rc = plan_operands(&p, error);
	map_fini(&p.operands);
	if (rc != OK)
		return rc;
	plan_rules(e);
	plan_early(e);
	plan_endpoints(e);
	return candidates_plan(e);
}

void
plan_free(struct engine *e)
{
	if (e->b != NULL && e->constant != NULL)
		for (uint32_t i = 0; i < e->b->predicates; i++)
			pattern_free(e->constant[i].pattern);
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		free(e->keys[i].slot);
		free(e->keys[i].name);
		free(e->keys[i].values);
	}
	free(e->operand);
	free(e->memo);
	free(e->constant);
	free(e->answer);
	free(e->anchor_operand);
	free(e->key_operand);
	free(e->test);
	free(e->rule);
	free(e->endpoint);
	free(e->candidate);
	free(e->candidate_words);
	candidates_free(e);
	free(e->body_rule);
	service_index_fini(&e->services);
	router_fini(&e->router);
	pattern_set_fini(&e->patterns);
}
