#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "redact/redact.h"

#define SECOND INT64_C(1000000)
#define T0 (INT64_C(1700000000) * SECOND)

/* Epoch 1 from the start until T0 + 100 s, epoch 2 from T0 + 50 s. */
static struct keyring
keys_two_epochs(void)
{
	struct keyring k = {.n = 2};

	k.secret[0].epoch = 1;
	k.secret[0].until_us = T0 + 100 * SECOND;
	k.secret[1].epoch = 2;
	k.secret[1].from_us = T0 + 50 * SECOND;
	for (unsigned i = 0; i < SECRET_BYTES; i++) {
		k.secret[0].key[i] = (uint8_t)i;
		k.secret[1].key[i] = (uint8_t)(SECRET_BYTES + i);
	}
	return k;
}

/* Values computed apart from this code (RFC 5869 and RFC 2104 in Python's hmac). */
static void
test_token_matches_known_vectors(void **state)
{
	static const struct {
		int64_t now;
		const char *cls, *value, *token;
	} cases[] = {
	    {T0, "text", "chequers", "text.1.niuwloafg4pyiti27wuzgydn5e"},
	    {T0 + 60 * SECOND, "text", "chequers", "text.2.sezkxwyhkenyzzw5hqvb54bp2e"},
	    {T0, "email", "chequers", "email.1.7b3ablyalh7qbcv66mdn6h6234"},
	    {T0, "text", "", "text.1.224dtzeid2m5mgsncao76rwpgi"},
	};
	struct keyring k = keys_two_epochs();
	struct redactor *r;

	assert_int_equal(redactor_new(&k, &r), OK);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[TOKEN_TEXT_MAX];
		struct span out;

		assert_int_equal(redact_token(r, cases[i].cls, span_str(cases[i].value),
				     cases[i].now, text, &out),
		    OK);
		assert_true(span_eq(out, span_str(cases[i].token)));
		assert_true(redact_is_token(out));
	}
	redactor_free(r);
}

static void
test_token_is_the_same_in_all_instances_and_another_in_each_epoch(void **state)
{
	struct keyring k = keys_two_epochs();
	struct redactor *a, *b;
	char x[TOKEN_TEXT_MAX], y[TOKEN_TEXT_MAX];
	struct span one, two;

	assert_int_equal(redactor_new(&k, &a), OK);
	assert_int_equal(redactor_new(&k, &b), OK);
	assert_int_equal(redact_token(a, "text", SPAN("value"), T0, x, &one), OK);
	assert_int_equal(redact_token(b, "text", SPAN("value"), T0, y, &two), OK);
	assert_true(span_eq(one, two));
	/* In the overlap the new epoch's counts. */
	assert_int_equal(
	    redact_token(b, "text", SPAN("value"), T0 + 60 * SECOND, y, &two), OK);
	assert_false(span_eq(one, two));
	redactor_free(a);
	redactor_free(b);
}

/* More (class, epoch) pairs than prepared states: replaced ones come back the same. */
static void
test_token_survives_replaced_states(void **state)
{
	struct keyring k = keys_two_epochs();
	struct redactor *r;
	char first[TOKEN_TEXT_MAX], text[TOKEN_TEXT_MAX];
	struct span want, got;

	assert_int_equal(redactor_new(&k, &r), OK);
	assert_int_equal(redact_token(r, "c0", SPAN("value"), T0, first, &want), OK);
	for (int i = 0; i < 300; i++) {
		char cls[8];

		snprintf(cls, sizeof(cls), "c%d", i);
		assert_int_equal(redact_token(r, cls, SPAN("value"), T0, text, &got), OK);
	}
	assert_int_equal(redact_token(r, "c0", SPAN("value"), T0, text, &got), OK);
	assert_true(span_eq(got, want));
	redactor_free(r);
}

static void
test_bad_class_and_missing_epoch_are_errors(void **state)
{
	static const char *bad[] = {
	    "", "Text", "te.xt", "a23456789012345678901234x", "é"};
	struct keyring k = keys_two_epochs();
	struct redactor *r;
	char text[TOKEN_TEXT_MAX];
	struct span out;

	assert_int_equal(redactor_new(&k, &r), OK);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
		    redact_token(r, bad[i], SPAN("v"), T0, text, &out), ERR_INVALID);
	redactor_free(r);
	k.n = 1;
	assert_int_equal(redactor_new(&k, &r), OK);
	assert_int_equal(
	    redact_token(r, "text", SPAN("v"), T0 + 200 * SECOND, text, &out),
	    ERR_NOTFOUND);
	assert_true(span_absent(out));
	redactor_free(r);
}

