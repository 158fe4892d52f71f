/*
 * What a path segment looks like. One pass over the bytes collects which kinds of character
 * occur (a mask) and how many digits and letters there are; every class is then a test on
 * those few numbers, and only the classes that are still possible look at the bytes again.
 * No regular expression, no memory.
 *
 * Two mistakes are possible and do not cost the same. A word taken for an identifier merges
 * endpoints that differ; an identifier taken for a word only stays *undecided* until its
 * siblings were counted (one child per token up to a limit, then {text}). So whatever can
 * be read as words with a version, a year or a small number stays a word: wordshape.c.
 *
 * PREFIXED is a short prefix in one case, then '-', '_' or ':', then letters and digits with
 * a digit, and more such groups: ord_1001, cus_N1xb4, INV-2024-0007, sha256:9f86. Not when
 * the rest reads as a version of the word before it: report-2024, api-v2, sha-256, send-sms2.
 *
 * MIXED also takes what is clearly an identifier and has no class of its own: more than 19
 * digits, lists of numbers (1,2,3), and identifiers with a file extension (42.json).
 */
#include "http/target.h"

#include "http/wordshape.h"

#define BIT(c) (UINT32_C(1) << (c))

enum {
	C_DIGIT = 1,
	C_HEX_LOWER = 2, /* a-f */
	C_HEX_UPPER = 4, /* A-F */
	C_LOWER = 8, /* g-z */
	C_UPPER = 16, /* G-Z */
	C_DASH = 32,
	C_UNDERSCORE = 64,
	C_DOT = 128,
	C_COLON = 256,
	C_AT = 512,
	C_PLUS = 1024,
	C_COMMA = 2048,
	C_OTHER = 4096,
	C_LETTER_LOWER = C_HEX_LOWER | C_LOWER,
	C_LETTER_UPPER = C_HEX_UPPER | C_UPPER,
	C_LETTER = C_LETTER_LOWER | C_LETTER_UPPER,
	C_WORD = C_LETTER | C_DASH | C_UNDERSCORE | C_DOT,
	C_URLSAFE = C_LETTER | C_DIGIT | C_DASH | C_UNDERSCORE,
};

/* 0: any other byte, C_OTHER in a shape. */
static const uint16_t char_class[256] = {
    ['0' ... '9'] = C_DIGIT,
    ['a' ... 'f'] = C_HEX_LOWER,
    ['g' ... 'z'] = C_LOWER,
    ['A' ... 'F'] = C_HEX_UPPER,
    ['G' ... 'Z'] = C_UPPER,
    ['-'] = C_DASH,
    ['_'] = C_UNDERSCORE,
    ['.'] = C_DOT,
    [':'] = C_COLON,
    ['@'] = C_AT,
    ['+'] = C_PLUS,
    [','] = C_COMMA,
};

struct shape {
	struct span s;
	unsigned seen; /* C_ bits */
	unsigned digits, letters;
};

