/*
 * See words.h. A segment is cut into pieces: letters of one word, or digits.
 *
 *   getUserProfiles2  →  get User Profiles 2        HTTPServer  →  HTTP Server
 *
 * Every piece must be known; at least one must be a word of the list in its own right, so
 * that initials alone ("jd", "j_d") stay undecided unless the list has them. Digits
 * pass behind a "v" and where the list has word and digits together ("oauth2", "sha256"):
 * "customer5" and "rose85" are names of somebody.
 */
#include "redact/words.h"

#include "redact/words_table.h"

#define SEGMENT_MAX 128 /* bytes; longer text is no name of anything */
#define SHORT_PIECE 2 /* letters that pass beside a word */

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
table_has(const char *p, size_t n)
{
	uint64_t h = words_hash(p, n);
	size_t low = 0, high = words_table_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (words_table[mid] == h)
			return true;
		if (words_table[mid] < h)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* A word as listed, or its plural in -s, -es, -ies. */
static bool
word_has(struct span s)
{
	char w[WORD_BYTES_MAX];
	size_t n = s.n;

	if (n == 0 || n > sizeof(w))
		return false;
	for (size_t i = 0; i < n; i++)
		w[i] = ascii_lower(s.p[i]);
	if (table_has(w, n))
		return true;
	if (n < 3 || w[n - 1] != 's')
		return false;
	if (table_has(w, n - 1))
		return true;
	if (n < 5 || w[n - 2] != 'e')
		return false;
	if (table_has(w, n - 2))
		return true;
	if (w[n - 3] != 'i')
		return false;
	w[n - 3] = 'y';
	return table_has(w, n - 2);
}

/* Length of the piece at the start of s: digits, or letters up to the next hump. */
static size_t
piece_length(struct span s)
{
	size_t n = 1;

	if (ascii_is_digit(s.p[0])) {
		while (n < s.n && ascii_is_digit(s.p[n]))
			n++;
		return n;
	}
	if (is_upper(s.p[0]) && s.n > 1 && is_upper(s.p[1])) {
		while (n < s.n && is_upper(s.p[n]))
			n++;
		/* "HTTPServer": the last capital begins the next word. */
		return n < s.n && is_lower(s.p[n]) ? n - 1 : n;
	}
	while (n < s.n && is_lower(s.p[n]))
		n++;
	return n;
}

bool
words_known(struct span s)
{
	struct span before = SPAN_NONE; /* the word that ends where s begins */
	bool word = false;

	if (s.n > SEGMENT_MAX)
		return false;
	while (s.n > 0) {
		char c = s.p[0];
		struct span piece;

		if (c == '-' || c == '_' || c == '.') {
			s = span_from(s, 1);
			before = SPAN_NONE;
			continue;
		}
		if (!is_upper(c) && !is_lower(c) && !ascii_is_digit(c))
			return false;
		piece = span_head(s, piece_length(s));
		s = span_from(s, piece.n);
		if (ascii_is_digit(c)) {
			if (span_absent(before) ||
			    (!span_ieq(before, SPAN("v")) &&
				!word_has(span_make(before.p, before.n + piece.n))))
				return false;
			before = SPAN_NONE;
			continue;
		}
		if (word_has(piece))
			word = true;
		else if (piece.n > SHORT_PIECE)
			return false;
		before = piece;
	}
	return word;
}
