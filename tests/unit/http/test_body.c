/* Which kind a body is, and the walk of whatever kind, compressed or not. */
#include <zlib.h>

#include "tests/unit/http/fixture.h"

static struct leaves leaves;
static struct body_result result;

static void
walk(struct span body, const char *type, const char *encoding, bool cut)
{
	leaves = (struct leaves){0};
	assert_int_equal(body_walk(body, span_str(type), span_str(encoding), cut, &limits,
			     leaves_visit, &leaves, &result, &arena),
	    OK);
}

static const struct {
	const char *type;
	enum body_kind kind;
} kinds[] = {
    {"application/json", BODY_JSON},
    {"Application/JSON; charset=utf-8", BODY_JSON},
    {"application/vnd.api+json", BODY_JSON},
    {"application/problem+json;x=y", BODY_JSON},
    {"application/x-ndjson", BODY_JSON},
    {"text/json", BODY_JSON},
    {"application/x-www-form-urlencoded", BODY_FORM},
    {"multipart/form-data; boundary=x", BODY_MULTIPART},
    {"multipart/mixed; boundary=x", BODY_MULTIPART},
    {"text/xml", BODY_XML},
    {"application/soap+xml; action=x", BODY_XML},
    {"application/grpc", BODY_GRPC},
    {"application/grpc-web+proto", BODY_GRPC},
    {"application/graphql", BODY_GRAPHQL},
    {"text/plain", BODY_TEXT},
    {"application/octet-stream", BODY_BINARY},
    {"nonsense", BODY_BINARY},
    {"", BODY_NONE},
};

static void
test_kind_is_that_of_the_media_type(void **state)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (body_kind(exact(kinds[i].type)) != kinds[i].kind)
			fail_msg(
			    "%s: %d", kinds[i].type, body_kind(exact(kinds[i].type)));
	assert_int_equal(body_kind(SPAN_NONE), BODY_NONE);
}

static void
test_each_kind_is_walked(void **state)
{
	walk(exact("{\"a\":1}"), "application/json", "", false);
	assert_string_equal(leaves.text, "a#1\n");
	walk(exact("{\"a\":1}\n{\"a\":2}"), "application/x-ndjson", "", false);
	assert_string_equal(leaves.text, "a#1\na#2\n");
	assert_int_equal(result.state, BODY_COMPLETE);
	walk(exact("a=1"), "application/x-www-form-urlencoded", "", false);
	assert_string_equal(leaves.text, "a=1\n");
	walk(exact("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--"),
	    "multipart/form-data; boundary=\"x\"", "", false);
	assert_string_equal(leaves.text, "a=1\n");
	walk(exact("<a>1</a>"), "text/xml", "", false);
	assert_string_equal(leaves.text, "a=1\n");
	walk(exact("hello"), "text/plain", "", false);
	assert_string_equal(leaves.text, "=hello\n");
	walk(exact("\x01\x02"), "application/octet-stream", "", false);
	assert_string_equal(leaves.text, "");
	assert_int_equal(result.state, BODY_COMPLETE);
}

static void
test_body_without_type_is_looked_at(void **state)
{
	walk(exact(" {\"a\":1}"), NULL, NULL, false);
	assert_string_equal(leaves.text, "a#1\n");
	walk(exact("\xef\xbb\xbf<a>1</a>"), NULL, NULL, false);
	assert_string_equal(leaves.text, "a=1\n");
	walk(exact("a=1"), NULL, NULL, false);
	assert_string_equal(leaves.text, "");
	assert_int_equal(result.state, BODY_COMPLETE);
}

static void
test_no_bytes_are_complete_whatever_the_type(void **state)
{
	walk(exact(""), "application/json", "", false);
	assert_int_equal(result.state, BODY_COMPLETE);
	walk(exact(""), "application/json", "", true);
	assert_int_equal(result.state, BODY_TRUNCATED);
}

static void
test_compressed_body_is_inflated_and_walked(void **state)
{
	const char *text = "{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",\"b\":2}";
	uint8_t packed[256];
	uLongf n = sizeof(packed);
	struct span s;

	assert_int_equal(compress(packed, &n, (const Bytef *)text, strlen(text)), Z_OK);
	s = exact_span(span_make(packed, n));
	walk(s, "application/json", "deflate", false);
	assert_string_equal(leaves.text, "a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nb#2\n");
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_int_equal(result.flags, BODY_INFLATED);
	/* a stream that breaks off: what came out is walked, and the state says so */
	walk(span_head(s, s.n - 5), "application/json", "deflate", false);
	assert_int_equal(result.state, BODY_TRUNCATED);
	walk(s, "application/json", "br", false);
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_BAD_ENCODING);
	assert_int_equal(result.fields, 0);
}

static void
test_cut_text_is_visited_as_far_as_it_goes(void **state)
{
	walk(exact("half a w"), "text/plain", "", true);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(result.offset, 8);
	assert_string_equal(leaves.text, "=half a w\n");
	walk(exact("caf\xc3"), "text/plain", "", true);
	assert_int_equal(result.flags, 0);
	walk(exact("caf\xc3"), "text/plain", "", false);
	assert_int_equal(result.flags, BODY_BAD_UTF8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_kind_is_that_of_the_media_type),
	    UNIT(test_each_kind_is_walked),
	    UNIT(test_body_without_type_is_looked_at),
	    UNIT(test_no_bytes_are_complete_whatever_the_type),
	    UNIT(test_compressed_body_is_inflated_and_walked),
	    UNIT(test_cut_text_is_visited_as_far_as_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
