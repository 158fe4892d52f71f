/* See release.h. */
#include "analyst/release.h"

#include <stdlib.h>

#include "base/encode.h"
#include "base/map.h"
#include "crypto/siphash.h"
#include "http/wordshape.h"
#include "redact/words.h"
#include "sketch/distinct.h"

struct word {
	uint64_t key;
	char *text; /* n bytes; NULL: a free slot */
	struct distinct *identities; /* NULL: none yet, or released */
	uint32_t n;
	uint32_t refs;
	uint32_t next; /* free list */
	uint8_t token_n;
	bool released;
	bool barred; /* never to be released by use */
	char token[TOKEN_TEXT_MAX];
};

#define DIGITS_MOST 5 /* of a word; numbers of people and things have more */
#define DECODED_MAX 512 /* bytes looked at */

struct release {
	struct word *word;
	struct class_set *builtin;
	const struct class_set *classes; /* in use */
	struct map map; /* key to index */
	uint32_t capacity, free;
	uint64_t identities;
	struct redactor *redactor;
	const struct bundle *bundle;
	uint8_t key[SIPHASH_KEY_BYTES];
	uint32_t epoch; /* of all tokens; 0: none made yet */
	int64_t now_us; /* of the last call that had it */
};

int
release_new(
    uint32_t words, uint64_t identities, struct redactor *redactor, struct release **out)
{
	struct release *r = calloc(1, sizeof(*r));
	int err = ERR_NOMEM;
	char why[200];
	size_t at;

	*out = NULL;
	if (!r)
		return err;
	r->capacity = words;
	r->identities = identities;
	r->redactor = redactor;
	r->word = calloc(words, sizeof(*r->word));
	if (!r->word || map_init(&r->map, words) != OK)
		goto fail;
	err = class_set_new(NULL, 0, &r->builtin, &at, why);
	if (err)
		goto fail;
	r->classes = r->builtin;
	err = crypto_random(r->key, sizeof(r->key));
	if (err)
		goto fail;
	for (uint32_t i = 0; i < words; i++)
		r->word[i].next = i + 1 < words ? i + 1 : RELEASE_NONE;
	*out = r;
	return OK;
fail:
	release_free(r);
	return err;
}

void
release_free(struct release *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; r->word && i < r->capacity; i++) {
		free(r->word[i].text);
		free(r->word[i].identities);
	}
	map_fini(&r->map);
	class_set_free(r->builtin);
	free(r->word);
	free(r);
}

void
release_bundle(struct release *r, const struct bundle *b)
{
	r->bundle = b;
}

void
release_classes(struct release *r, const struct class_set *classes)
{
	r->classes = classes ? classes : r->builtin;
}

uint64_t
release_key(const struct release *r, struct span word)
{
	return siphash64(r->key, word.p, word.n);
}

bool
release_decided(const struct release *r, struct span word)
{
	return words_known(word) || release_certain(r, word);
}

bool
release_certain(const struct release *r, struct span word)
{
	uint32_t i;

	if (r->bundle && bundle_has_word(r->bundle, word))
		return true;
	i = map_get(&r->map, release_key(r, word));
	return i != MAP_NONE && r->word[i].released;
}

static int
word_make(struct release *r, struct span word, uint64_t key, int64_t now_us)
{
	struct word *w = &r->word[r->free];
	struct span token;
	int err;

	err = redact_token(r->redactor, "text", word, now_us, w->token, &token);
	if (err)
		return err;
	if (r->epoch == 0)
		r->epoch = redact_epoch(r->redactor, now_us);
	w->text = malloc(word.n ? word.n : 1);
	if (!w->text)
		return ERR_NOMEM;
	err = map_put(&r->map, key, r->free);
	if (err) {
		free(w->text);
		w->text = NULL;
		return err;
	}
	memcpy(w->text, word.p, word.n);
	w->n = (uint32_t)word.n;
	w->key = key;
	w->token_n = (uint8_t)token.n;
	w->refs = 0;
	w->released = w->barred = false;
	r->free = w->next;
	return OK;
}

int
release_hold(struct release *r, struct span word, int64_t now_us, uint32_t *index)
{
	uint64_t key = release_key(r, word);
	uint32_t i = map_get(&r->map, key);
	int err;

	*index = RELEASE_NONE;
	r->now_us = now_us;
	if (i == MAP_NONE) {
		if (r->free == RELEASE_NONE)
			return ERR_FULL;
		i = r->free;
		err = word_make(r, word, key, now_us);
		if (err)
			return err;
	}
	r->word[i].refs++;
	*index = i;
	return OK;
}

