/* See canon.h. */
#include "analyst/canon.h"

#define MARK_LITERAL 1
#define MARK_WORD 2
#define MARK_TEXT 3
#define MARK_VERB 4
#define MARK_OPERATION 5
#define MARK_LISTED 6

/* Leaves are keyed hashes, so a plain mixer may join them. */
static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

/* What stood for many words does not become one again at another place: text folds the node
 * there as well. */
static enum tree_answer
piece_ask(struct tree *t, uint64_t node, uint64_t word, bool insert, bool text)
{
	if (text) {
		if (insert)
			tree_fold(t, node);
		return TREE_TEXT;
	}
	return insert ? tree_insert(t, node, word) : tree_ask(t, node);
}

/* Whether the text of a piece may be told: of a sub-operation, each name in it. */
static bool
piece_decided(const struct release *r, const struct piece *p)
{
	struct span s = p->word;

	if (!p->undecided)
		return true;
	if (!p->operation)
		return release_decided(r, s);
	while (s.n > 0) {
		size_t n = 0;

		while (n < s.n && strchr("{},+*()/:#. ", s.p[n]) == NULL)
			n++;
		if (n > 0 && !release_decided(r, span_head(s, n)))
			return release_decided(r, p->word);
		s = span_from(s, n < s.n ? n + 1 : n);
	}
	return true;
}

/* Whether a piece stands for itself at a node. */
static bool
piece_literal(const struct release *r, const struct piece *p, struct tree *t,
    uint64_t node, uint64_t word, bool insert)
{
	if (!p->undecided)
		return true;
	return piece_decided(r, p) &&
	    (release_certain(r, p->word) ||
		tree_admit(t, mix(node, MARK_LISTED), word, insert));
}

void
canon_make(struct canon *c, const struct guess *g, uint32_t service,
    const struct release *r, struct tree *t, bool insert)
{
	uint64_t h = mix(release_key(r, SPAN("")), service);

	c->n = 0;
	c->pieces = guess_pieces(g, c->piece);
	for (unsigned i = 0; i < c->pieces; i++) {
		const struct piece *p = &c->piece[i];
		uint64_t node = p->operation ? mix(h, MARK_OPERATION)
		    : p->verb		     ? mix(h, MARK_VERB)
					     : h;
		uint64_t word = release_key(r, p->word);
		enum tree_answer answer;

		if (piece_literal(r, p, t, node, word, insert)) {
			c->form[i] = CANON_LITERAL;
			h = mix(mix(node, MARK_LITERAL), word);
		} else {
			answer = piece_ask(t, node, word, insert, g->text_mask >> i & 1);
			if (answer == TREE_TEXT) {
				c->form[i] = CANON_TEXT;
				if (!p->verb && !p->operation)
					h = mix(node, MARK_TEXT);
				continue;
			}
			c->form[i] = CANON_WORD;
			c->undecided[c->n++] = (struct undecided){
			    .node = node, .word = word, .held = RELEASE_NONE};
			h = mix(mix(node, MARK_WORD), word);
		}
		if (p->rest.n > 0)
			h = mix(h, release_key(r, p->rest));
	}
	c->key = mix(h, release_key(r, g->method));
}

static void
shape_put(struct buf *shapes, struct span word)
{
	char shape[24];
	struct span s = redact_shape(word, shape);
	enum segment_class class =
	    (enum segment_class)__builtin_ctz(segment_classify(word, GUESS_PIECES_MAX));
	const char *name = class == SEG_WORD ? "word"
	    : class == SEG_FILE		     ? "file"
					     : "text";

	if (shapes->n > 0)
		buf_put_char(shapes, ' ');
	buf_printf(shapes, "%s:%zu:", name, word.n);
	buf_put_span(shapes, s);
}

int
canon_text(
    const struct canon *c, const struct release *r, struct buf *text, struct buf *shapes)
{
	const struct undecided *u = c->undecided;

	for (unsigned i = 0; i < c->pieces; i++) {
		const struct piece *p = &c->piece[i];

		if (c->form[i] == CANON_TEXT) {
			if (!p->verb && !p->operation)
				buf_put_str(text, "/{text}");
			continue;
		}
		if (p->operation && text->n == 0)
			buf_put_char(text, '/');
		buf_put_char(text, p->operation ? ' ' : p->verb ? ':' : '/');
		if (c->form[i] == CANON_LITERAL) {
			buf_put_span(text, p->word);
		} else {
			buf_put_str(text, "{~");
			buf_put_span(text, release_token(r, u->held));
			buf_put_char(text, '}');
			shape_put(shapes, release_text(r, u->held));
			u++;
		}
		buf_put_span(text, p->rest);
	}
	if (text->n == 0)
		buf_put_char(text, '/');
	if (buf_err(text) || buf_err(shapes))
		return ERR_NOMEM;
	return text->n > TEMPLATE_BYTES_MAX ? ERR_LIMIT : OK;
}
