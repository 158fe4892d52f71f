/* The table of fields, fed with looks of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyst/field_table.h"

#define ENDPOINTS 4
#define KEPT 256
#define T0 INT64_C(1700000000000000)
#define CARD "4539578763621486"

static struct settings settings;
static struct metric_block metric;
static struct redactor *redactor;
static struct release *release;
static struct fields *fields;
static struct class_set *classes;
static struct look look;
static int64_t now_us;
static unsigned observations, suspects;
static struct {
	uint64_t hash, messages, present, values;
	char path[128];
} kept[KEPT];
static char suspect_class[CLASS_NAME_MAX + 1];

static void
put(void *ctx, const struct record *r)
{
	if (r->kind == RECORD_SUSPECT) {
		suspects++;
		snprintf(suspect_class, sizeof(suspect_class), "%.*s",
		    (int)r->suspect.cls.n, r->suspect.cls.p);
		return;
	}
	assert_int_equal(r->kind, RECORD_OBSERVATION);
	assert_true(observations < KEPT);
	kept[observations].hash = r->observation.at.hash;
	kept[observations].messages = r->observation.messages;
	kept[observations].present = r->observation.present;
	kept[observations].values = r->observation.values;
	snprintf(kept[observations].path, 128, "%.*s", (int)r->observation.at.path.n,
	    r->observation.at.path.p);
	observations++;
}

static uint64_t
hash_of(void *ctx, uint32_t endpoint)
{
	return 1000 + endpoint;
}

static struct look_wish
wanted(void *ctx, uint64_t key)
{
	return fields_wish(fields, 1, FIELD_RESPONSE, key, now_us);
}

static uint64_t
hash_value(void *ctx, struct span value)
{
	return redact_value_hash(redactor, value, now_us);
}

static struct span
mask(void *ctx, uint32_t field, uint16_t cls, struct span value, bool contained,
    char text[LOOK_EVIDENCE_MAX])
{
	return fields_mask(fields, field, cls, value, contained, now_us, text);
}

static struct class_set *
set_with(const char *custom)
{
	struct class_custom c = {.name = span_str(custom),
	    .title = SPAN("one of ours"),
	    .pattern = SPAN("^Q[0-9]{5}$"),
	    .names = SPAN("badge"),
	    .groups = CLASS_CUSTOM};
	struct class_set *s;
	char error[200];
	size_t at;

	assert_int_equal(class_set_new(&c, custom != NULL, &s, &at, error), OK);
	return s;
}

/* A new table, as settings are now. */
static void
table_open(void)
{
	struct fields_options o = {.settings = &settings,
	    .endpoints = ENDPOINTS,
	    .release = release,
	    .redactor = redactor,
	    .metric = &metric,
	    .sink = {.put = put},
	    .endpoint_hash = hash_of};

	fields_free(fields);
	assert_int_equal(fields_new(&o, &fields), OK);
	fields_use(fields, classes);
}

static int
set_up(void **state)
{
	struct keyring keys = {.n = 1};
	struct conf_error error;
	struct look_options lo = {.body = {.depth = 16, .fields = 1000},
	    .arena_bytes = 1 << 20,
	    .wanted = wanted,
	    .hash = hash_value,
	    .mask = mask};

	assert_int_equal(settings_parse(SPAN(""), &settings, &error), OK);
	settings.fields_total = 40;
	settings.fields_per_endpoint = 20;
	settings.fields_classes = 2;
	keys.secret[0].epoch = 1;
	memset(keys.secret[0].key, 7, SECRET_BYTES);
	assert_int_equal(redactor_new(&keys, &redactor), OK);
	assert_int_equal(release_new(200, 3, redactor, &release), OK);
	assert_int_equal(look_init(&look, &lo), OK);
	classes = set_with(NULL);
	look_use(&look, classes, true);
	table_open();
	memset(&metric, 0, sizeof(metric));
	observations = suspects = 0;
	now_us = T0;
	return 0;
}

static int
tear_down(void **state)
{
	fields_free(fields);
	fields = NULL;
	look_fini(&look);
	class_set_free(classes);
	release_free(release);
	redactor_free(redactor);
	return 0;
}

/* An answer of an endpoint. */
static uint64_t
take(uint32_t endpoint, const char *json)
{
	struct look_answer a = {.body = span_str(json)};
	struct fields_message m = {.endpoint = endpoint,
	    .direction = FIELD_RESPONSE,
	    .status_class = 2,
	    .identity = 1,
	    .template_text = SPAN("/orders"),
	    .id = SPAN("ID-1"),
	    .now_us = now_us};

	now_us += 1000;
	look_answer(&look, &a);
	return fields_take(fields, &look, &m);
}

