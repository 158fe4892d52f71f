/*
 * Templates: guessing one from a target, taking one apart, and its hash. The text is built
 * in a small buffer on the stack and copied once. In a literal everything that means
 * something in the grammar, and blanks, control bytes and what is not UTF-8, is
 * percent-encoded, so that a template's text is always printable and reads back exactly.
 */
#include "http/template.h"

#include "crypto/siphash.h"
#include "http/utf8.h"

#define PART_ANY (-2)
#define PART_LITERAL (-1)

/* Not a secret: fixes the hash for good, on every gateway and in every database. */
static const uint8_t endpoint_key[SIPHASH_KEY_BYTES] = "yett endpoint 1";

struct text {
	char at[TEMPLATE_BYTES_MAX];
	size_t n;
	bool full;
};

static void
text_put(struct text *x, struct span s)
{
	if (s.n > sizeof(x->at) - x->n) {
		x->full = true;
		return;
	}
	memcpy(x->at + x->n, s.p, s.n);
	x->n += s.n;
}

static bool
is_plain(uint8_t c, bool high)
{
	if (c >= 0x80)
		return high;
	return c > 0x20 && c != 0x7f && c != '{' && c != '}' && c != '(' && c != ')' &&
	    c != ':' && c != '%' && c != '/' && c != '?' && c != '#' && c != '"' &&
	    c != '\\';
}

static void
text_put_literal(struct text *x, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";
	bool high = utf8_valid(s, NULL) == s.n;
	size_t plain = 0;

	while (plain < s.n && is_plain((uint8_t)s.p[plain], high))
		plain++;
	text_put(x, span_head(s, plain));
	for (size_t i = plain; i < s.n && !x->full; i++) {
		uint8_t c = (uint8_t)s.p[i];
		char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};

		if (is_plain(c, high))
			text_put(x, span_make(s.p + i, 1));
		else
			text_put(x, span_make(escaped, 3));
	}
}

static void
text_put_class(struct text *x, const char *name)
{
	text_put(x, SPAN("{"));
	text_put(x, span_str(name));
	text_put(x, SPAN("}"));
}

uint32_t
segment_key(struct span text, struct span *name, struct span *key)
{
	size_t open = span_find(text, '(');
	uint32_t mask;

	*name = *key = SPAN_NONE;
	if (open == 0 || text.n < open + 3 || text.p[text.n - 1] != ')')
		return 0;
	*name = span_head(text, open);
	*key = span_make(text.p + open + 1, text.n - open - 2);
	if (key->n > 2 && key->p[0] == '\'' && key->p[key->n - 1] == '\'')
		*key = span_make(key->p + 1, key->n - 2);
	for (size_t i = 0; i < name->n; i++) {
		char c = name->p[i];

		if ((ascii_lower(c) < 'a' || ascii_lower(c) > 'z') && c != '_' &&
		    c != '.' && (c < '0' || c > '9')) {
			*name = *key = SPAN_NONE;
			return 0;
		}
	}
	mask = segment_classify(*key, TARGET_SEGMENTS_MAX);
	return mask;
}

/* Writes one segment, returns whether it holds undecided text. */
static bool
guess_segment(struct text *x, const struct segment *s)
{
	const char *class = segment_class_name(s->narrowest);
	struct span name, key;
	uint32_t mask;

	text_put(x, SPAN("/"));
	if (class) {
		text_put_class(x, class);
		return false;
	}
	mask = s->narrowest == SEG_TEXT ? segment_key(s->text, &name, &key) : 0;
	if (mask) {
		class = segment_class_name((enum segment_class)__builtin_ctz(mask));
		text_put_literal(x, name);
		text_put(x, SPAN("("));
		text_put_class(x, class ? class : "text");
		text_put(x, SPAN(")"));
		return true;
	}
	text_put_literal(x, s->text);
	return s->narrowest == SEG_WORD || s->narrowest == SEG_FILE ||
	    s->narrowest == SEG_TEXT;
}

int
template_guess(const struct target *t, struct template *out, struct arena *a)
{
	struct text x;

	x.n = 0;
	x.full = t->flags & TARGET_TOO_MANY_SEGMENTS;
	*out = (struct template){0};
	for (unsigned i = 0; i < t->n && !x.full; i++) {
		if (!guess_segment(&x, &t->segment[i]))
			continue;
		out->undecided++;
		out->undecided_mask |= UINT32_C(1) << i;
	}
	if (t->n == 0)
		text_put(&x, SPAN("/"));
	if (!span_absent(t->verb)) {
		text_put(&x, SPAN(":"));
		text_put_literal(&x, t->verb);
		out->undecided_mask |= UINT32_C(1) << t->n;
	}
	if (x.full) {
		*out = (struct template){0};
		x.n = 0;
		text_put(&x, SPAN("/{overflow}"));
	}
	out->text = arena_copy(a, span_make(x.at, x.n));
	if (span_absent(out->text)) {
		*out = (struct template){0};
		return ERR_FULL;
	}
	return OK;
}

