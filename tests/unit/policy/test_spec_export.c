/* What was learned, as a document: read again it says the same. */
#include <stdio.h>

#include "policy/spec_export.h"
#include "policy/spec_write.h"
#include "spec_fixture.h"

static const char seen[] =
    "GET /users/{number} 50 2\n! 2 1\n> query page 2\n> query filter[state] 1\n"
    "> header x-tenant 1\n> header authorization 1\n> cookie sid 1\n> path 1 2\n"
    "< body id 2\n< body name 17\n< body tags[] 1\n< body tags 16\n< body cards[].pan 1\n"
    "< body map.{key}.x 6\n< body odd\\.name 1\n< body {~secret}.x 1\n"
    "< body list[].{~secret} 1\n< body blob 32\n< body mixed 1\n< body mixed.x 2\n"
    "< body {~known} 1\n"
    "POST /users/{number}/notes/{number} 5 0\n! 3 2\n> body text 1\n< body $ 1\n"
    "PUT /users/{uuid} 5 0\n! 64 0\n> header content-type=text/xml 1\n"
    "GET /users/{text} 3 0\n"
    "DELETE /Orders({objectid}) 1 0\n! 128 0\n"
    "POST /orders/{number}:cancel 1 0\n"
    "GET /a%20b/%7Bx%7D 1 0\n< body [].x 4\n"
    "GET / 1 0\n"
    "HEAD /users/{number} 1 0\n! 2 0\n"
    "GET /never 0 5\n"
    "PROPFIND /dav 1 0\n"
    "GET /{overflow} 9 0\n";

static void
export_seen(struct pool *pool, struct spec_service *s, bool yaml, struct buf *out)
{
	struct spec_export_options o = {
	    .title = SPAN("shop"), .version = SPAN("learned"), .yaml = yaml};

	*VEC_ADD(pool, &o.hosts) = SPAN("shop.example.com");
	assert_int_equal(spec_export(pool, s, &o, out), OK);
}

static void
test_export_compares_without_findings(void **state)
{
	for (int yaml = 0; yaml < 2; yaml++) {
		struct spec_fixture f = {0};
		struct spec_service s;
		spec_finding_list findings = {0};
		struct buf text = BUF_INIT, again = BUF_INIT;

		spec_fixture_see(&f.pool, &s, seen);
		export_seen(&f.pool, &s, yaml, &text);
		export_seen(&f.pool, &s, yaml, &again);
		assert_string_equal(text.p, again.p);
		if (spec_fixture_read(&f, text.p) != OK)
			fail_msg("%s\n%s", f.text.p, text.p);
		assert_int_equal(f.text.n, 0);
		f.spec.imported_us = NOW;
		*VEC_ADD(&f.pool, &s.specs) = f.spec;
		s.endpoints.n -= 2; /* what has no word in OpenAPI */
		spec_match_service(&f.pool, &s);
		spec_compare_service(&f.pool, &s, &findings);
		for (uint32_t i = 0; i < findings.n; i++)
			fprintf(stderr, "%s %.*s: %.*s: %.*s\n", findings.v[i].kind,
			    (int)findings.v[i].label.n, findings.v[i].label.p,
			    (int)findings.v[i].place.n, findings.v[i].place.p,
			    (int)findings.v[i].detail.n, findings.v[i].detail.p);
		if (findings.n)
			fail_msg("%s", text.p);
		/* /users/{number}, {uuid} and {text} are one path */
		assert_int_equal(f.spec.operations.n, 8);
		for (uint32_t i = 0; i + 1 < s.endpoints.n; i++)
			if (spec_accepted(&s.endpoints.v[i]) > 0)
				assert_int_equal(s.endpoints.v[i].matches, 1);
		assert_null(strstr(text.p, "secret"));
		buf_fini(&text);
		buf_fini(&again);
		spec_fixture_fini(&f);
	}
}

