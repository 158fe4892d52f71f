/*
 * The trie is built with pointers, one for each service, and written breadth first over all
 * of them at once: roots, then the children of each node in turn, which is the order that
 * the format demands.
 */
#include "policy/router.h"

#include <stdlib.h>

#include "http/template.h"

struct leaf {
	struct span verb;
	uint32_t endpoint;
};
struct node;
struct branch { /* a parameter */
	uint32_t class_mask;
	int order; /* class, narrowest first; {text} last */
	struct span before;
	struct node *child;
};
struct node {
	struct intern literals;
	VEC(struct node *) literal_child;
	VEC(struct branch) params;
	VEC(struct leaf) leaves;
};

static struct node *
new_node(struct pool *pool)
{
	struct node *n = POOL_NEW(pool, struct node);

	intern_init(&n->literals, pool);
	return n;
}

static struct node *
literal_child(struct pool *pool, struct node *n, struct span text)
{
	bool is_new;
	uint32_t i = intern_put(&n->literals, text, &is_new);

	if (is_new)
		*VEC_ADD(pool, &n->literal_child) = new_node(pool);
	return n->literal_child.v[i];
}

static struct node *
param_child(struct pool *pool, struct node *n, const struct template_part *p)
{
	struct branch b = {.before = p->literal};
	uint32_t at = 0;

	b.order = p->cls < 0 ? SEGMENT_CLASSES : p->cls;
	b.class_mask = p->cls < 0 ? UINT32_MAX : UINT32_C(1) << p->cls;
	for (at = 0; at < n->params.n; at++) {
		const struct branch *x = &n->params.v[at];
		int c = (x->before.n == 0) - (b.before.n == 0);

		if (c == 0)
			c = x->order - b.order;
		if (c == 0)
			c = span_cmp(x->before, b.before);
		if (c == 0)
			return x->child;
		if (c > 0)
			break;
	}
	b.before = pool_copy(pool, b.before);
	b.child = new_node(pool);
	VEC_ADD(pool, &n->params);
	memmove(&n->params.v[at + 1], &n->params.v[at],
	    (n->params.n - 1 - at) * sizeof n->params.v[0]);
	n->params.v[at] = b;
	return b.child;
}

static void
add_endpoint(struct pool *pool, struct node *root, struct span template, uint32_t index)
{
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned parts = TARGET_SEGMENTS_MAX;
	uint8_t memory[TEMPLATE_BYTES_MAX * 2 + 1024];
	struct node *n = root;
	struct arena a;
	struct span verb;

	arena_init(&a, memory, sizeof memory);
	CHECK(template_parse(template, part, &parts, &verb, &a) == OK);
	for (unsigned i = 0; i < parts; i++)
		n = part[i].cls == -1 ? literal_child(pool, n, part[i].literal)
				      : param_child(pool, n, &part[i]);
	*VEC_ADD(pool, &n->leaves) = (struct leaf){pool_copy(pool, verb), index};
}

/* --- writing ------------------------------------------------------------------------ */

typedef VEC(struct node *) node_queue;

static void
emit_literals(
    struct tables *t, const struct node *n, struct bundle_node *out, node_queue *queue)
{
	uint32_t slots = tables_slots(n->literals.key.n), first = t->literal.n;
	struct bundle_literal empty = {.child = BUNDLE_NONE};

	out->literal = first;
	out->literal_mask = BUNDLE_NONE;
	if (n->literals.key.n == 0)
		return;
	out->literal_mask = slots - 1;
	for (uint32_t i = 0; i < slots; i++)
		*VEC_ADD(t->pool, &t->literal) = empty;
	for (uint32_t i = 0; i < n->literals.key.n; i++) {
		struct span text = n->literals.key.v[i];
		uint64_t hash = bundle_hash(text);
		uint32_t at = (uint32_t)hash & (slots - 1);

		while (t->literal.v[first + at].child != BUNDLE_NONE)
			at = (at + 1) & (slots - 1);
		t->literal.v[first + at] =
		    (struct bundle_literal){hash, tables_text(t, text), i, 0};
	}
	for (uint32_t i = 0; i < slots; i++) {
		struct bundle_literal *l = &t->literal.v[first + i];

		if (l->child == BUNDLE_NONE)
			continue;
		*VEC_ADD(t->pool, queue) = n->literal_child.v[l->child];
		l->child = queue->n - 1;
	}
}

