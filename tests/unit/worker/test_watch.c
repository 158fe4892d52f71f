/* The watch budget over a private shared state and a clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "worker/watch.h"

#define SECOND INT64_C(1000000000)

static struct shared shared;

static int
set_up(void **state)
{
	static struct settings s;
	struct conf_error error;
	int fd;

	assert_int_equal(settings_parse(SPAN(""), &s, &error), OK);
	s.state_limit_slots = s.state_identity_slots = 1024;
	assert_int_equal(shared_create(&s, &fd), OK);
	assert_int_equal(shared_attach(fd, &s, &shared), OK);
	close(fd);
	return 0;
}

static int
tear_down(void **state)
{
	shared_detach(&shared);
	return 0;
}

static struct verdict
allowed(uint64_t endpoint, uint32_t flags)
{
	/* the upper half of a hash tells endpoints apart: spread it */
	return (struct verdict){
	    .action = ACTION_ALLOW,
	    .endpoint_hash = endpoint * UINT64_C(0x9e3779b97f4a7c15),
	    .flags = flags,
	};
}

static struct watch_budget
budget(int64_t per_second, int64_t burst, bool floor, int64_t percent, int at_s)
{
	static struct settings s;
	struct watch_budget b;

	s.watch_per_second = per_second;
	s.watch_burst = burst;
	s.watch_floor = floor;
	s.watch_percent = percent;
	watch_init(&b, &s, at_s * SECOND);
	return b;
}

/* n requests spread over one second to one endpoint: how many are watched. */
static unsigned
second(struct watch_budget *b, int at_s, unsigned n, struct verdict v)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < n; i++)
		taken +=
		    watch_take(b, &shared, &v, at_s * SECOND + (int64_t)i * (SECOND / n));
	return taken;
}

static void
test_rate_is_kept_under_load(void **state)
{
	struct watch_budget b = budget(50, 50, false, 100, 100);
	unsigned taken = 0;

	for (int s = 100; s < 110; s++)
		taken += second(&b, s, 5000, allowed(1, 0));
	assert_in_range(taken, 500, 530); /* 50 a second, half the first burst */
}

static void
test_rule_finds_the_half_that_surplus_leaves(void **state)
{
	struct watch_budget b = budget(1, 50, false, 100, 150);

	assert_in_range(second(&b, 150, 1000, allowed(1, 0)), 25, 26);
	assert_in_range(second(&b, 150, 1000, allowed(1, VERDICT_WATCH)), 24, 27);
}

static void
test_quiet_endpoint_is_watched_beside_a_busy_one(void **state)
{
	struct watch_budget b = budget(10, 10, true, 100, 200);
	struct verdict quiet = allowed(3, 0);

	for (int s = 200; s < 210; s++) {
		(void)second(&b, s, 2000, allowed(2, VERDICT_WATCH));
		assert_true(watch_take(&b, &shared, &quiet, s * SECOND + SECOND - 1));
		assert_false(watch_take(&b, &shared, &quiet, s * SECOND + SECOND - 1));
	}
}

static void
test_unknown_endpoints_share_one_floor(void **state)
{
	struct watch_budget b = budget(0, 1, true, 100, 300);
	unsigned taken = 0;

	for (int s = 300; s < 310; s++)
		for (uint64_t i = 0; i < 1000; i++) {
			struct verdict v =
			    allowed((uint64_t)s * 1000 + i, VERDICT_PROVISIONAL);

			taken += watch_take(
			    &b, &shared, &v, s * SECOND + (int64_t)i * 1000000);
		}
	assert_int_equal(taken, 10);
}

static void
test_percent_bounds_everything(void **state)
{
	struct watch_budget b = budget(1000000, 1000000, true, 5, 400);

	assert_in_range(second(&b, 400, 10000, allowed(5, VERDICT_WATCH)), 499, 501);
	b = budget(1000000, 1000000, true, 0, 401);
	assert_int_equal(second(&b, 401, 1000, allowed(5, VERDICT_WATCH)), 0);
}

