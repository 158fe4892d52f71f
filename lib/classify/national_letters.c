/*
 * Identity numbers that may have letters. The text is compacted: upper-case letters and
 * digits; n says how many.
 */
#include "classify/checksum.h"
#include "classify/internal.h"

/* Whether text is as the picture says: 9 a digit, A a letter, X either, others themselves. */
static bool
is_like(const char *text, unsigned n, const char *picture)
{
	for (unsigned i = 0; i < n; i++) {
		bool digit = ascii_is_digit(text[i]), letter = ascii_is_letter(text[i]);

		switch (picture[i]) {
		case '9':
			if (!digit)
				return false;
			break;
		case 'A':
			if (!letter)
				return false;
			break;
		case 'X':
			if (!digit && !letter)
				return false;
			break;
		default:
			if (text[i] != picture[i])
				return false;
		}
	}
	return picture[n] == '\0';
}

static bool
is_date(const char *p, bool day_first)
{
	unsigned month = (unsigned)checksum_number(p + 2, 2);
	unsigned day = (unsigned)checksum_number(day_first ? p : p + 4, 2);

	return checksum_is_day(month, day);
}

static bool
is_es_dni(const char *t)
{
	static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
	char digits[8];

	if (!is_like(t, 9, "X9999999A"))
		return false;
	memcpy(digits, t, 8);
	if (t[0] >= 'X' && t[0] <= 'Z')
		digits[0] = (char)('0' + (t[0] - 'X'));
	else if (!ascii_is_digit(t[0]))
		return false;
	return letters[checksum_number(digits, 8) % 23] == t[8];
}

/* [STFGM] seven digits, letter: sums of digits, an offset by series. */
static bool
is_sg_nric(const char *t)
{
	static const char st[] = "JZIHGFEDCBA", fg[] = "XWUTRQPNMLK", m[] = "KLJNPQRTUWX";
	unsigned sum;

	if (!is_like(t, 9, "A9999999A"))
		return false;
	sum = checksum_weighted(t + 1, "2765432");
	switch (t[0]) {
	case 'S': return st[sum % 11] == t[8];
	case 'T': return st[(sum + 4) % 11] == t[8];
	case 'F': return fg[sum % 11] == t[8];
	case 'G': return fg[(sum + 4) % 11] == t[8];
	case 'M': return m[10 - (sum + 3) % 11] == t[8];
	default: return false;
	}
}

static bool
is_uk_nino(const char *t)
{
	static const char *const unused[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};

	if (!is_like(t, 9, "AA999999A") || t[8] > 'D' || strchr("DFIQUV", t[0]) ||
	    strchr("DFIOQUV", t[1]))
		return false;
	for (unsigned i = 0; i < sizeof(unused) / sizeof(*unused); i++)
		if (memcmp(unused[i], t, 2) == 0)
			return false;
	return true;
}

static bool
is_ie_pps(const char *t, unsigned n)
{
	unsigned sum;

	if (!is_like(t, 8, "9999999A") ||
	    (n == 9 && (t[8] < 'A' || t[8] > 'I') && t[8] != 'W'))
		return false;
	sum = checksum_weighted(t, "8765432");
	if (n == 9 && t[8] != 'W')
		sum += 9 * (unsigned)(t[8] - 'A' + 1);
	return (sum % 23 == 0 ? 'W' : (char)('A' + sum % 23 - 1)) == t[7];
}

static bool
is_cl_rut(const char *t, unsigned n)
{
	unsigned sum = 0, weight = 2, check;

	for (unsigned i = n - 1; i-- > 0;) {
		if (!ascii_is_digit(t[i]))
			return false;
		sum += (unsigned)(t[i] - '0') * weight;
		weight = weight == 7 ? 2 : weight + 1;
	}
	check = 11 - sum % 11;
	return t[n - 1] == (check == 11 ? '0' : check == 10 ? 'K' : (char)('0' + check));
}

static bool
is_hk_id(const char *t, unsigned n)
{
	unsigned sum, check;

	if (n != 8 || !is_like(t, 8, "A999999X"))
		return false;
	sum =
	    36 * 9 + (unsigned)(t[0] - 'A' + 10) * 8 + checksum_weighted(t + 1, "765432");
	check = (11 - sum % 11) % 11;
	return t[7] == (check == 10 ? 'A' : (char)('0' + check));
}

