/*
 * The parser of *.rules: recursive descent, one token ahead. After an error it goes on at
 * the next item or block, so that one run shows several. Pure.
 */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include "policy/ast.h"

#define RULES_TEXT_MAX (64u << 20) /* bytes of one source */
#define PRIORITY_DEFAULT 100
#define PRIORITY_MAX 1000000

/* Adds the blocks of a source to *out. What is wrong goes to diags; a block with errors is
 * marked broken, so that its condition can be checked all the same. */
void rules_parse(const struct source *source, struct diags *diags, block_list *out);

/* The text forms that the other files of a policy share with the language. */
MUST_CHECK int mode_parse(struct span text, enum mode *out);
const char *mode_name(enum mode m);
MUST_CHECK int action_parse(struct span text, enum rule_action *out);
const char *action_name(enum rule_action a);

#endif
