/* Targets: what is normalised, what is flagged, and that the two agree. */
#include "http/target.h"
#include "tests/unit/http/fixture.h"

static struct target
parse(const char *path)
{
	struct target t;

	assert_int_equal(target_parse(&t, exact(path), SPAN_NONE, &arena), OK);
	return t;
}

static const struct {
	const char *raw, *path;
	unsigned n;
	uint32_t flags;
} cases[] = {
    {"/", "/", 0, 0},
    {"/users/42", "/users/42", 2, 0},
    {"/users/42/", "/users/42", 2, TARGET_TRAILING_SLASH},
    {"/a//b", "/a/b", 2, TARGET_EMPTY_SEGMENT},
    {"//", "/", 0, TARGET_EMPTY_SEGMENT},
    {"/a/./b", "/a/b", 2, TARGET_DOT_SEGMENT},
    {"/a/../b", "/b", 1, TARGET_DOT_SEGMENT},
    {"/a/b/..", "/a", 1, TARGET_DOT_SEGMENT},
    {"/a/%2e%2E/b", "/b", 1, TARGET_DOT_SEGMENT | TARGET_ENCODED_UNRESERVED},
    {"/../etc", "/etc", 1, TARGET_DOT_SEGMENT | TARGET_ABOVE_ROOT},
    {"/a/..;x=1/b", "/b", 1, TARGET_DOT_SEGMENT | TARGET_MATRIX},
    {"/a;v=1/b;c", "/a/b", 2, TARGET_MATRIX},
    {"/;x/b", "/b", 1, TARGET_MATRIX | TARGET_EMPTY_SEGMENT},
    {"/%61dmin", "/admin", 1, TARGET_ENCODED_UNRESERVED},
    {"/a%7Eb", "/a~b", 1, 0},
    {"/a%20b", "/a b", 1, 0},
    {"/a%2Fb", "/a/b", 1, TARGET_ENCODED_SLASH},
    {"/a%5cb", "/a\\b", 1, TARGET_ENCODED_SLASH | TARGET_BACKSLASH},
    {"/a\\b", "/a\\b", 1, TARGET_BACKSLASH},
    {"/..%2f..%2fetc", "/../../etc", 1, TARGET_ENCODED_SLASH | TARGET_DOT_SEGMENT},
    {"/..\\etc", "/..\\etc", 1, TARGET_BACKSLASH | TARGET_DOT_SEGMENT},
    {"/%252e%252e/x", "/%2e%2e/x", 2, TARGET_DOUBLE_ENCODED},
    {"/100%25", "/100%", 1, 0},
    {"/100%", "/100%", 1, TARGET_BAD_PERCENT},
    {"/%zz", "/%zz", 1, TARGET_BAD_PERCENT},
    {"/%2", "/%2", 1, TARGET_BAD_PERCENT},
    {"/a%01", "/a\x01", 1, TARGET_CONTROL},
    {"/a\x7f", "/a\x7f", 1, TARGET_CONTROL},
    {"/gr%C3%BC%C3%9Fe",
	"/gr\xc3\xbc\xc3\x9f"
	"e",
	1, TARGET_NON_ASCII},
    {"/a\xc0\xaf", "/a\xc0\xaf", 1, TARGET_NON_ASCII | TARGET_BAD_UTF8},
    {"/%ED%A0%80", "/\xed\xa0\x80", 1, TARGET_NON_ASCII | TARGET_BAD_UTF8},
    {"/a#b/c", "/a", 1, TARGET_FRAGMENT},
    {"/a%23b", "/a#b", 1, 0},
    {"http://h:80/a/b", "/a/b", 2, TARGET_ABSOLUTE_FORM},
    {"http://h", "/", 0, TARGET_ABSOLUTE_FORM | TARGET_NO_SLASH},
    {"*", "/*", 1, TARGET_NO_SLASH},
    {"a/b", "/a/b", 2, TARGET_NO_SLASH},
    {"", "/", 0, TARGET_NO_SLASH},
};

