/*
 * Credentials: tokens of providers by their pictures (secret.def), JSON web tokens, private
 * keys, stored passwords, and what looks random. A picture is matched once, from left to
 * right, its sets take all they can: no backtracking.
 */
#include <stdlib.h>

#include "classify/internal.h"

static const struct secret {
	const char *picture, *must;
} secrets[] = {
#define SECRET(picture, must) {picture, must},
#include "classify/secret.def"
#undef SECRET
};

/* SPAN() for tables: a constant. */
#define SPAN_LIT(lit)                   \
	{                               \
		"" lit, sizeof(lit) - 1 \
	}
#define SECRETS (sizeof(secrets) / sizeof(*secrets))
#define UNLIMITED 4096
#define RANDOM 9 /* different characters that 16 random ones have nearly always */

static bool
in_set(char set, char c)
{
	uint16_t k = byte_kind[(uint8_t)c];

	switch (set) {
	case 'd': return k & KIND_DIGIT;
	case 'h': return k & KIND_DIGIT || (c >= 'a' && c <= 'f');
	case 'x':
		return k & KIND_DIGIT || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
	case 'l': return k & (KIND_DIGIT | KIND_LOWER);
	case 'u': return k & (KIND_DIGIT | KIND_UPPER);
	case 'A': return k & KIND_LETTER;
	case 'a': return k & (KIND_DIGIT | KIND_LETTER);
	case 'w': return k & (KIND_DIGIT | KIND_LETTER | KIND_UNDERSCORE);
	case 'n': return k & (KIND_DIGIT | KIND_LETTER | KIND_DASH);
	case 'b': return k & (KIND_DIGIT | KIND_LETTER | KIND_UNDERSCORE | KIND_DASH);
	case 'p':
		return k &
		    (KIND_DIGIT | KIND_LETTER | KIND_UNDERSCORE | KIND_DASH | KIND_DOT);
	default: /* c */
		return k &
		    (KIND_DIGIT | KIND_LETTER | KIND_UNDERSCORE | KIND_DASH |
			KIND_SLASH) ||
		    c == '+' || c == '=';
	}
}

static unsigned
read_count(const char **p)
{
	unsigned v = 0;

	while (ascii_is_digit(**p))
		v = v * 10 + (unsigned)(*(*p)++ - '0');
	return v;
}

/* Length of what matches the picture at the start of s, 0 when it does not. */
static size_t
picture_match(const char *picture, struct span s)
{
	size_t at = 0;

	while (*picture != '\0') {
		unsigned least, most, n = 0;
		char set;

		if (*picture != '%') {
			if (at == s.n || s.p[at] != *picture)
				return 0;
			at++;
			picture++;
			continue;
		}
		set = picture[1];
		picture += 2;
		most = least = read_count(&picture);
		if (*picture == '+') {
			most = UNLIMITED;
			picture++;
		} else if (*picture == '-' && ascii_is_digit(picture[1])) {
			picture++;
			most = read_count(&picture);
		}
		while (n < most && at < s.n && in_set(set, s.p[at]))
			at++, n++;
		if (n < least)
			return 0;
	}
	return at;
}

_Static_assert(SECRETS < 256, "struct secrets has a byte for each");

static unsigned
hash_three(const char *p)
{
	return ((uint8_t)p[0] * 37u ^ (uint8_t)p[1] * 151u ^ (uint8_t)p[2] * 1021u) &
	    4095;
}

int
secrets_new(struct secrets **out)
{
	struct secrets *s = calloc(1, sizeof(*s));
	unsigned n = 0;

	*out = s;
	if (s == NULL)
		return ERR_NOMEM;
	for (unsigned c = 0; c < 256; c++) {
		s->first[c] = (uint8_t)n;
		for (unsigned i = 0; i < SECRETS; i++)
			if ((uint8_t)secrets[i].picture[0] == c)
				s->order[n++] = (uint8_t)i;
	}
	s->first[256] = (uint8_t)n;
	for (unsigned i = 0; i < SECRETS; i++) {
		const char *p = secrets[i].picture;
		char three[3] = {p[0], p[1], p[2]};

		/* Two fixed bytes and a set: each of its bytes. */
		for (unsigned c = 0; c < 128; c++) {
			if (p[2] == '%' && !in_set(p[3], (char)c))
				continue;
			if (p[2] == '%')
				three[2] = (char)c;
			s->begin[hash_three(three) >> 6] |= UINT64_C(1)
			    << (hash_three(three) & 63);
		}
	}
	return OK;
}

void
secrets_free(struct secrets *s)
{
	free(s);
}

