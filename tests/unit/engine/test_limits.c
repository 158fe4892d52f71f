/* Limits: what they count by, how long they say to wait, and for whom they enforce. */
#include "fixture.h"

#define SECOND_NS UINT64_C(1000000000)

static bool
over(struct fix *f)
{
	return fix_decide(f)->action == ACTION_RATE;
}

static void
request(struct fix *f, const char *key, const char *path)
{
	fix_request(f, "GET", "h", path);
	if (key)
		fix_header(f, "x-api-key", key);
}

/* A burst of 3 at once, then one each second; Retry-After is rounded up. */
static void
test_limit_gives_burst_then_rate(void **state)
{
	static const struct {
		uint64_t at_ms;
		bool over;
		uint32_t retry;
	} cases[] = {
	    {0, false, 0},
	    {0, false, 0},
	    {0, false, 0},
	    {0, true, 1},
	    {999, true, 1},
	    {1000, false, 0},
	    {1000, true, 1},
	    {2500, false, 0},
	    {2500, true, 1},
	    {60000, false, 0},
	    {60000, false, 0},
	    {60000, false, 0},
	    {60000, true, 1},
	};
	struct fix *f = fix_new();

	fix_limit(f, "l", MODE_ENFORCE, 0, SECOND_NS, 3, F_IDENTITY);
	request(f, "k", "/");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		f->r.mono_ns = (int64_t)(SECOND_NS + cases[i].at_ms * 1000000);
		if (over(f) != cases[i].over)
			fail_msg("case %zu", i);
		assert_int_equal(f->v.retry_after_s, cases[i].retry);
	}
	fix_free(f);
}

static void
test_limit_tells_how_long_to_wait(void **state)
{
	struct fix *f = fix_new();

	fix_limit(f, "l", MODE_ENFORCE, 0, 90 * SECOND_NS, 1, F_IDENTITY);
	request(f, "k", "/");
	assert_false(over(f));
	assert_true(over(f));
	assert_int_equal(f->v.retry_after_s, 90);
	f->r.mono_ns += (int64_t)(30 * SECOND_NS) + 1;
	assert_true(over(f));
	assert_int_equal(f->v.retry_after_s, 60);
	fix_free(f);
}

static void
test_limit_counts_by_its_keys(void **state)
{
	struct fix *f = fix_new();

	fix_limit(f, "l", MODE_ENFORCE, 0, SECOND_NS, 1, F_ARG);
	f->key[0].key = fix_text(f, "user");
	f->key[f->b.keys++] =
	    (struct bundle_key){.field = F_PATH, .transform = TRANSFORM_LEN};
	f->rule[0].keys = 2;
	request(f, NULL, "/a");
	f->r.query = SPAN("user=1");
	assert_false(over(f));
	assert_true(over(f));
	f->r.query = SPAN("user=2");
	assert_false(over(f));
	f->r.query = SPAN(""); /* without one: a value of its own */
	assert_false(over(f));
	assert_true(over(f));
	f->r.query = SPAN("user=1");
	f->r.path = SPAN("/b"); /* the same length */
	assert_true(over(f));
	f->r.path = SPAN("/bc");
	assert_false(over(f));
	fix_free(f);
}

/* Two limits with equal keys do not share a cell. */
static void
test_limits_are_apart(void **state)
{
	struct fix *f = fix_new();

	fix_limit(f, "a", MODE_ENFORCE, 0, SECOND_NS, 1, F_METHOD);
	fix_when(f, F_PATH, NULL, OP_EQ, "/a");
	fix_limit(f, "b", MODE_ENFORCE, 0, SECOND_NS, 1, F_METHOD);
	fix_when(f, F_PATH, NULL, OP_EQ, "/b");
	request(f, NULL, "/a");
	assert_false(over(f));
	f->r.path = SPAN("/b");
	assert_false(over(f));
	assert_true(over(f));
	fix_free(f);
}

static void
test_limit_on_weak_identities_stays_in_shadow(void **state)
{
	struct fix *f = fix_new();

	fix_limit(f, "l", MODE_ENFORCE, 0, SECOND_NS, 1, F_IDENTITY);
	request(f, NULL, "/");
	assert_false(over(f));
	assert_false(over(f));
	assert_int_equal(f->v.shadow_action, ACTION_RATE);
	/* unless the rule says otherwise */
	f->rule[0].flags |= RULE_WEAK_TOO;
	assert_true(over(f));
	/* or does not count by identity */
	f->rule[0].flags &= ~(uint32_t)RULE_WEAK_TOO;
	f->key[0].field = F_METHOD;
	fix_start(f);
	assert_false(over(f));
	assert_true(over(f));
	fix_free(f);
}

/* Each of several gateways lets its share pass. */
static void
test_limit_is_divided_by_gateways(void **state)
{
	static const struct {
		unsigned gateways;
		uint32_t burst, passes, retry;
	} cases[] = {
	    {1, 6, 6, 1}, {2, 6, 3, 2}, {3, 6, 2, 3}, {4, 6, 1, 4}, {100, 6, 1, 100}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();

		f->options.gateways = cases[i].gateways;
		fix_limit(f, "l", MODE_ENFORCE, 0, SECOND_NS, cases[i].burst, F_IDENTITY);
		request(f, "k", "/");
		for (unsigned n = 0; n < cases[i].passes; n++)
			assert_false(over(f));
		assert_true(over(f));
		assert_int_equal(f->v.retry_after_s, cases[i].retry);
		fix_free(f);
	}
}

static void
test_full_table_is_excepted_and_not_over(void **state)
{
	struct fix *f = fix_new();
	char user[32];
	unsigned excepted = 0;

	f->limits.buckets = 1; /* eight cells */
	f->options.exceptions.outcome[EX_STATE_FULL] = OUTCOME_DENY;
	fix_limit(f, "l", MODE_ENFORCE, 0, SECOND_NS, 1, F_ARG);
	f->key[0].key = fix_text(f, "user");
	request(f, "k", "/");
	for (unsigned i = 0; i < 12; i++) {
		snprintf(user, sizeof(user), "user=%u", i);
		f->r.query = span_str(user);
		fix_decide(f);
		excepted += fix_excepted(f, EX_STATE_FULL);
		assert_int_equal(f->v.action, i < 8 ? ACTION_ALLOW : ACTION_DENY);
	}
	assert_int_equal(excepted, 4);
	fix_free(f);
}

static void
test_explain_without_table_never_fills(void **state)
{
	struct fix *f = fix_new();

	f->options.limits = NULL;
	fix_limit(f, "l", MODE_ENFORCE, 0, SECOND_NS, 1, F_IDENTITY);
	request(f, "k", "/");
	for (unsigned i = 0; i < 5; i++)
		assert_false(over(f));
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limit_gives_burst_then_rate),
	    cmocka_unit_test(test_limit_tells_how_long_to_wait),
	    cmocka_unit_test(test_limit_counts_by_its_keys),
	    cmocka_unit_test(test_limits_are_apart),
	    cmocka_unit_test(test_limit_on_weak_identities_stays_in_shadow),
	    cmocka_unit_test(test_limit_is_divided_by_gateways),
	    cmocka_unit_test(test_full_table_is_excepted_and_not_over),
	    cmocka_unit_test(test_explain_without_table_never_fills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