uint64_t
endpoint_hash(struct span service, struct span method, struct span template_text)
{
	struct span s = template_text;
	struct siphash h;
	uint8_t c;

	siphash_init(&h, endpoint_key, false);
	siphash_update_span(&h, service);
	siphash_update_span(&h, method);
	/* "{name:class}" counts as "{class}" */
	while (s.n) {
		size_t open = span_find(s, '{'), colon, close;

		open += open < s.n;
		siphash_update(&h, s.p, open);
		s = span_from(s, open);
		close = span_find(s, '}');
		colon = span_find(span_head(s, close), ':');
		if (colon < close)
			s = span_from(s, colon + 1);
	}
	c = 0xff;
	siphash_update(&h, &c, 1);
	return siphash_final64(&h) & ~ENDPOINT_HASH_PROVISIONAL;
}

/* The class a name stands for, PART_ANY, or PART_LITERAL if there is none of that name. */
static int
class_by_name(struct span name)
{
	if (span_eq(name, SPAN("text")) || span_eq(name, SPAN("any")))
		return PART_ANY;
	for (int c = 0; c < SEGMENT_CLASSES; c++) {
		const char *known = segment_class_name((enum segment_class)c);

		if (known && span_eq(name, span_str(known)))
			return c;
	}
	return PART_LITERAL;
}

static int
parse_literal(struct span s, struct span *out, struct arena *a)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < s.n; i++)
		if (memchr("{}():?#", s.p[i], 7))
			return ERR_MALFORMED;
	*out = target_decode(s, false, &flags, a);
	if (span_absent(*out))
		return ERR_FULL;
	return flags & TARGET_BAD_PERCENT ? ERR_MALFORMED : OK;
}

/* "{class}" or "{name:class}". */
static int
parse_parameter(struct span s, struct template_part *p)
{
	size_t colon;

	if (s.n < 3 || s.p[0] != '{' || s.p[s.n - 1] != '}')
		return ERR_MALFORMED;
	s = span_make(s.p + 1, s.n - 2);
	colon = span_find(s, ':');
	if (colon < s.n) {
		p->name = span_head(s, colon);
		s = span_from(s, colon + 1);
		if (p->name.n == 0 || span_find(p->name, '{') < p->name.n ||
		    span_find(p->name, '}') < p->name.n)
			return ERR_MALFORMED;
	}
	p->cls = class_by_name(s);
	return p->cls == PART_LITERAL ? ERR_MALFORMED : OK;
}

static int
parse_part(struct span s, struct template_part *p, struct arena *a)
{
	size_t open = span_find(s, '(');
	int rc;

	*p = (struct template_part){.cls = PART_LITERAL};
	if (s.n == 0)
		return ERR_MALFORMED;
	if (s.p[0] == '{')
		return parse_parameter(s, p);
	if (open == s.n)
		return parse_literal(s, &p->literal, a);
	if (open == 0 || s.p[s.n - 1] != ')')
		return ERR_MALFORMED;
	if ((rc = parse_literal(span_head(s, open), &p->literal, a)) != OK)
		return rc;
	return parse_parameter(span_make(s.p + open + 1, s.n - open - 2), p);
}

/* Cuts ":verb" off the last part: a colon outside braces. */
static int
parse_verb(struct span *text, struct span *verb, struct arena *a)
{
	const char *brace = text->n ? memrchr(text->p, '}', text->n) : NULL;
	size_t from = brace ? (size_t)(brace - text->p) : 0;
	struct span tail = span_from(*text, from);
	size_t colon = span_find(tail, ':');
	int rc;

	*verb = SPAN_NONE;
	if (colon == tail.n)
		return OK;
	if ((rc = parse_literal(span_from(tail, colon + 1), verb, a)) != OK)
		return rc;
	*text = span_head(*text, from + colon);
	return verb->n ? OK : ERR_MALFORMED;
}

int
template_parse(struct span text, struct template_part *parts, unsigned *n,
    struct span *verb, struct arena *a)
{
	unsigned capacity = *n;
	struct span rest;
	int rc;

	*n = 0;
	*verb = SPAN_NONE;
	if (text.n == 0 || text.p[0] != '/' || text.n > TEMPLATE_BYTES_MAX)
		return ERR_MALFORMED;
	if ((rc = parse_verb(&text, verb, a)) != OK)
		goto fail;
	rest = span_from(text, 1);
	if (rest.n == 0)
		return OK;
	while (!span_absent(rest)) {
		rc = ERR_LIMIT;
		if (*n == capacity)
			goto fail;
		if ((rc = parse_part(span_cut(&rest, '/'), &parts[*n], a)) != OK)
			goto fail;
		++*n;
	}
	return OK;
fail:
	*n = 0;
	*verb = SPAN_NONE;
	return rc;
}
