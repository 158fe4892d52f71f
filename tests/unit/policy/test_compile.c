/* The whole compiler: same bytes, whatever the order; what rows override; self-tests. */
#include "tests/unit/policy/fixture.h"

static const char rules[] =
    "rule \"b\" { when http.host in {\"y\" \"x\"} and tls action deny }\n"
    "limit \"l\" { by identity rate 1/s action rate }\n"
    "rule \"a\" { when http.path matches \"^/x\" or http.host in {\"x\" \"y\"} action "
    "drop }\n";

static void
add_all(struct fixture *f, bool turned)
{
	const char *first = "shop GET /b\nshop POST /b\nshop GET /a/{number}\n";
	const char *second = "pay GET /z\nshop GET /b operation=x\n";

	fixture_add(f, INPUT_SERVICES, "s", SPAN("shop shop.test\npay pay.test\n"));
	fixture_add(
	    f, INPUT_ENDPOINTS, turned ? "z" : "a", span_str(turned ? second : first));
	fixture_add(
	    f, INPUT_ENDPOINTS, turned ? "a" : "z", span_str(turned ? first : second));
	fixture_add(f, INPUT_WORDS, "w", turned ? SPAN("b\na\nb\n") : SPAN("a\nb\n"));
	fixture_add(f, INPUT_RULES, "r", span_str(rules));
}

static void
test_same_policy_gives_same_bytes(void **state)
{
	struct fixture one = {0}, two = {0};

	add_all(&one, false);
	add_all(&two, true);
	assert_int_equal(fixture_compile(&one), OK);
	assert_int_equal(fixture_compile(&two), OK);
	assert_int_equal(one.bytes.n, two.bytes.n);
	assert_memory_equal(one.bytes.p, two.bytes.p, one.bytes.n);
	fixture_fini(&one);
	fixture_fini(&two);
}

static void
test_equal_tests_are_shared(void **state)
{
	struct fixture f = {0};

	assert_int_equal(fixture_rules(&f, rules), OK);
	/* host in {x y} of both rules, tls, path */
	assert_int_equal(f.b.predicates, 3);
	assert_int_equal(f.b.sets, 1);
	fixture_fini(&f);
}

static const struct bundle_rule *
rule_named(const struct bundle *b, struct span name)
{
	for (uint32_t i = 0; i < b->rules; i++)
		if (span_eq(bundle_text(b, b->rule[i].name), name))
			return &b->rule[i];
	fail();
	return NULL;
}

static void
test_rows_override_their_text(void **state)
{
	static const struct overrides o = {.name = SPAN_LITERAL("a"),
	    .mode = SPAN_LITERAL("enforce"),
	    .reason = SPAN_LITERAL("why"),
	    .expires_us = CREATED + 5};
	struct fixture f = {0};
	const struct bundle_rule *r;

	fixture_add(&f, INPUT_RULES, "row a",
	    SPAN("rule \"a\" { when tls action deny mode off owner \"me\" reason "
		 "\"text\" }"));
	f.inputs.v[0].overrides = &o;
	assert_int_equal(fixture_compile(&f), OK);
	r = rule_named(&f.b, SPAN("a"));
	assert_int_equal(r->mode, MODE_ENFORCE);
	assert_true(r->expires_us == CREATED + 5);
	assert_true(span_eq(bundle_text(&f.b, r->reason), SPAN("why")));
	assert_true(span_eq(bundle_text(&f.b, r->owner), SPAN("me")));
	fixture_fini(&f);
}

