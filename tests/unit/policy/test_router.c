/* Templates to a trie and back: each target reaches the endpoint that it should. */
#include "tests/unit/policy/fixture.h"

#include "policy/trial.h"

static const char endpoints[] = "shop GET /\n"
				"shop GET /users/{number}\n"
				"shop GET /users/{uuid}\n"
				"shop GET /users/{text}\n"
				"shop GET /users/me\n"
				"shop * /users/me/photo\n"
				"shop PUT /users/me/photo\n"
				"shop GET /users/{number}/orders/{prefixed}\n"
				"shop GET /users/{text}/orders/all\n"
				"shop POST /orders/{number}:cancel\n"
				"shop GET /orders/{number}\n"
				"shop GET /odata/Users({number})\n"
				"shop GET /odata/Users\n"
				"shop GET /files/a%2Fb\n"
				"shop POST /graphql\n"
				"shop POST /graphql operation=query{user}\n"
				"shop GET /pay\n"
				"pay GET /pay/x\n"
				"pay GET /x\n"
				"other GET /users/{number}\n";

static const struct {
	const char *method, *host, *path, *label; /* label NULL: provisional */
	const char *service;
} cases[] = {
    {"GET", "shop.test", "/", "GET /", "shop"},
    {"GET", "shop.test", "/users/7", "GET /users/{number}", "shop"},
    {"GET", "SHOP.test:80", "/users/7", "GET /users/{number}", "shop"},
    {"GET", "shop.test", "/users/me", "GET /users/me", "shop"},
    {"GET", "shop.test", "/users/0b5c2e5a-7f7e-4c8e-9d0a-1f1111111111",
	"GET /users/{uuid}", "shop"},
    {"GET", "shop.test", "/users/anybody", "GET /users/{text}", "shop"},
    {"POST", "shop.test", "/users/7", NULL, "shop"},
    {"PUT", "shop.test", "/users/me/photo", "PUT /users/me/photo", "shop"},
    {"DELETE", "shop.test", "/users/me/photo", "* /users/me/photo", "shop"},
    {"GET", "shop.test", "/users/7/orders/ord_1001",
	"GET /users/{number}/orders/{prefixed}", "shop"},
    /* {number} fails deeper down, {text} is tried after it */
    {"GET", "shop.test", "/users/7/orders/all", "GET /users/{text}/orders/all", "shop"},
    {"POST", "shop.test", "/orders/7:cancel", "POST /orders/{number}:cancel", "shop"},
    {"POST", "shop.test", "/orders/7:other", NULL, "shop"},
    {"GET", "shop.test", "/orders/7", "GET /orders/{number}", "shop"},
    {"GET", "shop.test", "/odata/Users(12)", "GET /odata/Users({number})", "shop"},
    {"GET", "shop.test", "/odata/Users", "GET /odata/Users", "shop"},
    {"GET", "shop.test", "/odata/Users(ab)", NULL, "shop"},
    {"POST", "shop.test", "/graphql", "POST /graphql", "shop"},
    {"GET", "shop.test", "/pay", "GET /pay", "shop"},
    {"GET", "a.test", "/pay/x", "GET /pay/x", "pay"},
    {"GET", "a.test", "/payx", NULL, "a.test"},
    {"GET", "a.b.test", "/pay", NULL, "pay"},
    {"GET", "other", "/users/7", "GET /users/{number}", "other"},
};

static void
assert_case(struct fixture *f, struct engine *e, size_t i)
{
	static uint8_t memory[1 << 18];
	struct request_text t = {.method = span_str(cases[i].method),
	    .host = span_str(cases[i].host),
	    .path = span_str(cases[i].path),
	    .now_us = CREATED};
	struct analysis seen;
	struct verdict v;
	struct request r;
	struct arena a;

	arena_init(&a, memory, sizeof memory);
	trial_request(&f->pool, &t, &r);
	engine_decide(e, &r, false, &a, &seen, &v);
	if ((v.endpoint == BUNDLE_NONE) != (cases[i].label == NULL) ||
	    (cases[i].label && !span_eq(v.endpoint_label, span_str(cases[i].label))) ||
	    !span_eq(v.service, span_str(cases[i].service)))
		fail_msg("%s %s%s: %.*s of %.*s", cases[i].method, cases[i].host,
		    cases[i].path, (int)v.endpoint_label.n, v.endpoint_label.p,
		    (int)v.service.n, v.service.p);
}

static void
test_targets_reach_their_endpoints(void **state)
{
	struct engine_options o;
	struct bundle_error why;
	struct fixture f = {0};
	struct engine *e;

	fixture_add(&f, INPUT_SERVICES, "s", SPAN("shop shop.test\npay *.test /pay\n"));
	fixture_add(&f, INPUT_ENDPOINTS, "e", span_str(endpoints));
	if (fixture_compile(&f) != OK)
		fail_msg("%s", fixture_messages(&f));
	trial_options(&o);
	assert_int_equal(engine_new(&f.b, &o, &e, &why), OK);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_case(&f, e, i);
	engine_free(e);
	fixture_fini(&f);
}

/* Many of one kind at a node: growing tables keep every child. */
static void
test_a_node_keeps_thousands_of_children(void **state)
{
	struct buf text = BUF_INIT;
	struct fixture f = {0};

	for (unsigned i = 0; i < 5000; i++)
		buf_printf(&text, "shop.test GET /r%u/{number}\n", i);
	fixture_add(&f, INPUT_ENDPOINTS, "e", buf_span(&text));
	assert_int_equal(fixture_compile(&f), OK);
	assert_int_equal(f.b.endpoints, 5000);
	assert_int_equal(f.b.nodes, 1 + 2 * 5000);
	for (unsigned i = 0; i < 5000; i++) {
		struct span name = pool_printf(&f.pool, "r%u", i);
		uint64_t hash = bundle_hash(name);
		uint32_t mask = f.b.node[0].literal_mask, at = hash & mask;

		while (!span_eq(bundle_text(&f.b, f.b.literal[at].text), name)) {
			assert_true(f.b.literal[at].child != BUNDLE_NONE);
			at = (at + 1) & mask;
		}
	}
	buf_fini(&text);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_targets_reach_their_endpoints),
	    cmocka_unit_test(test_a_node_keeps_thousands_of_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