/* Templates come back as they were: the same endpoints, by hash. */
static void
test_export_keeps_templates(void **state)
{
	struct spec_fixture f = {0};
	struct spec_service s;
	struct buf text = BUF_INIT;

	spec_fixture_see(&f.pool, &s,
	    "GET /users/{number}/x/{uuid} 1 0\nPUT /users/{number}/x/{uuid} 1 0\n"
	    "GET /d/{date} 1 0\nGET /t/{datetime} 1 0\nGET /e/{email} 1 0\n"
	    "GET /h/{hex}/{id} 1 0\nGET /i/{ip}/{jwt} 1 0\nGET /p/{prefixed} 1 0\n"
	    "GET /n/{decimal} 1 0\nGET /o/{objectid}/{ulid} 1 0\nGET /f/{base64} 1 0\n"
	    "GET /{text}/{phone}:verb 1 0\nGET /Users({number})/y 1 0\n"
	    "GET /a%3Ab/%7B%7D/c%20d 1 0\nGET / 1 0\n");
	export_seen(&f.pool, &s, true, &text);
	assert_int_equal(spec_fixture_read(&f, text.p), OK);
	assert_int_equal(f.spec.operations.n, s.endpoints.n);
	for (uint32_t i = 0; i < f.spec.operations.n; i++) {
		const struct spec_operation *o = &f.spec.operations.v[i];
		uint32_t k = 0;

		while (k < s.endpoints.n &&
		    !(span_eq(s.endpoints.v[k].template, o->template) &&
			span_eq(s.endpoints.v[k].method, o->method)))
			k++;
		if (k == s.endpoints.n)
			fail_msg("%.*s", (int)o->template.n, o->template.p);
	}
	buf_fini(&text);
	spec_fixture_fini(&f);
}

static void
test_export_tells_classes(void **state)
{
	struct spec_fixture f = {0};
	struct spec_service s;
	struct buf text = BUF_INIT;
	struct span at;

	spec_fixture_see(&f.pool, &s, "GET /a 1 0\n< body card 1\n");
	*VEC_ADD(&f.pool, &s.endpoints.v[0].fields.v[0].classes) = SPAN("card_number");
	export_seen(&f.pool, &s, false, &text);
	at = buf_span(&text);
	assert_true(span_find_span(at, SPAN("\"x-yett-classes\": [")) < at.n);
	assert_true(span_find_span(at, SPAN("\"card_number\"")) < at.n);
	assert_true(
	    span_find_span(at, SPAN("\"url\": \"https://shop.example.com\"")) < at.n);
	buf_fini(&text);
	spec_fixture_fini(&f);
}

static void
write_all(struct spec_writer *w)
{
	spec_write_map(w);
	spec_write_kv(w, "a", SPAN("x: \"\\\n\t\x01\xc3\xa4\xff"));
	spec_write_key(w, SPAN("no"));
	spec_write_list(w);
	spec_write_text(w, SPAN("1"));
	spec_write_bool(w, true);
	spec_write_map(w);
	spec_write_kv_bool(w, "k", false);
	spec_write_end(w);
	spec_write_list(w);
	spec_write_end(w);
	spec_write_end(w);
	spec_write_key(w, SPAN("/p/{x}"));
	spec_write_map(w);
	spec_write_end(w);
	spec_write_end(w);
}

static void
test_write_json_and_yaml(void **state)
{
	static const char *const expected[] = {
	    "{\n  \"a\": \"x: \\\"\\\\\\u000a\\u0009\\u0001\xc3\xa4\\ufffd\",\n"
	    "  \"no\": [\n    \"1\",\n    true,\n    {\n      \"k\": false\n    },\n    "
	    "[]\n  ],\n  \"/p/{x}\": {}\n}\n",
	    "a: \"x: \\\"\\\\\\u000a\\u0009\\u0001\xc3\xa4\\ufffd\"\n"
	    "\"no\":\n  - \"1\"\n  - true\n  -\n    k: false\n  - []\n\"/p/{x}\": {}\n",
	};

	for (int yaml = 0; yaml < 2; yaml++) {
		struct buf out = BUF_INIT;
		struct spec_writer w;

		spec_write_init(&w, &out, yaml);
		write_all(&w);
		assert_string_equal(out.p, expected[yaml]);
		buf_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_export_compares_without_findings),
	    cmocka_unit_test(test_export_keeps_templates),
	    cmocka_unit_test(test_export_tells_classes),
	    cmocka_unit_test(test_write_json_and_yaml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
