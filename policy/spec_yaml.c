/* YAML into the tree, by the events of libfyaml. */
#include <libfyaml.h>

#include "policy/spec_build.h"

struct anchor {
	struct span name;
	struct spec_node *node;
	bool open; /* its end has not come yet */
};

struct reader {
	struct spec_builder *b;
	struct fy_parser *parser;
	VEC(struct anchor) anchors;
	uint32_t number[SPEC_NESTING_MAX]; /* of the anchor of each level, 0: none */
};

static struct span
token_text(struct reader *r, struct fy_token *token)
{
	size_t n = 0;
	const char *p = token ? fy_token_get_text(token, &n) : NULL;

	return pool_copy(r->b->pool, p ? span_make(p, n) : SPAN(""));
}

static struct spec_node *
new_node(struct reader *r, enum spec_node_kind kind, struct fy_token *token)
{
	const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;

	return spec_build_node(r->b, kind, mark ? (uint32_t)mark->line + 1 : 0,
	    mark ? (uint32_t)mark->input_pos : 0);
}

/* Notes an anchor; returns its number. */
static uint32_t
note_anchor(struct reader *r, struct fy_token *token, struct spec_node *n)
{
	struct anchor *a;

	if (token == NULL)
		return 0;
	if (r->anchors.n == SPEC_ANCHORS_MAX) {
		spec_build_fail(
		    r->b, n->offset, ERR_LIMIT, "the document has too many anchors");
		return 0;
	}
	a = VEC_ADD(r->b->pool, &r->anchors);
	a->name = token_text(r, token);
	a->node = n;
	return r->anchors.n;
}

/* --- events ------------------------------------------------------------------------- */

static void
on_scalar(struct reader *r, const struct fy_event *e)
{
	struct fy_token *token = e->scalar.value;
	struct spec_node *n = new_node(r, NODE_SCALAR, token);

	if (n == NULL)
		return;
	n->text = token_text(r, token);
	n->plain = token == NULL || fy_token_scalar_style(token) == FYSS_PLAIN;
	if (n->plain &&
	    (n->text.n == 0 || span_eq(n->text, SPAN("null")) ||
		span_eq(n->text, SPAN("~"))))
		n->kind = NODE_NULL;
	note_anchor(r, e->scalar.anchor, n);
	spec_build_put(r->b, n);
}

static void
on_alias(struct reader *r, const struct fy_event *e)
{
	struct spec_node *n = new_node(r, NODE_NULL, e->alias.anchor);
	struct span name = token_text(r, e->alias.anchor);

	if (n == NULL)
		return;
	for (uint32_t i = r->anchors.n; i-- > 0;) {
		const struct anchor *a = &r->anchors.v[i];

		if (!span_eq(a->name, name))
			continue;
		if (a->open) {
			spec_build_fail(
			    r->b, n->offset, ERR_MALFORMED, "an anchor contains itself");
			return;
		}
		n->kind = a->node->kind;
		n->plain = a->node->plain;
		n->text = a->node->text;
		n->child = a->node->child;
		n->keys = a->node->keys;
		n->n = a->node->n;
		spec_build_put(r->b, n);
		return;
	}
	spec_build_fail(r->b, n->offset, ERR_MALFORMED, "there is no such anchor");
}

static void
on_start(struct reader *r, enum spec_node_kind kind, struct fy_token *token,
    struct fy_token *anchor)
{
	struct spec_node *n = new_node(r, kind, token);
	uint32_t number;

	if (n == NULL)
		return;
	number = note_anchor(r, anchor, n);
	spec_build_open(r->b, n);
	if (r->b->rc != OK)
		return;
	r->number[r->b->depth - 1] = number;
	if (number)
		r->anchors.v[number - 1].open = true;
}

static void
on_end(struct reader *r)
{
	uint32_t number = r->number[r->b->depth - 1];

	if (number)
		r->anchors.v[number - 1].open = false;
	spec_build_close(r->b);
}

static void
on_event(struct reader *r, const struct fy_event *e)
{
	switch (e->type) {
	case FYET_DOCUMENT_START:
		if (r->b->root)
			spec_build_fail(r->b, r->b->root->offset, ERR_MALFORMED,
			    "the file holds more than one document");
		break;
	case FYET_SCALAR: on_scalar(r, e); break;
	case FYET_ALIAS: on_alias(r, e); break;
	case FYET_MAPPING_START:
		on_start(
		    r, NODE_MAP, e->mapping_start.mapping_start, e->mapping_start.anchor);
		break;
	case FYET_SEQUENCE_START:
		on_start(r, NODE_LIST, e->sequence_start.sequence_start,
		    e->sequence_start.anchor);
		break;
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END: on_end(r); break;
	default: break;
	}
}

/* --- parsing ------------------------------------------------------------------------ */

/* The first complaint of libfyaml. */
static void
take_complaint(struct reader *r, struct fy_diag *diag)
{
	struct place at = {r->b->source, 0};
	const struct fy_diag_error *e;
	void *previous = NULL;

	if (r->b->rc != OK)
		return;
	r->b->rc = ERR_MALFORMED;
	e = fy_diag_errors_iterate(diag, &previous);
	if (e == NULL || e->msg == NULL) {
		diag_error(r->b->diags, at, "this is neither YAML nor JSON");
		return;
	}
	at = diag_line(r->b->source, e->line > 0 ? (unsigned)e->line : 1);
	if (e->column > 1 && (size_t)e->column - 1 < r->b->source->text.n - at.offset)
		at.offset += (uint32_t)e->column - 1;
	diag_error(r->b->diags, at, "%.200s", e->msg);
}

void
spec_build_yaml(struct spec_builder *b)
{
	struct reader r = {.b = b};
	struct fy_parse_cfg cfg = {
	    .flags = FYPCF_QUIET | FYPCF_SLOPPY_FLOW_INDENTATION | FYPCF_JSON_NONE};
	struct fy_event *e;

	b->rc = ERR_NOMEM;
	if ((cfg.diag = fy_diag_create(NULL)) == NULL)
		return;
	fy_diag_set_collect_errors(cfg.diag, true);
	if ((r.parser = fy_parser_create(&cfg)) == NULL ||
	    fy_parser_set_string(r.parser, b->source->text.p, b->source->text.n) != 0)
		goto out;
	b->rc = OK;
	while (b->rc == OK && (e = fy_parser_parse(r.parser)) != NULL) {
		bool last = e->type == FYET_STREAM_END;

		on_event(&r, e);
		fy_parser_event_free(r.parser, e);
		if (last)
			break;
	}
	if (fy_parser_get_stream_error(r.parser))
		take_complaint(&r, cfg.diag);
out:
	fy_parser_destroy(r.parser);
	fy_diag_destroy(cfg.diag);
}
