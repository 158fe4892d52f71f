#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pg/array.h"

static void
assert_bytes(struct pg_array *a, const char *expected, size_t n)
{
	const char *value;
	int length;

	assert_int_equal(pg_array_finish(a, &value, &length), OK);
	assert_int_equal(length, n);
	assert_memory_equal(value, expected, n);
	pg_array_fini(a);
}

static void
test_integers_have_the_width_of_their_type(void **state)
{
	static const char int4[] = "\0\0\0\1\0\0\0\0\0\0\0\x17\0\0\0\3\0\0\0\1"
				   "\0\0\0\4\0\0\0\7"
				   "\0\0\0\4\x7f\xff\xff\xff"
				   "\0\0\0\4\x80\0\0\0";
	static const char int2[] = "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1"
				   "\0\0\0\2\xff\xfe";
	static const char int8[] = "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\1\0\0\0\1"
				   "\0\0\0\x8\xff\xff\xff\xff\xff\xff\xff\xff";
	struct pg_array a = {0};

	pg_array_start(&a, PG_INT4);
	pg_array_int(&a, 7);
	pg_array_int(&a, INT64_MAX);
	pg_array_int(&a, INT64_MIN);
	assert_bytes(&a, int4, sizeof(int4) - 1);
	pg_array_start(&a, PG_INT2);
	pg_array_int(&a, -2);
	assert_bytes(&a, int2, sizeof(int2) - 1);
	pg_array_start(&a, PG_INT8);
	pg_array_int(&a, -1);
	assert_bytes(&a, int8, sizeof(int8) - 1);
}

static void
test_nulls_and_empty_text_are_two_things(void **state)
{
	static const char text[] = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"
				   "\0\0\0\2ab"
				   "\xff\xff\xff\xff"
				   "\0\0\0\0";
	struct pg_array a = {0};

	pg_array_start(&a, PG_TEXT);
	pg_array_bytes(&a, SPAN("ab"));
	pg_array_bytes(&a, SPAN_NONE);
	pg_array_bytes(&a, SPAN(""));
	assert_bytes(&a, text, sizeof(text) - 1);
}

static void
test_an_empty_array_has_no_dimension(void **state)
{
	static const char none[] = "\0\0\0\0\0\0\0\0\0\0\0\x14";
	struct pg_array a = {0};

	pg_array_start(&a, PG_INT8);
	pg_array_int(&a, 1);
	pg_array_start(&a, PG_INT8);
	assert_bytes(&a, none, sizeof(none) - 1);
}

static void
test_times_count_from_2000(void **state)
{
	char out[8];

	pg_put_time(out, INT64_C(946684800000001));
	assert_memory_equal(out, "\0\0\0\0\0\0\0\1", 8);
	assert_int_equal(pg_get_time(out), INT64_C(946684800000001));
	pg_put_time(out, 0);
	assert_int_equal(pg_get_time(out), 0);
	assert_int_equal(pg_get_int("\xff\xfe", 2), -2);
	assert_int_equal(pg_get_int("\x80\0\0\0", 4), INT32_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_integers_have_the_width_of_their_type),
	    cmocka_unit_test(test_nulls_and_empty_text_are_two_things),
	    cmocka_unit_test(test_an_empty_array_has_no_dimension),
	    cmocka_unit_test(test_times_count_from_2000),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
