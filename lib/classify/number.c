/*
 * Values of digits and separators. Digits are compacted once, the lengths of the groups
 * between separators are kept as layout: a social security number in 3-2-4 is another
 * thing than nine digits.
 */
#include "classify/checksum.h"
#include "classify/internal.h"

bool
number_read(struct facts *f)
{
	const char *p = f->v.p;
	unsigned group = 0, dots = 0;

	f->n = 0;
	f->layout = 0;
	f->first_separator = f->last_separator = '\0';
	for (size_t i = 0; i < f->v.n; i++) {
		char c = p[i];

		if (ascii_is_digit(c)) {
			if (f->n == DIGITS_MAX || ++group > 15 + 9)
				return false;
			f->text[f->n++] = c;
			continue;
		}
		if (c == '+' && i == 0)
			continue;
		if (group) {
			f->layout = f->layout << 4 | (group > 15 ? 15 : group);
			group = 0;
			if (!f->first_separator)
				f->first_separator = c;
			f->last_separator = c;
		} else if (c == '-' && i == 0) {
			return false; /* a negative number */
		}
		dots += c == '.';
	}
	if (f->layout >> 56)
		return false;
	if (group)
		f->layout = f->layout << 4 | (group > 15 ? 15 : group);
	/* One dot and nothing else: a decimal. */
	return !(dots == 1 && f->first_separator == '.' && f->last_separator == '.' &&
	    f->layout < 0x100);
}

struct card_range {
	uint32_t from, to; /* of the first six digits */
	uint32_t lengths; /* bit per length */
};
#define L(n) (1u << (n))
/* ISO/IEC 7812 ranges as the schemes publish them. */
static const struct card_range ranges[] = {
    {220000, 220499, L(16) | L(17) | L(18) | L(19)}, /* Mir */
    {222100, 272099, L(16)}, /* Mastercard */
    {300000, 305999, L(14) | L(16)}, /* Diners */
    {340000, 349999, L(15)}, /* American Express */
    {352800, 358999, L(16)}, /* JCB */
    {360000, 369999, L(14)}, /* Diners */
    {370000, 379999, L(15)}, /* American Express */
    {380000, 399999, L(14) | L(16)}, /* Diners */
    {400000, 499999, L(13) | L(16) | L(18) | L(19)}, /* Visa */
    {500000, 509999, L(12) | L(13) | L(14) | L(15) | L(16) | L(17) | L(18) | L(19)},
    {510000, 559999, L(16)}, /* Mastercard */
    {560000, 589999, L(12) | L(13) | L(14) | L(15) | L(16) | L(17) | L(18) | L(19)},
    {601100, 601199, L(16) | L(19)}, /* Discover */
    {620000, 629999, L(14) | L(15) | L(16) | L(17) | L(18) | L(19)}, /* UnionPay */
    {630000, 639999, L(12) | L(13) | L(14) | L(15) | L(16) | L(17) | L(18) | L(19)},
    {644000, 659999, L(16) | L(19)}, /* Discover */
    {670000, 679999, L(12) | L(13) | L(14) | L(15) | L(16) | L(17) | L(18) | L(19)},
    {810000, 817199, L(16) | L(17) | L(18) | L(19)}, /* UnionPay */
};

int
number_card(const char *digits, unsigned n)
{
	uint32_t iin;

	if (n < 12 || n > 19 || !checksum_luhn(digits, n) ||
	    checksum_is_uniform(digits, n))
		return 0;
	iin = (uint32_t)checksum_number(digits, 6);
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (iin >= ranges[i].from && iin <= ranges[i].to)
			/* Twelve to fourteen digits may be anything. */
			return !(ranges[i].lengths & L(n)) ? n >= 14 ? HIT_SHAPE : 0
			    : n < 14			   ? HIT_SHAPE
							   : HIT_CHECKED;
	return n >= 14 && digits[0] != '0' && digits[0] != '9' ? HIT_SHAPE : 0;
}

/* Documentation of schemes and processors. */
static const char *const test_cards[] = {
#define TEST_CARD(digits) digits,
#define TEST_SSN(digits)
#include "classify/test_numbers.def"
#undef TEST_CARD
#undef TEST_SSN
};

bool
number_is_test_card(const char *digits, unsigned n)
{
	for (unsigned i = 0; i < sizeof(test_cards) / sizeof(*test_cards); i++)
		if (strlen(test_cards[i]) == n && memcmp(test_cards[i], digits, n) == 0)
			return true;
	return false;
}

static const char *const test_ssns[] = {
#define TEST_CARD(digits)
#define TEST_SSN(digits) digits,
#include "classify/test_numbers.def"
#undef TEST_CARD
#undef TEST_SSN
};

