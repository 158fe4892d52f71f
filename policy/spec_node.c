/* A tree from the events of libfyaml. */
#include "policy/spec_node.h"

#include <libfyaml.h>

#include "http/utf8.h"

#define NEAR_KEYS 12 /* maps with more keys have a table */

struct anchor {
	struct span name;
	struct spec_node *node;
	bool open; /* its end has not come yet */
};

struct level {
	struct spec_node *node;
	struct spec_node *last; /* child */
	struct spec_node *key; /* of a map: waits for its value */
	uint32_t anchor; /* 1 based, 0: none */
};

struct builder {
	struct pool *pool;
	struct diags *diags;
	const struct source *source;
	struct fy_parser *parser;
	struct spec_node *root;
	struct level level[SPEC_NESTING_MAX];
	unsigned depth;
	uint32_t nodes;
	VEC(struct anchor) anchors;
	int rc;
};

static void
fail(struct builder *b, uint32_t offset, int rc, const char *text)
{
	if (b->rc == OK)
		diag_error(b->diags, (struct place){b->source, offset}, "%s", text);
	b->rc = rc;
}

/* --- nodes -------------------------------------------------------------------------- */

static struct spec_node *
new_node(struct builder *b, enum spec_node_kind kind, const struct fy_mark *mark)
{
	struct spec_node *n;

	if (b->nodes++ >= SPEC_NODES_MAX) {
		fail(b, mark ? (uint32_t)mark->input_pos : 0, ERR_LIMIT,
		    "the document has too many values");
		return NULL;
	}
	n = POOL_NEW(b->pool, struct spec_node);
	n->kind = (uint8_t)kind;
	if (mark) {
		n->line = (uint32_t)mark->line + 1;
		n->offset = (uint32_t)mark->input_pos;
	}
	return n;
}

static void
append(struct level *l, struct spec_node *n)
{
	if (l->last)
		l->last->next = n;
	else
		l->node->child = n;
	l->last = n;
	l->node->n++;
}

/* Puts a value where the document has come to. */
static void
place_value(struct builder *b, struct spec_node *n)
{
	struct level *l = b->depth ? &b->level[b->depth - 1] : NULL;

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
			fail(b, n->offset, ERR_MALFORMED, "a key must be a plain word");
		l->key = n;
		return;
	}
	n->key = l->key->text;
	n->line = l->key->line;
	n->offset = l->key->offset;
	l->key = NULL;
	append(l, n);
}

static struct span
token_text(struct builder *b, struct fy_token *token)
{
	size_t n = 0;
	const char *p = token ? fy_token_get_text(token, &n) : NULL;

	return pool_copy(b->pool, p ? span_make(p, n) : SPAN(""));
}

/* Notes an anchor; returns its number. */
static uint32_t
note_anchor(struct builder *b, struct fy_token *token, struct spec_node *n)
{
	struct anchor *a;

	if (token == NULL || n == NULL)
		return 0;
	if (b->anchors.n == SPEC_ANCHORS_MAX) {
		fail(b, n->offset, ERR_LIMIT, "the document has too many anchors");
		return 0;
	}
	a = VEC_ADD(b->pool, &b->anchors);
	a->name = token_text(b, token);
	a->node = n;
	return b->anchors.n;
}

/* --- events ------------------------------------------------------------------------- */

static void
on_scalar(struct builder *b, const struct fy_event *e)
{
	struct fy_token *token = e->scalar.value;
	struct spec_node *n =
	    new_node(b, NODE_SCALAR, token ? fy_token_start_mark(token) : NULL);

	if (n == NULL)
		return;
	n->text = token_text(b, token);
	n->plain = token == NULL || fy_token_scalar_style(token) == FYSS_PLAIN;
	if (n->plain &&
	    (n->text.n == 0 || span_eq(n->text, SPAN("null")) ||
		span_eq(n->text, SPAN("~"))))
		n->kind = NODE_NULL;
	note_anchor(b, e->scalar.anchor, n);
	place_value(b, n);
}

static void
on_alias(struct builder *b, const struct fy_event *e)
{
	struct fy_token *token = e->alias.anchor;
	struct spec_node *n = new_node(b, NODE_NULL, fy_token_start_mark(token));
	struct span name = token_text(b, token);

	if (n == NULL)
		return;
	for (uint32_t i = b->anchors.n; i-- > 0;) {
		const struct anchor *a = &b->anchors.v[i];

		if (!span_eq(a->name, name))
			continue;
		if (a->open) {
			fail(b, n->offset, ERR_MALFORMED, "an anchor contains itself");
			return;
		}
		n->kind = a->node->kind;
		n->plain = a->node->plain;
		n->text = a->node->text;
		n->child = a->node->child;
		n->keys = a->node->keys;
		n->n = a->node->n;
		place_value(b, n);
		return;
	}
	fail(b, n->offset, ERR_MALFORMED, "there is no such anchor");
}

static void
on_start(struct builder *b, enum spec_node_kind kind, struct fy_token *token,
    struct fy_token *anchor)
{
	struct spec_node *n =
	    new_node(b, kind, token ? fy_token_start_mark(token) : NULL);
	uint32_t number;

	if (n == NULL)
		return;
	if (b->depth == SPEC_NESTING_MAX) {
		fail(b, n->offset, ERR_LIMIT, "the document is nested too deeply");
		return;
	}
	number = note_anchor(b, anchor, n);
	if (number)
		b->anchors.v[number - 1].open = true;
	place_value(b, n);
	b->level[b->depth++] = (struct level){.node = n, .anchor = number};
}

/* --- the end of a map --------------------------------------------------------------- */

