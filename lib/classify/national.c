/*
 * Identity numbers that are all digits. Formulas: algorithms known from the issuing
 * authorities' publications; each has a table of real positives and near misses in its test.
 */
#include "classify/checksum.h"
#include "classify/internal.h"

static unsigned
number(const char *p, unsigned n)
{
	return (unsigned)checksum_number(p, n);
}

/* Year, month, day in two digits each. */
static bool
is_yymmdd(const char *p)
{
	return checksum_is_day(number(p + 2, 2), number(p + 4, 2));
}

static bool
is_ddmmyy(const char *p)
{
	return checksum_is_day(number(p + 2, 2), number(p, 2));
}

static void
add(struct class_hits *h, enum class_id id, enum class_strength strength)
{
	hits_add(h, id, strength, false);
}

static bool
is_bare(const struct facts *f)
{
	return f->layout == f->n;
}

static bool
is_pt_nif(const char *d)
{
	unsigned sum = checksum_weighted(d, "98765432");
	unsigned check = sum % 11 < 2 ? 0 : 11 - sum % 11;

	return strchr("1235689", d[0]) != NULL && (unsigned)(d[8] - '0') == check;
}

static void
nine(const struct facts *f, struct class_hits *h)
{
	const char *d = f->text;
	bool grouped = f->layout == 0x333;

	if ((!is_bare(f) && !grouped) || checksum_is_uniform(d, 9))
		return;
	/* SIN: 0 and 8 are not given out (0 outside tests). */
	if (checksum_luhn(d, 9) && d[0] != '0' && d[0] != '8')
		add(h, ID_CA_SIN, grouped ? HIT_CHECKED : HIT_SHAPE);
	if (checksum_weighted(d, "14375869A") % 11 == 0)
		add(h, ID_AU_TFN, grouped ? HIT_CHECKED : HIT_SHAPE);
	if ((checksum_weighted(d, "98765432") + 11 * 9 - (unsigned)(d[8] - '0')) % 11 ==
	    0)
		add(h, ID_NL_BSN, HIT_SHAPE);
	if (is_pt_nif(d))
		add(h, ID_PT_NIF, HIT_SHAPE);
}

static bool
is_se_pnr(const char *d) /* the last ten digits */
{
	unsigned day = number(d + 4, 2);

	if (day > 60)
		day -= 60; /* coordination number */
	return checksum_is_day(number(d + 2, 2), day) && checksum_luhn(d, 10);
}

static bool
is_npi(const char *d)
{
	char with_issuer[15] = {'8', '0', '8', '4', '0'};

	memcpy(with_issuer + 5, d, 10);
	return (d[0] == '1' || d[0] == '2') && checksum_luhn(with_issuer, 15);
}

static bool
is_nhs(const char *d)
{
	return checksum_weighted(d, "A987654321") % 11 == 0 &&
	    !checksum_is_uniform(d, 10);
}

static bool
is_au_medicare(const char *d)
{
	return d[0] >= '2' && d[0] <= '6' &&
	    checksum_weighted(d, "13791379") % 10 == (unsigned)(d[8] - '0');
}

static void
ten(const struct facts *f, struct class_hits *h)
{
	const char *d = f->text;
	bool bare = is_bare(f);

	if (bare && is_se_pnr(d))
		add(h, ID_SE_PNR, HIT_SHAPE);
	else if (f->layout == 0x64 && is_se_pnr(d))
		add(h, ID_SE_PNR, HIT_CHECKED);
	if (bare && is_ddmmyy(d))
		add(h, ID_DK_CPR, HIT_SHAPE);
	else if (f->layout == 0x64 && f->first_separator == '-' && is_ddmmyy(d))
		add(h, ID_DK_CPR, HIT_CHECKED);
	if ((bare || f->layout == 0x433) && is_npi(d))
		add(h, ID_US_NPI, HIT_SHAPE);
	if ((bare || f->layout == 0x334) && is_nhs(d))
		add(h, ID_UK_NHS,
		    !bare && f->first_separator == ' ' ? HIT_CHECKED : HIT_SHAPE);
	if ((bare || f->layout == 0x451) && is_au_medicare(d))
		add(h, ID_HEALTH_INSURANCE, HIT_CHECKED);
}

