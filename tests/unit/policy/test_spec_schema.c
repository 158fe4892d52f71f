/* Schemas as field paths. Each case is the schema of a POST's body, as YAML's flow style. */
#include "spec_fixture.h"

#define DOCUMENT                                                                     \
	"openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /x:\n    post:\n" \
	"      requestBody: {content: {application/json: {schema: %s}}}\n"           \
	"      responses: {'200': {content: {application/json: {schema: %s}}}}\n"    \
	"components:\n  schemas:\n"                                                  \
	"    Node: {type: object, properties: {id: {type: integer}, child: {$ref: "  \
	"'#/components/schemas/Node'}, all: {type: array, items: {$ref: "            \
	"'#/components/schemas/Node'}}}}\n"                                          \
	"    Pet: {type: object, required: [name], properties: {name: {type: "       \
	"string}}}\n"                                                                \
	"    Self: {$ref: '#/components/schemas/Self'}\n"                            \
	"    Loop: {allOf: [{$ref: '#/components/schemas/Loop'}, {type: string}]}\n"

static const struct {
	const char *schema, *fields;
} cases[] = {
    {"{type: object, properties: {a: {type: string}, b: {type: integer}}, required: [b]}",
	"> body a string\n> body b integer required\n"},
    {"{type: array, items: {type: object, properties: {price: {type: number}}}}",
	"> body [].price integer|number\n"},
    {"{properties: {items: {items: {properties: {price: {type: number}}}}}}",
	"> body items[].price integer|number\n"},
    {"{type: string}", "> body  string\n"},
    {"{}", "> body  any open\n"},
    {"true", "> body  any open\n"},
    {"{type: object}", "> body  any open\n"},
    {"{type: object, additionalProperties: false}", ""},
    {"{type: object, additionalProperties: {type: integer}}", "> body {key} integer\n"},
    {"{type: object, properties: {a: {type: string}}, additionalProperties: true}",
	"> body  any open\n> body a string\n"},
    {"{type: object, properties: {a: {type: object}}}", "> body a any open\n"},
    {"{type: object, properties: {a: {}}}", "> body a any open\n"},
    {"{type: object, properties: {a: {type: array}}}", "> body a any open\n"},
    {"{type: object, properties: {a: {type: [string, 'null']}}}",
	"> body a string|null\n"},
    {"{type: object, properties: {a: {type: string, nullable: true}}}",
	"> body a string|null\n"},
    {"{type: object, properties: {a: {nullable: true, properties: {b: {type: "
     "boolean}}}}}",
	"> body a null\n> body a.b boolean\n"},
    {"{type: object, properties: {a.b: {type: string}, 'c[]': {type: string}}}",
	"> body a\\.b string\n> body c\\[] string\n"},
    {"{type: object, properties: {a: {enum: [1, 2]}, b: {enum: [x, null]}, c: {const: "
     "true}, d: {enum: ['1']}}}",
	"> body a integer\n> body b string|null\n> body c boolean\n> body d string\n"},
    {"{type: object, properties: {f: {type: string, format: binary}}}",
	"> body f string|file\n"},
    {"{allOf: [{$ref: '#/components/schemas/Pet'}, {properties: {age: {type: "
     "integer}}}]}",
	"> body age integer\n> body name string required\n"},
    {"{oneOf: [{$ref: '#/components/schemas/Pet'}, {properties: {name: {type: "
     "integer}}}]}",
	"> body name string|integer\n"},
    {"{anyOf: [{type: string}, {type: object, properties: {a: {type: string}}}]}",
	"> body  string\n> body a string\n"},
    {"{$ref: '#/components/schemas/Node'}",
	"> body all[] any open\n> body child any open\n> body id integer\n"},
    {"{$ref: '#/components/schemas/Loop'}", "> body  string\n"},
    {"{prefixItems: [{type: string}, {type: integer}]}", "> body [] string|integer\n"},
    {"{type: object, patternProperties: {'^x': {type: integer}}}",
	"> body {key} integer\n"},
    {"{type: object, properties: {a: {type: string, readOnly: true}, b: {type: string, "
     "writeOnly: true}}}",
	"> body b string\n"},
    {"{type: object, properties: {'$ref': {type: string}}}", "> body $ref string\n"},
};

static void
read_schema(struct spec_fixture *f, const char *request, const char *response)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, DOCUMENT, request, response);
	if (spec_fixture_read(f, text.p) != OK)
		fail_msg("%s: %s", request, f->text.p);
	buf_fini(&text);
}

