/* Which service a host and path belong to. */
#include "fixture.h"

static void
test_service_first_entry_wins(void **state)
{
	static const struct {
		const char *host, *path, *service;
	} cases[] = {
	    {"a.example", "/api", "api"},
	    {"a.example", "/api/x", "api"},
	    {"a.example", "/apix", "web"},
	    {"a.example", "/", "web"},
	    {"b.example", "/", "star"},
	    {"x.y.b.example", "/", "star"},
	    {"bexample", "/", "rest"},
	    {"late.example", "/", "rest"},
	    {"early.b.example", "/", "early"},
	    {NULL, "/", "rest"},
	};
	struct fix *f = fix_new();
	uint32_t api = fix_service(f, "api"), web = fix_service(f, "web"),
		 star = fix_service(f, "star"), rest = fix_service(f, "rest"),
		 early = fix_service(f, "early");

	fix_host(f, "a.example", "/api", api);
	fix_host(f, "a.example", "", web);
	fix_host(f, "early.b.example", "", early);
	fix_host(f, "b.example", "", star);
	fix_host(f, "*.b.example", "", star);
	fix_host(f, "*", "/", rest);
	fix_host(f, "late.example", "", web); /* never reached */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fix_request(f, "GET", cases[i].host, cases[i].path);
		fix_decide(f);
		if (!span_eq(f->v.service, span_str(cases[i].service)))
			fail_msg("%s%s: %.*s", cases[i].host, cases[i].path,
			    (int)f->v.service.n, f->v.service.p);
	}
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_service_first_entry_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
