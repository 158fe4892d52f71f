/* Names into words, words into phrases. */
#include <stdlib.h>

#include "classify/phrases.h"

#define WORD_SLOTS 4096 /* powers of two, below half full with what context.def has */
#define PHRASE_SLOTS 4096
#define PHRASES_MAX 2048
#define LONG_PIECE 4 /* letters of at least one of the words a name is taken apart into */

struct phrases {
	struct {
		uint64_t hash, same; /* same: of the word that it is read as, 0 */
		uint32_t groups;
	} word[WORD_SLOTS];
	uint16_t slot[PHRASE_SLOTS]; /* index + 1 of the first phrase */
	struct phrase phrase[PHRASES_MAX];
	unsigned words, phrases;
	uint64_t begin[16]; /* bit per first two letters of a word */
};

#define HASH_START 0xcbf29ce484222325u /* FNV-1a */

static uint64_t
hash_byte(uint64_t h, char c)
{
	return (h ^ (uint8_t)c) * 0x100000001b3u;
}

static uint64_t
hash_bytes(const char *p, size_t n)
{
	uint64_t h = HASH_START;

	for (size_t i = 0; i < n; i++)
		h = hash_byte(h, p[i]);
	return h;
}

/* Whether some word begins with these two letters. */
static bool
may_begin(const struct phrases *p, const char *text)
{
	unsigned bit = ((uint8_t)text[0] & 31u) << 5 | ((uint8_t)text[1] & 31u);

	return p->begin[bit >> 6] >> (bit & 63) & 1;
}

