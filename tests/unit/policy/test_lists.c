/* The other files of a policy: what each line may say, and what is said of wrong ones. */
#include "tests/unit/policy/fixture.h"

struct wrong {
	enum input_kind kind;
	const char *text;
	const char *message; /* part of what must be said, with its place */
};

static const struct wrong wrongs[] = {
    {INPUT_CONF, "[policy]\nenvironment = test\n", "t:2:1: error: environment: expected"},
    {INPUT_CONF, "[policy]\n\ndefault_mode = on\n",
	"t:3:1: error: default_mode: expected"},
    {INPUT_CONF, "[policy]\nexpires = soon\n", "t:2:1: error: expires: expected a time"},
    {INPUT_CONF, "[policy]\nexpires = 2026-01-01\nnot_before = 2026-01-01\n",
	"t:2:1: error: expires before it begins"},
    {INPUT_CONF, "[polity]\n", "t:1:1: error: unknown section: polity"},
    {INPUT_CONF, "[policy]\nmode = x\n", "t:2:1: error: unknown key"},
    {INPUT_CONF, "[identity]\nsource = bearer\nsource = jwt\n", "t:3:1: error: source:"},
    {INPUT_CONF, "[identity]\nsource = bearer:x\n", "t:2:1: error: source:"},
    {INPUT_CONF, "[identity]\nsource = header:x trusted\n", "t:2:1: error: source:"},
    {INPUT_CONF, "[identity]\nsource = cookie:\n", "t:2:1: error: source:"},
    {INPUT_SERVICES, "shop\n", "t:1:1: error: expected NAME HOST [PREFIX]"},
    {INPUT_SERVICES, "# c\n\n shop a.b /c /d\n", "t:3:2: error: expected NAME HOST"},
    {INPUT_SERVICES, "shop a_b$c\n", "t:1:6: error: expected a host"},
    {INPUT_SERVICES, "shop *.\n", "t:1:6: error: expected a host"},
    {INPUT_SERVICES, "shop *x.test\n", "t:1:6: error: expected a host"},
    {INPUT_SERVICES, "shop a.test prefix\n",
	"t:1:13: error: a path prefix starts with /"},
    {INPUT_ENDPOINTS, "a.test GET\n", "t:1:1: error: expected SERVICE METHOD TEMPLATE"},
    {INPUT_ENDPOINTS, "a.test /x GET\n",
	"t:1:1: error: expected SERVICE METHOD TEMPLATE"},
    {INPUT_ENDPOINTS, "a.test GET x\n", "t:1:12: error: template: malformed"},
    {INPUT_ENDPOINTS, "a.test GET /{nothing}\n", "t:1:12: error: template: malformed"},
    {INPUT_ENDPOINTS, "a.test GET /x id=0\n", "t:1:15: error: unknown option"},
    {INPUT_ENDPOINTS, "a.test GET /x id=4294967296\n", "t:1:15: error: unknown option"},
    {INPUT_ENDPOINTS, "a.test GET /x mode=on\n", "t:1:15: error: unknown option"},
    {INPUT_ENDPOINTS, "a.test GET /x body=no\n", "t:1:15: error: unknown option"},
    {INPUT_ENDPOINTS, "a.test GET /x operation=\n", "t:1:15: error: unknown option"},
    {INPUT_ENDPOINTS, "A! GET /x\n", "t:1:1: error: unknown service \"A!\""},
    {INPUT_ENDPOINTS, "a.test GET /{x:number}\na.test GET /{number}\n",
	"t:2:1: error: endpoint stands twice, first at t:1"},
    {INPUT_WORDS, "one two\n", "t:1:1: error: expected one word a line"},
    {INPUT_CLASSES, "rule \"x\" { }", "t:1:1: error: expected class, found rule"},
    {INPUT_CLASSES, "class x { names \"x\" }", "t:1:7: error: expected a name in quotes"},
    {INPUT_CLASSES, "class \"X\" { names \"x\" }", "t:1:7: error: a class's name has"},
    {INPUT_CLASSES, "class \"x\" { }", "t:1:7: error: this class needs pattern or names"},
    {INPUT_CLASSES, "class \"x\" { title \"x\" }", "t:1:7: error: this class needs"},
    {INPUT_CLASSES, "class \"x\" { name \"x\" }",
	"t:1:13: error: unknown item \"name\" in a class; did you mean \"names\"?"},
    {INPUT_CLASSES, "class \"x\" { names \"x\" names \"y\" }",
	"t:1:23: error: names stands twice in this class"},
    {INPUT_CLASSES, "class \"x\" { names \"x\" groups pii, all }",
	"t:1:35: error: expected pci, pii"},
    {INPUT_CLASSES, "class \"x\" { names \"x\" mask all }",
	"t:1:28: error: expected token, last4"},
    {INPUT_CLASSES, "class \"x\" { pattern \"\" }", "t:1:21: error: must have from 1 to"},
    {INPUT_CLASSES, "class \"x\" { pattern r\"(\" }", "t:1:7: error: class x: "},
    {INPUT_CLASSES, "class \"x\" { names \"x\"",
	"t:1:22: error: expected }, found the end"},
    {INPUT_SELFTESTS, "header a: b\n", "t:1:1: error: expected request METHOD URL"},
    {INPUT_SELFTESTS, "request GET\nexpect allow\n", "t:1:1: error: expected request"},
    {INPUT_SELFTESTS, "request GET /\n", "t:1:1: error: this test has no expect line"},
    {INPUT_SELFTESTS, "request GET /\nexpect refuse\n", "t:2:1: error: expected expect"},
    {INPUT_SELFTESTS, "request GET /\nheader a\nexpect allow\n",
	"t:2:1: error: expected header NAME: VALUE"},
    {INPUT_SELFTESTS, "request GET /\nexpect allow\nendpoint x\n",
	"t:3:1: error: expected endpoint METHOD TEMPLATE, or none"},
    {INPUT_SELFTESTS, "request GET /\nexpects allow\n",
	"t:2:1: error: expected request,"},
    {INPUT_SELFTESTS, "request GET /\nexpect deny x\n",
	"t:2:13: error: expected deny by x, the request gets allow"},
    {INPUT_SELFTESTS, "request GET http://a.test/x\nexpect allow\nendpoint GET /x\n",
	"t:3:1: error: expected endpoint GET /x, the request reaches none"},
};

