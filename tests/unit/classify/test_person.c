/* Telephones, dates, places, names, addresses: shapes, and what makes them more. */
#include "tests/unit/classify/fixture.h"

static const struct value_case cases[] = {
    {"phone", "+14155550132", HIT_CERTAIN},
    {"phone", "+49 170 1234567", HIT_CERTAIN},
    {"phone", "+63 (917) 123 4567", HIT_CERTAIN},
    {"phone", "(415) 555-0132", HIT_CHECKED},
    {"phone", "415-555-0132", HIT_CHECKED},
    {"phone", "4155550132", HIT_SHAPE},
    {"phone", "09-7625400", HIT_SHAPE},
    {"phone", "+0530", 0},
    {"phone", "+099 123 456 789", HIT_SHAPE}, /* no such country */
    {"phone", "123456", 0},
    {"phone", "1234567890123456", 0},
    {"birth_date", "1980-02-29", HIT_SHAPE},
    {"birth_date", "29.2.1980", HIT_SHAPE},
    {"birth_date", "12/31/1999", HIT_SHAPE},
    {"birth_date", "31/12/1999", HIT_SHAPE},
    {"birth_date", "19801231", HIT_SHAPE},
    {"birth_date", "1980-12-31T00:00:00Z", HIT_SHAPE},
    {"birth_date", "1980-13-31", 0},
    {"birth_date", "31/31/1999", 0},
    {"birth_date", "1980-12/31", 0},
    {"birth_date", "1700-12-31", 0},
    {"birth_date", "1980-12-31x", 0},
    {"geo_position", "48.8566", HIT_CHECKED},
    {"geo_position", "-122.5", HIT_SHAPE},
    {"geo_position", "181.5", 0},
    {"geo_position", "1.2.3", 0},
    {"geo_position", "48.8566,2.3522", HIT_CERTAIN},
    {"geo_position", "geo:48.8566,2.3522", HIT_CERTAIN},
    {"geo_position", "POINT (2.3522 48.8566)", HIT_CERTAIN},
    {"geo_position", "48.8,2.3", 0},
    {"person_name", "John Smith", HIT_CHECKED},
    {"person_name", "MICHAEL SMITH", HIT_CHECKED},
    {"person_name", "Mia Krystof", HIT_CHECKED},
    {"person_name", "Xyzzy Plugh", HIT_SHAPE},
    {"person_name", "active", HIT_SHAPE},
    {"person_name", "Zo\xc3\xab", HIT_SHAPE},
    {"person_name", "https://x", 0},
    {"person_name", "12345", 0},
    {"person_name", "one two three four five six", 0},
    {"address", "12 High Street", HIT_CHECKED},
    {"address",
	"Hauptstra\xc3\x9f"
	"e 5",
	HIT_CHECKED},
    {"address", "Rue de la Gare 3", HIT_CHECKED},
    {"address", "Apt. 456", HIT_CHECKED},
    {"address", "Roque Petroni Jr", HIT_SHAPE},
    {"address", "a@b", 0},
};

static void
test_values_have_their_strengths(void **state)
{
	(void)state;
	check_values(cases, LENGTH(cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values_have_their_strengths),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
