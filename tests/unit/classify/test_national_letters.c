/* Identity numbers with letters. */
#include "tests/unit/classify/fixture.h"

static const struct value_case right[] = {
    {"es_dni", "12345678Z", HIT_CHECKED},
    {"es_dni", "55555555-K", HIT_CHECKED},
    {"es_dni", "X9613851N", HIT_CHECKED},
    {"es_dni", "Z8078221M", HIT_CHECKED},
    {"sg_nric", "S1234567D", HIT_CHECKED},
    {"sg_nric", "F1234567N", HIT_CHECKED},
    {"sg_nric", "T1234567J", HIT_CHECKED},
    {"sg_nric", "G1234567X", HIT_CHECKED},
    {"sg_nric", "M1234567K", HIT_CHECKED},
    {"fi_hetu", "131052-308T", HIT_CERTAIN},
    {"fi_hetu", "010594Y9032", HIT_CERTAIN},
    {"it_cf", "RCCMNL83S18D969H", HIT_CERTAIN},
    {"mx_curp", "BOXW310820HNERXN09", HIT_CERTAIN},
    {"fr_nir", "1 84 12 2A 451 089 46", 0}, /* the check digits are not these */
    {"ie_pps", "6433435F", HIT_CHECKED},
    {"hk_id", "A123456(3)", HIT_CHECKED},
    {"hk_id", "A1234563", HIT_SHAPE},
    {"cl_rut", "12.531.909-2", HIT_CHECKED},
    {"cl_rut", "125319092", HIT_SHAPE},
    {"health_insurance", "A123456780", HIT_CHECKED},
};

/* Letters and digits in the right places, no check. */
static const struct value_case pictured[] = {
    {"uk_nino", "AB123456C", HIT_CHECKED},
    {"uk_nino", "AA 12 34 56 B", HIT_CHECKED},
    {"uk_nino", "tw987654a", HIT_CHECKED},
    {"in_pan", "ABCPD1234Z", HIT_CHECKED},
    {"us_mbi", "1EG4TE5MK73", HIT_CHECKED},
    {"us_mbi", "1EG4-TE5-MK73", HIT_CERTAIN},
};

static const struct value_case wrong[] = {
    {"uk_nino", "AA 12 34 56 H", 0},
    {"uk_nino", "BG123612A", 0},
    {"uk_nino", "FQ 00 00 00 C", 0},
    {"in_pan", "ABCDD1234Z", 0}, /* no kind of holder */
    {"us_mbi", "1SG4-TE5-MK73", 0},
    {"us_mbi", "0EG4-TE5-MK73", 0},
    {"it_cf", "AAAAAA00B11C333M", 0},
    {"mx_curp", "BOXW311320HNERXN09", 0},
    {"fi_hetu", "111111-111A", 0},
    {"fi_hetu", "310289-211C", 0},
    {"es_dni", "58063915Q", 0},
};

static void
test_check_letters_hold(void **state)
{
	(void)state;
	check_values(right, LENGTH(right));
	for (size_t i = 0; i < LENGTH(right); i++)
		if (right[i].strength > 0 &&
		    strcmp(right[i].cls, "health_insurance") != 0)
			check_near_misses(&right[i], 1);
}

static void
test_pictures_hold(void **state)
{
	(void)state;
	check_values(pictured, LENGTH(pictured));
	check_values(wrong, LENGTH(wrong));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_letters_hold),
	    cmocka_unit_test(test_pictures_hold),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
