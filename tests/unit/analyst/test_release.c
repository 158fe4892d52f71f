/* Words and their release: what use alone never releases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyst/release.h"

#define NOW INT64_C(1700000000000000)

static struct redactor *redactor;
static struct release *release;

static int
set_up(void **state)
{
	struct keyring k = {.n = 1};

	k.secret[0].epoch = 1;
	memset(k.secret[0].key, 3, SECRET_BYTES);
	return redactor_new(&k, &redactor) || release_new(100, 5, redactor, &release);
}

static int
tear_down(void **state)
{
	release_free(release);
	redactor_free(redactor);
	return 0;
}

/* Whether it is released after as many identities as it takes, and more. */
static bool
used_up(const char *word)
{
	uint64_t n;
	uint32_t i;
	bool released = false;

	assert_int_equal(release_hold(release, span_str(word), NOW, &i), OK);
	for (uint64_t identity = 1; identity <= 20; identity++) {
		bool now =
		    release_used(release, i, identity * UINT64_C(0x9e3779b97f4a7c15), &n);

		assert_false(now && released);
		released |= now;
	}
	assert_int_equal(release_certain(release, span_str(word)), released);
	release_put(release, i);
	return released;
}

static void
test_words_are_released_by_use(void **state)
{
	static const char *words[] = {"frobnitz", "zorvakel-beta", "v2-quux",
	    "Qwertz.list", "iphone15", "r2d2", "utf8mb4", "m%C3%BCnchen", "x509-quux",
	    "list_zzz_all"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!used_up(words[i]))
			fail_msg("%s is not released", words[i]);
}

static void
test_values_are_never_released_by_use(void **state)
{
	static const char *values[] = {"4111-1111-1111-1111", "4111%201111%201111%201111",
	    "%34111111111111111", "078-05-1120", "895-85-3671", "jane%40example.com",
	    "jane@example.com", "+1-415-555-0132", "GB82WEST12345698765432",
	    "DE89%203704%200044%200532%200130%2000", "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
	    "ghp_0123456789abcdefghijABCDEFGHIJ012345", "AKIAIOSFODNN7EXAMPLE"};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if (used_up(values[i]))
			fail_msg("%s is released", values[i]);
		assert_true(release_barred(release, span_str(values[i])));
	}
}

/* A card's digits and its token never meet. */
static void
test_values_shown_in_part_have_no_token_beside(void **state)
{
	static const char *parts[] = {
	    "4111111111111111", "4111-1111-1111-1111", "GB82WEST12345698765432"};
	static const char *tokens[] = {
	    "zorvakel", "jane%40example.com", "12345678", "orders"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		assert_true(release_truncated(release, span_str(parts[i])));
	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++)
		assert_false(release_truncated(release, span_str(tokens[i])));
}

/* Random names of fields took the places of words in paths: no endpoint was told any more. */
static void
test_names_of_fields_leave_half_of_the_table(void **state)
{
	char name[] = "zq-aa";
	struct release *r;
	uint32_t i, again;

	assert_int_equal(release_new(100, 5, redactor, &r), OK);
	for (unsigned k = 0; k < 50; k++) {
		name[3] = (char)('a' + k / 26);
		name[4] = (char)('a' + k % 26);
		assert_int_equal(release_hold_name(r, span_str(name), NOW, &i), OK);
	}
	assert_int_equal(release_hold_name(r, SPAN("zq-xx"), NOW, &again), ERR_FULL);
	assert_int_equal(release_hold_name(r, span_str(name), NOW, &again), OK);
	assert_int_equal(i, again);
	assert_int_equal(release_hold(r, SPAN("zq-xx"), NOW, &again), OK);
	assert_int_equal(release_hold_name(r, SPAN("zq-xx"), NOW, &i), OK);
	assert_int_equal(i, again);
	release_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_are_released_by_use),
	    cmocka_unit_test(test_values_are_never_released_by_use),
	    cmocka_unit_test(test_values_shown_in_part_have_no_token_beside),
	    cmocka_unit_test(test_names_of_fields_leave_half_of_the_table),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
