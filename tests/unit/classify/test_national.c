/* Identity numbers of digits: examples that authorities and handbooks publish. */
#include "tests/unit/classify/fixture.h"

static const struct value_case right[] = {
    {"au_tfn", "876543210", HIT_SHAPE},
    {"au_tfn", "123 456 782", HIT_CHECKED},
    {"be_nn", "85073003328", HIT_CHECKED},
    {"be_nn", "85.07.30-033.28", HIT_CERTAIN},
    {"br_cpf", "52998224725", HIT_CHECKED},
    {"br_cpf", "529.982.247-25", HIT_CERTAIN},
    {"br_cpf", "111.444.777-35", HIT_CERTAIN},
    {"ca_sin", "130692544", HIT_SHAPE},
    {"ca_sin", "347-677-452", HIT_CHECKED},
    {"ch_ahv", "756.9217.0769.85", HIT_CERTAIN},
    {"ch_ahv", "7569217076985", HIT_CERTAIN},
    {"cn_ric", "11010519491231002X", HIT_CERTAIN},
    {"de_idnr", "86095742719", HIT_CHECKED},
    {"fr_nir", "255081416802538", HIT_CERTAIN},
    {"fr_nir", "2 55 08 14 168 025 38", HIT_CERTAIN},
    {"in_aadhaar", "234123412346", HIT_SHAPE},
    {"in_aadhaar", "2341 2341 2346", HIT_CHECKED},
    {"kr_rrn", "9601211234567", 0}, /* no check digit, no separator */
    {"nl_bsn", "111222333", HIT_SHAPE},
    {"nl_bsn", "123456782", HIT_SHAPE},
    {"no_fnr", "15108695088", HIT_CHECKED},
    {"pl_pesel", "44051401458", HIT_CHECKED},
    {"pl_pesel", "02070803628", HIT_CHECKED},
    {"pt_nif", "501964843", HIT_SHAPE},
    {"ro_cnp", "1630615123457", HIT_CHECKED},
    {"se_pnr", "198712202384", HIT_CHECKED},
    {"se_pnr", "871220-2384", HIT_CHECKED},
    {"se_pnr", "8712202384", HIT_SHAPE},
    {"th_id", "1234567890121", HIT_SHAPE},
    {"th_id", "1-2345-67890-12-1", HIT_CHECKED},
    {"tr_tckn", "10000000146", HIT_CHECKED},
    {"tr_tckn", "53857632436", HIT_CHECKED},
    {"uk_nhs", "4010232137", HIT_SHAPE},
    {"uk_nhs", "943 476 5919", HIT_CHECKED},
    {"us_npi", "1234567893", HIT_SHAPE},
    {"us_npi", "1245319599", HIT_SHAPE},
    {"za_id", "8001015009087", HIT_CHECKED},
    {"za_id", "0002294321191", HIT_CHECKED},
    {"health_insurance", "2123456701", HIT_CHECKED},
};

static const struct value_case wrong[] = {
    {"au_tfn", "824753557", 0},
    {"br_cpf", "111.111.111-11", 0},
    {"ca_sin", "046 454 286", 0}, /* not given out */
    {"ca_sin", "812345678", 0},
    {"de_idnr", "02345678901", 0},
    {"de_idnr", "12345678903", HIT_SHAPE}, /* a sample: no digit twice */
    {"dk_cpr", "320190-1234", 0},
    {"in_aadhaar", "123456789012", 0},
    {"kr_rrn", "001332-1234567", 0},
    {"kr_rrn", "960121+1021413", 0},
    {"pl_pesel", "11110021111", 0},
    {"se_pnr", "19000309-3393", 0},
    {"se_pnr", "200504422381", 0},
    {"th_id", "0234567890124", 0},
    {"tr_tckn", "00000000000", 0},
    {"us_npi", "3234567893", 0},
    {"za_id", "9913326789285", 0},
    {"ch_ahv", "7559217076985", 0},
};

/* No check digit: a date and how it is written. */
static const struct value_case dated[] = {
    {"dk_cpr", "211062-5629", HIT_CHECKED},
    {"dk_cpr", "2110625629", HIT_SHAPE},
    {"kr_rrn", "960121-1234567", HIT_CHECKED},
};

static void
test_published_examples_pass(void **state)
{
	(void)state;
	check_values(right, LENGTH(right));
	check_values(dated, LENGTH(dated));
}

static void
test_another_last_digit_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(right); i++)
		if (right[i].strength > 0 &&
		    strcmp(right[i].cls, "health_insurance") != 0)
			check_near_misses(&right[i], 1);
}

static void
test_near_misses_do_not(void **state)
{
	(void)state;
	check_values(wrong, LENGTH(wrong));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_published_examples_pass),
	    cmocka_unit_test(test_another_last_digit_does_not),
	    cmocka_unit_test(test_near_misses_do_not),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
