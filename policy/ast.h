/*
 * What the parser makes of a *.rules text: blocks as people wrote them, nothing looked up
 * yet. check.h turns conditions into predicates.
 */
#ifndef POLICY_AST_H
#define POLICY_AST_H

#include "bundle/format.h"
#include "policy/diag.h"

#define EXPR_DEPTH_MAX 64
#define EXPR_TESTS_MAX 4096 /* of one condition: steps are 16 bits */
#define EXPR_VALUES_MAX 100000 /* constants of one condition */
#define KEYS_MAX 8 /* operands of `by` */

enum test_op {
	TEST_BARE, /* the operand alone: a yes-or-no field */
	TEST_EXISTS,
	TEST_EQ,
	TEST_NE,
	TEST_LT,
	TEST_LE,
	TEST_GT,
	TEST_GE,
	TEST_IN,
	TEST_CONTAINS,
	TEST_STARTS,
	TEST_ENDS,
	TEST_MATCHES,
	TEST_HAS,
};
/* "eq", "starts_with" …; "" for TEST_BARE. */
const char *test_op_name(enum test_op op);

struct constant {
	struct place at;
	struct span text; /* decoded string, or the word */
	bool quoted;
};

struct operand {
	struct place at;
	struct span name; /* field as written */
	struct place key_at;
	struct span key;
	bool has_key;
	enum predicate_transform transform;
};

struct test {
	struct operand operand;
	enum test_op op;
	struct place op_at;
	VEC(struct constant) values;
};

enum expr_kind { EXPR_AND, EXPR_OR, EXPR_NOT, EXPR_TEST };

struct expr {
	enum expr_kind kind;
	struct place at;
	struct expr *kid; /* first; NOT has one, AND and OR two or more */
	struct expr *next; /* sibling */
	struct test *test;
};

enum block_kind { BLOCK_NETWORK, BLOCK_RULE, BLOCK_LIMIT }; /* in the order of decision */
const char *block_kind_name(enum block_kind k);

/* Items, as bits of struct block.seen. */
enum block_item {
	ITEM_WHEN,
	ITEM_ACTION,
	ITEM_MODE,
	ITEM_PRIORITY,
	ITEM_NOT_BEFORE,
	ITEM_EXPIRES,
	ITEM_OWNER,
	ITEM_REASON,
	ITEM_BY,
	ITEM_RATE,
	ITEM_BURST,
	ITEM_WEAK,
	ITEMS
};
const char *block_item_name(enum block_item item);

struct block {
	enum block_kind kind;
	struct place at; /* the kind's word */
	struct place name_at;
	struct span name;
	unsigned seen; /* 1 << enum block_item */
	struct place item_at[ITEMS];
	struct expr *when; /* NULL: always */
	enum rule_action action;
	unsigned status;
	enum mode mode;
	int32_t priority;
	int64_t not_before_us, expires_us;
	struct span owner, reason;
	unsigned keys;
	struct operand key[KEYS_MAX];
	uint32_t rate;
	uint64_t rate_period_ns;
	uint32_t burst;
	bool weak_too;
	bool broken; /* had errors; what could be read is here */
};

typedef VEC(struct block) block_list;

#endif
