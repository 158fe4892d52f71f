/*
 * Values of letters and digits with few separators: IBAN, identity numbers with letters,
 * passports and licences, codes of diagnoses, addresses of crypto currencies.
 */
#include "classify/checksum.h"
#include "classify/internal.h"

#define IBAN_MAX 34

bool
identifier_read(struct facts *f)
{
	unsigned group = 0;

	f->n = 0;
	f->layout = 0;
	f->first_separator = f->last_separator = '\0';
	for (size_t i = 0; i < f->v.n; i++) {
		char c = f->v.p[i];

		if (ascii_is_digit(c) || ascii_is_letter(c)) {
			if (f->n == DIGITS_MAX + 16)
				return false;
			f->text[f->n++] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
			group++;
			continue;
		}
		if (group == 0)
			return false; /* begins with a separator, or two of them */
		f->layout = f->layout << 4 | (group > 15 ? 15 : group);
		if (!f->first_separator)
			f->first_separator = c;
		f->last_separator = c;
		group = 0;
	}
	if (group)
		f->layout = f->layout << 4 | (group > 15 ? 15 : group);
	return f->n > 0;
}

/* Lengths by country: the SWIFT registry. */
static const struct {
	char country[2];
	uint8_t length;
} ibans[] = {
#define IBAN_COUNTRY(country, length) {country, length},
#include "classify/iban.def"
#undef IBAN_COUNTRY
};

bool
identifier_is_iban(const char *text, unsigned n)
{
	char turned[IBAN_MAX];

	if (n < 15 || n > IBAN_MAX || !ascii_is_digit(text[2]) ||
	    !ascii_is_digit(text[3]))
		return false;
	for (unsigned i = 0; i < sizeof(ibans) / sizeof(*ibans); i++) {
		if (memcmp(ibans[i].country, text, 2) != 0)
			continue;
		if (ibans[i].length != n)
			return false;
		memcpy(turned, text + 4, n - 4);
		memcpy(turned + n - 4, text, 4);
		return checksum_mod97(turned, n) == 1;
	}
	return false;
}

static void
iban_hits(const struct facts *f, struct class_hits *h)
{
	/* Whole, or in fours as printed. */
	if (f->first_separator == '\0' || f->first_separator == ' ' ||
	    f->first_separator == '-')
		if (identifier_is_iban(f->text, f->n))
			hits_add(h, ID_IBAN, HIT_CERTAIN, false);
}

/* The polynomial of bech32 (BIP 173) and bech32m (BIP 350), for "bc" and "tb". */
static bool
is_bech32(struct span s)
{
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	static const uint32_t generator[] = {
	    0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint8_t values[5 + 90];
	uint32_t chk = 1;
	unsigned n = 0;

	if (s.n < 14 || s.n > 90 || s.p[2] != '1' ||
	    (memcmp(s.p, "bc", 2) != 0 && memcmp(s.p, "tb", 2) != 0))
		return false;
	values[n++] = (uint8_t)(s.p[0] >> 5);
	values[n++] = (uint8_t)(s.p[1] >> 5);
	values[n++] = 0;
	values[n++] = s.p[0] & 31;
	values[n++] = s.p[1] & 31;
	for (size_t i = 3; i < s.n; i++) {
		const char *at = memchr(alphabet, s.p[i], sizeof(alphabet) - 1);

		if (at == NULL)
			return false;
		values[n++] = (uint8_t)(at - alphabet);
	}
	for (unsigned i = 0; i < n; i++) {
		uint32_t top = chk >> 25;

		chk = (chk & 0x1ffffff) << 5 ^ values[i];
		for (unsigned j = 0; j < 5; j++)
			chk ^= top >> j & 1 ? generator[j] : 0;
	}
	return chk == 1 || chk == 0x2bc830a3;
}

static bool
is_base58(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '0' || s.p[i] == 'O' || s.p[i] == 'I' || s.p[i] == 'l')
			return false;
	return true;
}

