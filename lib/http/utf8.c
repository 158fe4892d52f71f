/* UTF-8: checking (the table of RFC 3629 §4) and writing one character. */
#include "http/utf8.h"

/* Bytes of the character that starts with c; *low and *high bound its second byte. */
static unsigned
utf8_lead(uint8_t c, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef) {
		if (c == 0xe0)
			*low = 0xa0;
		if (c == 0xed)
			*high = 0x9f;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		if (c == 0xf0)
			*low = 0x90;
		if (c == 0xf4)
			*high = 0x8f;
		return 4;
	}
	return 0;
}

size_t
utf8_valid(struct span s, bool *cut)
{
	const uint8_t *p = (const uint8_t *)s.p;
	size_t i = 0;

	if (cut)
		*cut = false;
	while (i < s.n) {
		uint8_t low, high;
		unsigned n, k;
		uint64_t word;

		if (s.n - i >= sizeof(word)) {
			memcpy(&word, p + i, sizeof(word));
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				i += sizeof(word);
				continue;
			}
		}
		if (p[i] < 0x80) {
			i++;
			continue;
		}
		n = utf8_lead(p[i], &low, &high);
		if (n == 0)
			return i;
		for (k = 1; k < n && k < s.n - i; k++) {
			if (p[i + k] < low || p[i + k] > high)
				return i;
			low = 0x80;
			high = 0xbf;
		}
		if (k < n) {
			if (cut)
				*cut = true;
			return i;
		}
		i += n;
	}
	return s.n;
}

size_t
utf8_put(uint32_t code, char out[UTF8_BYTES_MAX])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 63));
		out[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 63));
	out[2] = (char)(0x80 | (code >> 6 & 63));
	out[3] = (char)(0x80 | (code & 63));
	return 4;
}