static bool
is_cpf(const char *d)
{
	unsigned c1 = (11 - checksum_weighted(d, "A98765432") % 11) % 11 % 10;
	unsigned c2 = (11 - (checksum_weighted(d, "BA9876543") + 2 * c1) % 11) % 11 % 10;

	return (unsigned)(d[9] - '0') == c1 && (unsigned)(d[10] - '0') == c2 &&
	    !checksum_is_uniform(d, 11);
}

static bool
is_pesel(const char *d)
{
	unsigned month = number(d + 2, 2) % 20;

	return checksum_is_day(month, number(d + 4, 2)) &&
	    (10 - checksum_weighted(d, "1379137913") % 10) % 10 ==
	    (unsigned)(d[10] - '0');
}

static bool
is_tckn(const char *d)
{
	unsigned odd = 0, even = 0, all;

	for (unsigned i = 0; i < 9; i++)
		*(i & 1 ? &even : &odd) += (unsigned)(d[i] - '0');
	/* 7 odd - even, kept above zero */
	if (d[0] == '0' || (odd * 7 + 10 * 9 - even) % 10 != (unsigned)(d[9] - '0'))
		return false;
	all = odd + even + (unsigned)(d[9] - '0');
	return all % 10 == (unsigned)(d[10] - '0');
}

/* Of the first ten digits one stands there two or three times, the others at most once;
 * published samples do not keep that. */
static int
de_idnr(const char *d)
{
	uint8_t count[10] = {0};
	unsigned repeated = 0, most = 0;

	if (d[0] == '0' || !checksum_mod11_10(d, 11))
		return 0;
	for (unsigned i = 0; i < 10; i++)
		count[d[i] - '0']++;
	for (unsigned i = 0; i < 10; i++) {
		most = count[i] > most ? count[i] : most;
		repeated += count[i] > 1;
	}
	return repeated == 1 && most <= 3 ? HIT_CHECKED : HIT_SHAPE;
}

static bool
is_be_nn(const char *d)
{
	uint64_t v = checksum_number(d, 9);
	unsigned check = number(d + 9, 2), month = number(d + 2, 2) % 20;

	if (month > 12 || (month != 0 && number(d + 4, 2) > 31))
		return false;
	return (97 - v % 97 == check || 97 - (2000000000u + v) % 97 == check) &&
	    check != 0;
}

static bool
is_no_fnr(const char *d)
{
	unsigned k1 = 11 - checksum_weighted(d, "376189452") % 11;
	unsigned k2 = 11 - checksum_weighted(d, "5432765432") % 11;
	unsigned day = number(d, 2), month = number(d + 2, 2);

	if (day > 40)
		day -= 40; /* D number */
	if (month > 40)
		month -= 40; /* H number */
	return checksum_is_day(month, day) && k1 % 11 == (unsigned)(d[9] - '0') &&
	    k2 % 11 == (unsigned)(d[10] - '0');
}

static void
eleven(const struct facts *f, struct class_hits *h)
{
	const char *d = f->text;
	bool bare = is_bare(f);
	int strength;

	if (bare || (f->layout == 0x3332 && f->last_separator == '-'))
		if (is_cpf(d))
			add(h, ID_BR_CPF,
			    !bare && f->first_separator == '.' ? HIT_CERTAIN
							       : HIT_CHECKED);
	if (bare || f->layout == 0x22232 || f->layout == 0x632)
		if (is_be_nn(d))
			add(h, ID_BE_NN,
			    f->layout == 0x22232 && f->first_separator == '.'
				? HIT_CERTAIN
				: HIT_CHECKED);
	if ((bare || f->layout == 0x65) && is_no_fnr(d))
		add(h, ID_NO_FNR, HIT_CHECKED);
	if ((bare || f->layout == 0x2333) && (strength = de_idnr(d)) != 0)
		add(h, ID_DE_IDNR, (enum class_strength)strength);
	if (!bare)
		return;
	if (is_pesel(d))
		add(h, ID_PL_PESEL, HIT_CHECKED);
	if (is_tckn(d))
		add(h, ID_TR_TCKN, HIT_CHECKED);
	if (is_au_medicare(d))
		add(h, ID_HEALTH_INSURANCE, HIT_CHECKED);
}

