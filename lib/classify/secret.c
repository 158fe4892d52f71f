/*
 * Credentials: tokens of providers by their pictures (secret.def), JSON web tokens, private
 * keys, stored passwords, and what looks random. A picture is matched once, from left to
 * right, its sets take all they can: no backtracking.
 */
#include "classify/internal.h"

static const struct secret {
	const char *picture, *must;
} secrets[] = {
#define SECRET(picture, must) {picture, must},
#include "classify/secret.def"
#undef SECRET
};

#define SECRETS (sizeof(secrets) / sizeof(*secrets))
#define UNLIMITED 4096

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

void
secret_index(uint8_t bitmap[512])
{
	memset(bitmap, 0, 512);
	for (size_t i = 0; i < SECRETS; i++) {
		const char *p = secrets[i].picture;

		if (p[2] == '%') { /* two fixed bytes: any third */
			for (unsigned c = 0; c < 256; c++) {
				char three[3] = {p[0], p[1], (char)c};
				unsigned h = secret_hash(three);

				bitmap[h >> 3] |= (uint8_t)(1u << (h & 7));
			}
			continue;
		}
		bitmap[secret_hash(p) >> 3] |= (uint8_t)(1u << (secret_hash(p) & 7));
	}
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

/* Most of it is one character, or x: a text that shows where the key goes. */
static bool
is_filled(struct span s)
{
	unsigned same = 0, run = 1;

	for (size_t i = 1; i < s.n; i++) {
		run = s.p[i] == s.p[i - 1] && strchr("xX*.0", s.p[i]) ? run + 1 : 1;
		same = run > same ? run : same;
	}
	return same >= 8 && same * 2 >= s.n;
}

size_t
secret_provider(struct span s, bool test_numbers)
{
	if (s.n < 12)
		return 0;
	for (size_t i = 0; i < SECRETS; i++) {
		const char *p = secrets[i].picture;
		size_t n;

		if (p[0] != s.p[0] || p[1] != s.p[1] || (n = picture_match(p, s)) == 0)
			continue;
		if (secrets[i].must[0] && !holds(span_head(s, n), secrets[i].must))
			continue;
		if (is_filled(span_head(s, n)) ||
		    (!test_numbers && span_ends(span_head(s, n), SPAN("EXAMPLE"))))
			continue;
		return n;
	}
	return 0;
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

#define JWT_HEADER_MAX 400 /* base64url characters of a header that are decoded */

size_t
secret_jwt(struct span s)
{
	char header[JWT_HEADER_MAX];
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
	if (header[0] != '{' ||
	    span_find_span(span_make(header, decoded), SPAN("\"alg\"")) == decoded)
		return 0;
	return n;
}

bool
secret_is_pem(struct span s)
{
	size_t end;

	if (!span_starts(s, SPAN("-----BEGIN ")))
		return false;
	end = span_find_span(s, SPAN("PRIVATE KEY"));
	/* What follows: "-----", or " BLOCK-----", and base64. */
	return end < 40 && s.n > end + 11 + 5 + 32 &&
	    memchr(s.p + 11, '\n', end - 11) == NULL;
}

bool
secret_is_hash(struct span s)
{
	static const char *const beginnings[] = {"$2a$", "$2b$", "$2y$", "$argon2", "$5$",
	    "$6$", "$y$", "$7$", "$pbkdf2", "$scrypt$", "pbkdf2_sha256$", "pbkdf2_sha1$",
	    "{SSHA}", "{SHA}", "{CRYPT}", "{SSHA512}"};

	if (s.n < 28 || s.n > 300)
		return false;
	for (unsigned i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (span_starts(s, span_str(beginnings[i])))
			return true;
	return false;
}

bool
secret_is_placeholder(struct span s)
{
	static const char *const words[] = {"true", "false", "null", "none", "undefined",
	    "nil", "n/a", "redacted", "[redacted]", "[filtered]", "hidden", "masked",
	    "yes", "no", "enabled", "disabled", "required", "optional", "string"};
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
	if (span_istarts(s, SPAN("your_")) || span_istarts(s, SPAN("your-")) ||
	    span_find_span(s, SPAN("****")) < s.n)
		return true;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_ieq(s, span_str(words[i])))
			return true;
	return false;
}

/* How many different characters stand in it; more than a word has, if it is random. */
static unsigned
distinct(struct span s)
{
	uint64_t seen[2] = {0};

	for (size_t i = 0; i < s.n; i++)
		seen[s.p[i] >> 6 & 1] |= UINT64_C(1) << (s.p[i] & 63);
	return (unsigned)(__builtin_popcountll(seen[0]) + __builtin_popcountll(seen[1]));
}

int
secret_generic(const struct facts *f)
{
	struct span s = f->v;

	if (s.n < 6 || s.n > 2048 || f->blanks > 0 || secret_is_placeholder(s) ||
	    is_filled(s) || span_find_span(s, SPAN("://")) < s.n)
		return 0;
	if (s.n >= 16 && s.n <= 200 && f->kinds & KIND_DIGIT && f->kinds & KIND_LETTER &&
	    distinct(s) >= 9)
		return HIT_CHECKED;
	return HIT_SHAPE;
}
