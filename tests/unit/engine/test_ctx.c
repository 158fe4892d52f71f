/* ctx: what comes back from HAProxy is ours, unchanged and young enough, or refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/ctx.h"

#define NOW INT64_C(1790000000000000)
#define AGE INT64_C(120000000)

static const uint8_t key[SIPHASH_KEY_BYTES] = "0123456789abcde";

static struct ctx
sample(void)
{
	return (struct ctx){
	    .flags = 0x2a,
	    .worker = 65535,
	    .shard = 3,
	    .epoch = 513,
	    .revision = 0xfffffffe,
	    .time_us = NOW,
	    .sequence = UINT64_C(0x8000000000000001),
	    .identity = UINT64_C(0xfedcba9876543210),
	    .endpoint = UINT64_C(0x8123456789abcdef),
	};
}

static void
test_ctx_comes_back_whole(void **state)
{
	struct ctx c = sample(), back;
	char text[CTX_TEXT_MAX];
	struct span s = ctx_seal(&c, key, text);
	uint16_t epoch;

	assert_int_equal(s.n, 75);
	assert_int_equal(ctx_open(s, key, NOW + AGE, AGE, &back), OK);
	assert_int_equal(back.flags, c.flags);
	assert_int_equal(back.worker, c.worker);
	assert_int_equal(back.shard, c.shard);
	assert_int_equal(back.epoch, c.epoch);
	assert_true(back.revision == c.revision);
	assert_true(back.time_us == c.time_us);
	assert_true(back.sequence == c.sequence);
	assert_true(back.identity == c.identity);
	assert_true(back.endpoint == c.endpoint);
	assert_int_equal(ctx_epoch(s, &epoch), OK);
	assert_int_equal(epoch, 513);
}

static void
test_ctx_refuses_every_changed_character(void **state)
{
	struct ctx c = sample(), back;
	char text[CTX_TEXT_MAX];
	struct span s = ctx_seal(&c, key, text);

	for (size_t i = 0; i < s.n; i++) {
		char was = text[i];

		/* The last character carries 4 unused bits; change a used one. */
		text[i] = was == 'A' ? 'Q' : 'A';
		if (i == s.n - 1)
			text[i] = was < 'a' ? 'g' : 'A';
		assert_int_not_equal(ctx_open(s, key, NOW, AGE, &back), OK);
		assert_true(back.sequence == 0);
		text[i] = was;
	}
	assert_int_equal(ctx_open(s, key, NOW, AGE, &back), OK);
}

static void
test_ctx_refuses_every_other_length(void **state)
{
	struct ctx c = sample(), back;
	char text[CTX_TEXT_MAX] = {0};
	struct span s = ctx_seal(&c, key, text);
	uint16_t epoch;

	for (size_t n = 0; n <= CTX_TEXT_MAX; n++) {
		if (n == s.n)
			continue;
		assert_int_equal(
		    ctx_open(span_make(text, n), key, NOW, AGE, &back), ERR_MALFORMED);
		assert_int_equal(ctx_epoch(span_make(text, n), &epoch), ERR_MALFORMED);
	}
	assert_int_equal(ctx_open(SPAN_NONE, key, NOW, AGE, &back), ERR_MALFORMED);
}

static void
test_ctx_forged_with_another_key_is_refused(void **state)
{
	static const uint8_t other[SIPHASH_KEY_BYTES] = "0123456789abcdf";
	struct ctx c = sample(), back;
	char text[CTX_TEXT_MAX];

	assert_int_equal(
	    ctx_open(ctx_seal(&c, other, text), key, NOW, AGE, &back), ERR_SIGNATURE);
}

/* A replay is refused once it is older than the longest timeout. */
static void
test_ctx_ages(void **state)
{
	static const struct {
		int64_t now;
		int rc;
	} cases[] = {
	    {NOW - 5000001, ERR_EXPIRED},
	    {NOW - 5000000, OK},
	    {NOW, OK},
	    {NOW + AGE, OK},
	    {NOW + AGE + 1, ERR_EXPIRED},
	};
	struct ctx c = sample(), back;
	char text[CTX_TEXT_MAX];
	struct span s = ctx_seal(&c, key, text);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(ctx_open(s, key, cases[i].now, AGE, &back), cases[i].rc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctx_comes_back_whole),
	    cmocka_unit_test(test_ctx_refuses_every_changed_character),
	    cmocka_unit_test(test_ctx_refuses_every_other_length),
	    cmocka_unit_test(test_ctx_forged_with_another_key_is_refused),
	    cmocka_unit_test(test_ctx_ages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
