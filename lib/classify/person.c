/*
 * Telephones, dates, places, names and addresses: shapes that much else has as well. They
 * count where names say so; what is rare (a sign of a country's code, a known first name
 * beside another word, a number and "street") counts more.
 */
#include <stdlib.h>

#include "classify/checksum.h"
#include "classify/internal.h"

#define NAME_BYTES_MAX 60
#define NAME_WORDS_MAX 5
#define ADDRESS_BYTES_MAX 200
#define WORD_SLOTS 4096 /* a power of two, below half full with what people.def has */

/* Words in an open hash, the text is not kept: one in 10^6 others is taken for one. */
struct word_set {
	uint32_t slot[WORD_SLOTS];
};

struct people {
	struct word_set names, streets;
};

static const char *const known_names[] = {
#define NAMES(text) text,
#include "classify/people.def"
#undef NAMES
};

static uint32_t
word_hash(const char *p, size_t n)
{
	uint32_t h = 0x811c9dc5u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)ascii_lower(p[i])) * 0x01000193u;
	return h ? h : 1;
}

static void
learn(struct word_set *s, const char *words)
{
	struct span rest = span_str(words);

	while (!span_absent(rest)) {
		struct span word = span_cut(&rest, ' ');
		uint32_t h = word_hash(word.p, word.n), at = h;

		if (word.n == 0)
			continue;
		while (s->slot[at % WORD_SLOTS] != 0 && s->slot[at % WORD_SLOTS] != h)
			at++;
		s->slot[at % WORD_SLOTS] = h;
	}
}

static bool
is_known(const struct word_set *s, struct span word)
{
	uint32_t h = word_hash(word.p, word.n), at = h;

	for (; s->slot[at % WORD_SLOTS] != 0; at++)
		if (s->slot[at % WORD_SLOTS] == h)
			return true;
	return false;
}

int
person_name(const struct class_set *s, const struct facts *f)
{
	const uint32_t odd =
	    KIND_AT | KIND_COLON | KIND_SLASH | KIND_PLUS | KIND_UNDERSCORE | KIND_OTHER;
	struct span rest = f->v;
	unsigned words = 0, known = 0;

	if (f->v.n > NAME_BYTES_MAX || f->v.n < 2 || f->kinds & odd ||
	    !(f->kinds & (KIND_LETTER | KIND_HIGH)) || f->digits > f->letters + 4)
		return f->v.n == 1 && f->kinds & KIND_LETTER ? HIT_SHAPE : 0;
	if (f->blanks + 1 > NAME_WORDS_MAX)
		return 0;
	if (f->digits > 0 || !(f->kinds & KIND_UPPER))
		return HIT_SHAPE;
	while (!span_absent(rest)) {
		struct span word = span_cut(&rest, ' ');

		while (word.n > 0 &&
		    !(byte_kind[(uint8_t)word.p[word.n - 1]] & (KIND_LETTER | KIND_HIGH)))
			word.n--;
		if (word.n == 0)
			continue;
		words++;
		if (word.n > 2 && is_known(&s->people->names, word))
			known++;
	}
	return known > 0 && words <= 4 ? HIT_CHECKED : HIT_SHAPE;
}

/* E.164 country codes: first digit, bit per second (two digits long) or none. */
static bool
is_country_code(const char *d)
{
	static const char two[] =
	    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 "
	    "54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 "
	    "95 98 ";
	static const char three[] =
	    "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 "
	    "96 97 99 ";

	if (d[0] == '1' || d[0] == '7')
		return d[1] >= '2' || d[0] == '7';
	for (unsigned i = 0; i + 2 < sizeof(two); i += 3)
		if (two[i] == d[0] && two[i + 1] == d[1])
			return true;
	for (unsigned i = 0; i + 2 < sizeof(three); i += 3)
		if (three[i] == d[0] && three[i + 1] == d[1])
			return true;
	return false;
}

static bool
is_nanp(const char *d)
{
	return d[0] >= '2' && d[3] >= '2' && !(d[1] == '1' && d[2] == '1');
}

int
person_phone(const struct facts *f)
{
	bool plus =
	    f->v.p[0] == '+' || (f->v.n > 1 && f->v.p[0] == '(' && f->v.p[1] == '+');
	const char *d = f->text;

	if (f->n < 7 || f->n > 15)
		return 0;
	if (plus) {
		if (!is_country_code(d) || (d[0] == '1' && f->n != 11))
			return HIT_SHAPE;
		return f->n >= 10 ? HIT_CERTAIN : f->n == 9 ? HIT_CHECKED : HIT_SHAPE;
	}
	if (f->n == 10 && is_nanp(d) && f->layout == 0x334 &&
	    (f->kinds & KIND_PAREN ||
		(f->first_separator == '-' && f->last_separator == '-')))
		return HIT_CHECKED;
	return HIT_SHAPE;
}

static bool
is_year(unsigned y)
{
	return y >= 1880 && y <= 2100;
}

/* "T10:20:30Z" or " 10:20" or nothing behind a date. */
static bool
is_time(struct span s)
{
	if (s.n == 0)
		return true;
	return (s.p[0] == 'T' || s.p[0] == ' ') && s.n >= 6 && ascii_is_digit(s.p[1]) &&
	    ascii_is_digit(s.p[2]) && s.p[3] == ':';
}

