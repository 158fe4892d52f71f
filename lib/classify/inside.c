/*
 * What stands inside longer text. One pass; at each beginning of a word the next bytes say
 * what it may be. Only what few other things look like counts here, bounded on both sides:
 * parts of UUIDs, paths, runs of hex or base64 are no candidates.
 */
#include "classify/checksum.h"
#include "classify/phrases.h"

#define NUMBER_BYTES_MAX 26 /* "4111 1111 1111 1111 111" and some */
#define NUMBER_BYTES_MIN 7 /* nothing shorter is told from other numbers */
#define TOKEN_MIN 8 /* bytes of the shortest and longest code of letters and digits */
#define TOKEN_MAX 64
#define JWT_TRIES 8 /* beginnings of tokens in one value; each may be read to its end */
#define BEFORE_BYTES 32 /* text before a number that says what it is */

struct scan {
	const struct class_set *set;
	const struct facts *f;
	struct class_hits *h;
	struct span text;
	unsigned jwts; /* beginnings of such that were none */
};

static bool
is_word(char c)
{
	return byte_kind[(uint8_t)c] &
	    (KIND_DIGIT | KIND_LETTER | KIND_UNDERSCORE | KIND_HIGH);
}

/* Whether a number may end before or begin behind this byte. */
static bool
is_bound(struct span s, size_t at, bool before)
{
	char c;

	if (before ? at == 0 : at >= s.n)
		return true;
	c = s.p[before ? at - 1 : at];
	if (byte_kind[(uint8_t)c] & KIND_BOUND)
		return true;
	/* A full stop, not a decimal point. */
	return c == '.' && !before &&
	    (at + 1 >= s.n || byte_kind[(uint8_t)s.p[at + 1]] & KIND_BOUND);
}

/* Whether one of the words (blank on both sides of each) ends the text before at. */
static bool
is_said(struct span text, size_t at, const char *words)
{
	size_t from = at > BEFORE_BYTES ? at - BEFORE_BYTES : 0;
	struct span before = span_make(text.p + from, at - from);
	char word[BEFORE_BYTES + 2];
	size_t n = 0;

	for (size_t i = 0; i <= before.n; i++) {
		char c = i < before.n ? ascii_lower(before.p[i]) : ' ';

		if (i < before.n && ascii_is_letter(c)) {
			word[n++ + 1] = c;
			continue;
		}
		if (n > 1) {
			word[0] = ' ';
			word[n + 1] = ' ';
			if (span_find_span(span_str(words), span_make(word, n + 2)) <
			    strlen(words))
				return true;
		}
		n = 0;
	}
	return false;
}

static const char card_words[] = " card cards credit debit visa mastercard amex cc pan "
				 "payment paid pay charge charged "
				 "billed cardnumber ccnum ";
static const char other_words[] =
    " order orders ref reference id no nr number tracking invoice ticket case parcel sku "
    "item "
    "transaction txn trace imei serial shipment awb receipt request session booking "
    "batch ean "
    "upc isbn gtin account version build timestamp ts uuid guid hash ";
static const char ssn_words[] = " ssn social security ";

/* Digits and single separators from at on; returns the bytes read. */
static size_t
read_number(const struct scan *s, size_t at, struct facts *f)
{
	size_t end = at;
	char separator = '\0';

	while (end < s->text.n && end - at < NUMBER_BYTES_MAX) {
		char c = s->text.p[end];

		if (ascii_is_digit(c)) {
			end++;
			continue;
		}
		if ((c != ' ' && c != '-' && c != '.') ||
		    (separator != '\0' && c != separator &&
			!(separator == '.' && c == '-')) ||
		    end + 1 >= s->text.n || !ascii_is_digit(s->text.p[end + 1]))
			break;
		separator = c;
		end++;
	}
	f->v = span_make(s->text.p + at, end - at);
	return end - at;
}

static void
found(const struct scan *s, enum class_id id, enum class_strength strength)
{
	hits_add(s->h, id, strength, true);
}

static void
card_inside(const struct scan *s, const struct facts *f, size_t at)
{
	int strength = number_card(f->text, f->n);
	bool grouped = f->layout == 0x4444 || f->layout == 0x465 || f->layout == 0x464;

	if (strength == 0 || (!f->test_numbers && number_is_test_card(f->text, f->n)))
		return;
	if (grouped && f->first_separator != '.' && strength == HIT_CHECKED)
		found(s, ID_CARD_NUMBER, HIT_CERTAIN);
	else if (f->layout >> 4)
		return;
	else if (is_said(s->text, at, card_words))
		found(s, ID_CARD_NUMBER, HIT_CERTAIN);
	else if (strength == HIT_CHECKED && f->n >= 15 &&
	    !is_said(s->text, at, other_words))
		found(s, ID_CARD_NUMBER, HIT_CHECKED);
}