static unsigned
two_digits(const char *p)
{
	return ascii_is_digit(p[0]) && ascii_is_digit(p[1])
	    ? (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0')
	    : 100;
}

/* YYYY-MM at p, n bytes there are. */
static bool
is_year_month(const char *p, size_t n)
{
	unsigned century, month;

	if (n < 7 || p[4] != '-' || two_digits(p + 2) > 99)
		return false;
	century = two_digits(p);
	month = two_digits(p + 5);
	return century >= 18 && century <= 22 && month >= 1 && month <= 12;
}

static bool
is_day(const char *p, size_t n)
{
	return n >= 10 && is_year_month(p, n) && p[7] == '-' && two_digits(p + 8) >= 1 &&
	    two_digits(p + 8) <= 31;
}

/* 2026-11-22, 2026-11; then T or blank and a time: DATETIME. */
static uint32_t
classify_date(const struct shape *h)
{
	const char *p = h->s.p;
	size_t n = h->s.n;

	if (!is_year_month(p, n))
		return 0;
	if (n == 7 || (n == 10 && is_day(p, n)))
		return BIT(SEG_DATE);
	if (n < 13 || !is_day(p, n) || (ascii_lower(p[10]) != 't' && p[10] != ' '))
		return 0;
	for (size_t i = 11; i < n; i++)
		if (!ascii_is_digit(p[i]) && memchr(":.,+-zZ", p[i], 7) == NULL)
			return 0;
	return two_digits(p + 11) <= 24 ? BIT(SEG_DATETIME) : 0;
}

/* What may follow the number of a version: nothing, p1, alpha, beta1, p1beta1, rc2. */
static bool
is_release(struct span s)
{
	static const struct span word[] = {
	    SPAN("alpha"),
	    SPAN("beta"),
	    SPAN("rc"),
	    SPAN("preview"),
	    SPAN("dev"),
	};

	if (s.n > 1 && s.p[0] == 'p' && ascii_is_digit(s.p[1]))
		for (s = span_from(s, 1); s.n && ascii_is_digit(s.p[0]);
		     s = span_from(s, 1))
			;
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (span_starts(s, word[i])) {
			s = span_from(s, word[i].n);
			break;
		}
		if (i + 1 == sizeof(word) / sizeof(word[0]))
			return s.n == 0;
	}
	while (s.n && ascii_is_digit(s.p[0]))
		s = span_from(s, 1);
	return s.n == 0;
}

/* v1, v2.1, v1beta1, v2alpha; 1.0 and dates where a version is usual. */
static bool
is_version(const struct shape *h, unsigned position)
{
	const char *p = h->s.p;
	size_t n = h->s.n, i = 1;

	if (position < 2 && h->digits + 1 == n && h->seen == (C_DIGIT | C_DOT))
		return n <= 5 && ascii_is_digit(p[0]) && ascii_is_digit(p[n - 1]);
	if (n < 2 || n > 16 || ascii_lower(p[0]) != 'v')
		return false;
	for (; i < n && ascii_is_digit(p[i]); i++)
		;
	if (i == 1 || i > 4)
		return false;
	while (i + 1 < n && p[i] == '.' && ascii_is_digit(p[i + 1]))
		for (i++; i < n && ascii_is_digit(p[i]); i++)
			;
	return is_release(span_from(h->s, i));
}

static bool
is_ipv4(struct span s)
{
	struct span rest = s;
	unsigned parts = 0;

	while (!span_absent(rest)) {
		struct span part = span_cut(&rest, '.');
		uint64_t v;

		if (part.n > 3 || ++parts > 4 || span_u64(part, &v) != OK || v > 255)
			return false;
	}
	return parts == 4;
}

static bool
is_ipv6(struct span s)
{
	unsigned colons = 0, run = 0, doubled = 0;

	if (s.n > 39)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != ':') {
			if (++run > 4)
				return false;
			continue;
		}
		colons++;
		doubled += i > 0 && s.p[i - 1] == ':';
		run = 0;
	}
	return colons <= 7 && doubled <= 1 && (colons == 7 || doubled == 1);
}

static bool
is_uuid(struct span s)
{
	return s.n == 36 && s.p[8] == '-' && s.p[13] == '-' && s.p[18] == '-' &&
	    s.p[23] == '-';
}

static bool
is_ulid(const struct shape *h)
{
	if (h->s.n != 26 || h->s.p[0] > '7' || !ascii_is_digit(h->s.p[0]))
		return false;
	for (size_t i = 1; i < h->s.n; i++)
		if (memchr("ilou", ascii_lower(h->s.p[i]), 4))
			return false;
	return true;
}

