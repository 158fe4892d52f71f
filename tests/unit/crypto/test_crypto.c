/* Digests, HMAC, HKDF and Ed25519 against the vectors of their RFCs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/encode.h"
#include "crypto/crypto.h"

static void
assert_hex(const void *got, const char *want)
{
	uint8_t bytes[128];
	size_t n = strlen(want) / 2;

	assert_true(n <= sizeof bytes);
	assert_int_equal(hex_decode(span_str(want), bytes, n), OK);
	assert_memory_equal(got, bytes, n);
}

static void
test_digests_match_known_values(void **state)
{
	uint8_t d[SHA256_BYTES];

	(void)state;
	assert_int_equal(crypto_sha256(SPAN("abc"), d), OK);
	assert_hex(d, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(crypto_md5(SPAN("abc"), d), OK);
	assert_hex(d, "900150983cd24fb0d6963f7d28e17f72");
}

static void
test_hmac_matches_rfc4231_and_is_reusable(void **state)
{
	uint8_t d[SHA256_BYTES], key[131];
	struct hmac h;

	(void)state;
	assert_int_equal(hmac_init(&h, SPAN("Jefe")), OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    hmac_sum(&h, SPAN("what do ya want for nothing?"), d), OK);
		assert_hex(d,
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
		assert_int_equal(hmac_sum(&h, SPAN("another"), d), OK);
	}
	/* a key longer than a block (case 6), and none at all */
	memset(key, 0xaa, sizeof key);
	assert_int_equal(hmac_init(&h, span_make(key, sizeof key)), OK);
	assert_int_equal(hmac_sum(&h,
			     SPAN("Test Using Larger Than Block-Size Key - Hash Key "
				  "First"),
			     d),
	    OK);
	assert_hex(d, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	assert_int_equal(hmac_init(&h, SPAN_NONE), OK);
	assert_int_equal(hmac_sum(&h, SPAN_NONE, d), OK);
	assert_hex(d, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void
test_hkdf_matches_rfc5869_case_1(void **state)
{
	uint8_t ikm[22], salt[13], info[10], okm[42];

	(void)state;
	memset(ikm, 0x0b, sizeof ikm);
	for (size_t i = 0; i < sizeof salt; i++)
		salt[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof info; i++)
		info[i] = (uint8_t)(0xf0 + i);
	assert_int_equal(
	    crypto_hkdf(span_make(ikm, sizeof ikm), span_make(salt, sizeof salt),
		span_make(info, sizeof info), okm, sizeof okm),
	    OK);
	assert_hex(okm,
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865");
}

static void
test_ed25519_matches_rfc8032_test_2(void **state)
{
	uint8_t secret[32], public[32], sig[64];
	uint8_t message[1] = {0x72};

	(void)state;
	assert_int_equal(
	    hex_decode(
		SPAN("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
		secret, 32),
	    OK);
	assert_int_equal(ed25519_public(secret, public), OK);
	assert_hex(
	    public, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
	assert_int_equal(ed25519_sign(secret, span_make(message, 1), sig), OK);
	assert_hex(sig,
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
	assert_int_equal(ed25519_verify(public, span_make(message, 1), sig), OK);
	for (size_t i = 0; i < sizeof sig; i++) {
		sig[i] ^= 1;
		assert_int_equal(
		    ed25519_verify(public, span_make(message, 1), sig), ERR_SIGNATURE);
		sig[i] ^= 1;
	}
	assert_int_equal(ed25519_verify(public, SPAN("s"), sig), ERR_SIGNATURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_digests_match_known_values),
	    cmocka_unit_test(test_hmac_matches_rfc4231_and_is_reusable),
	    cmocka_unit_test(test_hkdf_matches_rfc5869_case_1),
	    cmocka_unit_test(test_ed25519_matches_rfc8032_test_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
