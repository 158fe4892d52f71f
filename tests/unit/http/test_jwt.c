/* Claims of JWTs, unverified. */
#include "base/encode.h"
#include "http/headers.h"
#include "tests/unit/http/fixture.h"

/* header.payload.signature with the payload given as JSON */
static struct span
token(const char *payload)
{
	char text[1024];
	size_t n = 0;

	memcpy(text, "eyJhbGciOiJub25lIn0.", 20);
	n = 20 + b64url_encode(payload, strlen(payload), text + 20);
	memcpy(text + n, ".c2ln", 5);
	return exact_span(span_make(text, n + 5));
}

static const struct {
	const char *payload, *claim, *value;
} cases[] = {
    {"{\"sub\":\"alice\",\"exp\":12}", "sub", "alice"},
    {"{\"sub\":\"alice\",\"exp\":12}", "exp", "12"},
    {"{\"sub\":\"a\\u0062\"}", "sub", "ab"},
    {"{\"sub\":\"\"}", "sub", ""},
    {"{\"sub\":\"alice\"}", "iss", NULL},
    {"{\"sub\":true}", "sub", NULL},
    {"{\"sub\":[\"x\"]}", "sub", NULL},
    {"{\"a\":{\"sub\":\"inner\"}}", "sub", NULL},
    {"[\"sub\"]", "sub", NULL},
    {"{\"sub\":\"a\",\"sub\":\"b\"}", "sub", NULL},
    {"{\"sub\":\"a\"", "sub", NULL},
    {"{\"sub\":\"a\"} x", "sub", NULL},
};

static void
test_claim_is_found_or_absent(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t used = arena.used;

		assert_span(
		    jwt_claim(token(cases[i].payload), exact(cases[i].claim), &arena),
		    cases[i].value);
		assert_int_equal(
		    arena.used - used, cases[i].value ? strlen(cases[i].value) : 0);
	}
}

static void
test_what_is_no_token_has_no_claim(void **state)
{
	static const char *const bad[] = {"", "abc", "a.b", "a..c", "..", "a.!!!!.c",
	    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_span(jwt_claim(exact(bad[i]), SPAN("sub"), &arena), NULL);
	assert_span(jwt_claim(SPAN_NONE, SPAN("sub"), &arena), NULL);
}

static void
test_full_arena_is_absent(void **state)
{
	struct span t = token("{\"sub\":\"a\"}");

	for (size_t left = 0; left < 2000; left += 50) {
		arena.used = arena.size - left;
		(void)jwt_claim(t, SPAN("sub"), &arena);
		assert_true(arena.used <= arena.size - left + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_claim_is_found_or_absent),
	    UNIT(test_what_is_no_token_has_no_claim),
	    UNIT(test_full_arena_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