static bool
holds(struct span s, const char *must)
{
	unsigned digits = 0;

	if (must[0] != '#')
		return span_find_span(s, span_str(must)) < s.n;
	for (size_t i = 0; i < s.n; i++)
		digits += ascii_is_digit(s.p[i]);
	return digits >= 6;
}

/* Half of it is x or the like, or zeros: a text that shows where the key goes. */
static bool
is_filled(struct span s)
{
	size_t filled = 0, zeros = 0;

	for (size_t i = 0; i < s.n; i++) {
		filled +=
		    s.p[i] == 'x' || s.p[i] == 'X' || s.p[i] == '*' || s.p[i] == '#';
		zeros += s.p[i] == '0' || s.p[i] == '.';
	}
	return s.n >= 8 && (filled * 2 >= s.n || zeros * 10 >= s.n * 6);
}

static size_t
provider(const struct secrets *all, struct span s, bool test_numbers)
{
	unsigned end = all->first[(uint8_t)s.p[0] + 1u];

	for (unsigned at = all->first[(uint8_t)s.p[0]]; at < end; at++) {
		unsigned i = all->order[at];
		const char *p = secrets[i].picture;
		size_t n;

		if (p[1] != s.p[1] || (n = picture_match(p, s)) == 0)
			continue;
		if (secrets[i].must[0] && !holds(span_head(s, n), secrets[i].must))
			continue;
		if ((secrets[i].must[0] == '#' && s.p[n - 1] == '-') ||
		    is_filled(span_head(s, n)) ||
		    (!test_numbers && span_ends(span_head(s, n), SPAN("EXAMPLE"))))
			continue;
		return n;
	}
	return 0;
}

size_t
secret_provider(const struct secrets *all, struct span s, bool test_numbers)
{
	return secret_may_begin(all, s) ? provider(all, s, test_numbers) : 0;
}

bool
secret_is_shaped(struct span s)
{
	static const char *const pictures[] = {
	    "%h32-us%d1-2", /* Mailchimp */
	    "%d8-10:AA%b33", /* Telegram */
	    "%a14.atlasv1.%b60-70", /* Terraform */
	};
	size_t n;

	if (s.n < 36 || s.n > 100)
		return false;
	for (unsigned i = 0; i < sizeof(pictures) / sizeof(*pictures); i++)
		if ((n = picture_match(pictures[i], s)) == s.n && !is_filled(s))
			return true;
	/* Discord: M, N or O, base64 of digits, two dots. */
	if (strchr("MNO", s.p[0]) && picture_match("%a24-28.%b6.%b27-38", s) == s.n)
		return true;
	/* Entra ID: three, a digit, Q~, the rest. */
	return s.n >= 37 && s.n <= 40 && s.p[4] == 'Q' && s.p[5] == '~' &&
	    ascii_is_digit(s.p[3]);
}

/* Decodes base64url; false on another character. out holds 3/4 of s.n. */
static bool
decode(struct span s, char *out, size_t *n)
{
	uint32_t bits = 0;
	unsigned have = 0;

	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		unsigned v;

		if (c >= 'A' && c <= 'Z')
			v = (unsigned)(c - 'A');
		else if (c >= 'a' && c <= 'z')
			v = (unsigned)(c - 'a') + 26;
		else if (ascii_is_digit(c))
			v = (unsigned)(c - '0') + 52;
		else if (c == '-' || c == '+')
			v = 62;
		else if (c == '_' || c == '/')
			v = 63;
		else
			return false;
		bits = bits << 6 | v;
		if ((have += 6) >= 8) {
			have -= 8;
			out[(*n)++] = (char)(bits >> have);
		}
	}
	return true;
}

#define PEM_BODY_MIN 32 /* bytes; the shortest keys have some 60 */
#define JWT_HEADER_MAX 400 /* base64url characters of a header that are decoded */

size_t
secret_jwt(struct span s)
{
	char header[JWT_HEADER_MAX] = "";
	size_t n = 0, first, parts = 1, part = 0, decoded;

	if (s.n < 20 || memcmp(s.p, "eyJ", 3) != 0)
		return 0;
	while (n < s.n && in_set('b', s.p[n]))
		n++;
	first = n;
	if (n == s.n || s.p[n] != '.')
		return 0;
	for (; n < s.n; n++) {
		if (s.p[n] == '.') {
			if (part == 0 && parts > 1 && parts != 2 && parts != 3)
				break;
			parts++;
			part = 0;
			if (parts > 5)
				return 0;
		} else if (in_set('b', s.p[n]) || s.p[n] == '=') {
			part++;
		} else {
			break;
		}
	}
	if (n > 0 && s.p[n - 1] == '.' && parts > 3)
		parts--, n--;
	if (parts != 3 && parts != 5)
		return 0;
	if (!decode(span_head(s, first < JWT_HEADER_MAX ? first : JWT_HEADER_MAX - 4),
		header, &decoded))
		return 0;
	if (header[0] != '{' || (first < JWT_HEADER_MAX && header[decoded - 1] != '}') ||
	    span_find_span(span_make(header, decoded), SPAN("\"alg\"")) == decoded)
		return 0;
	return n;
}

