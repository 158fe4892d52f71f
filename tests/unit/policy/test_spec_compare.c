/*
 * Inventories against documents: each case is one document, some lines of what was seen (see
 * spec_fixture.h), and the findings as "kind label [place] line".
 */
#include <stdio.h>

#include "spec_fixture.h"

static const char shop[] =
    "openapi: 3.0.0\n" /* 1 */
    "components: {securitySchemes: {b: {type: http, scheme: bearer}, k: {type: apiKey, "
    "in: header, name: x-api-key}, q: {type: apiKey, in: query, name: token}}}\n"
    "paths:\n"
    "  /orders/{id}:\n" /* 4 */
    "    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n"
    "    get:\n" /* 6 */
    "      security: [{b: []}]\n"
    "      parameters: [{name: page, in: query, schema: {type: integer}}, {name: f, in: "
    "query, style: deepObject, schema: {type: object}}]\n"
    "      responses: {'200': {description: x, content: {application/json: {schema:\n"
    "        {type: object, properties: {id: {type: integer}, note: {type: string},\n"
    "          lines: {type: array, items: {properties: {price: {type: number}}}},\n"
    "          tags: {type: object, additionalProperties: {type: string}},\n"
    "          any: {}}}}}}}\n"
    "    delete: {deprecated: true, responses: {'204': {description: x}}}\n" /* 14 */
    "  /login:\n"
    "    post:\n" /* 16 */
    "      security: []\n"
    "      requestBody: {content: {application/x-www-form-urlencoded: {schema: "
    "{properties: {user: {type: string}, ids: {type: array, items: {type: "
    "integer}}}}}}}\n"
    "      responses: {default: {description: x}}\n"
    "  /keyed: {get: {security: [{q: []}, {k: []}], responses: {'200': {description: "
    "x}}}}\n"; /* 20 */

