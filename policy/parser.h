/* What parse.c (blocks and items) and parse_expr.c (conditions) share. */
#ifndef POLICY_PARSER_H
#define POLICY_PARSER_H

#include "policy/lex.h"
#include "policy/parse.h"

struct parser {
	struct lexer lexer;
	struct diags *diags;
	struct token now; /* the token to be read next */
	unsigned depth; /* of the condition at hand */
	unsigned tests, values; /* of the condition at hand */
};

static inline struct token
parser_take(struct parser *p)
{
	struct token t = p->now;

	p->now = lex_next(&p->lexer);
	return t;
}

static inline bool
parser_word(const struct parser *p, const char *word)
{
	return p->now.kind == TOKEN_WORD && span_eq(p->now.text, span_str(word));
}

/* Complains "expected WHAT, found …" at the token in hand. Always ERR_MALFORMED. */
int parser_expected(struct parser *p, const char *what);
/* Takes a token of this kind or complains. */
MUST_CHECK int parser_expect(
    struct parser *p, enum token_kind kind, const char *what, struct token *out);

/* ERR_MALFORMED after having complained. */
MUST_CHECK int parse_condition(struct parser *p, struct expr **out);
MUST_CHECK int parse_operand(struct parser *p, struct operand *out);

#endif
