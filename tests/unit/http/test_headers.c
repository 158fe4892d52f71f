/* The header index over HAProxy's binary block. */
#include "http/headers.h"
#include "tests/unit/http/fixture.h"

/* Builds the block of pairs of texts up to NULL; lengths under 240 take one byte. */
static struct span
block(const char *const *text, bool end)
{
	static char out[65536];
	size_t n = 0;

	for (; *text; text++) {
		size_t length = strlen(*text);

		assert_true(length < 240 && n + length + 3 < sizeof(out));
		out[n++] = (char)length;
		memcpy(out + n, *text, length);
		n += length;
	}
	if (end) {
		out[n++] = 0;
		out[n++] = 0;
	}
	return exact_span(span_make(out, n));
}

static const char *const typical[] = {"host", "api.example.org", "user-agent", "curl/8",
    "accept", "*/*", "x-api-key", "k1", "cookie", "a=1", "content-type",
    "application/json", "cookie", "b=2", "x-trace", "", NULL};

static void
test_known_headers_are_found_without_a_search(void **state)
{
	struct headers h;

	assert_int_equal(headers_parse(&h, block(typical, true), 256, &arena), OK);
	assert_int_equal(h.n, 8);
	assert_false(h.truncated);
	assert_false(h.over_limit);
	assert_span(headers_known(&h, HDR_HOST), "api.example.org");
	assert_span(headers_known(&h, HDR_X_API_KEY), "k1");
	assert_span(headers_known(&h, HDR_COOKIE), "a=1");
	assert_int_equal(h.count[HDR_COOKIE], 2);
	assert_span(headers_known(&h, HDR_ORIGIN), NULL);
	assert_span(headers_get(&h, SPAN("user-agent")), "curl/8");
	assert_span(headers_get(&h, SPAN("x-trace")), "");
	assert_span(headers_get(&h, SPAN("x-none")), NULL);
	assert_int_equal(h.h[7].id, -1);
}

static void
test_every_known_name_has_its_id(void **state)
{
	static const char *const name[] = {
#define X(id, text) [id] = text,
	    HEADER_TABLE(X)
#undef X
	};

	for (int i = 0; i < HEADER_KNOWN; i++) {
		const char *const one[] = {name[i], "v", NULL};
		struct headers h;

		assert_int_equal(headers_parse(&h, block(one, true), 256, &arena), OK);
		assert_int_equal(h.h[0].id, i);
		assert_int_equal(h.first[i], 1);
	}
}

static void
test_missing_end_means_truncated(void **state)
{
	struct headers h;

	assert_int_equal(headers_parse(&h, block(typical, false), 256, &arena), OK);
	assert_true(h.truncated);
	assert_int_equal(h.n, 8);
	assert_int_equal(headers_parse(&h, exact(""), 256, &arena), OK);
	assert_true(h.truncated);
	assert_int_equal(headers_parse(&h, SPAN_NONE, 256, &arena), OK);
	assert_false(h.truncated);
}

static void
test_every_cut_is_truncated_or_malformed(void **state)
{
	struct span whole = block(typical, true);

	for (size_t n = 0; n < whole.n; n++) {
		struct headers h;
		size_t used = arena.used;
		int rc = headers_parse(&h, exact_span(span_head(whole, n)), 256, &arena);

		if (rc == OK) {
			assert_true(h.truncated);
		} else {
			assert_int_equal(rc, ERR_MALFORMED);
			assert_int_equal(h.n, 0);
			assert_int_equal(arena.used, used);
		}
	}
}

static void
test_wrong_lengths_are_malformed(void **state)
{
	static const struct span bad[] = {
	    SPAN("\x05"
		 "ab"),
	    SPAN("\x01"
		 "a\x05"
		 "b"),
	    SPAN("\x00\x01"
		 "x"),
	    SPAN("\x01"
		 "a\x01"
		 "b\x00\x00x"),
	    SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	    SPAN("\xff\xfe\xff\xff\xff\xff\xff\xff\xff\x0f"),
	    SPAN("\x01"
		 "a\xf0"),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct headers h;

		assert_int_equal(
		    headers_parse(&h, exact_span(bad[i]), 256, &arena), ERR_MALFORMED);
	}
}

static void
test_long_value_has_a_long_length(void **state)
{
	/* 256 is f0 01 (yett-spoe(7)) */
	char bin[300] = "\x01"
			"a\xf0\x01";
	struct headers h;

	memset(bin + 4, 'v', 256);
	bin[260] = bin[261] = 0;
	assert_int_equal(
	    headers_parse(&h, exact_span(span_make(bin, 262)), 256, &arena), OK);
	assert_int_equal(h.h[0].value.n, 256);
}

static void
test_headers_over_the_limit_are_not_read(void **state)
{
	struct headers h;

	assert_int_equal(headers_parse(&h, block(typical, true), 8, &arena), OK);
	assert_false(h.over_limit);
	assert_int_equal(headers_parse(&h, block(typical, true), 7, &arena), OK);
	assert_true(h.over_limit);
	assert_int_equal(h.n, 7);
}

static uint64_t
order(const char *const *text)
{
	struct headers h;

	assert_int_equal(headers_parse(&h, block(text, true), 256, &arena), OK);
	return h.order_hash;
}

static void
test_order_hash_is_of_names_in_order(void **state)
{
	const char *const ab[] = {"host", "1", "accept", "x", NULL};
	const char *const ab2[] = {"host", "2", "accept", "yy", NULL};
	const char *const ba[] = {"accept", "x", "host", "1", NULL};
	const char *const body[] = {"host", "1", "content-length", "9", "accept", "x",
	    "authorization", "Bearer t", "x-request-id", "1", "sec-fetch-user", "?1",
	    NULL};
	const char *const more[] = {"host", "1", "accept", "x", "te", "trailers", NULL};
	const char *const joined[] = {"hostaccept", "1", NULL};

	assert_int_equal(order(ab), order(ab2));
	assert_int_equal(order(ab), order(body));
	assert_int_not_equal(order(ab), order(ba));
	assert_int_not_equal(order(ab), order(more));
	assert_int_not_equal(order(ab), order(joined));
	/* the same on every gateway: in rules and identities */
	assert_int_equal(order(ab), UINT64_C(0xa2218bc2bae9d1a6));
}

static void
test_full_arena_is_an_error(void **state)
{
	struct headers h;

	arena.used = arena.size - 100;
	assert_int_equal(headers_parse(&h, block(typical, true), 256, &arena), ERR_FULL);
	assert_int_equal(h.n, 0);
}

static void
test_memory_is_that_of_the_headers_read(void **state)
{
	struct headers h;

	assert_int_equal(headers_parse(&h, block(typical, true), 256, &arena), OK);
	assert_true(arena.used <= 8 * sizeof(struct header) + 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_known_headers_are_found_without_a_search),
	    UNIT(test_every_known_name_has_its_id),
	    UNIT(test_missing_end_means_truncated),
	    UNIT(test_every_cut_is_truncated_or_malformed),
	    UNIT(test_wrong_lengths_are_malformed),
	    UNIT(test_long_value_has_a_long_length),
	    UNIT(test_headers_over_the_limit_are_not_read),
	    UNIT(test_order_hash_is_of_names_in_order),
	    UNIT(test_full_arena_is_an_error),
	    UNIT(test_memory_is_that_of_the_headers_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