static void
test_path_is_normalised_and_flagged(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct target t = parse(cases[i].raw);

		if (t.flags != cases[i].flags)
			fail_msg("%s: flags %x, want %x", cases[i].raw, t.flags,
			    cases[i].flags);
		assert_span(t.path, cases[i].path);
		assert_int_equal(t.n, cases[i].n);
		assert_span(t.raw, cases[i].raw);
	}
}

static void
test_nul_is_flagged_raw_and_encoded(void **state)
{
	struct target t;
	struct span raw = exact_span(span_make("/a\0b", 4));

	assert_int_equal(target_parse(&t, raw, SPAN_NONE, &arena), OK);
	assert_int_equal(t.flags, TARGET_NUL | TARGET_CONTROL);
	assert_int_equal(t.segment[0].text.n, 3);
	assert_int_equal(parse("/a%00b").flags, TARGET_NUL | TARGET_CONTROL);
}

static void
test_query_is_taken_from_path_only_when_none_was_given(void **state)
{
	struct target t = parse("/a?x=/../1");

	assert_span(t.path, "/a");
	assert_span(t.query, "x=/../1");
	assert_int_equal(t.flags, 0);
	assert_int_equal(target_parse(&t, exact("/a?b"), exact("q=1"), &arena), OK);
	assert_span(t.query, "q=1");
	assert_span(parse("/a").query, NULL);
}

static void
test_segments_are_parts_of_the_path(void **state)
{
	struct target t = parse("/users/42/a%20b");

	assert_span(t.segment[0].text, "users");
	assert_span(t.segment[1].text, "42");
	assert_span(t.segment[2].text, "a b");
	for (unsigned i = 0; i < t.n; i++) {
		assert_true(t.segment[i].text.p > t.path.p);
		assert_true(
		    t.segment[i].text.p + t.segment[i].text.n <= t.path.p + t.path.n);
	}
	assert_int_equal(t.segment[1].narrowest, SEG_NUMBER);
}

static void
test_thirty_third_segment_joins_the_last(void **state)
{
	char raw[256] = "";
	struct target t;

	for (unsigned i = 0; i < 40; i++)
		memcpy(raw + 2 * i, "/a", 2);
	t = parse(raw);
	assert_int_equal(t.n, TARGET_SEGMENTS_MAX);
	assert_true(t.flags & TARGET_TOO_MANY_SEGMENTS);
	assert_span(t.path, raw);
	assert_span(t.segment[31].text, "a/a/a/a/a/a/a/a/a");
	assert_int_equal(t.segment[31].narrowest, SEG_OVERFLOW);
	/* .. takes back one at a time, from what was joined too */
	memcpy(raw + 80, "/../../../../../../../../../b", 30);
	t = parse(raw);
	assert_int_equal(t.n, 32);
	assert_span(t.segment[31].text, "b");
}

static void
test_long_segment_and_long_path_are_flagged(void **state)
{
	char raw[300];
	struct target t;
	char *big = malloc(TARGET_BYTES_MAX + 10);

	memset(raw, 'a', sizeof(raw));
	raw[0] = '/';
	raw[256] = '\0';
	assert_int_equal(parse(raw).flags, 0);
	raw[256] = 'a';
	raw[257] = '\0';
	t = parse(raw);
	assert_int_equal(t.flags, TARGET_LONG_SEGMENT);
	assert_int_equal(t.segment[0].mask, 1u << SEG_OVERFLOW);

	memset(big, '/', TARGET_BYTES_MAX + 10);
	assert_int_equal(
	    target_parse(&t, span_make(big, TARGET_BYTES_MAX + 10), SPAN_NONE, &arena),
	    OK);
	assert_true(t.flags & TARGET_TOO_LONG);
	free(big);
}

