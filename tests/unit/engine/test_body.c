/* Step 5 of the decision: what bodies are read, and what it means when they cannot be. */
#include "fixture.h"

static void
test_truncated_and_broken_bodies_are_excepted(void **state)
{
	static const struct {
		const char *body;
		int64_t announced;
		const char *rule;
		enum exception_id ex; /* 0: none */
	} cases[] = {
	    {"{\"a\":1,\"role\":\"admin\"}", -1, "admin", 0},
	    {"{\"a\":1,\"role\":\"user\"}", -1, "no-role", 0},
	    /* cut: found is found, not found is unknown */
	    {"{\"role\":\"admin\",\"b\":", 5000, "admin", EX_BODY_TRUNCATED},
	    {"{\"a\":1,\"b\":", 5000, "", EX_BODY_TRUNCATED},
	    /* whole but broken */
	    {"{\"role\":\"admin\",,", -1, "admin", EX_BODY_UNDECODABLE},
	    {"{\"a\":1", -1, "", EX_BODY_UNDECODABLE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_shop();
		uint32_t p;

		fix_rule(f, "admin", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
		fix_when(f, F_BODY_FIELD, "role", OP_EQ, "admin");
		fix_rule(f, "no-role", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
		p = fix_predicate(
		    f, F_BODY_FIELD, "role", OP_EQ, TRANSFORM_NONE, "root", 0);
		fix_and(f, p, false);
		fix_request(f, "POST", "shop.example", "/login");
		fix_body(f, "application/json", cases[i].body);
		if (cases[i].announced >= 0)
			f->r.body_announced = cases[i].announced;
		fix_decide(f);
		if (!fix_ruled(f, cases[i].rule))
			fail_msg("case %zu: rule %.*s", i, (int)f->v.rule.n, f->v.rule.p);
		assert_int_equal(
		    f->v.exceptions, cases[i].ex ? UINT32_C(1) << cases[i].ex : 0);
		assert_int_equal(
		    f->v.inspected, cases[i].ex ? INSPECTED_PARTIAL : INSPECTED_COMPLETE);
		fix_free(f);
	}
}

/* Servers that decode JSON whatever they are told of it are many: curl -d says "form". */
static void
test_json_under_another_name_is_read(void **state)
{
	static const struct {
		const char *type, *body, *rule;
	} cases[] = {
	    {"text/plain", "{\"role\":\"admin\"}", "admin"},
	    {"application/x-www-form-urlencoded", " {\"role\":\"admin\"}", "admin"},
	    {"application/octet-stream", "[{\"x\":1}]", ""},
	    {"application/octet-stream", "{\"role\":\"admin\"}", "admin"},
	    {"application/x-www-form-urlencoded", "role=admin", "admin"},
	    {"application/x-www-form-urlencoded", "{x&role=admin", "admin"},
	    {"text/plain", "role=admin", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_shop();

		fix_rule(f, "admin", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
		fix_when(f, F_BODY_FIELD, "role", OP_EQ, "admin");
		fix_request(f, "POST", "shop.example", "/login");
		fix_body(f, cases[i].type, cases[i].body);
		fix_decide(f);
		if (!fix_ruled(f, cases[i].rule))
			fail_msg("case %zu: rule %.*s", i, (int)f->v.rule.n, f->v.rule.p);
		assert_int_equal(f->v.exceptions, 0);
		fix_free(f);
	}
}

/* Only URLs that are called like it are looked at for discovery; a rule is a reason, too. */
static void
test_operation_is_read_where_a_rule_asks(void **state)
{
	static const struct {
		const char *body, *rule;
	} cases[] = {
	    {"{\"query\":\"{ user { id } }\"}", "op"},
	    {"{\"query\":\"{ post }\"}", ""},
	    {"{\"query\":", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_shop();

		fix_rule(f, "op", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
		fix_when(f, F_OPERATION, NULL, OP_EQ, "query{user}");
		fix_request(f, "POST", "shop.example", "/api");
		fix_body(f, "application/json", cases[i].body);
		fix_decide(f);
		if (!fix_ruled(f, cases[i].rule))
			fail_msg("case %zu: rule %.*s", i, (int)f->v.rule.n, f->v.rule.p);
		fix_free(f);
	}
}

/* Which of two content types counts is the server's choice. */
static void
test_header_that_must_not_repeat_is_malformed(void **state)
{
	static const char *const names[] = {
	    "content-type", "content-encoding", "authorization"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct fix *f = fix_shop();

		fix_request(f, "GET", "shop.example", "/users/1");
		fix_header(f, names[i], "text/plain");
		fix_decide(f);
		assert_int_equal(f->v.exceptions, 0);
		fix_header(f, names[i], "application/json");
		fix_decide(f);
		assert_int_equal(f->v.exceptions, UINT32_C(1) << EX_MALFORMED_REQUEST);
		assert_int_equal(f->v.inspected, INSPECTED_PARTIAL);
		fix_free(f);
	}
}

/* Nothing asked for the body, yet a cut one is never silently allowed. */
static void
test_cut_body_is_told_even_if_nobody_asked(void **state)
{
	struct fix *f = fix_shop();

	f->options.exceptions.outcome[EX_BODY_TRUNCATED] = OUTCOME_DENY;
	fix_request(f, "POST", "shop.example", "/login");
	fix_body(f, "application/json", "{\"a\":1}");
	f->r.body_announced = 128 << 10;
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	/* not sent by configuration: nothing to look at, told as partial */
	f->r.body = SPAN_NONE;
	f->r.body_visible = -1;
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.inspected, INSPECTED_PARTIAL);
	fix_free(f);
}

static void
test_bodies_off_is_quarantine_for_rules_that_ask(void **state)
{
	struct fix *f = fix_shop();

	f->options.bodies_off = true;
	f->options.exceptions.outcome[EX_QUARANTINED] = OUTCOME_DENY;
	fix_rule(f, "admin", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
	fix_when(f, F_BODY_FIELD, "role", OP_EQ, "admin");
	fix_request(f, "POST", "shop.example", "/login");
	fix_body(f, "application/json", "{\"role\":\"admin\"}");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	assert_true(span_absent(f->v.rule));
	fix_request(f, "GET", "shop.example", "/users/1");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	fix_free(f);
}

static void
test_sub_operations_are_endpoints(void **state)
{
	static const char query[] = "{\"query\":\"query Q { viewer { id } }\"}";
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "api"), base, op;

	fix_host(f, "*", "", s);
	base = fix_operation(f, s, "POST", "/graphql", NULL, ENDPOINT_OPERATIONS);
	op = fix_operation(f, s, "POST", "/graphql", "query{viewer}", 0);
	fix_rule(f, "on-op", ACTION_DENY, MODE_ENFORCE, 0);
	f->rule[0].endpoint = op;
	fix_rule(f, "on-url", ACTION_DROP, MODE_ENFORCE, 0);
	fix_when(f, F_ENDPOINT, NULL, OP_EQ, "POST /graphql");
	fix_request(f, "POST", "any.example", "/graphql");
	fix_body(f, "application/json", query);
	fix_decide(f);
	assert_int_equal(f->v.endpoint, op);
	assert_true(span_eq(f->seen.operation, SPAN("query{viewer}")));
	assert_true(fix_ruled(f, "on-op"));
	f->rule[0].mode = MODE_OFF;
	fix_decide(f);
	assert_true(fix_ruled(f, "on-url"));
	/* an unknown operation does not slip past the rules of its URL */
	fix_request(f, "POST", "any.example", "/graphql");
	fix_body(f, "application/json", "{\"query\":\"{ other }\"}");
	fix_decide(f);
	assert_int_equal(f->v.endpoint, base);
	assert_true(fix_ruled(f, "on-url"));
	/* and discovery is told of it */
	assert_true(
	    f->v.flags & VERDICT_OPERATION && f->v.flags & VERDICT_BODY_IN_RECORD);
	assert_true(f->v.endpoint_hash ==
	    (endpoint_hash(SPAN("api"), SPAN("POST"), SPAN("/graphql query{other}")) |
		ENDPOINT_HASH_PROVISIONAL));
	fix_free(f);
}

/* Where no policy says so, the URL's name does; other bodies are not read for it. */
static void
test_sub_operations_are_found_where_they_are_likely(void **state)
{
	static const struct {
		const char *path, *type, *body, *operation;
	} cases[] = {
	    {"/v1/graphql", "application/json", "{\"query\":\"{ a b }\"}", "query{a,b}"},
	    {"/rpc", "application/json", "{\"jsonrpc\":\"2.0\",\"method\":\"sum\"}",
		"sum"},
	    {"/any", "application/graphql", "mutation { set }", "mutation{set}"},
	    {"/orders", "application/json", "{\"query\":\"{ a b }\"}", NULL},
	    {"/rpc", "application/json", "{\"name\":1}", NULL},
	};
	struct fix *f = fix_new();

	fix_host(f, "*", "", fix_service(f, "api"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fix_request(f, "POST", "any.example", cases[i].path);
		fix_body(f, cases[i].type, cases[i].body);
		fix_decide(f);
		assert_int_equal(f->v.endpoint, BUNDLE_NONE);
		assert_int_equal(
		    (f->v.flags & VERDICT_OPERATION) != 0, cases[i].operation != NULL);
		assert_int_equal((f->v.flags & VERDICT_BODY_IN_RECORD) != 0,
		    cases[i].operation != NULL);
		if (cases[i].operation)
			assert_true(
			    span_ends(f->v.endpoint_label, span_str(cases[i].operation)));
	}
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_under_another_name_is_read),
	    cmocka_unit_test(test_operation_is_read_where_a_rule_asks),
	    cmocka_unit_test(test_header_that_must_not_repeat_is_malformed),
	    cmocka_unit_test(test_truncated_and_broken_bodies_are_excepted),
	    cmocka_unit_test(test_cut_body_is_told_even_if_nobody_asked),
	    cmocka_unit_test(test_bodies_off_is_quarantine_for_rules_that_ask),
	    cmocka_unit_test(test_sub_operations_are_endpoints),
	    cmocka_unit_test(test_sub_operations_are_found_where_they_are_likely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
