/*
 * The JSON walker: leaves and their paths, where it stops and why, its limits, and the
 * JSONTestSuite (parsing/, by the first letter of the name) when YETT_DATA has it.
 */
#include <zlib.h>

#include "base/encode.h"
#include "http/json.h"
#include "tests/unit/http/fixture.h"

static struct leaves leaves;
static struct body_result result;

static int
walk_span(struct span s, bool cut, const struct body_limits *l)
{
	leaves = (struct leaves){.stop_after = leaves.stop_after};
	return json_walk(s, cut, l, leaves_visit, &leaves, &result, &arena);
}

static void
walk(const char *text)
{
	size_t used = arena.used;

	leaves.stop_after = 0;
	assert_int_equal(walk_span(exact(text), false, &limits), OK);
	assert_int_equal(arena.used, used);
}

static const struct {
	const char *text, *leaves;
} documents[] = {
    {"{}", ""},
    {"[]", ""},
    {" [ [ ] , { } ] ", ""},
    {"\"a\"", "=a\n"},
    {"-1.5e+3", "#-1.5e+3\n"},
    {"null", "!null\n"},
    {"\xef\xbb\xbf[1]", "[]#1\n"},
    {"{\"a\":1,\"b\":{\"c\":true,\"d\":[false,null]}}",
	"a#1\nb.c!true\nb.d[]!false\nb.d[]!null\n"},
    {"{\"items\":[{\"price\":1},{\"price\":\"2\"}]}",
	"items[].price#1\nitems[].price=2\n"},
    {"[{\"a\":1},[2,[3]],4]", "[].a#1\n[][]#2\n[][][]#3\n[]#4\n"},
    {"{\"a\":[{\"b\":[1]}],\"c\":2}", "a[].b[]#1\nc#2\n"},
    {"{\"a.b\":1,\"c[d\":2,\"e\\\\f\":3}", "a\\.b#1\nc\\[d#2\ne\\\\f#3\n"},
    {"{\"a\\u0062\":{\"\\u0063\":\"\\u0064\"},\"e\":5}", "ab.c=d\ne#5\n"},
    {"{\"\":{\"b\":1},\"b\":2}", ".b#1\nb#2\n"},
};

static void
test_leaves_have_their_path(void **state)
{
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		walk(documents[i].text);
		assert_int_equal(result.state, BODY_COMPLETE);
		assert_int_equal(result.offset, strlen(documents[i].text));
		assert_int_equal(result.flags, 0);
		assert_int_equal(result.fields, leaves.seen);
		assert_string_equal(leaves.text, documents[i].leaves);
	}
}

static const struct {
	const char *text;
	enum body_state state;
	size_t offset;
	uint32_t flags;
	const char *leaves; /* what stood before */
} broken[] = {
    {"", BODY_TRUNCATED, 0, 0, ""},
    {" ", BODY_TRUNCATED, 1, 0, ""},
    {"{\"a\":1,\"b", BODY_TRUNCATED, 7, 0, "a#1\n"},
    {"{\"a\":1,\"b\":\"xy", BODY_TRUNCATED, 11, 0, "a#1\n"},
    {"{\"a\":1,\"b\":12", BODY_TRUNCATED, 11, 0, "a#1\n"},
    {"{\"a\":1,\"b\":tru", BODY_TRUNCATED, 11, 0, "a#1\n"},
    {"[1,2", BODY_TRUNCATED, 3, 0, "[]#1\n"},
    {"[1,2,", BODY_TRUNCATED, 5, 0, "[]#1\n[]#2\n"},
    {"-", BODY_TRUNCATED, 0, 0, ""},
    {"1.", BODY_TRUNCATED, 0, 0, ""},
    {"1e+", BODY_TRUNCATED, 0, 0, ""},
    {"[1,]", BODY_MALFORMED, 3, 0, "[]#1\n"},
    {"[1 2]", BODY_MALFORMED, 3, 0, "[]#1\n"},
    {"[1}", BODY_MALFORMED, 2, 0, "[]#1\n"},
    {"{\"a\":1]", BODY_MALFORMED, 6, 0, "a#1\n"},
    {"{\"a\":1,}", BODY_MALFORMED, 7, 0, "a#1\n"},
    {"{\"a\" 1}", BODY_MALFORMED, 5, 0, ""},
    {"{a:1}", BODY_MALFORMED, 1, 0, ""},
    {"{'a':1}", BODY_MALFORMED, 1, 0, ""},
    {"[NaN]", BODY_MALFORMED, 1, 0, ""},
    {"[+1]", BODY_MALFORMED, 1, 0, ""},
    {"[01]", BODY_MALFORMED, 2, 0, ""},
    {"[-x]", BODY_MALFORMED, 2, 0, ""},
    {"[1.x]", BODY_MALFORMED, 3, 0, ""},
    {"[1ex]", BODY_MALFORMED, 3, 0, ""},
    {"[.5]", BODY_MALFORMED, 1, 0, ""},
    {"[truE]", BODY_MALFORMED, 4, 0, ""},
    {"[\"a\tb\"]", BODY_MALFORMED, 3, 0, ""},
    {"[1]]", BODY_MALFORMED, 3, BODY_TRAILING, "[]#1\n"},
    {"{} {}", BODY_MALFORMED, 3, BODY_TRAILING, ""},
    {"1 2", BODY_MALFORMED, 2, BODY_TRAILING, "#1\n"},
};

