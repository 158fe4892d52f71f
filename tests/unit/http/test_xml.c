/* XML on expat: paths, faults, limits, entities. */
#include "tests/unit/http/fixture.h"

static struct leaves leaves;
static struct body_result result;

static void
walk_with(struct span s, bool cut, const struct body_limits *l)
{
	leaves = (struct leaves){.stop_after = leaves.stop_after};
	assert_int_equal(xml_walk(s, cut, l, leaves_visit, &leaves, &result, &arena), OK);
	assert_int_equal(arena.used, 0);
	assert_int_equal(result.fields, leaves.seen);
	assert_true(result.offset <= s.n);
}

static void
walk(const char *text)
{
	walk_with(exact(text), false, &limits);
}

static const struct {
	const char *text, *leaves;
} documents[] = {
    {"<a/>", "a=\n"},
    {"<?xml version=\"1.0\"?>\n<a x=\"1\">t<b/></a>", "a.@x=1\na=t\na.b=\n"},
    {"<a> <b>1</b> <b>2</b> </a>", "a.b=1\na.b=2\n"},
    {"<s:E xmlns:s=\"urn:s\"><s:B><n:op xmlns:n=\"urn:n\" n:k=\"v\"/></s:B></s:E>",
	"E.@xmlns=urn:s\nE.B.op.@xmlns=urn:n\nE.B.op.@k=v\nE.B.op=\n"},
    {"<a>x &amp; y &#65;<![CDATA[<z>]]></a>", "a=x & y A<z>\n"},
    {"<a>one<b/>two</a>", "a=one\na.b=\na=two\n"},
    {"<a.b><c>1</c></a.b>", "a\\.b.c=1\n"},
    {"<a>line\r\nnext</a>", "a=line\nnext\n"},
    {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>", "a=\xc3\xa9\n"},
};

static void
test_leaves_have_their_path(void **state)
{
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		walk(documents[i].text);
		assert_int_equal(result.state, BODY_COMPLETE);
		assert_int_equal(result.flags, 0);
		assert_string_equal(leaves.text, documents[i].leaves);
	}
}

static const struct {
	const char *text;
	enum body_state state;
	uint32_t flags;
	const char *leaves;
} broken[] = {
    {"", BODY_TRUNCATED, 0, ""},
    {"<a><b>1</b>", BODY_TRUNCATED, 0, "a.b=1\n"},
    {"<a><b>1</b><c", BODY_TRUNCATED, 0, "a.b=1\n"},
    {"<a><b>1</b><![CDATA[x", BODY_TRUNCATED, 0, "a.b=1\n"},
    {"<a><b>1</b></c>", BODY_MALFORMED, 0, "a.b=1\n"},
    {"<a><b>1</b>&nosuch;</a>", BODY_MALFORMED, 0, "a.b=1\n"},
    {"<a>1</a><b/>", BODY_MALFORMED, BODY_TRAILING, "a=1\n"},
    {"<a>\xff</a>", BODY_MALFORMED, 0, ""},
    {"plain", BODY_MALFORMED, 0, ""},
    {"<a x=\"1\" x=\"2\"/>", BODY_MALFORMED, 0, ""},
};

static void
test_broken_documents_stop_at_the_fault(void **state)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		walk(broken[i].text);
		if (result.state != broken[i].state || result.flags != broken[i].flags)
			fail_msg("%s: state %d flags %x", broken[i].text, result.state,
			    result.flags);
		assert_string_equal(leaves.text, broken[i].leaves);
	}
}

static void
test_every_cut_visits_a_beginning(void **state)
{
	const char *text = "<a x=\"1\"><b>one</b><c><d>two &amp; three</d></c>four</a>";
	static struct leaves whole;

	walk(text);
	whole = leaves;
	for (size_t n = 0; n <= strlen(text); n++) {
		walk_with(exact_span(span_make(text, n)), true, &limits);
		assert_int_equal(result.state, BODY_TRUNCATED);
		assert_int_equal(strncmp(whole.text, leaves.text, leaves.n), 0);
	}
}

static void
test_external_entities_are_never_read(void **state)
{
	walk("<!DOCTYPE a SYSTEM \"file:///etc/passwd\" [<!ENTITY x SYSTEM "
	     "\"file:///etc/passwd\">]><a><b>1</b>&x;</a>");
	assert_true(result.flags & BODY_DTD);
	assert_string_equal(leaves.text, "a.b=1\n");
}