static bool
is_fi_hetu(const char *t, char separator)
{
	static const char letters[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	char digits[9];

	/* ddmmyy, a century sign (a separator or a letter), three digits, a letter. */
	if (separator == '\0') {
		if (!is_like(t, 11, "999999A999X") || strchr("ABCDEFUVWXY", t[6]) == NULL)
			return false;
		memcpy(digits, t, 6);
		memcpy(digits + 6, t + 7, 3);
		t += 10;
	} else {
		if (!is_like(t, 10, "999999999X") ||
		    (separator != '-' && separator != '+'))
			return false;
		memcpy(digits, t, 9);
		t += 9;
	}
	return is_date(digits, true) && checksum_number(digits + 6, 3) >= 2 &&
	    letters[checksum_number(digits, 9) % 31] == *t;
}

/* Values of characters at odd places; letters first, digits count as A … J. */
static const uint8_t cf_odd[26] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
    6, 8, 12, 14, 16, 10, 22, 25, 24, 23};

static int
it_cf(const char *t)
{
	unsigned sum = 0;

	/* Digits may be letters L … V when two people would have the same code. */
	for (unsigned i = 0; i < 16; i++) {
		bool letter_place = i < 6 || i == 8 || i == 11 || i == 15;
		unsigned v;

		if (letter_place
			? !ascii_is_letter(t[i])
			: !ascii_is_digit(t[i]) && strchr("LMNPQRSTUV", t[i]) == NULL)
			return 0;
		v = (unsigned)(ascii_is_digit(t[i]) ? t[i] - '0' : t[i] - 'A');
		if (i < 15)
			sum += i & 1 ? v : cf_odd[v];
	}
	if (strchr("ABCDEHLMPRST", t[8]) == NULL)
		return 0;
	return t[15] == (char)('A' + sum % 26) ? HIT_CERTAIN : 0;
}

static int
mx_curp(const char *t)
{
	/* Ñ (two bytes) does not get here; it takes place 24, so O counts 25. */
	unsigned sum = 0, v;

	if (!is_like(t, 18, "AAAA999999AAAAAAX9") || !is_date(t + 4, false) ||
	    strchr("HMX", t[10]) == NULL)
		return 0;
	for (unsigned i = 0; i < 17; i++) {
		v = (unsigned)(ascii_is_digit(t[i]) ? t[i] - '0' : t[i] - 'A' + 10);
		sum += (v + (v >= 24)) * (18 - i);
	}
	return (10 - sum % 10) % 10 == (unsigned)(t[17] - '0') ? HIT_CERTAIN
							       : HIT_CHECKED;
}

static bool
is_cn_ric(const char *t)
{
	unsigned sum = 0, weight[17], year;

	for (unsigned i = 0; i < 17; i++) {
		if (!ascii_is_digit(t[i]))
			return false;
		weight[i] = (1u << (17 - i)) % 11;
		sum += (unsigned)(t[i] - '0') * weight[i];
	}
	year = (unsigned)checksum_number(t + 6, 4);
	return t[0] != '0' && year >= 1880 && year <= 2100 && is_date(t + 8, false) &&
	    "10X98765432"[sum % 11] == t[17];
}

static bool
is_fr_nir(const char *t)
{
	char digits[13];
	unsigned month;

	for (unsigned i = 0; i < 15; i++)
		if (!ascii_is_digit(t[i]) && !(i == 6 && (t[i] == 'A' || t[i] == 'B')))
			return false;
	memcpy(digits, t, 13);
	if (!ascii_is_digit(t[6])) { /* Corsica */
		digits[5] = '1';
		digits[6] = t[6] == 'A' ? '9' : '8';
	}
	month = (unsigned)checksum_number(t + 3, 2);
	if (t[0] < '1' || t[0] > '4' || month == 0 || (month > 12 && month < 20) ||
	    (month > 42 && month < 50))
		return false;
	return 97 - checksum_number(digits, 13) % 97 == checksum_number(t + 13, 2);
}

