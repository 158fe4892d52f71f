/* Finding what a person names: an id, or the words that a list shows. */
#ifndef CTL_FIND_H
#define CTL_FIND_H

#include "control/ctl/command.h"
#include "control/ctl/session.h"

/* The id of "17", "GET /users/{number}" or "/login" into *id; several are an error that
 * lists them. Prints the error and returns its exit code. */
MUST_CHECK int find_endpoint(struct session *s, const char *what, struct buf *id);
/* The id of "231" or "[SERVICE] GET /users/{number} response body user.ssn" into *id. */
MUST_CHECK int find_field(struct session *s, const char *what, struct buf *id);

/* Whether a word stands in a list with a blank between words. */
bool find_is_one_of(const char *word, const char *words);
/* Refuses an option whose value, if it has one, is not in such a list. */
MUST_CHECK int
find_check_word(const struct invocation *in, const char *option, const char *words);

/* A column with a label or path as it is listed: with tokens for machines, for people with
 * placeholders of the same shape until their text is released. */
void find_put_shown(const struct session *s, const char *column, struct buf *sql);

#endif
