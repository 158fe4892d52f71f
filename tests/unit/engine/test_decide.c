/*
 * The order of decision, case by case; the list is engine.h's and yett-rules(5)'s:
 *   1. quarantine: a request that ended workers before is not parsed (quarantined)
 *   2. target and headers are read (malformed_request)
 *   3. service and endpoint are found
 *   4. the identity is found and its history asked for (state_full, history_incomplete)
 *   5. the body is read if the policy asks for it (body_truncated, body_undecodable)
 *   6. network exceptions, in order: the first that matches in enforce decides
 *   7. rules, in order of priority, then name: the first allow, deny or drop that matches
 *      in enforce decides
 *   8. limits, in the same order: all that match are charged, the first that is over in
 *      enforce decides
 *   9. exceptions that came up: the strictest configured outcome decides
 *  10. otherwise the request is allowed
 *
 * More of step 5 stands in test_body.c.
 */
#include "fixture.h"

#define MINUTE_NS UINT64_C(60000000000)

/* 1. */
static void
test_1_quarantine_is_not_parsed(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "all", ACTION_DENY, MODE_ENFORCE, 0);
	f->options.exceptions.outcome[EX_QUARANTINED] = OUTCOME_DENY;
	fix_start(f);
	fix_request(f, "GET", "shop.example", "/users/1");
	f->r.headers = span_make(f->headers, f->headers_n);
	memset(&f->seen, 0xa5, sizeof(f->seen));
	engine_decide(f->e, &f->r, true, &f->arena, &f->seen, &f->v);
	assert_int_equal(f->v.action, ACTION_DENY);
	assert_int_equal(f->v.status, 403);
	assert_true(span_absent(f->v.rule));
	assert_true(fix_excepted(f, EX_QUARANTINED));
	assert_int_equal(f->v.inspected, INSPECTED_NONE);
	assert_int_equal(f->seen.headers.n, 0);
	assert_int_equal(f->seen.target.n, 0);
	assert_true(f->v.endpoint == BUNDLE_NONE && f->v.endpoint_hash == 0);
	fix_free(f);
}

static void
test_1_quarantine_may_be_allowed(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "all", ACTION_DENY, MODE_ENFORCE, 0);
	fix_start(f);
	fix_request(f, "GET", "shop.example", "/users/1");
	engine_decide(f->e, &f->r, true, &f->arena, &f->seen, &f->v);
	/* nothing was read, so no rule can have matched */
	assert_int_equal(f->v.action, ACTION_ALLOW);
	fix_free(f);
}

/* 2. */
static void
test_2_malformed_is_excepted_not_refused(void **state)
{
	struct fix *f = fix_shop();

	fix_request(f, "GET", "shop.example", "/users/%zz");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(fix_excepted(f, EX_MALFORMED_REQUEST));
	assert_true(f->seen.malformed);
	assert_int_equal(f->v.inspected, INSPECTED_PARTIAL);
	assert_true(f->v.target_flags & TARGET_BAD_PERCENT);
	fix_free(f);
}

static void
test_2_missing_and_cut_headers_are_malformed(void **state)
{
	struct fix *f = fix_shop();

	f->options.exceptions.outcome[EX_MALFORMED_REQUEST] = OUTCOME_DENY;
	fix_start(f);
	fix_request(f, "GET", "shop.example", "/users/1");
	for (size_t n = 0; n < f->headers_n + 2; n++) {
		f->headers[f->headers_n] = f->headers[f->headers_n + 1] = 0;
		f->r.headers = span_make(f->headers, n);
		if (n == 0)
			f->r.headers = SPAN_NONE;
		arena_reset(&f->arena);
		engine_decide(f->e, &f->r, false, &f->arena, &f->seen, &f->v);
		assert_int_equal(f->v.action, ACTION_DENY);
		assert_true(fix_excepted(f, EX_MALFORMED_REQUEST));
	}
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	fix_free(f);
}

