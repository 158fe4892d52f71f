/* Paths as templates, parameters as classes, servers as base paths. */
#include "spec_fixture.h"

static void
test_path_becomes_template(void **state)
{
	static const struct {
		const char *base, *path, *template; /* NULL: refused */
	} cases[] = {
	    {"", "/", "/"},
	    {"", "/users", "/users"},
	    {"/v1", "/users/{n}", "/v1/users/{number}"},
	    {"/v1", "users/{u}/", "/v1/users/{uuid}"},
	    {"", "//a///b//", "/a/b"},
	    {"", "/users/{other}", "/users/{text}"},
	    {"", "/v1/{n}:cancel", "/v1/{number}:cancel"},
	    {"", "/v1/users:batch", "/v1/users:batch"},
	    {"", "/Users({n})", "/Users({number})"},
	    {"", "/Users('{u}')/Name", "/Users({uuid})/Name"},
	    {"", "/compare/{a}...{b}", "/compare/{text}"},
	    {"", "/report.{format}", "/{text}"},
	    {"", "/x/{n},{n}", "/x/{text}"},
	    {"", "/a b/%7Bx%7D/50%25", "/a%20b/%7Bx%7D/50%25"},
	    {"", "/\xc3\xa4/%C3%A4/%90", "/\xc3\xa4/\xc3\xa4/%90"},
	    {"", "/search?type={n}", "/search"},
	    {"", "/x#Action=List", "/x"},
	    {"", "/{+n}/x", "/{number}/x"},
	    {"", "/a:b/c", "/a%3Ab/c"},
	    {"",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/"
		"27/"
		"28/29/30/31/32/33",
		NULL},
	};
	struct pool pool = POOL_INIT;
	spec_param_types types = {0};

	*VEC_ADD(&pool, &types) =
	    (struct spec_param_type){SPAN("n"), SPAN("number"), {0}};
	*VEC_ADD(&pool, &types) = (struct spec_param_type){SPAN("u"), SPAN("uuid"), {0}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *want = cases[i].template;
		struct span got;
		int rc = spec_path_template(&pool, span_str(cases[i].base),
		    span_str(cases[i].path), &types, &got);

		assert_int_equal(rc == OK, want != NULL);
		if (rc == OK && !span_eq(got, span_str(want)))
			fail_msg("%s: %.*s", cases[i].path, (int)got.n, got.p);
	}
	pool_fini(&pool);
}

