/*
 * The request target, normalised in one pass over the raw path. A segment without anything
 * special (a percent sign, a semicolon, a backslash, bytes outside printable ASCII) is
 * copied; the others take the careful way. The normalised path is built in the arena, "/"
 * and segment by turns, and each segment's text is a part of it.
 *
 * What two servers might read differently is flagged, and read here as most frameworks do:
 *   %2f          stays in its segment (the text then has a slash)    ENCODED_SLASH
 *   \            stays as it is, is no separator                     BACKSLASH
 *   ;name=value  from the first raw ';' on is no part of the segment MATRIX
 *   ..;          is .. after that cut                                DOT_SEGMENT
 *   #            ends the path                                       FRAGMENT
 *   ?            ends the path; what follows is the query if none was handed in
 *
 * RFC 3986 §5.2.4 (dot segments), §6.2.2 (normalisation).
 */
#include "http/target.h"

#include "http/utf8.h"

enum {
	RAW_PERCENT = 1,
	RAW_SEMICOLON = 2,
	RAW_BACKSLASH = 4,
	RAW_CONTROL = 8,
	RAW_HIGH = 16,
	RAW_END = 32, /* '/', '?', '#' */
	RAW_COLON = 64,
	RAW_CAREFUL =
	    RAW_PERCENT | RAW_SEMICOLON | RAW_BACKSLASH | RAW_CONTROL | RAW_HIGH,
};

static const uint8_t raw_class[256] = {
    [0 ... 0x1f] = RAW_CONTROL,
    [0x7f] = RAW_CONTROL,
    [0x80 ... 0xff] = RAW_HIGH,
    ['%'] = RAW_PERCENT,
    [';'] = RAW_SEMICOLON,
    ['\\'] = RAW_BACKSLASH,
    ['/'] = RAW_END,
    ['?'] = RAW_END,
    ['#'] = RAW_END,
    [':'] = RAW_COLON,
};

struct builder {
	struct target *t;
	char *out; /* room for the raw path and a slash */
	size_t n;
	unsigned over; /* segments joined to the last one */
	uint8_t colon; /* the last segment has a raw ':' */
};

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_unreserved(int c)
{
	/* '~' is left out: encoders of RFC 2396's time still write %7E */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/* The byte that p[0..n), which starts with '%', stands for, or -1. */
static int
percent_value(const char *p, size_t n)
{
	int hi, lo;

	if (n < 3)
		return -1;
	hi = hex_value(p[1]);
	lo = hex_value(p[2]);
	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

static uint32_t
byte_flags(int c)
{
	if (c == 0)
		return TARGET_NUL | TARGET_CONTROL;
	if (c < 0x20 || c == 0x7f)
		return TARGET_CONTROL;
	if (c == '\\')
		return TARGET_BACKSLASH;
	return c >= 0x80 ? TARGET_NON_ASCII : 0;
}

/* Decodes a raw segment to out, returns its length; sets flags. */
static size_t
segment_decode(const char *p, size_t n, char *out, uint32_t *flags)
{
	size_t o = 0;

	for (size_t i = 0; i < n; i++) {
		int c = (uint8_t)p[i], v;

		if (c == ';') {
			*flags |= TARGET_MATRIX;
			break;
		}
		if (c == '%') {
			v = percent_value(p + i, n - i);
			if (v < 0) {
				*flags |= TARGET_BAD_PERCENT;
			} else {
				c = v;
				i += 2;
				if (c == '/' || c == '\\')
					*flags |= TARGET_ENCODED_SLASH;
				else if (is_unreserved(c))
					*flags |= TARGET_ENCODED_UNRESERVED;
				else if (c == '%' && n - i > 2 &&
				    hex_value(p[i + 1]) >= 0 && hex_value(p[i + 2]) >= 0)
					*flags |= TARGET_DOUBLE_ENCODED;
			}
		}
		*flags |= byte_flags(c);
		out[o++] = (char)c;
	}
	if (*flags & TARGET_NON_ASCII && utf8_valid(span_make(out, o), NULL) != o)
		*flags |= TARGET_BAD_UTF8;
	return o;
}

/* A "." or ".." between slashes or backslashes that were encoded. */
static bool
has_inner_dots(struct span s)
{
	size_t start = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '/' && s.p[i] != '\\')
			continue;
		if ((i - start == 1 && s.p[start] == '.') ||
		    (i - start == 2 && s.p[start] == '.' && s.p[start + 1] == '.'))
			return true;
		start = i + 1;
	}
	return false;
}

