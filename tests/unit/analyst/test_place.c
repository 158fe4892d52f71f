/* What names of fields may be called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyst/place.h"

#define NOW 1

static struct redactor *redactor;
static struct release *release;
static struct places *places;
static struct class_set *classes;

static int
set_up(void **state)
{
	struct keyring keys = {.n = 1};
	char error[200];
	size_t at;

	keys.secret[0].epoch = 1;
	memset(keys.secret[0].key, 7, SECRET_BYTES);
	assert_int_equal(redactor_new(&keys, &redactor), OK);
	assert_int_equal(release_new(1000, 3, redactor, &release), OK);
	assert_int_equal(places_new(100, release, &places), OK);
	assert_int_equal(class_set_new(NULL, 0, &classes, &at, error), OK);
	places_use(places, classes);
	return 0;
}

static int
tear_down(void **state)
{
	class_set_free(classes);
	places_free(places);
	release_free(release);
	redactor_free(redactor);
	return 0;
}

/* The canonical path, tokens as {~}. */
static const char *
canonical(const char *path, unsigned *held)
{
	static char out[PLACE_BYTES_MAX + 1];
	char text[PLACE_BYTES_MAX];
	struct field_place p;
	size_t n = 0;

	if (places_make(places, 1, span_str(path), NOW, text, &p) != OK)
		return "error";
	for (size_t i = 0; i < p.text.n; i++) {
		out[n++] = p.text.p[i];
		if (i == 0 || p.text.p[i - 1] != '{' || p.text.p[i] != '~')
			continue;
		while (p.text.p[i + 1] != '}')
			i++;
	}
	out[n] = '\0';
	*held = p.n;
	places_put(places, p.held, p.n);
	return out;
}

static void
test_names_are_told_as_far_as_they_may_be(void **state)
{
	static const struct {
		const char *raw, *told;
	} cases[] = {
	    {"id", "id"},
	    {"user.first_name", "user.first_name"},
	    {"items[].unitPrice", "items[].unitPrice"},
	    {"[][].id", "[][].id"},
	    {"filter[status]", "filter[status]"},
	    {"@id", "@id"},
	    {"user\\.name", "user\\.name"},
	    {"reactions.-1", "reactions.-1"},
	    {"reactions.+1", "reactions.+1"},
	    {"ratings.5", "ratings.5"},
	    {"$", "$"},
	    {"address_line_2", "address_line_2"},
	    {"address2", "address2"},
	    {"customer85", "{~}"},
	    {"q", "q"},
	    {"title.en", "title.en"},
	    /* values */
	    {"users.8412.name", "users.{key}.name"},
	    {"users.jane@quill\\.example.name", "users.{key}.name"},
	    {"map.3f2504e0-4f89-41d3-9a0c-0305e82c3301", "map.{key}"},
	    {"map.2026-11-22", "map.{key}"},
	    {"map.4539578763621486", "map.{key}"},
	    {"jane.doe@quill.example", "{key}"},
	    {"filter[jane.doe@quill.example]", "{key}"},
	    {"192.0.2.7", "{key}"},
	    {"map.4539 5787 6362 1486", "map.{key}"},
	    {"map.536-22-8145", "map.{key}"},
	    {"map.DE89370400440532013000", "map.{key}"},
	    {"map.+41791234567", "map.{key}"},
	    {"map.192\\.0\\.2\\.7", "map.{key}"},
	    {"map.ghp_0123456789abcdefghijklmnopqrstuvwxyz", "map.{key}"},
	    /* nobody knows */
	    {"zorblat", "{~}"},
	    {"user.zorblat[].id", "user.{~}[].id"},
	    {"Zephyrine Quillfeather", "{~}"},
	    {"card12345", "{~}"},
	    {"{key}", "{~}"},
	    {"the quick brown fox jumps over the lazy dog again", "{~}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned held;
		const char *told = canonical(cases[i].raw, &held);

		assert_string_equal(told, cases[i].told);
		assert_int_equal(held > 0, strstr(told, "{~}") != NULL);
	}
}

static void
test_tokens_do_not_depend_on_the_place(void **state)
{
	char a[PLACE_BYTES_MAX], b[PLACE_BYTES_MAX];
	struct field_place x, y;

	assert_int_equal(places_make(places, 1, SPAN("zorblat"), NOW, a, &x), OK);
	assert_int_equal(places_make(places, 2, SPAN("user.zorblat"), NOW, b, &y), OK);
	assert_true(span_eq(x.text, span_from(y.text, 5)));
	assert_true(x.held[0].node != y.held[0].node);
	assert_true(x.held[0].word == y.held[0].word);
	assert_true(x.held[0].word_like);
	places_put(places, x.held, x.n);
	places_put(places, y.held, y.n);
}

static void
test_map_has_keys(void **state)
{
	char text[PLACE_BYTES_MAX];
	struct field_place p;
	unsigned held;

	assert_int_equal(
	    places_make(places, 1, SPAN("map.zorblat.id"), NOW, text, &p), OK);
	assert_int_equal(p.n, 1);
	places_fold(places, p.held[0].node);
	places_put(places, p.held, p.n);
	assert_string_equal(canonical("map.zorblat.id", &held), "map.{key}.id");
	assert_string_equal(canonical("map.quibblat.id", &held), "map.{key}.id");
	assert_string_equal(canonical("map.name.id", &held), "map.name.id");
	assert_string_equal(canonical("node.zorblat.id", &held), "node.{~}.id");
	/* More maps than are remembered: nothing breaks, they are found again. */
	for (uint64_t i = 0; i < 500; i++)
		places_fold(places, i);
	assert_string_equal(canonical("node.zorblat.id", &held), "node.{~}.id");
}

static void
test_what_is_too_long_is_refused(void **state)
{
	char path[1200], text[PLACE_BYTES_MAX];
	struct field_place p;
	size_t n = 0;

	for (unsigned i = 0; i < PLACE_HELD_MAX + 1; i++)
		n += (size_t)snprintf(path + n, sizeof(path) - n, "%szorblat%c",
		    i ? "." : "", 'a' + (int)i);
	assert_int_equal(
	    places_make(places, 1, span_str(path), NOW, text, &p), ERR_LIMIT);
	assert_int_equal(p.n, 0);
	for (n = 0; n < 1100; n += 3)
		memcpy(path + n, "id.", 4);
	assert_int_equal(
	    places_make(places, 1, span_make(path, n), NOW, text, &p), ERR_LIMIT);
	/* Words were given back: the table of a thousand holds many more attempts. */
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "zorblat%ux", i % 7);
		assert_int_equal(
		    places_make(places, i, span_str(path), NOW, text, &p), OK);
		places_put(places, p.held, p.n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_are_told_as_far_as_they_may_be),
	    cmocka_unit_test(test_tokens_do_not_depend_on_the_place),
	    cmocka_unit_test(test_map_has_keys),
	    cmocka_unit_test(test_what_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