static void
test_2_flags_tell_host_and_sni(void **state)
{
	static const struct {
		const char *host, *sni, *version, *uri;
		uint32_t flag;
		bool malformed;
	} cases[] = {
	    {NULL, NULL, "1.1", "/x", TARGET_HOST_MISSING, false},
	    {"a b", NULL, "1.1", "/x", TARGET_HOST_BAD, true},
	    {"shop.example", "other.example", "1.1", "/x", TARGET_SNI_MISMATCH, false},
	    {"Shop.Example:8443", "shop.example", "2.0", "https://shop.example/x", 0,
		false},
	    {"shop.example", NULL, "1.1", "http://shop.example/x", TARGET_ABSOLUTE_FORM,
		false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_shop();
		uint32_t all = TARGET_HOST_MISSING | TARGET_HOST_BAD |
		    TARGET_SNI_MISMATCH | TARGET_ABSOLUTE_FORM;

		fix_request(f, "GET", cases[i].host, "/x");
		f->r.version = span_str(cases[i].version);
		f->r.uri_head = span_str(cases[i].uri);
		f->r.sni = span_str(cases[i].sni);
		fix_decide(f);
		assert_int_equal(f->v.target_flags & all, cases[i].flag);
		assert_int_equal(f->seen.malformed, cases[i].malformed);
		fix_free(f);
	}
}

static void
test_2_two_hosts_are_bad(void **state)
{
	struct fix *f = fix_shop();

	fix_request(f, "GET", "shop.example", "/users/1");
	fix_header(f, "host", "evil.example");
	fix_decide(f);
	assert_true(f->v.target_flags & TARGET_HOST_BAD);
	assert_true(fix_excepted(f, EX_MALFORMED_REQUEST));
	fix_free(f);
}

/* 3. */
static void
test_3_endpoint_known(void **state)
{
	struct fix *f = fix_shop();

	fix_request(f, "GET", "Shop.Example:443", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.endpoint, 0);
	assert_true(f->v.endpoint_hash == f->endpoint[0].hash);
	assert_true(span_eq(f->v.service, SPAN("shop")));
	assert_true(span_eq(f->v.endpoint_label, SPAN("GET /users/{number}")));
	assert_true(span_eq(f->seen.template_text, SPAN("/users/{number}")));
	assert_false(f->v.flags & VERDICT_PROVISIONAL);
	assert_int_equal(f->v.inspected, INSPECTED_COMPLETE);
	assert_true(f->v.revision == 7);
	fix_free(f);
}

static void
test_3_endpoint_provisional(void **state)
{
	struct fix *f = fix_shop();

	/* a rule on an endpoint never matches a guess, even with the same text */
	fix_rule(f, "by-endpoint", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_ENDPOINT, NULL, OP_EQ, "/users/{number}");
	fix_request(f, "DELETE", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(f->v.endpoint == BUNDLE_NONE);
	assert_true(f->v.flags & VERDICT_PROVISIONAL);
	assert_true(f->v.endpoint_hash & ENDPOINT_HASH_PROVISIONAL);
	assert_true((f->v.endpoint_hash & ~ENDPOINT_HASH_PROVISIONAL) ==
	    endpoint_hash(SPAN("shop"), SPAN("DELETE"), SPAN("/users/{number}")));
	assert_true(span_eq(f->v.endpoint_label, SPAN("DELETE /users/{number}")));
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	fix_free(f);
}

static void
test_3_unmatched_host_is_its_own_service(void **state)
{
	struct fix *f = fix_shop();

	fix_request(f, "GET", "Other.Example.", "/users/42");
	fix_decide(f);
	assert_true(span_eq(f->v.service, SPAN("other.example")));
	fix_request(f, "GET", NULL, "/users/42");
	fix_decide(f);
	assert_true(span_eq(f->v.service, SPAN("other")));
	f->meta.unmatched_service = 0;
	fix_decide(f);
	assert_true(span_eq(f->v.service, SPAN("shop")));
	assert_int_equal(f->v.endpoint, 0);
	fix_free(f);
}

/* 4. */
static void
test_4_history_counts_this_request(void **state)
{
	struct fix *f = fix_shop();

	for (unsigned i = 1; i <= 3; i++) {
		fix_request(f, "GET", "shop.example", "/users/42");
		fix_decide(f);
		assert_true(f->seen.history.found);
		assert_int_equal(f->seen.history.requests, i);
		assert_int_equal(f->seen.history.complete, i == 1);
	}
	fix_free(f);
}

static void
test_4_no_history_is_state_full_only_with_a_table(void **state)
{
	struct fix *f = fix_shop();

	f->options.history = NULL;
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_false(fix_excepted(f, EX_STATE_FULL));
	f->history.slot = NULL;
	f->options.history = &f->history;
	fix_start(f);
	fix_decide(f);
	assert_true(fix_excepted(f, EX_STATE_FULL));
	fix_free(f);
}

/* Answers in flight: what is made of answers is unknown, and a rule on it abstains. */
static void
test_4_incomplete_history_abstains(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "two-errors", ACTION_DENY, MODE_ENFORCE, RULE_HISTORY);
	fix_when_number(f, F_HISTORY_ERRORS, OP_GE, 2);
	fix_rule(f, "errors", ACTION_DENY, MODE_ENFORCE, RULE_HISTORY);
	fix_when_number(f, F_HISTORY_ERRORS, OP_GE, 1);
	fix_rule(f, "requests", ACTION_DENY, MODE_ENFORCE, RULE_HISTORY);
	fix_when_number(f, F_HISTORY_REQUESTS, OP_GE, 3);
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_false(fix_excepted(f, EX_HISTORY_INCOMPLETE));
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(fix_excepted(f, EX_HISTORY_INCOMPLETE));
	/* counted from requests alone, so known */
	fix_decide(f);
	assert_true(fix_ruled(f, "requests"));
	history_finished(&f->history, f->v.identity, FIX_NOW_US / 1000, 404);
	history_finished(&f->history, f->v.identity, FIX_NOW_US / 1000, 503);
	history_finished(&f->history, f->v.identity, FIX_NOW_US / 1000, 200);
	fix_decide(f);
	assert_true(fix_ruled(f, "errors"));
	assert_false(fix_excepted(f, EX_HISTORY_INCOMPLETE));
	fix_free(f);
}

static void
test_4_abstaining_in_shadow_never_denies(void **state)
{
	struct fix *f = fix_shop();

	f->options.history = NULL;
	f->options.exceptions.outcome[EX_HISTORY_INCOMPLETE] = OUTCOME_DENY;
	fix_rule(f, "errors", ACTION_DENY, MODE_SHADOW, RULE_HISTORY);
	fix_when_number(f, F_HISTORY_ERRORS, OP_GE, 1);
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(fix_excepted(f, EX_HISTORY_INCOMPLETE));
	assert_int_equal(f->v.shadow_action, ACTION_DENY);
	f->rule[0].mode = MODE_ENFORCE;
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	fix_free(f);
}

static void
test_4_refusals_are_written_to_the_history(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "often-denied", ACTION_DROP, MODE_ENFORCE, RULE_HISTORY);
	fix_when_number(f, F_HISTORY_DENIED, OP_GE, 2);
	fix_rule(f, "deny", ACTION_DENY, MODE_ENFORCE, 0);
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	fix_decide(f);
	assert_true(fix_ruled(f, "deny"));
	fix_decide(f);
	assert_true(fix_ruled(f, "often-denied"));
	assert_int_equal(f->v.action, ACTION_DROP);
	assert_int_equal(f->v.status, 0);
	fix_free(f);
}

