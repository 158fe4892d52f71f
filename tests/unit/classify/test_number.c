/* Numbers in groups: cards, social security numbers, banks. */
#include "tests/unit/classify/fixture.h"

static const struct value_case cards[] = {
    {"card_number", "4111111111111111", HIT_CHECKED},
    {"card_number", "4012-8888-8888-1881", HIT_CERTAIN},
    {"card_number", "4012 8888 8888 1881", HIT_CERTAIN},
    {"card_number", "371449635398431", HIT_CHECKED},
    {"card_number", "3714 496353 98431", HIT_CERTAIN},
    {"card_number", "2223003122003222", HIT_CHECKED},
    {"card_number", "6011000990139424", HIT_CHECKED},
    {"card_number", "3530111333300000", HIT_CHECKED},
    {"card_number", "30569309025904", HIT_CHECKED},
    {"card_number", "6759649826438453", HIT_CHECKED},
    {"card_number", "6205500000000000004", HIT_CHECKED},
    /* UATP, and a Visa of the old length: Luhn, and little else. */
    {"card_number", "122000000000003", HIT_SHAPE},
    {"card_number", "4222222222222", HIT_SHAPE},
};

static const struct value_case no_cards[] = {
    {"card_number", "4111111111111112", 0}, /* Luhn */
    {"card_number", "4111 111111 111111", HIT_SHAPE}, /* no card is printed so */
    {"card_number", "4111.1111.1111.1111", 0},
    {"card_number", "0000000000000000", 0},
    {"card_number", "9999999999999995", 0}, /* no scheme's */
    {"card_number", "1748503543012", 0}, /* milliseconds */
    {"card_number", "411111111111111", 0}, /* short by one */
    {"card_number", "41111111111111111111111111111111", 0},
    {"card_number", "-4111111111111111", 0},
    {"card_number", "411111111111.1111", 0},
};

static const struct value_case us[] = {
    {"us_ssn", "123-45-6780", HIT_CHECKED},
    {"us_ssn", "123456780", HIT_SHAPE},
    {"us_ssn", "123 45 6780", HIT_SHAPE},
    {"us_ssn", "078-05-1120", HIT_CHECKED}, /* published, outside PROD */
    {"us_ssn", "000-45-6780", 0},
    {"us_ssn", "666-45-6780", 0},
    {"us_ssn", "900-45-6780", 0},
    {"us_ssn", "123-00-6780", 0},
    {"us_ssn", "123-45-0000", 0},
    {"us_ssn", "12-345-6780", 0},
    {"us_ssn", "123-45.6780", 0},
    {"us_ssn", "111111111", 0},
    {"us_ssn", "1234567801", 0},
    {"us_itin", "911-70-1234", HIT_CHECKED},
    {"us_itin", "911701234", HIT_SHAPE},
    {"us_itin", "911-89-1234", 0},
    {"us_itin", "911-69-1234", 0},
    {"us_itin", "811-70-1234", 0},
};

static const struct value_case banks[] = {
    {"bank_routing", "121000358", HIT_CHECKED},
    {"bank_routing", "3222-7162-7", HIT_CHECKED},
    {"bank_routing", "121000359", 0},
    {"bank_routing", "421042111", 0}, /* no district */
    {"bank_routing", "12-34-56", HIT_SHAPE},
    {"bank_account", "945456787654", HIT_SHAPE},
    {"bank_account", "1234", 0},
    {"card_code", "123", HIT_SHAPE},
    {"card_code", "1-2", 0},
    {"card_code", "12345", 0},
    {"pin", "1234", HIT_SHAPE},
};

static void
test_cards_have_range_length_and_luhn(void **state)
{
	(void)state;
	check_values(cards, LENGTH(cards));
	check_near_misses(cards, LENGTH(cards));
	check_values(no_cards, LENGTH(no_cards));
}

static void
test_published_numbers_are_none_in_production(void **state)
{
	static const char *const published[] = {
	    "4242424242424242", "4242 4242 4242 4242", "078-05-1120", "987-65-4321"};

	(void)state;
	for (size_t i = 0; i < LENGTH(published); i++) {
		struct class_hits h = hits_as(published[i], CLASS_STRING, false);

		for (unsigned k = 0; k < h.n; k++) {
			assert_int_not_equal(h.hit[k].cls, ID_CARD_NUMBER);
			assert_int_not_equal(h.hit[k].cls, ID_US_SSN);
		}
		assert_true(strength(published[i], i < 2 ? "card_number" : "us_ssn") > 0);
	}
}

static void
test_social_security_numbers_are_those_given_out(void **state)
{
	(void)state;
	check_values(us, LENGTH(us));
}

static void
test_banks_have_districts_and_checks(void **state)
{
	(void)state;
	check_values(banks, LENGTH(banks));
}

static void
test_json_numbers_count_like_their_digits(void **state)
{
	struct class_hits h = hits_as("4111111111111111", CLASS_NUMBER, true);

	(void)state;
	assert_int_equal(h.hit[0].cls, ID_CARD_NUMBER);
	assert_int_equal(hits_as("4111111111111111", CLASS_BOOLEAN, true).n, 0);
	h = hits_as("0.4111111111111111", CLASS_NUMBER, true);
	for (unsigned i = 0; i < h.n; i++)
		assert_int_not_equal(h.hit[i].cls, ID_CARD_NUMBER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cards_have_range_length_and_luhn),
	    cmocka_unit_test(test_published_numbers_are_none_in_production),
	    cmocka_unit_test(test_social_security_numbers_are_those_given_out),
	    cmocka_unit_test(test_banks_have_districts_and_checks),
	    cmocka_unit_test(test_json_numbers_count_like_their_digits),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