static bool
is_email(struct span s)
{
	size_t at = span_find(s, '@');
	struct span domain = span_from(s, at + 1);
	const char *dot;

	if (at == 0 || at > 64 || domain.n < 4 || span_find(domain, '@') < domain.n)
		return false;
	dot = memrchr(domain.p, '.', domain.n);
	if (dot == NULL || dot == domain.p || domain.p + domain.n - dot < 3)
		return false;
	for (const char *p = dot + 1; p < domain.p + domain.n; p++)
		if (!ascii_is_letter(*p) && *p != '-' && !ascii_is_digit(*p))
			return false;
	return true;
}

static bool
is_jwt(const struct shape *h)
{
	size_t first = span_find(h->s, '.');
	struct span rest = span_from(h->s, first + 1);
	size_t second = span_find(rest, '.');

	return span_starts(h->s, SPAN("eyJ")) && first >= 10 && second >= 2 &&
	    second < rest.n &&
	    span_find(span_from(rest, second + 1), '.') + second + 1 == rest.n;
}

static bool
is_self(struct span s)
{
	switch (s.n) {
	case 2: return memcmp(s.p, "me", 2) == 0;
	case 3: return memcmp(s.p, "@me", 3) == 0;
	case 4: return memcmp(s.p, "self", 4) == 0 || memcmp(s.p, "mine", 4) == 0;
	case 7: return memcmp(s.p, "current", 7) == 0;
	default: return false;
	}
}

/* See the head of the file. */
static bool
is_prefixed(const struct shape *h)
{
	const unsigned separators = C_DASH | C_UNDERSCORE | C_COLON;
	struct span prefix, group = SPAN_NONE;
	unsigned groups = 0, seen = 0;
	size_t i = 0, start;

	if (h->seen & ~(C_LETTER | C_DIGIT | separators) || !(h->seen & separators))
		return false;
	while (i < h->s.n && char_class[(uint8_t)h->s.p[i]] & (C_LETTER | C_DIGIT))
		seen |= char_class[(uint8_t)h->s.p[i++]];
	prefix = span_head(h->s, i);
	if (i == 0 || i > 8 || i == h->s.n || ascii_is_digit(h->s.p[0]) ||
	    (seen & C_DIGIT && h->s.p[i] != ':') ||
	    (seen & C_LETTER_LOWER && seen & C_LETTER_UPPER))
		return false;
	while (i < h->s.n) {
		if (!(char_class[(uint8_t)h->s.p[i]] & separators))
			return false;
		for (start = ++i, seen = 0;
		     i < h->s.n && !(char_class[(uint8_t)h->s.p[i]] & separators); i++)
			seen |= char_class[(uint8_t)h->s.p[i]];
		group = span_make(h->s.p + start, i - start);
		/* one word may stand between, as in sk_test_51Hx9 */
		if (!(seen & C_DIGIT) && (groups || group.n > 8 || i == h->s.n))
			return false;
		if (!(seen & C_DIGIT))
			groups = 8;
		groups++;
	}
	if (groups > 8 && (group.n < 6 || wordshape_has(h->s, NULL)))
		return false;
	return groups != 1 || !wordshape_is_version(prefix, group);
}

/* At least n different characters; entropy of 3.5 bits needs 12. */
static bool
has_distinct(struct span s, int n)
{
	uint64_t seen[4] = {0};

	for (size_t i = 0; i < s.n; i++)
		seen[(uint8_t)s.p[i] >> 6] |= UINT64_C(1) << (s.p[i] & 63);
	return __builtin_popcountll(seen[0]) + __builtin_popcountll(seen[1]) >= n;
}

