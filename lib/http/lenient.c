/*
 * The other reading of a path: as a server takes it that decodes again what it has decoded,
 * takes backslashes and encoded slashes for slashes, short bytes for their overlong UTF-8
 * and a NUL for the end. Rules are asked about both readings (engine/confused.c).
 */
#include "http/target.h"

#define ROUNDS_MAX 4 /* of decoding: nobody nests deeper but to try this */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
hex_pair(const char *p)
{
	int hi = hex_digit(p[0]), lo = hex_digit(p[1]);

	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

/* One round over p[0..n), in place: %41, %u0041 and overlong forms. The new length. */
static size_t
decode_round(char *p, size_t n)
{
	size_t o = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned c = (uint8_t)p[i];
		int v = -1;

		if (c == '%' && n - i >= 6 && ascii_lower(p[i + 1]) == 'u' &&
		    hex_pair(p + i + 2) == 0 && (v = hex_pair(p + i + 4)) >= 0)
			i += 5;
		else if (c == '%' && n - i >= 3 && (v = hex_pair(p + i + 1)) >= 0)
			i += 2;
		else if ((c == 0xc0 || c == 0xc1) && n - i >= 2 &&
		    ((uint8_t)p[i + 1] & 0xc0) == 0x80)
			v = (int)((c & 1) << 6 | ((uint8_t)p[++i] & 0x3f));
		else if (c == 0xe0 && n - i >= 3 && ((uint8_t)p[i + 1] & 0xfe) == 0x80 &&
		    ((uint8_t)p[i + 2] & 0xc0) == 0x80) {
			v = (((uint8_t)p[i + 1] & 1) << 6) | ((uint8_t)p[i + 2] & 0x3f);
			i += 2;
		}
		p[o++] = (char)(v >= 0 ? v : (int)c);
	}
	return o;
}

/* What another reading needs: an escape, a backslash, a byte outside ASCII or a NUL. */
static bool
is_plain(struct span path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '%' || path.p[i] == '\\' || path.p[i] == 0 ||
		    (uint8_t)path.p[i] >= 0x80)
			return false;
	return true;
}

struct span
target_lenient(struct span path, struct arena *a)
{
	size_t n = path.n < TARGET_BYTES_MAX ? path.n : TARGET_BYTES_MAX, before;
	char *p;

	if (is_plain(path) || (p = arena_text(a, n)) == NULL)
		return SPAN_NONE;
	memcpy(p, path.p, n);
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		before = n;
		n = decode_round(p, n);
		if (n == before)
			break;
	}
	n = span_find(span_make(p, n), '\0');
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\\')
			p[i] = '/';
	return span_make(p, n);
}
