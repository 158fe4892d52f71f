/* IBAN, codes of diagnoses, addresses of crypto currencies, documents. */
#include "tests/unit/classify/fixture.h"

static const struct value_case ibans[] = {
    {"iban", "GB82WEST12345698765432", HIT_CERTAIN},
    {"iban", "GB82 WEST 1234 5698 7654 32", HIT_CERTAIN},
    {"iban", "gb82west12345698765432", HIT_CERTAIN},
    {"iban", "DE89 3704 0044 0532 0130 00", HIT_CERTAIN},
    {"iban", "NO9386011117947", HIT_CERTAIN},
    {"iban", "MT84MALT011000012345MTLCAST001S", HIT_CERTAIN},
    {"iban", "AL47212110090000000235698741", HIT_CERTAIN},
};

static const struct value_case no_ibans[] = {
    {"iban", "GB82WEST1234569876543", 0}, /* not its country's length */
    {"iban", "ZZ82WEST12345698765432", 0},
    {"iban", "AL47 212A 1009 0000 0002 3569 8740", 0},
    {"iban", "DE89.3704.0044.0532.0130.00", 0},
    {"iban", "GB82WEST12345698765432X", 0},
};

static const struct value_case others[] = {
    {"icd10", "E11.9", HIT_CHECKED},
    {"icd10", "S72.001A", HIT_CHECKED},
    {"icd10", "I10", HIT_SHAPE},
    {"icd10", "C4A.9", HIT_CHECKED},
    {"icd10", "e11.9", 0},
    {"icd10", "E11.", 0},
    {"icd10", "E1", 0},
    {"icd10", "E11.12345", 0},
    {"icd10", "11E.9", 0},
    {"crypto_wallet", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", HIT_CERTAIN},
    {"crypto_wallet", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp", 0},
    {"crypto_wallet", "bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297",
	HIT_CERTAIN},
    {"crypto_wallet", "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ", HIT_SHAPE},
    {"crypto_wallet", "0x52908400098527886E0F7030069857D2E4169EE7", HIT_CHECKED},
    {"crypto_wallet", "0x52908400098527886E0F7030069857D2E4169EEG", 0},
    {"driving_licence", "MORGA657054SM9IJ", HIT_CHECKED},
    {"driving_licence", "MORGA677054SM9IJ", HIT_SHAPE}, /* no such month */
    {"passport", "C01234565", HIT_SHAPE},
    {"passport", "ABCDEFGH", 0},
    {"national_id", "12-3456789", HIT_SHAPE},
};

static void
test_ibans_have_country_length_and_remainder(void **state)
{
	(void)state;
	check_values(ibans, LENGTH(ibans));
	check_near_misses(ibans, LENGTH(ibans));
	check_values(no_ibans, LENGTH(no_ibans));
}

static void
test_other_identifiers_have_their_pictures(void **state)
{
	(void)state;
	check_values(others, LENGTH(others));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ibans_have_country_length_and_remainder),
	    cmocka_unit_test(test_other_identifiers_have_their_pictures),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
