/* Names, operands, and the tree of predicates in negation normal form. */
#include "policy/check.h"

#include <stdio.h>

void
check_fail(struct checker *c, struct place at, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	diag_error(c->diags, at, "%s", text);
	c->errors++;
}

static struct span
lower_copy(struct pool *pool, struct span s)
{
	char *to = pool_alloc(pool, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		to[i] = ascii_lower(s.p[i]);
	return span_make(to, s.n);
}

enum field_id
check_operand(struct checker *c, struct operand *o)
{
	static const char *const names[] = {"", "lower()", "len()", "count()"};
	const struct field_info *f;
	struct suggestion s;
	enum field_id field = field_find(o->name, &s);

	if (field == FIELDS) {
		check_fail(c, o->at, "unknown field \"%.*s\"" SUGGEST_FMT,
		    DIAG_SPAN(o->name), SUGGEST_ARGS(s));
		return FIELDS;
	}
	f = field_info(field);
	if (f->keyed && !o->has_key) {
		check_fail(
		    c, o->at, "%s needs a key, such as %s[\"name\"]", f->name, f->name);
		return FIELDS;
	}
	if (!f->keyed && o->has_key) {
		check_fail(c, o->at, "%s has no keys", f->name);
		return FIELDS;
	}
	if (o->has_key && o->key.n == 0) {
		check_fail(c, o->key_at, "an empty key");
		return FIELDS;
	}
	if ((o->transform == TRANSFORM_COUNT && !f->keyed) ||
	    (o->transform != TRANSFORM_NONE && f->type != FIELD_TEXT)) {
		check_fail(c, o->at, "%s cannot be applied to %s, which is %s",
		    names[o->transform], f->name,
		    o->transform == TRANSFORM_COUNT ? "one value"
						    : field_type_name(f->type));
		return FIELDS;
	}
	if (field == F_HEADER)
		o->key = lower_copy(c->diags->pool, o->key);
	return field;
}

enum field_type
operand_type(const struct operand *o, enum field_id field)
{
	if (o->transform == TRANSFORM_LEN || o->transform == TRANSFORM_COUNT)
		return FIELD_NUMBER;
	return field_info(field)->type;
}

static bool
operator_fits(enum test_op op, enum field_type type)
{
	switch (op) {
	case TEST_BARE: return type == FIELD_BOOL;
	case TEST_EXISTS: return type != FIELD_BOOL && type != FIELD_FLAGS;
	case TEST_EQ:
	case TEST_NE: return type != FIELD_FLAGS;
	case TEST_LT:
	case TEST_LE:
	case TEST_GT:
	case TEST_GE: return type == FIELD_NUMBER;
	case TEST_IN: return type != FIELD_BOOL && type != FIELD_FLAGS;
	case TEST_CONTAINS:
	case TEST_STARTS:
	case TEST_ENDS:
	case TEST_MATCHES: return type == FIELD_TEXT;
	case TEST_HAS: return type == FIELD_FLAGS;
	}
	return false;
}

static void
complain_operator(
    struct checker *c, const struct test *t, enum field_id field, enum field_type type)
{
	const char *name = field_info(field)->name;

	if (t->op == TEST_BARE)
		check_fail(c, t->op_at,
		    "expected a test of %s: only yes-or-no fields stand alone, this is "
		    "%s",
		    name, field_type_name(type));
	else if (type == FIELD_FLAGS)
		check_fail(c, t->op_at,
		    "%s cannot be applied to %s, which is a set of flags: use has",
		    test_op_name(t->op), name);
	else
		check_fail(c, t->op_at, "%s cannot be applied to %s, which is %s",
		    test_op_name(t->op), name, field_type_name(type));
}

static struct cond *
check_test(struct checker *c, struct test *t, bool negated)
{
	enum field_id field = check_operand(c, &t->operand);
	enum field_type type;
	struct cond *to;
	struct atom *a;

	if (field == FIELDS)
		return NULL;
	type = operand_type(&t->operand, field);
	if (!operator_fits(t->op, type)) {
		complain_operator(c, t, field, type);
		return NULL;
	}
	a = POOL_NEW(c->diags->pool, struct atom);
	a->at = t->operand.at;
	a->field = field;
	a->transform = t->operand.transform;
	a->key = t->operand.key;
	if (!check_values(c, t, a, &negated))
		return NULL;
	to = POOL_NEW(c->diags->pool, struct cond);
	to->kind = COND_ATOM;
	to->negated = negated;
	to->atom = a;
	return to;
}

/* NULL after an error; all parts are checked so that all errors are shown. */
static struct cond *
check_expr(struct checker *c, const struct expr *e, bool negated)
{
	struct cond *to, **last;
	bool good = true;

	if (e->kind == EXPR_TEST)
		return check_test(c, e->test, negated);
	if (e->kind == EXPR_NOT)
		return check_expr(c, e->kid, !negated);
	to = POOL_NEW(c->diags->pool, struct cond);
	to->kind = (e->kind == EXPR_AND) != negated ? COND_AND : COND_OR;
	last = &to->kid;
	for (const struct expr *kid = e->kid; kid; kid = kid->next) {
		struct cond *part = check_expr(c, kid, negated);

		if (part == NULL) {
			good = false;
			continue;
		}
		/* and in and, or in or: one level. */
		if (part->kind == to->kind)
			part = part->kid;
		*last = part;
		while (*last)
			last = &(*last)->next;
	}
	return good ? to : NULL;
}

static unsigned
cond_flags(const struct cond *when)
{
	unsigned flags = 0;

	if (when == NULL)
		return 0;
	if (when->kind == COND_ATOM) {
		enum field_group g = field_info(when->atom->field)->group;

		return g == GROUP_BODY	 ? RULE_BODY
		    : g == GROUP_HISTORY ? RULE_HISTORY
					 : 0;
	}
	for (const struct cond *kid = when->kid; kid; kid = kid->next)
		flags |= cond_flags(kid);
	return flags;
}

static void
check_keys(struct checker *c, struct block *b, struct rule *out)
{
	bool address_only = true;

	for (unsigned i = 0; i < b->keys; i++) {
		enum field_id field = check_operand(c, &b->key[i]);
		const struct field_info *f;

		if (field == FIELDS)
			return;
		f = field_info(field);
		address_only &= f->address;
		out->key[out->keys++] =
		    (struct key){field, b->key[i].transform, b->key[i].key};
		if (f->group == GROUP_BODY)
			out->flags |= RULE_BODY;
		if (f->group == GROUP_HISTORY)
			out->flags |= RULE_HISTORY;
	}
	if (b->keys && address_only)
		check_fail(c, b->item_at[ITEM_BY],
		    "a limit by the address alone: many clients share one, an attacker "
		    "has "
		    "many; count by identity, which for a client without credential is "
		    "made "
		    "of its handshake, header order and network");
}

static void
check_condition(struct checker *c, const struct block *b, struct rule *out)
{
	out->when = check_expr(c, b->when, false);
	if (out->when == NULL)
		return;
	out->flags |= cond_flags(out->when);
	if (b->kind != BLOCK_NETWORK && cond_on_address_alone(c->diags->pool, out->when))
		check_fail(c, b->item_at[ITEM_WHEN],
		    "this condition can be true on an address alone; rules match "
		    "patterns: "
		    "add what the client does (endpoint, tls.print, identity, history), "
		    "or "
		    "write a network exception: network \"%.*s\" { ... reason \"...\" }",
		    DIAG_SPAN(b->name));
}

bool
check_rule(const struct block *b, const struct known *known, struct diags *diags,
    struct rule *out)
{
	struct checker c = {diags, known, 0};
	struct block copy = *b;

	*out = (struct rule){.block = b};
	out->flags = b->kind == BLOCK_NETWORK ? RULE_NETWORK
	    : b->kind == BLOCK_LIMIT	      ? RULE_LIMIT
					      : 0;
	if (b->kind == BLOCK_LIMIT && b->weak_too)
		out->flags |= RULE_WEAK_TOO;
	if (b->when)
		check_condition(&c, b, out);
	check_keys(&c, &copy, out);
	if (b->rate && b->rate_period_ns / b->rate == 0)
		check_fail(
		    &c, b->item_at[ITEM_RATE], "a rate of more than one in a nanosecond");
	else if (b->rate && b->rate_period_ns / b->rate > (UINT64_C(1) << 61) / b->burst)
		check_fail(&c, b->item_at[ITEM_BURST], "burst times period is too long");
	return c.errors == 0 && !b->broken;
}