/* A name with an extension that files have. */
static bool
is_file(struct span s, struct span *stem)
{
	static const char known[] =
	    " 7z action apk asp aspx atom avi bak bin bmp bz2 cer cfg cgi conf crt css "
	    "csv "
	    "dcm dll do doc docx env eot exe gif graphql gz htm html ico ics img ini ipa "
	    "iso "
	    "jar jpeg jpg js json jsonl jsp jspx key log m3u8 map md mjs mov mp3 mp4 mpd "
	    "ndjson ogg parquet pdf pem php png ppt pptx proto rar rss rtf sql svg tar "
	    "tgz "
	    "tif tiff ts tsv ttf txt wasm wav webm webp woff woff2 wsdl xls xlsx xml xsd "
	    "yaml yml zip ";
	const char *dot = s.n ? memrchr(s.p, '.', s.n) : NULL;
	char key[12] = " ";
	size_t n;

	if (dot == NULL || dot == s.p)
		return false;
	n = (size_t)(s.p + s.n - dot - 1);
	if (n < 2 || n > 8)
		return false;
	for (size_t i = 0; i < n; i++)
		key[i + 1] = ascii_lower(dot[i + 1]);
	key[n + 1] = ' ';
	*stem = span_make(s.p, (size_t)(dot - s.p));
	return memmem(known, sizeof(known) - 1, key, n + 2) != NULL;
}

/* Digits alone, perhaps with a minus. */
static uint32_t
classify_number(const struct shape *h)
{
	uint32_t mask;

	if (h->seen & C_DASH && (h->s.p[0] != '-' || h->digits + 1 != h->s.n))
		return 0;
	if (h->digits > 19)
		mask = BIT(SEG_MIXED);
	else
		mask = BIT(SEG_NUMBER) | BIT(SEG_DECIMAL);
	if (h->seen & C_DASH)
		return mask;
	if (h->digits >= 6)
		mask |= BIT(SEG_MIXED);
	if (h->digits >= 8 && h->digits <= 19)
		mask |= BIT(SEG_HEX);
	if (h->digits == 24)
		mask |= BIT(SEG_OBJECTID);
	return mask;
}

/* Hex digits, dashes, colons and dots: UUID, HEX, OBJECTID, IP and dates. */
static uint32_t
classify_hex(const struct shape *h, bool one_case)
{
	struct span s = h->s;

	if (h->seen & C_DASH)
		return is_uuid(s) && h->digits + h->letters == 32
		    ? BIT(SEG_UUID) | BIT(SEG_MIXED) | BIT(SEG_BASE64)
		    : 0;
	if (h->seen & C_COLON)
		return !(h->seen & C_DOT) && is_ipv6(s) ? BIT(SEG_IP) : 0;
	if (h->seen & C_DOT || s.n < 8 || !one_case)
		return 0;
	/* feed2024: a word and a year */
	if (s.n <= 10 && h->letters + 4 == s.n &&
	    wordshape_is_version(SPAN("xxx"), span_from(s, s.n - 4)) &&
	    !ascii_is_digit(s.p[s.n - 5]))
		return 0;
	if (s.n == 24)
		return BIT(SEG_HEX) | BIT(SEG_OBJECTID) | BIT(SEG_MIXED) |
		    BIT(SEG_BASE64);
	return BIT(SEG_HEX) | BIT(SEG_MIXED) | (s.n >= 16 ? BIT(SEG_BASE64) : 0);
}