static bool
is_in_pan(const char *t)
{
	return is_like(t, 10, "AAAAA9999A") && strchr("ABCFGHJLPT", t[3]) != NULL;
}

static bool
is_us_mbi(const char *t)
{
	static const char picture[] = "9AX9AX9AA99";

	for (unsigned i = 0; i < 11; i++)
		if (strchr("SLOIBZ", t[i]) != NULL)
			return false;
	return t[0] != '0' && is_like(t, 11, picture);
}

/* Krankenversichertennummer: a letter as two digits, then Luhn's weights from the left. */
static bool
is_de_kvnr(const char *t)
{
	char digits[11];
	unsigned sum = 0;

	if (!is_like(t, 10, "A999999999"))
		return false;
	digits[0] = (char)('0' + (t[0] - 'A' + 1) / 10);
	digits[1] = (char)('0' + (t[0] - 'A' + 1) % 10);
	memcpy(digits + 2, t + 1, 9);
	for (unsigned i = 0; i < 10; i++) {
		unsigned v = (unsigned)(digits[i] - '0') * (1 + (i & 1));

		sum += v / 10 + v % 10;
	}
	return sum % 10 == (unsigned)(digits[10] - '0');
}

static void
nine(const struct facts *f, struct class_hits *h)
{
	const char *t = f->text;
	bool grouped = f->layout >> 4;

	if (is_es_dni(t))
		hits_add(h, ID_ES_DNI, HIT_CHECKED, false);
	if (!grouped && is_sg_nric(t))
		hits_add(h, ID_SG_NRIC, HIT_CHECKED, false);
	else if (!grouped && is_like(t, 9, "A9999999A") && strchr("STFGM", t[0]))
		hits_add(h, ID_SG_NRIC, HIT_SHAPE, false);
	if (is_uk_nino(t))
		hits_add(h, ID_UK_NINO, HIT_CHECKED, false);
	if (is_ie_pps(t, 9))
		hits_add(h, ID_IE_PPS, HIT_CHECKED, false);
}

void
national_letter_hits(const struct facts *f, struct class_hits *h)
{
	const char *t = f->text;
	int strength;

	if (f->n == 8 || f->n == 9) {
		bool printed = f->last_separator == '-' && (f->layout & 15) == 1;

		if (f->n == 9)
			nine(f, h);
		else if (is_ie_pps(t, 8))
			hits_add(h, ID_IE_PPS, HIT_CHECKED, false);
		if (is_cl_rut(t, f->n))
			hits_add(h, ID_CL_RUT, printed ? HIT_CHECKED : HIT_SHAPE, false);
		if (is_hk_id(t, f->n))
			hits_add(h, ID_HK_ID,
			    f->kinds & KIND_PAREN ? HIT_CHECKED : HIT_SHAPE, false);
	}
	if (f->n == 10 && is_in_pan(t))
		hits_add(h, ID_IN_PAN, HIT_CHECKED, false);
	if (f->n == 10 && is_de_kvnr(t))
		hits_add(h, ID_HEALTH_INSURANCE, HIT_CHECKED, false);
	if ((f->n == 11 && f->layout < 16 && is_fi_hetu(t, '\0')) ||
	    (f->n == 10 && f->layout == 0x64 && is_fi_hetu(t, f->first_separator)))
		hits_add(h, ID_FI_HETU,
		    ascii_is_digit(t[f->n - 1]) && f->n == 10 ? HIT_CHECKED : HIT_CERTAIN,
		    false);
	if (f->n == 11 && is_us_mbi(t))
		hits_add(
		    h, ID_US_MBI, f->layout == 0x434 ? HIT_CERTAIN : HIT_CHECKED, false);
	if (f->n == 15 && is_fr_nir(t))
		hits_add(h, ID_FR_NIR, HIT_CERTAIN, false);
	if (f->n == 16 && (strength = it_cf(t)) != 0)
		hits_add(h, ID_IT_CF, (enum class_strength)strength, false);
	if (f->n == 18 && (strength = mx_curp(t)) != 0)
		hits_add(h, ID_MX_CURP, (enum class_strength)strength, false);
	if (f->n == 18 && is_cn_ric(t))
		hits_add(h, ID_CN_RIC, HIT_CERTAIN, false);
}
