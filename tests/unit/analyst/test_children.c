/* The values most seen at parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyst/children.h"

#define ENDPOINTS 8
#define KEPT 64

static struct redactor *redactor;
static struct release *release;
static struct children *children;
static struct {
	char word[80];
	uint64_t hash, requests, accepted, identities, shape;
	uint32_t segment;
} kept[KEPT];
static unsigned n_kept;

static void
put(void *ctx, const struct record *r)
{
	const struct record_child *c = &r->child;

	assert_int_equal(r->kind, RECORD_CHILD);
	assert_true(n_kept < KEPT);
	snprintf(kept[n_kept].word, 80, "%.*s", (int)c->word.n, c->word.p);
	kept[n_kept].hash = c->hash;
	kept[n_kept].segment = c->segment;
	kept[n_kept].requests = c->requests;
	kept[n_kept].accepted = c->accepted;
	kept[n_kept].identities = distinct_count(&c->identities);
	kept[n_kept++].shape = c->shape;
}

static uint64_t
hash_of(void *ctx, uint32_t endpoint)
{
	return 1000 + endpoint;
}

static int
set_up(void **state)
{
	struct keyring keys = {.n = 1};
	struct children_options o = {.endpoints = ENDPOINTS,
	    .places = 3,
	    .sink = {.put = put},
	    .endpoint_hash = hash_of};

	keys.secret[0].epoch = 1;
	memset(keys.secret[0].key, 7, SECRET_BYTES);
	assert_int_equal(redactor_new(&keys, &redactor), OK);
	assert_int_equal(release_new(100, 3, redactor, &release), OK);
	o.release = release;
	o.redactor = redactor;
	assert_int_equal(children_new(&o, &children), OK);
	n_kept = 0;
	return 0;
}

static int
tear_down(void **state)
{
	children_free(children);
	release_free(release);
	redactor_free(redactor);
	return 0;
}

static void
note(uint32_t endpoint, const char *word, uint64_t identity, bool accepted)
{
	children_note(children, endpoint, 1, span_str(word), identity, accepted, 77, 1);
}

static void
test_deltas_add_up(void **state)
{
	uint64_t requests = 0, accepted = 0;

	for (unsigned i = 0; i < 100; i++) {
		note(1, "popular", i % 7, i % 10 != 0);
		(void)children_flush(children, false, 1);
	}
	(void)children_flush(children, true, 1);
	for (unsigned i = 0; i < n_kept; i++) {
		assert_string_equal(kept[i].word, "popular");
		assert_int_equal(kept[i].hash, 1001);
		assert_int_equal(kept[i].segment, 1);
		requests += kept[i].requests;
		accepted += kept[i].accepted;
	}
	/* The first was refused: what is not there yet is not made by it. */
	assert_int_equal(requests, 99);
	assert_int_equal(accepted, 90);
	assert_int_equal(kept[n_kept - 1].identities, 7);
	assert_int_equal(kept[n_kept - 1].shape, 77);
	assert_true(n_kept < 10);
}

static void
test_ids_that_come_once_are_never_told(void **state)
{
	char word[16];

	for (unsigned i = 0; i < 5000; i++) {
		snprintf(word, sizeof(word), "%u", 100000 + i);
		note(1, word, i, true);
		if (i % 5 == 0)
			note(1, "popular", i * UINT64_C(0x9e3779b97f4a7c15), true);
	}
	(void)children_flush(children, true, 1);
	assert_int_equal(n_kept, 1);
	assert_string_equal(kept[0].word, "popular");
	assert_in_range(kept[0].requests, 900, 1000);
	assert_in_range(kept[0].identities, 800, 1200);
}

static void
test_words_are_text_or_tokens(void **state)
{
	static const char *const words[] = {"recent", "zorblat", "jane@quill.example"};

	for (unsigned k = 0; k < 3; k++)
		for (unsigned i = 0; i < 10; i++)
			note(1, words[k], i, true);
	(void)children_flush(children, false, 1);
	assert_int_equal(n_kept, 3);
	for (unsigned k = 0; k < 3; k++)
		if (strcmp(kept[k].word, "recent") != 0)
			assert_memory_equal(kept[k].word, "{~text.1.", 9);
}

static void
test_only_so_many_parameters_are_followed(void **state)
{
	for (uint32_t e = 0; e < ENDPOINTS; e++)
		for (unsigned i = 0; i < 10; i++)
			note(e, "recent", i, true);
	(void)children_flush(children, true, 1);
	assert_int_equal(n_kept, 3);
}

static uint32_t
all_to_zero(void *ctx, uint32_t endpoint)
{
	return 0;
}

static void
test_moved_endpoints_make_room(void **state)
{
	for (uint32_t e = 0; e < 3; e++)
		for (unsigned i = 0; i < 10; i++)
			note(e, "recent", i, true);
	children_moved(children, all_to_zero, NULL);
	for (unsigned i = 0; i < 10; i++) {
		note(5, "recent", i, true);
		note(6, "recent", i, true);
		note(7, "recent", i, true);
	}
	(void)children_flush(children, true, 1);
	assert_int_equal(n_kept, 3);
	assert_int_equal(kept[0].hash + kept[1].hash + kept[2].hash, 1000 + 1005 + 1006);
}

static void
test_weights_stand_for_requests_not_looked_at(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		children_note(children, 1, 1, SPAN("recent"), i, true, 0, 16);
	(void)children_flush(children, false, 1);
	assert_int_equal(n_kept, 1);
	assert_int_equal(kept[0].requests, 64);
	assert_int_equal(kept[0].accepted, 64);
}

/* Counts stood still once they were full, and each flush told nothing again. */
static void
test_counts_go_on_beyond_32_bits(void **state)
{
	const uint32_t many = UINT32_C(1) << 30;
	uint64_t requests = 0, accepted = 0;

	for (unsigned i = 0; i < 12; i++) {
		children_note(children, 1, 0, SPAN("recent"), i, i % 2, 0, many);
		children_note(children, 1, 0, SPAN("recent"), i, true, 0, 1);
		(void)children_flush(children, true, 1);
	}
	for (unsigned i = 0; i < n_kept; i++) {
		requests += kept[i].requests;
		accepted += kept[i].accepted;
	}
	/* Without the first, which was refused before there was a place for it. */
	assert_true(requests == 11 * (uint64_t)many + 12);
	assert_true(accepted == 6 * (uint64_t)many + 12);
	n_kept = 0;
	for (unsigned i = 0; i < 10; i++)
		(void)children_flush(children, false, 1);
	assert_int_equal(n_kept, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_deltas_add_up, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_ids_that_come_once_are_never_told, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_words_are_text_or_tokens, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_only_so_many_parameters_are_followed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_moved_endpoints_make_room, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_weights_stand_for_requests_not_looked_at, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_counts_go_on_beyond_32_bits, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
