/* UTF-8: the table of RFC 3629 §4, valid and not. */
#include "http/utf8.h"
#include "tests/unit/http/fixture.h"

static const struct {
	struct span text;
	size_t valid;
	bool cut;
} cases[] = {
    {SPAN(""), 0, false},
    {SPAN("plain text, more than eight bytes"), 33, false},
    {SPAN("\xc2\x80\xdf\xbf"), 4, false},
    {SPAN("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), 12, false},
    {SPAN("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), 8, false},
    {SPAN("a\x80"), 1, false},
    {SPAN("a\xc0\xaf"), 1, false}, /* overlong */
    {SPAN("a\xc1\xbf"), 1, false},
    {SPAN("a\xe0\x9f\xbf"), 1, false},
    {SPAN("a\xf0\x8f\xbf\xbf"), 1, false},
    {SPAN("a\xed\xa0\x80"), 1, false}, /* surrogate */
    {SPAN("a\xf4\x90\x80\x80"), 1, false}, /* above U+10FFFF */
    {SPAN("a\xf5\x80\x80\x80"), 1, false},
    {SPAN("a\xff"), 1, false},
    {SPAN("a\xe2\x28\xa1"), 1, false},
    {SPAN("12345678\xe2\x82"), 8, true},
    {SPAN("\xc3"), 0, true},
    {SPAN("\xe0\x9f"), 0, false},
    {SPAN("\xf0"), 0, true},
};

static void
test_valid_part_is_found(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool cut;

		assert_int_equal(
		    utf8_valid(exact_span(cases[i].text), &cut), cases[i].valid);
		assert_int_equal(cut, cases[i].cut);
	}
}

static void
test_every_code_is_written_and_read(void **state)
{
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		char out[UTF8_BYTES_MAX];
		size_t n = utf8_put(code, out);
		bool surrogate = code >= 0xd800 && code < 0xe000;

		assert_int_equal(utf8_valid(span_make(out, n), NULL) == n, !surrogate);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_valid_part_is_found),
	    UNIT(test_every_code_is_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
