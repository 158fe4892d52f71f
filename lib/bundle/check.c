/* What services, hosts, endpoints, router, credential sources, words and classes must hold. */
#include "bundle/internal.h"

static int
check_meta(const struct bundle *b, struct bundle_error *e)
{
	const struct bundle_meta *m = b->meta;

	if (!text_inside(b, m->compiler) || !text_inside(b, m->source) ||
	    !text_inside(b, m->note) || m->default_mode > MODE_ENFORCE ||
	    (m->unmatched_service != BUNDLE_NONE && m->unmatched_service >= b->services))
		return bundle_refuse(e, ERR_CORRUPT, "bad meta section");
	return OK;
}

/* The roots of the services' routers are the first nodes, in order. */
static int
check_services(const struct bundle *b, uint32_t *roots, struct bundle_error *e)
{
	*roots = 0;
	for (uint32_t i = 0; i < b->services; i++) {
		const struct bundle_service *s = &b->service[i];

		if (!text_inside(b, s->name) || s->name.length == 0 ||
		    (s->root != BUNDLE_NONE && (s->root != *roots || *roots >= b->nodes)))
			return bundle_refuse(e, ERR_CORRUPT, "bad service %u", i);
		*roots += s->root != BUNDLE_NONE;
	}
	for (uint32_t i = 0; i < b->hosts; i++) {
		const struct bundle_host *h = &b->host[i];

		if (!text_inside(b, h->pattern) || !text_inside(b, h->prefix) ||
		    h->service >= b->services)
			return bundle_refuse(e, ERR_CORRUPT, "bad host %u", i);
	}
	return OK;
}

static int
check_endpoints(const struct bundle *b, struct bundle_error *e)
{
	for (uint32_t i = 0; i < b->endpoints; i++) {
		const struct bundle_endpoint *p = &b->endpoint[i];
		uint64_t label = (uint64_t)p->method.length + 1 + p->template.length +
		    (p->operation.length ? (uint64_t)p->operation.length + 1 : 0);

		if (!text_inside(b, p->method) || !text_inside(b, p->template) ||
		    !text_inside(b, p->label) || !text_inside(b, p->operation) ||
		    p->label.length != label || p->template.length == 0 ||
		    p->service >= b->services || p->mode > MODE_ENFORCE ||
		    p->flags > (ENDPOINT_WANT_BODY | ENDPOINT_OPERATIONS))
			return bundle_refuse(e, ERR_CORRUPT, "bad endpoint %u", i);
	}
	return OK;
}

/* How far the ranges that nodes own have been met. */
struct progress {
	uint32_t literal, param, leaf, child;
};

static bool
literals_hold(
    const struct bundle *b, const struct bundle_node *node, struct progress *done)
{
	uint32_t slots, used = 0;

	if (node->literal != done->literal)
		return false;
	if (node->literal_mask == BUNDLE_NONE)
		return true;
	slots = table_slots(node->literal_mask, b->literals - done->literal);
	for (uint32_t i = 0; i < slots; i++) {
		const struct bundle_literal *l = &b->literal[done->literal + i];

		if (l->child == BUNDLE_NONE) {
			if (l->text.length || l->hash)
				return false;
			continue;
		}
		if (!text_inside(b, l->text) || l->child != done->child ||
		    l->hash != bundle_hash(bundle_text(b, l->text)))
			return false;
		done->child++;
		used++;
	}
	done->literal += slots;
	return slots > used;
}

static bool
params_hold(const struct bundle *b, const struct bundle_node *node, struct progress *done)
{
	if (node->param != done->param || node->params > b->params - done->param)
		return false;
	for (uint32_t i = 0; i < node->params; i++) {
		const struct bundle_param *p = &b->param[done->param + i];

		if (!text_inside(b, p->before) || p->child != done->child ||
		    p->class_mask == 0)
			return false;
		done->child++;
	}
	done->param += node->params;
	return true;
}

