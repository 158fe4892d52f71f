/* Conditions: or, and, not, tests, operands, values. */
#include "policy/parser.h"

static struct expr *
new_expr(struct parser *p, enum expr_kind kind, struct place at)
{
	struct expr *e = POOL_NEW(p->diags->pool, struct expr);

	e->kind = kind;
	e->at = at;
	return e;
}

static int
parse_key(struct parser *p, struct operand *out)
{
	struct token t;
	int rc;

	parser_take(p);
	if ((rc = parser_expect(p, TOKEN_STRING, "a name in quotes", &t)) != OK)
		return rc;
	out->has_key = true;
	out->key_at = t.at;
	out->key = t.value;
	return parser_expect(p, TOKEN_KEY_END, "]", &t);
}

int
parse_operand(struct parser *p, struct operand *out)
{
	static const struct {
		const char *name;
		enum predicate_transform transform;
	} functions[] = {{"lower", TRANSFORM_LOWER}, {"len", TRANSFORM_LEN},
	    {"count", TRANSFORM_COUNT}};
	struct token t;
	int rc;

	*out = (struct operand){0};
	if ((rc = parser_expect(p, TOKEN_WORD, "a field", &t)) != OK)
		return rc;
	out->at = t.at;
	out->name = t.text;
	if (p->now.kind == TOKEN_LEFT) {
		for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
			if (span_eq(t.text, span_str(functions[i].name)))
				out->transform = functions[i].transform;
		if (out->transform == TRANSFORM_NONE) {
			diag_error(p->diags, t.at,
			    "unknown function \"%.*s\"; there are lower, len and count",
			    DIAG_SPAN(t.text));
			return ERR_MALFORMED;
		}
		parser_take(p);
		if ((rc = parser_expect(p, TOKEN_WORD, "a field", &t)) != OK)
			return rc;
		out->name = t.text;
	}
	if (p->now.kind == TOKEN_KEY && (rc = parse_key(p, out)) != OK)
		return rc;
	if (out->transform == TRANSFORM_NONE)
		return OK;
	return parser_expect(p, TOKEN_RIGHT, ")", &t);
}

static int
parse_value(struct parser *p, struct test *test)
{
	struct constant *c;

	if (p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_STRING)
		return parser_expected(p, "a value");
	if (++p->values > EXPR_VALUES_MAX) {
		diag_error(p->diags, p->now.at, "more than %u values in one condition",
		    EXPR_VALUES_MAX);
		return ERR_MALFORMED;
	}
	c = VEC_ADD(p->diags->pool, &test->values);
	c->at = p->now.at;
	c->quoted = p->now.kind == TOKEN_STRING;
	c->text = c->quoted ? p->now.value : p->now.text;
	parser_take(p);
	return OK;
}

static int
parse_set(struct parser *p, struct test *test)
{
	struct token t;
	int rc;

	if ((rc = parser_expect(p, TOKEN_OPEN, "{", &t)) != OK)
		return rc;
	if (p->now.kind == TOKEN_CLOSE) {
		rc = parser_expected(p, "a value");
		parser_take(p); /* it ends the set, not the block */
		return rc;
	}
	do {
		if ((rc = parse_value(p, test)) != OK)
			return rc;
		if (p->now.kind == TOKEN_COMMA)
			parser_take(p);
	} while (p->now.kind != TOKEN_CLOSE);
	parser_take(p);
	return OK;
}

/* The operator in hand, TEST_BARE if it is none. */
static enum test_op
operator_of(const struct parser *p)
{
	static const uint8_t signs[][2] = {{TOKEN_EQ, TEST_EQ}, {TOKEN_NE, TEST_NE},
	    {TOKEN_LT, TEST_LT}, {TOKEN_LE, TEST_LE}, {TOKEN_GT, TEST_GT},
	    {TOKEN_GE, TEST_GE}, {TOKEN_MATCHES, TEST_MATCHES}};

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (p->now.kind == signs[i][0])
			return signs[i][1];
	for (enum test_op op = TEST_EQ; op <= TEST_HAS; op++)
		if (parser_word(p, test_op_name(op)))
			return op;
	return TEST_BARE;
}

static int
parse_test(struct parser *p, struct expr **out)
{
	struct expr *e = new_expr(p, EXPR_TEST, p->now.at);
	struct test *t = POOL_NEW(p->diags->pool, struct test);
	int rc;

	if (++p->tests > EXPR_TESTS_MAX) {
		diag_error(p->diags, p->now.at, "more than %u tests in one condition",
		    EXPR_TESTS_MAX);
		return ERR_MALFORMED;
	}
	e->test = t;
	*out = e;
	if (parser_word(p, "exists")) {
		t->op = TEST_EXISTS;
		t->op_at = parser_take(p).at;
		return parse_operand(p, &t->operand);
	}
	if ((rc = parse_operand(p, &t->operand)) != OK)
		return rc;
	t->op = operator_of(p);
	t->op_at = t->op == TEST_BARE ? t->operand.at : parser_take(p).at;
	if (t->op == TEST_BARE)
		return p->now.kind == TOKEN_BAD ? ERR_MALFORMED : OK;
	return t->op == TEST_IN ? parse_set(p, t) : parse_value(p, t);
}

static int parse_or(struct parser *p, struct expr **out);

static int
parse_group(struct parser *p, struct expr **out)
{
	struct token t;
	int rc;

	parser_take(p);
	if ((rc = parse_or(p, out)) != OK)
		return rc;
	return parser_expect(p, TOKEN_RIGHT, ")", &t);
}

static int
parse_not(struct parser *p, struct expr **out)
{
	bool negated = p->now.kind == TOKEN_NOT || parser_word(p, "not");
	int rc;

	if (!negated && p->now.kind != TOKEN_LEFT)
		return parse_test(p, out);
	if (p->depth == EXPR_DEPTH_MAX) {
		diag_error(p->diags, p->now.at, "nested deeper than %u", EXPR_DEPTH_MAX);
		return ERR_MALFORMED;
	}
	p->depth++;
	if (negated) {
		struct expr *e = new_expr(p, EXPR_NOT, parser_take(p).at);

		rc = parse_not(p, &e->kid);
		*out = e;
	} else {
		rc = parse_group(p, out);
	}
	p->depth--;
	return rc;
}

/* Operands of one kind of junction, as siblings. */
static int
parse_junction(struct parser *p, enum expr_kind kind, struct expr **out)
{
	const char *word = kind == EXPR_AND ? "and" : "or";
	enum token_kind sign = kind == EXPR_AND ? TOKEN_AND : TOKEN_OR;
	struct expr *first, **last;
	int rc;

	rc =
	    kind == EXPR_AND ? parse_not(p, &first) : parse_junction(p, EXPR_AND, &first);
	if (rc != OK)
		return rc;
	*out = first;
	last = &first->next;
	while (p->now.kind == sign || parser_word(p, word)) {
		if (*out == first) {
			*out = new_expr(p, kind, first->at);
			(*out)->kid = first;
		}
		parser_take(p);
		rc = kind == EXPR_AND ? parse_not(p, last)
				      : parse_junction(p, EXPR_AND, last);
		if (rc != OK)
			return rc;
		last = &(*last)->next;
	}
	return OK;
}

static int
parse_or(struct parser *p, struct expr **out)
{
	return parse_junction(p, EXPR_OR, out);
}

int
parse_condition(struct parser *p, struct expr **out)
{
	int rc;

	p->depth = p->tests = p->values = 0;
	*out = NULL;
	if ((rc = parse_or(p, out)) != OK)
		*out = NULL;
	return rc;
}