static const struct {
	const char *name, *seen, *findings;
} cases[] = {
    {"nothing seen", "",
	"orphan GET /orders/{number} 6\norphan POST /login 16\norphan GET /keyed 20\n"},
    {"all as declared",
	"GET /orders/{number} 5 0\n! 2 0\n> query page 2\n> query f[a] 1\n"
	"> query f.a 1\n> header x-other 1\n> cookie sid 1\n"
	"< body id 2\n< body note 1\n< body lines[].price 6\n< body tags.{key} 1\n"
	"< body tags.red 1\n< body any.thing[].at.all 63\n< body note.inside 2\n"
	"POST /login 3 0\n> body user 1\n> body ids 2\n> body ids[] 2\n"
	"GET /keyed 1 0\n! 4 0\n> query token 1\n"
	"DELETE /orders/{number} 0 4\nHEAD /orders/{number} 1 0\n! 2 0\nOPTIONS /login 1 "
	"0\n",
	"undeclared_status DELETE /orders/{number} 4xx 14\n"},
    {"a shadow names its nearest",
	"GET /orders/{number}/items 2 0\nGET /orders/export 1 1\nGET /unknown 0 9\n",
	"shadow GET /orders/{number}/items 6\nshadow GET /orders/export 6\n"
	"orphan GET /orders/{number} 6\norphan POST /login 16\norphan GET /keyed 20\n"},
    {"deprecated and still called", "DELETE /orders/{number} 7 0\n",
	"zombie DELETE /orders/{number} 14\n"
	"orphan GET /orders/{number} 6\norphan POST /login 16\norphan GET /keyed 20\n"},
    {"undeclared places",
	"GET /orders/{number} 5 2\n! 2 0\n> query debug 1\n> query debug[x] 1\n"
	"> body sneaky 1\n< body secret 1\n< body owner.ssn 1\n< body owner.name 1\n"
	"< body lines[].cost 2\n< body lines[].cost.deep 2\n< body id.sub 2\n",
	"undeclared_status GET /orders/{number} 4xx 6\n"
	"undeclared_field GET /orders/{number} request body 6\n"
	"undeclared_field GET /orders/{number} response body secret 6\n"
	"undeclared_field GET /orders/{number} response body owner 6\n"
	"undeclared_field GET /orders/{number} response body lines[].cost 6\n"
	"undeclared_field GET /orders/{number} response body id.sub 6\n"
	"undeclared_parameter GET /orders/{number} request query debug 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"other types",
	"GET /orders/{uuid} 5 0\n! 2 0\n> query page 3\n< body id 3\n< body note 2\n"
	"< body lines[].price 1\n< body lines 16\n< body tags 8\n< body tags.a 2\n",
	"type_mismatch GET /orders/{uuid} request path 1 6\n"
	"type_mismatch GET /orders/{uuid} response body id 10\n"
	"type_mismatch GET /orders/{uuid} response body note 10\n"
	"type_mismatch GET /orders/{uuid} response body lines[].price 11\n"
	"type_mismatch GET /orders/{uuid} response body lines 6\n"
	"type_mismatch GET /orders/{uuid} response body tags 6\n"
	"type_mismatch GET /orders/{uuid} response body tags.a 12\n"
	"type_mismatch GET /orders/{uuid} request query page 8\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"without the credentials asked for", "GET /orders/{number} 5 0\n! 3 2\n",
	"undeclared_authentication GET /orders/{number} none 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"refused without them is right", "GET /orders/{number} 5 2\n! 3 2\n",
	"undeclared_status GET /orders/{number} 4xx 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"another credential", "GET /orders/{number} 5 0\n! 128 0\n",
	"undeclared_authentication GET /orders/{number} basic 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"a credential where none is asked for", "POST /login 100 0\n! 2 1\n",
	"undeclared_authentication POST /login bearer 16\n"
	"orphan GET /orders/{number} 6\norphan GET /keyed 20\n"},
    {"some clients bring theirs along", "POST /login 100 0\n! 2 40\n",
	"orphan GET /orders/{number} 6\norphan GET /keyed 20\n"},
    {"undecided names",
	"GET /orders/{number} 5 0\n! 2 0\n< body {~new} 1\n< body {~known} 1\n"
	"< body {~early} 1\n> query {~new} 1\n> query {~early} 1\n",
	"undeclared_field GET /orders/{number} response body {~new} 6\n"
	"undeclared_parameter GET /orders/{number} request query {~new} 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"undecided paths",
	"GET /orders/{~t1}/{~t2} 3 0\nGET /{~t3} 2 0\nGET /{~t4} 0 2\n"
	"GET /orders/{~t5} 1 0\n",
	"shadow GET /orders/{…}/{…} 6\nshadow GET /{…} 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"content types",
	"GET /orders/{number} 5 0\n! 2 0\n< header content-type=application/json 1\n"
	"< header content-type=text/html 1\n",
	"undeclared_content_type GET /orders/{number} response text/html 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
    {"statuses, each by itself",
	"GET /orders/{number} 5 3\n! 2 0\n< header status=200 1\n< header status=418 1\n"
	"< header status=206 1\n",
	"undeclared_status GET /orders/{number} 418 6\n"
	"undeclared_status GET /orders/{number} 206 6\n"
	"orphan POST /login 16\norphan GET /keyed 20\n"},
};

static const char *
print_findings(struct buf *out, const spec_finding_list *list)
{
	buf_clear(out);
	for (uint32_t i = 0; i < list->n; i++) {
		const struct spec_finding *x = &list->v[i];

		buf_printf(out, "%s %.*s%s%.*s %u\n", x->kind, (int)x->label.n,
		    x->label.p, x->place.n ? " " : "", (int)x->place.n, x->place.p,
		    x->line);
		assert_true(span_eq(x->file, SPAN("t.yaml")));
		assert_true(x->detail.n > 10);
	}
	return out->p ? out->p : "";
}

static void
test_compare_finds_what_differs(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spec_fixture f = {0};
		spec_finding_list findings = {0};
		struct spec_service s;

		if (spec_fixture_read(&f, shop) != OK)
			fail_msg("%s", f.text.p);
		f.spec.imported_us = NOW - 2 * DAY;
		spec_fixture_see(&f.pool, &s, cases[i].seen);
		*VEC_ADD(&f.pool, &s.specs) = f.spec;
		spec_match_service(&f.pool, &s);
		spec_compare_service(&f.pool, &s, &findings);
		if (strcmp(print_findings(&f.text, &findings), cases[i].findings) != 0)
			fail_msg("%s:\n%s\nexpected:\n%s", cases[i].name, f.text.p,
			    cases[i].findings);
		spec_fixture_fini(&f);
	}
}

/* Undecided words: values where the document has a parameter; else none of its words, once
 * the gateways know these. */
static void
test_compare_takes_undecided_words_for_values(void **state)
{
	struct spec_fixture f = {0};
	spec_finding_list findings = {0};
	struct spec_service s;

	if (spec_fixture_read(&f,
		"openapi: 3.0.0\npaths:\n  /users/{name}: {get: {}}\n  /zymurgy: {get: "
		"{}}\n") != OK)
		fail_msg("%s", f.text.p);
	f.spec.imported_us = NOW - 13 * DAY;
	spec_fixture_see(&f.pool, &s,
	    "GET /users/{~text.1.aa} 3 0\nGET /{~text.1.bb}/x 2 0\nGET /{~text.1.cc}/x 2 "
	    "0\n"
	    "GET /{~text.1.dd}/y 0 5\nGET /{~text.1.ee} 1 0\nGET /{~text.1.ff} 4 0\n"
	    "GET /{~text.1.gg} 5 0\nGET /{~text.1.hh} 6 0\n");
	for (int i = 4; i < 8; i++)
		s.endpoints.v[i].last_us = NOW - 14 * DAY;
	s.endpoints.v[4].shapes = SPAN("word:7:a"); /* might be /zymurgy */
	s.endpoints.v[5].shapes = SPAN("word:8:a"); /* is not */
	s.endpoints.v[6].shapes = SPAN("text:7:a9"); /* neither */
	s.endpoints.v[7].shapes = SPAN("word:7:a");
	s.endpoints.v[7].last_us = NOW - 12 * DAY; /* nor after its words arrived */
	*VEC_ADD(&f.pool, &s.specs) = f.spec;
	spec_match_service(&f.pool, &s);
	spec_compare_service(&f.pool, &s, &findings);
	assert_string_equal(print_findings(&f.text, &findings),
	    "shadow GET /{…}/x 3\nshadow GET /{…} 3\n");
	assert_non_null(strstr(findings.v[0].detail.p, "accepted 4 times"));
	assert_int_equal(findings.v[0].endpoint, 0);
	assert_non_null(strstr(findings.v[1].detail.p, "accepted 15 times"));
	spec_fixture_fini(&f);
}