bool
number_is_ssn(const char *digits, bool test_numbers)
{
	unsigned area = (unsigned)checksum_number(digits, 3);

	if (!test_numbers)
		for (unsigned i = 0; i < sizeof(test_ssns) / sizeof(*test_ssns); i++)
			if (memcmp(test_ssns[i], digits, 9) == 0)
				return false;
	/* 987-65-432x is kept for advertisements. */
	if (memcmp(digits, "98765432", 8) == 0)
		return test_numbers;
	return area != 0 && area != 666 && area < 900 &&
	    (digits[3] != '0' || digits[4] != '0') &&
	    memcmp(digits + 5, "0000", 4) != 0 && !checksum_is_uniform(digits, 9);
}

bool
number_is_itin(const char *digits)
{
	unsigned group = (unsigned)checksum_number(digits + 3, 2);

	return digits[0] == '9' &&
	    ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
		(group >= 90 && group <= 92) || (group >= 94 && group <= 99));
}

static void
card_hits(const struct facts *f, struct class_hits *h)
{
	int strength = number_card(f->text, f->n);

	if (strength == 0 || (!f->test_numbers && number_is_test_card(f->text, f->n)))
		return;
	if (f->layout >> 4) { /* grouped: as on the card, or something else */
		bool as_printed = f->layout == 0x4444 || f->layout == 0x465 ||
		    f->layout == 0x464 || f->layout == 0x44443;

		if (f->first_separator != ' ' && f->first_separator != '-')
			return;
		if (strength == HIT_CHECKED)
			strength = as_printed ? HIT_CERTAIN : HIT_SHAPE;
	}
	hits_add(h, ID_CARD_NUMBER, (enum class_strength)strength, false);
}

static void
bank_hits(const struct facts *f, struct class_hits *h)
{
	bool plain = f->first_separator == '\0' || f->first_separator == '-' ||
	    f->first_separator == ' ';

	if (!plain)
		return;
	if (f->n >= 5 && f->n <= 18)
		hits_add(h, ID_BANK_ACCOUNT, HIT_SHAPE, false);
	if (f->n == 9) {
		unsigned district = (unsigned)checksum_number(f->text, 2);
		bool known = district <= 12 || (district >= 21 && district <= 32) ||
		    (district >= 61 && district <= 72) || district == 80;

		if (known && checksum_weighted(f->text, "371371371") % 10 == 0 &&
		    !checksum_is_uniform(f->text, 9))
			hits_add(h, ID_BANK_ROUTING, HIT_CHECKED, false);
	} else if ((f->n == 6 &&
		       (f->layout == 0x222 || f->layout == 6 || f->layout == 0x33)) ||
	    f->n == 8)
		hits_add(h, ID_BANK_ROUTING, HIT_SHAPE, false);
}

static void
us_hits(const struct facts *f, struct class_hits *h)
{
	bool dashed =
	    f->layout == 0x324 && f->first_separator == '-' && f->last_separator == '-';

	if (f->first_separator != f->last_separator)
		return;
	if (f->layout != 9 && f->layout != 0x324 && f->layout != 0x36 &&
	    f->layout != 0x54)
		return;
	if (number_is_ssn(f->text, f->test_numbers))
		hits_add(h, ID_US_SSN, dashed ? HIT_CHECKED : HIT_SHAPE, false);
	else if (number_is_itin(f->text))
		hits_add(h, ID_US_ITIN, dashed ? HIT_CHECKED : HIT_SHAPE, false);
}

void
number_hits(const struct facts *f, struct class_hits *h)
{
	if (f->n >= 12)
		card_hits(f, h);
	if (f->n == 9)
		us_hits(f, h);
	national_hits(f, h);
	if (f->layout == f->n && (f->n == 3 || f->n == 4))
		hits_add(h, ID_CARD_CODE, HIT_SHAPE, false);
	if (f->layout == f->n && f->n >= 4 && f->n <= 8)
		hits_add(h, ID_PIN, HIT_SHAPE, false);
	bank_hits(f, h);
	if (f->n >= 5 && f->n <= 18) {
		hits_add(h, ID_NATIONAL_ID, HIT_SHAPE, false);
		hits_add(h, ID_DRIVING_LICENCE, HIT_SHAPE, false);
		hits_add(h, ID_HEALTH_INSURANCE, HIT_SHAPE, false);
	}
	if (f->layout == f->n && f->n >= 7 && f->n <= 10)
		hits_add(h, ID_PASSPORT, HIT_SHAPE, false);
	if (f->n >= 4 && f->n <= 12)
		hits_add(h, ID_MEDICAL_RECORD, HIT_SHAPE, false);
}
