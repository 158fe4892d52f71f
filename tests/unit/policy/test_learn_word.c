/* What words look like, to the learner of templates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/learn_place.h"

static void
test_words_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum place_word want;
	} cases[] = {
	    {"v1", WORD_VERSION},
	    {"v2beta1", WORD_VERSION},
	    {"2024-01-31", WORD_VERSION},
	    {"api", WORD_VERSION},
	    {"search", WORD_ACTION},
	    {"me", WORD_ACTION},
	    {"accept", WORD_ACTION}, /* the first */
	    {"feed", WORD_ACTION},
	    {"featured", WORD_ACTION},
	    {"whoami", WORD_ACTION},
	    {"getUser", WORD_CODE},
	    {"qzxFooBar", WORD_CODE}, /* a hump is a programmer's, known or not */
	    {"user_groups", WORD_CODE},
	    {"chat.message", WORD_CODE},
	    {"users", WORD_PLURAL},
	    {"categories", WORD_PLURAL},
	    {"boxes", WORD_PLURAL},
	    {"status", WORD_ACTION},
	    {"warehouse", WORD_COMMON},
	    {"created", WORD_COMMON},
	    {"public-key", WORD_COMMON},
	    {"replicationcontrollers", WORD_COMPOUND},
	    {"issuetype", WORD_COMPOUND},
	    {"hankie", WORD_PLAIN},
	    {"crystalizing-dust", WORD_JOINED},
	    {"how-to-grow-tall-trees", WORD_SLUG},
	    {"Saunter", WORD_NAME},
	    {"Users", WORD_PLURAL},
	    {"report.pdf", WORD_SLUG},
	    {"openapi.json", WORD_CODE},
	    {"Search", WORD_ACTION},
	    {"qzxwvy", WORD_RELEASED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (learn_word_of(span_str(cases[i].text)) != cases[i].want)
			fail_msg("%s is %d", cases[i].text,
			    learn_word_of(span_str(cases[i].text)));
}

static void
test_tokens_are_told_apart_by_their_shape(void **state)
{
	static const struct {
		const char *shape;
		enum place_word want;
	} cases[] = {
	    {"word:7:a", WORD_TOKEN},
	    {"word:9:Aa", WORD_TOKEN},
	    {"word:11:a-a", WORD_TOKEN},
	    {"word:12:aAa", WORD_TOKEN_CODE},
	    {"word:12:a_a", WORD_TOKEN_CODE},
	    {"word:19:a.a.a", WORD_TOKEN_DOT},
	    {"word:9:a9", WORD_TOKEN_ODD},
	    {"word:30:a-a-a-a", WORD_TOKEN_ODD},
	    {"text:9:a a", WORD_TOKEN_ODD},
	    {"file:9:a", WORD_TOKEN_ODD},
	    {"", WORD_TOKEN},
	    {"::", WORD_TOKEN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (learn_word_of_token(span_str(cases[i].shape)) != cases[i].want)
			fail_msg("%s is %d", cases[i].shape,
			    learn_word_of_token(span_str(cases[i].shape)));
	assert_int_equal(learn_word_of_token(SPAN_NONE), WORD_TOKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_are_told_apart),
	    cmocka_unit_test(test_tokens_are_told_apart_by_their_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
