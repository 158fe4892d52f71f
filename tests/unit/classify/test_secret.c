/* Credentials. What looks like a key here is made up; prefixes are put together so that
 * scanners of repositories stay quiet. */
#include "classify/checksum.h"
#include "tests/unit/classify/fixture.h"

#define A10 "aB3dE5gH7j"
#define H16 "0123456789abcdef"

static const struct value_case keys[] = {
    {"provider_key",
	"ghp"
	"_" A10 A10 A10 "aB3dE5",
	HIT_CERTAIN},
    {"provider_key",
	"AKIA"
	"2E0A8F3B244C9986",
	HIT_CERTAIN},
    {"provider_key",
	"sk_"
	"live_" A10 A10 "aB3d",
	HIT_CERTAIN},
    {"provider_key",
	"glpat"
	"-" A10 A10,
	HIT_CERTAIN},
    {"provider_key",
	"xoxb"
	"-123456789012-123456789012-" A10 A10,
	HIT_CERTAIN},
    {"provider_key",
	"AIza"
	"Sy" A10 A10 A10 "-_x",
	HIT_CERTAIN},
    {"provider_key",
	"SG."
	"" A10 A10 "aB." A10 A10 A10 A10 "aB3",
	HIT_CERTAIN},
    {"provider_key", H16 H16 "-us12", HIT_CERTAIN},
    {"provider_key", "110201543:AA" A10 A10 A10 "aB3", HIT_CERTAIN},
    {"provider_key",
	"dop_"
	"v1_" H16 H16 H16 H16,
	HIT_CERTAIN},
};

static const struct value_case no_keys[] = {
    {"provider_key", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0},
    {"provider_key", "AKIAXXXXXXXXXXXXXXXX", 0},
    {"provider_key", "AKIAZZZ", 0},
    {"provider_key", "akia2e0a8f3b244c9986", 0},
    {"provider_key", "sk_live_", 0},
    {"provider_key", "pk_live_" A10 A10 "aB3d", 0}, /* published by design */
    {"provider_key", "xoxb-this-is-a-sentence-with-hyphens", 0},
    {"provider_key", "SG." A10 A10 "aB." A10, 0},
    {"provider_key", H16 H16 "-2", 0},
    {"provider_key", "glpat-short", 0},
    {"provider_key", "glpat-xxxxxxxx-xxxxxxxxxxxxxxxxxx.xxxxxxxxx", 0},
};

#define JWT_HEADER "eyJhbGciOiJIUzI1NiJ9" /* {"alg":"HS256"} */

static const struct value_case others[] = {
    {"jwt", JWT_HEADER ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl", HIT_CERTAIN},
    {"jwt", JWT_HEADER ".eyJzdWIiOiIxIn0.", HIT_CERTAIN}, /* unsigned */
    {"jwt", JWT_HEADER ".a.b.c.d", HIT_CERTAIN}, /* encrypted: five parts */
    {"jwt", JWT_HEADER ".eyJzdWIiOiIxIn0", 0},
    {"jwt", "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiIxIn0.c2ln", 0}, /* no alg */
    {"jwt", "eyJhbGciOiJIUzI1NiJ.eyJzdWIiOiIxIn0.c2ln", 0}, /* header cut */
    {"jwt", JWT_HEADER ".a.b.c.d.e", 0},
    {"private_key",
	"-----BEGIN RSA PRIVATE KEY-----\n" A10 A10 A10 A10
	"\n-----END RSA PRIVATE KEY-----",
	HIT_CERTAIN},
    {"private_key", "-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----",
	0},
    {"private_key", "-----BEGIN PUBLIC KEY-----\n" A10 A10 A10 A10, HIT_SHAPE},
    {"password", "$2b$12$" A10 A10 A10 A10 A10 "aB3", HIT_CERTAIN},
    {"password", "hunter2", HIT_SHAPE},
    {"password", "false", 0},
    {"password", "********", 0},
    {"password", "<password>", 0},
    {"password", "${DB_PASSWORD}", 0},
    {"secret", H16 H16, HIT_CHECKED},
    {"secret", "Bearer " A10, HIT_CHECKED},
    {"secret", "aaaaaaaaaaaaaaaaaaaa", 0},
    {"secret", "two words", 0},
    {"secret", "https://example.com/a/b/c", 0},
};

static void
test_tokens_of_providers_have_their_pictures(void **state)
{
	(void)state;
	check_values(keys, LENGTH(keys));
	check_values(no_keys, LENGTH(no_keys));
}

static void
test_other_credentials(void **state)
{
	(void)state;
	check_values(others, LENGTH(others));
}

static void
test_examples_are_none_in_production(void **state)
{
	static const char example[] = "AKIA"
				      "IOSFODNN7EXAMPLE";
	struct class_hits h = hits_as(example, CLASS_STRING, false);

	(void)state;
	for (unsigned i = 0; i < h.n; i++)
		assert_int_not_equal(h.hit[i].cls, ID_PROVIDER_KEY);
	assert_int_equal(strength(example, "provider_key"), HIT_CERTAIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tokens_of_providers_have_their_pictures),
	    cmocka_unit_test(test_other_credentials),
	    cmocka_unit_test(test_examples_are_none_in_production),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
