#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "state/limit.h"

#define SECOND 1000000000ull

static struct limit_table
table_of(uint64_t buckets)
{
	struct limit_table t = {.buckets = buckets};

	t.cell = mmap(NULL, buckets * LIMIT_WAYS * sizeof *t.cell, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(t.cell, MAP_FAILED);
	return t;
}

static void
table_free(struct limit_table *t)
{
	munmap(t->cell, t->buckets * LIMIT_WAYS * sizeof *t->cell);
}

/* The textbook form (virtual scheduling) with exact arithmetic, beside which ours runs. */
static bool
reference(uint64_t *tat, uint64_t period, uint32_t burst, uint64_t now, uint64_t *wait)
{
	uint64_t from = *tat > now ? *tat : now;

	*wait = 0;
	if (from - now > (uint64_t)(burst - 1) * period) {
		*wait = from - now - (uint64_t)(burst - 1) * period;
		return false;
	}
	*tat = from + period;
	return true;
}

static void
test_charges_are_those_of_the_textbook(void **state)
{
	const struct {
		uint64_t period;
		uint32_t burst;
	} cases[] = {
	    {SECOND, 1}, {SECOND, 5}, {SECOND / 100, 20}, {SECOND * 60, 3}, {1, 1}};

	srand(3);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct limit_table t = table_of(16);
		uint64_t now = 1000 * SECOND, tat = 0, wait, expected_wait;

		for (int k = 0; k < 20000; k++) {
			bool pass = reference(
			    &tat, cases[i].period, cases[i].burst, now, &expected_wait);
			enum limit_result r = limit_charge(
			    &t, 77, cases[i].period, cases[i].burst, now, &wait);

			assert_int_equal(r, pass ? LIMIT_OK : LIMIT_OVER);
			assert_int_equal(wait, expected_wait);
			now += (uint64_t)rand() % (cases[i].period * 2 + 1);
		}
		table_free(&t);
	}
}

static void
test_wait_is_exactly_what_it_takes(void **state)
{
	struct limit_table t = table_of(16);
	uint64_t now = 5 * SECOND, wait;

	for (int i = 0; i < 3; i++)
		assert_int_equal(limit_charge(&t, 9, SECOND, 3, now, &wait), LIMIT_OK);
	assert_int_equal(limit_charge(&t, 9, SECOND, 3, now, &wait), LIMIT_OVER);
	assert_int_equal(wait, SECOND);
	assert_int_equal(
	    limit_charge(&t, 9, SECOND, 3, now + wait - 1, &wait), LIMIT_OVER);
	assert_int_equal(wait, 1);
	assert_int_equal(limit_charge(&t, 9, SECOND, 3, now + SECOND, &wait), LIMIT_OK);
	table_free(&t);
}

static void
test_extremes_do_not_overflow(void **state)
{
	struct limit_table t = table_of(16);
	uint64_t wait;

	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    limit_charge(&t, 0, UINT64_MAX, UINT32_MAX, SECOND, &wait), LIMIT_OK);
	assert_int_equal(limit_charge(&t, 5, UINT64_MAX, 1, SECOND, &wait), LIMIT_OK);
	assert_int_equal(limit_charge(&t, 5, UINT64_MAX, 1, SECOND, &wait), LIMIT_OVER);
	assert_true(wait > UINT64_MAX / 2);
	assert_int_equal(limit_charge(&t, 6, 0, 1, SECOND, &wait), LIMIT_OK);
	assert_int_equal(limit_charge(&t, 6, 0, 1, SECOND, &wait), LIMIT_OK);
	table_free(&t);
}

/* Eight keys to a bucket: the ninth finds room only once one of them has expired, and then
 * starts fresh. */
static void
test_full_bucket_says_so_and_reuses_expired_cells(void **state)
{
	struct limit_table t = table_of(1);
	uint64_t now = SECOND, wait;

	for (uint64_t key = 1; key <= LIMIT_WAYS; key++)
		assert_int_equal(
		    limit_charge(&t, key, key * SECOND, 1, now, &wait), LIMIT_OK);
	assert_int_equal(limit_charge(&t, 9, SECOND, 1, now, &wait), LIMIT_FULL);
	now += SECOND; /* that of key 1 has expired */
	assert_int_equal(limit_charge(&t, 9, SECOND, 2, now, &wait), LIMIT_OK);
	assert_int_equal(limit_charge(&t, 9, SECOND, 2, now, &wait), LIMIT_OK);
	assert_int_equal(limit_charge(&t, 9, SECOND, 2, now, &wait), LIMIT_OVER);
	assert_int_equal(limit_charge(&t, 2, 2 * SECOND, 1, now, &wait), LIMIT_OVER);
	table_free(&t);
}

/* Four processes charge the same keys as fast as they can while time runs: what passed may
 * exceed the limit's worth by a burst at most, nor fall far short. */
static void
test_four_processes_share_a_limit(void **state)
{
	enum { PROCESSES = 4, KEYS = 32, BURST = 10 };
	const uint64_t period = SECOND / 2000, run = SECOND * 3 / 10;
	struct limit_table t = table_of(2); /* 16 cells for 32 keys: much taking over */
	_Atomic uint64_t *passed =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct limit_table roomy = table_of(64);
	uint64_t start = (uint64_t)clock_mono_ns();
	pid_t pid[PROCESSES];

	for (int p = 0; p < PROCESSES; p++) {
		if ((pid[p] = fork()) != 0)
			continue;
		for (uint64_t now, k = 0; (now = (uint64_t)clock_mono_ns()) < start + run;
		     k++) {
			uint64_t wait, key = 1 + k % KEYS;

			if (limit_charge(&roomy, key, period, BURST, now, &wait) ==
			    LIMIT_OK)
				atomic_fetch_add(&passed[key], 1);
			(void)limit_charge(&t, key, period, BURST, now, &wait);
		}
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		int status;

		assert_int_equal(waitpid(pid[p], &status, 0), pid[p]);
		assert_int_equal(status, 0);
	}
	for (int key = 1; key <= KEYS; key++) {
		uint64_t worth = run / period + BURST;

		/* fewer when the machine is busy and none of the four runs for a while */
		assert_in_range(atomic_load(&passed[key]), worth / 4, worth + BURST);
	}
	table_free(&t);
	table_free(&roomy);
	munmap((void *)passed, 4096);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_charges_are_those_of_the_textbook),
	    cmocka_unit_test(test_wait_is_exactly_what_it_takes),
	    cmocka_unit_test(test_extremes_do_not_overflow),
	    cmocka_unit_test(test_full_bucket_says_so_and_reuses_expired_cells),
	    cmocka_unit_test(test_four_processes_share_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
