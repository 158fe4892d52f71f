/*
 * Cuts the text of a rule file into its blocks, which the database keeps one by one. Knows
 * of the language (yett-rules(5)) only what cutting needs: words, strings, comments,
 * braces; whether a block is right is yettc's business, asked before. Pure.
 */
#ifndef CTL_RULE_FILE_H
#define CTL_RULE_FILE_H

#include "base/span.h"

struct rule_block {
	struct span name; /* as quoted, without escapes */
	struct span text; /* from the comments right above it to its closing brace */
	unsigned line; /* 1 based, of its first word */
};

/* The next block of *rest, which moves behind it; *line counts on (start with 1).
 * ERR_NOTFOUND: nothing but blanks and comments is left; ERR_MALFORMED: no block here. */
MUST_CHECK int rule_file_next(struct span *rest, unsigned *line, struct rule_block *out);

#endif