/* The fields alone, of one direction. */
static const char *
fields_of(struct spec_fixture *f, enum field_direction direction)
{
	const spec_field_list *list = &f->spec.operations.v[0].fields;

	buf_clear(&f->text);
	for (uint32_t i = 0; i < list->n; i++)
		if (list->v[i].direction == direction)
			spec_fixture_field(&f->text, &list->v[i]);
	return f->text.p ? f->text.p : "";
}

static void
test_schema_becomes_paths(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spec_fixture f = {0};

		read_schema(&f, cases[i].schema, "{type: string}");
		assert_string_equal(fields_of(&f, FIELD_REQUEST), cases[i].fields);
		spec_fixture_fini(&f);
	}
}

static void
test_schema_of_answers_leaves_out_what_is_written_only(void **state)
{
	struct spec_fixture f = {0};

	read_schema(&f, "{type: string}",
	    "{properties: {a: {type: string, readOnly: true}, b: {writeOnly: true, type: "
	    "string}}}");
	assert_string_equal(fields_of(&f, FIELD_RESPONSE), "< body a string\n");
	spec_fixture_fini(&f);
}

static void
test_schema_is_bounded_in_width_and_depth(void **state)
{
	struct spec_fixture f = {0};
	struct buf text = BUF_INIT;

	/* 600 properties: more than are kept; the whole is open then */
	buf_put_str(&text, "{properties: {");
	for (int i = 0; i < 600; i++)
		buf_printf(&text, "%sp%d: {type: string}", i ? ", " : "", i);
	buf_put_str(&text, "}}");
	read_schema(&f, text.p, "{type: string}");
	assert_string_equal(fields_of(&f, FIELD_REQUEST), "> body  any open\n");
	spec_fixture_fini(&f);

	/* 400 shallow ones are kept, 400 below one of them are not */
	buf_clear(&text);
	buf_put_str(&text, "{properties: {deep: {properties: {");
	for (int i = 0; i < 400; i++)
		buf_printf(&text, "%sq%d: {type: string}", i ? ", " : "", i);
	buf_put_str(&text, "}}");
	for (int i = 0; i < 400; i++)
		buf_printf(&text, ", p%d: {type: string}", i);
	buf_put_str(&text, "}}");
	read_schema(&f, text.p, "{type: string}");
	assert_true(span_starts(
	    span_str(fields_of(&f, FIELD_REQUEST)), SPAN("> body deep any open\n")));
	assert_int_equal(f.spec.operations.v[0].fields.n, 402);
	spec_fixture_fini(&f);

	buf_clear(&text);
	for (int i = 0; i < 15; i++)
		buf_printf(&text, "{properties: {a: ");
	buf_put_str(&text, "{type: string}");
	for (int i = 0; i < 15; i++)
		buf_put_str(&text, "}}");
	read_schema(&f, text.p, "{type: string}");
	assert_string_equal(
	    fields_of(&f, FIELD_REQUEST), "> body a.a.a.a.a.a.a.a.a.a.a.a any open\n");
	spec_fixture_fini(&f);
	buf_fini(&text);
}

/* Schemas that double at each level: 2 to the power of 40 when written out. */
static void
test_schema_bomb_is_refused_or_cut(void **state)
{
	struct spec_fixture f = {0};
	struct buf text = BUF_INIT;

	buf_put_str(&text,
	    "openapi: 3.0.0\npaths:\n  /x:\n    get:\n      responses: {'200': {content: "
	    "{application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}\n"
	    "components:\n  schemas:\n");
	for (int i = 0; i < 40; i++)
		buf_printf(&text,
		    "    S%d: {type: object, properties: {l: {$ref: "
		    "'#/components/schemas/S%d'}, r: {$ref: "
		    "'#/components/schemas/S%d'}}}\n",
		    i, i + 1, i + 1);
	buf_put_str(&text, "    S40: {type: string}\n");
	assert_int_equal(spec_fixture_read(&f, text.p), OK);
	assert_in_range(f.spec.operations.v[0].fields.n, 1, SPEC_FIELDS_MAX);
	spec_fixture_fini(&f);
	buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schema_becomes_paths),
	    cmocka_unit_test(test_schema_of_answers_leaves_out_what_is_written_only),
	    cmocka_unit_test(test_schema_is_bounded_in_width_and_depth),
	    cmocka_unit_test(test_schema_bomb_is_refused_or_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
