/* The words of the language and their reverse. */
#include "policy/parse.h"

static const char *const test_ops[] = {
    [TEST_BARE] = "",
    [TEST_EXISTS] = "exists",
    [TEST_EQ] = "eq",
    [TEST_NE] = "ne",
    [TEST_LT] = "lt",
    [TEST_LE] = "le",
    [TEST_GT] = "gt",
    [TEST_GE] = "ge",
    [TEST_IN] = "in",
    [TEST_CONTAINS] = "contains",
    [TEST_STARTS] = "starts_with",
    [TEST_ENDS] = "ends_with",
    [TEST_MATCHES] = "matches",
    [TEST_HAS] = "has",
};
static const char *const items[ITEMS] = {
    [ITEM_WHEN] = "when",
    [ITEM_ACTION] = "action",
    [ITEM_MODE] = "mode",
    [ITEM_PRIORITY] = "priority",
    [ITEM_NOT_BEFORE] = "not_before",
    [ITEM_EXPIRES] = "expires",
    [ITEM_OWNER] = "owner",
    [ITEM_REASON] = "reason",
    [ITEM_BY] = "by",
    [ITEM_RATE] = "rate",
    [ITEM_BURST] = "burst",
    [ITEM_WEAK] = "weak",
};
static const char *const blocks[] = {"network", "rule", "limit"};
static const char *const modes[] = {"off", "shadow", "enforce"};
static const char *const actions[] = {
    NULL, "allow", "deny", "rate", "drop", "watch", "event"};

const char *
test_op_name(enum test_op op)
{
	return test_ops[op];
}

const char *
block_item_name(enum block_item item)
{
	return items[item];
}

const char *
block_kind_name(enum block_kind k)
{
	return blocks[k];
}

const char *
mode_name(enum mode m)
{
	return m <= MODE_ENFORCE ? modes[m] : "?";
}

const char *
action_name(enum rule_action a)
{
	return a >= ACTION_ALLOW && a <= ACTION_EVENT ? actions[a] : "none";
}

int
mode_parse(struct span text, enum mode *out)
{
	*out = MODE_OFF;
	for (int i = MODE_OFF; i <= MODE_ENFORCE; i++)
		if (span_eq(text, span_str(modes[i]))) {
			*out = i;
			return OK;
		}
	return ERR_INVALID;
}

int
action_parse(struct span text, enum rule_action *out)
{
	*out = ACTION_ALLOW;
	for (int i = ACTION_ALLOW; i <= ACTION_EVENT; i++)
		if (span_eq(text, span_str(actions[i]))) {
			*out = i;
			return OK;
		}
	return ERR_INVALID;
}