static void
test_shape_is_of_the_set_of_fields(void **state)
{
	uint64_t a = take(1, "{\"id\":1,\"total\":2}"),
		 b = take(1, "{\"total\":\"x\",\"id\":null}"),
		 c = take(1, "{\"total\":1}");

	assert_true(a == b && a != c && a != 0);
	/* The same on every gateway and at every endpoint. */
	assert_true(take(2, "{\"id\":1,\"total\":2}") == a);
	assert_int_equal(take(1, "{}"), 0);
}

static void
test_counts_go_with_the_messages_looked_at(void **state)
{
	for (unsigned i = 0; i < 10; i++)
		take(1, i % 2 ? "{\"id\":1,\"list\":[1,2,3]}" : "{\"id\":1}");
	(void)fields_flush(fields, true);
	assert_int_equal(observations, 2);
	for (unsigned i = 0; i < 2; i++) {
		bool id = strcmp(kept[i].path, "id") == 0;

		assert_int_equal(kept[i].messages, id ? 10 : 9);
		assert_int_equal(kept[i].present, id ? 10 : 5);
		assert_int_equal(kept[i].values, id ? 10 : 15);
	}
	(void)fields_flush(fields, true);
	assert_int_equal(observations, 2);
}

static uint32_t
one_to_two(void *ctx, uint32_t endpoint)
{
	return endpoint == 1 ? 2 : endpoint;
}

static void
test_a_status_is_told_once_an_hour(void **state)
{
	static const int64_t statuses[] = {200, 404, 200, 599, 404, 99, 600, -1};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		fields_status(fields, 1, statuses[i], now_us);
	assert_int_equal(observations, 3);
	assert_string_equal(kept[0].path, "status=200");
	assert_string_equal(kept[1].path, "status=404");
	assert_string_equal(kept[2].path, "status=599");
	assert_int_equal(kept[0].hash, 1001);
	assert_int_equal(kept[0].values, 0);
	fields_status(fields, 2, 200, now_us);
	assert_int_equal(observations, 4);
	fields_status(fields, 1, 200, now_us + INT64_C(3600000000));
	assert_int_equal(observations, 5);
	/* The index is another endpoint's by now. */
	fields_moved(fields, one_to_two, NULL);
	fields_status(fields, 1, 200, now_us + INT64_C(3600000001));
	assert_int_equal(observations, 6);
}

static void
test_table_has_its_bounds(void **state)
{
	bool found = false;
	char json[64];

	for (unsigned i = 0; i < 30; i++) {
		snprintf(json, sizeof(json), "{\"total%c%c\":1}", 'a' + (int)i % 26,
		    'a' + (int)i / 26);
		for (unsigned k = 0; k < 3; k++)
			take(1, json);
	}
	assert_int_equal(fields_count(fields), 20);
	assert_int_equal(metric_get(&metric, M_FIELDS), 20);
	assert_true(metric_get(&metric, M_FIELDS_OVERFLOW) >= 20);
	for (unsigned i = 0; i < 30; i++) {
		snprintf(json, sizeof(json), "{\"order%c%c\":1}", 'a' + (int)i % 26,
		    'a' + (int)i / 26);
		take(2, json);
		take(3, json);
	}
	assert_int_equal(fields_count(fields), 40);
	/* What came once gives way after a second; what came again does not. */
	now_us += 5000000;
	take(2, "{\"quantity\":1}");
	take(2, "{\"quantity\":1}");
	(void)fields_flush(fields, true);
	for (unsigned i = 0; i < observations; i++)
		found |= strcmp(kept[i].path, "quantity") == 0;
	assert_true(found);
	assert_int_equal(fields_count(fields), 40);
}

/* Two letters are nobody's name: known as they stand. */
static void
take_name(uint32_t endpoint, unsigned i, const char *value)
{
	char json[64];

	snprintf(json, sizeof(json), "{\"%c%c\":%s}", 'a' + (int)i / 26 % 26,
	    'a' + (int)i % 26, value);
	take(endpoint, json);
}

static bool
told(const char *path)
{
	for (unsigned i = 0; i < observations; i++)
		if (strcmp(kept[i].path, path) == 0)
			return true;
	return false;
}