static void
test_rows_that_contradict_are_refused(void **state)
{
	static const struct {
		struct overrides o;
		const char *text, *message;
	} cases[] = {
	    {{.name = SPAN_LITERAL("b")}, "rule \"a\" { when tls action deny }",
		"row:1:6: error: the text's name is \"a\", the row's name is \"b\""},
	    {{.name = SPAN_LITERAL("a"), .mode = SPAN_LITERAL("on")},
		"rule \"a\" { when tls action deny }",
		"row:1:1: error: mode \"on\" of the row is none"},
	    {{.name = SPAN_LITERAL("a")}, "# nothing\n",
		"row:1:1: error: expected one block, found 0"},
	    {{.name = SPAN_LITERAL("a")},
		"rule \"a\" { when tls action deny } rule \"c\" { when tls action deny }",
		"row:1:1: error: expected one block, found 2"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture f = {0};

		fixture_add(&f, INPUT_RULES, "row", span_str(cases[i].text));
		f.inputs.v[0].overrides = &cases[i].o;
		assert_int_equal(fixture_compile(&f), ERR_INVALID);
		if (!strstr(fixture_messages(&f), cases[i].message))
			fail_msg("%s", fixture_messages(&f));
		fixture_fini(&f);
	}
}

static void
test_limits_become_a_period_and_a_burst(void **state)
{
	static const struct {
		const char *text;
		uint64_t period_ns;
		uint32_t burst;
	} cases[] = {
	    {"rate 10/1m", UINT64_C(6000000000), 10},
	    {"rate 10/m burst 5", UINT64_C(6000000000), 5},
	    {"rate 1/s", UINT64_C(1000000000), 1},
	    {"rate 3/2s", UINT64_C(666666666), 3},
	    {"rate 1000/1h burst 1", UINT64_C(3600000000), 1},
	    {"rate 1/31d burst 100", UINT64_C(2678400000000000), 100},
	    {"rate 1000000000/1s burst 1000000000", 1, 1000000000},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture f = {0};
		struct span text = pool_printf(
		    &f.pool, "limit \"l\" { by identity %s action rate }", cases[i].text);

		if (fixture_rules(&f, text.p) != OK)
			fail_msg("%s", fixture_messages(&f));
		assert_true(f.b.rule[0].period_ns == cases[i].period_ns);
		assert_int_equal(f.b.rule[0].burst, cases[i].burst);
		assert_int_equal(f.b.rule[0].status, 429);
		fixture_fini(&f);
	}
}

static void
test_a_rule_knows_the_only_endpoint_it_can_match(void **state)
{
	static const struct {
		const char *when;
		bool only;
	} cases[] = {
	    {"endpoint eq \"POST /b\" and tls", true},
	    {"endpoint eq \"/z\"", true},
	    {"endpoint eq \"/b\"", false}, /* of two methods */
	    {"endpoint eq \"GET /b\"", false}, /* with and without sub-operation */
	    {"endpoint eq \"GET /b x\"", true},
	    {"endpoint eq \"POST /b\" or tls", false},
	    {"endpoint in {\"POST /b\" \"GET /z\"}", false},
	    {"endpoint eq \"POST /none\"", false},
	    {"not endpoint eq \"POST /b\"", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture f = {0};
		struct span text = pool_printf(
		    &f.pool, "rule \"only\" { when %s action deny }", cases[i].when);

		add_all(&f, false);
		fixture_add(&f, INPUT_RULES, "x", text);
		assert_int_equal(fixture_compile(&f), OK);
		assert_int_equal(rule_named(&f.b, SPAN("only"))->endpoint != BUNDLE_NONE,
		    cases[i].only);
		fixture_fini(&f);
	}
}

static void
test_rules_say_what_they_read(void **state)
{
	struct fixture f = {0};

	assert_int_equal(
	    fixture_rules(&f,
		"rule \"a\" { when http.body.field[\"x\"] eq \"1\" action drop }"
		"rule \"b\" { when tls or history.requests gt 3 action drop }"
		"limit \"c\" { by http.operation rate 1/s action rate weak enforce }"
		"network \"d\" { when tls action drop reason \"r\" }"),
	    OK);
	assert_int_equal(rule_named(&f.b, SPAN("a"))->flags, RULE_BODY);
	assert_int_equal(rule_named(&f.b, SPAN("b"))->flags, RULE_HISTORY);
	assert_int_equal(
	    rule_named(&f.b, SPAN("c"))->flags, RULE_LIMIT | RULE_BODY | RULE_WEAK_TOO);
	assert_int_equal(rule_named(&f.b, SPAN("d"))->flags, RULE_NETWORK);
	fixture_fini(&f);
}

static void
test_selftests_are_run_and_kept(void **state)
{
	struct fixture f = {0};

	fixture_add(&f, INPUT_ENDPOINTS, "e", SPAN("shop.test GET /x/{number}\n"));
	fixture_add(&f, INPUT_RULES, "r",
	    SPAN("rule \"no\" { when http.body.field[\"a\"] eq \"1\" and "
		 "http.header[\"x-a\"] eq "
		 "\"b\" action deny 404 mode enforce }"));
	fixture_add(&f, INPUT_SELFTESTS, "t",
	    SPAN("request POST http://shop.test/x/1?q=1\nheader X-A:  b\n"
		 "header content-type: application/json\nbody {\"a\":\"1\"}\n"
		 "expect deny no\nendpoint none\n\nrequest GET http://shop.test/x/1\n"
		 "expect allow\n"));
	if (fixture_compile(&f) != OK)
		fail_msg("%s", fixture_messages(&f));
	assert_int_equal(f.b.selftests, 2);
	assert_int_equal(f.b.selftest[0].endpoint, BUNDLE_NONE);
	assert_int_equal(f.b.selftest[1].endpoint, 0);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_policy_gives_same_bytes),
	    cmocka_unit_test(test_equal_tests_are_shared),
	    cmocka_unit_test(test_rows_override_their_text),
	    cmocka_unit_test(test_rows_that_contradict_are_refused),
	    cmocka_unit_test(test_limits_become_a_period_and_a_burst),
	    cmocka_unit_test(test_a_rule_knows_the_only_endpoint_it_can_match),
	    cmocka_unit_test(test_rules_say_what_they_read),
	    cmocka_unit_test(test_selftests_are_run_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
