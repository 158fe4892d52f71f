/* Cutting of queries, cookies, media types and Authorization. */
#include "http/headers.h"
#include "tests/unit/http/fixture.h"

typedef bool next_pair(struct span *rest, struct span *name, struct span *value);

/* All pairs as "name=value|". */
static void
assert_pairs(next_pair *next, const char *text, const char *want)
{
	struct span rest = exact(text), name, value;
	static struct leaves got;

	got.n = 0;
	got.text[0] = '\0';
	while (next(&rest, &name, &value)) {
		assert_false(span_absent(name));
		assert_false(span_absent(value));
		leaves_put(&got, name);
		leaves_put(&got, SPAN("="));
		leaves_put(&got, value);
		leaves_put(&got, SPAN("|"));
	}
	assert_string_equal(got.text, want);
	assert_true(span_absent(name));
}

static void
test_query_is_cut_at_ampersands(void **state)
{
	assert_pairs(query_next, "a=1&b=2", "a=1|b=2|");
	assert_pairs(query_next, "a&b=&=c&d=e=f", "a=|b=|=c|d=e=f|");
	assert_pairs(query_next, "&&a=1&&", "a=1|");
	assert_pairs(query_next, "", "");
	assert_pairs(query_next, "a=1;b=2", "a=1;b=2|");
}

static void
test_absent_query_has_no_pairs(void **state)
{
	struct span rest = SPAN_NONE, name, value;

	assert_false(query_next(&rest, &name, &value));
	assert_false(cookie_next(&rest, &name, &value));
}

static void
test_cookies_are_cut_at_semicolons(void **state)
{
	assert_pairs(cookie_next, "a=1; b=2;c=3", "a=1|b=2|c=3|");
	assert_pairs(cookie_next, "a=\"q\"; b=\"; c=", "a=q|b=\"|c=|");
	assert_pairs(cookie_next, " ; ;a = 1 ;", "a=1|");
}

static void
test_cookie_is_found_in_any_cookie_header(void **state)
{
	struct span bin = exact_span(SPAN("\x06"
					  "cookie\x03"
					  "a=1\x01"
					  "x\x03"
					  "b=9\x06"
					  "cookie\x08"
					  "b=2; c=3\x00\x00"));
	struct headers h;

	assert_int_equal(headers_parse(&h, bin, 16, &arena), OK);
	assert_span(cookie_get(&h, SPAN("a")), "1");
	assert_span(cookie_get(&h, SPAN("b")), "2");
	assert_span(cookie_get(&h, SPAN("c")), "3");
	assert_span(cookie_get(&h, SPAN("x")), NULL);
}

static void
test_media_type_and_parameters(void **state)
{
	static const struct {
		const char *header, *type, *name, *value;
	} cases[] = {
	    {"text/html", "text/html", "charset", NULL},
	    {" text/html ; charset=utf-8", "text/html", "charset", "utf-8"},
	    {"a/b;x=1;CHARSET=\"u;8\";y=2", "a/b", "charset", "u;8"},
	    {"a/b;x=1;CHARSET=\"u;8\";y=2", "a/b", "y", "2"},
	    {"a/b; x=\"a\\\"b\"; y=2", "a/b", "x", "a\\\"b"},
	    {"a/b; x=\"a\\\"b\"; y=2", "a/b", "y", "2"},
	    {"a/b; x=\"open", "a/b", "x", "open"},
	    {"a/b; x=\"", "a/b", "x", ""},
	    {"a/b; x=", "a/b", "x", ""},
	    {"a/b; x", "a/b", "x", ""},
	    {"a/b;", "a/b", "x", NULL},
	    {"", "", "x", NULL},
	    {"multipart/form-data; boundary=----X = y", "multipart/form-data", "boundary",
		"----X = y"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = exact(cases[i].header);

		assert_span(media_type(s), cases[i].type);
		assert_span(media_parameter(s, span_str(cases[i].name)), cases[i].value);
	}
	assert_span(media_type(SPAN_NONE), NULL);
	assert_span(media_parameter(SPAN_NONE, SPAN("x")), NULL);
}

static void
test_bearer_matches_its_scheme_only(void **state)
{
	assert_span(authorization_bearer(exact("Bearer abc")), "abc");
	assert_span(authorization_bearer(exact("bEARER   abc ")), "abc");
	assert_span(authorization_bearer(exact("Bearerabc")), NULL);
	assert_span(authorization_bearer(exact("Bearer")), NULL);
	assert_span(authorization_bearer(exact("Bearer  ")), NULL);
	assert_span(authorization_bearer(exact("Basic abc")), NULL);
	assert_span(authorization_bearer(SPAN_NONE), NULL);
}

static void
test_basic_user_is_what_stands_before_the_colon(void **state)
{
	static const struct {
		const char *value, *user;
	} cases[] = {
	    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin"},
	    {"basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin"},
	    {"Basic Og==", ""},
	    {"Basic YWI=", NULL}, /* no colon */
	    {"Basic !!!!", NULL},
	    {"Basic ", NULL},
	    {"Bearer QTpC", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t used = arena.used;

		assert_span(authorization_basic_user(exact(cases[i].value), &arena),
		    cases[i].user);
		assert_int_equal(
		    arena.used - used, cases[i].user ? strlen(cases[i].user) : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_query_is_cut_at_ampersands),
	    UNIT(test_absent_query_has_no_pairs),
	    UNIT(test_cookies_are_cut_at_semicolons),
	    UNIT(test_cookie_is_found_in_any_cookie_header),
	    UNIT(test_media_type_and_parameters),
	    UNIT(test_bearer_matches_its_scheme_only),
	    UNIT(test_basic_user_is_what_stands_before_the_colon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
