/* multipart bodies, read strictly. */
#include "tests/unit/http/fixture.h"

#define D "Content-Disposition: form-data; "

static struct leaves leaves;
static struct body_result result;

static void
walk(const char *text, bool cut)
{
	leaves = (struct leaves){0};
	assert_int_equal(multipart_walk(exact(text), exact("XX"), cut, &limits,
			     leaves_visit, &leaves, &result, &arena),
	    OK);
	assert_int_equal(arena.used, 0);
	assert_int_equal(result.fields, leaves.seen);
}

static const struct {
	const char *text, *leaves;
	enum body_state state;
	uint32_t flags;
} cases[] = {
    {"--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX--\r\n", "a=1\n", BODY_COMPLETE, 0},
    {"--XX\r\n" D "name=a\r\n\r\n\r\n--XX\r\n" D "name=\"b\"\r\n\r\nx\r\ny\r\n--XX--",
	"a=\nb=x\r\ny\n", BODY_COMPLETE, 0},
    {"preamble\r\n--XX  \r\n" D "name=\"a\"\r\n\r\n1\r\n--XX--\r\n", "a=1\n",
	BODY_COMPLETE, 0},
    {"--XX\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x.png\"\r\n"
     "Content-Type: image/png\r\n\r\n\x89PNG\r\n--XX--\r\n",
	"f=\x89PNG file x.png media image/png\n", BODY_COMPLETE, 0},
    {"--XX\r\n" D "name=\"f\"; filename*=utf-8''x\r\n\r\n1\r\n--XX--",
	"f=1 file utf-8''x\n", BODY_COMPLETE, 0},
    {"--XX\r\n\r\nno headers\r\n--XX--", "=no headers\n", BODY_COMPLETE, 0},
    {"--XX--\r\n", "", BODY_COMPLETE, 0},
    {"--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX--\r\nepilogue", "a=1\n", BODY_COMPLETE,
	BODY_TRAILING},
    {"--XX\r\n" D "name=\"a\"\r\n\r\n\xff\r\n--XX--", "a=\xff\n", BODY_COMPLETE,
	BODY_BAD_UTF8},
    /* the end is missing */
    {"", "", BODY_TRUNCATED, 0},
    {"--X", "", BODY_TRUNCATED, 0},
    {"--XX", "", BODY_TRUNCATED, 0},
    {"--XX\r\n" D "name=\"a\"\r\n", "", BODY_TRUNCATED, 0},
    {"--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--X", "", BODY_TRUNCATED, 0},
    {"--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX\r\n", "a=1\n", BODY_TRUNCATED, 0},
    {"no delimiter at all", "", BODY_TRUNCATED, 0},
    /* what parsers read differently */
    {"--XX\n" D "name=\"a\"\n\n1\n--XX--\n", "", BODY_MALFORMED, 0},
    {"--XXY\r\n" D "name=\"a\"\r\n\r\n1\r\n--XXY--", "", BODY_MALFORMED, 0},
    {"--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XXY\r\n2\r\n--XX--", "", BODY_MALFORMED, 0},
    {"--XX\r\nno colon\r\n\r\n1\r\n--XX--", "", BODY_MALFORMED, 0},
    {"--XX\r\n" D "name=\"a\"\nX: y\r\n\r\n1\r\n--XX--", "", BODY_MALFORMED, 0},
    {"--XX\r\n" D "name=\"a\"\r\n" D "name=\"b\"\r\n\r\n1\r\n--XX--", "", BODY_MALFORMED,
	0},
    {"--XX\r\n" D "name=\"a\"; name=\"b\"\r\n\r\n1\r\n--XX--", "", BODY_MALFORMED, 0},
};

static void
test_parts_are_visited_or_named(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		walk(cases[i].text, false);
		if (result.state != cases[i].state || result.flags != cases[i].flags)
			fail_msg("case %zu: state %d flags %x at %zu", i, result.state,
			    result.flags, result.offset);
		assert_string_equal(leaves.text, cases[i].leaves);
		assert_true(result.offset <= strlen(cases[i].text));
	}
}

static void
test_cut_body_is_truncated_at_its_last_part(void **state)
{
	const char *text = "--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX\r\n" D
			   "name=\"b\"\r\n\r\nlong value";

	walk(text, true);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_string_equal(leaves.text, "a=1\n");
	assert_memory_equal(text + result.offset, D, sizeof(D) - 1);
	walk("--XX\r\n" D "name=\"a\"\r\n\r\n1\r\n--XX--", true);
	assert_int_equal(result.state, BODY_TRUNCATED);
}

static void
test_boundary_must_be_one(void **state)
{
	char boundary[72];

	memset(boundary, 'b', sizeof(boundary));
	assert_int_equal(multipart_walk(exact("--"), SPAN_NONE, false, &limits,
			     leaves_visit, &leaves, &result, &arena),
	    OK);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(multipart_walk(exact("--"), span_make(boundary, 71), false,
			     &limits, leaves_visit, &leaves, &result, &arena),
	    OK);
	assert_int_equal(result.state, BODY_MALFORMED);
}

static void
test_part_headers_are_bounded(void **state)
{
	static char text[20000];

	memset(text, 'h', sizeof(text) - 1);
	memcpy(text, "--XX\r\nX: ", 9);
	walk(text, false);
	assert_int_equal(result.state, BODY_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_parts_are_visited_or_named),
	    UNIT(test_cut_body_is_truncated_at_its_last_part),
	    UNIT(test_boundary_must_be_one),
	    UNIT(test_part_headers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