static void
test_wrong_lines_are_named(void **state)
{
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
		const struct wrong *w = &wrongs[i];
		struct fixture f = {0};

		fixture_add(&f, w->kind, "t", span_str(w->text));
		assert_int_equal(fixture_compile(&f), ERR_INVALID);
		if (!strstr(fixture_messages(&f), w->message))
			fail_msg("%s\nwanted %s\ngot %s", w->text, w->message,
			    fixture_messages(&f));
		assert_int_equal(f.diags.errors, 1);
		fixture_fini(&f);
	}
}

static void
test_a_second_conf_is_refused(void **state)
{
	struct fixture f = {0};

	fixture_add(&f, INPUT_CONF, "a", SPAN("[policy]\n"));
	fixture_add(&f, INPUT_CONF, "b", SPAN("[policy]\n"));
	assert_int_equal(fixture_compile(&f), ERR_INVALID);
	assert_non_null(strstr(fixture_messages(&f), "a second policy.conf"));
	fixture_fini(&f);
}

static void
test_a_service_of_endpoints_is_a_host_if_nothing_maps_it(void **state)
{
	struct fixture f = {0};

	fixture_add(&f, INPUT_SERVICES, "s", SPAN("shop Shop.test /a/b/\nshop *.test\n"));
	fixture_add(&f, INPUT_ENDPOINTS, "e",
	    SPAN("shop GET /x\nother.test GET /x\nshopp GET /y\n"));
	assert_int_equal(fixture_compile(&f), OK);
	assert_non_null(strstr(fixture_messages(&f),
	    "e:3:1: warning: no line maps service \"shopp\": taken as a host of that "
	    "name; "
	    "did you mean \"shop\"?"));
	assert_int_equal(f.diags.warnings, 1);
	assert_int_equal(f.b.services, 3);
	assert_int_equal(f.b.hosts, 4);
	assert_true(span_eq(bundle_text(&f.b, f.b.host[0].pattern), SPAN("shop.test")));
	assert_true(span_eq(bundle_text(&f.b, f.b.host[0].prefix), SPAN("/a/b")));
	assert_true(span_eq(bundle_text(&f.b, f.b.host[2].pattern), SPAN("other.test")));
	fixture_fini(&f);
}

static void
test_conf_fills_header_and_meta(void **state)
{
	struct fixture f = {0};

	fixture_add(&f, INPUT_CONF, "c",
	    SPAN("[policy]\nenvironment = prod\ndefault_mode = shadow\nunmatched = rest\n"
		 "not_before = 2026-01-01\nexpires = 2030-01-01\nnote = "
		 "hello\n[identity]\n"
		 "source = client_cert verified\nsource = jwt:sub verified\n"
		 "source = header:X-Key\nsource = query:key\nsource = cookie:Sid\n"
		 "source = basic\nsource = bearer\n"));
	assert_int_equal(fixture_compile(&f), OK);
	assert_string_equal(f.b.header->environment, "prod");
	assert_true(f.b.header->not_before_us == INT64_C(1767225600000000));
	assert_true(f.b.header->expires_us == INT64_C(1893456000000000));
	assert_true(f.b.header->revision == 7 && f.b.header->created_us == CREATED);
	assert_int_equal(f.b.meta->default_mode, MODE_SHADOW);
	assert_true(
	    span_eq(bundle_text(&f.b, f.b.service[f.b.meta->unmatched_service].name),
		SPAN("rest")));
	assert_true(span_eq(bundle_text(&f.b, f.b.meta->note), SPAN("hello")));
	assert_int_equal(f.b.sources, 7);
	assert_int_equal(f.b.source[0].kind, SOURCE_CLIENT_CERT);
	assert_int_equal(f.b.source[1].verified, 1);
	assert_true(span_eq(bundle_text(&f.b, f.b.source[2].name), SPAN("x-key")));
	assert_true(span_eq(bundle_text(&f.b, f.b.source[4].name), SPAN("Sid")));
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wrong_lines_are_named),
	    cmocka_unit_test(test_a_second_conf_is_refused),
	    cmocka_unit_test(test_a_service_of_endpoints_is_a_host_if_nothing_maps_it),
	    cmocka_unit_test(test_conf_fills_header_and_meta),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