/* 5. */
static void
test_5_body_is_read_only_if_asked(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "admin", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
	fix_when(f, F_METHOD, NULL, OP_EQ, "POST");
	fix_when(f, F_BODY_FIELD, "user.role", OP_EQ, "admin");
	fix_request(f, "POST", "shop.example", "/login");
	fix_body(f, "application/json", "{\"user\":{\"role\":\"admin\"}}");
	fix_decide(f);
	assert_true(fix_ruled(f, "admin"));
	assert_true(f->seen.body_read);
	assert_int_equal(f->v.body_kind, BODY_JSON);
	fix_request(f, "GET", "shop.example", "/login");
	fix_decide(f);
	assert_false(f->seen.body_read);
	fix_free(f);

	f = fix_shop();
	fix_request(f, "POST", "shop.example", "/login");
	fix_body(f, "application/json", "{\"user\":");
	fix_decide(f);
	assert_false(f->seen.body_read);
	assert_false(fix_excepted(f, EX_BODY_UNDECODABLE));
	assert_int_equal(f->v.inspected, INSPECTED_COMPLETE);
	fix_free(f);
}

/* 6. to 8. */
static void
test_6_network_before_rules_before_limits(void **state)
{
	struct fix *f = fix_shop();
	static const char *const order[] = {"net", "rule-a", "rule-b", "limit"};

	fix_rule(f, "net", ACTION_ALLOW, MODE_ENFORCE, RULE_NETWORK);
	fix_when(f, F_SOURCE, NULL, OP_EQ, "192.0.2.0/24");
	fix_rule(f, "rule-a", ACTION_DENY, MODE_ENFORCE, 0);
	fix_rule(f, "rule-b", ACTION_DROP, MODE_ENFORCE, 0);
	fix_limit(f, "limit", MODE_ENFORCE, RULE_WEAK_TOO, MINUTE_NS, 1, F_IDENTITY);
	fix_start(f);
	fix_request(f, "GET", "shop.example", "/users/42");
	for (unsigned i = 0; i < 4; i++) {
		fix_decide(f);
		if (i == 3) /* its first one passes */
			fix_decide(f);
		if (!fix_ruled(f, order[i]))
			fail_msg("%u: %.*s", i, (int)f->v.rule.n, f->v.rule.p);
		f->rule[i].mode = MODE_OFF;
	}
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(span_absent(f->v.rule));
	fix_free(f);
}

