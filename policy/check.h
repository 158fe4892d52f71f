/*
 * Meaning: blocks as written become rules over typed predicates. Every name is looked up,
 * every value is of its field's type, sets are sorted, negation is pushed down to the
 * predicates, and what would match on an address alone is refused. Pure.
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "policy/address.h"
#include "policy/ast.h"
#include "policy/field.h"
#include "policy/intern.h"

/* A predicate before it has a number. Equal predicates have equal members. */
struct atom {
	struct place at;
	enum field_id field;
	enum predicate_op op;
	enum predicate_transform transform;
	struct span key;
	struct span text;
	int64_t number; /* constant, or mask of OP_HAS */
	/* OP_IN: n values, sorted, each once. */
	enum set_kind set;
	uint32_t n;
	struct span *texts;
	int64_t *numbers;
	struct address *addresses;
};

enum cond_kind { COND_AND, COND_OR, COND_ATOM };
struct cond {
	enum cond_kind kind;
	bool negated; /* atoms only */
	struct atom *atom;
	struct cond *kid, *next;
};

struct key { /* what a limit counts by */
	enum field_id field;
	enum predicate_transform transform;
	struct span key;
};

struct rule {
	const struct block *block;
	struct cond *when; /* NULL: always */
	unsigned keys;
	struct key key[KEYS_MAX];
	unsigned flags; /* enum rule_flag */
};

/* What conditions may speak of; for warnings about what can never hold. */
struct known {
	const struct intern *endpoints; /* labels and templates; NULL: any */
	const struct intern *services; /* NULL: any */
};

/* False if something was wrong and said so, or the block was broken before. */
bool check_rule(const struct block *b, const struct known *known, struct diags *diags,
    struct rule *out);

/* Parts of it, for its files. */
struct checker {
	struct diags *diags;
	const struct known *known;
	unsigned errors;
};
void
check_fail(struct checker *c, struct place at, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Looks the operand's field up and checks key and transform; FIELDS after an error. */
enum field_id check_operand(struct checker *c, struct operand *o);
/* The type of what an operand gives. */
enum field_type operand_type(const struct operand *o, enum field_id field);
/* Fills an atom's constant from the test's values, *negated for `ne` and `eq false`. */
bool check_values(struct checker *c, const struct test *t, struct atom *a, bool *negated);
/* Whether the condition can be true whatever its other fields are, given the address. */
bool cond_on_address_alone(struct pool *pool, const struct cond *when);

#endif
