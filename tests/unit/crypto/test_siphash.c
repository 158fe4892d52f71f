/* SipHash against the authors' vectors (key 00..0f, message 00, 01, …). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/siphash.h"

static const uint8_t key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void
fill(uint8_t *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		m[i] = (uint8_t)i;
}

static void
test_siphash64_matches_published_vectors(void **state)
{
	uint8_t m[64];

	(void)state;
	fill(m, sizeof m);
	assert_true(siphash64(key, m, 0) == UINT64_C(0x726fdb47dd0e0e31));
	assert_true(siphash64(key, m, 1) == UINT64_C(0x74f839c593dc67fd));
	assert_true(siphash64(key, m, 8) == UINT64_C(0x93f5f5799a932462));
	assert_true(siphash64(key, m, 15) == UINT64_C(0xa129ca6149be45e5));
}

static struct hash128
siphash128(const uint8_t *k, const void *p, size_t n)
{
	struct siphash s;

	siphash_init(&s, k, true);
	siphash_update(&s, p, n);
	return siphash_final128(&s);
}

static void
test_siphash128_matches_published_vectors(void **state)
{
	uint8_t m[64];
	struct hash128 h;

	(void)state;
	fill(m, sizeof m);
	h = siphash128(key, m, 0);
	assert_true(
	    h.lo == UINT64_C(0xe6a825ba047f81a3) && h.hi == UINT64_C(0x930255c71472f66d));
	h = siphash128(key, m, 1);
	assert_true(
	    h.lo == UINT64_C(0x44af996bd8c187da) && h.hi == UINT64_C(0x45fc229b11597634));
}

static void
test_siphash_pieces_equal_whole(void **state)
{
	uint8_t m[200];

	(void)state;
	fill(m, sizeof m);
	for (size_t n = 0; n <= sizeof m; n++)
		for (size_t cut = 0; cut <= n; cut += 3) {
			struct siphash s;

			siphash_init(&s, key, false);
			siphash_update(&s, m, cut);
			siphash_update(&s, m + cut, n - cut);
			assert_true(siphash_final64(&s) == siphash64(key, m, n));
		}
}

static void
test_siphash_tells_absent_from_empty(void **state)
{
	struct siphash a, b;

	(void)state;
	siphash_init(&a, key, true);
	siphash_init(&b, key, true);
	siphash_update_span(&a, SPAN_NONE);
	siphash_update_span(&b, SPAN(""));
	assert_false(hash128_eq(siphash_final128(&a), siphash_final128(&b)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_siphash64_matches_published_vectors),
	    cmocka_unit_test(test_siphash128_matches_published_vectors),
	    cmocka_unit_test(test_siphash_pieces_equal_whole),
	    cmocka_unit_test(test_siphash_tells_absent_from_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
