/* Text for terminals and tables of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "control/ctl/table.h"
#include "control/ctl/text.h"

static void
test_text_that_could_move_the_cursor_is_shown_as_escapes(void **state)
{
	static const struct {
		const char *raw, *shown;
	} cases[] = {
	    {"plain /path?x=1", "plain /path?x=1"},
	    {"\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m"},
	    {"a\r\nb\tc\bd", "a\\x0d\\x0ab\\x09c\\x08d"},
	    {"\177", "\\x7f"},
	    {"\xc2\x9b"
	     "31m",
		"\\x9b31m"}, /* CSI as one C1 character */
	    {"\xe2\x80\xae"
	     "gpj.exe",
		"\\u{202e}gpj.exe"}, /* right to left */
	    {"zero\xe2\x80\x8bwidth", "zero\\u{200b}width"},
	    {"\xff\xfe"
	     "bad",
		"\\xff\\xfebad"},
	    {"\xc3", "\\xc3"}, /* cut off */
	    {"\xc0\xaf", "\\xc0\\xaf"}, /* overlong */
	    {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* surrogate */
	    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	    {"\xe6\x97\xa5", "\xe6\x97\xa5"},
	};
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&out);
		text_put(&out, span_str(cases[i].raw));
		assert_string_equal(out.p, cases[i].shown);
	}
	buf_fini(&out);
}

static void
test_every_byte_is_harmless_after_escaping(void **state)
{
	struct buf out = BUF_INIT;
	char two[2];

	(void)state;
	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			two[0] = (char)a;
			two[1] = (char)b;
			text_put(&out, span_make(two, 2));
		}
	}
	assert_int_equal(buf_err(&out), OK);
	for (size_t i = 0; i < out.n; i++) {
		unsigned char c = (unsigned char)out.p[i];

		assert_true(c >= 0x20 && c != 0x7f);
		if (c == 0xc2) /* C1 characters begin with it */
			assert_true((unsigned char)out.p[i + 1] >= 0xa0);
	}
	buf_fini(&out);
}

static void
test_width_counts_columns_and_cutting_keeps_whole_characters(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(text_width(SPAN("abc")), 3);
	assert_int_equal(text_width(SPAN("gr\xc3\xbc\xc3\x9f")), 4);
	assert_int_equal(text_width(SPAN("\xe6\x97\xa5\xe6\x9c\xac")), 4);
	assert_int_equal(text_width(SPAN("e\xcc\x81")), 1);
	text_put_cut(&out, SPAN("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"), 4);
	assert_string_equal(out.p, "\xe6\x97\xa5\xe2\x80\xa6");
	buf_clear(&out);
	text_put_cut(&out, SPAN("fits"), 4);
	assert_string_equal(out.p, "fits");
	buf_fini(&out);
}

static void
test_distance_counts_the_ways_people_mistype(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned d;
	} cases[] = {
	    {"endpoint", "endpoint", 0},
	    {"endpont", "endpoint", 1},
	    {"endpiont", "endpoint", 1},
	    {"rules", "rule", 1},
	    {"", "rule", 4},
	    {"token", "agent", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(text_distance(cases[i].a, cases[i].b), cases[i].d);
		assert_int_equal(text_distance(cases[i].b, cases[i].a), cases[i].d);
	}
}

static void
fill(struct table *t)
{
	table_init(t);
	table_column(t, "id", CELL_NUMBER, 0);
	table_column(t, "path_text", CELL_TEXT, 10);
	table_column(t, "known", CELL_BOOL, 0);
	table_column(t, "extra", CELL_JSON, 0);
	table_cell_number(t, 7);
	table_cell_str(t, "/a\"\033");
	table_cell_str(t, "t");
	table_cell_str(t, "{\"x\":1}");
	table_cell_str(t, "NaN");
	table_cell_str(t, "/a/long/path");
	table_cell_str(t, "f");
	table_cell(t, SPAN_NONE);
	assert_int_equal(table_err(t), OK);
	assert_int_equal(t->rows, 2);
}

