#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "record/thin.h"

/* What is let go counts as one record, and its time belongs to the gap. */
static void
test_every_kind_is_counted_with_its_time(void **state)
{
	static const struct {
		struct record r;
		int64_t from, to;
		uint64_t records, requests;
	} cases[] = {
	    {{.kind = RECORD_ENDPOINT, .endpoint = {.first_us = 50}}, 50, 50, 1, 0},
	    {{.kind = RECORD_SUMMARY,
		 .summary = {.minute_us = 60, .last_us = 90, .requests = 7}},
		60, 90, 1, 7},
	    {{.kind = RECORD_DECISION, .decision = {.minute_us = 60, .last_us = 70}}, 60,
		70, 1, 0},
	    {{.kind = RECORD_COVERAGE, .coverage = {.minute_us = 60}}, 60, 60, 1, 0},
	    {{.kind = RECORD_GAP, .gap = {10, 20, 30, 40, SPAN("x")}}, 10, 20, 30, 40},
	    {{.kind = RECORD_WORD, .word = {.at_us = 5}}, 5, 5, 1, 0},
	    {{.kind = RECORD_OBSERVATION, .observation = {.first_us = 3, .last_us = 9}},
		3, 9, 1, 0},
	    {{.kind = RECORD_SUSPECT, .suspect = {.at_us = 8}}, 8, 8, 1, 0},
	    {{.kind = RECORD_CHILD, .child = {.requests = 100}}, 0, 0, 1, 0},
	    {{.kind = RECORD_LINK, .link = {.at_us = 6}}, 6, 6, 1, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct record_gap gap = {0};
		struct buf packed = BUF_INIT;

		assert_int_equal(cases[i].r.kind, i + 1);
		record_pack(&cases[i].r, &packed);
		thin_count(&gap, buf_span(&packed));
		assert_int_equal(gap.from_us, cases[i].from);
		assert_int_equal(gap.to_us, cases[i].to);
		assert_int_equal(gap.records, cases[i].records);
		assert_int_equal(gap.requests, cases[i].requests);
		buf_fini(&packed);
	}
}

static void
test_what_cannot_be_read_counts_as_one(void **state)
{
	struct record_gap gap = {0};

	thin_count(&gap, SPAN("\x97\x02\x06"));
	assert_int_equal(gap.records, 1);
	assert_int_equal(gap.requests, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_kind_is_counted_with_its_time),
	    cmocka_unit_test(test_what_cannot_be_read_counts_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
