/* The walk down the trie. */
#include "engine/router.h"

struct walk {
	const struct bundle *b;
	const struct segment *segment;
	unsigned n;
	struct span method, verb;
	unsigned budget; /* nodes that may still be visited */
	uint64_t hash[TARGET_SEGMENTS_MAX]; /* of the segments so far seen, 0: not yet */
	struct route *out;
};

/* A leaf's method is the one asked for (2), any (1) or another (0). */
static int
leaf_method(const struct bundle *b, const struct bundle_leaf *l, struct span method)
{
	if (l->method.length == 0)
		return 1;
	return span_eq(bundle_text(b, l->method), method) ? 2 : 0;
}

/* Whether an endpoint for the method and verb ends at this node. */
static bool
node_ends(struct walk *w, uint32_t index)
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

static uint32_t
literal_child(struct walk *w, const struct bundle_node *node, unsigned depth)
{
	const struct bundle_literal *slots = &w->b->literal[node->literal];
	struct span text = w->segment[depth].text;
	uint64_t h;

	if (node->literal_mask == BUNDLE_NONE)
		return BUNDLE_NONE;
	if (w->hash[depth] == 0)
		w->hash[depth] = bundle_hash(text);
	h = w->hash[depth];
	for (uint32_t i = 0; i <= node->literal_mask; i++) {
		const struct bundle_literal *l = &slots[(h + i) & node->literal_mask];

		if (l->child == BUNDLE_NONE)
			return BUNDLE_NONE;
		if (l->hash == h && span_eq(bundle_text(w->b, l->text), text))
			return l->child;
	}
	return BUNDLE_NONE;
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

static bool
walk_down(struct walk *w, uint32_t index, unsigned depth)
{
	const struct bundle_node *node = &w->b->node[index];
	uint32_t child;

	if (w->budget == 0)
		return false;
	w->budget--;
	if (depth == w->n)
		return node_ends(w, index);
	child = literal_child(w, node, depth);
	if (child != BUNDLE_NONE && walk_down(w, child, depth + 1))
		return true;
	for (uint32_t i = 0; i < node->params; i++) {
		const struct bundle_param *p = &w->b->param[node->param + i];

		if (param_accepts(w, p, depth) && walk_down(w, p->child, depth + 1))
			return true;
	}
	return false;
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
router_find(const struct bundle *b, uint32_t root, const struct target *t,
    struct span method, struct route *out)
{
	struct segment copy[TARGET_SEGMENTS_MAX];
	struct walk w = {
	    .b = b,
	    .segment = t->segment,
	    .n = t->n,
	    .method = method,
	    .verb = t->verb,
	    .budget = t->n + ROUTER_TRIES_MAX,
	    .out = out,
	};

	*out = (struct route){.endpoint = BUNDLE_NONE, .node = BUNDLE_NONE};
	if (root == BUNDLE_NONE || walk_down(&w, root, 0) || span_absent(t->verb) ||
	    t->n == 0)
		return;
	memcpy(copy, t->segment, t->n * sizeof(*copy));
	if (!whole_segment(t, &copy[t->n - 1]))
		return;
	w.segment = copy;
	w.verb = SPAN_NONE;
	w.hash[t->n - 1] = 0;
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