/* What else a value from at to end is: itself when nothing else looks so, or by the words
 * around it. */
static void
named_inside(const struct scan *s, const struct class_hits *h, size_t at, size_t end)
{
	struct words w;
	unsigned from = 0;

	/* The whole value has been looked at. */
	if (h->n == 0 || (at == 0 && end == s->text.n))
		return;
	context_around(
	    s->set, span_head(s->text, at), span_from(s->text, end), &w, &from);
	for (unsigned i = 0; i < h->n; i++) {
		enum class_id id = (enum class_id)h->hit[i].cls;
		unsigned strength = h->hit[i].strength;

		if (id == ID_CARD_NUMBER || id == ID_US_SSN)
			continue;
		if (strength == HIT_CERTAIN)
			found(s, id, HIT_CERTAIN);
		else if (context_says(s->set, &w, from, id))
			found(s, id, strength == HIT_CHECKED ? HIT_CERTAIN : HIT_CHECKED);
		else if (strength == HIT_CHECKED &&
		    (id == ID_IP_ADDRESS ||
			(id == ID_PHONE && !is_said(s->text, at, other_words))))
			found(s, id, HIT_CHECKED);
	}
}

static void
ssn_inside(const struct scan *s, const struct facts *f, size_t at)
{
	bool dashed =
	    f->layout == 0x324 && f->first_separator == '-' && f->last_separator == '-';

	if (f->n != 9 || !number_is_ssn(f->text, f->test_numbers))
		return;
	if ((dashed || f->layout == 9 || f->layout == 0x324) &&
	    is_said(s->text, at, ssn_words))
		found(s, ID_US_SSN, HIT_CERTAIN);
	else if (dashed && !is_said(s->text, at, other_words))
		found(s, ID_US_SSN, HIT_CHECKED);
}

/* A number at a beginning of a word; returns the bytes to go on behind. */
static size_t
number_inside(const struct scan *s, size_t at)
{
	struct facts f = {.type = CLASS_STRING, .test_numbers = s->f->test_numbers};
	size_t n = read_number(s, at, &f);
	struct class_hits h = {0};

	if (n < NUMBER_BYTES_MIN || !is_bound(s->text, at, true) ||
	    !is_bound(s->text, at + n, false))
		return n;
	for (size_t i = 0; i < n; i++) {
		f.kinds |= byte_kind[(uint8_t)f.v.p[i]] & ~KIND_BOUND;
		f.digits += ascii_is_digit(f.v.p[i]);
	}
	if (f.digits < NUMBER_BYTES_MIN && !(f.kinds & KIND_DOT))
		return n;
	value_numbers(&f, &h);
	if (f.n >= 12)
		card_inside(s, &f, at);
	ssn_inside(s, &f, at);
	named_inside(s, &h, at, at + n);
	return n;
}

/* "+49 170 1234567", "+1 (415) 555-0132" */
static size_t
phone_inside(const struct scan *s, size_t at)
{
	char digits[16];
	unsigned n = 0;
	size_t end = at + 1;

	while (end < s->text.n && n < 15) {
		char c = s->text.p[end];

		if (ascii_is_digit(c))
			digits[n++] = c;
		else if (strchr(" -.()", c) == NULL || c == '\0')
			break;
		end++;
	}
	while (end > at && !ascii_is_digit(s->text.p[end - 1]))
		end--;
	if (n >= 10 && n <= 13 && is_bound(s->text, at, true) &&
	    is_bound(s->text, end, false) && digits[0] != '0') {
		struct facts f = {.v = span_make(s->text.p + at, end - at), .n = n};

		memcpy(f.text, digits, n);
		if (person_phone(&f) >= HIT_CHECKED)
			found(s, ID_PHONE, HIT_CHECKED);
	}
	return end > at ? end - at : 1;
}

