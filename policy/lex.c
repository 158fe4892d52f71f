/* The lexer and its reverse for strings. */
#include "policy/lex.h"

#include "base/encode.h"

void
lex_init(struct lexer *l, const struct source *source, struct diags *diags)
{
	*l = (struct lexer){source, diags, 0};
}

static bool
word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c && strchr("_.:/+-", c));
}

static char
peek(const struct lexer *l, uint32_t ahead)
{
	size_t left = l->source->text.n - l->offset;

	return ahead < left ? l->source->text.p[l->offset + ahead] : '\0';
}

static void
skip_blanks(struct lexer *l)
{
	struct span text = l->source->text;

	while (l->offset < text.n) {
		char c = text.p[l->offset];

		if (c == '#')
			l->offset +=
			    (uint32_t)span_find(span_from(text, l->offset), '\n');
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			l->offset++;
		else
			break;
	}
}

static struct token
finish(struct lexer *l, struct token t, enum token_kind kind, uint32_t n)
{
	t.kind = kind;
	t.text = span_head(span_from(l->source->text, l->offset), n);
	l->offset += (uint32_t)t.text.n;
	return t;
}

/* Decodes the escape at s (after the backslash) into *c; bytes used, 0 if there is none
 * such. */
static unsigned
unescape(struct span s, char *c)
{
	static const char names[] = "\"\\nrt", bytes[] = "\"\\\n\r\t";
	const char *at;

	if (s.n >= 3 && s.p[0] == 'x')
		return hex_decode(span_make(s.p + 1, 2), c, 1) == OK ? 3 : 0;
	if (s.n == 0 || s.p[0] == '\0' || (at = strchr(names, s.p[0])) == NULL)
		return 0;
	*c = bytes[at - names];
	return 1;
}

static struct token
lex_string(struct lexer *l, struct token t, bool raw)
{
	struct span text = span_from(l->source->text, l->offset + (raw ? 2 : 1));
	char to[STRING_BYTES_MAX];
	uint32_t i = 0, n = 0;

	while (i < text.n && text.p[i] != '"' && text.p[i] != '\n') {
		struct place at = {l->source, (uint32_t)(text.p - l->source->text.p) + i};
		char c = text.p[i++];

		if (c == '\\' && !raw) {
			unsigned used = unescape(span_from(text, i), &c);

			if (used == 0)
				diag_error(l->diags, at,
				    "unknown escape; write \\\\ for a backslash, or "
				    "write a raw string r\"...\"");
			i += used;
		} else if ((unsigned char)c < 0x20 && c != '\t') {
			diag_error(l->diags, at,
			    "control byte in a string; write \\x%02x", (unsigned char)c);
		}
		if (n < STRING_BYTES_MAX)
			to[n] = c;
		n++;
	}
	if (i == text.n || text.p[i] == '\n') {
		diag_error(l->diags, t.at, "string is not closed");
		return finish(l, t, TOKEN_BAD, i + (raw ? 2 : 1));
	}
	if (n > STRING_BYTES_MAX) {
		diag_error(l->diags, t.at, "string of %u bytes; at most %u", n,
		    STRING_BYTES_MAX);
		n = STRING_BYTES_MAX;
	}
	t.value = pool_copy(l->diags->pool, span_make(to, n));
	return finish(l, t, TOKEN_STRING, i + (raw ? 3 : 2));
}

static struct token
lex_sign(struct lexer *l, struct token t)
{
	static const struct {
		char text[3];
		uint8_t kind;
	} signs[] = {{"&&", TOKEN_AND}, {"||", TOKEN_OR}, {"!=", TOKEN_NE},
	    {"==", TOKEN_EQ}, {"<=", TOKEN_LE}, {">=", TOKEN_GE}, {"!", TOKEN_NOT},
	    {"<", TOKEN_LT}, {">", TOKEN_GT}, {"~", TOKEN_MATCHES}, {"{", TOKEN_OPEN},
	    {"}", TOKEN_CLOSE}, {"(", TOKEN_LEFT}, {")", TOKEN_RIGHT}, {"[", TOKEN_KEY},
	    {"]", TOKEN_KEY_END}, {",", TOKEN_COMMA}};
	char c = peek(l, 0), next = peek(l, 1);

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (signs[i].text[0] == c &&
		    (!signs[i].text[1] || signs[i].text[1] == next))
			return finish(l, t, signs[i].kind, signs[i].text[1] ? 2 : 1);
	if (c == '=')
		diag_error(l->diags, t.at, "write == or eq");
	else if (c > 0x20 && c < 0x7f)
		diag_error(l->diags, t.at, "unexpected '%c'", c);
	else
		diag_error(l->diags, t.at, "unexpected byte 0x%02x", (unsigned char)c);
	return finish(l, t, TOKEN_BAD, 1);
}

struct token
lex_next(struct lexer *l)
{
	struct token t = {0};
	uint32_t n = 0;

	skip_blanks(l);
	t.at = (struct place){l->source, l->offset};
	if (l->offset == l->source->text.n)
		return t;
	if (peek(l, 0) == '"')
		return lex_string(l, t, false);
	if (peek(l, 0) == 'r' && peek(l, 1) == '"')
		return lex_string(l, t, true);
	while (word_char(peek(l, n)))
		n++;
	return n ? finish(l, t, TOKEN_WORD, n) : lex_sign(l, t);
}

static bool
plain_bytes(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x7f ||
		    s.p[i] == '"')
			return false;
	return true;
}

void
lex_quote(struct buf *out, struct span s)
{
	bool raw = span_find(s, '\\') < s.n && plain_bytes(s);

	buf_put_str(out, raw ? "r\"" : "\"");
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (raw || (c >= 0x20 && c != 0x7f && c != '"' && c != '\\'))
			buf_put_char(out, s.p[i]);
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else
			buf_printf(out, "\\x%02x", c);
	}
	buf_put_char(out, '"');
}
