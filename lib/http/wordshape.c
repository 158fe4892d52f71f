/*
 * Words or an identifier? Tokens are joined by '-', '_' or '.'; a token reads as a word when
 * it is
 *
 *   letters                 users, getAccessToken, dhcp
 *   letters with few digits oauth2, ipv4, base64, s3, k8s, 2fa: one short run of digits, or
 *                           two runs when letters are the great majority
 *   up to 4 digits          report-2024, top-10
 *
 * and has hardly any pair of letters that words do not have, nor changes between small and
 * capital letters more often than camelCase does. Tokens of up to 4 letters may be acronyms:
 * their pairs do not count.
 *
 * Rare pairs are one bit for each of 26 x 26, found by counting the pairs in Debian's
 * american-english word list and in its package names: those that make up less than 0.02 %
 * each. They are 38 % of random pairs and 2 % of the pairs in words.
 */
#include "http/wordshape.h"

#define ACRONYM_LETTERS 4
#define RANDOM_BYTES 8 /* shorter tokens are too often words of some kind */

/* Bit j of row i: the pair (i, j) of letters is rare in words. */
static const uint32_t rare_pair[26] = {
    0x0014201, /* a: ajoq */
    0x2010000, /* b: qz */
    0x2e12262, /* c: bfgjnqvwxz */
    0x2810680, /* d: hjkqxz */
    0x0000200, /* e: j */
    0x2e1b6ce, /* f: bcdghjkmnpqvwxz */
    0x2e10622, /* g: bfjkqvwxz */
    0x2e106ee, /* h: bcdfghjkqvwxz */
    0x1400380, /* i: hijwy */
    0x3ebbeee, /* j: bcdfghjklmnpqrtvwxyz */
    0x2e186e4, /* k: cfghjkpqvwxz */
    0x2c12280, /* l: hjnqwxz */
    0x2e106c0, /* m: ghjkqvwxz */
    0x2c10000, /* n: qwxz */
    0x2010200, /* o: jqz */
    0x2e12602, /* p: bjknqvwxz */
    0x3e7f7ff, /* q: all but luy and some */
    0x2810200, /* r: jqxz */
    0x2800200, /* s: jxz */
    0x0a10200, /* t: jqvx */
    0x3710680, /* u: hjkquvwyz */
    0x3ffbeee, /* v: bcdfghjklmnpqrstuvwxyz */
    0x3f9866e, /* w: bcdfgjkpqtuvwxyz */
    0x3f36eea, /* x: bdfghjklnoqruvwxyz */
    0x3f106a0, /* y: fhjkquvwxyz */
    0x1ffbeee, /* z: bcdfghjklmnpqrstuvwxy */
};

struct token {
	unsigned letters, digits;
	unsigned runs, longest; /* of digits */
	unsigned pairs; /* of letters side by side */
	unsigned rare, flips; /* of those: rare ones, small against capital */
};

static struct token
token_measure(struct span s)
{
	struct token t = {0};
	unsigned run = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned a, b;

		if (ascii_is_digit(s.p[i])) {
			t.digits++;
			t.runs += run++ == 0;
			if (run > t.longest)
				t.longest = run;
			continue;
		}
		run = 0;
		t.letters++;
		if (i == 0 || ascii_is_digit(s.p[i - 1]))
			continue;
		a = (unsigned)ascii_lower(s.p[i - 1]) - 'a';
		b = (unsigned)ascii_lower(s.p[i]) - 'a';
		t.pairs++;
		t.rare += rare_pair[a] >> b & 1;
		t.flips += (s.p[i] ^ s.p[i - 1]) >> 5 & 1;
	}
	return t;
}

static bool
is_word(const struct token *m)
{
	struct token t = *m;

	if (t.letters == 0)
		return t.digits <= 4;
	if (t.digits == 0)
		return t.letters <= ACRONYM_LETTERS || t.rare * 4 <= t.pairs + 4;
	if (t.longest > 4 || t.runs > 2 || (t.runs == 2 && t.letters < 2 * t.digits))
		return false;
	if (t.letters <= ACRONYM_LETTERS && t.runs == 1)
		return true;
	return t.rare * 8 <= t.pairs && t.flips * 5 <= t.pairs * 2 + 5;
}

/* Not a word, and further from one than an unusual word with a digit is. */
static bool
is_random(const struct token *t)
{
	if (t->digits == 0 || t->letters + t->digits < RANDOM_BYTES)
		return false;
	return t->longest > 4 || t->runs >= 3 ||
	    (t->runs == 2 && t->letters < 2 * t->digits) || t->rare * 4 > t->pairs ||
	    t->flips * 5 > t->pairs * 2 + 5;
}

bool
wordshape_has(struct span s, bool *random)
{
	bool word = true, letters = false;

	if (random)
		*random = false;
	while (s.n) {
		struct token t;
		size_t n = 0;

		while (n < s.n && s.p[n] != '-' && s.p[n] != '_' && s.p[n] != '.') {
			if (ascii_is_letter(s.p[n]))
				letters = true;
			else if (!ascii_is_digit(s.p[n]))
				return false;
			n++;
		}
		t = token_measure(span_head(s, n));
		if (!is_word(&t)) {
			word = false;
			if (random && is_random(&t))
				*random = true;
		}
		s = span_from(s, n + 1);
	}
	return word && letters;
}

/* Words that a number turns into a version, a standard's name or a place in a row. */
static bool
carries_number(struct span prefix)
{
	static const char words[] =
	    " api base day http https ipv iso layer level md month mp oauth page part "
	    "phase "
	    "quarter release rev rfc rsa sha ssl stage step tier tls top utf ver version "
	    "web week year ";
	char key[12] = " ";

	if (prefix.n > 8)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		key[i + 1] = ascii_lower(prefix.p[i]);
	key[prefix.n + 1] = ' ';
	return memmem(words, sizeof(words) - 1, key, prefix.n + 2) != NULL;
}

bool
wordshape_is_version(struct span prefix, struct span tail)
{
	struct token t;
	size_t letters = 0;

	while (letters < tail.n && ascii_is_letter(tail.p[letters]))
		letters++;
	for (size_t i = letters; i < tail.n; i++)
		if (!ascii_is_digit(tail.p[i]))
			return false;
	t = token_measure(tail);
	if (letters == 0) {
		bool year = t.digits == 4 &&
		    (memcmp(tail.p, "19", 2) == 0 || memcmp(tail.p, "20", 2) == 0);

		return (year && prefix.n >= 3) ||
		    (t.digits <= 5 && carries_number(prefix));
	}
	if (letters == 1)
		return t.digits <= (ascii_lower(tail.p[0]) == 'v' ? 2 : 1);
	return letters >= 3 && t.digits <= 2 && t.rare * 4 <= t.pairs;
}