static void
emit_node(struct tables *t, const struct model *m, const struct node *n,
    struct bundle_node *out, node_queue *queue)
{
	emit_literals(t, n, out, queue);
	out->param = t->param.n;
	out->params = n->params.n;
	for (uint32_t i = 0; i < n->params.n; i++) {
		const struct branch *b = &n->params.v[i];

		*VEC_ADD(t->pool, queue) = b->child;
		*VEC_ADD(t->pool, &t->param) = (struct bundle_param){
		    b->class_mask, queue->n - 1, tables_text(t, b->before)};
	}
	out->leaf = t->leaf.n;
	out->leaves = n->leaves.n;
	for (uint32_t i = 0; i < n->leaves.n; i++) {
		const struct endpoint *e = &m->endpoints.v[n->leaves.v[i].endpoint];
		bool any = span_eq(e->method, SPAN("*"));

		*VEC_ADD(t->pool, &t->leaf) = (struct bundle_leaf){
		    .method = tables_text(t, any ? SPAN_NONE : e->method),
		    .verb = tables_text(t, n->leaves.v[i].verb),
		    .operation = tables_text(t, e->operation),
		    .endpoint = n->leaves.v[i].endpoint,
		};
	}
}

static void
emit_services(struct tables *t, const struct model *m, struct node **root)
{
	node_queue queue = {0};

	for (uint32_t i = 0; i < m->services.key.n; i++) {
		if (root[i])
			*VEC_ADD(t->pool, &queue) = root[i];
		*VEC_ADD(t->pool, &t->service) = (struct bundle_service){
		    .name = tables_text(t, m->services.key.v[i]),
		    .root = root[i] ? queue.n - 1 : BUNDLE_NONE,
		};
	}
	for (uint32_t i = 0; i < queue.n; i++) {
		struct bundle_node out = {0};

		emit_node(t, m, queue.v[i], &out, &queue);
		*VEC_ADD(t->pool, &t->node) = out;
	}
	for (uint32_t i = 0; i < m->hosts.n; i++)
		*VEC_ADD(t->pool, &t->host) = (struct bundle_host){
		    .pattern = tables_text(t, m->hosts.v[i].pattern),
		    .prefix = tables_text(t, m->hosts.v[i].prefix),
		    .service = m->hosts.v[i].service,
		};
}

/* --- endpoints ---------------------------------------------------------------------- */

static int
endpoint_cmp(const void *a, const void *b)
{
	const struct endpoint *x = a, *y = b;
	int c = (x->service > y->service) - (x->service < y->service);

	if (c == 0)
		c = span_cmp(x->template, y->template);
	if (c == 0)
		c = span_cmp(x->method, y->method);
	if (c == 0)
		c = span_cmp(x->operation, y->operation);
	if (c == 0) /* for which of two equal ones is called the second */
		c = (x->at.offset > y->at.offset) - (x->at.offset < y->at.offset);
	return c;
}

static bool
same_url(const struct endpoint *x, const struct endpoint *y)
{
	return x->service == y->service && span_eq(x->template, y->template) &&
	    span_eq(x->method, y->method);
}

static void
complain_twice(struct model *m, const struct endpoint *e, const struct endpoint *first)
{
	unsigned line, column;

	diag_where(first->at, &line, &column);
	diag_error(m->diags, e->at, "endpoint stands twice, first at %.*s:%u",
	    DIAG_SPAN(first->at.source->name), line);
}

static void
emit_endpoint(struct tables *t, struct model *m, uint32_t i, bool operations)
{
	const struct endpoint *e = &m->endpoints.v[i];
	/* What is behind the method: the template, and the sub-operation. */
	struct span identity = span_from(e->label, e->method.n + 1);

	*VEC_ADD(t->pool, &t->endpoint) = (struct bundle_endpoint){
	    .hash = endpoint_hash(m->services.key.v[e->service], e->method, identity),
	    .id = e->id,
	    .service = e->service,
	    .method = tables_text(t, e->method),
	    .template = tables_text(t, e->template),
	    .label = tables_text(t, e->label),
	    .operation = tables_text(t, e->operation),
	    .mode = e->mode,
	    .flags = (e->want_body ? ENDPOINT_WANT_BODY : 0u) |
		(operations ? ENDPOINT_OPERATIONS : 0u),
	};
}

void
router_build(struct tables *t, struct model *m)
{
	struct node **root =
	    pool_alloc(t->pool, (m->services.key.n + 1) * sizeof(struct node *));

	if (m->endpoints.n)
		qsort(m->endpoints.v, m->endpoints.n, sizeof m->endpoints.v[0],
		    endpoint_cmp);
	for (uint32_t i = 0; i < m->endpoints.n; i++) {
		struct endpoint *e = &m->endpoints.v[i];
		bool operations = i + 1 < m->endpoints.n && same_url(e, e + 1) &&
		    e->operation.n == 0 && e[1].operation.n;

		if (i && same_url(e - 1, e) && span_eq(e[-1].operation, e->operation))
			complain_twice(m, e, e - 1);
		if (root[e->service] == NULL)
			root[e->service] = new_node(t->pool);
		add_endpoint(t->pool, root[e->service], e->template, i);
		emit_endpoint(t, m, i, operations);
	}
	emit_services(t, m, root);
}
