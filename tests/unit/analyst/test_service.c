/* Which services are shown by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyst/service.h"

#define NOW INT64_C(1700000000000000)

static struct redactor *redactor;
static struct services *services;

static int
set_up(void **state)
{
	struct keyring k = {.n = 2};

	k.secret[0].epoch = 1;
	k.secret[1].epoch = 2;
	k.secret[1].from_us = NOW + 1000;
	memset(k.secret[0].key, 3, SECRET_BYTES);
	memset(k.secret[1].key, 4, SECRET_BYTES);
	return redactor_new(&k, &redactor) || services_new(100, 3, redactor, &services);
}

static int
tear_down(void **state)
{
	services_free(services);
	redactor_free(redactor);
	return 0;
}

static bool
is_token(struct span shown)
{
	return span_starts(shown, SPAN("{~host.")) && shown.p[shown.n - 1] == '}' &&
	    redact_is_token(span_make(shown.p + 2, shown.n - 3));
}

static void
test_hosts_of_vocabulary_and_addresses_are_shown(void **state)
{
	static const char *shown[] = {"api.example", "shop.example.com", "localhost",
	    "web01.eu2.example.co.uk", "127.0.0.1", "[2001:db8::1]", "a", "v2.api.test",
	    "user-service.default.svc.cluster.local"};
	static const char *hidden[] = {"4111111111111111.example", "4111-1111.example",
	    "078-05-1120", "jane-vandersloot.example", "x7k2m9q4.example",
	    "web01.4111111111111111", "sk_live_abcdef.example", "1.2.3.4.5",
	    "1234.5678.1234.5678", "api.078051120.example"};

	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		uint32_t at = services_add(services, span_str(shown[i]), NOW);

		assert_int_not_equal(at, SERVICE_OTHER);
		if (!span_eq(services_name(services, at), span_str(shown[i])))
			fail_msg("%s is not shown", shown[i]);
	}
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		uint32_t at = services_add(services, span_str(hidden[i]), NOW);

		assert_int_not_equal(at, SERVICE_OTHER);
		if (!is_token(services_name(services, at)))
			fail_msg("%s is shown", hidden[i]);
		assert_int_equal(services_find(services, span_str(hidden[i])), at);
	}
}

static void
test_a_host_is_shown_once_enough_have_used_it(void **state)
{
	uint32_t at = services_add(services, SPAN("vandersloot.example"), NOW);
	char token[SERVICE_TOKEN_MAX];
	struct span shown = services_name(services, at);
	struct record said;

	assert_false(services_used(services, at, 1, NOW, &said));
	assert_false(services_used(services, at, 2, NOW, &said));
	for (int i = 0; i < 10; i++)
		assert_false(services_used(services, at, 1, NOW, &said));
	assert_true(is_token(services_name(services, at)));
	memcpy(token, shown.p, shown.n);
	assert_true(services_used(services, at, 3, NOW, &said));
	assert_int_equal(said.kind, RECORD_WORD);
	assert_true(redact_is_token(said.word.token));
	assert_true(span_eq(said.word.token, span_make(token + 2, shown.n - 3)));
	assert_true(span_eq(said.word.text, SPAN("vandersloot.example")));
	assert_int_equal(said.word.identities, 3);
	assert_true(span_eq(services_name(services, at), SPAN("vandersloot.example")));
	assert_false(services_used(services, at, 4, NOW, &said));
	assert_false(services_used(services, SERVICE_OTHER, 4, NOW, &said));
}

static void
test_a_value_is_never_shown_however_many_use_it(void **state)
{
	static const char *hosts[] = {
	    "4825-7803-3753-1695.example", "api.078-05-1120.example"};
	struct release *release;
	struct record said;

	assert_int_equal(release_new(10, 5, redactor, &release), OK);
	services_guard(services, release);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		uint32_t at = services_add(services, span_str(hosts[i]), NOW);

		for (uint64_t identity = 1; identity < 20; identity++)
			assert_false(services_used(services, at, identity, NOW, &said));
		assert_true(is_token(services_name(services, at)));
	}
	services_guard(services, NULL);
	release_free(release);
}

static void
test_a_policy_shows_its_names(void **state)
{
	static const char text[] = "quixtram.example";
	const struct bundle_service of_policy = {.name = {.offset = 0, .length = 16}};
	const struct bundle b = {.text = text,
	    .text_bytes = sizeof(text) - 1,
	    .service = &of_policy,
	    .services = 1};
	uint32_t at = services_add(services, SPAN("quixtram.example"), NOW), changed;

	assert_true(is_token(services_name(services, at)));
	assert_false(services_changed(services, NOW, &changed));
	services_bundle(services, &b);
	assert_true(services_changed(services, NOW, &changed));
	assert_int_equal(changed, at);
	assert_false(services_changed(services, NOW, &changed));
	assert_true(span_eq(services_name(services, at), SPAN("quixtram.example")));
	services_bundle(services, NULL);
}

static void
test_a_host_that_another_gateway_released_is_shown(void **state)
{
	const uint64_t words[] = {bundle_hash(SPAN("belgrimon.example"))};
	const struct bundle b = {.word = words, .words = 1};
	uint32_t at;

	services_bundle(services, &b);
	at = services_add(services, SPAN("belgrimon.example"), NOW);
	assert_true(span_eq(services_name(services, at), SPAN("belgrimon.example")));
	at = services_add(services, SPAN("belgrimor.example"), NOW);
	assert_true(is_token(services_name(services, at)));
	services_bundle(services, NULL);
}

static void
test_a_new_epoch_changes_what_is_hidden(void **state)
{
	uint32_t at = services_add(services, SPAN("zorvak.example"), NOW), changed, n = 0;
	char before[SERVICE_TOKEN_MAX], text[SERVICE_TOKEN_MAX];
	struct span old = services_name(services, at), told;

	memcpy(before, old.p, old.n);
	assert_false(services_name_before(services, at, text, &told));
	while (services_changed(services, NOW + 2000, &changed)) {
		assert_true(is_token(services_name(services, changed)));
		n++;
	}
	assert_true(n > 1);
	assert_false(span_eq(services_name(services, at), span_make(before, old.n)));
	assert_int_equal(redactor_overlap(redactor, 1000000, NULL, NULL), OK);
	assert_true(services_name_before(services, at, text, &told));
	assert_true(span_eq(told, span_make(before, old.n)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hosts_of_vocabulary_and_addresses_are_shown),
	    cmocka_unit_test(test_a_host_is_shown_once_enough_have_used_it),
	    cmocka_unit_test(test_a_value_is_never_shown_however_many_use_it),
	    cmocka_unit_test(test_a_policy_shows_its_names),
	    cmocka_unit_test(test_a_host_that_another_gateway_released_is_shown),
	    cmocka_unit_test(test_a_new_epoch_changes_what_is_hidden),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