static uint64_t
hash_words(const uint64_t *hash, unsigned n)
{
	uint64_t h = n;

	for (unsigned i = 0; i < n; i++)
		h = (h ^ hash[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
	return h ? h : 1;
}

/* What is known of a word: its groups, 0 for none. *hash becomes that of the word that it is
 * read as. */
static uint32_t
groups_of(const struct phrases *p, uint64_t *hash)
{
	uint32_t own = 0;

	for (uint64_t at = *hash;; at++) {
		if (p->word[at % WORD_SLOTS].hash == *hash) {
			if (p->word[at % WORD_SLOTS].same == 0)
				return own | p->word[at % WORD_SLOTS].groups;
			own = p->word[at % WORD_SLOTS].groups;
			*hash = p->word[at % WORD_SLOTS].same;
			at = *hash - 1;
		} else if (p->word[at % WORD_SLOTS].hash == 0) {
			return own;
		}
	}
}

/* A plural without its s: addresses, numbers, ips; not status, access, this. */
static size_t
singular(const char *p, size_t n)
{
	if (n == 0 || p[n - 1] != 's')
		return n;
	if (n > 4 && memcmp(p + n - 4, "sses", 4) == 0)
		return n - 2;
	return n < 3 || p[n - 2] == 's' || p[n - 2] == 'u' || p[n - 2] == 'i' ? n : n - 1;
}

static int
learn_word(struct phrases *p, struct span text, uint32_t groups, uint64_t same)
{
	uint64_t hash = hash_bytes(text.p, singular(text.p, text.n)), at = hash;

	CHECK(same != hash);

	while (
	    p->word[at % WORD_SLOTS].hash != 0 && p->word[at % WORD_SLOTS].hash != hash)
		at++;
	if (p->word[at % WORD_SLOTS].hash == 0) {
		if (p->words == WORD_SLOTS / 2)
			return ERR_LIMIT;
		p->words++;
	}
	p->word[at % WORD_SLOTS].hash = hash;
	p->word[at % WORD_SLOTS].groups |= groups;
	p->word[at % WORD_SLOTS].same |= same;
	if (text.n >= 2) {
		unsigned bit =
		    ((uint8_t)text.p[0] & 31u) << 5 | ((uint8_t)text.p[1] & 31u);

		p->begin[bit >> 6] |= UINT64_C(1) << (bit & 63);
	}
	return OK;
}

static void
add_word(const struct phrases *p, struct words *w, const char *text, size_t n)
{
	if (w->n == WORDS_MAX || n == 0)
		return;
	w->hash[w->n] = hash_bytes(text, singular(text, n));
	w->groups[w->n] = groups_of(p, &w->hash[w->n]);
	w->n++;
}

/* "phonenumber": into a few known words, the longest first; the whole or nothing. One has to
 * be a long one: "strip" is not "str" and "ip". */
static bool
take_apart(const struct phrases *p, struct words *w, const char *text, size_t n,
    unsigned pieces, bool has_long)
{
	uint64_t hash[WORD_BYTES + 1];

	if (n == 0)
		return has_long;
	if (pieces == 0 || n < 2 || !may_begin(p, text))
		return false;
	hash[0] = HASH_START;
	for (size_t i = 0; i < n; i++)
		hash[i + 1] = hash_byte(hash[i], text[i]);
	for (size_t len = n; len >= 2; len--) {
		uint64_t whole = hash[singular(text, len)];
		uint32_t groups = groups_of(p, &whole);
		unsigned before = w->n;

		if (groups == 0 || before == WORDS_MAX)
			continue;
		w->hash[before] = whole;
		w->groups[before] = groups;
		w->n++;
		if (take_apart(p, w, text + len, n - len, pieces - 1,
			has_long || len >= LONG_PIECE))
			return true;
		w->n = before;
	}
	return false;
}

static void
end_word(const struct phrases *p, struct words *w, const char *text, size_t n)
{
	uint64_t hash = hash_bytes(text, singular(text, n));

	if (n == 0)
		return;
	if (n > LONG_PIECE && groups_of(p, &hash) == 0 &&
	    take_apart(p, w, text, n, 4, false))
		return;
	add_word(p, w, text, n);
}

/* The plain letter of a Latin-1 letter in UTF-8 (0xc3, second), 0: none. */
static char
unaccented(uint8_t second)
{
	static const char plain[] =
	    "aaaaaaaceeeeiiiidnooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuy y";

	return second >= 0x80 && second < 0xc0 ? plain[second - 0x80] : 0;
}

void
phrases_split(const struct phrases *p, struct span name, struct words *w)
{
	char word[WORD_BYTES];
	size_t n = 0;
	bool upper = false; /* the last letter was one */

	for (size_t i = 0; i < name.n && w->n < WORDS_MAX; i++) {
		char c = name.p[i];
		bool is_upper = c >= 'A' && c <= 'Z';

		if ((uint8_t)c == 0xc3 && i + 1 < name.n) {
			c = unaccented((uint8_t)name.p[++i]);
			c = c == ' ' ? '\0' : c;
		}
		if (!ascii_is_letter(c) && !((uint8_t)c & 0x80)) {
			end_word(p, w, word, n);
			n = 0;
			upper = false;
			continue;
		}
		/* fooBar, and the last of a run before a small letter: SSNValue. */
		if (is_upper &&
		    (!upper ||
			(i + 1 < name.n && name.p[i + 1] >= 'a' && name.p[i + 1] <= 'z' &&
			    !(name.p[i + 1] == 's' && i + 2 == name.n)))) {
			end_word(p, w, word, n);
			n = 0;
		}
		upper = is_upper;
		if (n < WORD_BYTES)
			word[n++] = ascii_lower(c);
	}
	end_word(p, w, word, n);
}

const struct phrase *
phrases_find(const struct phrases *p, const uint64_t *hash, unsigned n)
{
	uint64_t h = hash_words(hash, n);

	for (uint64_t at = h;; at++) {
		unsigned slot = p->slot[at % PHRASE_SLOTS];

		if (slot == 0)
			return NULL;
		if (p->phrase[slot - 1].hash == h)
			return &p->phrase[slot - 1];
	}
}

const struct phrase *
phrases_next(const struct phrases *p, const struct phrase *at)
{
	return at->next ? &p->phrase[at->next - 1] : NULL;
}

static int
learn_phrase(struct phrases *p, const struct words *w, struct phrase phrase)
{
	uint64_t at;
	unsigned slot;

	if (p->phrases == PHRASES_MAX || w->n == 0 || w->n > PHRASE_WORDS)
		return ERR_LIMIT;
	phrase.hash = hash_words(w->hash, w->n);
	phrase.words = (uint8_t)w->n;
	for (at = phrase.hash; (slot = p->slot[at % PHRASE_SLOTS]) != 0; at++)
		if (p->phrase[slot - 1].hash == phrase.hash)
			break;
	phrase.next = (uint16_t)slot;
	p->phrase[p->phrases++] = phrase;
	p->slot[at % PHRASE_SLOTS] = (uint16_t)p->phrases;
	return OK;
}

/* Words of one phrase, plainly: letters and blanks, nothing is taken apart. */
static int
plain_words(struct phrases *p, struct span text, struct words *w)
{
	int err = OK;

	*w = (struct words){0};
	while (!span_absent(text) && err == OK) {
		struct span word = span_cut(&text, ' ');

		if (word.n == 0)
			continue;
		add_word(p, w, word.p, word.n);
		err = learn_word(p, word, WORD_KNOWN, 0);
	}
	return err;
}

struct rule {
	uint16_t cls;
	int16_t alone, far, near;
	uint32_t group;
	const char *phrases; /* "card number|pan" */
};

static const struct rule rules[] = {
#define NAMED(cls, alone, far, near, group, phrases) \
	{ID_##cls, alone, far, near, group, phrases},
#define WORDS(group, words)
#define SAME(word, words)
#include "classify/context.def"
#undef NAMED
#undef WORDS
#undef SAME
};

static const struct {
	uint32_t group;
	const char *words;
} word_lists[] = {
#define NAMED(cls, alone, far, near, group, phrases)
#define WORDS(group, words) {group, words},
#define SAME(word, words)
#include "classify/context.def"
#undef NAMED
#undef WORDS
#undef SAME
};

static const struct {
	const char *word, *others;
} synonyms[] = {
#define NAMED(cls, alone, far, near, group, phrases)
#define WORDS(group, words)
#define SAME(word, words) {word, words},
#include "classify/context.def"
#undef NAMED
#undef WORDS
#undef SAME
};

/* Before any other word is learnt: those are read by them. */
static int
learn_synonyms(struct phrases *p)
{
	int err = OK;

	for (size_t i = 0; i < sizeof(synonyms) / sizeof(*synonyms) && err == OK; i++) {
		struct span rest = span_str(synonyms[i].others),
			    word = span_str(synonyms[i].word);

		CHECK(word.n == singular(word.p, word.n));
		err = learn_word(p, word, WORD_KNOWN, 0);
		while (!span_absent(rest) && err == OK)
			err = learn_word(p, span_cut(&rest, ' '), WORD_KNOWN,
			    hash_bytes(word.p, word.n));
	}
	return err;
}

static int
learn_rule(struct phrases *p, const struct rule *r)
{
	struct span rest = span_str(r->phrases);
	struct words w;
	int err = OK;

	while (!span_absent(rest) && err == OK) {
		err = plain_words(p, span_cut(&rest, '|'), &w);
		if (err == OK)
			err = learn_phrase(p, &w,
			    (struct phrase){.cls = r->cls,
				.alone = r->alone,
				.far = r->far,
				.near = r->near,
				.group = r->group});
	}
	return err;
}

static int
learn_custom(struct phrases *p, const struct class_custom *c, uint16_t cls)
{
	struct span rest = c->names;
	int err = OK;

	while (!span_absent(rest) && err == OK) {
		struct span name = span_cut(&rest, ' ');
		struct words w = {0};

		if (name.n == 0)
			continue;
		phrases_split(p, name, &w);
		if (w.n == 0 || w.n > PHRASE_WORDS)
			continue;
		err = learn_phrase(p, &w,
		    (struct phrase){.cls = cls, .alone = 60, .far = 60, .near = 60});
	}
	return err;
}

int
phrases_new(const struct class_custom *custom, size_t n, struct phrases **out)
{
	struct phrases *p = calloc(1, sizeof(*p));
	int err = p == NULL ? ERR_NOMEM : OK;

	*out = NULL;
	if (err == OK)
		err = learn_synonyms(p);
	for (size_t i = 0; err == OK && i < sizeof(word_lists) / sizeof(*word_lists);
	     i++) {
		struct span rest = span_str(word_lists[i].words);

		while (!span_absent(rest) && err == OK) {
			struct span word = span_cut(&rest, ' ');

			if (word.n)
				err = learn_word(p, word, word_lists[i].group, 0);
		}
	}
	for (size_t i = 0; err == OK && i < sizeof(rules) / sizeof(*rules); i++)
		err = learn_rule(p, &rules[i]);
	for (size_t i = 0; err == OK && i < n; i++)
		err = learn_custom(p, &custom[i], (uint16_t)(CLASS_BUILTIN + i));
	if (err != OK) {
		free(p);
		return err;
	}
	*out = p;
	return OK;
}

void
phrases_free(struct phrases *p)
{
	free(p);
}
