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

static int
b64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-' || c == '+')
		return 62;
	if (c == '_' || c == '/')
		return 63;
	return -1;
}

int
b64_decode(struct span text, void *out, size_t cap, size_t *n)
{
	uint8_t *o = out;
	uint32_t v = 0;
	unsigned bits = 0;
	size_t used = 0;

	*n = 0;
	while (text.n && text.p[text.n - 1] == '=')
		text.n--;
	if (text.n % 4 == 1)
		return ERR_MALFORMED;
	for (size_t i = 0; i < text.n; i++) {
		int d = b64_digit(text.p[i]);

		if (d < 0)
			return ERR_MALFORMED;
		v = v << 6 | (uint32_t)d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			if (used == cap)
				return ERR_RANGE;
			o[used++] = (uint8_t)(v >> bits);
		}
	}
	*n = used;
	return OK;
}
