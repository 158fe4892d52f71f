/* One value, many ways to write it: one canonical form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "redact/canonical.h"

struct example {
	enum class_canonical form;
	const char *value, *canonical;
};

static void
check(const struct example *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char out[CANONICAL_MAX];
		struct span got =
		    canonical_make(cases[i].form, span_str(cases[i].value), out);

		if (!span_eq(got, span_str(cases[i].canonical)))
			fail_msg("\"%s\" became \"%.*s\", not \"%s\"", cases[i].value,
			    (int)got.n, got.p, cases[i].canonical);
	}
}

static void
test_numbers_lose_their_separators(void **state)
{
	static const struct example cases[] = {
	    {CANON_DIGITS, "4111111111111111", "4111111111111111"},
	    {CANON_DIGITS, " 4111 1111-1111.1111\t", "4111111111111111"},
	    {CANON_DIGITS, "\xef\xbc\x94\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91", "4111"},
	    {CANON_DIGITS, "078-05-1120", "078051120"},
	    {CANON_DIGITS, "unknown", "unknown"},
	    {CANON_DIGITS, "", ""},
	    {CANON_UPPER, "gb82 west 1234 5698 7654 32", "GB82WEST12345698765432"},
	    {CANON_UPPER, "GB82-WEST-12345698765432", "GB82WEST12345698765432"},
	    {CANON_UPPER, "--", "--"},
	    {CANON_AS_IS, " As It Is ", " As It Is "},
	};

	check(cases, sizeof(cases) / sizeof(*cases));
}

static void
test_addresses_lose_their_dress(void **state)
{
	static const struct example cases[] = {
	    {CANON_EMAIL, "Jane.Doe+shop@Example.COM", "jane.doe+shop@example.com"},
	    {CANON_EMAIL, " <jane@example.com> ", "jane@example.com"},
	    {CANON_EMAIL, "MAILTO:jane@example.com.", "jane@example.com"},
	    {CANON_EMAIL, "J\xc3\x9cRGEN@example.com", "j\xc3\xbcrgen@example.com"},
	    {CANON_EMAIL, "<>", "<>"},
	    {CANON_PHONE, "+49 (0) 30 / 123-456", "+4930123456"},
	    {CANON_PHONE, "0049 30 123456", "+4930123456"},
	    {CANON_PHONE, "tel:+49-30-123456", "+4930123456"},
	    {CANON_PHONE, "+1 (415) 555-0132 ext. 12", "+14155550132"},
	    {CANON_PHONE, "+1.415.555.0132x12", "+14155550132"},
	    {CANON_PHONE, "(0415) 555 0132", "04155550132"},
	    {CANON_PHONE, "030 123456", "030123456"},
	    {CANON_PHONE, "+", "+"},
	    {CANON_PHONE, "none", "none"},
	};

	check(cases, sizeof(cases) / sizeof(*cases));
}

static void
test_names_are_the_same_however_composed(void **state)
{
	static const struct example cases[] = {
	    {CANON_NAME, "Jos\xc3\xa9  Garc\xc3\xad\x61", "jose garcia"},
	    {CANON_NAME, "JOSE\xcc\x81 GARCI\xcc\x81\x41", "jose garcia"},
	    {CANON_NAME, " Doe, Jane ", "doe jane"},
	    {CANON_NAME, "jane_doe", "jane doe"},
	    {CANON_NAME, "J. Doe", "j doe"},
	    {CANON_NAME, "O\xe2\x80\x99\x4e\x65ill", "o'neill"},
	    {CANON_NAME, "Anne\xe2\x80\x90Marie", "anne-marie"},
	    {CANON_NAME, "\xc5\x81ukasz \xc5\xbb\xc3\xb3\xc5\x82\xc4\x87", "lukasz zolc"},
	    {CANON_NAME, "\xc3\x86gir \xc3\x9e\xc3\xb3r", "\xc3\xa6gir \xc3\xbeor"},
	    {CANON_NAME, "\xd0\x98\xd0\x92\xd0\x90\xd0\x9d",
		"\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd"},
	    {CANON_NAME, "\xe6\x9d\x8e\xe3\x80\x80\xe5\xb0\x8f",
		"\xe6\x9d\x8e \xe5\xb0\x8f"},
	    {CANON_NAME, "...", "..."},
	};

	check(cases, sizeof(cases) / sizeof(*cases));
}

/* Bytes that are no characters are kept: two broken values stay two. */
static void
test_broken_bytes_are_kept(void **state)
{
	static const struct example cases[] = {
	    {CANON_NAME, "a\xff\x62", "a\xff\x62"},
	    {CANON_NAME, "a\xe2\x80", "a\xe2\x80"},
	    {CANON_EMAIL, "A\xc3@b", "a\xc3@b"},
	    {CANON_NAME, "\xf0\x9f\x98\x80 X", "\xf0\x9f\x98\x80 x"},
	    {CANON_NAME, "\xf4", "\xf4"},
	};

	check(cases, sizeof(cases) / sizeof(*cases));
}

static void
test_no_form_grows_or_changes_what_is_canonical(void **state)
{
	uint64_t seed = 7;

	for (int round = 0; round < 20000; round++) {
		enum class_canonical form = (enum class_canonical)(round % 6);
		char value[40], out[CANONICAL_MAX], again[CANONICAL_MAX];
		struct span once, twice;
		size_t n = 0;

		for (n = 0; n < sizeof(value) && (seed >> 20) % 37 != 0; n++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			value[n] = (char)(seed >> 40);
		}
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		once = canonical_make(form, span_make(value, n), out);
		assert_true(once.n <= n);
		if (form == CANON_EMAIL || form == CANON_PHONE)
			continue; /* "mailto:mailto:x" is dressed twice */
		twice = canonical_make(form, once, again);
		assert_true(span_eq(once, twice));
	}
}

static void
test_what_is_longer_than_any_value_is_taken_as_it_is(void **state)
{
	static char value[CANONICAL_MAX + 1];
	char out[CANONICAL_MAX];
	struct span got;

	memset(value, 'A', sizeof(value));
	got = canonical_make(CANON_NAME, span_make(value, sizeof(value)), out);
	assert_ptr_equal(got.p, value);
	assert_int_equal(got.n, sizeof(value));
	got = canonical_make(CANON_NAME, span_make(value, CANONICAL_MAX), out);
	assert_int_equal(got.p[CANONICAL_MAX - 1], 'a');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers_lose_their_separators),
	    cmocka_unit_test(test_addresses_lose_their_dress),
	    cmocka_unit_test(test_names_are_the_same_however_composed),
	    cmocka_unit_test(test_broken_bytes_are_kept),
	    cmocka_unit_test(test_no_form_grows_or_changes_what_is_canonical),
	    cmocka_unit_test(test_what_is_longer_than_any_value_is_taken_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