/* ".." was read: takes the last segment back. */
static void
segment_pop(struct builder *b)
{
	struct target *t = b->t;

	if (t->n == 0) {
		t->flags |= TARGET_ABOVE_ROOT;
		return;
	}
	if (b->over) {
		b->over--;
		while (b->n && b->out[--b->n] != '/')
			;
		t->segment[t->n - 1].text.n =
		    (size_t)(b->out + b->n - t->segment[t->n - 1].text.p);
	} else {
		b->n = (size_t)(t->segment[--t->n].text.p - 1 - b->out);
	}
	b->colon = 0;
}

/* One raw segment, without its slashes. */
static void
segment_push(struct builder *b, const char *raw, size_t n, unsigned seen, bool last)
{
	struct target *t = b->t;
	char *at = b->out + b->n + 1;
	struct segment *s;
	size_t length = n;

	if (seen & RAW_CAREFUL)
		length = segment_decode(raw, n, at, &t->flags);
	else if (n)
		memcpy(at, raw, n);
	if (length == 0) {
		if (!last || n)
			t->flags |= TARGET_EMPTY_SEGMENT;
		else if (t->n)
			t->flags |= TARGET_TRAILING_SLASH;
		return;
	}
	if (at[0] == '.' && (length == 1 || (length == 2 && at[1] == '.'))) {
		t->flags |= TARGET_DOT_SEGMENT;
		if (length == 2)
			segment_pop(b);
		return;
	}
	if (seen & RAW_CAREFUL && t->flags & (TARGET_ENCODED_SLASH | TARGET_BACKSLASH) &&
	    has_inner_dots(span_make(at, length)))
		t->flags |= TARGET_DOT_SEGMENT;
	b->out[b->n] = '/';
	b->n += 1 + length;
	b->colon = seen & RAW_COLON;
	if (t->n == TARGET_SEGMENTS_MAX) {
		t->flags |= TARGET_TOO_MANY_SEGMENTS;
		b->over++;
		t->segment[t->n - 1].text.n += 1 + length;
		return;
	}
	s = &t->segment[t->n++];
	s->text = span_make(at, length);
}

/* "cancel" of "1:cancel": a raw colon, one only, before a word of letters. Not in the last
 * segment there may be: a template has a bit for each segment and one for the verb. */
static void
target_verb(struct builder *b)
{
	struct target *t = b->t;
	struct span s, verb;
	size_t at;

	if (t->n == 0 || t->n == TARGET_SEGMENTS_MAX || !b->colon)
		return;
	s = t->segment[t->n - 1].text;
	at = span_find(s, ':');
	verb = span_from(s, at + 1);
	if (at == 0 || verb.n < 2 || verb.n > 64 || s.p[at - 1] == '.')
		return;
	for (size_t i = 0; i < verb.n; i++)
		if (ascii_lower(verb.p[i]) < 'a' || ascii_lower(verb.p[i]) > 'z')
			return;
	t->verb = verb;
	t->segment[t->n - 1].text.n = at;
}

/* The 3 of /rest/api/3/issue: a small number after "api", not at the end. */
static bool
is_bare_version(const struct target *t, unsigned i)
{
	struct span before, s = t->segment[i].text;

	if (i == 0 || i > 4 || i + 1 == t->n || s.n > 3 || s.p[0] == '-')
		return false;
	before = t->segment[i - 1].text;
	return span_eq(before, SPAN("api")) || span_eq(before, SPAN("rest")) ||
	    span_eq(before, SPAN("version"));
}

static void
target_classify(struct target *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct segment *s = &t->segment[i];

		if (s->text.n > SEGMENT_BYTES_MAX)
			t->flags |= TARGET_LONG_SEGMENT;
		s->mask = segment_classify(s->text, i);
		if (i + 1 == TARGET_SEGMENTS_MAX && t->flags & TARGET_TOO_MANY_SEGMENTS)
			s->mask = UINT32_C(1) << SEG_OVERFLOW;
		if (s->mask & UINT32_C(1) << SEG_DECIMAL && is_bare_version(t, i))
			s->mask |= UINT32_C(1) << SEG_VERSION;
		s->narrowest = (enum segment_class)__builtin_ctz(s->mask);
	}
}

