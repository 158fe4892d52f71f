/*
 * Words of the rule language. A word is a run of letters, digits and _ . : / + -, so field
 * names, numbers, times, rates and addresses are all words and the parser knows which it
 * expects. Pure.
 */
#ifndef POLICY_LEX_H
#define POLICY_LEX_H

#include "policy/diag.h"

#define STRING_BYTES_MAX 4096

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_OPEN, /* { */
	TOKEN_CLOSE,
	TOKEN_LEFT, /* ( */
	TOKEN_RIGHT,
	TOKEN_KEY, /* [ */
	TOKEN_KEY_END,
	TOKEN_COMMA,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_MATCHES,
	TOKEN_BAD, /* already complained about */
};

struct token {
	enum token_kind kind;
	struct place at;
	struct span text; /* as written */
	struct span value; /* TOKEN_STRING: decoded */
};

struct lexer {
	const struct source *source;
	struct diags *diags;
	uint32_t offset;
};

/* The source's text must be shorter than 4 GiB. */
void lex_init(struct lexer *l, const struct source *source, struct diags *diags);
/* The next token; TOKEN_END for ever at the end. Complains about bytes it cannot read. */
struct token lex_next(struct lexer *l);
/* Appends s as a string that lex_next reads back as s. */
void lex_quote(struct buf *out, struct span s);

#endif
