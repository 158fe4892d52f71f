/* Hex and base64url. */
#include "base/encode.h"

void
hex_encode(const void *src, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = src;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
hex_decode(struct span text, void *out, size_t n)
{
	uint8_t *p = out;

	memset(out, 0, n);
	if (text.n != HEX_LEN(n))
		return ERR_MALFORMED;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(text.p[2 * i]), lo = hex_digit(text.p[2 * i + 1]);

		if (hi < 0 || lo < 0) {
			memset(out, 0, n);
			return ERR_MALFORMED;
		}
		p[i] = (uint8_t)(hi << 4 | lo);
	}
	return OK;
}

static const char b64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t
b64url_encode(const void *src, size_t n, char *out)
{
	const uint8_t *p = src;
	char *o = out;

	for (; n >= 3; n -= 3, p += 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*o++ = b64_digits[v >> 18];
		*o++ = b64_digits[v >> 12 & 63];
		*o++ = b64_digits[v >> 6 & 63];
		*o++ = b64_digits[v & 63];
	}
	if (n) {
		uint32_t v = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0);

		*o++ = b64_digits[v >> 18];
		*o++ = b64_digits[v >> 12 & 63];
		if (n > 1)
			*o++ = b64_digits[v >> 6 & 63];
	}
	return (size_t)(o - out);
}

#define B64_BAD 64

/* Value of each byte as a digit of either alphabet, B64_BAD: none. */
static const uint8_t b64_value[256] = {
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    62,
    64,
    62,
    64,
    63,
    52,
    53,
    54,
    55,
    56,
    57,
    58,
    59,
    60,
    61,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    64,
    64,
    64,
    64,
    63,
    64,
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    33,
    34,
    35,
    36,
    37,
    38,
    39,
    40,
    41,
    42,
    43,
    44,
    45,
    46,
    47,
    48,
    49,
    50,
    51,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
    64,
};

int
b64_decode(struct span text, void *out, size_t cap, size_t *n)
{
	const uint8_t *p = (const uint8_t *)text.p;
	uint8_t *o = out;
	uint32_t v = 0, bad = 0;
	size_t bytes;

	*n = 0;
	while (text.n && text.p[text.n - 1] == '=')
		text.n--;
	if (text.n % 4 == 1)
		return ERR_MALFORMED;
	for (size_t i = 0; i < text.n; i++)
		bad |= b64_value[p[i]];
	if (bad & B64_BAD)
		return ERR_MALFORMED;
	bytes = text.n / 4 * 3 + (text.n % 4 ? text.n % 4 - 1 : 0);
	if (bytes > cap)
		return ERR_RANGE;
	for (; text.n >= 4; text.n -= 4, p += 4, o += 3) {
		v = (uint32_t)b64_value[p[0]] << 18 | (uint32_t)b64_value[p[1]] << 12 |
		    (uint32_t)b64_value[p[2]] << 6 | b64_value[p[3]];
		o[0] = (uint8_t)(v >> 16);
		o[1] = (uint8_t)(v >> 8);
		o[2] = (uint8_t)v;
	}
	if (text.n > 1) {
		v = (uint32_t)b64_value[p[0]] << 18 | (uint32_t)b64_value[p[1]] << 12 |
		    (text.n > 2 ? (uint32_t)b64_value[p[2]] << 6 : 0);
		o[0] = (uint8_t)(v >> 16);
		if (text.n > 2)
			o[1] = (uint8_t)(v >> 8);
	}
	*n = bytes;
	return OK;
}