static void
test_7_verdict_carries_the_rule(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "no-entry", ACTION_DENY, MODE_ENFORCE, 0);
	f->rule[0].status = 451;
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	assert_int_equal(f->v.status, 451);
	assert_true(span_eq(f->v.reason, SPAN("because")));
	assert_true(f->v.rule_hash == bundle_hash(SPAN("no-entry")));
	fix_free(f);
}

static void
test_7_shadow_keeps_the_first_and_goes_on(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "one", ACTION_DENY, MODE_SHADOW, 0);
	fix_rule(f, "two", ACTION_DROP, MODE_SHADOW, 0);
	fix_rule(f, "three", ACTION_DENY, MODE_ENFORCE, 0);
	fix_rule(f, "four", ACTION_DROP, MODE_ENFORCE, 0);
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_true(fix_ruled(f, "three"));
	assert_int_equal(f->v.shadow_action, ACTION_DENY);
	assert_true(span_eq(f->v.shadow_rule, SPAN("one")));
	assert_true(f->v.flags & VERDICT_SHADOWED);
	fix_free(f);
}

/* The bundle's default mode and the endpoint's are upper bounds. */
static void
test_7_modes_are_capped(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "deny", ACTION_DENY, MODE_ENFORCE, 0);
	fix_request(f, "GET", "shop.example", "/users/42");
	f->meta.default_mode = MODE_SHADOW;
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.shadow_action, ACTION_DENY);
	f->meta.default_mode = MODE_ENFORCE;
	f->endpoint[0].mode = MODE_SHADOW;
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.shadow_action, ACTION_DENY);
	f->endpoint[0].mode = MODE_OFF;
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.shadow_action, 0);
	/* another endpoint is not concerned */
	fix_request(f, "POST", "shop.example", "/login");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	fix_free(f);
}

static void
test_7_expiry_ends_and_a_clock_set_back_does_not_revive(void **state)
{
	struct fix *f = fix_shop();
	struct bundle_error error;
	int64_t seen;

	fix_rule(f, "deny", ACTION_DENY, MODE_ENFORCE, 0);
	f->rule[0].not_before_us = FIX_NOW_US + 10;
	f->rule[0].expires_us = FIX_NOW_US + 20;
	fix_request(f, "GET", "shop.example", "/users/42");
	static const struct {
		int64_t at;
		enum rule_action action;
	} cases[] = {{9, ACTION_ALLOW}, {10, ACTION_DENY}, {19, ACTION_DENY},
	    {20, ACTION_ALLOW}, {15, ACTION_ALLOW}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		f->r.now_us = FIX_NOW_US + cases[i].at;
		fix_decide(f);
		assert_int_equal(f->v.action, cases[i].action);
	}
	/* nor does a successor engine */
	seen = engine_now_us(f->e);
	assert_true(seen == FIX_NOW_US + 20);
	f->options.now_floor_us = seen;
	engine_free(f->e);
	assert_int_equal(engine_new(&f->b, &f->options, &f->e, &error), OK);
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	fix_free(f);
}