static void
test_broken_documents_stop_at_the_fault(void **state)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		walk(broken[i].text);
		if (result.state != broken[i].state ||
		    result.offset != broken[i].offset || result.flags != broken[i].flags)
			fail_msg("%s: state %d at %zu flags %x", broken[i].text,
			    result.state, result.offset, result.flags);
		assert_string_equal(leaves.text, broken[i].leaves);
	}
}

static void
test_cut_body_is_never_complete(void **state)
{
	leaves.stop_after = 0;
	assert_int_equal(walk_span(exact("{\"a\":1}"), true, &limits), OK);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(result.offset, 7);
	assert_string_equal(leaves.text, "a#1\n");
	/* 12 may go on */
	assert_int_equal(walk_span(exact("12"), true, &limits), OK);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(result.offset, 0);
	assert_string_equal(leaves.text, "");
}

static void
test_leaves_before_every_cut_are_those_of_the_whole(void **state)
{
	const char *text =
	    "{\"a\":[1,\"x\\u0041y\",{\"b\":null}],\"c\":{\"d\":-1.5e3},\"e\":true}";
	static struct leaves whole;

	walk(text);
	whole = leaves;
	for (size_t n = 0; n < strlen(text); n++) {
		leaves.stop_after = 0;
		assert_int_equal(
		    walk_span(exact_span(span_make(text, n)), true, &limits), OK);
		assert_int_equal(result.state, BODY_TRUNCATED);
		assert_true(result.offset <= n);
		assert_int_equal(strncmp(whole.text, leaves.text, leaves.n), 0);
	}
}

static void
test_duplicate_names_are_flagged_by_object(void **state)
{
	char text[8192] = "{";
	size_t n = 1;

	walk("{\"a\":1,\"b\":2,\"a\":3}");
	assert_int_equal(result.flags, BODY_DUPLICATE_KEY);
	assert_string_equal(leaves.text, "a#1\nb#2\na#3\n");
	walk("{\"a\":1,\"\\u0061\":2}");
	assert_int_equal(result.flags, BODY_DUPLICATE_KEY);
	walk("{\"a\":{\"a\":1},\"b\":{\"a\":2},\"c\":[{\"a\":3},{\"a\":4}]}");
	assert_int_equal(result.flags, 0);
	walk("{\"a\":1,\"b\":{\"x\":1,\"y\":2},\"a\":3}");
	assert_int_equal(result.flags, BODY_DUPLICATE_KEY);
	/* a long object between the two */
	for (unsigned i = 0; i < 90; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\"n%u\":0,", i);
	snprintf(text + n, sizeof(text) - n, "\"n7\":0}");
	walk(text);
	assert_int_equal(result.flags, BODY_DUPLICATE_KEY);
}