int
release_hold_name(struct release *r, struct span name, int64_t now_us, uint32_t *index)
{
	*index = RELEASE_NONE;
	if (r->map.n >= r->capacity / 2 &&
	    map_get(&r->map, release_key(r, name)) == MAP_NONE)
		return ERR_FULL;
	return release_hold(r, name, now_us, index);
}

void
release_put(struct release *r, uint32_t index)
{
	struct word *w = &r->word[index];

	CHECK(w->text && w->refs > 0);
	if (--w->refs > 0 || w->released)
		return;
	(void)map_remove(&r->map, w->key);
	free(w->text);
	free(w->identities);
	w->text = NULL;
	w->identities = NULL;
	w->next = r->free;
	r->free = index;
}

struct span
release_token(const struct release *r, uint32_t index)
{
	return span_make(r->word[index].token, r->word[index].token_n);
}

struct span
release_text(const struct release *r, uint32_t index)
{
	return span_make(r->word[index].text, r->word[index].n);
}

bool
release_token_before(
    struct release *r, uint32_t index, char text[TOKEN_TEXT_MAX], struct span *out)
{
	return redact_token_before(r->redactor, "text", release_text(r, index), r->now_us,
		   text, out) == OK;
}

bool
release_renew(struct release *r, int64_t now_us)
{
	uint32_t epoch = redact_epoch(r->redactor, now_us);

	if (epoch == 0 || r->epoch == 0 || epoch == r->epoch)
		return false;
	r->epoch = epoch;
	r->now_us = now_us;
	for (uint32_t i = 0; i < r->capacity; i++) {
		struct word *w = &r->word[i];
		char text[TOKEN_TEXT_MAX];
		struct span token;

		if (!w->text ||
		    redact_token(r->redactor, "text", span_make(w->text, w->n), now_us,
			text, &token) != OK)
			continue; /* the old one is as good as it was */
		memcpy(w->token, token.p, token.n);
		w->token_n = (uint8_t)token.n;
	}
	return true;
}

/* A malformed escape stands for itself. */
static struct span
percent_decode(struct span s, char out[DECODED_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < DECODED_MAX; i++) {
		out[n] = s.p[i];
		if (s.p[i] == '%' &&
		    hex_decode(span_head(span_from(s, i + 1), 2), &out[n], 1) == OK)
			i += 2;
		n++;
	}
	return span_make(out, n);
}

/* Characters of several kinds look like a secret where a field has such a name; a segment that
 * reads as words ("rbac.authorization.k8s.io") is none for that. */
static bool
is_mere_guess(const struct release *r, struct span word, unsigned cls)
{
	return wordshape_has(word, NULL) &&
	    span_eq(span_str(class_get(r->classes, cls)->name), SPAN("secret"));
}

bool
release_barred(const struct release *r, struct span word)
{
	char decoded[DECODED_MAX];
	struct span s = percent_decode(word, decoded);
	struct class_hits hits;
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		digits += ascii_is_digit(s.p[i]);
		if (s.p[i] == '@' || digits > DIGITS_MOST)
			return true;
	}
	classify_value(r->classes, s, CLASS_STRING, true, &hits);
	for (unsigned i = 0; i < hits.n; i++)
		if (hits.hit[i].strength >= HIT_CHECKED &&
		    !is_mere_guess(r, s, hits.hit[i].cls))
			return true;
	return false;
}

bool
release_truncated(const struct release *r, struct span word)
{
	char decoded[DECODED_MAX];
	struct class_hits hits;

	classify_value(
	    r->classes, percent_decode(word, decoded), CLASS_STRING, true, &hits);
	for (unsigned i = 0; i < hits.n; i++)
		if (hits.hit[i].strength >= HIT_CHECKED &&
		    class_get(r->classes, hits.hit[i].cls)->mask != MASK_TOKEN)
			return true;
	return false;
}

bool
release_used(struct release *r, uint32_t index, uint64_t identity, uint64_t *identities)
{
	struct word *w = &r->word[index];

	*identities = 0;
	if (w->released || w->barred)
		return false;
	if (!w->identities) {
		w->identities = calloc(1, sizeof(*w->identities));
		if (!w->identities)
			return false;
	}
	distinct_add(w->identities, identity);
	*identities = distinct_count(w->identities);
	if (*identities < r->identities)
		return false;
	w->barred = release_barred(r, release_text(r, index));
	w->released = !w->barred;
	free(w->identities);
	w->identities = NULL;
	return w->released;
}
