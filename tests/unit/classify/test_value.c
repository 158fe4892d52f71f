/* One value: order of hits, what takes part, what does not. */
#include "tests/unit/classify/fixture.h"

static void
test_strongest_stand_first_and_once(void **state)
{
	static const char *const values[] = {"123456782", "12345678Z", "86095742719",
	    "john.smith@example.com", "48.8566,2.3522", "Bearer abcdef0123456789",
	    "7569217076985"};

	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++) {
		struct class_hits h = hits_as(values[i], CLASS_STRING, true);

		assert_true(h.n > 0 && h.n <= CLASS_HITS_MAX);
		for (unsigned k = 1; k < h.n; k++) {
			assert_true(h.hit[k - 1].strength >= h.hit[k].strength);
			for (unsigned j = 0; j < k; j++)
				assert_int_not_equal(h.hit[j].cls, h.hit[k].cls);
		}
	}
}

static void
test_full_list_keeps_the_strongest(void **state)
{
	struct class_hits h = {0};

	(void)state;
	for (unsigned i = 0; i < CLASS_HITS_MAX + 4; i++)
		hits_add(&h, i, HIT_SHAPE, false);
	assert_int_equal(h.n, CLASS_HITS_MAX);
	hits_add(&h, 100, HIT_CHECKED, false);
	hits_add(&h, 101, HIT_CERTAIN, true);
	assert_int_equal(h.n, CLASS_HITS_MAX);
	assert_int_equal(h.hit[0].cls, 101);
	assert_int_equal(h.hit[1].cls, 100);
	hits_add(&h, 100, HIT_SHAPE, false);
	assert_int_equal(h.hit[1].strength, HIT_CHECKED);
	/* What the whole is, is not taken back by what stands in it. */
	hits_add(&h, 100, HIT_CERTAIN, true);
	assert_false(h.hit[1].contained);
}

static void
test_nothing_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(hits_as("", CLASS_STRING, true).n, 0);
	assert_int_equal(hits_as(" \t\r\n", CLASS_STRING, true).n, 0);
	assert_int_equal(hits_as("true", CLASS_BOOLEAN, true).n, 0);
	for (unsigned c = 1; c < 256; c++) {
		char one[2] = {(char)c, '\0'};

		for (unsigned k = 0, n = hits_as(one, CLASS_STRING, true).n; k < n; k++)
			assert_true(hits_as(one, CLASS_STRING, true).hit[k].strength ==
			    HIT_SHAPE);
	}
}

/* Decoys: none of these is more than a shape of anything. */
static void
test_decoys_are_no_more_than_shapes(void **state)
{
	static const char *const values[] = {
	    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", /* UUID */
	    "4111-1111-11d0-a765-00a0c91e6bf6", "1700000000000", "1700000000",
	    "1700000000000000", /* times */
	    "3.14159", "0.4111111111111111", "99.95", /* decimals */
	    "1.2.3", "10.0.19041.1", "v2.14.0", "2.0.0-rc1", /* versions */
	    "da39a3ee5e6b4b0d3255bfef95601890afd80709", /* SHA-1 */
	    "application/json", "Europe/Berlin", "#ff00aa", "en_US", "12:30:45",
	    "/api/v1/users/4111111111111111/x", "SKU-4711-A", "1Z999AA10123456784"};

	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++) {
		struct class_hits h = hits_as(values[i], CLASS_STRING, true);

		for (unsigned k = 0; k < h.n; k++) {
			const char *name = class_get(set, h.hit[k].cls)->name;

			if (h.hit[k].strength > HIT_SHAPE &&
			    strcmp(name, "secret") != 0 &&
			    strcmp(name, "geo_position") != 0)
				fail_msg("%s passes as %s", values[i], name);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_strongest_stand_first_and_once),
	    cmocka_unit_test(test_full_list_keeps_the_strongest),
	    cmocka_unit_test(test_nothing_is_nothing),
	    cmocka_unit_test(test_decoys_are_no_more_than_shapes),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