static void
test_depth_limit_is_malformed_there(void **state)
{
	char text[35] = "";

	memset(text, '[', 16);
	memset(text + 16, ']', 16);
	walk(text);
	assert_int_equal(result.state, BODY_COMPLETE);
	memset(text, '[', 17);
	memset(text + 17, ']', 17);
	walk(text);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_TOO_DEEP);
	assert_int_equal(result.offset, 16);
}

static void
test_leaf_limit_is_malformed_there(void **state)
{
	const struct body_limits two = {.depth = 16, .fields = 2};

	leaves.stop_after = 0;
	assert_int_equal(walk_span(exact("[1,2]"), false, &two), OK);
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_int_equal(walk_span(exact("[1,2,3]"), false, &two), OK);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_TOO_MANY);
	assert_int_equal(result.offset, 5);
	assert_int_equal(result.fields, 2);
}

static void
test_path_over_its_limit_is_too_deep(void **state)
{
	char *text = malloc(10000);

	assert_non_null(text);
	memset(text, 'k', 10000);
	memcpy(text, "{\"", 2);
	memcpy(text + 9990, "\":1}", 5);
	walk(text);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_TOO_DEEP);
	free(text);
}

static void
test_odd_strings_are_flagged_and_visited(void **state)
{
	walk("[\"\xff\"]");
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_int_equal(result.flags, BODY_BAD_UTF8);
	assert_string_equal(leaves.text, "[]=\xff\n");
	walk("[\"\\ud800\"]");
	assert_int_equal(result.flags, BODY_BAD_UTF8);
	walk("{\"\xc3\xa9\":\"\xe2\x82\xac\"}");
	assert_int_equal(result.flags, 0);
	assert_string_equal(leaves.text, "\xc3\xa9=\xe2\x82\xac\n");
}

static void
test_visitor_can_stop_the_walk(void **state)
{
	leaves.stop_after = 2;
	assert_int_equal(walk_span(exact("[1,2,3]"), false, &limits), OK);
	assert_string_equal(leaves.text, "[]#1\n[]#2\n");
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(result.offset, 4);
	leaves.stop_after = 0;
}

static struct span kept[3];

static int
keep_visit(void *ctx, const struct field *f)
{
	unsigned *n = ctx;

	kept[(*n)++] = arena_copy(&arena, f->value);
	return OK;
}

static void
test_what_a_visitor_allocates_stays(void **state)
{
	unsigned n = 0;
	char *after;

	assert_int_equal(
	    json_walk(exact("{\"\\u0061\":\"\\u0031\",\"\\u0062\":{\"c\":\"\\u0032\"},"
			    "\"d\":\"\\u0033\"}"),
		false, &limits, keep_visit, &n, &result, &arena),
	    OK);
	assert_int_equal(result.state, BODY_COMPLETE);
	after = arena_text(&arena, 4096);
	assert_non_null(after);
	memset(after, 'x', 4096);
	assert_span(kept[0], "1");
	assert_span(kept[1], "2");
	assert_span(kept[2], "3");
}

static void
test_small_arena_is_an_error_not_a_crash(void **state)
{
	struct span s = exact("{\"a\\u0061\":[\"b\\u0062\",{\"c\":\"\\u0064\"}]}");
	unsigned ok = 0;

	for (size_t size = 0; size < 4096; size++) {
		char *memory = malloc(size ? size : 1);
		struct arena small;
		struct leaves l = {0};
		int rc;

		assert_non_null(memory);
		arena_init(&small, memory, size);
		rc = json_walk(s, false, &limits, leaves_visit, &l, &result, &small);
		assert_true(rc == OK || rc == ERR_FULL);
		ok += rc == OK;
		assert_int_equal(small.used, 0);
		free(memory);
	}
	assert_true(ok > 0);
}

