/* Names of objects: the row, the table behind it, and equal hashes by both ways. */
#include "http/jsonname.h"
#include "tests/unit/http/fixture.h"

static struct json_names names;

static bool
seen(unsigned level, uint32_t object, uint32_t *count, const char *name)
{
	return json_names_seen(
	    &names, level, count, json_name_hash(object, span_str(name), false));
}

static void
test_quick_hash_equals_the_careful_one(void **state)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyzabcdefghij";

	for (size_t n = 0; n <= 16; n++)
		for (size_t at = 0; at < 16; at++)
			assert_int_equal(json_name_hash(3, span_make(text + at, n), true),
			    json_name_hash(3, span_make(text + at, n), false));
}

static void
test_hash_differs_by_object_length_and_text(void **state)
{
	static const char *const name[] = {
	    "", "a", "b", "aa", "aaaaaaaa", "aaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaa"};
	uint64_t hash[2 * sizeof(name) / sizeof(*name)];
	size_t n = 0;

	for (uint32_t object = 1; object <= 2; object++)
		for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
			hash[n++] = json_name_hash(object, span_str(name[i]), false);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(hash[i], hash[k]);
}

static void
test_every_second_name_is_seen_in_row_and_table(void **state)
{
	char name[16];
	uint32_t count[2] = {0, 0};

	assert_int_equal(json_names_init(&names, 4096, 2, &arena), OK);
	for (unsigned i = 0; i < 3 * JSON_NEAR; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		assert_false(seen(1, 1, &count[0], name));
		if (i < 8) /* another object between them, one level below */
			assert_false(seen(2, 2, &count[1], name));
	}
	for (unsigned i = 0; i < 3 * JSON_NEAR; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		assert_true(seen(1, 1, &count[0], name));
	}
	assert_true(seen(2, 2, &count[1], "name7"));
	assert_false(seen(2, 2, &count[1], "name8"));
}

static void
test_small_arena_is_full(void **state)
{
	static uint8_t memory[256];
	struct arena small;

	arena_init(&small, memory, sizeof(memory));
	assert_int_equal(json_names_init(&names, 4096, 64, &small), ERR_FULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_quick_hash_equals_the_careful_one),
	    UNIT(test_hash_differs_by_object_length_and_text),
	    UNIT(test_every_second_name_is_seen_in_row_and_table),
	    UNIT(test_small_arena_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