/* Literals that are not used, and undecided words that cannot be them. */
static void
test_compare_finds_orphans_beside_undecided_words(void **state)
{
	struct spec_fixture f = {0};
	spec_finding_list findings = {0};
	struct spec_service s;

	if (spec_fixture_read(&f, "openapi: 3.0.0\npaths:\n  /zymurgy: {get: {}}\n") !=
	    OK)
		fail_msg("%s", f.text.p);
	f.spec.imported_us = NOW - 13 * DAY;
	spec_fixture_see(&f.pool, &s, "GET /{~text.1.ee} 1 0\n");
	s.endpoints.v[0].shapes = SPAN("word:7:a");
	*VEC_ADD(&f.pool, &s.specs) = f.spec;
	spec_match_service(&f.pool, &s);
	spec_compare_service(&f.pool, &s, &findings);
	assert_string_equal(print_findings(&f.text, &findings),
	    "shadow GET /{…} 3\norphan GET /zymurgy 3\n");
	spec_fixture_fini(&f);
}

/* Several specifications of a service, and versions of one. */
static void
test_compare_asks_all_specifications(void **state)
{
	static const char *const documents[] = {
	    "openapi: 3.0.0\npaths:\n  /a: {get: {responses: {'200': {content: "
	    "{application/json: {schema: {properties: {x: {type: string}}}}}}}}}\n",
	    "openapi: 3.0.0\npaths:\n  /a: {get: {responses: {'200': {content: "
	    "{application/json: {schema: {properties: {y: {type: string}}}}}}}}}\n"
	    "  /b: {get: {}}\n",
	    "openapi: 3.0.0\npaths:\n  /b: {get: {}}\n  /old: {get: {}}\n  /older: {get: "
	    "{}}\n",
	};
	struct spec_fixture f[3] = {0};
	spec_finding_list findings = {0};
	struct spec_service s;

	spec_fixture_see(&f[0].pool, &s,
	    "GET /a 1 0\n< body x 1\n< body y 1\n< body z 1\nGET /b 1 0\nGET /old 1 0\n"
	    "GET /older 1 0\nGET /new 1 0\n");
	s.endpoints.v[3].last_us = NOW - 40 * DAY;
	for (int i = 0; i < 3; i++) {
		if (spec_fixture_read(&f[i], documents[i]) != OK)
			fail_msg("%s", f[i].text.p);
		f[i].spec.current = i < 2;
		f[i].spec.id = i + 1;
		*VEC_ADD(&f[0].pool, &s.specs) = f[i].spec;
	}
	spec_match_service(&f[0].pool, &s);
	spec_compare_service(&f[0].pool, &s, &findings);
	assert_string_equal(print_findings(&f[0].text, &findings),
	    "undeclared_field GET /a response body z 3\n"
	    "zombie GET /old 4\n"
	    "shadow GET /new 3\n");
	assert_int_equal(findings.v[1].spec, 3);
	assert_int_equal(findings.v[2].spec, 0);
	for (int i = 0; i < 3; i++)
		spec_fixture_fini(&f[i]);
}

/* Base paths of one operation are one: it is no orphan if any of them is used. */
static void
test_compare_takes_base_paths_for_one(void **state)
{
	struct spec_fixture f = {0};
	spec_finding_list findings = {0};
	struct spec_service s;

	if (spec_fixture_read(&f,
		"{\"openapi\": \"3.0.0\", \"servers\": [{\"url\": \"/v1\"}, {\"url\": "
		"\"/v2\"}], \"paths\": {\"/a\": {\"get\": {}}, \"/b\": {\"get\": "
		"{}}}}") != OK)
		fail_msg("%s", f.text.p);
	spec_fixture_see(&f.pool, &s, "GET /v2/a 1 0\n");
	*VEC_ADD(&f.pool, &s.specs) = f.spec;
	spec_match_service(&f.pool, &s);
	spec_compare_service(&f.pool, &s, &findings);
	assert_string_equal(print_findings(&f.text, &findings), "orphan GET /v1/b 1\n");
	spec_fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_compare_finds_what_differs),
	    cmocka_unit_test(test_compare_takes_undecided_words_for_values),
	    cmocka_unit_test(test_compare_finds_orphans_beside_undecided_words),
	    cmocka_unit_test(test_compare_asks_all_specifications),
	    cmocka_unit_test(test_compare_takes_base_paths_for_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
