/* HAProxy's numbers and texts, at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/varint.h"

static const struct {
	struct span in;
	int err;
	uint64_t v;
	size_t left;
} numbers[] = {
    {SPAN("\0"), OK, 0, 0},
    {SPAN("\xefx"), OK, 239, 1},
    {SPAN("\xf0\0"), OK, 240, 0},
    {SPAN("\xff\x00y"), OK, 255, 1},
    {SPAN("\xf0\x01"), OK, 256, 0},
    {SPAN("\xff\x7f"), OK, 2287, 0},
    {SPAN("\xf0\x80\x00"), OK, 2288, 0},
    {SPAN("\xff\xf0\xfe\xfe\xfe\xfe\xfe\xfe\xfe\x0e"), OK, UINT64_MAX, 0},
    {SPAN("\xff\xf1\xfe\xfe\xfe\xfe\xfe\xfe\xfe\x0e"), ERR_MALFORMED, 0, 0},
    {SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"), ERR_MALFORMED, 0, 0},
    {SPAN(""), ERR_TRUNCATED, 0, 0},
    {SPAN("\xf0"), ERR_TRUNCATED, 0, 0},
    {SPAN("\xf0\x80"), ERR_TRUNCATED, 0, 0},
};

static void
test_numbers_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct span rest = numbers[i].in;
		uint64_t v = 7;

		assert_int_equal(varint_read(&rest, &v), numbers[i].err);
		assert_int_equal(v, numbers[i].v);
		if (numbers[i].err == OK)
			assert_int_equal(rest.n, numbers[i].left);
	}
}

static void
test_text_never_reaches_beyond_the_end(void **state)
{
	struct span rest = SPAN("\3abc\0\5abcd"), text;

	(void)state;
	assert_int_equal(varint_text(&rest, &text), OK);
	assert_true(span_eq(text, SPAN("abc")));
	assert_int_equal(varint_text(&rest, &text), OK);
	assert_int_equal(text.n, 0);
	assert_false(span_absent(text));
	assert_int_equal(varint_text(&rest, &text), ERR_TRUNCATED);
	assert_true(span_absent(text));
	rest = SPAN("\xff\xf0\xfe\xfe\xfe\xfe\xfe\xfe\xfe\x0e");
	assert_int_equal(varint_text(&rest, &text), ERR_TRUNCATED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers_are_read_or_refused),
	    cmocka_unit_test(test_text_never_reaches_beyond_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
