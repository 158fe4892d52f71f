/* See rule_file.h. */
#include "control/ctl/rule_file.h"

struct cutter {
	struct span in;
	size_t at;
	unsigned line;
};

static char
peek(const struct cutter *c, size_t ahead)
{
	return c->at + ahead < c->in.n ? c->in.p[c->at + ahead] : 0;
}

static void
step(struct cutter *c)
{
	c->line += c->in.p[c->at] == '\n';
	c->at++;
}

static bool
is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

static void
skip_comment(struct cutter *c)
{
	while (c->at < c->in.n && peek(c, 0) != '\n')
		step(c);
}

/* Blanks and comments. Returns where the comments that belong to what follows begin: those
 * after the last empty line. */
static size_t
skip_between(struct cutter *c)
{
	size_t start = c->at;
	bool comment = false, line_used = true;

	while (c->at < c->in.n) {
		if (peek(c, 0) == '#') {
			if (!comment)
				start = c->at;
			comment = line_used = true;
			skip_comment(c);
		} else if (is_blank(peek(c, 0))) {
			if (peek(c, 0) == '\n') {
				if (!line_used)
					comment = false;
				line_used = false;
			}
			step(c);
		} else {
			break;
		}
	}
	return comment ? start : c->at;
}

/* A string with escapes, or raw after r; at its quote. The text between the quotes. */
static int
read_string(struct cutter *c, bool raw, struct span *out)
{
	size_t start;

	if (peek(c, 0) != '"')
		return ERR_MALFORMED;
	step(c);
	start = c->at;
	while (c->at < c->in.n && peek(c, 0) != '"') {
		if (!raw && peek(c, 0) == '\\' && c->at + 1 < c->in.n)
			step(c);
		step(c);
	}
	if (c->at >= c->in.n)
		return ERR_MALFORMED;
	*out = span_make(c->in.p + start, c->at - start);
	step(c);
	return OK;
}

static bool
is_word(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	    (ch >= '0' && ch <= '9') || ch == '_' || ch == '.' || ch == '-';
}

/* From an opening brace to behind the closing one. */
static int
skip_braces(struct cutter *c)
{
	unsigned depth = 0;
	struct span ignored;

	while (c->at < c->in.n) {
		char ch = peek(c, 0);

		if (ch == '"') {
			bool raw = c->at > 0 && c->in.p[c->at - 1] == 'r' &&
			    (c->at < 2 || !is_word(c->in.p[c->at - 2]));

			if (read_string(c, raw, &ignored) != OK)
				return ERR_MALFORMED;
			continue;
		}
		if (ch == '#') {
			skip_comment(c);
			continue;
		}
		depth += ch == '{';
		step(c);
		if (ch == '}' && --depth == 0)
			return OK;
	}
	return ERR_MALFORMED;
}

int
rule_file_next(struct span *rest, unsigned *line, struct rule_block *out)
{
	struct cutter c = {*rest, 0, *line};
	size_t start = skip_between(&c), word = c.at;
	int rc;

	*out = (struct rule_block){0};
	if (c.at >= c.in.n)
		return ERR_NOTFOUND;
	out->line = c.line;
	while (is_word(peek(&c, 0)))
		step(&c);
	if (c.at == word)
		return ERR_MALFORMED;
	(void)skip_between(&c);
	if ((rc = read_string(&c, false, &out->name)) != OK)
		return rc;
	(void)skip_between(&c);
	if (peek(&c, 0) != '{' || skip_braces(&c) != OK)
		return ERR_MALFORMED;
	out->text = span_make(c.in.p + start, c.at - start);
	*rest = span_from(c.in, c.at);
	*line = c.line;
	return OK;
}
