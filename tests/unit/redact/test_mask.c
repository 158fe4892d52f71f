/* Evidence: one form for a class, and no more of a value than that form may show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "redact/mask.h"

#define NOW INT64_C(1700000000000000)

static struct redactor *redactor;

static int
set_up(void **state)
{
	struct keyring k = {.n = 1};

	k.secret[0].epoch = 1;
	memset(k.secret[0].key, 3, SECRET_BYTES);
	return redactor_new(&k, &redactor);
}

static int
tear_down(void **state)
{
	redactor_free(redactor);
	return 0;
}

static void
test_evidence_is_masked_by_class(void **state)
{
	static const struct {
		enum class_mask mask;
		const char *value, *shown;
	} cases[] = {
	    {MASK_LAST4, "4111111111111111", "************1111"},
	    {MASK_LAST4, "4111 1111 1111 1234", "************1234"},
	    {MASK_LAST4, "378282246310005", "***********0005"},
	    {MASK_LAST4, "GB82 WEST 1234 5698 7654 32", "******************5432"},
	    {MASK_LAST4, "12345678", "******78"},
	    {MASK_LAST4, "12345678901", "*********01"},
	    {MASK_LAST4, "1234567", "*******"},
	    {MASK_LAST4, "", ""},
	    {MASK_YEAR, "1980-03-02", "1980"},
	    {MASK_YEAR, "02.03.1980", "1980"},
	    {MASK_YEAR, "19800302", "1980"},
	    {MASK_YEAR, "March 2, 1980", "1980"},
	    {MASK_YEAR, "1980-03-02T00:00:00Z", "1980"},
	    {MASK_YEAR, "02/03/80", ""},
	    {MASK_YEAR, "02031980", ""},
	    {MASK_YEAR, "320803200000", ""},
	    {MASK_YEAR, "9999-12-31", ""},
	    {MASK_YEAR, "", ""},
	    {MASK_SHAPE, "hunter2", "a9"},
	    {MASK_SHAPE, "Tr0ub4dor&3", "Aa9a9a*9"},
	    {MASK_SHAPE, "!$%", "***"},
	    {MASK_NOTHING, "123", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct class_info cls = {.name = "x", .mask = cases[i].mask};
		char text[MASK_TEXT_MAX];
		struct span out;

		assert_int_equal(redact_mask(redactor, &cls, span_str(cases[i].value),
				     NOW, text, &out),
		    OK);
		if (!span_eq(out, span_str(cases[i].shown)))
			fail_msg("\"%s\" is shown as \"%.*s\", not \"%s\"",
			    cases[i].value, (int)out.n, out.p, cases[i].shown);
	}
}

static void
test_tokens_are_of_the_canonical_form(void **state)
{
	const struct class_info email = {
	    .name = "email", .mask = MASK_TOKEN, .canonical = CANON_EMAIL};
	char a[MASK_TEXT_MAX], b[MASK_TEXT_MAX], c[TOKEN_TEXT_MAX];
	struct span x, y, z;

	assert_int_equal(
	    redact_mask(redactor, &email, SPAN("Jane@Example.com"), NOW, a, &x), OK);
	assert_int_equal(
	    redact_mask(redactor, &email, SPAN("<jane@example.com>"), NOW, b, &y), OK);
	assert_int_equal(
	    redact_token(redactor, "email", SPAN("jane@example.com"), NOW, c, &z), OK);
	assert_true(span_eq(x, y) && span_eq(y, z));
	assert_true(redact_is_token(x));
}

/* However long or odd, a truncated value shows at most its last four, a quarter at most. */
static void
test_truncation_keeps_its_bounds(void **state)
{
	const struct class_info card = {.name = "card", .mask = MASK_LAST4};
	char value[200];

	for (size_t n = 0; n <= sizeof(value); n++) {
		char text[MASK_TEXT_MAX];
		struct span out;
		size_t shown = 0;

		memset(value, '7', n);
		assert_int_equal(
		    redact_mask(redactor, &card, span_make(value, n), NOW, text, &out),
		    OK);
		assert_true(out.n <= MASK_TEXT_MAX);
		for (size_t i = 0; i < out.n; i++)
			shown += out.p[i] != '*';
		assert_true(shown <= 4 && shown * 3 <= n);
	}
}

static void
test_without_an_epoch_evidence_is_empty(void **state)
{
	struct keyring k = {.n = 1};
	const struct class_info cls = {.name = "email", .mask = MASK_TOKEN};
	struct redactor *r;
	char text[MASK_TEXT_MAX];
	struct span out;

	k.secret[0].epoch = 1;
	k.secret[0].until_us = 1;
	assert_int_equal(redactor_new(&k, &r), OK);
	assert_int_equal(redact_mask(r, &cls, SPAN("jane@example.com"), NOW, text, &out),
	    ERR_NOTFOUND);
	assert_int_equal(out.n, 0);
	redactor_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_evidence_is_masked_by_class),
	    cmocka_unit_test(test_tokens_are_of_the_canonical_form),
	    cmocka_unit_test(test_truncation_keeps_its_bounds),
	    cmocka_unit_test(test_without_an_epoch_evidence_is_empty),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
