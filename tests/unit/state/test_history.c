#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "state/history.h"

#define MINUTE 60000ull
#define T0 (1700000000000ull / MINUTE * MINUTE) /* a whole minute */

static struct history_table
table_of(uint64_t buckets)
{
	struct history_table t = {.buckets = buckets};

	t.slot = mmap(NULL, buckets * 4 * sizeof *t.slot, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(t.slot, MAP_FAILED);
	return t;
}

static void
table_free(struct history_table *t)
{
	munmap(t->slot, t->buckets * 4 * sizeof *t->slot);
}

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdu;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

static struct hash128
identity(uint64_t n)
{
	return (struct hash128){mix(2 * n + 1), mix(2 * n + 2)};
}

static struct history_view
request(struct history_table *t, uint64_t n, uint64_t now_ms)
{
	struct history_view v;

	history_get(t, identity(n), now_ms, true, &v);
	return v;
}

static struct history_view
look(struct history_table *t, uint64_t n, uint64_t now_ms)
{
	struct history_view v;

	history_get(t, identity(n), now_ms, false, &v);
	return v;
}

static void
test_view_counts_this_request(void **state)
{
	struct history_table t = table_of(16);
	struct history_view v = look(&t, 1, T0);

	assert_false(v.found);
	v = request(&t, 1, T0);
	assert_true(v.found && v.complete);
	assert_int_equal(v.requests, 1);
	assert_int_equal(v.requests_1m, 1);
	assert_int_equal(v.in_flight, 0); /* before this one */
	v = request(&t, 1, T0 + 5500);
	assert_true(v.found && !v.complete); /* the first is still in flight */
	assert_int_equal(v.in_flight, 1);
	assert_int_equal(v.age_s, 5);
	history_finished(&t, identity(1), T0 + 5600, 200);
	history_finished(&t, identity(1), T0 + 5600, 404);
	history_denied(&t, identity(1), T0 + 5600);
	v = look(&t, 1, T0 + 5700);
	assert_true(v.complete);
	assert_int_equal(v.requests, 2);
	assert_int_equal(v.errors_1m, 1);
	assert_int_equal(v.denied_1m, 1);
	history_finished(&t, identity(1), T0 + 5800, 200); /* one too many: stays 0 */
	assert_int_equal(look(&t, 1, T0 + 5900).in_flight, 0);
	table_free(&t);
}

static void
test_no_table_is_not_found(void **state)
{
	struct history_table none = {0};
	struct history_view v = request(&none, 1, T0);

	assert_false(v.found || v.complete);
	history_get(NULL, identity(1), T0, true, &v);
	assert_false(v.found);
	history_finished(NULL, identity(1), T0, 200);
	history_denied(&none, identity(1), T0);
}

static void
test_window_slides(void **state)
{
	const struct {
		uint64_t after_ms;
		uint64_t expect; /* of 60 requests made at T0 */
	} cases[] = {{0, 60}, {MINUTE - 1, 60}, {MINUTE, 60}, {MINUTE + 15000, 45},
	    {MINUTE + 30000, 30}, {2 * MINUTE - 1, 0}, {2 * MINUTE, 0}, {90 * MINUTE, 0}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct history_table t = table_of(16);

		for (int k = 0; k < 60; k++)
			request(&t, 1, T0);
		assert_int_equal(
		    look(&t, 1, T0 + cases[i].after_ms).requests_1m, cases[i].expect);
		table_free(&t);
	}
}

static void
test_clock_steps_back_do_not_pile_up(void **state)
{
	struct history_table t = table_of(16);

	for (int k = 0; k < 60; k++)
		request(&t, 1, T0 + MINUTE);
	/* a little behind: another process read the clock before the minute turned */
	assert_int_equal(request(&t, 1, T0 + MINUTE - 1).requests_1m, 61);
	/* an hour back: a new window, and an age that is not negative */
	struct history_view v = request(&t, 1, T0 - 60 * MINUTE);

	assert_int_equal(v.requests_1m, 1);
	assert_int_equal(v.age_s, 0);
	table_free(&t);
}

static void
test_lost_answers_make_a_history_incomplete_for_a_while(void **state)
{
	struct history_table t = table_of(16);

	request(&t, 1, T0);
	history_finished(&t, identity(1), T0 + 100, 0);
	assert_false(look(&t, 1, T0 + 200).complete);
	assert_true(look(&t, 1, T0 + MINUTE).complete); /* 1 halved */
	for (int i = 0; i < 4; i++) {
		request(&t, 1, T0 + MINUTE);
		history_finished(&t, identity(1), T0 + MINUTE, 0);
	}
	assert_false(look(&t, 1, T0 + 2 * MINUTE).complete);
	assert_false(look(&t, 1, T0 + 3 * MINUTE).complete);
	assert_true(look(&t, 1, T0 + 4 * MINUTE).complete);
	table_free(&t);
}

/* An analyst that dies takes what it held in flight with it: without this an identity that
 * never pauses would be incomplete for ever. */
static void
test_death_of_an_analyst_grounds_what_was_in_flight(void **state)
{
	struct history_table t = table_of(16);
	_Atomic uint32_t flight = 0;

	t.flight = &flight;
	for (int i = 0; i < 3; i++)
		request(&t, 1, T0);
	atomic_fetch_add(&flight, 1);
	struct history_view v = request(&t, 1, T0 + 1000);

	assert_int_equal(v.in_flight, 0);
	assert_false(v.complete); /* three were lost */
	history_finished(&t, identity(1), T0 + 1100, 200);
	v = request(&t, 1, T0 + 2 * MINUTE);
	assert_int_equal(v.in_flight, 0);
	assert_true(v.complete);
	table_free(&t);
}

static void
test_oldest_idle_is_replaced_and_the_active_stay(void **state)
{
	struct history_table t = table_of(1); /* both choices are the one bucket */

	for (uint64_t i = 0; i < 4; i++) {
		assert_true(request(&t, i, T0 + i).found);
		history_finished(&t, identity(i), T0 + i, 200);
	}
	/* a flood within the window finds no room and pushes nobody out */
	for (uint64_t i = 100; i < 200; i++)
		assert_false(request(&t, i, T0 + 2 * MINUTE).found);
	for (uint64_t i = 1; i < 4; i++)
		assert_true(request(&t, i, T0 + 2 * MINUTE).found);
	assert_true(request(&t, 50, T0 + 3 * MINUTE).found);
	assert_false(look(&t, 0, T0 + 3 * MINUTE).found);
	for (uint64_t i = 1; i < 4; i++)
		assert_int_equal(look(&t, i, T0 + 3 * MINUTE).requests, 2);
	assert_int_equal(look(&t, 50, T0 + 3 * MINUTE).requests, 1);
	/* in flight for ever is idle in the end */
	assert_true(request(&t, 51, T0 + 30 * MINUTE).found);
	table_free(&t);
}

/* Half load is what the default settings promise a million identities. */
static void
test_a_table_half_full_has_room_for_nearly_all(void **state)
{
	const uint64_t n = 32768;
	struct history_table t = table_of(2 * n / 4);
	uint64_t missing = 0, alone = 0;

	for (uint64_t i = 0; i < n; i++)
		missing += !request(&t, i, T0).found;
	assert_in_range(missing, 0, n / 5000);
	for (uint64_t i = 0; i < n; i++)
		alone += look(&t, i, T0).requests == 1;
	assert_int_equal(alone, n - missing);
	table_free(&t);
}

static void
test_identities_with_zero_halves_work(void **state)
{
	struct history_table t = table_of(16);
	const struct hash128 odd[] = {{0, 0}, {0, 7}, {7, 0}};
	struct history_view v;

	for (size_t i = 0; i < 3; i++)
		for (uint64_t k = 1; k <= 2; k++) {
			history_get(&t, odd[i], T0, true, &v);
			assert_true(v.found);
			assert_int_equal(v.requests, k);
		}
	table_free(&t);
}

/* Four processes on one table that is too small: nothing breaks, and identities that are
 * never replaced lose no count. */
static void
test_racing_processes_lose_little(void **state)
{
	enum { PROCESSES = 4, EACH = 20000 };
	struct history_table t = table_of(64);
	uint64_t sum = 0;

	for (int p = 0; p < PROCESSES; p++) {
		if (fork() != 0)
			continue;
		for (uint64_t i = 0; i < EACH; i++) {
			request(&t, i % 50, T0);
			history_finished(&t, identity(i % 50), T0, 200);
		}
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (uint64_t i = 0; i < 50; i++) {
		struct history_view v = look(&t, i, T0);

		assert_int_equal(v.in_flight, 0);
		sum += v.requests;
	}
	/* the race of the very first claims alone may cost a few */
	assert_in_range(sum, PROCESSES * EACH - 200, PROCESSES * EACH);
	table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_view_counts_this_request),
	    cmocka_unit_test(test_no_table_is_not_found),
	    cmocka_unit_test(test_window_slides),
	    cmocka_unit_test(test_clock_steps_back_do_not_pile_up),
	    cmocka_unit_test(test_lost_answers_make_a_history_incomplete_for_a_while),
	    cmocka_unit_test(test_death_of_an_analyst_grounds_what_was_in_flight),
	    cmocka_unit_test(test_oldest_idle_is_replaced_and_the_active_stay),
	    cmocka_unit_test(test_a_table_half_full_has_room_for_nearly_all),
	    cmocka_unit_test(test_identities_with_zero_halves_work),
	    cmocka_unit_test(test_racing_processes_lose_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
