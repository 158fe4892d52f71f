/* Spans: comparing, cutting and reading numbers. */
#include "base/span.h"

bool
span_istarts(struct span s, struct span prefix)
{
	if (s.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		if (ascii_lower(s.p[i]) != ascii_lower(prefix.p[i]))
			return false;
	return true;
}

bool
span_ieq(struct span a, struct span b)
{
	return a.n == b.n && span_istarts(a, b);
}

int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

size_t
span_find(struct span s, char c)
{
	const char *p = s.n ? memchr(s.p, c, s.n) : NULL;

	return p ? (size_t)(p - s.p) : s.n;
}

size_t
span_find_span(struct span s, struct span needle)
{
	const char *p;

	if (needle.n == 0)
		return 0;
	p = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return p ? (size_t)(p - s.p) : s.n;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span
span_cut(struct span *rest, char sep)
{
	struct span s = *rest;
	size_t at = span_find(s, sep);

	if (at == s.n) {
		*rest = SPAN_NONE;
		return s;
	}
	*rest = span_from(s, at + 1);
	return span_head(s, at);
}

int
span_u64(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	*out = 0;
	if (s.n == 0)
		return ERR_MALFORMED;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)s.p[i] - '0';

		if (d > 9)
			return ERR_MALFORMED;
		if (v > (UINT64_MAX - d) / 10)
			return ERR_RANGE;
		v = v * 10 + d;
	}
	*out = v;
	return OK;
}

int
span_i64(struct span s, int64_t *out)
{
	bool neg = s.n && s.p[0] == '-';
	uint64_t v;
	int rc;

	*out = 0;
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = span_from(s, 1);
	if ((rc = span_u64(s, &v)) != OK)
		return rc;
	if (v > (uint64_t)INT64_MAX + neg)
		return ERR_RANGE;
	*out = neg ? (int64_t)(0 - v) : (int64_t)v;
	return OK;
}
