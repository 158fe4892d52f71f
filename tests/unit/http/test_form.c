/* Forms. */
#include "tests/unit/http/fixture.h"

static struct leaves leaves;
static struct body_result result;

static void
walk(const char *text, bool cut)
{
	size_t used = arena.used;

	leaves = (struct leaves){.stop_after = leaves.stop_after};
	assert_int_equal(
	    form_walk(exact(text), cut, &limits, leaves_visit, &leaves, &result, &arena),
	    OK);
	assert_int_equal(arena.used, used);
	assert_int_equal(result.fields, leaves.seen);
}

static void
test_pairs_are_decoded(void **state)
{
	walk("a=1&b=x+y%20z&user%5Bname%5D=%C3%A9&c&=d&&a=2", false);
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_int_equal(result.flags, 0);
	assert_string_equal(
	    leaves.text, "a=1\nb=x y z\nuser[name]=\xc3\xa9\nc=\n=d\na=2\n");
	walk("", false);
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_int_equal(result.fields, 0);
	walk("discount=100%", false);
	assert_string_equal(leaves.text, "discount=100%\n");
}

static void
test_last_pair_of_a_cut_body_is_not_visited(void **state)
{
	walk("a=1&b=2", true);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(result.offset, 4);
	assert_string_equal(leaves.text, "a=1\n");
	walk("a=1&b=2&", true);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_string_equal(leaves.text, "a=1\nb=2\n");
}

static void
test_odd_bytes_are_flagged(void **state)
{
	walk("a=%ff", false);
	assert_int_equal(result.flags, BODY_BAD_UTF8);
	walk("a%00=1", false);
	assert_int_equal(result.flags, BODY_NUL);
}

static void
test_fields_over_the_limit_are_malformed_there(void **state)
{
	const struct body_limits two = {.fields = 2};

	leaves = (struct leaves){0};
	assert_int_equal(form_walk(exact("a=1&b=2&c=3"), false, &two, leaves_visit,
			     &leaves, &result, &arena),
	    OK);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_TOO_MANY);
	assert_int_equal(result.offset, 8);
	assert_string_equal(leaves.text, "a=1\nb=2\n");
}

static void
test_visitor_can_stop(void **state)
{
	leaves.stop_after = 1;
	walk("a=1&b=2", false);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(result.offset, 3);
	leaves.stop_after = 0;
}

static void
test_full_arena_is_an_error(void **state)
{
	arena.used = arena.size;
	assert_int_equal(form_walk(exact("a=%41"), false, &limits, leaves_visit, &leaves,
			     &result, &arena),
	    ERR_FULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_pairs_are_decoded),
	    UNIT(test_last_pair_of_a_cut_body_is_not_visited),
	    UNIT(test_odd_bytes_are_flagged),
	    UNIT(test_fields_over_the_limit_are_malformed_there),
	    UNIT(test_visitor_can_stop),
	    UNIT(test_full_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