/* What the analyst would guess for requests of the document's parameter. */
static void
test_path_types_are_the_analysts(void **state)
{
	static const struct {
		const char *schema, *class;
	} cases[] = {
	    {"{type: integer}", "number"},
	    {"{type: integer, format: int64}", "number"},
	    {"{type: number}", "number"},
	    {"{type: number, format: double}", "decimal"},
	    {"{type: string}", "text"},
	    {"{type: string, format: uuid}", "uuid"},
	    {"{type: string, format: int64}", "number"},
	    {"{type: string, format: date}", "date"},
	    {"{type: string, format: date-time}", "datetime"},
	    {"{type: string, format: email}", "email"},
	    {"{type: string, pattern: '^[0-9]{1,9}$'}", "number"},
	    {"{type: string, pattern: '^\\d{6}$'}", "number"},
	    {"{type: string, pattern: '^[0-9a-f]{24}$'}", "objectid"},
	    {"{type: string, pattern: '^[a-z-]+$'}", "text"},
	    {"{type: string, pattern: '(('}", "text"},
	    {"{type: string, pattern: '^(a+)+$'}", "text"},
	    {"{type: string, x-yett-segment: ulid}", "ulid"},
	    {"{type: string, x-yett-segment: nonesuch}", "text"},
	    {"{type: array, items: {type: integer}}", "text"},
	    {"{oneOf: [{type: integer}, {type: string}]}", "text"},
	    {"{$ref: '#/components/schemas/Id'}", "uuid"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spec_fixture f = {0};
		struct buf text = BUF_INIT, want = BUF_INIT;

		buf_printf(&text,
		    "openapi: 3.0.0\npaths:\n  /x/{id}:\n    parameters: [{name: id, in: "
		    "path, required: true, schema: %s}]\n    get: {}\ncomponents: "
		    "{schemas: "
		    "{Id: {type: string, format: uuid}}}\n",
		    cases[i].schema);
		if (spec_fixture_read(&f, text.p) != OK)
			fail_msg("%s", f.text.p);
		buf_printf(&want, "/x/{%s}", cases[i].class);
		if (!span_eq(f.spec.operations.v[0].template, buf_span(&want)))
			fail_msg("%s: %.*s", cases[i].schema,
			    (int)f.spec.operations.v[0].template.n,
			    f.spec.operations.v[0].template.p);
		buf_fini(&text);
		buf_fini(&want);
		spec_fixture_fini(&f);
	}
}

static void
test_path_servers_give_bases_and_hosts(void **state)
{
	static const struct {
		const char *servers, *bases, *hosts;
	} cases[] = {
	    {"[]", "", ""},
	    {"[{url: /}]", "", ""},
	    {"[{url: /api/v3/}]", "/api/v3", ""},
	    {"[{url: 'https://API.example.com:8443/v1/'}]", "/v1", "api.example.com"},
	    {"[{url: //example.com/x}]", "/x", "example.com"},
	    {"[{url: 'https://a.example/v1'}, {url: 'https://b.example/v1'}, {url: /v2}]",
		"/v1 /v2", "a.example b.example"},
	    {"[{url: 'https://x.example/{v}', variables: {v: {default: v1, enum: [v1, "
	     "v2]}}}]",
		"/v1 /v2", "x.example"},
	    {"[{url: 'https://x.example/{v}', variables: {v: {default: v7}}}]", "/v7",
		"x.example"},
	    {"[{url: '{protocol}://{hostname}/api/v3', variables: {protocol: {default: "
	     "http}, hostname: {default: HOSTNAME}}}]",
		"/api/v3", ""},
	    {"[{url: 'https://{t}.example/', variables: {t: {default: a, enum: [a, "
	     "b]}}}]",
		"", "a.example b.example"},
	    {"[{url: 'https://x.example/{a}{b}{c}', variables: {a: {enum: [1, 2, 3, 4, "
	     "5, "
	     "6, 7, 8]}, b: {enum: [1, 2, 3, 4, 5, 6, 7, 8]}, c: {enum: [1, 2, 3, 4, 5, "
	     "6, 7, 8]}}}]",
		"/111 /112 /113 /114 /115 /116 /117 /118", "x.example"},
	    {"[{url: '/{a}', variables: {a: {default: '{a}x'}}}]", NULL, ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spec_fixture f = {0};
		struct buf text = BUF_INIT, got = BUF_INIT;

		buf_printf(
		    &text, "openapi: 3.0.0\nservers: %s\npaths: {}\n", cases[i].servers);
		if (spec_fixture_read(&f, text.p) != OK)
			fail_msg("%s", f.text.p);
		for (uint32_t k = 0; k < f.spec.bases.n; k++)
			buf_printf(&got, "%s%.*s", k ? " " : "", (int)f.spec.bases.v[k].n,
			    f.spec.bases.v[k].p);
		if (cases[i].bases)
			assert_string_equal(got.p ? got.p : "", cases[i].bases);
		buf_clear(&got);
		for (uint32_t k = 0; k < f.spec.hosts.n; k++)
			buf_printf(&got, "%s%.*s", k ? " " : "", (int)f.spec.hosts.v[k].n,
			    f.spec.hosts.v[k].p);
		assert_string_equal(got.n ? got.p : "", cases[i].hosts);
		buf_fini(&text);
		buf_fini(&got);
		spec_fixture_fini(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_path_becomes_template),
	    cmocka_unit_test(test_path_types_are_the_analysts),
	    cmocka_unit_test(test_path_servers_give_bases_and_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
