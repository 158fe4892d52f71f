#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyst/linekey.h"

#define S INT64_C(1000000)

/* Epoch 1 ends at 100 s, epoch 2 is open. */
static void
keys_make(struct line_keys *k)
{
	struct keyring r = {.n = 2};

	r.secret[0].epoch = 1;
	r.secret[0].until_us = 100 * S;
	r.secret[1].epoch = 2;
	memset(r.secret[0].key, 1, SECRET_BYTES);
	memset(r.secret[1].key, 2, SECRET_BYTES);
	assert_int_equal(line_keys_init(k, &r), OK);
}

static void
test_secrets_of_overlapping_epochs_are_good(void **state)
{
	struct line_keys k;
	char text[LINE_SECRET_TEXT + 1] = "";

	keys_make(&k);
	for (unsigned i = 0; i < 2; i++) {
		struct span secret = span_make(text, LINE_SECRET_TEXT);

		memcpy(text, k.key[i].secret, LINE_SECRET_TEXT);
		assert_true(line_keys_secret_ok(&k, secret, 99 * S));
		assert_int_equal(line_keys_secret_ok(&k, secret, 100 * S), i == 1);
		text[5] ^= 1;
		assert_false(line_keys_secret_ok(&k, secret, 99 * S));
		text[5] ^= 1;
		secret.n--;
		assert_false(line_keys_secret_ok(&k, secret, 99 * S));
	}
	assert_false(line_keys_secret_ok(&k, SPAN_NONE, 99 * S));
}

static void
test_ctx_is_opened_by_its_epoch(void **state)
{
	static const struct {
		uint16_t epoch;
		unsigned key;
		int64_t now_us;
		int err;
	} cases[] = {
	    {1, 0, 50 * S, OK}, {2, 1, 50 * S, OK},
	    {1, 1, 50 * S, ERR_SIGNATURE}, /* says 1, sealed with 2 */
	    {3, 1, 50 * S, ERR_SIGNATURE},
	    {1, 0, 100 * S, ERR_SIGNATURE}, /* its epoch has ended */
	    {2, 1, 171 * S, ERR_EXPIRED},
	    {2, 1, 40 * S, ERR_EXPIRED}, /* from the future */
	    {2, 1, 46 * S, OK}, /* within 5 s */
	};
	struct line_keys k;

	keys_make(&k);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ctx c = {.epoch = cases[i].epoch,
			       .time_us = 50 * S,
			       .sequence = 9},
			   out;
		char text[CTX_TEXT_MAX];
		struct span sealed = ctx_seal(&c, k.key[cases[i].key].ctx, text);

		assert_int_equal(
		    line_keys_ctx_open(&k, sealed, cases[i].now_us, 120 * S, &out),
		    cases[i].err);
		assert_int_equal(out.sequence, cases[i].err ? 0 : 9);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_secrets_of_overlapping_epochs_are_good),
	    cmocka_unit_test(test_ctx_is_opened_by_its_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
