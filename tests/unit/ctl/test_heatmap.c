/* Heat maps for terminals, as they stand on the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "control/ctl/heatmap.h"

#define HOUR INT64_C(3600000000)
#define DAY (24 * HOUR)

static const struct heatmap_cell cells[] = {
    {0, 128, 1}, {0, 192, 10}, {0, 256, 1000}, {HOUR, 256, 900}, {HOUR, 1024, 3},
    {3 * HOUR, 96, 1}, {3 * HOUR, 256, 100000}, {3 * HOUR, 1572864, 1},
    {-HOUR, 256, 5}, /* outside */
    {6 * HOUR, 256, 5}, {2 * HOUR, 16, 0}, /* nothing */
};

static void
expect(const struct heatmap_cell *cell, size_t n, int64_t to, int64_t step, size_t width,
    bool utf8, const char *wanted)
{
	struct heatmap_style style = {width, utf8};
	struct buf out = BUF_INIT;

	assert_int_equal(heatmap_print(cell, n, 0, to, step, &style, &out), OK);
	assert_string_equal(out.p ? out.p : "", wanted);
	buf_fini(&out);
}

#define N (sizeof cells / sizeof *cells)

static void
test_a_map_in_plain_ascii_and_in_blocks(void **state)
{
	(void)state;
	expect(cells, N, 6 * HOUR, HOUR, 0, false,
	    "  1.05s    .\n"
	    "  524ms\n"
	    "  262ms\n"
	    "  131ms\n"
	    " 65.5ms\n"
	    " 32.8ms\n"
	    " 16.4ms\n"
	    " 8.19ms\n"
	    "  4.1ms\n"
	    " 2.05ms\n"
	    " 1.02ms  .\n"
	    "  512us\n"
	    "  256us ++ @\n"
	    "  128us :\n"
	    "   64us    .\n"
	    "        +-----\n"
	    "        1970-01-01T00:00Z to 1970-01-01T06:00Z, darkest: 100000 requests\n");
	expect(cells, 5, 2 * HOUR, HOUR, 0, true,
	    " 1.02ms  ░\n"
	    "  768µs\n"
	    "  512µs\n"
	    "  384µs\n"
	    "  256µs █▓\n"
	    "  192µs ▒\n"
	    "  128µs ░\n"
	    "        └─\n"
	    "        1970-01-01T00:00Z to 1970-01-01T02:00Z, darkest: 1000 requests\n");
}

static void
test_one_request_is_seen(void **state)
{
	static const struct heatmap_cell one[] = {{HOUR, 0, 1}};

	(void)state;
	expect(one, 1, 3 * HOUR, HOUR, 0, false,
	    "    0us  @\n"
	    "        +--\n"
	    "        1970-01-01T00:00Z to 1970-01-01T03:00Z, darkest: 1 requests\n");
}

static void
test_long_windows_fit_the_terminal(void **state)
{
	struct heatmap_cell week[168];
	struct heatmap_style style = {40, false};
	struct buf out = BUF_INIT;
	struct span rest;
	uint64_t marks = 0;

	(void)state;
	for (int i = 0; i < 168; i++)
		week[i] = (struct heatmap_cell){i * HOUR, 1024, 7};
	assert_int_equal(heatmap_print(week, 168, 0, 7 * DAY, HOUR, &style, &out), OK);
	rest = buf_span(&out);
	for (struct span line = span_cut(&rest, '\n'); span_find(line, '@') < line.n;
	     line = span_cut(&rest, '\n')) {
		assert_true(line.n <= 40);
		for (size_t i = 0; i < line.n; i++)
			marks += line.p[i] == '@';
	}
	assert_int_equal(marks, 28); /* six hours in each column */
	buf_fini(&out);
}

static void
test_nothing_to_show_shows_nothing(void **state)
{
	(void)state;
	expect(cells, 0, HOUR, HOUR, 0, false, "");
	expect(cells, N, 0, HOUR, 0, false, "");
	expect(cells + 8, 3, 6 * HOUR, HOUR, 0, false, "");
	expect(cells, N, HOUR, 0, 0, false, "");
}

static void
test_any_latency_has_a_row(void **state)
{
	struct heatmap_style style = {0, false};
	struct buf out = BUF_INIT;

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		struct heatmap_cell two[] = {
		    {0, 1, 1}, {0, UINT64_C(1) << bit, UINT64_MAX / 4}};

		buf_clear(&out);
		assert_int_equal(heatmap_print(two, 2, 0, HOUR, HOUR, &style, &out), OK);
		assert_true(out.n > 0);
	}
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_map_in_plain_ascii_and_in_blocks),
	    cmocka_unit_test(test_one_request_is_seen),
	    cmocka_unit_test(test_long_windows_fit_the_terminal),
	    cmocka_unit_test(test_nothing_to_show_shows_nothing),
	    cmocka_unit_test(test_any_latency_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