static bool
is_mynumber(const char *d)
{
	unsigned r = checksum_weighted(d, "65432765432") % 11;

	return (r < 2 ? 0 : 11 - r) == (unsigned)(d[11] - '0');
}

static void
twelve(const struct facts *f, struct class_hits *h)
{
	const char *d = f->text;
	bool bare = is_bare(f), fours = f->layout == 0x444, palindrome = true;
	unsigned century = number(d, 2);

	for (unsigned i = 0; i < 6; i++)
		palindrome &= d[i] == d[11 - i];
	if ((bare || fours) && d[0] >= '2' && !palindrome && checksum_verhoeff(d, 12))
		add(h, ID_IN_AADHAAR, fours ? HIT_CHECKED : HIT_SHAPE);
	if ((bare || fours) && is_mynumber(d) && !checksum_is_uniform(d, 12))
		add(h, ID_JP_MYNUMBER, fours ? HIT_CHECKED : HIT_SHAPE);
	if ((bare || f->layout == 0x84) && century >= 18 && century <= 20 &&
	    is_se_pnr(d + 2))
		add(h, ID_SE_PNR, HIT_CHECKED);
}

static bool
is_za_id(const char *d)
{
	return is_yymmdd(d) && d[10] <= '2' && checksum_luhn(d, 13);
}

static bool
is_th_id(const char *d)
{
	return d[0] != '0' && d[0] != '9' &&
	    (11 - checksum_weighted(d, "DCBA98765432") % 11) % 10 ==
	    (unsigned)(d[12] - '0');
}

static bool
is_ro_cnp(const char *d)
{
	unsigned r = checksum_weighted(d, "279146358279") % 11;

	return d[0] >= '1' && d[0] <= '8' && is_yymmdd(d + 1) && number(d + 7, 2) >= 1 &&
	    number(d + 7, 2) <= 52 && (r == 10 ? 1 : r) == (unsigned)(d[12] - '0');
}

static void
thirteen(const struct facts *f, struct class_hits *h)
{
	const char *d = f->text;
	bool bare = is_bare(f);

	if ((bare || f->layout == 0x67) && is_yymmdd(d)) {
		bool checked = (11 - checksum_weighted(d, "234567892345") % 11) % 10 ==
		    (unsigned)(d[12] - '0');

		/* Numbers given out since October 2020 have no check digit. */
		if (!bare && f->first_separator == '-' && d[6] >= '1' && d[6] <= '8')
			add(h, ID_KR_RRN, HIT_CHECKED);
		else if (bare && d[6] >= '1' && d[6] <= '8' && checked)
			add(h, ID_KR_RRN, HIT_SHAPE);
	}
	if ((bare || f->layout == 0x6412 || f->layout == 0x643) && is_za_id(d))
		add(h, ID_ZA_ID, HIT_CHECKED);
	if (bare && is_ro_cnp(d))
		add(h, ID_RO_CNP, HIT_CHECKED);
	if ((bare || f->layout == 0x14521) && is_th_id(d))
		add(h, ID_TH_ID, bare ? HIT_SHAPE : HIT_CHECKED);
	if ((bare || f->layout == 0x3442) && memcmp(d, "756", 3) == 0 &&
	    (checksum_weighted(d, "131313131313") + (unsigned)(d[12] - '0')) % 10 == 0)
		add(h, ID_CH_AHV, HIT_CERTAIN);
}

void
national_hits(const struct facts *f, struct class_hits *h)
{
	switch (f->n) {
	case 9: nine(f, h); break;
	case 10: ten(f, h); break;
	case 11: eleven(f, h); break;
	case 12: twelve(f, h); break;
	case 13: thirteen(f, h); break;
	default: break;
	}
	/* Those that may have letters: in 15 and 18 places, and shorter ones by check letter. */
	if ((f->n >= 8 && f->n <= 10) || f->n == 15 || f->n == 18)
		national_letter_hits(f, h);
}
