/* Whole documents of the three formats. */
#include "spec_fixture.h"

static const char openapi_30[] =
    "openapi: 3.0.3\n"
    "info: {title: 'The Shop, API', version: 1.2}\n"
    "servers:\n"
    "  - url: https://shop.example.com/v1\n"
    "security:\n"
    "  - bearer: []\n"
    "paths:\n"
    "  /orders/{id}:\n"
    "    parameters:\n"
    "      - {name: id, in: path, required: true, schema: {type: integer}}\n"
    "      - {name: trace, in: query, schema: {type: boolean}}\n"
    "    get:\n"
    "      operationId: getOrder\n"
    "      parameters:\n"
    "        - {name: trace, in: query, schema: {type: string}}\n"
    "        - $ref: '#/components/parameters/Page'\n"
    "        - {name: X-Tenant, in: header, schema: {type: string}}\n"
    "        - {name: sid, in: cookie, schema: {type: string}}\n"
    "        - {name: range, in: query, schema: {type: object, properties: {since: "
    "{type: string}}}}\n"
    "        - {name: filter, in: query, style: deepObject, schema: {type: object, "
    "properties: {state: {type: string}}}}\n"
    "      responses:\n"
    "        '200': {$ref: '#/components/responses/Order'}\n"
    "        4XX: {description: no}\n"
    "    delete:\n"
    "      deprecated: true\n"
    "      security: []\n"
    "      responses: {default: {description: gone}}\n"
    "  /upload/{kind}:\n"
    "    post:\n"
    "      security: [{key: [], bearer: []}, {}]\n"
    "      parameters:\n"
    "        - {name: kind, in: path, required: true, schema: {type: string, enum: [a, "
    "b]}}\n"
    "      requestBody:\n"
    "        content:\n"
    "          multipart/form-data; charset=utf-8: {schema: {type: object, properties: "
    "{file: {type: string, format: binary}}}}\n"
    "          application/xml: {schema: {$ref: '#/components/schemas/Order'}}\n"
    "          text/plain: {schema: {type: string}}\n"
    "      responses: {'201': {description: made, headers: {Location: {schema: {type: "
    "string}}}}}\n"
    "  x-other: {get: {}}\n"
    "components:\n"
    "  parameters:\n"
    "    Page: {name: page, in: query, required: true, schema: {type: integer}}\n"
    "  responses:\n"
    "    Order: {description: one, content: {application/json: {schema: {$ref: "
    "'#/components/schemas/Order'}}}}\n"
    "  schemas:\n"
    "    Order: {type: object, properties: {total: {type: number}}}\n"
    "  securitySchemes:\n"
    "    bearer: {type: http, scheme: bearer}\n"
    "    key: {type: apiKey, in: header, name: X-API-Key}\n";

static void
test_read_openapi_30(void **state)
{
	struct spec_fixture f = {0};

	if (spec_fixture_read(&f, openapi_30) != OK)
		fail_msg("%s", f.text.p);
	assert_string_equal(spec_fixture_print(&f),
	    "12 GET /v1/orders/{number} security=bearer statuses=200,4XX "
	    "response=application/json\n"
	    "> query filter any open\n"
	    "> query page integer required\n"
	    "> query range any open\n"
	    "> query since string\n"
	    "> query trace string\n"
	    "> path 1 integer required\n"
	    "> header x-tenant string\n"
	    "> cookie sid string\n"
	    "< body total integer|number\n"
	    "24 DELETE /v1/orders/{number} deprecated security=none statuses=default\n"
	    "> query trace boolean\n"
	    "> path 1 integer required\n"
	    "29 POST /v1/upload/{text} security=header:x-api-key+bearer,none "
	    "hints=,,=a|b statuses=201 "
	    "request=multipart/form-data,application/xml,text/plain\n"
	    "> body  string\n"
	    "> body Order any open\n"
	    "> body file string|file\n"
	    "> path 1 string required\n"
	    "< header location any\n");
	assert_true(span_eq(f.spec.name, SPAN("the-shop-api")));
	assert_true(span_eq(f.spec.version, SPAN("1.2")));
	assert_int_equal(f.spec.format, SPEC_OPENAPI_30);
	spec_fixture_fini(&f);
}

static void
test_read_swagger_20(void **state)
{
	static const char document[] =
	    "{\"swagger\": \"2.0\", \"info\": {\"title\": \"K\", \"version\": \"9\"},\n"
	    "\"host\": \"k.example:6443\", \"basePath\": \"/apis/\", \"schemes\": "
	    "[\"https\"],\n"
	    "\"consumes\": [\"application/json\"], \"produces\": "
	    "[\"application/json\"],\n"
	    "\"securityDefinitions\": {\"b\": {\"type\": \"basic\"}, \"q\": {\"type\": "
	    "\"apiKey\", \"in\": \"query\", \"name\": \"token\"}},\n"
	    "\"security\": [{\"b\": []}, {\"q\": []}],\n"
	    "\"parameters\": {\"limit\": {\"name\": \"limit\", \"in\": \"query\", "
	    "\"type\": \"integer\"}},\n"
	    "\"paths\": {\n"
	    " \"/pods/{name}\": {\n"
	    "  \"parameters\": [{\"$ref\": \"#/parameters/limit\"}],\n"
	    "  \"put\": {\"parameters\": [{\"name\": \"name\", \"in\": \"path\", "
	    "\"required\": true, \"type\": \"string\", \"format\": \"uuid\"}, {\"name\": "
	    "\"body\", \"in\": \"body\", \"schema\": {\"$ref\": "
	    "\"#/definitions/Pod\"}}],\n"
	    "   \"responses\": {\"200\": {\"schema\": {\"type\": \"array\", \"items\": "
	    "{\"$ref\": \"#/definitions/Pod\"}}}}},\n"
	    "  \"post\": {\"consumes\": [\"multipart/form-data\"], \"parameters\": "
	    "[{\"name\": \"f\", \"in\": \"formData\", \"type\": \"file\"}],\n"
	    "   \"responses\": {}}\n"
	    " }},\n"
	    "\"definitions\": {\"Pod\": {\"type\": \"object\", \"properties\": "
	    "{\"name\": {\"type\": \"string\", \"x-nullable\": true}}}}}";
	struct spec_fixture f = {0};

	if (spec_fixture_read(&f, document) != OK)
		fail_msg("%s", f.text.p);
	assert_string_equal(spec_fixture_print(&f),
	    "10 PUT /apis/pods/{uuid} security=basic,query:token statuses=200 "
	    "request=application/json response=application/json\n"
	    "> body name string|null\n"
	    "> query limit integer\n"
	    "> path 1 string required\n"
	    "< body [].name string|null\n"
	    "12 POST /apis/pods/{text} security=basic,query:token "
	    "request=multipart/form-data\n"
	    "> body f file\n"
	    "> query limit integer\n");
	assert_true(span_eq(f.spec.hosts.v[0], SPAN("k.example")));
	assert_int_equal(f.spec.format, SPEC_SWAGGER_20);
	spec_fixture_fini(&f);
}

