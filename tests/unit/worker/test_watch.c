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
	struct watch_budget b;
	struct verdict v = allowed(1, 0);
	unsigned taken = 0;

	watch_init(&b, 50, 50, 100 * SECOND);
	for (int s = 100; s < 110; s++)
		taken += second(&b, s, 5000, v);
	assert_in_range(taken, 500, 560); /* 50 a second and the first burst */
}

static void
test_quiet_endpoint_is_watched_beside_a_busy_one(void **state)
{
	struct watch_budget b;
	struct verdict busy = allowed(2, VERDICT_WATCH), quiet = allowed(3, 0);

	watch_init(&b, 10, 10, 200 * SECOND);
	for (int s = 200; s < 210; s++) {
		(void)second(&b, s, 2000, busy);
		assert_true(watch_take(&b, &shared, &quiet, s * SECOND + SECOND - 1));
	}
}

static void
test_unknown_endpoints_share_one_floor(void **state)
{
	struct watch_budget b;
	unsigned taken = 0;

	watch_init(&b, 10, 10, 300 * SECOND);
	for (int s = 300; s < 310; s++)
		for (uint64_t i = 0; i < 1000; i++) {
			struct verdict v =
			    allowed((uint64_t)s * 1000 + i, VERDICT_PROVISIONAL);

			taken += watch_take(
			    &b, &shared, &v, s * SECOND + (int64_t)i * 1000000);
		}
	assert_in_range(taken, 90, 125);
	/* and leave a known one its own */
	struct verdict known = allowed(4, 0);

	assert_true(watch_take(&b, &shared, &known, 310 * SECOND - 1));
}

static void
test_nothing_is_watched_without_budget_or_answer(void **state)
{
	struct watch_budget b;
	struct verdict v = allowed(5, VERDICT_WATCH);

	watch_init(&b, 0, 50, 400 * SECOND);
	assert_int_equal(second(&b, 400, 100, v), 0);
	watch_init(&b, 50, 50, 400 * SECOND);
	v.action = ACTION_DENY;
	assert_int_equal(second(&b, 400, 100, v), 0);
	v.action = ACTION_RATE;
	assert_int_equal(second(&b, 400, 100, v), 0);
}

static void
test_everything_is_watched_when_the_budget_allows(void **state)
{
	struct watch_budget b;

	watch_init(&b, 1000000, 1000000, 500 * SECOND);
	assert_int_equal(second(&b, 500, 5000, allowed(6, 0)), 5000);
}

static void
test_clock_standing_still_does_not_refill(void **state)
{
	struct watch_budget b;
	struct verdict v = allowed(7, VERDICT_WATCH);
	unsigned taken = 0;

	watch_init(&b, 5, 5, 600 * SECOND);
	for (int i = 0; i < 1000; i++)
		taken += watch_take(&b, &shared, &v, 600 * SECOND - i);
	assert_in_range(taken, 5, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rate_is_kept_under_load),
	    cmocka_unit_test(test_quiet_endpoint_is_watched_beside_a_busy_one),
	    cmocka_unit_test(test_unknown_endpoints_share_one_floor),
	    cmocka_unit_test(test_nothing_is_watched_without_budget_or_answer),
	    cmocka_unit_test(test_everything_is_watched_when_the_budget_allows),
	    cmocka_unit_test(test_clock_standing_still_does_not_refill),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