static bool
leaves_hold(const struct bundle *b, const struct bundle_node *node, struct progress *done)
{
	if (node->leaf != done->leaf || node->leaves > b->leaves - done->leaf)
		return false;
	for (uint32_t i = 0; i < node->leaves; i++) {
		const struct bundle_leaf *l = &b->leaf[done->leaf + i];

		if (!text_inside(b, l->method) || !text_inside(b, l->verb) ||
		    !text_inside(b, l->operation) || l->endpoint >= b->endpoints)
			return false;
	}
	done->leaf += node->leaves;
	return true;
}

/* Children are numbered in the order in which they are met, so each node has one parent
 * that stands before it: a forest, without a visited set. */
static int
check_nodes(const struct bundle *b, uint32_t roots, struct bundle_error *e)
{
	struct progress done = {.child = roots};

	for (uint32_t i = 0; i < b->nodes; i++)
		if (i >= done.child || !literals_hold(b, &b->node[i], &done) ||
		    !params_hold(b, &b->node[i], &done) ||
		    !leaves_hold(b, &b->node[i], &done) || done.child > b->nodes)
			return bundle_refuse(e, ERR_CORRUPT, "bad router node %u", i);
	if (done.child != b->nodes || done.literal != b->literals ||
	    done.param != b->params || done.leaf != b->leaves)
		return bundle_refuse(e, ERR_CORRUPT, "the router has parts of no node");
	return OK;
}

static int
check_sources(const struct bundle *b, struct bundle_error *e)
{
	for (uint32_t i = 0; i < b->sources; i++) {
		const struct bundle_source *s = &b->source[i];

		if (!text_inside(b, s->name) || s->kind < SOURCE_BEARER ||
		    s->kind > SOURCE_BASIC_USER || s->verified > 1)
			return bundle_refuse(e, ERR_CORRUPT, "bad source %u", i);
	}
	return OK;
}

static bool
class_name_holds(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool letter = s.p[i] >= 'a' && s.p[i] <= 'z';
		bool other = (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_';

		if (!letter && (i == 0 || !other))
			return false;
	}
	return s.n >= 1 && s.n <= BUNDLE_CLASS_NAME_MAX;
}

static bool
class_holds(const struct bundle *b, const struct bundle_class *c)
{
	return text_inside(b, c->name) && text_inside(b, c->title) &&
	    text_inside(b, c->pattern) && text_inside(b, c->validator) &&
	    text_inside(b, c->names) && class_name_holds(bundle_text(b, c->name)) &&
	    c->title.length > 0 && c->pattern.length + (uint64_t)c->names.length > 0 &&
	    c->groups <= BUNDLE_CLASS_GROUPS && c->mask <= BUNDLE_CLASS_MASK_MAX;
}

static int
check_classes(const struct bundle *b, struct bundle_error *e)
{
	if (b->classes > BUNDLE_CLASSES_MAX)
		return bundle_refuse(e, ERR_CORRUPT, "bad number of classes");
	for (uint32_t i = 0; i < b->classes; i++)
		if (!class_holds(b, &b->cls[i]) ||
		    (i &&
			span_cmp(bundle_text(b, b->cls[i - 1].name),
			    bundle_text(b, b->cls[i].name)) >= 0))
			return bundle_refuse(e, ERR_CORRUPT, "bad class %u", i);
	return OK;
}

int
bundle_check_router(const struct bundle *b, struct bundle_error *e)
{
	uint32_t roots;
	int rc;

	if ((rc = check_meta(b, e)) != OK || (rc = check_services(b, &roots, e)) != OK ||
	    (rc = check_endpoints(b, e)) != OK || (rc = check_nodes(b, roots, e)) != OK ||
	    (rc = check_sources(b, e)) != OK || (rc = check_classes(b, e)) != OK)
		return rc;
	for (uint32_t i = 1; i < b->words; i++)
		if (b->word[i - 1] >= b->word[i])
			return bundle_refuse(e, ERR_CORRUPT, "words are not sorted");
	return OK;
}
