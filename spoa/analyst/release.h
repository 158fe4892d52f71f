/*
 * Undecided words and their release. A word's text may leave this host when it stands in
 * the word list, in the bundle, or was used with success by enough identities and is nothing
 * that a validator knows (a card number in a path stays one however many ask for it); until
 * then only its token does. The table holds the words that some endpoint is built on and those
 * that were released; text is kept in memory alone. The redaction key is used here and in
 * the token service, nowhere else.
 */
#ifndef ANALYST_RELEASE_H
#define ANALYST_RELEASE_H

#include "bundle/bundle.h"
#include "classify/classify.h"
#include "redact/redact.h"

#define RELEASE_NONE UINT32_MAX

struct release;

/* words: capacity; identities: how many release a word. The redactor must outlive it. */
MUST_CHECK int release_new(
    uint32_t words, uint64_t identities, struct redactor *redactor, struct release **out);
void release_free(struct release *r);
/* The bundle's list of words counts as well from now on; NULL: none. */
void release_bundle(struct release *r, const struct bundle *b);

/* The classes whose values are barred (see below), with those of the policy; must live until
 * the next call. NULL: the built-in ones. */
void release_classes(struct release *r, const struct class_set *classes);

/* Whether the text may leave. word: as it stands in a template (percent-encoded). */
bool release_decided(const struct release *r, struct span word);
/* Whether people or the policy said so, or enough identities used it: not the word list
 * alone, which has many more words than APIs. */
bool release_certain(const struct release *r, struct span word);
/* A key for the word that is good in this process only. */
uint64_t release_key(const struct release *r, struct span word);
/* Holds a word (its token is computed the first time); give each hold back with
 * release_put. ERR_FULL, ERR_NOMEM, ERR_NOTFOUND (no redaction key now). */
MUST_CHECK int
release_hold(struct release *r, struct span word, int64_t now_us, uint32_t *index);
/* The same for names of fields: ERR_FULL for a new one where half of the table is used, so
 * that no flood of them keeps endpoints from being known. */
MUST_CHECK int
release_hold_name(struct release *r, struct span name, int64_t now_us, uint32_t *index);
void release_put(struct release *r, uint32_t index);
struct span release_token(const struct release *r, uint32_t index);
/* The same under the epoch before, while epochs overlap; false: they do not. */
bool release_token_before(
    struct release *r, uint32_t index, char text[TOKEN_TEXT_MAX], struct span *out);
/* True when the redaction key has a new epoch: all tokens are of it from now on. */
bool release_renew(struct release *r, int64_t now_us);
struct span release_text(const struct release *r, uint32_t index);
/* Whether a word is never released by being used: a class of data with a check digit or a
 * certain form, an address, or more digits than a word has. word: percent-encoded. */
bool release_barred(const struct release *r, struct span word);
/* Whether evidence of such a value shows a part of it, or nothing: then no token of it may
 * stand beside. word: percent-encoded. */
bool release_truncated(const struct release *r, struct span word);
/* An identity used the word with success. True when it is released by this: its text is
 * decided from now on and *identities says how many used it. */
bool
release_used(struct release *r, uint32_t index, uint64_t identity, uint64_t *identities);

#endif
