/* What stands inside longer text, and what only seems to. */
#include "tests/unit/classify/fixture.h"

#include <time.h>

#define C10 (10 + HIT_CERTAIN)
#define K10 (10 + HIT_CHECKED)

static const struct value_case found[] = {
    {"card_number", "please charge 4111111111111111, thanks", C10},
    {"card_number", "use 4111 1111 1111 1111 for it", C10},
    {"card_number", "my number: 4111111111111111.", 0}, /* a number of something */
    {"card_number", "here: 4111111111111111.", K10},
    {"us_ssn", "his SSN is 123-45-6780.", C10},
    {"us_ssn", "(123-45-6780)", K10},
    {"iban", "to DE89 3704 0044 0532 0130 00 until Friday", C10},
    {"iban", "IBAN:GB82WEST12345698765432", C10},
    {"email", "write to jane.doe@example.com.", C10},
    {"email", "<jane.doe@example.com>, and more", C10},
    {"email", "https://x.example/?mail=jane@example.com&a=1", C10},
    {"phone", "call +49 170 1234567 tomorrow", K10},
    {"phone", "call 415-555-0132 now", K10},
    {"password", "postgres://app:s3cretpw@db.example.com/main", C10},
    {"br_cpf", "CPF 529.982.247-25 ok", C10},
    {"it_cf", "CF: RCCMNL83S18D969H", C10},
    {"jwt", "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", C10},
    {"provider_key", "export TOKEN=dapi0123456789abcdef0123456789abcdef", C10},
    {"provider_key", "key 0123456789abcdef0123456789abcdef-us3 it is", C10},
    {"private_key",
	"x\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n",
	C10},
};

static const struct value_case not_found[] = {
    {"card_number", "order 4111111111111111 shipped", 0},
    {"card_number", "ref #4111111111111111", 0},
    {"card_number", "id=4111111111111111", 0},
    {"card_number", "https://x.example/p/4111111111111111/view", 0},
    {"card_number", "a4111111111111111 b", 0},
    {"card_number", "x 4111111111111111b", 0},
    {"card_number", "took 4111111111111111.25 s", 0},
    {"card_number", "ae41-4111111111111111-bd12", 0},
    {"card_number", "2f1c4111111111111111aa0022 in hex", 0},
    {"us_ssn", "part 123-45-6780-99", 0},
    {"us_ssn", "order 123-45-6780", 0},
    {"email", "git@github.com:octocat/Hello-World.git", 0},
    {"email", "ssh://git@example.com/x", 0},
    {"email", "@scope/package@1.2.3 is new", 0},
    {"email", "image@2x.png and logo@3x.jpg", 0},
    {"password", "https://example.com:8080/@user", HIT_SHAPE},
    {"password", "https://user@example.com/ is fine", HIT_SHAPE},
    {"password", "http://localhost:5000/<%= @variable %>", HIT_SHAPE},
    {"iban", "build DE12345678901234567890 of", 0},
    {"phone", "1.415-555-0132.7 x", 0},
    {"phone", "2024-01-02 415-5", HIT_SHAPE},
};

static void
test_values_in_text_are_found(void **state)
{
	(void)state;
	check_values(found, LENGTH(found));
}

static void
test_what_only_seems_so_is_not(void **state)
{
	(void)state;
	check_values(not_found, LENGTH(not_found));
}

static void
test_only_the_first_4_kb_are_read(void **state)
{
	char text[TEXT_SCANNED + 64];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + 1000, " jane@example.com ", 18);
	text[TEXT_SCANNED] = '\0';
	assert_int_equal(strength(text, "email"), C10);
	memset(text, 'x', sizeof(text));
	memcpy(text + TEXT_SCANNED + 10, " jane@example.com ", 18);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(strength(text, "email"), 0);
}

/* Microseconds of CPU for a value made of a text again and again, the best of a few. */
static double
cost_us(const char *again, size_t bytes)
{
	char value[4096];
	double best = 1e9;

	for (size_t i = 0; i < bytes; i++)
		value[i] = again[i % strlen(again)];
	for (unsigned k = 0; k < 5; k++) {
		struct timespec from, to;
		struct class_hits h;
		double us;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		classify_value(set, span_make(value, bytes), CLASS_STRING, true, &h);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		us = (double)(to.tv_sec - from.tv_sec) * 1e6 +
		    (double)(to.tv_nsec - from.tv_nsec) / 1e3;
		best = us < best ? us : best;
	}
	return best;
}

/* Beginnings of tokens that are none were each read to the end: 4 ms for 4 KB. */
static void
test_time_grows_with_the_bytes_alone(void **state)
{
	static const char *const again[] = {"eyJ-", "-eyJa1", "xoxb-", "glpat-", "a1-",
	    "-----BEGIN ", "a@a.", "4111 ", "ab:", "DE89 ", "://a:", "sk_live_", "+1"};

	/* Eight times the bytes: linear is 8, quadratic 64. */
	for (size_t i = 0; i < sizeof(again) / sizeof(*again); i++)
		assert_true(cost_us(again[i], 4096) < 30 * cost_us(again[i], 512) + 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values_in_text_are_found),
	    cmocka_unit_test(test_what_only_seems_so_is_not),
	    cmocka_unit_test(test_only_the_first_4_kb_are_read),
	    cmocka_unit_test(test_time_grows_with_the_bytes_alone),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
