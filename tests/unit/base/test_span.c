/* Spans: cutting, comparing, numbers at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/span.h"

static void
test_cut_yields_every_piece_once(void **state)
{
	static const struct {
		const char *in;
		const char *pieces[5];
		unsigned n;
	} cases[] = {
	    {"a,b,c", {"a", "b", "c"}, 3},
	    {"a,,c", {"a", "", "c"}, 3},
	    {"a,", {"a", ""}, 2},
	    {"", {""}, 1},
	    {",", {"", ""}, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span rest = span_str(cases[i].in);
		unsigned n = 0;

		while (!span_absent(rest)) {
			struct span piece = span_cut(&rest, ',');

			assert_true(n < cases[i].n);
			assert_true(span_eq(piece, span_str(cases[i].pieces[n])));
			n++;
		}
		assert_int_equal(n, cases[i].n);
	}
}

static void
test_numbers_are_exact_at_their_edges(void **state)
{
	uint64_t u;
	int64_t v;

	(void)state;
	assert_int_equal(span_u64(SPAN("18446744073709551615"), &u), OK);
	assert_true(u == UINT64_MAX);
	assert_int_equal(span_u64(SPAN("18446744073709551616"), &u), ERR_RANGE);
	assert_int_equal(span_u64(SPAN("99999999999999999999999"), &u), ERR_RANGE);
	assert_int_equal(span_u64(SPAN(""), &u), ERR_MALFORMED);
	assert_int_equal(span_u64(SPAN("1 "), &u), ERR_MALFORMED);
	assert_int_equal(span_u64(SPAN("-1"), &u), ERR_MALFORMED);
	assert_int_equal(span_i64(SPAN("-9223372036854775808"), &v), OK);
	assert_true(v == INT64_MIN);
	assert_int_equal(span_i64(SPAN("9223372036854775808"), &v), ERR_RANGE);
	assert_int_equal(span_i64(SPAN("-9223372036854775809"), &v), ERR_RANGE);
	assert_int_equal(span_i64(SPAN("-"), &v), ERR_MALFORMED);
}

static void
test_offsets_past_the_end_are_clamped(void **state)
{
	(void)state;
	assert_int_equal(span_from(SPAN("abc"), 7).n, 0);
	assert_int_equal(span_head(SPAN("abc"), 7).n, 3);
	assert_int_equal(span_find(SPAN("abc"), 'x'), 3);
	assert_int_equal(span_find_span(SPAN("abcabd"), SPAN("abd")), 3);
	assert_int_equal(span_trim(SPAN(" \t\r\n")).n, 0);
	assert_true(
	    span_cmp(SPAN("a"), SPAN("ab")) < 0 && span_cmp(SPAN("b"), SPAN("ab")) > 0);
	assert_true(span_ieq(SPAN("Content-TYPE"), SPAN("content-type")));
	assert_false(span_ieq(SPAN("k"), SPAN("\xe2\x84\xaa"))); /* Kelvin sign is no k */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut_yields_every_piece_once),
	    cmocka_unit_test(test_numbers_are_exact_at_their_edges),
	    cmocka_unit_test(test_offsets_past_the_end_are_clamped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