/* Around an '@'. */
static void
email_inside(const struct scan *s, size_t at)
{
	const uint32_t local =
	    KIND_DIGIT | KIND_LETTER | KIND_DOT | KIND_DASH | KIND_UNDERSCORE | KIND_PLUS;
	const uint32_t domain = KIND_DIGIT | KIND_LETTER | KIND_DOT | KIND_DASH;
	size_t from = at, end = at + 1;
	struct span v;

	while (from > 0 && at - from <= 64 &&
	    byte_kind[(uint8_t)s->text.p[from - 1]] & local)
		from--;
	while (end < s->text.n && byte_kind[(uint8_t)s->text.p[end]] & domain)
		end++;
	while (end > at && (s->text.p[end - 1] == '.' || s->text.p[end - 1] == '-'))
		end--;
	v = span_make(s->text.p + from, end - from);
	/* user@host of URLs and of git and scp, package@version. */
	if (from > 0 && strchr("/:@%\\", s->text.p[from - 1]) != NULL &&
	    !(from >= 7 && memcmp(s->text.p + from - 7, "mailto:", 7) == 0) &&
	    s->text.p[from - 1] != ':')
		return;
	if (from >= 3 && memcmp(s->text.p + from - 3, "://", 3) == 0)
		return;
	if (end + 1 < s->text.n && s->text.p[end] == ':' && s->text.p[end + 1] != ' ' &&
	    s->text.p[end + 1] != '\n')
		return;
	if (span_starts(v, SPAN("git@")) || span_starts(v, SPAN("noreply@")) ||
	    span_starts(v, SPAN("no-reply@")))
		return;
	if (net_email(v) == HIT_CERTAIN)
		found(s, ID_EMAIL, HIT_CERTAIN);
}

/* "://user:password@host"; returns the bytes to go on behind. */
static size_t
url_inside(const struct scan *s, size_t at)
{
	size_t user = at + 3, i = user, colon = 0;

	for (; i < s->text.n && i - user < 128 && s->text.p[i] != '@'; i++) {
		char c = s->text.p[i];

		if (c == ':' && colon == 0)
			colon = i;
		else if (strchr("/?# \t\r\n\"'<>{}$%", c) != NULL)
			return 3;
	}
	if (i == s->text.n || s->text.p[i] != '@')
		return 3;
	if (colon > user && i - colon >= 3 &&
	    !secret_is_placeholder(span_make(s->text.p + colon + 1, i - colon - 1)))
		found(s, ID_PASSWORD, HIT_CERTAIN);
	return i + 1 - at;
}

/* A code of letters, digits and hyphens. */
static void
code_inside(const struct scan *s, size_t at)
{
	struct facts f = {.type = CLASS_STRING, .test_numbers = s->f->test_numbers};
	struct class_hits h = {0};
	size_t n = 0;

	for (; at + n < s->text.n && n <= TOKEN_MAX; n++) {
		uint16_t k = byte_kind[(uint8_t)s->text.p[at + n]];

		if (!(k & (KIND_DIGIT | KIND_LETTER | KIND_DASH)))
			break;
		f.kinds |= k;
		f.digits += (k & KIND_DIGIT) != 0;
		f.letters += (k & KIND_LETTER) != 0;
	}
	if (n < TOKEN_MIN || n > TOKEN_MAX || f.digits < 2 ||
	    !is_bound(s->text, at + n, false))
		return;
	f.v = span_make(s->text.p + at, n);
	if (n <= 42 && identifier_read(&f))
		identifier_hits(&f, &h);
	if (n >= 26 && !(f.kinds & KIND_DASH))
		identifier_wallet_hits(&f, &h);
	named_inside(s, &h, at, at + n);
}