bool
person_is_date(struct span s)
{
	unsigned part[3], n[3] = {0};
	char separator = '\0';
	size_t at = 0;

	if (s.n < 6 || s.n > 35)
		return false;
	for (unsigned i = 0; i < 3; i++) {
		part[i] = 0;
		while (at < s.n && ascii_is_digit(s.p[at]) && n[i] < 8)
			part[i] = part[i] * 10 + (unsigned)(s.p[at++] - '0'), n[i]++;
		if (i == 0 && n[0] == 8 && at == s.n) /* yyyymmdd */
			return is_year(part[0] / 10000) &&
			    checksum_is_day(part[0] / 100 % 100, part[0] % 100);
		if (n[i] == 0 || n[i] > 4)
			return false;
		if (i == 2)
			break;
		if (at == s.n || strchr("-/.", s.p[at]) == NULL || s.p[at] == '\0' ||
		    (i == 1 && s.p[at] != separator))
			return false;
		separator = s.p[at++];
	}
	if (n[1] > 2 || !is_time(span_from(s, at)))
		return false;
	if (n[0] == 4 && n[2] <= 2)
		return is_year(part[0]) && checksum_is_day(part[1], part[2]);
	if (n[0] > 2 || (n[2] != 4 && n[2] != 2) || (n[2] == 4 && !is_year(part[2])))
		return false;
	return checksum_is_day(part[1], part[0]) || checksum_is_day(part[0], part[1]);
}

/* A decimal: its absolute value below limit + 1, digits behind the dot; at most 20 bytes. */
static bool
read_decimal(struct span *s, unsigned limit, unsigned *decimals)
{
	size_t i = 0, start;
	unsigned whole = 0;

	*decimals = 0;
	if (i < s->n && (s->p[i] == '-' || s->p[i] == '+'))
		i++;
	for (start = i; i < s->n && ascii_is_digit(s->p[i]); i++)
		if (i - start == 3 ||
		    (whole = whole * 10 + (unsigned)(s->p[i] - '0')) > limit)
			return false;
	if (i == start)
		return false;
	if (i < s->n && s->p[i] == '.')
		for (i++; i < s->n && ascii_is_digit(s->p[i]); i++)
			++*decimals;
	*s = span_from(*s, i);
	return true;
}

int
person_coordinate(struct span s)
{
	unsigned decimals;

	if (!read_decimal(&s, 180, &decimals) || s.n != 0)
		return 0;
	return decimals >= 4 ? HIT_CHECKED : HIT_SHAPE;
}

bool
person_is_position(struct span s)
{
	unsigned first, second;

	if (span_istarts(s, SPAN("geo:")))
		s = span_from(s, 4);
	else if (span_istarts(s, SPAN("POINT(")))
		s = span_from(s, 6);
	else if (span_istarts(s, SPAN("POINT (")))
		s = span_from(s, 7);
	if (!read_decimal(&s, 180, &first) || s.n < 2 || strchr(",; ", s.p[0]) == NULL)
		return false;
	s = span_trim(span_from(s, 1));
	if (!read_decimal(&s, 180, &second) ||
	    (s.n != 0 && s.p[0] != ')' && s.p[0] != ';'))
		return false;
	return first >= 3 && second >= 3;
}

/* Words that stand in addresses of many languages. */
static const char street_words[] =
    "street st st. road rd rd. avenue ave ave. av boulevard blvd lane ln drive dr dr. "
    "court ct "
    "place pl square sq terrace way highway hwy parkway pkwy circle cir loop trail "
    "crescent "
    "close alley row suite apt apt. apartment unit floor box rue allee chemin impasse "
    "quai "
    "cours via viale corso piazza vicolo largo calle avenida avda carrera paseo plaza "
    "camino "
    "rua travessa estrada alameda praca ulica ul. ul prospekt weg platz gasse laan plein "
    "gracht kade singel vej gade gata gatan vagen vägen veien katu tie utca sokak "
    "caddesi mahallesi jalan jl. soi allée";
static const char *const street_ends[] = {"strasse", "straße", "straat", "gatan", "gata",
    "gade", "vej", "veien", "katu", "str.", "allee", "weg", "gasse", "platz", "laan",
    "plein", "dijk", "steeg"};

static bool
is_street_word(const struct word_set *s, struct span word)
{
	while (word.n > 0 && word.p[word.n - 1] == ',')
		word.n--;
	if (word.n == 0 || word.n > 30)
		return false;
	if (is_known(s, word))
		return true;
	for (unsigned i = 0; word.n > 5 && i < sizeof(street_ends) / sizeof(*street_ends);
	     i++)
		if (span_ends(word, span_str(street_ends[i])))
			return true;
	return false;
}

int
people_new(struct people **out)
{
	struct people *p = calloc(1, sizeof(*p));

	*out = p;
	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < sizeof(known_names) / sizeof(*known_names); i++)
		learn(&p->names, known_names[i]);
	learn(&p->streets, street_words);
	return OK;
}

void
people_free(struct people *p)
{
	free(p);
}

int
person_address(const struct class_set *s, const struct facts *f)
{
	struct span rest = f->v;
	bool street = false;

	if (f->v.n > ADDRESS_BYTES_MAX || (f->kinds & KIND_COLON && f->blanks == 0) ||
	    f->kinds & (KIND_AT | KIND_UNDERSCORE | KIND_PLUS))
		return 0;
	if (!(f->kinds & (KIND_LETTER | KIND_HIGH | KIND_DIGIT)))
		return 0;
	if (f->blanks == 0 || f->digits == 0 || f->digits > 16 || f->letters < 3)
		return HIT_SHAPE;
	while (!span_absent(rest) && !street)
		street = is_street_word(&s->people->streets, span_cut(&rest, ' '));
	return street ? HIT_CHECKED : HIT_SHAPE;
}
