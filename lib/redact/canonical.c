/* See canonical.h. */
#include "redact/canonical.h"

/* U+00C0 … U+017F without their accents: what stands at `(c - 0xC0)`, 0 where a letter has no
 * such form (thorn, eth, ligatures: two letters could not be told from their parts). */
static const char plain[] = "aaaaaa\0ceeeeiiii\0nooooo\0ouuuuy\0\0"
			    "aaaaaa\0ceeeeiiii\0nooooo\0ouuuuy\0y"
			    "aaaaaaccccccccddddeeeeeeeeeegggg"
			    "gggghhhhiiiiiiiiii\0\0jjkkklllllll"
			    "lllnnnnnnn\0\0oooooo\0\0rrrrrrssssss"
			    "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof(plain) == 0x180 - 0xC0 + 1, "a letter each");

struct writer {
	char *out;
	size_t n;
};

/* A byte that begins no character is itself with this bit, to be kept. */
#define RAW_BYTE UINT32_C(0x80000000)

/* Bytes that follow this first one in its character; 4: it begins none. */
static unsigned
followers(uint8_t c)
{
	if (c < 0x80)
		return 0;
	if (c < 0xc2 || c > 0xf4)
		return 4;
	return c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}

/* Takes a character off s, which is not empty. */
static uint32_t
next(struct span *s)
{
	uint8_t c = (uint8_t)s->p[0];
	unsigned more = followers(c);
	uint32_t v = more == 0 ? c : c & (0x3fu >> more);
	bool whole = more < 4 && more < s->n;

	for (unsigned i = 1; whole && i <= more; i++) {
		uint8_t d = (uint8_t)s->p[i];

		whole = (d & 0xc0) == 0x80;
		v = v << 6 | (d & 0x3f);
	}
	*s = span_from(*s, whole ? more + 1 : 1);
	if (!whole)
		return RAW_BYTE | c;
	return v >= 0xff01 && v <= 0xff5e ? v - 0xff01 + '!' : v; /* full-width */
}

/* Never more bytes than the character had: the output fits where the input did. */
static void
put(struct writer *w, uint32_t c)
{
	char *to = w->out + w->n;

	if (c & RAW_BYTE || c < 0x80) {
		to[0] = (char)c;
		w->n += 1;
	} else if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		w->n += 2;
	} else if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		w->n += 3;
	} else {
		to[0] = (char)(0xf0 | c >> 18);
		to[1] = (char)(0x80 | (c >> 12 & 0x3f));
		to[2] = (char)(0x80 | (c >> 6 & 0x3f));
		to[3] = (char)(0x80 | (c & 0x3f));
		w->n += 4;
	}
}

static bool
is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(uint32_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_blank(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || c == 0x3000 ||
	    (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0xfeff;
}

static void
put_digits(struct writer *w, struct span s)
{
	while (s.n > 0) {
		uint32_t c = next(&s);

		if (is_digit(c))
			put(w, c);
	}
}

static void
put_upper(struct writer *w, struct span s)
{
	while (s.n > 0) {
		uint32_t c = next(&s);

		if (is_digit(c))
			put(w, c);
		else if (is_letter(c))
			put(w, c & ~0x20u);
	}
}

/* Lower case of ASCII, Greek, Cyrillic; Latin letters lose their accents with `bare`. */
static uint32_t
lower(uint32_t c, bool bare)
{
	if (c >= 'A' && c <= 'Z')
		return c | 0x20;
	if (bare && c >= 0xc0 && c < 0x180 && plain[c - 0xc0])
		return (uint8_t)plain[c - 0xc0];
	if (c >= 0xc0 && c <= 0xde && c != 0xd7)
		return c + 0x20;
	if (c >= 0x391 && c <= 0x3a9)
		return c + 0x20;
	if (c >= 0x410 && c <= 0x42f)
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	return c;
}

static void
put_email(struct writer *w, struct span s)
{
	s = span_trim(s);
	if (span_istarts(s, SPAN("mailto:")))
		s = span_from(s, 7);
	if (s.n > 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = span_make(s.p + 1, s.n - 2);
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	while (s.n > 0) {
		uint32_t c = next(&s);

		if (!is_blank(c))
			put(w, lower(c, false));
	}
}

/* What follows is an extension: "x12", "ext. 12", "#12". */
static bool
is_extension(uint32_t c)
{
	return is_letter(c) || c == '#' || c == ';' || c == ',';
}

static void
put_phone(struct writer *w, struct span s)
{
	size_t digits = 0;

	s = span_trim(s);
	if (span_istarts(s, SPAN("tel:")))
		s = span_from(s, 4);
	while (s.n > 0) {
		uint32_t c;

		if (w->n > 0 && w->out[0] == '+' && span_starts(s, SPAN("(0)"))) {
			s = span_from(s, 3);
			continue;
		}
		c = next(&s);
		if (c == '+' && w->n == 0)
			put(w, c);
		else if (is_digit(c))
			put(w, c), digits++;
		else if (digits > 0 && is_extension(c))
			break;
		if (w->n == 2 && w->out[0] == '0' && w->out[1] == '0')
			w->out[0] = '+', w->n = 1, digits = 0;
	}
	if (digits == 0)
		w->n = 0;
}

/* Accents that stand alone behind their letter: the decomposed form. */
static bool
is_accent(uint32_t c)
{
	return c >= 0x300 && c <= 0x36f;
}

static void
put_name(struct writer *w, struct span s)
{
	bool gap = false;

	while (s.n > 0) {
		uint32_t c = next(&s);

		if (is_accent(c))
			continue;
		if (is_blank(c) || c == ',' || c == '.' || c == '_') {
			gap = w->n > 0;
			continue;
		}
		if (gap)
			put(w, ' ');
		gap = false;
		if (c == 0x2018 || c == 0x2019 || c == 0x2bc || c == 0xb4 || c == '`')
			c = '\'';
		else if (c >= 0x2010 && c <= 0x2015)
			c = '-';
		put(w, lower(c, true));
	}
}

struct span
canonical_make(enum class_canonical form, struct span value, char out[CANONICAL_MAX])
{
	struct writer w = {out, 0};

	if (form == CANON_AS_IS || value.n > CANONICAL_MAX)
		return value;
	switch (form) {
	case CANON_DIGITS: put_digits(&w, value); break;
	case CANON_UPPER: put_upper(&w, value); break;
	case CANON_EMAIL: put_email(&w, value); break;
	case CANON_PHONE: put_phone(&w, value); break;
	case CANON_NAME: put_name(&w, value); break;
	case CANON_AS_IS: break;
	}
	return w.n > 0 ? span_make(out, w.n) : value;
}
