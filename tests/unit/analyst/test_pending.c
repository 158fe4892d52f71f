#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyst/pending.h"

static struct feature
feature(unsigned worker, uint64_t sequence)
{
	return (struct feature){.worker = (uint16_t)worker,
	    .sequence = sequence,
	    .time_us = (int64_t)sequence * 1000};
}

static void
test_line_is_used_once(void **state)
{
	struct pending *p;
	struct feature f = feature(1, 7), out;

	assert_int_equal(pending_new(16, 2, &p), OK);
	assert_int_equal(pending_put(p, &f), OK);
	assert_int_equal(pending_put(p, &f), ERR_EXISTS);
	assert_int_equal(pending_take(p, 0, 7, &out), PENDING_LATE); /* other worker */
	assert_int_equal(pending_take(p, 1, 7, &out), PENDING_FOUND);
	assert_int_equal(out.time_us, 7000);
	assert_int_equal(pending_take(p, 1, 7, &out), PENDING_REPLAYED);
	assert_int_equal(pending_put(p, &f), ERR_EXISTS); /* it has finished */
	assert_int_equal(pending_count(p), 0);
	pending_free(p);
}

/* A line for a request that was evicted is late once, then a replay. */
static void
test_evicted_request_is_late_then_replayed(void **state)
{
	struct pending *p;
	struct feature out;

	assert_int_equal(pending_new(4, 1, &p), OK);
	for (uint64_t s = 1; s <= 6; s++) {
		struct feature f = feature(0, s);

		if (pending_full(p)) {
			assert_int_equal(pending_oldest(p)->sequence, s - 4);
			pending_drop(p, &out);
			assert_int_equal(out.sequence, s - 4);
		}
		assert_int_equal(pending_put(p, &f), OK);
	}
	assert_int_equal(pending_take(p, 0, 1, &out), PENDING_LATE);
	assert_int_equal(pending_take(p, 0, 1, &out), PENDING_REPLAYED);
	assert_int_equal(pending_take(p, 0, 4, &out), PENDING_FOUND);
	assert_int_equal(pending_oldest(p)->sequence, 3);
	pending_free(p);
}

static void
test_unknown_worker_is_refused(void **state)
{
	struct pending *p;
	struct feature f = feature(2, 1), out;

	assert_int_equal(pending_new(4, 2, &p), OK);
	assert_int_equal(pending_put(p, &f), ERR_RANGE);
	assert_int_equal(pending_take(p, 2, 1, &out), PENDING_LATE);
	pending_free(p);
}

/* Random order over a million requests of three workers: each is found exactly once. */
static void
test_order_of_answers_does_not_matter(void **state)
{
	enum { LIVE = 500, TOTAL = 200000 };
	static uint64_t live[LIVE];
	uint64_t seed = 99, next[3] = {0}, found = 0;
	struct pending *p;
	struct feature out;
	unsigned n = 0;

	assert_int_equal(pending_new(LIVE, 3, &p), OK);
	for (unsigned i = 0; i < TOTAL || n > 0;) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if (i < TOTAL && (n == 0 || (seed >> 40 & 1)) && n < LIVE) {
			unsigned worker = (unsigned)(seed >> 50) % 3;
			struct feature f = feature(worker, ++next[worker]);

			f.guess = calloc(1, sizeof(*f.guess));
			assert_int_equal(pending_put(p, &f), OK);
			live[n++] = (uint64_t)worker << 32 | f.sequence;
			i++;
		} else {
			unsigned k = (unsigned)(seed >> 33) % n;

			assert_int_equal(pending_take(p, (unsigned)(live[k] >> 32),
					     live[k] & UINT32_MAX, &out),
			    PENDING_FOUND);
			assert_non_null(out.guess);
			free(out.guess);
			live[k] = live[--n];
			found++;
		}
		assert_int_equal(pending_count(p), n);
	}
	assert_int_equal(found, TOTAL);
	assert_null(pending_oldest(p));
	pending_free(p);
}

/* A broken worker's number far ahead must not make others' answers vanish or repeat. */
static void
test_sequence_far_ahead_keeps_lines_single(void **state)
{
	struct pending *p;
	struct feature near = feature(0, 5), far = feature(0, UINT64_C(1) << 40), out;

	assert_int_equal(pending_new(16, 1, &p), OK);
	assert_int_equal(pending_put(p, &near), OK);
	assert_int_equal(pending_put(p, &far), OK);
	assert_int_equal(pending_take(p, 0, 5, &out), PENDING_FOUND);
	assert_int_not_equal(pending_take(p, 0, 5, &out), PENDING_FOUND);
	assert_int_equal(pending_take(p, 0, UINT64_C(1) << 40, &out), PENDING_FOUND);
	assert_int_equal(pending_take(p, 0, UINT64_MAX, &out), PENDING_LATE);
	pending_free(p);
}

/* Guesses of entries still there are freed with the table (seen by the leak checker). */
static void
test_free_releases_guesses(void **state)
{
	struct pending *p;

	assert_int_equal(pending_new(4, 1, &p), OK);
	for (uint64_t s = 1; s <= 3; s++) {
		struct feature f = feature(0, s);

		f.guess = calloc(1, sizeof(*f.guess));
		assert_int_equal(pending_put(p, &f), OK);
	}
	pending_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line_is_used_once),
	    cmocka_unit_test(test_evicted_request_is_late_then_replayed),
	    cmocka_unit_test(test_unknown_worker_is_refused),
	    cmocka_unit_test(test_order_of_answers_does_not_matter),
	    cmocka_unit_test(test_sequence_far_ahead_keeps_lines_single),
	    cmocka_unit_test(test_free_releases_guesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