/* Who sent as many names as there is room for, twice, kept every later field out for good. */
static void
test_fields_that_came_long_ago_make_room(void **state)
{
	for (unsigned e = 1; e <= 2; e++)
		for (unsigned i = 0; i < 40; i++)
			take_name(e, i / 2, "1");
	assert_int_equal(fields_count(fields), 40);
	now_us += INT64_C(1800000000);
	take(1, "{\"quantity\":1}");
	take(3, "{\"quantity\":1}");
	assert_int_equal(fields_count(fields), 40);
	(void)fields_flush(fields, true);
	assert_false(told("quantity"));
	observations = 0;
	now_us += INT64_C(1801000000);
	take(1, "{\"quantity\":1}");
	take(1, "{\"quantity\":1}");
	/* The whole table is full: others of it make room as well. */
	take(3, "{\"weight\":1}");
	take(3, "{\"weight\":1}");
	assert_int_equal(fields_count(fields), 40);
	(void)fields_flush(fields, true);
	assert_true(told("quantity"));
	assert_true(told("weight"));
}

/* Each made a row in the database and, with a number in it, an alert. */
static void
test_names_that_come_once_are_told_within_bounds(void **state)
{
	for (unsigned i = 0; i < 200; i++) {
		now_us += 2000000;
		take_name(1, i, "\"" CARD "\"");
		(void)fields_flush(fields, false);
	}
	assert_int_equal(fields_count(fields), 20);
	assert_true(observations <= 20);
	assert_true(suspects <= 20);
	for (unsigned i = 0; i < 200; i++) {
		now_us += 2000000;
		take_name(2, i, "1");
		(void)fields_flush(fields, false);
	}
	assert_int_equal(fields_count(fields), 40);
	assert_true(observations <= 40);
}

static uint32_t
one_is_gone(void *ctx, uint32_t endpoint)
{
	return endpoint == 1 ? UINT32_MAX : endpoint;
}

/* Indices are used again: the root of another endpoint was taken for a map. */
static void
test_an_endpoint_has_no_maps_of_the_one_before(void **state)
{
	settings.fields_per_endpoint = settings.fields_total = 100;
	table_open();
	for (unsigned i = 0; i < 80; i++) {
		char json[64];

		snprintf(json, sizeof(json), "{\"zq%cx%cv\":1}", 'a' + (int)i % 26,
		    'a' + (int)i / 26);
		take(1, json);
		take(1, json);
	}
	assert_int_equal(fields_count(fields), 1);
	fields_moved(fields, one_is_gone, NULL);
	assert_int_equal(fields_count(fields), 0);
	assert_true(told("{key}"));
	observations = 0;
	take(1, "{\"zorblat\":1}");
	(void)fields_flush(fields, true);
	assert_int_equal(observations, 1);
	assert_false(told("{key}"));
}

/* A busy field comes four thousand million times within weeks. */
static void
test_counts_go_on_beyond_what_they_hold(void **state)
{
	struct field_state *f = &fields->e[0];
	uint64_t present = 0, values = 0;

	take(1, "{\"card\":\"" CARD "\"}");
	(void)fields_flush(fields, true);
	observations = 0;
	f->present = f->sent_present = f->values = f->sent_values = UINT32_MAX - 2;
	for (unsigned i = 0; i < f->n_cls; i++)
		f->cls[i].hits = f->cls[i].sent_hits = UINT32_MAX - 2;
	for (unsigned i = 0; i < 10; i++) {
		now_us += 2000000; /* one a second is classified in any case */
		take(1, "{\"card\":\"" CARD "\"}");
		(void)fields_flush(fields, false);
	}
	/* A few of so many are told later. */
	assert_true(observations < 6);
	(void)fields_flush(fields, true);
	for (unsigned i = 0; i < observations; i++)
		if (strcmp(kept[i].path, "card") == 0) {
			present += kept[i].present;
			values += kept[i].values;
		}
	assert_int_equal(present, 10);
	assert_int_equal(values, 10);
}

static void
test_moved_endpoints_tell_what_they_have(void **state)
{
	take(1, "{\"id\":1,\"zorblat\":2}");
	take(2, "{\"id\":1}");
	fields_moved(fields, one_to_two, NULL);
	assert_int_equal(fields_count(fields), 1);
	assert_int_equal(observations, 2);
	assert_int_equal(kept[0].hash, 1001);
	/* The index is another endpoint's by now. */
	take(1, "{\"zorblat\":2}");
	assert_int_equal(fields_count(fields), 2);
	take(2, "{\"id\":1}");
	(void)fields_flush(fields, true);
	assert_int_equal(fields_count(fields), 2);
}

