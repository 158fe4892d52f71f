/* The tree: built value by value, with everything counted; and looked up. */
#include "http/utf8.h"
#include "policy/spec_build.h"

#define NEAR_KEYS 12 /* maps with more keys have a table */

void
spec_build_fail(struct spec_builder *b, uint32_t offset, int rc, const char *text)
{
	if (b->rc == OK)
		diag_error(b->diags, (struct place){b->source, offset}, "%s", text);
	b->rc = rc;
}

/* --- building ----------------------------------------------------------------------- */

struct spec_node *
spec_build_node(
    struct spec_builder *b, enum spec_node_kind kind, uint32_t line, uint32_t offset)
{
	struct spec_node *n;

	if (b->nodes++ >= SPEC_NODES_MAX) {
		spec_build_fail(b, offset, ERR_LIMIT, "the document has too many values");
		return NULL;
	}
	n = POOL_NEW(b->pool, struct spec_node);
	n->kind = (uint8_t)kind;
	n->line = line;
	n->offset = offset;
	return n;
}

static void
append(struct spec_level *l, struct spec_node *n)
{
	if (l->last)
		l->last->next = n;
	else
		l->node->child = n;
	l->last = n;
	l->node->n++;
}

void
spec_build_put(struct spec_builder *b, struct spec_node *n)
{
	struct spec_level *l = b->depth ? &b->level[b->depth - 1] : NULL;

	if (l == NULL) {
		b->root = n;
		return;
	}
	if (l->node->kind == NODE_LIST) {
		append(l, n);
		return;
	}
	if (l->key == NULL) {
		if (n->kind != NODE_SCALAR && n->kind != NODE_NULL)
			spec_build_fail(
			    b, n->offset, ERR_MALFORMED, "a key must be a plain word");
		l->key = n;
		return;
	}
	n->key = l->key->text;
	n->line = l->key->line;
	n->offset = l->key->offset;
	l->key = NULL;
	append(l, n);
}

void
spec_build_open(struct spec_builder *b, struct spec_node *n)
{
	if (b->depth == SPEC_NESTING_MAX) {
		spec_build_fail(
		    b, n->offset, ERR_LIMIT, "the document is nested too deeply");
		return;
	}
	spec_build_put(b, n);
	b->level[b->depth++] = (struct spec_level){.node = n};
}

/* Looks for keys that stand twice, and makes a large map quick to search. */
static void
index_keys(struct spec_builder *b, struct spec_node *map)
{
	bool is_new = true;

	if (map->n <= NEAR_KEYS) {
		SPEC_EACH (x, map)
			for (const struct spec_node *y = x->next; y; y = y->next)
				if (span_eq(x->key, y->key))
					spec_build_fail(b, y->offset, ERR_MALFORMED,
					    "this key stands twice");
		return;
	}
	map->keys = POOL_NEW(b->pool, struct spec_keys);
	intern_init(&map->keys->names, b->pool);
	for (struct spec_node *x = map->child; x; x = x->next) {
		intern_put(&map->keys->names, x->key, &is_new);
		if (!is_new)
			spec_build_fail(
			    b, x->offset, ERR_MALFORMED, "this key stands twice");
		*VEC_ADD(b->pool, &map->keys->child) = x;
	}
}

/* Adds the children of one merged map whose keys are not there yet. */
static void
merge_from(struct spec_builder *b, struct spec_level *l, const struct spec_node *from,
    unsigned *merged)
{
	SPEC_EACH (x, from) {
		struct spec_node *copy;

		if (++*merged > SPEC_MERGED_MAX) {
			spec_build_fail(
			    b, l->node->offset, ERR_LIMIT, "<< brings too many keys");
			return;
		}
		if (spec_node_find(l->node, x->key))
			continue;
		if ((copy = spec_build_node(b, x->kind, 0, 0)) == NULL)
			return;
		*copy = *x;
		copy->next = NULL;
		append(l, copy);
	}
}

/* YAML's "<<": one map or a list of them. */
static void
merge_keys(struct spec_builder *b, struct spec_level *l)
{
	const struct spec_node *from = spec_node_get(l->node, "<<");
	unsigned merged = 0;

	if (from == NULL)
		return;
	if (from->kind == NODE_MAP)
		merge_from(b, l, from, &merged);
	else if (from->kind == NODE_LIST)
		SPEC_EACH (x, from) {
			if (b->rc != OK || from->n > SPEC_MERGED_MAX)
				break;
			merge_from(b, l, x, &merged);
		}
	if (from->kind == NODE_LIST && from->n > SPEC_MERGED_MAX)
		spec_build_fail(b, l->node->offset, ERR_LIMIT, "<< brings too many maps");
}

void
spec_build_close(struct spec_builder *b)
{
	struct spec_level *l = &b->level[b->depth - 1];

	if (l->node->kind == NODE_MAP) {
		merge_keys(b, l);
		index_keys(b, l->node);
	}
	b->depth--;
}

/* --- reading ------------------------------------------------------------------------ */

/* What no parser needs to see. */
static int
check_bytes(struct diags *diags, const struct source *s)
{
	size_t bad = utf8_valid(s->text, NULL), nul = span_find(s->text, '\0');

	if (bad == s->text.n && nul == s->text.n)
		return OK;
	diag_error(diags, (struct place){s, (uint32_t)(bad < nul ? bad : nul)},
	    bad < nul ? "the file is not UTF-8 from here on"
		      : "there is a zero byte in the file");
	return ERR_MALFORMED;
}

int
spec_node_read(struct pool *pool, struct diags *diags, const struct source *source,
    struct spec_node **out)
{
	struct spec_builder b = {.pool = pool, .diags = diags, .source = source};
	struct span body = source->text;

	*out = NULL;
	if ((b.rc = check_bytes(diags, source)) != OK)
		return b.rc;
	if (span_starts(body, SPAN("\xef\xbb\xbf")))
		body = span_from(body, 3);
	body = span_trim(body);
	if (body.n && (body.p[0] == '{' || body.p[0] == '['))
		spec_build_json(&b, body);
	else
		spec_build_yaml(&b);
	if (b.rc == OK && (b.root == NULL || b.depth))
		spec_build_fail(&b, 0, ERR_MALFORMED, "the document is empty");
	if (b.rc == OK)
		*out = b.root;
	return b.rc;
}

/* --- looking ------------------------------------------------------------------------ */

const struct spec_node *
spec_node_find(const struct spec_node *n, struct span key)
{
	uint32_t i;

	if (n == NULL || n->kind != NODE_MAP)
		return NULL;
	if (n->keys) {
		i = intern_get(&n->keys->names, key);
		return i < n->keys->child.n ? n->keys->child.v[i] : NULL;
	}
	SPEC_EACH (x, n)
		if (span_eq(x->key, key))
			return x;
	return NULL;
}

const struct spec_node *
spec_node_get(const struct spec_node *n, const char *key)
{
	return spec_node_find(n, span_str(key));
}

struct span
spec_node_text(const struct spec_node *n, const char *key)
{
	const struct spec_node *x = spec_node_get(n, key);

	return x && x->kind == NODE_SCALAR ? x->text : SPAN_NONE;
}

bool
spec_node_is(const struct spec_node *n, const char *text)
{
	return n && n->kind == NODE_SCALAR && span_eq(n->text, span_str(text));
}

bool
spec_node_true(const struct spec_node *n, const char *key)
{
	return spec_node_is(spec_node_get(n, key), "true");
}