static bool
is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]) &&
		    !(ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'f'))
			return false;
	return true;
}

void
identifier_wallet_hits(const struct facts *f, struct class_hits *h)
{
	struct span s = f->v;

	if (is_bech32(s))
		hits_add(h, ID_CRYPTO_WALLET, HIT_CERTAIN, false);
	else if (s.n == 42 && s.p[0] == '0' && s.p[1] == 'x' && is_hex(span_from(s, 2)))
		hits_add(h, ID_CRYPTO_WALLET, HIT_CHECKED, false);
	else if (s.n >= 26 && s.n <= 35 && (s.p[0] == '1' || s.p[0] == '3') &&
	    f->letters > 4 && f->kinds & KIND_UPPER && f->kinds & KIND_LOWER &&
	    is_base58(s))
		hits_add(h, ID_CRYPTO_WALLET, HIT_SHAPE, false);
}

/* A00 … Z99 but U (kept), an optional dot and up to four more. */
static int
icd10(struct span s)
{
	size_t rest = s.n > 3 && s.p[3] == '.' ? 4 : 3;

	if (s.n < 3 || s.n > 8 || s.p[0] < 'A' || s.p[0] > 'Z' ||
	    !ascii_is_digit(s.p[1]) ||
	    !(ascii_is_digit(s.p[2]) || s.p[2] == 'A' || s.p[2] == 'B') ||
	    (s.n > 3 && rest == 4 && s.n == 4) || s.n - rest > 4)
		return 0;
	for (size_t i = rest; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]) && !(s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return 0;
	return rest == 4 ? HIT_CHECKED : HIT_SHAPE;
}

/* Driver numbers of the UK: five of the surname (9 fills up), decade, month (+50 for
 * women), day, year, initials, three more. */
static bool
is_uk_driver(const char *t, unsigned n)
{
	unsigned month, day;

	if (n != 16 || !ascii_is_letter(t[0]))
		return false;
	for (unsigned i = 1; i < 5; i++)
		if (!ascii_is_letter(t[i]) && t[i] != '9')
			return false;
	for (unsigned i = 5; i < 11; i++)
		if (!ascii_is_digit(t[i]))
			return false;
	month = (unsigned)checksum_number(t + 6, 2) % 50;
	day = (unsigned)checksum_number(t + 8, 2);
	return month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
	    (ascii_is_letter(t[11]) || t[11] == '9');
}

static void
document_hits(const struct facts *f, struct class_hits *h)
{
	if (f->digits < 2 || f->kinds & (KIND_SLASH | KIND_PLUS) || f->n < 5)
		return;
	if (f->n <= 20) {
		hits_add(h, ID_NATIONAL_ID, HIT_SHAPE, false);
		hits_add(h, ID_HEALTH_INSURANCE, HIT_SHAPE, false);
		hits_add(h, ID_DRIVING_LICENCE,
		    is_uk_driver(f->text, f->n) ? HIT_CHECKED : HIT_SHAPE, false);
		hits_add(h, ID_MEDICAL_RECORD, HIT_SHAPE, false);
		if (f->n >= 8)
			hits_add(h, ID_BANK_ACCOUNT, HIT_SHAPE, false);
	}
	if (f->n >= 6 && f->n <= 10)
		hits_add(h, ID_PASSPORT, HIT_SHAPE, false);
}

void
identifier_hits(const struct facts *f, struct class_hits *h)
{
	int strength;

	if (f->n >= 15)
		iban_hits(f, h);
	if (f->n >= 8 && f->n <= 18)
		national_letter_hits(f, h);
	if (f->blanks == 0 && (f->layout < 16 || f->layout < 0x100) &&
	    (strength = icd10(f->v)) != 0)
		hits_add(h, ID_ICD10, (enum class_strength)strength, false);
	document_hits(f, h);
}