/* Takes "http://host" off an absolute-form target; flags what does not start with '/'. */
static struct span
target_origin_form(struct target *t, struct span path)
{
	struct span scheme = span_make(path.p, span_find(path, ':'));

	if (path.n && path.p[0] == '/')
		return path;
	t->flags |= TARGET_NO_SLASH;
	if (scheme.n && scheme.n < path.n &&
	    span_starts(span_from(path, scheme.n), SPAN("://"))) {
		for (size_t i = 0; i < scheme.n; i++)
			if (ascii_lower(scheme.p[i]) < 'a' ||
			    ascii_lower(scheme.p[i]) > 'z')
				return path;
		t->flags |= TARGET_ABSOLUTE_FORM;
		path = span_from(path, scheme.n + 3);
		while (path.n && raw_class[(uint8_t)path.p[0]] != RAW_END)
			path = span_from(path, 1);
		if (path.n && path.p[0] == '/')
			t->flags &= ~(uint32_t)TARGET_NO_SLASH;
	}
	return path;
}

int
target_parse(struct target *t, struct span path, struct span query, struct arena *a)
{
	struct builder b = {.t = t};
	size_t i, start, mark = arena_mark(a);
	unsigned seen = 0;

	t->flags = 0;
	t->n = 0;
	t->path = t->verb = SPAN_NONE;
	t->query = query;
	t->raw = path;
	if (path.n > TARGET_BYTES_MAX) {
		t->flags |= TARGET_TOO_LONG;
		path.n = TARGET_BYTES_MAX;
	}
	path = target_origin_form(t, path);
	b.out = arena_text(a, path.n + 2);
	if (b.out == NULL) {
		t->query = t->raw = SPAN_NONE;
		t->flags = 0;
		return ERR_FULL;
	}
	start = path.n && path.p[0] == '/';
	for (i = start;; i++) {
		uint8_t k = i < path.n ? raw_class[(uint8_t)path.p[i]] : RAW_END;

		seen |= k;
		if (k != RAW_END)
			continue;
		segment_push(&b, path.p + start, i - start, seen & ~RAW_END,
		    i == path.n || path.p[i] != '/');
		start = i + 1;
		seen = 0;
		if (i == path.n || path.p[i] != '/')
			break;
	}
	if (i < path.n && path.p[i] == '#')
		t->flags |= TARGET_FRAGMENT;
	else if (i < path.n && span_absent(query))
		t->query = span_from(path, i + 1);
	target_verb(&b);
	target_classify(t);
	if (b.n == 0)
		b.out[b.n++] = '/';
	t->path = span_make(b.out, b.n);
	arena_release(a, mark + b.n);
	return OK;
}

struct span
target_decode(struct span s, bool plus, uint32_t *flags, struct arena *a)
{
	char *out;
	size_t o = 0, first = span_find(s, '%');

	if (plus && span_find(span_head(s, first), '+') < first)
		first = span_find(s, '+');
	if (first == s.n)
		return s;
	out = arena_text(a, s.n);
	if (out == NULL)
		return SPAN_NONE;
	memcpy(out, s.p, first);
	o = first;
	for (size_t i = first; i < s.n; i++) {
		int v;

		if (s.p[i] == '+' && plus) {
			out[o++] = ' ';
			continue;
		}
		if (s.p[i] != '%') {
			out[o++] = s.p[i];
			continue;
		}
		v = percent_value(s.p + i, s.n - i);
		if (v < 0) {
			*flags |= TARGET_BAD_PERCENT;
			out[o++] = '%';
			continue;
		}
		i += 2;
		if (v == '%' && s.n - i > 2 && hex_value(s.p[i + 1]) >= 0 &&
		    hex_value(s.p[i + 2]) >= 0)
			*flags |= TARGET_DOUBLE_ENCODED;
		out[o++] = (char)v;
	}
	arena_release(a, arena_mark(a) - (s.n - o));
	return span_make(out, o);
}
