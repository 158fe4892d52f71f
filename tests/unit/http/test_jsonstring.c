/* Strings of JSON: where they end, what they mean. */
#include "http/jsonstring.h"
#include "tests/unit/http/fixture.h"

static const struct {
	const char *text; /* after the opening quote */
	int rc;
	size_t at;
	const char *decoded;
	uint32_t flags;
} cases[] = {
    {"\"", OK, 0, "", 0},
    {"abc\"rest", OK, 3, "abc", 0},
    {"sixteen bytes pl\"", OK, 16, "sixteen bytes pl", 0},
    {"a\\\"b\"", OK, 4, "a\"b", 0},
    {"\\\\\\/\\b\\f\\n\\r\\t\"", OK, 14, "\\/\b\f\n\r\t", 0},
    {"\\u0041\\u00e9\\u20AC\"", OK, 18, "A\xc3\xa9\xe2\x82\xac", 0},
    {"\\ud83d\\ude00\"", OK, 12, "\xf0\x9f\x98\x80", 0},
    {"\\ud83d\"", OK, 6, "\xef\xbf\xbd", BODY_BAD_UTF8},
    {"\\ude00\\ud83d\"", OK, 12, "\xef\xbf\xbd\xef\xbf\xbd", BODY_BAD_UTF8},
    {"\\ud83dx\\ude00\"", OK, 13, "\xef\xbf\xbdx\xef\xbf\xbd", BODY_BAD_UTF8},
    {"\\ud83d\\u0041\"", OK, 12,
	"\xef\xbf\xbd"
	"A",
	BODY_BAD_UTF8},
    {"abc", ERR_TRUNCATED, 3, NULL, 0},
    {"", ERR_TRUNCATED, 0, NULL, 0},
    {"abc\\", ERR_TRUNCATED, 3, NULL, 0},
    {"abc\\u00", ERR_TRUNCATED, 3, NULL, 0},
    {"abc\\x\"", ERR_MALFORMED, 3, NULL, 0},
    {"abc\\u00g0\"", ERR_MALFORMED, 3, NULL, 0},
    {"a\tb\"", ERR_MALFORMED, 1, NULL, 0},
    {"12345678\x1f\"", ERR_MALFORMED, 8, NULL, 0},
};

static void
test_string_is_scanned_and_decoded(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = exact(cases[i].text), raw;
		const char *at = s.p;
		bool escaped, high;
		uint32_t flags = 0;
		char *out;

		assert_int_equal(
		    json_string_scan(&at, s.p + s.n, &escaped, &high), cases[i].rc);
		assert_int_equal(at - s.p, cases[i].at);
		if (cases[i].rc != OK)
			continue;
		raw = span_head(s, (size_t)(at - s.p));
		assert_int_equal(escaped, span_find(raw, '\\') < raw.n);
		/* exactly the room that the contract asks for */
		out = malloc(raw.n ? raw.n : 1);
		assert_non_null(out);
		assert_span(span_make(out, json_string_decode(raw, out, &flags)),
		    cases[i].decoded);
		assert_int_equal(flags, cases[i].flags);
		free(out);
	}
}

static void
test_every_special_byte_stops_at_every_alignment(void **state)
{
	static const char special[] = {'"', '\\', '\0', '\x1f', '\n'};

	for (size_t at = 0; at < 24; at++) {
		for (size_t k = 0; k < sizeof(special); k++) {
			char text[24];
			const char *p = text;
			bool escaped, high;
			int rc;

			memset(text, 'x', sizeof(text));
			text[at] = special[k];
			rc = json_string_scan(&p, text + sizeof(text), &escaped, &high);
			assert_int_equal(p - text, at);
			assert_int_equal(rc == OK, special[k] == '"');
		}
	}
}

static void
test_high_bytes_are_reported_and_passed(void **state)
{
	struct span s = exact("12345\xff"
			      "678\xc3\xa9\"");
	const char *p = s.p;
	bool escaped, high;

	assert_int_equal(json_string_scan(&p, s.p + s.n, &escaped, &high), OK);
	assert_true(high);
	assert_false(escaped);
	assert_int_equal(p - s.p, s.n - 1);
}

static void
test_escaped_nul_is_flagged(void **state)
{
	struct span raw = exact("a\\u0000b");
	uint32_t flags = 0;
	char out[8];

	assert_int_equal(json_string_decode(raw, out, &flags), 3);
	assert_memory_equal(out, "a\0b", 3);
	assert_int_equal(flags, BODY_NUL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_string_is_scanned_and_decoded),
	    UNIT(test_every_special_byte_stops_at_every_alignment),
	    UNIT(test_high_bytes_are_reported_and_passed),
	    UNIT(test_escaped_nul_is_flagged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
