#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "redact/words.h"

static void
test_vocabulary_is_known(void **state)
{
	static const char *known[] = {"users", "Users", "USERS", "orders",
	    "user-profiles", "user_profiles", "userProfiles", "UserProfiles",
	    "HTTPServer", "getURLs", "oauth2", "sha256", "categories", "addresses",
	    "boxes", "v1beta", "me", "api", "well-known", ".well-known", "openapi.json",
	    "base64", "utf8", "v2", "health", "dicom-web", "id", "forgotPassword"};

	for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!words_known(span_str(known[i])))
			fail_msg("\"%s\" is not known", known[i]);
}

/* What might be a name or an id stays undecided. */
static void
test_names_and_ids_are_not_known(void **state)
{
	static const char *unknown[] = {"", "-", "42", "2fa", "johnathan", "Wolfgang",
	    "mueller", "jd", "j_d", "JD", "xqzzy", "user-xqzzy", "userXqzzy", "user2024",
	    "user 1", "user/admin", "caf\xc3\xa9", "user%20", "usersxy", "a1b2", "o'neil",
	    "john.smithson", "user=1", "customer5", "customer13", "rose85", "user-85"};

	for (unsigned i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		if (words_known(span_str(unknown[i])))
			fail_msg("\"%s\" is known", unknown[i]);
}

static void
test_long_text_is_not_known(void **state)
{
	char text[256];

	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = "users-"[i % 6];
	assert_true(words_known(span_make(text, 125)));
	assert_false(words_known(span_make(text, 131)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vocabulary_is_known),
	    cmocka_unit_test(test_names_and_ids_are_not_known),
	    cmocka_unit_test(test_long_text_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
