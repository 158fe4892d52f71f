/* An analyst that takes the place of a dead one admits what that one had not written. */
#include "analyst/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct kept {
	unsigned n;
	struct record_gap gap;
};

static void
keep(void *ctx, const struct record *r)
{
	struct kept *k = ctx;

	assert_int_equal(r->kind, RECORD_GAP);
	k->n++;
	k->gap = r->gap;
}

static void
test_restart_admits_what_was_not_written(void **state)
{
	static const struct {
		uint64_t restarts, analysed, undecided, recorded;
		unsigned gaps;
		uint64_t requests;
	} cases[] = {
	    {0, 500, 5, 400, 0, 0}, /* a first start */
	    {1, 500, 5, 400, 1, 105},
	    {2, 500, 0, 500, 1, 0}, /* it died with nothing in hand: still told */
	    {1, 500, 0, 503, 1, 0}, /* it died between writing and counting */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct shared_role slot = {
		    .restarts = cases[i].restarts, .sequence = 7000000};
		struct kept kept = {0};

		metric_set(&slot.metric, M_ANALYSED, cases[i].analysed);
		metric_set(&slot.metric, M_FINISH_UNDECIDED, cases[i].undecided);
		metric_set(&slot.metric, M_RECORDED, cases[i].recorded);
		report_restart((struct sink){keep, &kept}, &slot, 9000000);
		assert_int_equal(kept.n, cases[i].gaps);
		if (kept.n == 0)
			continue;
		assert_int_equal(kept.gap.requests, cases[i].requests);
		assert_int_equal(kept.gap.from_us, 7000000);
		assert_int_equal(kept.gap.to_us, 9000000);
	}
}

static void
test_restart_with_a_clock_set_back_has_no_length(void **state)
{
	struct shared_role slot = {.restarts = 1, .sequence = 9000000};
	struct kept kept = {0};

	report_restart((struct sink){keep, &kept}, &slot, 7000000);
	assert_int_equal(kept.gap.from_us, 7000000);
	assert_int_equal(kept.gap.to_us, 7000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_restart_admits_what_was_not_written),
	    cmocka_unit_test(test_restart_with_a_clock_set_back_has_no_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