bool
secret_is_pem(struct span s)
{
	size_t end, n = 0;

	if (!span_starts(s, SPAN("-----BEGIN ")))
		return false;
	end = span_find_span(span_head(s, 60), SPAN("PRIVATE KEY"));
	if (end >= 50 || memchr(s.p, '\n', end) != NULL)
		return false;
	/* What follows: "-----" or " BLOCK-----", then base64, not only the last line. */
	for (s = span_from(s, end + 11); s.n > 0 && (*s.p == '-' || n < 6); n++)
		s = span_from(s, 1);
	for (n = 0; n < s.n && n < PEM_BODY_MIN && s.p[n] != '-'; n++)
		;
	return n == PEM_BODY_MIN;
}

bool
secret_is_hash(struct span s)
{
	static const char *const beginnings[] = {"$2a$", "$2b$", "$2y$", "$argon2", "$5$",
	    "$6$", "$y$", "$7$", "$pbkdf2", "$scrypt$", "pbkdf2_sha256$", "pbkdf2_sha1$",
	    "{SSHA}", "{SHA}", "{CRYPT}", "{SSHA512}"};

	if (s.n < 28 || s.n > 300 || strchr("$p{", s.p[0]) == NULL)
		return false;
	for (unsigned i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (span_starts(s, span_str(beginnings[i])))
			return true;
	return false;
}

bool
secret_is_placeholder(struct span s)
{
	static const struct span words[] = {SPAN_LIT("true"), SPAN_LIT("false"),
	    SPAN_LIT("null"), SPAN_LIT("none"), SPAN_LIT("undefined"), SPAN_LIT("nil"),
	    SPAN_LIT("n/a"), SPAN_LIT("redacted"), SPAN_LIT("[redacted]"),
	    SPAN_LIT("[filtered]"), SPAN_LIT("hidden"), SPAN_LIT("masked"),
	    SPAN_LIT("yes"), SPAN_LIT("no"), SPAN_LIT("enabled"), SPAN_LIT("disabled"),
	    SPAN_LIT("required"), SPAN_LIT("optional"), SPAN_LIT("string")};
	char first = s.n ? s.p[0] : '\0', last = s.n ? s.p[s.n - 1] : '\0';
	size_t i = 1;

	if ((first == '<' && last == '>') || (first == '{' && last == '}') ||
	    (first == '[' && last == ']') || (first == '$' && s.n > 1 && s.p[1] == '{') ||
	    (first == '%' && last == '%'))
		return true;
	while (i < s.n && s.p[i] == first)
		i++;
	if (i == s.n && (s.n == 0 || strchr("*xX.-_?#", first) != NULL))
		return true;
	if (ascii_lower(first) == 'y' &&
	    (span_istarts(s, SPAN("your_")) || span_istarts(s, SPAN("your-"))))
		return true;
	for (i = 0; s.n <= 10 && i < sizeof(words) / sizeof(*words); i++)
		if (words[i].n == s.n && span_ieq(s, words[i]))
			return true;
	return false;
}

/* How many different characters stand in it, RANDOM at most: more than a word has. */
static unsigned
distinct(struct span s)
{
	uint64_t seen[2] = {0};
	unsigned n = 0;

	for (size_t i = 0; i < s.n && n < RANDOM; i++) {
		uint64_t bit = UINT64_C(1) << (s.p[i] & 63),
			 *half = &seen[s.p[i] >> 6 & 1];

		n += !(*half & bit);
		*half |= bit;
	}
	return n;
}

int
secret_generic(const struct facts *f)
{
	struct span s = f->v;
	unsigned kinds;

	if (s.n < 6 || s.n > 2048 || f->blanks > 0 ||
	    (f->kinds & KIND_COLON && span_find_span(s, SPAN("://")) < s.n))
		return 0;
	if (s.n < 16)
		return HIT_SHAPE;
	kinds = distinct(span_head(s, 64));
	if (kinds < 5)
		return 0;
	return s.n <= 200 && f->kinds & KIND_DIGIT && f->kinds & KIND_LETTER &&
		kinds == RANDOM
	    ? HIT_CHECKED
	    : HIT_SHAPE;
}