static void
test_7_watch_and_event_decide_nothing(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "look", ACTION_WATCH, MODE_ENFORCE, 0);
	fix_rule(f, "tell", ACTION_EVENT, MODE_ENFORCE, 0);
	fix_rule(f, "tell-too", ACTION_EVENT, MODE_ENFORCE, 0);
	fix_rule(f, "deny", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_METHOD, NULL, OP_EQ, "DELETE");
	f->meta.default_mode = MODE_SHADOW; /* observing is not enforcing */
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(f->v.flags & VERDICT_WATCH);
	assert_true(fix_ruled(f, "tell"));
	assert_int_equal(f->v.shadow_action, 0);
	f->rule[0].mode = f->rule[1].mode = f->rule[2].mode = MODE_SHADOW;
	fix_decide(f);
	assert_false(f->v.flags & VERDICT_WATCH);
	assert_true(span_absent(f->v.rule));
	f->rule[1].mode = MODE_ENFORCE;
	f->meta.default_mode = MODE_ENFORCE;
	fix_request(f, "DELETE", "shop.example", "/users/42");
	fix_decide(f);
	assert_true(fix_ruled(f, "deny"));
	fix_free(f);
}

static void
test_8_all_limits_are_charged_the_first_over_decides(void **state)
{
	struct fix *f = fix_shop();

	fix_limit(f, "shadow", MODE_SHADOW, RULE_WEAK_TOO, MINUTE_NS, 1, F_IDENTITY);
	fix_limit(f, "one", MODE_ENFORCE, RULE_WEAK_TOO, MINUTE_NS, 2, F_IDENTITY);
	fix_limit(f, "two", MODE_ENFORCE, RULE_WEAK_TOO, MINUTE_NS, 3, F_ENDPOINT);
	fix_start(f);
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.shadow_action, 0);
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.shadow_action, ACTION_RATE);
	assert_true(span_eq(f->v.shadow_rule, SPAN("shadow")));
	fix_decide(f);
	assert_true(fix_ruled(f, "one"));
	assert_int_equal(f->v.status, 429);
	assert_int_equal(f->v.retry_after_s, 60);
	/* "two" was charged three times although "one" decided */
	f->rule[1].mode = MODE_OFF;
	fix_decide(f);
	assert_true(fix_ruled(f, "two"));
	fix_free(f);
}

/* 9. and 10. */
static void
test_9_strictest_exception_decides(void **state)
{
	struct fix *f = fix_shop();

	f->options.exceptions.outcome[EX_MALFORMED_REQUEST] = OUTCOME_SHADOW;
	fix_start(f);
	fix_request(f, "POST", "shop.example", "/login%zz");
	fix_body(f, "application/json", "{}");
	f->r.body_announced = 100;
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.shadow_action, ACTION_DENY);
	assert_true(span_eq(f->v.shadow_rule, SPAN("malformed_request")));
	f->options.exceptions.outcome[EX_BODY_TRUNCATED] = OUTCOME_DENY;
	fix_start(f);
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	assert_true(span_eq(f->v.reason, span_str(exception_reason(EX_BODY_TRUNCATED))));
	fix_free(f);
}

static void
test_9_a_rule_that_decided_comes_before_exceptions(void **state)
{
	struct fix *f = fix_shop();

	f->options.exceptions.outcome[EX_MALFORMED_REQUEST] = OUTCOME_DENY;
	fix_rule(f, "trusted", ACTION_ALLOW, MODE_ENFORCE, 0);
	fix_request(f, "GET", "shop.example", "/users/%zz");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(fix_ruled(f, "trusted"));
	assert_true(fix_excepted(f, EX_MALFORMED_REQUEST));
	fix_free(f);
}

static void
test_9_no_policy_is_an_exception(void **state)
{
	struct fix *f = fix_new();
	struct bundle_error error;

	f->options.exceptions.outcome[EX_NO_POLICY] = OUTCOME_DENY;
	assert_int_equal(engine_new(NULL, &f->options, &f->e, &error), OK);
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_header(f, "authorization", "Bearer abc");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	assert_true(fix_excepted(f, EX_NO_POLICY));
	assert_int_equal(f->v.inspected, INSPECTED_NONE);
	assert_true(f->v.revision == 0);
	/* what discovery needs is there all the same */
	assert_int_equal(f->v.identity_kind, IDENTITY_BEARER);
	assert_true(span_eq(f->v.endpoint_label, SPAN("GET /users/{number}")));
	fix_free(f);
}

