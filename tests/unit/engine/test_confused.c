/* Targets with two readings: neither leads around a rule, and none reaches one that allows. */
#include "fixture.h"

/* A policy that denies one path and one endpoint, and allows everything below /public/. */
static struct fix *
guarded(void)
{
	struct fix *f = fix_shop();

	fix_rule(f, "allowed", ACTION_ALLOW, MODE_ENFORCE, 0);
	fix_when(f, F_PATH, NULL, OP_STARTS, "/public/");
	fix_rule(f, "path", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_PATH, NULL, OP_EQ, "/admin");
	fix_rule(f, "endpoint", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_ENDPOINT, NULL, OP_EQ, "GET /users/{number}");
	return f;
}

static void
test_confused_target_leads_around_no_rule(void **state)
{
	static const struct {
		const char *path, *rule;
	} cases[] = {
	    {"/admin", "path"},
	    {"/%61dmin", "path"},
	    {"/%2561dmin", "path"},
	    {"/%252561dmin", "path"},
	    {"/admin%2f", "path"},
	    {"/%2fadmin", "path"},
	    {"/x%2f..%2fadmin", "path"},
	    {"/x/%252e%252e/admin", "path"},
	    {"/x\\..\\admin", "path"},
	    {"/%5cadmin", "path"},
	    {"/admin%00", "path"},
	    {"/admin%00.html", "path"},
	    {"/%c0%afadmin", "path"},
	    {"/%c0%ae%c0%ae/admin", "path"},
	    {"/x/%e0%80%ae%e0%80%ae/admin", "path"},
	    {"/admin%3fx=1", "path"},
	    {"/admin%23x", "path"},
	    {"/admin%3bx=1", "path"},
	    {"/%u0061dmin", "path"},
	    {"/users%2f17", "endpoint"},
	    {"/users/17%2f", "endpoint"},
	    {"/x/..%2f..%2fusers/17", "endpoint"},
	    /* a rule that allows is reached by both readings or not at all */
	    {"/public/x", "allowed"},
	    {"/public/a%20b", "allowed"},
	    {"/public/..%2fadmin", "path"},
	    {"/public%2f..%2fadmin", "path"},
	    /* nothing to refuse in either reading */
	    {"/what%2fever", ""},
	    {"/a%20b", ""},
	    {"/100%25", ""},
	};
	struct fix *f = guarded();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fix_request(f, "GET", "shop.example", cases[i].path);
		fix_decide(f);
		if (!fix_ruled(f, cases[i].rule))
			fail_msg("%s: rule %.*s", cases[i].path, (int)f->v.rule.n,
			    f->v.rule.p);
	}
	fix_free(f);
}

/* What is told of the request is the first reading, whichever refused it. */
static void
test_record_of_a_confused_target_is_its_first_reading(void **state)
{
	struct fix *f = guarded();

	(void)state;
	fix_request(f, "GET", "shop.example", "/users%2f17");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_DENY);
	assert_true(f->v.flags & VERDICT_PROVISIONAL);
	assert_int_equal(f->v.endpoint, BUNDLE_NONE);
	assert_true(f->v.endpoint_hash & ENDPOINT_HASH_PROVISIONAL);
	assert_int_equal(f->seen.target.n, 1);
	assert_true(f->v.target_flags & TARGET_ENCODED_SLASH);
	fix_free(f);
}

/* GitLab's /projects/group%2Fproject: one request is one, whatever it is read as. */
static void
test_limit_is_charged_once_for_both_readings(void **state)
{
	struct fix *f = fix_shop();

	(void)state;
	fix_limit(f, "l", MODE_ENFORCE, 0, UINT64_C(1000000000), 3, F_IDENTITY);
	for (unsigned i = 0; i < 4; i++) {
		fix_request(f, "GET", "shop.example", "/projects/group%2Fproject");
		fix_header(f, "x-api-key", "k");
		fix_decide(f);
		assert_int_equal(f->v.action, i < 3 ? ACTION_ALLOW : ACTION_RATE);
	}
	fix_free(f);
}

static void
test_limit_on_the_second_reading_counts(void **state)
{
	struct fix *f = fix_shop();

	(void)state;
	fix_limit(f, "l", MODE_ENFORCE, 0, UINT64_C(1000000000), 2, F_IDENTITY);
	fix_when(f, F_ENDPOINT, NULL, OP_EQ, "POST /login");
	for (unsigned i = 0; i < 3; i++) {
		fix_request(f, "POST", "shop.example", i & 1 ? "/login%2f" : "/%2flogin");
		fix_header(f, "x-api-key", "k");
		fix_decide(f);
		assert_int_equal(f->v.action, i < 2 ? ACTION_ALLOW : ACTION_RATE);
	}
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_confused_target_leads_around_no_rule),
	    cmocka_unit_test(test_record_of_a_confused_target_is_its_first_reading),
	    cmocka_unit_test(test_limit_is_charged_once_for_both_readings),
	    cmocka_unit_test(test_limit_on_the_second_reading_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