/* Looks for keys that stand twice, and makes a large map quick to search. */
static void
index_keys(struct builder *b, struct spec_node *map)
{
	bool is_new = true;

	if (map->n <= NEAR_KEYS) {
		SPEC_EACH (x, map)
			for (const struct spec_node *y = x->next; y; y = y->next)
				if (span_eq(x->key, y->key))
					fail(b, y->offset, ERR_MALFORMED,
					    "this key stands twice");
		return;
	}
	map->keys = POOL_NEW(b->pool, struct spec_keys);
	intern_init(&map->keys->names, b->pool);
	for (struct spec_node *x = map->child; x; x = x->next) {
		intern_put(&map->keys->names, x->key, &is_new);
		if (!is_new)
			fail(b, x->offset, ERR_MALFORMED, "this key stands twice");
		*VEC_ADD(b->pool, &map->keys->child) = x;
	}
}

/* Adds the children of one merged map whose keys are not there yet. */
static void
merge_from(
    struct builder *b, struct level *l, const struct spec_node *from, unsigned *merged)
{
	SPEC_EACH (x, from) {
		struct spec_node *copy;

		if (spec_node_find(l->node, x->key))
			continue;
		if (++*merged > SPEC_MERGED_MAX) {
			fail(b, l->node->offset, ERR_LIMIT, "<< brings too many keys");
			return;
		}
		if ((copy = new_node(b, x->kind, NULL)) == NULL)
			return;
		*copy = *x;
		copy->next = NULL;
		append(l, copy);
	}
}

/* YAML's "<<": one map or a list of them. */
static void
merge_keys(struct builder *b, struct level *l)
{
	const struct spec_node *from = spec_node_get(l->node, "<<");
	unsigned merged = 0;

	if (from == NULL)
		return;
	if (from->kind == NODE_MAP)
		merge_from(b, l, from, &merged);
	else if (from->kind == NODE_LIST)
		SPEC_EACH (x, from)
			merge_from(b, l, x, &merged);
}

static void
on_end(struct builder *b)
{
	struct level *l = &b->level[b->depth - 1];

	if (l->anchor)
		b->anchors.v[l->anchor - 1].open = false;
	if (l->node->kind == NODE_MAP) {
		merge_keys(b, l);
		index_keys(b, l->node);
	}
	b->depth--;
}

static void
on_event(struct builder *b, const struct fy_event *e)
{
	switch (e->type) {
	case FYET_DOCUMENT_START:
		if (b->root)
			fail(b, b->root->offset, ERR_MALFORMED,
			    "the file holds more than one document");
		break;
	case FYET_SCALAR: on_scalar(b, e); break;
	case FYET_ALIAS: on_alias(b, e); break;
	case FYET_MAPPING_START:
		on_start(
		    b, NODE_MAP, e->mapping_start.mapping_start, e->mapping_start.anchor);
		break;
	case FYET_SEQUENCE_START:
		on_start(b, NODE_LIST, e->sequence_start.sequence_start,
		    e->sequence_start.anchor);
		break;
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END: on_end(b); break;
	default: break;
	}
}

/* --- parsing ------------------------------------------------------------------------ */

/* The first complaint of libfyaml. */
static void
take_complaint(struct builder *b, struct fy_diag *diag)
{
	struct fy_diag_error *e;
	struct place at = {b->source, 0};
	void *previous = NULL;

	if (b->rc != OK)
		return;
	b->rc = ERR_MALFORMED;
	e = fy_diag_errors_iterate(diag, &previous);
	if (e == NULL || e->msg == NULL) {
		diag_error(b->diags, at, "this is neither YAML nor JSON");
		return;
	}
	at = diag_line(b->source, e->line > 0 ? (unsigned)e->line : 1);
	if (e->column > 1 && (size_t)e->column - 1 < b->source->text.n - at.offset)
		at.offset += (uint32_t)e->column - 1;
	diag_error(b->diags, at, "%.200s", e->msg);
}

static int
parse(struct builder *b, bool json)
{
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_SLOPPY_FLOW_INDENTATION |
		(json ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE)};
	struct fy_event *e;

	if ((cfg.diag = fy_diag_create(NULL)) == NULL)
		return ERR_NOMEM;
	fy_diag_set_collect_errors(cfg.diag, true);
	if ((b->parser = fy_parser_create(&cfg)) == NULL ||
	    fy_parser_set_string(b->parser, b->source->text.p, b->source->text.n) != 0) {
		b->rc = ERR_NOMEM;
		goto out;
	}
	while (b->rc == OK && (e = fy_parser_parse(b->parser)) != NULL) {
		bool last = e->type == FYET_STREAM_END;

		on_event(b, e);
		fy_parser_event_free(b->parser, e);
		if (last)
			break;
	}
	if (fy_parser_get_stream_error(b->parser))
		take_complaint(b, cfg.diag);
out:
	fy_parser_destroy(b->parser);
	fy_diag_destroy(cfg.diag);
	return b->rc;
}

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
	struct builder b = {.pool = pool, .diags = diags, .source = source};
	struct span body = source->text;
	bool json;
	int rc;

	*out = NULL;
	if ((rc = check_bytes(diags, source)) != OK)
		return rc;
	if (span_starts(body, SPAN("\xef\xbb\xbf")))
		body = span_from(body, 3);
	body = span_trim(body);
	json = body.n && (body.p[0] == '{' || body.p[0] == '[');
	if ((rc = parse(&b, json)) != OK)
		return rc;
	if (b.root == NULL || b.depth) {
		diag_error(diags, (struct place){source, 0}, "the document is empty");
		return ERR_MALFORMED;
	}
	*out = b.root;
	return OK;
}

/* --- looking ------------------------------------------------------------------------ */

const struct spec_node *
spec_node_find(const struct spec_node *n, struct span key)
{
	if (n == NULL || n->kind != NODE_MAP)
		return NULL;
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