static void
test_10_otherwise_allowed(void **state)
{
	struct fix *f = fix_shop();

	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.status, 0);
	assert_int_equal(f->v.exceptions, 0);
	assert_true(span_absent(f->v.rule));
	fix_free(f);
}

/* Nothing of one request is taken for the next one's. */
static void
test_requests_do_not_leak_into_each_other(void **state)
{
	struct fix *f = fix_shop();

	fix_rule(f, "arg", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_ARG, "debug", OP_EXISTS, NULL);
	fix_rule(f, "cookie", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_COOKIE, "debug", OP_EXISTS, NULL);
	fix_rule(f, "body", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
	fix_when(f, F_BODY_FIELD, "debug", OP_EXISTS, NULL);
	for (unsigned i = 0; i < 9; i++) {
		fix_request(f, "POST", "shop.example", "/login");
		if (i % 3 == 0)
			f->r.query = SPAN("debug=1");
		if (i % 3 == 1)
			fix_body(f, "application/json", "{\"debug\":1}");
		fix_decide(f);
		assert_true(fix_ruled(f, i % 3 == 0 ? "arg" : i % 3 == 1 ? "body" : ""));
	}
	fix_free(f);
}

static void
count_steps(void *ctx, const char *step, const char *text)
{
	char *at = ctx;

	assert_true(strlen(at) + strlen(step) + 3 < 4096);
	assert_non_null(text);
	strncat(at, step, 64);
	strncat(at, " ", 2);
}

static void
test_trace_follows_the_steps(void **state)
{
	struct fix *f = fix_shop();
	char steps[4096] = "";

	fix_rule(f, "net", ACTION_DENY, MODE_ENFORCE, RULE_NETWORK);
	fix_when(f, F_SOURCE, NULL, OP_EQ, "10.0.0.0/8");
	fix_rule(f, "deny", ACTION_DENY, MODE_ENFORCE, 0);
	fix_request(f, "GET", "shop.example", "/users/42");
	fix_decide(f);
	arena_reset(&f->arena);
	engine_decide_traced(
	    f->e, &f->r, false, &f->arena, &f->seen, &f->v, count_steps, steps);
	assert_string_equal(steps, "target endpoint identity history network rule ");
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_1_quarantine_is_not_parsed),
	    cmocka_unit_test(test_1_quarantine_may_be_allowed),
	    cmocka_unit_test(test_2_malformed_is_excepted_not_refused),
	    cmocka_unit_test(test_2_missing_and_cut_headers_are_malformed),
	    cmocka_unit_test(test_2_flags_tell_host_and_sni),
	    cmocka_unit_test(test_2_two_hosts_are_bad),
	    cmocka_unit_test(test_3_endpoint_known),
	    cmocka_unit_test(test_3_endpoint_provisional),
	    cmocka_unit_test(test_3_unmatched_host_is_its_own_service),
	    cmocka_unit_test(test_4_history_counts_this_request),
	    cmocka_unit_test(test_4_no_history_is_state_full_only_with_a_table),
	    cmocka_unit_test(test_4_incomplete_history_abstains),
	    cmocka_unit_test(test_4_abstaining_in_shadow_never_denies),
	    cmocka_unit_test(test_4_refusals_are_written_to_the_history),
	    cmocka_unit_test(test_5_body_is_read_only_if_asked),
	    cmocka_unit_test(test_6_network_before_rules_before_limits),
	    cmocka_unit_test(test_7_verdict_carries_the_rule),
	    cmocka_unit_test(test_7_shadow_keeps_the_first_and_goes_on),
	    cmocka_unit_test(test_7_modes_are_capped),
	    cmocka_unit_test(test_7_expiry_ends_and_a_clock_set_back_does_not_revive),
	    cmocka_unit_test(test_7_watch_and_event_decide_nothing),
	    cmocka_unit_test(test_8_all_limits_are_charged_the_first_over_decides),
	    cmocka_unit_test(test_9_strictest_exception_decides),
	    cmocka_unit_test(test_9_a_rule_that_decided_comes_before_exceptions),
	    cmocka_unit_test(test_9_no_policy_is_an_exception),
	    cmocka_unit_test(test_10_otherwise_allowed),
	    cmocka_unit_test(test_requests_do_not_leak_into_each_other),
	    cmocka_unit_test(test_trace_follows_the_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
