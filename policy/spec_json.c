/* JSON (RFC 8259) into the tree. Names and texts without escapes stay where they are. */
#include "http/jsonstring.h"
#include "policy/spec_build.h"

struct reader {
	struct spec_builder *b;
	const char *start; /* of the source */
	const char *at, *end;
	uint32_t line;
};

static uint32_t
offset(const struct reader *r)
{
	return (uint32_t)(r->at - r->start);
}

static void
fail(struct reader *r, const char *text)
{
	spec_build_fail(r->b, offset(r), ERR_MALFORMED, text);
}

static void
skip_blanks(struct reader *r)
{
	for (; r->at < r->end; r->at++) {
		if (*r->at == '\n')
			r->line++;
		else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r')
			return;
	}
}

/* The byte that comes next, 0 at the end. */
static char
peek(struct reader *r)
{
	skip_blanks(r);
	return r->at < r->end ? *r->at : '\0';
}

static void
read_string(struct reader *r)
{
	struct spec_node *n = spec_build_node(r->b, NODE_SCALAR, r->line, offset(r));
	bool escaped, high;
	const char *from = ++r->at;
	uint32_t flags = 0;

	if (n == NULL)
		return;
	if (json_string_scan(&r->at, r->end, &escaped, &high) != OK) {
		fail(r,
		    r->at < r->end ? "this cannot stand in a string"
				   : "the document ends in a string");
		return;
	}
	n->text = span_make(from, (size_t)(r->at - from));
	if (escaped) {
		char *to = pool_alloc(r->b->pool, n->text.n + 1);

		n->text = span_make(to, json_string_decode(n->text, to, &flags));
	}
	r->at++;
	spec_build_put(r->b, n);
}

static bool
is_number(struct span s)
{
	size_t i = s.n && s.p[0] == '-', digits = 0;

	for (; i < s.n; i++) {
		if (ascii_is_digit(s.p[i]))
			digits++;
		else if (!memchr(".eE+-", s.p[i], 5) || digits == 0)
			return false;
	}
	return digits > 0;
}

static void
read_word(struct reader *r)
{
	struct spec_node *n;
	struct span word = {r->at, 0};

	while ((size_t)(r->end - r->at) > word.n &&
	    (ascii_is_letter(r->at[word.n]) || ascii_is_digit(r->at[word.n]) ||
		memchr(".+-", r->at[word.n], 3)))
		word.n++;
	if (!is_number(word) && !span_eq(word, SPAN("true")) &&
	    !span_eq(word, SPAN("false")) && !span_eq(word, SPAN("null"))) {
		fail(r,
		    r->at < r->end ? "a value was expected here"
				   : "the document ends too early");
		return;
	}
	n = spec_build_node(
	    r->b, word.p[0] == 'n' ? NODE_NULL : NODE_SCALAR, r->line, offset(r));
	if (n == NULL)
		return;
	n->plain = true;
	n->text = word;
	r->at += word.n;
	spec_build_put(r->b, n);
}

static void
open_level(struct reader *r, enum spec_node_kind kind)
{
	struct spec_node *n = spec_build_node(r->b, kind, r->line, offset(r));

	r->at++;
	if (n)
		spec_build_open(r->b, n);
}

/* A value, or the beginning of one. */
static void
read_value(struct reader *r)
{
	switch (peek(r)) {
	case '{': open_level(r, NODE_MAP); break;
	case '[': open_level(r, NODE_LIST); break;
	case '"': read_string(r); break;
	default: read_word(r); break;
	}
}

static void
read_key(struct reader *r)
{
	if (peek(r) != '"') {
		fail(r, "a name in quotes was expected here");
		return;
	}
	read_string(r);
	if (r->b->rc == OK && peek(r) != ':')
		fail(r, "a colon was expected here");
	r->at++;
}

/* Inside of a map or list: its end, or the next value behind a comma if it is not the
 * first. */
static void
go_on(struct reader *r)
{
	const struct spec_level *l = &r->b->level[r->b->depth - 1];
	bool map = l->node->kind == NODE_MAP;
	char c = peek(r);

	if (c == (map ? '}' : ']')) {
		r->at++;
		spec_build_close(r->b);
		return;
	}
	if (l->last) {
		if (c != ',') {
			fail(r,
			    map ? "a comma or } was expected here"
				: "a comma or ] was expected here");
			return;
		}
		r->at++;
	}
	if (map)
		read_key(r);
	if (r->b->rc == OK)
		read_value(r);
}

void
spec_build_json(struct spec_builder *b, struct span body)
{
	struct reader r = {.b = b, .start = b->source->text.p, .at = body.p};

	r.end = body.p + body.n;
	r.line = 1;
	for (const char *p = r.start; p < r.at; p++)
		r.line += *p == '\n';
	read_value(&r);
	while (b->rc == OK && b->depth)
		go_on(&r);
	if (b->rc == OK && peek(&r) != '\0')
		fail(&r, "the document ended before this");
}