static void
test_entities_in_text_are_not_expanded(void **state)
{
	walk("<!DOCTYPE a [<!ENTITY x \"secret\">]><a>1&x;2</a>");
	assert_int_equal(result.flags, BODY_DTD);
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_null(strstr(leaves.text, "secret"));
}

static void
test_billion_laughs_end_early(void **state)
{
	static char text[8192];
	size_t n = 0;

	n += (size_t)snprintf(
	    text + n, sizeof(text) - n, "<!DOCTYPE a [<!ENTITY l0 \"lolololololol\">");
	for (unsigned i = 1; i < 12; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "<!ENTITY l%u \"&l%u;&l%u;&l%u;&l%u;&l%u;&l%u;&l%u;&l%u;\">", i,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	snprintf(text + n, sizeof(text) - n, "]><a x=\"&l11;\">&l11;</a>");
	leaves = (struct leaves){0};
	/* expat's protection, or the arena, whichever is first */
	switch (xml_walk(
	    exact(text), false, &limits, leaves_visit, &leaves, &result, &arena)) {
	case OK: assert_int_equal(result.state, BODY_MALFORMED); break;
	case ERR_FULL: break;
	default: fail();
	}
	assert_true(arena.peak <= ARENA_BYTES);
}

static void
test_limits_of_depth_and_leaves(void **state)
{
	const struct body_limits few = {.depth = 2, .fields = 2};

	walk_with(exact("<a><b>1</b></a>"), false, &few);
	assert_int_equal(result.state, BODY_COMPLETE);
	walk_with(exact("<a><b><c/></b></a>"), false, &few);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_TOO_DEEP);
	assert_int_equal(result.offset, 6);
	walk_with(exact("<a><b/><b/><b/></a>"), false, &few);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_TOO_MANY);
	assert_int_equal(result.fields, 2);
}

static void
test_visitor_can_stop(void **state)
{
	leaves.stop_after = 1;
	walk("<a><b>1</b><c>2</c></a>");
	assert_string_equal(leaves.text, "a.b=1\n");
	assert_int_equal(result.state, BODY_TRUNCATED);
	leaves.stop_after = 0;
}

static void
test_small_arena_is_an_error_not_a_crash(void **state)
{
	struct span s = exact("<a b=\"1\"><c>x&amp;y</c><d e=\"2\" f=\"3\"/></a>");
	unsigned ok = 0;

	for (size_t size = 0; size < 65536; size += 111) {
		char *memory = malloc(size ? size : 1);
		struct leaves l = {0};
		struct arena small;
		int rc;

		assert_non_null(memory);
		arena_init(&small, memory, size);
		rc = xml_walk(s, false, &limits, leaves_visit, &l, &result, &small);
		assert_true(rc == OK || rc == ERR_FULL);
		ok += rc == OK;
		assert_int_equal(small.used, 0);
		free(memory);
	}
	assert_true(ok > 0);
}

static struct span kept[4];

static int
keep_visit(void *ctx, const struct field *f)
{
	unsigned *n = ctx;

	assert_true(*n < 4);
	kept[(*n)++] = arena_copy(&arena, f->value);
	return OK;
}

static void
test_what_a_visitor_allocates_stays(void **state)
{
	unsigned n = 0;
	char *after;

	assert_int_equal(xml_walk(exact("<a x=\"1\"><b>t&amp;w</b>three</a>"), false,
			     &limits, keep_visit, &n, &result, &arena),
	    OK);
	after = arena_text(&arena, 4096);
	assert_non_null(after);
	memset(after, 'x', 4096);
	assert_span(kept[0], "1");
	assert_span(kept[1], "t&w");
	assert_span(kept[2], "three");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_leaves_have_their_path),
	    UNIT(test_broken_documents_stop_at_the_fault),
	    UNIT(test_every_cut_visits_a_beginning),
	    UNIT(test_external_entities_are_never_read),
	    UNIT(test_entities_in_text_are_not_expanded),
	    UNIT(test_billion_laughs_end_early),
	    UNIT(test_limits_of_depth_and_leaves),
	    UNIT(test_visitor_can_stop),
	    UNIT(test_small_arena_is_an_error_not_a_crash),
	    UNIT(test_what_a_visitor_allocates_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
