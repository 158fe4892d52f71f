/* The trie in the engine's form, and the walk down. */
#include "engine/router.h"

#include <stdlib.h>

#include "engine/hash.h"

enum route_flag {
	MANY_LITERALS = 1, /* they stand in the table */
	ONE_LITERAL = 16, /* it is the node behind */
	MANY_PARAMS = 2, /* or one with text before it: see the bundle's node */
	ODD_LEAVES = 4, /* verbs, operations, unknown methods: see the bundle's node */
	OPERATIONS = 8, /* of the only leaf: its sub-operations are endpoints */
	SEVERAL_LEAVES = 32, /* that differ by method alone: a row of route_leaf */
};

/* --- making ----------------------------------------------------------------------- */

static uint64_t
slot_key(uint32_t node, uint64_t hash)
{
	return hash ^ (node + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint32_t
slot_tag(uint64_t key)
{
	return (uint32_t)(key >> 32);
}

/* The number of a method, 0: none or any, ROUTER_METHODS_MAX: not known by number. */
static unsigned
method_number(const struct router *x, struct span method)
{
	for (unsigned i = 1; i < x->methods; i++)
		if (span_eq(x->method[i], method))
			return i;
	return ROUTER_METHODS_MAX;
}

/* The same, a number given if there is one left. */
static unsigned
method_add(struct router *x, struct span method)
{
	unsigned i = method.n == 0 ? 0 : method_number(x, method);

	if (i < ROUTER_METHODS_MAX || x->methods == ROUTER_METHODS_MAX)
		return i;
	x->method[x->methods] = method;
	return x->methods++;
}

/* False for leaves that must be read in the bundle. */
static bool
leaf_make(struct router *x, const struct bundle *b, uint32_t index)
{
	const struct bundle_leaf *from = &b->leaf[index];
	unsigned method = method_add(x, bundle_text(b, from->method));

	if (from->verb.length != 0 || from->operation.length != 0 ||
	    method == ROUTER_METHODS_MAX)
		return false;
	x->leaf[x->leaves++] = (struct route_leaf){
	    .endpoint = from->endpoint,
	    .method = (uint8_t)method,
	    .operations = (b->endpoint[from->endpoint].flags & ENDPOINT_OPERATIONS) != 0,
	};
	return true;
}

static void
leaves_make(struct router *x, const struct bundle *b, struct route_node *to,
    const struct bundle_node *from)
{
	uint32_t first = x->leaves;
	bool plain = from->leaves <= UINT8_MAX;

	for (uint32_t i = 0; plain && i < from->leaves; i++)
		plain = leaf_make(x, b, from->leaf + i);
	if (!plain) {
		x->leaves = first;
		to->flags |= ODD_LEAVES;
		return;
	}
	to->leaves = (uint8_t)from->leaves;
	if (from->leaves > 1) {
		to->flags |= SEVERAL_LEAVES;
		to->endpoint = first;
	} else if (from->leaves == 1) {
		x->leaves = first;
		to->method = x->leaf[first].method;
		to->endpoint = x->leaf[first].endpoint;
		if (x->leaf[first].operations)
			to->flags |= OPERATIONS;
	}
}

/* What of a node does not depend on where its children are numbered. */
static void
node_make(
    struct router *x, const struct bundle *b, struct route_node *to, uint32_t source)
{
	const struct bundle_node *from = &b->node[source];

	*to = (struct route_node){.source = source};
	leaves_make(x, b, to, from);
	if (from->params == 1 && b->param[from->param].before.length == 0)
		to->param_mask = b->param[from->param].class_mask;
	else if (from->params != 0)
		to->flags |= MANY_PARAMS;
}

/* The occupied slots of a node's literals in the bundle, up to 2 counted. */
static unsigned
literals_of(const struct bundle *b, const struct bundle_node *from)
{
	unsigned n = 0;

	for (uint32_t i = 0; from->literal_mask != BUNDLE_NONE && n < 2; i++) {
		n += b->literal[from->literal + i].child != BUNDLE_NONE;
		if (i == from->literal_mask)
			break;
	}
	return n;
}

static void
slot_put(struct router *x, uint32_t node, uint64_t hash, uint32_t child)
{
	uint64_t key = slot_key(node, hash), i = key;

	while (x->slot[i & x->mask].child != 0)
		i++;
	x->slot[i & x->mask] = (struct route_slot){slot_tag(key), child};
}

/* While nodes are numbered. */
struct numbering {
	struct router *x;
	const struct bundle *b;
	uint32_t *number; /* bundle's node → ours */
	uint32_t *stack; /* bundle's nodes to come */
	uint32_t depth, n;
};

/* Its children go on the stack last first, so that the first follows its parent. */
static void
number_children(struct numbering *s, const struct bundle_node *from)
{
	for (uint32_t i = from->params; i-- > 0;)
		s->stack[s->depth++] = s->b->param[from->param + i].child;
	for (uint32_t i = 0; from->literal_mask != BUNDLE_NONE; i++) {
		const struct bundle_literal *l = &s->b->literal[from->literal + i];

		if (l->child != BUNDLE_NONE)
			s->stack[s->depth++] = l->child;
		if (i == from->literal_mask)
			break;
	}
}

static void
number_nodes(struct numbering *s, uint32_t root)
{
	s->stack[s->depth++] = root;
	while (s->depth > 0) {
		uint32_t source = s->stack[--s->depth];

		s->number[source] = s->n;
		node_make(s->x, s->b, &s->x->node[s->n++], source);
		number_children(s, &s->b->node[source]);
	}
}

/* Children by our numbers, literals by their hash. */
static void
node_link(struct numbering *s, uint32_t index)
{
	struct router *x = s->x;
	struct route_node *to = &x->node[index];
	const struct bundle_node *from = &s->b->node[to->source];
	unsigned literals = literals_of(s->b, from);

	for (uint32_t i = from->param; i < from->param + from->params; i++)
		x->param_child[i] = s->number[s->b->param[i].child];
	if (to->param_mask != 0)
		to->param_child = x->param_child[from->param];
	if (literals == 0)
		return;
	to->flags |= literals == 1 ? ONE_LITERAL : MANY_LITERALS;
	for (uint32_t i = 0;; i++) {
		const struct bundle_literal *l = &s->b->literal[from->literal + i];

		if (l->child != BUNDLE_NONE) {
			uint32_t child = s->number[l->child];
			uint64_t hash = hash_seeded(x->seed, bundle_text(s->b, l->text));

			x->node[child].hash = hash;
			if (literals > 1)
				slot_put(x, index, hash, child);
		}
		if (i == from->literal_mask)
			break;
	}
}

/* Slots for the literals of nodes that have several. */
static size_t
slots_for(const struct bundle *b)
{
	size_t many = 0, slots = 16;

	for (uint32_t i = 0; i < b->nodes; i++)
		if (literals_of(b, &b->node[i]) > 1)
			many += (size_t)b->node[i].literal_mask + 1;
	/* The bundle's own tables have room to spare, ours need no more. */
	while (slots < many)
		slots *= 2;
	return slots;
}

int
router_init(
    struct router *x, const struct bundle *b, const uint8_t key[SIPHASH_KEY_BYTES])
{
	struct numbering s = {.x = x, .b = b};
	size_t slots = slots_for(b);
	int rc = ERR_NOMEM;

	*x = (struct router){.methods = 1};
	x->seed[0] = siphash64(key, "router 0", 8);
	x->seed[1] = siphash64(key, "router 1", 8) | 1;
	x->mask = (uint32_t)(slots - 1);
	x->slot = calloc(slots, sizeof(*x->slot));
	x->node = aligned_alloc(64, ((size_t)b->nodes / 2 + 1) * 64);
	x->leaf = calloc((size_t)b->leaves + 1, sizeof(*x->leaf));
	x->root = calloc((size_t)b->services + 1, sizeof(*x->root));
	x->param_child = calloc((size_t)b->params + 1, sizeof(*x->param_child));
	s.number = calloc((size_t)b->nodes + 1, sizeof(*s.number));
	s.stack = calloc((size_t)b->nodes + 1, sizeof(*s.stack));
	if (!x->slot || !x->node || !x->leaf || !x->root || !x->param_child ||
	    !s.number || !s.stack)
		goto out;
	for (uint32_t i = 0; i < b->services; i++) {
		x->root[i] = BUNDLE_NONE;
		if (b->service[i].root == BUNDLE_NONE)
			continue;
		x->root[i] = s.n;
		number_nodes(&s, b->service[i].root);
	}
	for (uint32_t i = 0; i < s.n; i++)
		node_link(&s, i);
	rc = OK;
out:
	free(s.number);
	free(s.stack);
	if (rc != OK)
		router_fini(x);
	return rc;
}

void
router_fini(struct router *x)
{
	free(x->slot);
	free(x->node);
	free(x->leaf);
	free(x->root);
	free(x->param_child);
	*x = (struct router){0};
}

/* --- walking ---------------------------------------------------------------------- */

struct walk {
	const struct router *x;
	const struct bundle *b;
	const struct segment *segment;
	unsigned n;
	struct span method, verb;
	unsigned method_number; /* ROUTER_METHODS_MAX: none that has one */
	unsigned budget; /* nodes that may still be visited */
	uint32_t hashed; /* bit i: hash[i] is set */
	struct route *out;
	uint64_t hash[TARGET_SEGMENTS_MAX];
};

/* A leaf's method is the one asked for (2), any (1) or another (0). */
static int
leaf_method(const struct bundle *b, const struct bundle_leaf *l, struct span method)
{
	if (l->method.length == 0)
		return 1;
	return span_eq(bundle_text(b, l->method), method) ? 2 : 0;
}

/* Whether an endpoint for the method and verb ends at this node: the general case. */
static bool
node_ends_odd(struct walk *w, uint32_t index)
{
	const struct bundle *b = w->b;
	const struct bundle_node *node = &b->node[index];
	int best = 0;
	bool operations = false;
	uint32_t endpoint = BUNDLE_NONE;

	for (uint32_t i = 0; i < node->leaves; i++) {
		const struct bundle_leaf *l = &b->leaf[node->leaf + i];
		int fit = leaf_method(b, l, w->method);

		if (fit == 0 || !span_eq(bundle_text(b, l->verb), w->verb))
			continue;
		if (l->operation.length != 0) {
			operations = true;
		} else if (fit > best) {
			best = fit;
			endpoint = l->endpoint;
		}
	}
	if (best == 0 && !operations)
		return false;
	if (best && b->endpoint[endpoint].flags & ENDPOINT_OPERATIONS)
		operations = true;
	*w->out = (struct route){
	    .endpoint = endpoint,
	    .node = index,
	    .operations = operations,
	    .verb = w->verb,
	};
	return true;
}

static bool
node_ends(struct walk *w, const struct route_node *node)
{
	const struct route_leaf only = {
	    node->endpoint, node->method, (node->flags & OPERATIONS) != 0};
	const struct route_leaf *row = &only, *l = NULL;

	if (node->flags & ODD_LEAVES)
		return node_ends_odd(w, node->source);
	if (node->flags & SEVERAL_LEAVES)
		row = &w->x->leaf[node->endpoint];
	if (w->verb.n != 0)
		return false;
	for (unsigned i = 0; i < node->leaves; i++)
		if (row[i].method == w->method_number ||
		    (l == NULL && row[i].method == 0))
			l = &row[i];
	if (l == NULL)
		return false;
	*w->out = (struct route){
	    .endpoint = l->endpoint,
	    .node = node->source,
	    .operations = l->operations,
	    .verb = w->verb,
	};
	return true;
}

/* 0 when no literal leads on. */
static uint32_t
literal_child(struct walk *w, uint32_t index, unsigned depth)
{
	const struct router *x = w->x;
	uint64_t key, hash;

	if (!(x->node[index].flags & (ONE_LITERAL | MANY_LITERALS)))
		return 0;
	if (!(w->hashed >> depth & 1)) {
		w->hashed |= UINT32_C(1) << depth;
		w->hash[depth] = hash_seeded(x->seed, w->segment[depth].text);
	}
	hash = w->hash[depth];
	if (x->node[index].flags & ONE_LITERAL)
		return x->node[index + 1].hash == hash ? index + 1 : 0;
	key = slot_key(index, hash);
	for (uint64_t i = key;; i++) {
		const struct route_slot *s = &x->slot[i & x->mask];

		if (s->child == 0)
			return 0;
		if (s->tag == slot_tag(key) && x->node[s->child].hash == hash)
			return s->child;
	}
}

/* Whether a parameter accepts the segment; `Users(12)` for before = "Users". */
static bool
param_accepts(const struct walk *w, const struct bundle_param *p, unsigned depth)
{
	const struct segment *s = &w->segment[depth];
	struct span name, key;

	if (p->before.length == 0)
		return (p->class_mask & s->mask) != 0;
	return (p->class_mask & segment_key(s->text, &name, &key)) != 0 &&
	    span_eq(name, bundle_text(w->b, p->before));
}

static bool walk_down(struct walk *w, uint32_t index, unsigned depth);

/* Several parameters, or one with text before it. */
static bool
walk_params(struct walk *w, const struct route_node *node, unsigned depth)
{
	const struct bundle_node *from = &w->b->node[node->source];

	for (uint32_t i = 0; i < from->params; i++) {
		const struct bundle_param *p = &w->b->param[from->param + i];

		if (param_accepts(w, p, depth) &&
		    walk_down(w, w->x->param_child[from->param + i], depth + 1))
			return true;
	}
	return false;
}

static bool
walk_down(struct walk *w, uint32_t index, unsigned depth)
{
	const struct route_node *node = &w->x->node[index];
	uint32_t child;

	if (w->budget == 0)
		return false;
	w->budget--;
	if (depth == w->n)
		return node_ends(w, node);
	child = literal_child(w, index, depth);
	if (child != 0 && walk_down(w, child, depth + 1))
		return true;
	if (node->flags & MANY_PARAMS)
		return walk_params(w, node, depth);
	return (node->param_mask & w->segment[depth].mask) != 0 &&
	    walk_down(w, node->param_child, depth + 1);
}

/* The last segment and its verb as one text: "urn:isbn" may be an id with a colon. */
static bool
whole_segment(const struct target *t, struct segment *out)
{
	const struct segment *last = &t->segment[t->n - 1];

	if (t->verb.p != last->text.p + last->text.n + 1)
		return false;
	out->text = span_make(last->text.p, last->text.n + 1 + t->verb.n);
	out->mask = segment_classify(out->text, t->n - 1);
	return true;
}

void
router_find(const struct router *x, const struct bundle *b, uint32_t service,
    const struct target *t, struct span method, struct route *out)
{
	struct segment copy[TARGET_SEGMENTS_MAX];
	uint32_t root = x->root[service];
	struct walk w;

	*out = (struct route){.endpoint = BUNDLE_NONE, .node = BUNDLE_NONE};
	if (root == BUNDLE_NONE)
		return;
	w.x = x;
	w.b = b;
	w.segment = t->segment;
	w.n = t->n;
	w.method = method;
	w.method_number = method_number(x, method);
	w.verb = t->verb;
	w.budget = t->n + ROUTER_TRIES_MAX;
	w.hashed = 0;
	w.out = out;
	if (walk_down(&w, root, 0) || span_absent(t->verb) || t->n == 0)
		return;
	memcpy(copy, t->segment, t->n * sizeof(*copy));
	if (!whole_segment(t, &copy[t->n - 1]))
		return;
	w.segment = copy;
	w.verb = SPAN_NONE;
	w.hashed &= ~(UINT32_C(1) << (t->n - 1));
	w.budget = t->n + ROUTER_TRIES_MAX;
	(void)walk_down(&w, root, 0);
}

uint32_t
router_operation(const struct bundle *b, const struct route *r, struct span method,
    struct span operation)
{
	const struct bundle_node *node;
	uint32_t endpoint = BUNDLE_NONE;
	int best = 0;

	if (r->node == BUNDLE_NONE || operation.n == 0)
		return BUNDLE_NONE;
	node = &b->node[r->node];
	for (uint32_t i = 0; i < node->leaves; i++) {
		const struct bundle_leaf *l = &b->leaf[node->leaf + i];
		int fit = leaf_method(b, l, method);

		if (fit > best && span_eq(bundle_text(b, l->verb), r->verb) &&
		    span_eq(bundle_text(b, l->operation), operation)) {
			best = fit;
			endpoint = l->endpoint;
		}
	}
	return endpoint;
}