/* Segments with digits and other characters. */
static uint32_t
classify_digits(const struct shape *h, unsigned position)
{
	unsigned seen = h->seen;
	bool one_case = !(seen & C_LETTER_LOWER && seen & C_LETTER_UPPER);
	uint32_t mask = 0;
	bool random;

	if (is_version(h, position))
		mask |= BIT(SEG_VERSION) | BIT(SEG_WORD);
	if (seen & C_DASH) {
		uint32_t date = classify_date(h);

		if (date)
			return date |
			    (position < 2 && h->s.n <= 10 ? BIT(SEG_VERSION) : 0);
	}
	if (!(seen & ~(C_DIGIT | C_DASH)))
		mask |= classify_number(h);
	if (!(seen & ~(C_DIGIT | C_DASH | C_DOT))) {
		const char *dot = memchr(h->s.p, '.', h->s.n);
		size_t sign = h->s.p[0] == '-';

		if (dot && h->digits + 1 + sign == h->s.n && dot > h->s.p + sign &&
		    dot + 1 < h->s.p + h->s.n && h->digits <= 32)
			mask |= BIT(SEG_DECIMAL);
		if (!(seen & C_DASH) && dot && is_ipv4(h->s))
			mask |= BIT(SEG_IP);
	}
	if (!(seen & ~(C_DIGIT | C_HEX_LOWER | C_HEX_UPPER | C_DASH | C_COLON | C_DOT)))
		if (h->letters || seen & (C_DASH | C_COLON))
			mask |= classify_hex(h, one_case);
	if (h->s.p[0] == '+' && h->digits + 1 == h->s.n && h->digits >= 8 &&
	    h->digits <= 15)
		mask |= BIT(SEG_PHONE);
	if (!(seen & ~(C_DIGIT | C_COMMA | C_DOT | C_DASH)) && seen & C_COMMA)
		mask |= BIT(SEG_MIXED);
	if (!(seen & ~(C_DIGIT | C_LETTER)) && one_case && is_ulid(h))
		mask |= BIT(SEG_ULID) | BIT(SEG_MIXED) | BIT(SEG_BASE64);
	if (mask)
		return mask;
	if (is_prefixed(h))
		return BIT(SEG_PREFIXED) | BIT(SEG_MIXED);
	if (wordshape_has(h->s, &random))
		return BIT(SEG_WORD);
	if (seen & ~(C_URLSAFE | C_DOT))
		return 0;
	if (h->s.n >= 16 && !one_case && !(seen & C_DOT) && has_distinct(h->s, 12))
		mask |= BIT(SEG_BASE64) | BIT(SEG_MIXED);
	if (random || (h->letters >= 6 && h->digits >= 3) ||
	    (h->letters && h->digits >= 5))
		mask |= BIT(SEG_MIXED);
	return mask;
}

static uint32_t
classify(struct span s, unsigned position, bool stem)
{
	struct shape h = {.s = s};
	uint32_t mask = 0;
	struct span name;

	for (size_t i = 0; i < s.n; i++) {
		unsigned k = char_class[(uint8_t)s.p[i]];

		h.seen |= k ? k : C_OTHER;
		h.digits += k & C_DIGIT;
		h.letters += (k & C_LETTER) != 0;
	}
	if (h.seen & C_AT && !(h.seen & C_OTHER) && is_email(s))
		return BIT(SEG_EMAIL);
	if (h.seen & C_DOT && !stem) {
		if (is_jwt(&h) && !(h.seen & ~(C_URLSAFE | C_DOT)))
			return BIT(SEG_JWT);
		if (is_file(s, &name)) {
			mask = classify(name, 2, true);
			return segment_class_name((enum segment_class)__builtin_ctz(mask))
			    ? BIT(SEG_MIXED)
			    : BIT(SEG_FILE);
		}
	}
	if (is_self(s))
		return BIT(SEG_SELF) | BIT(SEG_WORD);
	if (h.digits)
		mask = classify_digits(&h, position);
	else if (h.seen == C_COLON ||
	    (h.seen & C_COLON && !(h.seen & ~(C_COLON | C_HEX_LOWER | C_HEX_UPPER))))
		mask = is_ipv6(s) ? BIT(SEG_IP) : 0;
	else if (wordshape_has(h.s, NULL))
		mask = BIT(SEG_WORD);
	return mask ? mask : BIT(SEG_TEXT);
}

uint32_t
segment_classify(struct span text, unsigned position)
{
	if (text.n > SEGMENT_BYTES_MAX)
		return BIT(SEG_OVERFLOW);
	return classify(text, position, false);
}

const char *
segment_class_name(enum segment_class c)
{
	static const char *const name[] = {
#define X(id, bit, text) [id] = text,
	    SEGMENT_CLASS_TABLE(X)
#undef X
	};

	return (unsigned)c < SEGMENT_CLASSES ? name[c] : NULL;
}
