/* Check digits: published examples, and every single wrong digit. */
#include "classify/checksum.h"
#include "tests/unit/classify/fixture.h"

static bool
luhn(const char *s)
{
	return checksum_luhn(s, (unsigned)strlen(s));
}

static bool
verhoeff(const char *s)
{
	return checksum_verhoeff(s, (unsigned)strlen(s));
}

static bool
mod11_10(const char *s)
{
	return checksum_mod11_10(s, (unsigned)strlen(s));
}

static bool
mod97(const char *s)
{
	return checksum_mod97(s, (unsigned)strlen(s)) == 1;
}

static const struct {
	bool (*check)(const char *);
	const char *right;
} cases[] = {
    {luhn, "79927398713"}, /* Wikipedia's */
    {luhn, "4111111111111111"},
    {luhn, "0"},
    {verhoeff, "2363"}, /* of Verhoeff's own table */
    {verhoeff, "234123412346"},
    {mod11_10, "86095742719"}, /* ISO 7064 */
    {mod11_10, "07945"},
    {mod97, "3214282912345698765432161182"}, /* GB82WEST…, turned and written out */
    {mod97, "WEST12345698765432GB82"},
};

static void
test_every_wrong_digit_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char s[64];
		size_t n = strlen(cases[i].right);

		memcpy(s, cases[i].right, n + 1);
		assert_true(cases[i].check(s));
		for (size_t at = 0; at < n; at++)
			for (char c = '0'; c <= '9'; c++) {
				if (c == cases[i].right[at] ||
				    !ascii_is_digit(cases[i].right[at]))
					continue;
				s[at] = c;
				if (cases[i].check(s))
					fail_msg("%s passes", s);
				s[at] = cases[i].right[at];
			}
	}
}

static void
test_mod97_refuses_what_is_no_letter_or_digit(void **state)
{
	(void)state;
	assert_int_equal(checksum_mod97("12-3", 4), 97);
	assert_int_equal(checksum_mod97("12a3", 4), 97);
}

static void
test_weights_above_nine_are_letters(void **state)
{
	(void)state;
	assert_int_equal(checksum_weighted("123", "9AB"), 9 + 20 + 33);
}

static void
test_days_end_with_their_months(void **state)
{
	(void)state;
	assert_true(checksum_is_day(2, 29));
	assert_false(checksum_is_day(2, 30));
	assert_false(checksum_is_day(4, 31));
	assert_false(checksum_is_day(0, 1));
	assert_false(checksum_is_day(13, 1));
	assert_false(checksum_is_day(1, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_wrong_digit_is_found),
	    cmocka_unit_test(test_mod97_refuses_what_is_no_letter_or_digit),
	    cmocka_unit_test(test_weights_above_nine_are_letters),
	    cmocka_unit_test(test_days_end_with_their_months),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