static const struct {
	const char *raw, *last, *verb;
} verbs[] = {
    {"/v1/orders/1:cancel", "1", "cancel"},
    {"/v1/messages:batchGet", "messages", "batchGet"},
    {"/v1/orders/1%3Acancel", "1:cancel", NULL},
    {"/v1/urn:isbn:123", "urn:isbn:123", NULL},
    {"/v1/a:b:cancel", "a:b:cancel", NULL},
    {"/t/10:30", "10:30", NULL},
    {"/t/2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", NULL},
    {"/x/:cancel", ":cancel", NULL},
    {"/x/a:b", "a:b", NULL},
    {"/x/1:cancel/", "1", "cancel"},
    {"/x/fe80::dead", "fe80::dead", NULL},
};

static void
test_verb_is_split_off_the_last_segment(void **state)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct target t = parse(verbs[i].raw);

		assert_span(t.segment[t.n - 1].text, verbs[i].last);
		assert_span(t.verb, verbs[i].verb);
	}
	/* the path keeps it */
	assert_span(parse("/o/1:cancel").path, "/o/1:cancel");
	/* .. takes it back */
	assert_span(parse("/a/b/1:cancel/..").verb, NULL);
}

static void
test_number_after_api_is_a_version(void **state)
{
	struct target t = parse("/rest/api/3/issue/10001");

	assert_int_equal(t.segment[2].narrowest, SEG_VERSION);
	assert_true(t.segment[2].mask & 1u << SEG_NUMBER);
	assert_int_equal(t.segment[4].narrowest, SEG_NUMBER);
	assert_int_equal(parse("/x/api/3").segment[2].narrowest, SEG_NUMBER);
	assert_int_equal(parse("/x/api/3001/a").segment[2].narrowest, SEG_NUMBER);
}

static void
test_full_arena_is_an_error(void **state)
{
	struct target t;
	char room[8];
	struct arena small;

	arena_init(&small, room, sizeof(room));
	assert_int_equal(
	    target_parse(&t, exact("/users/42"), SPAN_NONE, &small), ERR_FULL);
	assert_int_equal(t.n, 0);
	assert_span(t.path, NULL);
}

static const struct {
	const char *raw;
	bool plus;
	const char *text;
	uint32_t flags;
} decoded[] = {
    {"plain", true, "plain", 0},
    {"a+b", true, "a b", 0},
    {"a+b", false, "a+b", 0},
    {"a%2Bb+c", true, "a+b c", 0},
    {"%41%", true, "A%", TARGET_BAD_PERCENT},
    {"%4", false, "%4", TARGET_BAD_PERCENT},
    {"%2541", false, "%41", TARGET_DOUBLE_ENCODED},
    {"%25zz", false, "%zz", 0},
    {"", true, "", 0},
};

static void
test_decode_decodes_once(void **state)
{
	for (size_t i = 0; i < sizeof(decoded) / sizeof(decoded[0]); i++) {
		uint32_t flags = 0;

		assert_span(
		    target_decode(exact(decoded[i].raw), decoded[i].plus, &flags, &arena),
		    decoded[i].text);
		assert_int_equal(flags, decoded[i].flags);
	}
}

static void
test_decode_without_escapes_takes_no_memory(void **state)
{
	struct span s = exact("abc%zz");
	uint32_t flags = 0;
	size_t used = arena.used;

	assert_ptr_equal(target_decode(span_head(s, 3), true, &flags, &arena).p, s.p);
	assert_int_equal(arena.used, used);
	arena.used = arena.size;
	assert_span(target_decode(s, true, &flags, &arena), NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_path_is_normalised_and_flagged),
	    UNIT(test_nul_is_flagged_raw_and_encoded),
	    UNIT(test_query_is_taken_from_path_only_when_none_was_given),
	    UNIT(test_segments_are_parts_of_the_path),
	    UNIT(test_thirty_third_segment_joins_the_last),
	    UNIT(test_long_segment_and_long_path_are_flagged),
	    UNIT(test_verb_is_split_off_the_last_segment),
	    UNIT(test_number_after_api_is_a_version),
	    UNIT(test_full_arena_is_an_error),
	    UNIT(test_decode_decodes_once),
	    UNIT(test_decode_without_escapes_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