static bool
is_hex(char c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

/* An IPv6 or hardware address behind a bound; its length. */
static size_t
address_inside(const struct scan *s, size_t at)
{
	struct span rest = span_head(span_from(s->text, at), 50);
	size_t n = 0;

	/* A group of up to four and its sign. */
	while (n < rest.n && n < 4 && is_hex(rest.p[n]))
		n++;
	if (n == rest.n || (rest.p[n] != ':' && (rest.p[n] != '-' || n != 2)))
		return 0;
	/* Not from the middle of a longer run of such. */
	if (at > 1 && s->text.p[at - 1] == ':' && s->text.p[at - 2] != ' ')
		return 0;
	while (n < rest.n && (is_hex(rest.p[n]) || memchr(":.-/", rest.p[n], 4) != NULL))
		n++;
	while (n > 0 && memchr("./-", rest.p[n - 1], 3) != NULL)
		n--;
	rest.n = n;
	if (n == 0 || !is_bound(s->text, at + n, false) ||
	    (at + n < s->text.n && s->text.p[at + n] == ':'))
		return 0;
	if (net_is_mac(rest))
		found(s, ID_MAC_ADDRESS, HIT_CERTAIN);
	else if (net_ipv6(rest) == HIT_CERTAIN)
		found(s, ID_IP_ADDRESS, HIT_CERTAIN);
	else
		return 0;
	return n;
}

/* Letters and digits from a beginning of a word: IBAN, codes of persons, secrets. */
static size_t
word_inside(struct scan *s, size_t at)
{
	struct span rest = span_from(s->text, at);
	size_t n = 0, used;
	unsigned digits = 0;

	used = secret_may_begin(s->set->secrets, rest)
	    ? secret_provider(s->set->secrets, rest, s->f->test_numbers)
	    : 0;
	if (used != 0 && (used == rest.n || !is_word(rest.p[used]))) {
		found(s, ID_PROVIDER_KEY, HIT_CERTAIN);
		return used;
	}
	if (s->jwts < JWT_TRIES && span_starts(rest, SPAN("eyJ"))) {
		used = secret_jwt(rest);
		if (used != 0) {
			found(s, ID_JWT, HIT_CERTAIN);
			return used;
		}
		s->jwts++;
	}
	for (; n < rest.n && is_word(rest.p[n]); n++)
		digits += ascii_is_digit(rest.p[n]);
	if (rest.n >= 15 && ascii_is_letter(rest.p[0]) && ascii_is_letter(rest.p[1]) &&
	    ascii_is_digit(rest.p[2]) && ascii_is_digit(rest.p[3]) &&
	    is_bound(s->text, at, true)) {
		struct facts f = {.type = CLASS_STRING};
		size_t end = n;

		/* In fours as printed. */
		while (n == 4 && end + 2 < rest.n && end < 42 && rest.p[end] == ' ' &&
		    is_word(rest.p[end + 1]) && !(rest.p[end + 1] & 0x80)) {
			end++;
			for (used = 0; end < rest.n && used < 4 && is_word(rest.p[end]);)
				end++, used++;
			if (used < 4)
				break;
		}
		f.v = span_head(rest, end);
		if (end <= 42 && is_bound(s->text, at + end, false) &&
		    identifier_read(&f) && identifier_is_iban(f.text, f.n)) {
			found(s, ID_IBAN, HIT_CERTAIN);
			return end;
		}
	}
	if ((digits >= 2 || (n < rest.n && rest.p[n] == '-')) &&
	    is_bound(s->text, at, true))
		code_inside(s, at);
	return n ? n : 1;
}

/* Where secret_is_shaped() may say yes, by the sign that each of its kinds has. */
static bool
may_be_shaped(struct span s)
{
	const char *p = s.p;

	return s.n >= 36 &&
	    (p[32] == '-' || p[8] == ':' || p[9] == ':' || p[10] == ':' || p[14] == '.' ||
		p[5] == '~' || p[24] == '.' || p[25] == '.' || p[26] == '.' ||
		p[27] == '.' || p[28] == '.');
}

/* A token behind a bound that is a provider's by its shape; its length. */
static size_t
shaped_inside(const struct scan *s, size_t at)
{
	struct span rest = span_head(span_from(s->text, at), 100);
	size_t n = 0;

	if (!may_be_shaped(rest))
		return 0;
	while (n < rest.n && (is_word(rest.p[n]) || strchr("-.:~", rest.p[n]) != NULL) &&
	    rest.p[n] != '\0')
		n++;
	if (n == 0 || !secret_is_shaped(span_head(rest, n)))
		return 0;
	found(s, ID_PROVIDER_KEY, HIT_CERTAIN);
	return n;
}

void
inside_hits(const struct class_set *set, const struct facts *f, struct class_hits *h)
{
	struct scan s = {set, f, h, span_head(f->v, TEXT_SCANNED), 0};
	size_t i = 0, n;

	while (i < s.text.n) {
		char c = s.text.p[i];
		uint16_t k = byte_kind[(uint8_t)c];

		bool bound = i == 0 || byte_kind[(uint8_t)s.text.p[i - 1]] & KIND_BOUND;

		if (bound && k & (KIND_LETTER | KIND_DIGIT) &&
		    (n = shaped_inside(&s, i)) != 0) {
			i += n;
		} else if (bound && (is_hex(c) || c == ':') &&
		    (n = address_inside(&s, i)) != 0) {
			i += n;
		} else if (k & KIND_LETTER) {
			i += word_inside(&s, i);
		} else if (k & KIND_DIGIT) {
			size_t start = i;

			i += number_inside(&s, i);
			if (i < s.text.n && is_word(s.text.p[i]) &&
			    is_bound(s.text, start, true))
				code_inside(&s, start);
			while (i < s.text.n && is_word(s.text.p[i]))
				i++;
		} else if (c == '@') {
			email_inside(&s, i++);
		} else if (c == '+') {
			i += phone_inside(&s, i);
		} else if (c == ':' && s.text.n - i > 8 && s.text.p[i + 1] == '/' &&
		    s.text.p[i + 2] == '/') {
			i += url_inside(&s, i);
		} else if (c == '-' && (i == 0 || s.text.p[i - 1] != '-') &&
		    secret_is_pem(span_from(s.text, i))) {
			found(&s, ID_PRIVATE_KEY, HIT_CERTAIN);
			i += 5;
		} else if (k & (KIND_HIGH | KIND_UNDERSCORE)) {
			while (i < s.text.n && is_word(s.text.p[i]))
				i++;
		} else {
			i++;
		}
	}
}
