/* Names into words. */
#include "classify/phrases.h"
#include "tests/unit/classify/fixture.h"

/* The words of a, written another way, are the words of b. */
static const struct {
	const char *a, *b;
} same[] = {
    {"cardNumber", "card number"},
    {"card_number", "card number"},
    {"card-number", "card number"},
    {"CardNumber", "card number"},
    {"CARD_NUMBER", "card number"},
    {"cardNumbers", "card number"},
    {"card.number[]", "card number"},
    {"card2Number1", "card number"},
    {"SSNValue", "ssn value"},
    {"userSSN", "user ssn"},
    {"clientIPAddress", "client ip address"},
    {"userIDs", "user id"},
    {"phonenumber", "phone number"},
    {"expirydate", "expiry date"},
    {"cardno", "card number"},
    {"acctNum", "account number"},
    {"emailAddr", "mail address"},
    {"telefon-nr", "phone number"},
    {"passportno", "passport no"},
    {"addresses", "address"},
    {"pr\xc3\xa9nom", "prenom"},
    {"stra\xc3\x9f"
     "e",
	"strase"},
};

static const struct {
	const char *a, *b;
} different[] = {
    {"duplicate", "dup lic ate"}, /* a word of its own, with lic in it */
    {"notation", "no tation"},
    {"strip", "str ip"}, /* no long word in it */
    {"status", "statu"},
    {"address", "addres"},
};

static struct words
split(const char *name)
{
	struct words w = {0};

	phrases_split(set->phrases, span_str(name), &w);
	return w;
}

static bool
are_same(const char *a, const char *b)
{
	struct words x = split(a), y = split(b);

	return x.n == y.n && memcmp(x.hash, y.hash, x.n * sizeof(*x.hash)) == 0;
}

static void
test_ways_of_writing_a_name_are_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(same); i++)
		if (!are_same(same[i].a, same[i].b))
			fail_msg("%s is not %s", same[i].a, same[i].b);
	for (size_t i = 0; i < LENGTH(different); i++)
		if (are_same(different[i].a, different[i].b))
			fail_msg("%s is %s", different[i].a, different[i].b);
}

static void
test_long_names_are_cut(void **state)
{
	char name[4000];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(split(name).n, 1);
	for (size_t i = 1; i < sizeof(name) - 1; i += 2)
		name[i] = '_';
	assert_int_equal(split(name).n, WORDS_MAX);
}

static void
test_phrases_are_found_by_all_their_words(void **state)
{
	struct words w = split("social security number");

	(void)state;
	assert_non_null(phrases_find(set->phrases, w.hash, 3));
	assert_null(phrases_find(set->phrases, w.hash + 1, 2));
	/* Two classes under one phrase: both. */
	assert_non_null(
	    phrases_next(set->phrases, phrases_find(set->phrases, w.hash, 3)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ways_of_writing_a_name_are_one),
	    cmocka_unit_test(test_long_names_are_cut),
	    cmocka_unit_test(test_phrases_are_found_by_all_their_words),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