struct told {
	unsigned n;
	char from[TOKEN_TEXT_MAX], to[TOKEN_TEXT_MAX];
};

static void
tell(void *ctx, struct span from, struct span to, int64_t now_us)
{
	struct told *t = ctx;

	t->n++;
	snprintf(t->from, sizeof(t->from), "%.*s", (int)from.n, from.p);
	snprintf(t->to, sizeof(t->to), "%.*s", (int)to.n, to.p);
}

static void
make(struct redactor *r, const char *value, int64_t now)
{
	char text[TOKEN_TEXT_MAX];
	struct span out;

	assert_int_equal(redact_token(r, "text", span_str(value), now, text, &out), OK);
}

/* Epoch 1 ends at T0 + 100, epoch 2 begins at T0 + 50: links are told between, for 20 s. */
static void
test_links_are_told_once_while_epochs_overlap(void **state)
{
	struct keyring k = keys_two_epochs();
	struct told told = {0};
	struct redactor *r;

	assert_int_equal(redactor_new(&k, &r), OK);
	assert_int_equal(redactor_overlap(r, 20 * SECOND, tell, &told), OK);
	make(r, "chequers", T0 + 49 * SECOND);
	assert_int_equal(told.n, 0);
	make(r, "chequers", T0 + 50 * SECOND);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.from, "text.1.niuwloafg4pyiti27wuzgydn5e");
	assert_string_equal(told.to, "text.2.sezkxwyhkenyzzw5hqvb54bp2e");
	make(r, "chequers", T0 + 60 * SECOND);
	assert_int_equal(told.n, 1);
	make(r, "another", T0 + 69 * SECOND);
	assert_int_equal(told.n, 2);
	make(r, "a third", T0 + 70 * SECOND);
	assert_int_equal(told.n, 2);
	redactor_free(r);
}

static void
test_links_end_with_the_older_key(void **state)
{
	struct keyring k = keys_two_epochs();
	struct told told = {0};
	struct redactor *r;

	k.secret[0].until_us = T0 + 55 * SECOND;
	assert_int_equal(redactor_new(&k, &r), OK);
	assert_int_equal(redactor_overlap(r, 20 * SECOND, tell, &told), OK);
	make(r, "a", T0 + 54 * SECOND);
	assert_int_equal(told.n, 1);
	make(r, "b", T0 + 55 * SECOND);
	assert_int_equal(told.n, 1);
	redactor_free(r);
}

/* More tokens than are remembered: told again at worst, never forgotten to be told. */
static void
test_many_links_are_all_told(void **state)
{
	struct keyring k = keys_two_epochs();
	struct told told = {0};
	struct redactor *r;
	char value[16];

	assert_int_equal(redactor_new(&k, &r), OK);
	assert_int_equal(redactor_overlap(r, 20 * SECOND, tell, &told), OK);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 40000; i++) {
			snprintf(value, sizeof(value), "%d", i);
			make(r, value, T0 + 51 * SECOND);
		}
	assert_int_equal(told.n, 40000);
	redactor_free(r);
}

static void
test_the_token_before_is_the_old_one(void **state)
{
	struct keyring k = keys_two_epochs();
	struct redactor *r;
	char text[TOKEN_TEXT_MAX];
	struct span out;

	assert_int_equal(redactor_new(&k, &r), OK);
	assert_int_equal(redact_token_before(
			     r, "text", SPAN("chequers"), T0 + 60 * SECOND, text, &out),
	    ERR_NOTFOUND);
	assert_int_equal(redactor_overlap(r, 20 * SECOND, tell, NULL), OK);
	assert_int_equal(redact_token_before(
			     r, "text", SPAN("chequers"), T0 + 60 * SECOND, text, &out),
	    OK);
	assert_true(span_eq(out, SPAN("text.1.niuwloafg4pyiti27wuzgydn5e")));
	assert_int_equal(redact_epoch(r, T0), 1);
	assert_int_equal(redact_epoch(r, T0 + 60 * SECOND), 2);
	redactor_free(r);
}

