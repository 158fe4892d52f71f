/*
 * Names of fields as words, and what sequences of words say. "cardHolder_name2" is
 * card, holder, name; digits are dropped, plurals lose their s, words written together
 * ("emailaddress") are taken apart when every piece is a word known here.
 */
#ifndef CLASSIFY_PHRASES_H
#define CLASSIFY_PHRASES_H

#include "classify/internal.h"

#define WORDS_MAX 12 /* words of one name that are looked at */
#define WORD_BYTES 32
#define PHRASE_WORDS 5

/* Groups of words: what a name, its siblings or the endpoint are about. */
enum word_group {
	ABOUT_CARD = 1,
	ABOUT_BANK = 2,
	ABOUT_PERSON = 4,
	ABOUT_ADDRESS = 8,
	ABOUT_HEALTH = 0x10,
	ABOUT_GEO = 0x20,
	ABOUT_LOGIN = 0x40,
	ABOUT_NET = 0x80,
	ABOUT_IDENTITY = 0x100, /* documents of persons */
	WORD_NEUTRAL = 0x1000, /* behind a phrase it changes nothing: value, text, line */
	WORD_FLAG = 0x2000, /* before a phrase it asks about it: is, has, can */
	WORD_AGAINST = 0x4000, /* speaks against every class: order, sku, version */
	WORD_KNOWN = 0x8000, /* in some phrase */
	WORD_ID = 0x10000, /* id, key: a reference, when it stands alone or last */
};

struct words {
	unsigned n;
	uint64_t hash[WORDS_MAX];
	uint32_t groups[WORDS_MAX];
};

struct phrase {
	uint64_t hash; /* of its words' hashes; 0: free */
	uint16_t cls;
	uint8_t words;
	int16_t alone, far,
	    near; /* prior: without the group, with it around, before it */
	uint32_t group;
	uint16_t next; /* another class for the same words, index + 1 */
};

struct phrases;

/* Built-in phrases and those of custom classes. ERR_NOMEM; ERR_LIMIT: too many. */
MUST_CHECK int
phrases_new(const struct class_custom *custom, size_t n, struct phrases **out);
void phrases_free(struct phrases *p);
/* Appends the words of a name. */
void phrases_split(const struct phrases *p, struct span name, struct words *w);
/* The phrase of n words from hash on, NULL. */
const struct phrase *
phrases_find(const struct phrases *p, const uint64_t *hash, unsigned n);
const struct phrase *phrases_next(const struct phrases *p, const struct phrase *at);

#endif