static void
test_a_table_is_aligned_cut_on_terminals_and_whole_elsewhere(void **state)
{
	struct table t;
	struct table_style pipe = {false, 0}, terminal = {false, 80};
	struct buf out = BUF_INIT;

	(void)state;
	fill(&t);
	table_print(&t, &pipe, &out);
	assert_string_equal(out.p,
	    " ID  PATH TEXT     KNOWN  EXTRA\n"
	    "  7  /a\"\\x1b       yes    {\"x\":1}\n"
	    "NaN  /a/long/path  no     -\n");
	buf_clear(&out);
	table_print(&t, &terminal, &out);
	assert_true(
	    span_find_span(buf_span(&out), SPAN("/a/long/p\xe2\x80\xa6  no")) < out.n);
	buf_fini(&out);
	table_fini(&t);
}

static void
test_json_has_types_and_always_parses(void **state)
{
	struct table t;
	struct buf out = BUF_INIT;

	(void)state;
	fill(&t);
	table_print_json(&t, &out);
	assert_string_equal(out.p,
	    "[{\"id\":7,\"path_text\":\"/"
	    "a\\\"\\u001b\",\"known\":true,\"extra\":{\"x\":1}},\n"
	    " {\"id\":\"NaN\",\"path_text\":\"/a/long/"
	    "path\",\"known\":false,\"extra\":null}]\n");
	table_fini(&t);
	table_init(&t);
	table_column(&t, "id", CELL_NUMBER, 0);
	buf_clear(&out);
	table_print_json(&t, &out);
	assert_string_equal(out.p, "[]\n");
	table_fini(&t);
	buf_fini(&out);
}

static void
test_colour_is_only_put_around_known_words(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	table_put_word(&out, "fail", true);
	table_put_word(&out, "other", true);
	table_put_word(&out, "fail", false);
	assert_string_equal(out.p, "\033[31mfail\033[0motherfail");
	buf_fini(&out);
}

static void
test_arrays_are_words_for_people_and_arrays_for_machines(void **state)
{
	static const struct {
		const char *array, *words, *json;
	} cases[] = {
	    {"{}", "-", "[]"},
	    {"{one}", "one", "[\"one\"]"},
	    {"{one,two}", "one two", "[\"one\",\"two\"]"},
	    {"{\"two words\",\"a,b\"}", "\"two words\" a,b", "[\"two words\",\"a,b\"]"},
	    {"{\"\\\"\",\"\\\\\"}", "\" \\", "[\"\\\"\",\"\\\\\"]"},
	    {"{\"\"}", "", "[\"\"]"},
	};
	struct table_style plain = {0};
	struct buf out = BUF_INIT, wanted = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct table t;

		table_init(&t);
		table_column(&t, "list", CELL_LIST, 0);
		table_cell_str(&t, cases[i].array);
		table_cell(&t, SPAN_NONE);
		buf_clear(&out);
		table_print(&t, &plain, &out);
		buf_clear(&wanted);
		buf_printf(&wanted, "LIST\n%s\n-\n", cases[i].words);
		assert_string_equal(out.p, wanted.p);
		buf_clear(&out);
		table_print_json(&t, &out);
		buf_clear(&wanted);
		buf_printf(&wanted, "[{\"list\":%s},\n {\"list\":[]}]\n", cases[i].json);
		assert_string_equal(out.p, wanted.p);
		table_fini(&t);
	}
	buf_fini(&wanted);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_that_could_move_the_cursor_is_shown_as_escapes),
	    cmocka_unit_test(test_every_byte_is_harmless_after_escaping),
	    cmocka_unit_test(
		test_width_counts_columns_and_cutting_keeps_whole_characters),
	    cmocka_unit_test(test_distance_counts_the_ways_people_mistype),
	    cmocka_unit_test(
		test_a_table_is_aligned_cut_on_terminals_and_whole_elsewhere),
	    cmocka_unit_test(test_json_has_types_and_always_parses),
	    cmocka_unit_test(test_colour_is_only_put_around_known_words),
	    cmocka_unit_test(test_arrays_are_words_for_people_and_arrays_for_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