static void
test_requests_without_answer_are_not_watched(void **state)
{
	struct watch_budget b = budget(50, 50, true, 100, 450);
	struct verdict v = allowed(6, VERDICT_WATCH);

	v.action = ACTION_DENY;
	assert_int_equal(second(&b, 450, 100, v), 0);
	v.action = ACTION_RATE;
	assert_int_equal(second(&b, 450, 100, v), 0);
	v.action = ACTION_DROP;
	assert_int_equal(second(&b, 450, 100, v), 0);
}

static void
test_everything_is_watched_when_the_budget_allows(void **state)
{
	struct watch_budget b = budget(1000000, 1000000, true, 100, 500);

	assert_int_equal(second(&b, 500, 5000, allowed(6, 0)), 5000);
}

static void
test_clock_standing_still_does_not_refill(void **state)
{
	struct watch_budget b = budget(5, 5, false, 100, 600);
	struct verdict v = allowed(7, VERDICT_WATCH);
	unsigned taken = 0;

	for (int i = 0; i < 1000; i++)
		taken += watch_take(&b, &shared, &v, 600 * SECOND - i);
	assert_int_equal(taken, 5);
}

static void
test_busy_unknown_endpoint_leaves_some_to_quiet_ones(void **state)
{
	struct watch_budget b = budget(50, 50, true, 100, 700);
	unsigned busy = 0, quiet = 0;

	for (int s = 1; s <= 20; s++)
		for (int i = 0; i < 1000; i++) {
			bool rare = i == 900;
			struct verdict v = allowed(rare ? 77 : 78, VERDICT_PROVISIONAL);
			bool taken = watch_take(
			    &b, &shared, &v, (700 + s) * SECOND + i * (SECOND / 1000));

			busy += !rare && taken;
			quiet += rare && taken;
		}
	assert_int_equal(quiet, 20);
	assert_in_range(busy, 20 * 45, 20 * 55);
}

static void
test_bodies_have_a_budget_of_their_own(void **state)
{
	static struct settings s;
	struct conf_error error;
	struct watch_budget b;
	struct verdict known = allowed(1, 0), unknown = allowed(2, VERDICT_PROVISIONAL);
	struct verdict denied = allowed(1, 0);
	unsigned n = 0;

	assert_int_equal(settings_parse(SPAN(""), &s, &error), OK);
	s.fields_bodies_per_second = 100;
	watch_init(&b, &s, SECOND);
	denied.action = ACTION_DENY;
	assert_false(watch_body(&b, &denied, SECOND));
	for (int i = 0; i < 1000; i++)
		n += watch_body(&b, &known, SECOND);
	assert_int_equal(n, 50); /* half is kept for new endpoints */
	for (int i = 0; i < 1000; i++)
		n += watch_body(&b, &unknown, SECOND);
	assert_int_equal(n, 100);
	for (int i = 0; i < 1000; i++)
		n += watch_body(&b, &unknown, 2 * SECOND);
	assert_int_equal(n, 200);
	s.fields_bodies_per_second = 0;
	watch_init(&b, &s, SECOND);
	assert_false(watch_body(&b, &unknown, 9 * SECOND));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rate_is_kept_under_load),
	    cmocka_unit_test(test_rule_finds_the_half_that_surplus_leaves),
	    cmocka_unit_test(test_quiet_endpoint_is_watched_beside_a_busy_one),
	    cmocka_unit_test(test_unknown_endpoints_share_one_floor),
	    cmocka_unit_test(test_percent_bounds_everything),
	    cmocka_unit_test(test_requests_without_answer_are_not_watched),
	    cmocka_unit_test(test_everything_is_watched_when_the_budget_allows),
	    cmocka_unit_test(test_clock_standing_still_does_not_refill),
	    cmocka_unit_test(test_busy_unknown_endpoint_leaves_some_to_quiet_ones),
	    cmocka_unit_test(test_bodies_have_a_budget_of_their_own),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