static void
test_lines_are_documents_of_their_own(void **state)
{
	leaves = (struct leaves){0};
	assert_int_equal(json_walk_lines(exact("{\"a\":1}\n{\"a\":2}\n[3]\n"), false,
			     &limits, leaves_visit, &leaves, &result, &arena),
	    OK);
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_int_equal(result.flags, 0);
	assert_string_equal(leaves.text, "a#1\na#2\n[]#3\n");
	leaves = (struct leaves){0};
	assert_int_equal(json_walk_lines(exact("{\"a\":1}\n{\"a\""), false, &limits,
			     leaves_visit, &leaves, &result, &arena),
	    OK);
	assert_int_equal(result.state, BODY_TRUNCATED);
}

/* The value of a member of a flat JSON line, decoded; the suite's file is read with the
 * walker itself, whose result for these lines the test asserts. */
struct suite {
	char name[256];
	char body[1 << 18];
	size_t body_n;
	bool base64, has_body;
};

static int
suite_visit(void *ctx, const struct field *f)
{
	struct suite *s = ctx;

	if (span_eq(f->path, SPAN("orig")) && f->value.n < sizeof(s->name)) {
		memcpy(s->name, f->value.p, f->value.n);
		s->name[f->value.n] = '\0';
	} else if (span_eq(f->path, SPAN("req.body")) && f->type == VALUE_STRING) {
		assert_true(f->value.n <= sizeof(s->body));
		memcpy(s->body, f->value.p, f->value.n);
		s->body_n = f->value.n;
		s->has_body = true;
	} else if (span_eq(f->path, SPAN("req.body_b64")) && f->type == VALUE_STRING) {
		assert_int_equal(
		    b64_decode(f->value, s->body, sizeof(s->body), &s->body_n), OK);
		s->has_body = true;
	}
	return OK;
}

static void
test_jsontestsuite_is_accepted_and_refused(void **state)
{
	const char *data = getenv("YETT_DATA");
	const struct body_limits wide = {.depth = 64, .fields = 10000};
	static char path[4096], line[1 << 20];
	static struct suite suite;
	unsigned yes = 0, no = 0;
	gzFile f;

	snprintf(
	    path, sizeof(path), "%s/pairs/badinput_json.ndjson.gz", data ? data : "");
	f = data ? gzopen(path, "rb") : NULL;
	if (f == NULL) {
		print_message("SKIPPED: no %s\n", path);
		skip();
	}
	while (gzgets(f, line, sizeof(line))) {
		suite.has_body = false;
		suite.body_n = 0;
		assert_int_equal(json_walk(span_str(line), false, &wide, suite_visit,
				     &suite, &result, &arena),
		    OK);
		assert_int_equal(result.state, BODY_COMPLETE);
		leaves.stop_after = 0;
		assert_int_equal(
		    walk_span(
			exact_span(span_make(suite.body, suite.body_n)), false, &wide),
		    OK);
		if (strncmp(suite.name, "y_", 2) == 0) {
			yes++;
			if (result.state != BODY_COMPLETE)
				fail_msg("%s must be complete", suite.name);
		} else if (strncmp(suite.name, "n_", 2) == 0) {
			no++;
			if (result.state == BODY_COMPLETE)
				fail_msg("%s must not be complete", suite.name);
		}
	}
	gzclose(f);
	assert_true(yes > 80 && no > 150);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_leaves_have_their_path),
	    UNIT(test_broken_documents_stop_at_the_fault),
	    UNIT(test_cut_body_is_never_complete),
	    UNIT(test_leaves_before_every_cut_are_those_of_the_whole),
	    UNIT(test_duplicate_names_are_flagged_by_object),
	    UNIT(test_depth_limit_is_malformed_there),
	    UNIT(test_leaf_limit_is_malformed_there),
	    UNIT(test_path_over_its_limit_is_too_deep),
	    UNIT(test_odd_strings_are_flagged_and_visited),
	    UNIT(test_visitor_can_stop_the_walk),
	    UNIT(test_what_a_visitor_allocates_stays),
	    UNIT(test_small_arena_is_an_error_not_a_crash),
	    UNIT(test_lines_are_documents_of_their_own),
	    UNIT(test_jsontestsuite_is_accepted_and_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