static void
test_classes_are_found_again_in_another_set(void **state)
{
	struct class_set *other = set_with("badge");

	take(1, "{\"cardNumber\":\"" CARD "\"}");
	assert_int_equal(suspects, 1);
	fields_use(fields, other);
	look_use(&look, other, true);
	class_set_free(classes);
	classes = other;
	take(1, "{\"cardNumber\":\"" CARD "\",\"badge\":\"Q12345\"}");
	for (unsigned i = 0; i < 8; i++) {
		char json[64];

		snprintf(json, sizeof(json), "{\"badge\":\"Q1234%u\"}", i);
		take(1, json);
	}
	/* The card is not told again; the customer's class is. */
	assert_int_equal(suspects, 2);
	assert_string_equal(suspect_class, "badge");
	other = set_with(NULL);
	fields_use(fields, other);
	look_use(&look, other, true);
	class_set_free(classes);
	classes = other;
	take(1, "{\"cardNumber\":\"" CARD "\",\"badge\":\"Q12345\"}");
	(void)fields_flush(fields, true);
	assert_int_equal(suspects, 2);
}

/* What a request showed waits for its answer; the policy may lose a class meanwhile. */
static void
test_classes_that_went_while_an_answer_was_awaited_count_nothing(void **state)
{
	struct class_set *with = set_with("badge_no"), *other = set_with("other");
	struct class_set *with_out = set_with(NULL);
	struct fields_message m = {.endpoint = 1,
	    .direction = FIELD_RESPONSE,
	    .status_class = 2,
	    .identity = 1,
	    .template_text = SPAN("/staff"),
	    .id = SPAN("ID-1"),
	    .now_us = T0};
	struct look_answer a = {
	    .body = SPAN("{\"badge\":[\"Q12345\",\"Q54321\",\"Q99999\",\"Q11111\"],"
			 "\"card\":\"" CARD "\"}"),
	    .content_type = SPAN("application/json")};
	struct class_set *const after[] = {with_out, other};

	for (unsigned i = 0; i < 2; i++) {
		struct look_block *b;
		size_t bytes;

		fields_use(fields, with);
		look_use(&look, with, true);
		look_answer(&look, &a);
		b = look_keep(&look, &bytes);
		fields_use(fields, after[i]);
		look_use(&look, after[i], true);
		look_recall(&look, b);
		m.endpoint = 1 + i;
		suspects = 0;
		(void)fields_take(fields, &look, &m);
		/* Built-in ones are the same in every set. */
		assert_int_equal(suspects, 1);
		assert_string_equal(suspect_class, "card_number");
		free(b);
	}
	fields_use(fields, classes);
	look_use(&look, classes, true);
	class_set_free(with);
	class_set_free(other);
	class_set_free(with_out);
}

static void
test_one_repeated_number_is_no_card(void **state)
{
	/* An order number that passes Luhn, asked for again and again. */
	char json[64];

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(json, sizeof(json), "{\"orderId\":\"%016u\"}", 70000000 + i * 7);
		take(1, json);
	}
	for (unsigned i = 0; i < 200; i++)
		take(1, "{\"orderId\":\"4539578763621486\"}");
	assert_int_equal(suspects, 0);
}

static void
test_sampling_keeps_looking(void **state)
{
	uint64_t values;

	for (unsigned i = 0; i < 64; i++)
		take(1, "{\"id\":1}");
	(void)fields_flush(fields, true);
	values = kept[observations - 1].values;
	assert_int_equal(values, 64);
	/* Seldom in a busy second, always in a quiet one. */
	for (unsigned i = 0; i < 900; i++)
		take(1, "{\"id\":1}");
	(void)fields_flush(fields, true);
	assert_in_range(kept[observations - 1].values, 20, 110);
	for (unsigned i = 0; i < 50; i++) {
		now_us += 2000000;
		take(1, "{\"id\":1}");
	}
	(void)fields_flush(fields, true);
	assert_int_equal(kept[observations - 1].values, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_shape_is_of_the_set_of_fields, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_counts_go_with_the_messages_looked_at, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_status_is_told_once_an_hour, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_table_has_its_bounds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_fields_that_came_long_ago_make_room, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_names_that_come_once_are_told_within_bounds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_an_endpoint_has_no_maps_of_the_one_before, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_counts_go_on_beyond_what_they_hold, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_moved_endpoints_tell_what_they_have, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_classes_are_found_again_in_another_set, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_classes_that_went_while_an_answer_was_awaited_count_nothing, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_one_repeated_number_is_no_card, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_sampling_keeps_looking, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
