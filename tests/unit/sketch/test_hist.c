#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sketch/hist.h"

static uint64_t
rng(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void
test_bins_tile_the_range(void **state)
{
	for (unsigned bin = 0; bin + 1 < HIST_BINS; bin++) {
		assert_int_equal(hist_bin(hist_low(bin)), bin);
		assert_int_equal(hist_bin(hist_low(bin + 1) - 1), bin);
		assert_int_equal(hist_bin(hist_mid(bin)), bin);
	}
	assert_int_equal(hist_bin((UINT64_C(1) << 41) - 1), HIST_BINS - 1);
	assert_int_equal(hist_bin(UINT64_C(1) << 41), HIST_BINS - 1);
	assert_int_equal(hist_bin(UINT64_MAX), HIST_BINS - 1);
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
test_quantile_error_is_within_a_64th(void **state)
{
	enum { N = 20001 };
	static uint64_t value[N];
	struct hist h = {0};
	uint64_t seed = 88172645463325252u;
	const double q[] = {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0};

	for (unsigned i = 0; i < N; i++) {
		value[i] = rng(&seed) >> (24 + rng(&seed) % 40);
		assert_int_equal(hist_add(&h, value[i], 1), OK);
	}
	qsort(value, N, sizeof(*value), compare);
	for (unsigned i = 0; i < sizeof(q) / sizeof(*q); i++) {
		size_t rank = (size_t)(q[i] * N);
		double exact, got = (double)hist_quantile(&h, q[i]);

		if ((double)rank < q[i] * N)
			rank++;
		exact = (double)value[rank - 1];
		assert_true(got >= exact * (1 - 1.0 / 64) - 0.5);
		assert_true(got <= exact * (1 + 1.0 / 64) + 0.5);
	}
	hist_fini(&h);
}

static void
test_empty_has_quantile_zero(void **state)
{
	struct hist h = {0};

	assert_int_equal(hist_quantile(&h, 0.5), 0);
}

/* Any grouping and order of the same additions packs to the same bytes. */
static void
test_merge_is_free_of_order(void **state)
{
	struct hist all = {0}, part[7] = {{0}}, merged = {0};
	struct buf a = BUF_INIT, b = BUF_INIT;
	uint64_t seed = 4711;

	for (unsigned i = 0; i < 5000; i++) {
		uint64_t v = rng(&seed) >> (rng(&seed) % 64);
		uint32_t n = 1 + (uint32_t)(rng(&seed) % 3);

		assert_int_equal(hist_add(&all, v, n), OK);
		assert_int_equal(hist_add(&part[rng(&seed) % 7], v, n), OK);
	}
	for (unsigned i = 7; i-- > 0;)
		assert_int_equal(hist_merge(&merged, &part[i]), OK);
	assert_int_equal(merged.total, all.total);
	assert_int_equal(merged.sum, all.sum);
	hist_pack(&all, &a);
	hist_pack(&merged, &b);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.p, b.p, a.n);
	for (unsigned i = 0; i < 7; i++)
		hist_fini(&part[i]);
	hist_fini(&all);
	hist_fini(&merged);
	buf_fini(&a);
	buf_fini(&b);
}

static void
test_packed_round_trip_keeps_counts(void **state)
{
	struct hist h = {0}, back = {0};
	struct buf packed = BUF_INIT, again = BUF_INIT;
	double off;

	for (unsigned bin = 0; bin < HIST_BINS; bin += 1 + bin % 5)
		assert_int_equal(hist_add(&h, hist_low(bin), bin * 77 + 1), OK);
	hist_pack(&h, &packed);
	assert_int_equal(hist_unpack(&back, buf_span(&packed)), OK);
	assert_int_equal(back.total, h.total);
	off = (double)back.sum / (double)h.sum;
	assert_true(off > 1 - 1.0 / 64 && off < 1 + 1.0 / 32);
	hist_pack(&back, &again);
	assert_int_equal(packed.n, again.n);
	assert_memory_equal(packed.p, again.p, packed.n);
	hist_fini(&h);
	hist_fini(&back);
	buf_fini(&packed);
	buf_fini(&again);
}

static void
test_counts_saturate(void **state)
{
	struct hist h = {0};

	assert_int_equal(hist_add(&h, 7, UINT32_MAX), OK);
	assert_int_equal(hist_add(&h, 7, 5), OK);
	assert_int_equal(h.entry[0].count, UINT32_MAX);
	assert_int_equal(hist_add(&h, UINT64_MAX, 2), OK);
	assert_true(h.sum == UINT64_MAX);
	hist_fini(&h);
}

static void
test_unpack_refuses_what_pack_never_writes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int err;
	} cases[] = {
	    {"", 0, ERR_MALFORMED}, {"\x02", 1, ERR_VERSION},
	    {"\x01\x05", 2, ERR_MALFORMED}, /* a gap without its count */
	    {"\x01\x05\x00", 3, ERR_MALFORMED}, /* count 0 */
	    {"\x01\x80\x00\x01", 4, ERR_MALFORMED}, /* a long form of 0 */
	    {"\x01\xa0\x09\x01", 4, ERR_MALFORMED}, /* bin 1184 */
	    {"\x01\x9f\x09\x01\x00\x01", 6, ERR_MALFORMED}, /* 1183, then 1184 */
	    {"\x01\x05\xff\xff\xff\xff\x1f", 7, ERR_MALFORMED}, /* count over 32 bits */
	    {"\x01\x05\xff\xff\xff\xff\xff\x01", 8, ERR_MALFORMED},
	    {"\x01\xff\xff\xff\xff\x0f\x01", 7, ERR_MALFORMED}, /* gap of 2^32 - 1 */
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct hist h = {0};

		assert_int_equal(hist_add(&h, 3, 3), OK);
		assert_int_equal(
		    hist_unpack(&h, span_make(cases[i].bytes, cases[i].n)), cases[i].err);
		assert_int_equal(h.n, 1); /* nothing of a bad one is kept */
		assert_int_equal(h.total, 3);
		hist_fini(&h);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bins_tile_the_range),
	    cmocka_unit_test(test_quantile_error_is_within_a_64th),
	    cmocka_unit_test(test_empty_has_quantile_zero),
	    cmocka_unit_test(test_merge_is_free_of_order),
	    cmocka_unit_test(test_packed_round_trip_keeps_counts),
	    cmocka_unit_test(test_counts_saturate),
	    cmocka_unit_test(test_unpack_refuses_what_pack_never_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