static void
test_read_several_bases_and_servers_of_operations(void **state)
{
	static const char document[] =
	    "openapi: 3.1.0\n"
	    "servers: [{url: /v1}, {url: /v2}]\n"
	    "paths:\n"
	    "  /a:\n"
	    "    get: {}\n"
	    "  /b:\n"
	    "    servers: [{url: 'https://files.example/up'}]\n"
	    "    get: {}\n"
	    "    post: {servers: [{url: /own}]}\n"
	    "  /a/:\n"
	    "    get: {parameters: [{name: q, in: query, schema: {type: string}}]}\n";
	struct spec_fixture f = {0};

	if (spec_fixture_read(&f, document) != OK)
		fail_msg("%s", f.text.p);
	assert_string_equal(spec_fixture_print(&f),
	    "5 GET /v1/a\n> query q string\n"
	    "5 GET /v2/a\n> query q string\n"
	    "8 GET /up/b\n"
	    "9 POST /own/b\n");
	spec_fixture_fini(&f);
}

static void
test_read_says_what_is_wrong_and_where(void **state)
{
	static const struct {
		const char *document, *message;
		bool good;
	} cases[] = {
	    {"a: 1\n", "t.yaml:1:1: error: expected an OpenAPI document", false},
	    {"swagger: '1.2'\n", "expected an OpenAPI document", false},
	    {"openapi: 4.0.0\n", "expected an OpenAPI document", false},
	    {"[]\n", "expected an OpenAPI document", false},
	    {"openapi: 3.0.0\n", "there are no \"paths\"", false},
	    {"openapi: 3.0.0\npaths: []\n", "there are no \"paths\"", false},
	    {"openapi: 3.0.0\npaths:\n  /x:\n    get:\n      parameters:\n        - "
	     "$ref: "
	     "'#/components/parameters/X'\n",
		"t.yaml:6:11: error: \"#/components/parameters/X\" leads nowhere", false},
	    {"openapi: 3.0.0\npaths:\n  /x:\n    get:\n      parameters:\n        - {in: "
	     "query}\n",
		"t.yaml:6:11: error: a parameter needs \"name\" and \"in\"", false},
	    {"openapi: 3.0.0\npaths:\n  /x: {$ref: '#/paths/~1x'}\n",
		"leads back to itself", false},
	    {"openapi: 3.0.0\npaths:\n  /x: {$ref: 'other.yaml#/x'}\n",
		"t.yaml:3:8: warning: \"other.yaml#/x\" is outside of this file", true},
	    {"openapi: 3.2.0\npaths: {}\n", "warning: OpenAPI 3.2.0 is read as 3.1",
		true},
	    {"openapi: 3.0.0\npaths: {/x: {get: {security: [{none: []}]}}}\n",
		"warning: there is no security scheme \"none\"", true},
	    {"openapi: 3.0.0\npaths: {'/a/b{': {get: {}}}\n", "", true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spec_fixture f = {0};
		int rc = spec_fixture_read(&f, cases[i].document);

		if ((rc == OK) != cases[i].good ||
		    !strstr(f.text.p ? f.text.p : "", cases[i].message))
			fail_msg("case %zu: %d %s", i, rc, f.text.p);
		assert_int_equal(f.spec.operations.n && rc != OK, 0);
		spec_fixture_fini(&f);
	}
}

static void
test_read_collects_words(void **state)
{
	static const char *const wanted[] = {
	    "orders", "v1", "upload", "total", "page", "x-tenant", "file", "sid"};
	struct spec_fixture f = {0};

	assert_int_equal(spec_fixture_read(&f, openapi_30), OK);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		uint32_t k = 0;

		while (k < f.spec.words.n &&
		    !span_eq(f.spec.words.v[k], span_str(wanted[i])))
			k++;
		if (k == f.spec.words.n)
			fail_msg("%s", wanted[i]);
	}
	for (uint32_t k = 0; k < f.spec.words.n; k++)
		assert_false(span_eq(f.spec.words.v[k], SPAN("1")));
	spec_fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_openapi_30),
	    cmocka_unit_test(test_read_swagger_20),
	    cmocka_unit_test(test_read_several_bases_and_servers_of_operations),
	    cmocka_unit_test(test_read_says_what_is_wrong_and_where),
	    cmocka_unit_test(test_read_collects_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
