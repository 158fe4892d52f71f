/* Between words.c and the generator: the table's hash and its generated form. */
#ifndef REDACT_WORDS_TABLE_H
#define REDACT_WORDS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define WORD_BYTES_MAX 48 /* longer ones are no words */

extern const uint64_t words_table[]; /* sorted, no value twice */
extern const size_t words_table_n;

/* FNV-1a (Fowler, Noll, Vo) of a lower-case word: the table is public, 64 bits keep
 * chance hits below 1 in 10^14. */
static inline uint64_t
words_hash(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 0x100000001b3u;
	return h;
}

#endif
