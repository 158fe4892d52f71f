/* Arena, buffer, map, clock text, encodings, JSON writer, log quoting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/map.h"

static void
test_arena_never_gives_more_than_it_has(void **state)
{
	static uint8_t mem[256];
	struct arena a;
	size_t mark;

	(void)state;
	arena_init(&a, mem + 1, 255);
	assert_non_null(arena_alloc(&a, 100));
	mark = arena_mark(&a);
	assert_null(arena_alloc(&a, 200));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_text(&a, SIZE_MAX - 3));
	assert_int_equal((uintptr_t)arena_alloc(&a, 1) % 16, 0);
	arena_release(&a, mark);
	assert_int_equal(arena_mark(&a), mark);
	assert_true(span_absent(arena_copy(&a, span_make(mem, 256))));
	arena_reset(&a);
	assert_non_null(arena_text(&a, 255));
}

static void
test_buf_limit_is_sticky_and_harmless(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_put_str(&b, "12345");
	buf_printf(&b, "%s", "6789012345");
	assert_int_equal(buf_err(&b), ERR_LIMIT);
	buf_put_char(&b, 'x');
	assert_int_equal(b.n, 5);
	buf_clear(&b);
	buf_put_str(&b, "1234567890");
	assert_int_equal(buf_err(&b), OK);
	buf_consume(&b, 4);
	assert_string_equal(b.p, "567890");
	buf_fini(&b);
}

static void
test_map_agrees_with_a_plain_table(void **state)
{
	enum { N = 300 };
	struct map m;
	uint32_t plain[N];
	uint64_t x = 88172645463325252u;

	(void)state;
	memset(plain, 0xff, sizeof plain);
	assert_int_equal(map_init(&m, 100), OK);
	for (int i = 0; i < 200000; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		uint64_t key =
		    x % N; /* few keys, long runs: deletion must not break chains */
		uint64_t spread = key * 8; /* crowded homes */

		if (x >> 60 < 8) {
			int rc = map_put(&m, spread, (uint32_t)i);

			if (rc == OK)
				plain[key] = (uint32_t)i;
			else
				assert_true(rc == ERR_FULL && m.n == 100 &&
				    plain[key] == MAP_NONE);
		} else {
			assert_int_equal(map_remove(&m, spread), plain[key] != MAP_NONE);
			plain[key] = MAP_NONE;
		}
		if (i % 1000 == 0)
			for (uint64_t k = 0; k < N; k++)
				assert_int_equal(map_get(&m, k * 8), plain[k]);
	}
	map_fini(&m);
}

static void
test_clock_text_round_trips(void **state)
{
	static const int64_t times[] = {
	    0, 1, 1795339940000123, 951782400000000, 4102444799999999};
	char text[CLOCK_TEXT_MAX];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		assert_int_equal(clock_parse(clock_format(times[i], text), &back), OK);
		assert_true(back == times[i]);
	}
	assert_int_equal(clock_parse(SPAN("2026-11-22T10:00:00+02:00"), &back), OK);
	assert_true(back == 1795334400000000);
	assert_int_equal(clock_parse(SPAN("2026-11-22"), &back), OK);
	assert_int_equal(clock_parse(SPAN("2026-13-22"), &back), ERR_MALFORMED);
	assert_int_equal(clock_parse(SPAN("2026-11-22T10:00"), &back), ERR_MALFORMED);
	assert_int_equal(clock_parse(SPAN("2026-11-22T10:00:00"), &back), ERR_MALFORMED);
	assert_int_equal(clock_parse(SPAN("now"), &back), ERR_MALFORMED);
	assert_int_equal(clock_parse(SPAN("2028-02-29"), &back), OK);
	assert_int_equal(clock_parse(SPAN("2027-02-29"), &back), ERR_MALFORMED);
	assert_int_equal(clock_parse(SPAN("2100-02-29"), &back), ERR_MALFORMED);
	assert_int_equal(clock_parse(SPAN("2027-04-31"), &back), ERR_MALFORMED);
}

static void
test_encodings_round_trip_and_refuse(void **state)
{
	uint8_t in[64], out[64];
	char text[128];
	size_t n;

	(void)state;
	for (size_t len = 0; len <= sizeof in; len++) {
		for (size_t i = 0; i < len; i++)
			in[i] = (uint8_t)(i * 37 + len);
		assert_int_equal(b64url_encode(in, len, text), B64URL_LEN(len));
		assert_int_equal(
		    b64_decode(span_make(text, B64URL_LEN(len)), out, sizeof out, &n),
		    OK);
		assert_int_equal(n, len);
		assert_memory_equal(in, out, len);
		hex_encode(in, len, text);
		assert_int_equal(hex_decode(span_make(text, HEX_LEN(len)), out, len), OK);
		assert_memory_equal(in, out, len);
	}
	assert_int_equal(b64_decode(SPAN("A"), out, sizeof out, &n), ERR_MALFORMED);
	assert_int_equal(b64_decode(SPAN("AA*A"), out, sizeof out, &n), ERR_MALFORMED);
	assert_int_equal(b64_decode(SPAN("AAAA"), out, 2, &n), ERR_RANGE);
	assert_int_equal(b64_decode(SPAN("+/8="), out, sizeof out, &n), OK);
	assert_int_equal(hex_decode(SPAN("0g"), out, 1), ERR_MALFORMED);
	assert_int_equal(hex_decode(SPAN("000"), out, 1), ERR_MALFORMED);
}

static void
test_json_always_parses(void **state)
{
	struct buf b = BUF_INIT;
	struct jsonw w;

	(void)state;
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_kv_span(&w, "a\"b", span_make("x\x01\xff\xc0\xafy\xe2\x82\xac\n", 9));
	jsonw_kv_span(&w, "none", SPAN_NONE);
	jsonw_key(&w, "list");
	jsonw_array(&w);
	jsonw_int(&w, -5);
	jsonw_double(&w, 0.0 / 0.0);
	jsonw_object(&w);
	jsonw_object_end(&w);
	jsonw_array_end(&w);
	jsonw_kv_bool(&w, "t", true);
	jsonw_object_end(&w);
	assert_string_equal(b.p,
	    "{\"a\\\"b\":\"x\\u0001\\ufffd\\ufffd\\ufffdy\xe2\x82\xac\",\"none\":null,"
	    "\"list\":[-5,null,{}],\"t\":true}");
	buf_fini(&b);
}

static void
test_log_quote_leaves_no_control_bytes(void **state)
{
	char raw[2000], out[LOG_QUOTED_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (char)i;
	log_quote(span_make(raw, sizeof raw), out);
	assert_true(strlen(out) < LOG_QUOTED_MAX);
	for (const char *p = out; *p; p++)
		assert_true(*p >= 0x20 && *p < 0x7f);
	assert_string_equal(log_quote(SPAN("a\"b\n"), out), "\"a\\\"b\\x0a\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena_never_gives_more_than_it_has),
	    cmocka_unit_test(test_buf_limit_is_sticky_and_harmless),
	    cmocka_unit_test(test_map_agrees_with_a_plain_table),
	    cmocka_unit_test(test_clock_text_round_trips),
	    cmocka_unit_test(test_encodings_round_trip_and_refuse),
	    cmocka_unit_test(test_json_always_parses),
	    cmocka_unit_test(test_log_quote_leaves_no_control_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
