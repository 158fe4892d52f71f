/* Which operation an endpoint is. */
#include "spec_fixture.h"

/* How the segments fit, first to last: same, wide, odd; "-" when it does not fit at all. */
static void
check_fit(const char *path, const char *hints, const char *endpoint, const char *fits)
{
	struct pool pool = POOL_INIT;
	struct spec_operation o = {.template = span_str(path)};
	struct span rest = span_str(hints);
	uint64_t score;
	char got[16];
	size_t n = 0;

	while (hints[0] && !span_absent(rest))
		*VEC_ADD(&pool, &o.hints) = span_cut(&rest, '/');
	score = spec_match_score(&o, span_str(endpoint), &pool);
	if (score == 0)
		got[n++] = '-';
	for (unsigned i = 0; score && i < strlen(fits); i++)
		got[n++] = "?owS"[score >> (62 - 2 * i) & 3];
	got[n] = '\0';
	if (strcmp(got, fits) != 0)
		fail_msg("%s [%s] for %s: %s, not %s", path, hints, endpoint, got, fits);
	pool_fini(&pool);
}

static void
test_match_fits_segments(void **state)
{
	static const struct {
		const char *path, *hints, *endpoint, *fits;
	} cases[] = {
	    {"/users", "", "/users", "S"},
	    {"/users", "", "/Users", "-"},
	    {"/users", "", "/users/{text}", "-"},
	    {"/users/{number}", "", "/users/{number}", "SS"},
	    {"/users/{text}", "", "/users/{number}", "Sw"},
	    {"/users/{number}", "", "/users/{text}", "Sw"},
	    {"/users/{uuid}", "", "/users/{number}", "So"},
	    {"/users/{number}", "", "/users/{decimal}", "Sw"},
	    {"/users/{text}", "", "/users/me", "Sw"},
	    {"/users/{number}", "", "/users/export", "-"},
	    {"/users/{uuid}", "", "/users/export", "-"},
	    {"/users/me", "", "/users/{text}", "-"},
	    {"/errors/404", "", "/errors/{number}", "So"},
	    {"/errors/404", "", "/errors/{uuid}", "-"},
	    {"/o/{text}", "/=open|done", "/o/open", "Sw"},
	    {"/o/{text}", "/=open|done", "/o/export", "-"},
	    {"/o/{text}", "/=open|done", "/o/{text}", "SS"},
	    {"/{text}", "~report.*", "/report.json", "w"},
	    {"/{text}", "~report.*", "/report.", "-"},
	    {"/{text}", "~*...*", "/a...b", "w"},
	    {"/{text}", "~*...*", "/a..b", "-"},
	    {"/o/{number}:cancel", "", "/o/{number}:cancel", "SS"},
	    {"/o/{number}:cancel", "", "/o/{number}", "-"},
	    {"/o/{text}", "", "/o/{number}:cancel", "-"},
	    {"/Users({number})", "", "/Users({number})", "S"},
	    {"/Users({text})", "", "/Users({number})", "w"},
	    {"/Users({number})", "", "/Groups({number})", "-"},
	    {"/{text}", "", "/Users({number})", "w"},
	    {"/a/{text}/b", "", "/a/{number}/c", "-"},
	    {"/", "", "/", ""},
	    {"/a%20b", "", "/a%20b", "S"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_fit(
		    cases[i].path, cases[i].hints, cases[i].endpoint, cases[i].fits);
}

/* The operation that a router would choose, and none of another version. */
static void
test_match_takes_the_best(void **state)
{
	static const char document[] =
	    "openapi: 3.0.0\n"
	    "paths:\n"
	    "  /users/me: {get: {}}\n"
	    "  /users/{id}:\n"
	    "    parameters: [{name: id, in: path, required: true, "
	    "schema: {type: string}}]\n"
	    "    get: {}\n"
	    "    head: {}\n"
	    "  /{a}/{b}: {get: {}}\n"
	    "  /{a}/x: {get: {}}\n";
	static const struct {
		const char *method, *template, *path; /* NULL: not matched */
	} cases[] = {
	    {"GET", "/users/me", "/users/me"},
	    {"GET", "/users/{number}", "/users/{id}"},
	    {"GET", "/users/other", "/users/{id}"},
	    {"GET", "/users/x", "/users/{id}"},
	    {"GET", "/things/x", "/{a}/x"},
	    {"GET", "/things/{uuid}", "/{a}/{b}"},
	    {"HEAD", "/users/{number}", "/users/{id}"},
	    {"HEAD", "/users/me", "/users/{id}"},
	    {"HEAD", "/things/x", "/{a}/x"},
	    {"POST", "/users/me", NULL},
	    {"OPTIONS", "/users/me", NULL},
	};
	struct spec_fixture f = {0};

	if (spec_fixture_read(&f, document) != OK)
		fail_msg("%s", f.text.p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spec_service s = {.name = SPAN("s")};
		struct spec_endpoint *e = VEC_ADD(&f.pool, &s.endpoints);

		*VEC_ADD(&f.pool, &s.specs) = f.spec;
		e->method = span_str(cases[i].method);
		e->template = span_str(cases[i].template);
		e->status[2] = 1;
		spec_match_service(&f.pool, &s);
		e = &s.endpoints.v[0];
		assert_int_equal(e->matches, cases[i].path != NULL);
		if (cases[i].path &&
		    !span_eq(e->match[0].operation->path, span_str(cases[i].path)))
			fail_msg("%s %s: %.*s", cases[i].method, cases[i].template,
			    (int)e->match[0].operation->path.n,
			    e->match[0].operation->path.p);
		assert_int_equal(e->state,
		    cases[i].path			     ? SPEC_MATCHED
			: strcmp(cases[i].method, "OPTIONS") ? SPEC_SHADOW
							     : SPEC_NONE);
	}
	spec_fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_match_fits_segments),
	    cmocka_unit_test(test_match_takes_the_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
