/* Strings of JSON, for the walker: finding their end and decoding them. Pure. */
#ifndef HTTP_JSONSTRING_H
#define HTTP_JSONSTRING_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "http/body.h"

#define JSON_CHUNK 16 /* bytes looked at in one step where that many are left */

#ifdef __SSE2__
/* Bit per byte that ends plain text: a quote, a backslash, a control byte or one ≥ 0x80. */
static inline unsigned
json_special16(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
				       _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))),
	    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(hit, v));
}
#endif

/* Offset in p[0..n) of the first quote, backslash, control byte or byte ≥ 0x80; else n. */
size_t json_plain_length(const char *p, size_t n);

/* The same, inline for what most strings are: shorter than a chunk. */
static inline size_t
json_plain_quick(const char *p, size_t n)
{
#ifdef __SSE2__
	if (n >= JSON_CHUNK) {
		unsigned hit = json_special16(p);

		if (hit)
			return (unsigned)__builtin_ctz(hit);
	}
#endif
	return json_plain_length(p, n);
}

/* Copies a name of at most JSON_CHUNK bytes, reading and writing that many; false, and what
 * was written does not count, if it has a '.', '[' or '\'. */
static inline bool
json_name_copy(char *out, struct span name)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)name.p);
	__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')),
	    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('[')),
		_mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))));

	_mm_storeu_si128((__m128i *)(void *)out, v);
	return ((unsigned)_mm_movemask_epi8(hit) & ((1u << name.n) - 1)) == 0;
#else
	(void)out;
	(void)name;
	return false;
#endif
}

/* *at: the byte after the opening quote. OK: *at is the closing quote, *escaped says whether
 * there are backslashes, *high whether there are bytes ≥ 0x80 (not checked). ERR_TRUNCATED,
 * ERR_MALFORMED (*at is where). */
MUST_CHECK int
json_string_scan(const char **at, const char *end, bool *escaped, bool *high);

/* Decodes what was scanned into out, which has room for raw.n bytes; returns the bytes
 * written. Sets BODY_NUL and BODY_BAD_UTF8 (a lone surrogate becomes U+FFFD). */
size_t json_string_decode(struct span raw, char *out, uint32_t *flags);

#endif