static void
test_value_hash_is_keyed_by_epoch_and_nothing_else(void **state)
{
	struct keyring k = keys_two_epochs();
	struct redactor *a, *b;
	uint64_t one;

	assert_int_equal(redactor_new(&k, &a), OK);
	k.secret[0].key[0] ^= 1;
	assert_int_equal(redactor_new(&k, &b), OK);
	one = redact_value_hash(a, SPAN("value"), T0);
	assert_true(one != 0);
	assert_true(one == redact_value_hash(a, SPAN("value"), T0 + SECOND));
	assert_true(one != redact_value_hash(a, SPAN("valuf"), T0));
	assert_true(one != redact_value_hash(b, SPAN("value"), T0));
	assert_true(one != redact_value_hash(a, SPAN("value"), T0 + 60 * SECOND));
	assert_true(redact_value_hash(a, SPAN("value"), T0 + 60 * SECOND) ==
	    redact_value_hash(b, SPAN("value"), T0 + 60 * SECOND));
	assert_true(one == redact_value_hash(a, SPAN("value"), T0));
	redactor_free(a);
	redactor_free(b);
}

static void
test_only_uuids_are_told_as_ids(void **state)
{
	static const char *bad[] = {"", "4111111111111111",
	    "7F000001:C350_7F000001:1F90_67406A00_0001:0123",
	    "0B5F4A6C-1111-4222-8333-444455556666", "0b5f4a6c-1111-4222-8333-44445555666",
	    "0b5f4a6c01111042220833304444555566666",
	    "0b5f4a6c-1111-4222-8333-44445555666x"};

	struct keyring k = keys_two_epochs();
	const struct span uuid = SPAN("0b5f4a6c-1111-4222-8333-444455556666");
	struct redactor *r;
	char text[TOKEN_TEXT_MAX];

	assert_int_equal(redactor_new(&k, &r), OK);
	for (unsigned i = 1; i < sizeof(bad) / sizeof(*bad); i++) {
		struct span id = redact_request_id(r, span_str(bad[i]), T0, text);

		assert_true(redact_is_token(id));
		assert_true(span_starts(id, SPAN("request_id.1.")));
	}
	assert_int_equal(redact_request_id(r, span_str(bad[0]), T0, text).n, 0);
	assert_int_equal(redact_request_id(r, SPAN_NONE, T0, text).n, 0);
	assert_true(span_eq(redact_request_id(r, uuid, T0, text), uuid));
	redactor_free(r);
}

static void
test_shape_folds_runs(void **state)
{
	static const struct {
		const char *value, *shape;
	} cases[] = {
	    {"Ab3-x", "Aa9-a"},
	    {"", ""},
	    {"hello", "a"},
	    {"HELLO-world_2024", "A-a_9"},
	    {"a b\tc\x01\x02\xc3\xa9", "a*a*a*"},
	    {"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "a9a9a9a9a9a9a9a9a9a9a9a9"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char out[24];

		assert_true(span_eq(redact_shape(span_str(cases[i].value), out),
		    span_str(cases[i].shape)));
	}
}

static void
test_only_tokens_are_tokens(void **state)
{
	static const char *bad[] = {"", "text", "text.1", "text.1.",
	    "text.1.niuwloafg4pyiti27wuzgydn5", "text.1.niuwloafg4pyiti27wuzgydn5ee",
	    "text.1.Niuwloafg4pyiti27wuzgydn5e", "text.1.niuwloafg4pyiti27wuzgydn51",
	    "text.01.niuwloafg4pyiti27wuzgydn5e", "text.65536.niuwloafg4pyiti27wuzgydn5e",
	    "text..niuwloafg4pyiti27wuzgydn5e", ".1.niuwloafg4pyiti27wuzgydn5e",
	    "text.1.niuwloafg4pyiti27wuzgydn5e.x", "te-xt.1.niuwloafg4pyiti27wuzgydn5e"};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(redact_is_token(span_str(bad[i])));
	assert_true(redact_is_token(SPAN("a_1.65535.niuwloafg4pyiti27wuzgydn5e")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_matches_known_vectors),
	    cmocka_unit_test(
		test_token_is_the_same_in_all_instances_and_another_in_each_epoch),
	    cmocka_unit_test(test_token_survives_replaced_states),
	    cmocka_unit_test(test_bad_class_and_missing_epoch_are_errors),
	    cmocka_unit_test(test_links_are_told_once_while_epochs_overlap),
	    cmocka_unit_test(test_links_end_with_the_older_key),
	    cmocka_unit_test(test_many_links_are_all_told),
	    cmocka_unit_test(test_the_token_before_is_the_old_one),
	    cmocka_unit_test(test_value_hash_is_keyed_by_epoch_and_nothing_else),
	    cmocka_unit_test(test_only_uuids_are_told_as_ids),
	    cmocka_unit_test(test_shape_folds_runs),
	    cmocka_unit_test(test_only_tokens_are_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
