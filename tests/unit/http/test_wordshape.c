/* Words, identifiers, and versions of words. */
#include "http/wordshape.h"
#include "tests/unit/http/fixture.h"

static void
test_words_with_few_digits_are_words(void **state)
{
	static const char *const words[] = {
	    "users",
	    "getAccessToken",
	    "dhcp",
	    "oauth2",
	    "ipv4-addresses",
	    "base64",
	    "s3",
	    "k8s",
	    "2fa",
	    "i18n",
	    "top-10",
	    "report-2024",
	    "last-30-days",
	    "html5_video",
	    "x86_64",
	    "iso8601",
	    "log4j2",
	    "covid19",
	    "user.list",
	    "getOAuth2AccessTokenForUser",
	    "xml2json",
	    "b2b",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!wordshape_has(exact(words[i]), NULL))
			fail_msg("%s is a word", words[i]);
}

static void
test_random_tokens_are_none(void **state)
{
	static const char *const ids[] = {"k3j9x2p1q7", "dQw4w9WgXcQ9", "x7f3kq9z",
	    "web-7d9f8b6c5x", "12345x", "a1b2c3d4e5", "pl14Db6oMJRH6SRVoOwORacK"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		bool random;

		if (wordshape_has(exact(ids[i]), &random))
			fail_msg("%s is no word", ids[i]);
		if (strlen(ids[i]) >= 8 && !random)
			fail_msg("%s is random", ids[i]);
	}
}

static void
test_other_characters_are_no_words(void **state)
{
	assert_false(wordshape_has(exact("a b"), NULL));
	assert_false(wordshape_has(exact("a=b"), NULL));
	assert_false(wordshape_has(exact("gr\xc3\xbcn"), NULL));
	assert_false(wordshape_has(exact(""), NULL));
	assert_false(wordshape_has(exact("2024"), NULL)); /* no letter */
}

static void
test_versions_of_words(void **state)
{
	static const struct {
		const char *prefix, *tail;
		bool version;
	} cases[] = {
	    {"report", "2024", true},
	    {"report", "1999", true},
	    {"report", "2124", false},
	    {"ab", "2024", false},
	    {"api", "v2", true},
	    {"api", "2", true},
	    {"sha", "256", true},
	    {"SHA", "512", true},
	    {"step", "12", true},
	    {"send", "sms2", true},
	    {"fhir", "r4", true},
	    {"ord", "7", false},
	    {"ord", "1001", false},
	    {"ab", "12", false},
	    {"cus", "N1xb4", false},
	    {"usr", "qzx7", false},
	    {"order", "a1b2", false},
	    {"a", "", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (wordshape_is_version(exact(cases[i].prefix), exact(cases[i].tail)) !=
		    cases[i].version)
			fail_msg("%s-%s", cases[i].prefix, cases[i].tail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_words_with_few_digits_are_words),
	    UNIT(test_random_tokens_are_none),
	    UNIT(test_other_characters_are_no_words),
	    UNIT(test_versions_of_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
