/* Rules without anchor: rows by operand find what asking each rule finds. */
#include "tests/unit/engine/fixture.h"

static const struct {
	enum field_id field;
	const char *key;
	enum predicate_op op;
	const char *text;
} tests_of_rules[] = {
    {F_PATH, NULL, OP_STARTS, "/a"},
    {F_METHOD, NULL, OP_EQ, "GET"},
    {F_PATH, NULL, OP_STARTS, "/abcdefgh"},
    {F_HEADER, "x-a", OP_EQ, "one"},
    {F_PATH, NULL, OP_STARTS, "/abcdefghijklm"},
    {F_METHOD, NULL, OP_EQ, "PROPPATCH"},
    {F_PATH, NULL, OP_EQ, "/a"},
    {F_PATH, NULL, OP_EQ, "/abcdefghij"},
    {F_PATH, NULL, OP_STARTS, ""},
    {F_HEADER, "x-a", OP_EQ, "two"},
    {F_PATH, NULL, OP_CONTAINS, "def"},
    {F_HEADER, "x-b", OP_STARTS, "b"},
    {F_METHOD, NULL, OP_EXISTS, NULL},
};
enum { RULES = sizeof(tests_of_rules) / sizeof(*tests_of_rules) };

static struct {
	const char *method, *path;
	const char *a1, *a2, *b;
} requests[] = {
    {"GET", "/a", NULL, NULL, NULL},
    {"GET", "/", "one", NULL, NULL},
    {"PROPPATCH", "/abcdefghij", "one", "two", "b"},
    {"PROPFIND", "/abcdefghijklmn", "three", "two", "cb"},
    {"GETS", "/abcdefgi", NULL, NULL, "bcdefghijklmn"},
    {"", "/abcdefg", "", "", ""},
};

static void
no_trace(void *ctx, const char *step, const char *text)
{
	(void)ctx;
	(void)step;
	(void)text;
}

/* Only one rule in force at a time: it decides, or nothing does. With a listener every rule
 * is asked itself. */
static void
test_rows_find_what_each_rule_finds(void **state)
{
	char name[RULES][8];

	for (unsigned only = 0; only < RULES; only++) {
		struct fix *f = fix_shop();
		unsigned found = 0;

		for (unsigned i = 0; i < RULES; i++) {
			snprintf(name[i], sizeof(name[i]), "r%u", i);
			fix_rule(f, name[i], ACTION_DENY,
			    i == only ? MODE_ENFORCE : MODE_SHADOW, 0);
			fix_when(f, tests_of_rules[i].field, tests_of_rules[i].key,
			    tests_of_rules[i].op, tests_of_rules[i].text);
		}
		for (size_t k = 0; k < sizeof(requests) / sizeof(*requests); k++) {
			struct verdict quick;

			fix_request(
			    f, requests[k].method, "shop.example", requests[k].path);
			if (requests[k].a1)
				fix_header(f, "x-a", requests[k].a1);
			if (requests[k].a2)
				fix_header(f, "x-a", requests[k].a2);
			if (requests[k].b)
				fix_header(f, "x-b", requests[k].b);
			quick = *fix_decide(f);
			arena_reset(&f->arena);
			engine_decide_traced(f->e, &f->r, false, &f->arena, &f->seen,
			    &f->v, no_trace, NULL);
			assert_int_equal(quick.action, f->v.action);
			assert_int_equal(quick.shadow_hash, f->v.shadow_hash);
			assert_true(span_eq(quick.rule, f->v.rule));
			found += quick.action == ACTION_DENY;
		}
		assert_true(found > 0);
		fix_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows_find_what_each_rule_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
