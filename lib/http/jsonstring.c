/* Strings of JSON: sixteen bytes at a time until something special comes (RFC 8259 §7). */
#include "http/jsonstring.h"

#include <endian.h>

#include "http/utf8.h"

static int
hex4(const char *p)
{
	int v = 0;

	for (unsigned i = 0; i < 4; i++) {
		char c = p[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v |= (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* Bytes of the escape at p (a backslash) if it is whole and valid; 0: ended, -1: invalid. */
static int
escape_length(const char *p, const char *end)
{
	if (end - p < 2)
		return 0;
	if (p[1] != 'u')
		return memchr("\"\\/bfnrt", p[1], 8) ? 2 : -1;
	for (unsigned i = 2; i < 6; i++) {
		char c;

		if (end - p <= (int)i)
			return 0;
		c = p[i];
		if ((c < '0' || c > '9') && ((c | 0x20) < 'a' || (c | 0x20) > 'f'))
			return -1;
	}
	return 6;
}

/* Eight bytes at a time, then one by one. */
static size_t
plain_length8(const char *p, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t w, quote, slash, hit;

		memcpy(&w, p + i, 8);
		w = le64toh(w);
		quote = w ^ ones * '"';
		slash = w ^ ones * '\\';
		/* the lowest bit set is exact: borrows only go upwards */
		hit = (((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
			  ((w - ones * 0x20) & ~w) | w) &
		    high;
		if (hit)
			return i + (unsigned)__builtin_ctzll(hit) / 8;
	}
	for (; i < n; i++) {
		uint8_t c = (uint8_t)p[i];

		if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80)
			break;
	}
	return i;
}

size_t
json_plain_length(const char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; n - i >= JSON_CHUNK; i += JSON_CHUNK) {
		unsigned hit = json_special16(p + i);

		if (hit)
			return i + (unsigned)__builtin_ctz(hit);
	}
#endif
	return i + plain_length8(p + i, n - i);
}

size_t
json_string_decode(struct span raw, char *out, uint32_t *flags)
{
	const char *p = raw.p, *end = raw.p + raw.n;
	char *o = out;

	while (p < end) {
		int code, low;

		if (*p != '\\') {
			*o++ = *p++;
			continue;
		}
		p += 2;
		switch (p[-1]) {
		case 'b': *o++ = '\b'; continue;
		case 'f': *o++ = '\f'; continue;
		case 'n': *o++ = '\n'; continue;
		case 'r': *o++ = '\r'; continue;
		case 't': *o++ = '\t'; continue;
		case 'u': break;
		default: *o++ = p[-1]; continue;
		}
		code = hex4(p);
		p += 4;
		if (code >= 0xd800 && code < 0xdc00 && end - p >= 6 && p[0] == '\\' &&
		    p[1] == 'u' && (low = hex4(p + 2)) >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			p += 6;
		}
		if (code == 0)
			*flags |= BODY_NUL;
		if (code >= 0xd800 && code < 0xe000) {
			*flags |= BODY_BAD_UTF8;
			code = 0xfffd;
		}
		o += utf8_put((uint32_t)code, o);
	}
	return (size_t)(o - out);
}

int
json_string_scan(const char **at, const char *end, bool *escaped, bool *high)
{
	const char *p = *at;
	int n, rc = ERR_TRUNCATED;

	*escaped = *high = false;
	for (;;) {
		p += json_plain_length(p, (size_t)(end - p));
		if (p == end)
			break;
		if (*p == '"') {
			rc = OK;
			break;
		}
		n = 1;
		if (*p == '\\') {
			n = escape_length(p, end);
			*escaped = true;
		} else if ((uint8_t)*p >= 0x80) {
			*high = true;
		} else {
			n = -1;
		}
		if (n <= 0) {
			rc = n < 0 ? ERR_MALFORMED : ERR_TRUNCATED;
			break;
		}
		p += n;
	}
	*at = p;
	return rc;
}
