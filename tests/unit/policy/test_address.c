/* Networks: text to bytes and back, and what covers what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/address.h"

static void
test_address_reads_and_prints_one_form(void **state)
{
	static const struct {
		const char *in, *out;
		int rc;
	} cases[] = {
	    {"192.0.2.1", "192.0.2.1", OK},
	    {"192.0.2.0/24", "192.0.2.0/24", OK},
	    {"0.0.0.0/0", "0.0.0.0/0", OK},
	    {"192.0.2.1/32", "192.0.2.1", OK},
	    {"::ffff:192.0.2.0/120", "192.0.2.0/24", OK},
	    {"2001:DB8:0:0::1", "2001:db8::1", OK},
	    {"::/0", "::/0", OK},
	    {"::1/128", "::1", OK},
	    {"192.0.2.1/24", "192.0.2.0/24", ERR_INVALID},
	    {"2001:db8::1/127", "2001:db8::/127", ERR_INVALID},
	    {"192.0.2.0/33", NULL, ERR_RANGE},
	    {"::/129", NULL, ERR_RANGE},
	    {"192.0.2", NULL, ERR_MALFORMED},
	    {"192.0.2.256", NULL, ERR_MALFORMED},
	    {"192.0.2.1/", NULL, ERR_MALFORMED},
	    {"192.0.2.1/-1", NULL, ERR_MALFORMED},
	    {"192.0.2.1/24/24", NULL, ERR_MALFORMED},
	    {"1:2", NULL, ERR_MALFORMED},
	    {"/8", NULL, ERR_MALFORMED},
	    {"", NULL, ERR_MALFORMED},
	    {"1111:1111:1111:1111:1111:1111:111.111.111.111.1", NULL, ERR_MALFORMED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[ADDRESS_TEXT_MAX];
		struct address a;

		assert_int_equal(address_parse(span_str(cases[i].in), &a), cases[i].rc);
		if (cases[i].out)
			assert_true(
			    span_eq(address_print(&a, text), span_str(cases[i].out)));
	}
}

static void
test_address_reduce_keeps_what_nothing_covers(void **state)
{
	static const char *const in[] = {"10.1.2.3", "10.0.0.0/8", "11.0.0.0",
	    "10.0.0.0/9", "::/1", "2001:db8::1", "8000::", "11.0.0.0", "10.0.0.0"};
	static const char *const out[] = {"::/1", "8000::"};
	struct address a[9];

	for (size_t i = 0; i < 9; i++)
		assert_int_equal(address_parse(span_str(in[i]), &a[i]), OK);
	/* ::/1 covers all mapped v4 addresses, too */
	assert_int_equal(address_reduce(a, 9), 2);
	for (size_t i = 0; i < 2; i++) {
		char text[ADDRESS_TEXT_MAX];

		assert_true(span_eq(address_print(&a[i], text), span_str(out[i])));
	}
	assert_int_equal(address_reduce(a, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_address_reads_and_prints_one_form),
	    cmocka_unit_test(test_address_reduce_keeps_what_nothing_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
