/* Check digits. */
#include "classify/checksum.h"

bool
checksum_luhn(const char *digits, unsigned n)
{
	static const uint8_t doubled[10] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0');

		sum += i & 1 ? doubled[d] : d;
	}
	return sum % 10 == 0;
}

bool
checksum_verhoeff(const char *digits, unsigned n)
{
	static const uint8_t product[10][10] = {
	    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	    {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
	    {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
	    {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
	    {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
	    {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
	    {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
	    {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
	    {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
	    {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
	};
	static const uint8_t permuted[8][10] = {
	    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	    {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
	    {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
	    {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
	    {9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
	    {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
	    {2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
	    {7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
	};
	unsigned c = 0;

	for (unsigned i = 0; i < n; i++)
		c = product[c][permuted[i & 7][digits[n - 1 - i] - '0']];
	return c == 0;
}

bool
checksum_mod11_10(const char *digits, unsigned n)
{
	unsigned p = 10;

	for (unsigned i = 0; i + 1 < n; i++) {
		unsigned s = ((unsigned)(digits[i] - '0') + p) % 10;

		p = (s ? s : 10) * 2 % 11;
	}
	return (p + (unsigned)(digits[n - 1] - '0')) % 10 == 1;
}

unsigned
checksum_mod97(const char *text, unsigned n)
{
	unsigned r = 0;

	for (unsigned i = 0; i < n; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			r = (r * 10 + (unsigned)(c - '0')) % 97;
		else if (c >= 'A' && c <= 'Z')
			r = (r * 100 + (unsigned)(c - 'A' + 10)) % 97;
		else
			return 97;
	}
	return r;
}

unsigned
checksum_weighted(const char *digits, const char *weights)
{
	unsigned sum = 0;

	for (unsigned i = 0; weights[i] != '\0'; i++) {
		char w = weights[i];

		sum += (unsigned)(digits[i] - '0') *
		    (unsigned)(w <= '9' ? w - '0' : w - 'A' + 10);
	}
	return sum;
}

bool
checksum_is_uniform(const char *digits, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		if (digits[i] != digits[0])
			return false;
	return true;
}

uint64_t
checksum_number(const char *digits, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v * 10 + (uint64_t)(digits[i] - '0');
	return v;
}

bool
checksum_is_day(unsigned month, unsigned day)
{
	static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}
