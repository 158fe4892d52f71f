/*
 * A span is a pointer and a length, passed by value; it owns nothing and is not terminated
 * by NUL. Every piece of foreign input is a span: lengths are compared with what remains,
 * never added to an offset. Pure: no allocation, no I/O, any process.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct span {
	const char
	    *p; /* may be NULL when n is 0: absent is SPAN_NONE, empty has p != NULL */
	size_t n; /* bytes */
};

#define SPAN_NONE ((struct span){NULL, 0})
#define SPAN(lit) ((struct span){"" lit, sizeof(lit) - 1})

static inline struct span
span_make(const void *p, size_t n)
{
	return (struct span){p, n};
}

static inline struct span
span_str(const char *s)
{
	return s ? (struct span){s, strlen(s)} : SPAN_NONE;
}

static inline bool
span_absent(struct span s)
{
	return s.p == NULL;
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

static inline bool
span_ends(struct span s, struct span suffix)
{
	return s.n >= suffix.n && memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0;
}

/* The part from offset to the end; empty when offset is past it. */
static inline struct span
span_from(struct span s, size_t offset)
{
	if (offset > s.n)
		offset = s.n;
	return (struct span){s.p + offset, s.n - offset};
}

/* The first n bytes, fewer when there are fewer. */
static inline struct span
span_head(struct span s, size_t n)
{
	return (struct span){s.p, n < s.n ? n : s.n};
}

/* Equal without regard to ASCII case. */
bool span_ieq(struct span a, struct span b);
/* Starts with prefix without regard to ASCII case. */
bool span_istarts(struct span s, struct span prefix);
/* Bytewise order, shorter first among equal prefixes: <0, 0, >0. */
int span_cmp(struct span a, struct span b);
/* Offset of the first byte c, or s.n. */
size_t span_find(struct span s, char c);
/* Offset of the first occurrence of needle, or s.n. An empty needle is found at 0. */
size_t span_find_span(struct span s, struct span needle);
/* Without ASCII blanks (space, tab, CR, LF) at both ends. */
struct span span_trim(struct span s);
/* Cuts *rest at the first sep: returns what stands before, *rest is what follows it. With
 * no sep left returns all and makes *rest absent, so that `while (!span_absent(rest))` ends. */
struct span span_cut(struct span *rest, char sep);

/* A whole span of decimal digits as a number. ERR_MALFORMED: empty or another character;
 * ERR_RANGE: does not fit. */
MUST_CHECK int span_u64(struct span s, uint64_t *out);
/* The same with an optional sign. */
MUST_CHECK int span_i64(struct span s, int64_t *out);

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool
ascii_is_letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

#endif
