/* Which endpoint a path goes to. */
#include "fixture.h"

struct route_case {
	const char *method, *path;
	const char *label; /* of the endpoint, NULL: none */
};

static void
check(struct fix *f, const struct route_case *c, size_t n)
{
	fix_lay_out(f);
	for (size_t i = 0; i < n; i++) {
		struct target t;
		struct span label;
		struct analysis *seen = &f->seen;

		fix_request(f, c[i].method, "h", c[i].path);
		fix_decide(f);
		t = seen->target;
		label = f->v.endpoint == BUNDLE_NONE
		    ? SPAN_NONE
		    : bundle_text(&f->b, f->endpoint[f->v.endpoint].label);
		if (!span_eq(label, span_str(c[i].label)))
			fail_msg("%s %s (%u segments): %.*s", c[i].method, c[i].path, t.n,
			    (int)label.n, label.n ? label.p : "");
	}
	fix_free(f);
}

static struct fix *
routes(const char *const *list)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "s");

	fix_host(f, "*", "", s);
	for (; *list; list += 2)
		fix_endpoint(f, s, list[0], list[1]);
	return f;
}

static void
test_router_prefers_the_narrowest(void **state)
{
	static const char *const list[] = {"GET", "/", "GET", "/users/me", "GET",
	    "/users/{number}", "GET", "/users/{uuid}", "GET", "/users/{text}", "GET",
	    "/users/{number}/orders", NULL};
	static const struct route_case cases[] = {
	    {"GET", "/", "GET /"},
	    {"GET", "", "GET /"},
	    {"GET", "/users/me", "GET /users/me"},
	    {"GET", "/users/%6de", "GET /users/me"},
	    {"GET", "/users/7", "GET /users/{number}"},
	    {"GET", "/users/7/", "GET /users/{number}"},
	    {"GET", "//users/./7", "GET /users/{number}"},
	    {"GET", "/users/123e4567-e89b-12d3-a456-426614174000", "GET /users/{uuid}"},
	    {"GET", "/users/alice", "GET /users/{text}"},
	    {"GET", "/users/7/orders", "GET /users/{number}/orders"},
	    {"GET", "/users", NULL},
	    {"GET", "/users/alice/orders", NULL},
	    {"get", "/users/7", NULL},
	    {"POST", "/users/7", NULL},
	    {"GET", "/Users/7", NULL},
	};

	check(routes(list), cases, sizeof(cases) / sizeof(*cases));
}

/* A branch that ends without the method is left again. */
static void
test_router_goes_back(void **state)
{
	static const char *const list[] = {"GET", "/a/me", "DELETE", "/a/{text}", "GET",
	    "/a/{number}/x", "GET", "/a/{text}/y", NULL};
	static const struct route_case cases[] = {
	    {"GET", "/a/me", "GET /a/me"},
	    {"DELETE", "/a/me", "DELETE /a/{text}"},
	    {"GET", "/a/1/x", "GET /a/{number}/x"},
	    {"GET", "/a/1/y", "GET /a/{text}/y"},
	};

	check(routes(list), cases, sizeof(cases) / sizeof(*cases));
}

static void
test_router_verbs_and_keys(void **state)
{
	static const char *const list[] = {"POST", "/jobs/{number}:cancel", "POST",
	    "/jobs/{number}", "GET", "/Users({number})", "GET", "/Users({text})", "GET",
	    "/isbn/{text}", NULL};
	static const struct route_case cases[] = {
	    {"POST", "/jobs/7:cancel", "POST /jobs/{number}:cancel"},
	    {"POST", "/jobs/7", "POST /jobs/{number}"},
	    {"POST", "/jobs/7:retry", NULL},
	    {"GET", "/Users(12)", "GET /Users({number})"},
	    {"GET", "/Users('ann')", "GET /Users({text})"},
	    {"GET", "/Groups(12)", NULL},
	    {"GET", "/isbn/urn:isbn", "GET /isbn/{text}"},
	};

	check(routes(list), cases, sizeof(cases) / sizeof(*cases));
}

/* A full tree of literal "a" and {text}, `deep` levels; the leaf behind {text} alone has an
 * endpoint. */
static void
grow(struct fix *f, uint32_t at, unsigned deep, bool last)
{
	struct fix_node *d = &f->draft[at];

	if (deep == 0) {
		d->leaves = last;
		d->leaf[0] = (struct bundle_leaf){.method = fix_text(f, "PUT")};
		return;
	}
	d->literal[0] = SPAN("a");
	d->literal[0].p = f->text + fix_text(f, "a").offset;
	d->literal_child[0] = f->b.nodes++;
	d->literals = 1;
	d->param[0] = (struct bundle_param){UINT32_MAX, f->b.nodes++, {0, 0}};
	d->params = 1;
	grow(f, d->literal_child[0], deep - 1, false);
	grow(f, d->param[0].child, deep - 1, last);
}

/* An endpoint behind more wrong turns than allowed is not found, and not searched for. */
static void
test_router_is_bounded(void **state)
{
	static const struct {
		unsigned deep;
		const char *path;
		bool found;
	} cases[] = {
	    {4, "/a/a/a/a", true},
	    {7, "/a/a/a/a/a/a/a", false},
	    {7, "/b/a/b/a/b/a/b", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();
		uint32_t s = fix_service(f, "s");

		fix_host(f, "*", "", s);
		grow(f, f->service[s].root, cases[i].deep, true);
		f->endpoint[f->b.endpoints++].mode = MODE_ENFORCE;
		fix_request(f, "PUT", "h", cases[i].path);
		fix_decide(f);
		assert_int_equal(f->v.endpoint != BUNDLE_NONE, cases[i].found);
		fix_free(f);
	}
}

static void
test_router_takes_any_method(void **state)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "s");
	static const struct route_case cases[] = {
	    {"PATCH", "/x", " /x"},
	    {"GET", "/x", "GET /x"},
	};

	fix_host(f, "*", "", s);
	fix_endpoint(f, s, "", "/x");
	fix_endpoint(f, s, "GET", "/x");
	check(f, cases, 2);
}

static void
test_router_tells_methods_of_a_path_apart(void **state)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "s");
	static const struct route_case cases[] = {
	    {"GET", "/x/7", "GET /x/{number}"},
	    {"POST", "/x/7", "POST /x/{number}"},
	    {"DELETE", "/x/7", "DELETE /x/{number}"},
	    {"PUT", "/x/7", NULL},
	    {"GET", "/x/7:cancel", NULL},
	    {"POST", "/y/7", "POST /y/{number}"},
	    {"POST", "/y/7:cancel", "POST /y/{number}:cancel"},
	    {"GET", "/y/7:cancel", NULL},
	};

	fix_host(f, "*", "", s);
	fix_endpoint(f, s, "GET", "/x/{number}");
	fix_endpoint(f, s, "POST", "/x/{number}");
	fix_endpoint(f, s, "DELETE", "/x/{number}");
	fix_endpoint(f, s, "POST", "/y/{number}");
	fix_endpoint(f, s, "GET", "/y/{number}");
	fix_endpoint(f, s, "POST", "/y/{number}:cancel");
	check(f, cases, sizeof(cases) / sizeof(*cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_router_prefers_the_narrowest),
	    cmocka_unit_test(test_router_goes_back),
	    cmocka_unit_test(test_router_verbs_and_keys),
	    cmocka_unit_test(test_router_is_bounded),
	    cmocka_unit_test(test_router_takes_any_method),
	    cmocka_unit_test(test_router_tells_methods_of_a_path_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
