#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sketch/distinct.h"

/* A bijection of 64 bits (finaliser of MurmurHash3): distinct inputs, distinct hashes. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdu;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

static void
test_count_is_exact_up_to_32(void **state)
{
	struct distinct d = {0};

	for (uint64_t i = 0; i < DISTINCT_EXACT; i++) {
		for (uint64_t j = 0; j <= i; j++)
			distinct_add(&d, mix(j));
		assert_int_equal(distinct_count(&d), i + 1);
	}
}

/* Root mean square over 200 runs near the theory's 6.5 %, no run beyond 4.5 sigma. */
static void
test_error_is_that_of_256_registers(void **state)
{
	const uint64_t sizes[] = {100, 500, 1000, 10000};

	for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		double square = 0;

		for (uint64_t run = 0; run < 200; run++) {
			struct distinct d = {0};
			double off;

			for (uint64_t i = 0; i < sizes[s]; i++)
				distinct_add(&d, mix(run << 32 | i));
			off = (double)distinct_count(&d) / (double)sizes[s] - 1;
			assert_true(fabs(off) < 0.30);
			square += off * off;
		}
		assert_true(sqrt(square / 200) < 0.075);
	}
}

static void
test_merge_is_free_of_order(void **state)
{
	const uint64_t sizes[] = {0, 5, 31, 32, 33, 40, 300};

	for (unsigned a = 0; a < 7; a++) {
		for (unsigned b = 0; b < 7; b++) {
			struct distinct x = {0}, y = {0}, all = {0}, swapped;
			struct buf p = BUF_INIT, q = BUF_INIT, r = BUF_INIT;

			for (uint64_t i = 0; i < sizes[a]; i++)
				distinct_add(&x, mix(i));
			for (uint64_t i = 0; i < sizes[b]; i++)
				distinct_add(&y, mix(i + 20));
			for (uint64_t i = 0; i < sizes[b]; i++)
				distinct_add(&all, mix(sizes[b] - 1 - i + 20));
			for (uint64_t i = 0; i < sizes[a]; i++)
				distinct_add(&all, mix(i));
			swapped = y;
			distinct_merge(&swapped, &x);
			distinct_merge(&x, &y);
			distinct_pack(&x, &p);
			distinct_pack(&swapped, &q);
			distinct_pack(&all, &r);
			assert_true(span_eq(buf_span(&p), buf_span(&q)));
			assert_true(span_eq(buf_span(&p), buf_span(&r)));
			buf_fini(&p);
			buf_fini(&q);
			buf_fini(&r);
		}
	}
}

static void
test_packed_round_trip(void **state)
{
	const uint64_t sizes[] = {0, 1, 32, 33, 100, 5000};

	for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		struct distinct d = {0}, back = {0};
		struct buf p = BUF_INIT, q = BUF_INIT;

		for (uint64_t i = 0; i < sizes[s]; i++)
			distinct_add(&d, mix(i));
		distinct_pack(&d, &p);
		assert_true(p.n <= 2 + DISTINCT_REGISTERS);
		assert_int_equal(distinct_unpack(&back, buf_span(&p)), OK);
		assert_int_equal(distinct_count(&back), distinct_count(&d));
		distinct_pack(&back, &q);
		assert_true(span_eq(buf_span(&p), buf_span(&q)));
		buf_fini(&p);
		buf_fini(&q);
	}
}

static void
test_unpack_refuses_what_pack_never_writes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int err;
	} cases[] = {
	    {"", 0, ERR_MALFORMED}, {"\x01", 1, ERR_MALFORMED},
	    {"\x02\x00", 2, ERR_VERSION}, {"\x01\x02", 2, ERR_MALFORMED}, /* kind */
	    {"\x01\x00\x01", 3, ERR_MALFORMED}, /* part of a hash */
	    {"\x01\x00\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 18, ERR_MALFORMED}, /* twice */
	    {"\x01\x01\x05", 3, ERR_MALFORMED}, /* registers missing */
	    {"\x01\x01\x7f", 3, ERR_MALFORMED}, /* repeats nothing */
	    {"\x01\x01\x3a\xff\x7f", 5, ERR_MALFORMED}, /* rank 58 */
	    {"\x01\x01\x00\xff\x7f", 5, ERR_MALFORMED}, /* one register too many */
	};
	struct distinct d = {0};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(
		    distinct_unpack(&d, span_make(cases[i].bytes, cases[i].n)),
		    cases[i].err);
		assert_int_equal(d.n, 0);
	}
	/* The same with 256 registers is fine: 1 + 192 + 63. */
	assert_int_equal(distinct_unpack(&d, SPAN("\x01\x01\x00\xff\x7e")), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_count_is_exact_up_to_32),
	    cmocka_unit_test(test_error_is_that_of_256_registers),
	    cmocka_unit_test(test_merge_is_free_of_order),
	    cmocka_unit_test(test_packed_round_trip),
	    cmocka_unit_test(test_unpack_refuses_what_pack_never_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
