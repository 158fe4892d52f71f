/* Content encodings: both forms of deflate, members, limits, broken streams. */
#include <zlib.h>

#include "tests/unit/http/fixture.h"

#define GZIP (15 + 16)
#define ZLIB 15
#define RAW (-15)

static struct body_result result;
static struct span out;

static struct span
deflated(struct span s, int bits)
{
	static char buffer[1 << 18];
	z_stream z = {0};

	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)s.p;
	z.avail_in = (uInt)s.n;
	z.next_out = (Bytef *)buffer;
	z.avail_out = sizeof(buffer);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	s = span_make(buffer, sizeof(buffer) - z.avail_out);
	deflateEnd(&z);
	return exact_span(s);
}

static void
inflate_as(struct span body, const char *encoding)
{
	assert_int_equal(
	    body_inflate(body, span_str(encoding), &limits, &out, &result, &arena), OK);
}

static void
test_each_encoding_is_undone(void **state)
{
	const char *text = "{\"a\":1,\"b\":\"some text, some text, some text\"}";
	struct span s = exact(text);
	static const struct {
		int bits;
		const char *encoding;
	} one[] = {
	    {GZIP, "gzip"},
	    {GZIP, "X-Gzip"},
	    {ZLIB, "deflate"},
	    {RAW, "Deflate"},
	    {GZIP, " identity , gzip"},
	};

	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		arena_reset(&arena);
		inflate_as(deflated(s, one[i].bits), one[i].encoding);
		assert_span(out, text);
		assert_int_equal(result.state, BODY_COMPLETE);
		assert_int_equal(result.flags, BODY_INFLATED);
		assert_int_equal(result.offset, strlen(text));
		/* zlib's own memory was given back */
		assert_int_equal(arena.used, out.n);
	}
	inflate_as(deflated(deflated(s, ZLIB), GZIP), "deflate, gzip");
	assert_span(out, text);
}

static void
test_identity_is_the_body_itself(void **state)
{
	struct span s = exact("abc");

	inflate_as(s, "identity");
	assert_ptr_equal(out.p, s.p);
	assert_int_equal(result.flags, 0);
	inflate_as(s, "");
	assert_ptr_equal(out.p, s.p);
	assert_int_equal(body_inflate(s, SPAN_NONE, &limits, &out, &result, &arena), OK);
	assert_ptr_equal(out.p, s.p);
}

static void
test_unknown_or_too_many_encodings_are_named(void **state)
{
	static const char *const bad[] = {
	    "br", "zstd", "gzip, br", "gzip,gzip,gzip,gzip", "gzip deflate"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		inflate_as(exact("abc"), bad[i]);
		assert_int_equal(result.state, BODY_MALFORMED);
		assert_int_equal(result.flags, BODY_BAD_ENCODING);
		assert_int_equal(out.n, 0);
	}
}

static void
test_gzip_members_are_joined(void **state)
{
	struct span a = deflated(exact("first "), GZIP),
		    b = deflated(exact("second"), GZIP);
	char *both = malloc(a.n + b.n);

	assert_non_null(both);
	memcpy(both, a.p, a.n);
	memcpy(both + a.n, b.p, b.n);
	inflate_as(exact_span(span_make(both, a.n + b.n)), "gzip");
	assert_span(out, "first second");
	assert_int_equal(result.flags, BODY_INFLATED);
	both[a.n] = 'x';
	inflate_as(exact_span(span_make(both, a.n + b.n)), "gzip");
	assert_span(out, "first ");
	assert_int_equal(result.flags, BODY_INFLATED | BODY_TRAILING);
	free(both);
}

static void
test_every_cut_gives_a_beginning(void **state)
{
	const char *text = "{\"a\":1,\"b\":\"some text, some other text, other words\"}";
	struct span whole = deflated(exact(text), GZIP);

	for (size_t n = 0; n < whole.n; n++) {
		arena_reset(&arena);
		inflate_as(exact_span(span_head(whole, n)), "gzip");
		assert_int_equal(result.state, BODY_TRUNCATED);
		assert_true(out.n <= strlen(text));
		assert_int_equal(strncmp(text, out.p, out.n), 0);
	}
}

static void
test_broken_stream_is_malformed(void **state)
{
	struct span s = deflated(exact("some text, and some more of it"), GZIP);
	char *p = malloc(s.n);

	assert_non_null(p);
	memcpy(p, s.p, s.n);
	p[s.n - 6] ^= 1; /* the CRC */
	inflate_as(exact_span(span_make(p, s.n)), "gzip");
	assert_int_equal(result.state, BODY_MALFORMED);
	assert_int_equal(result.flags, BODY_INFLATED | BODY_BAD_ENCODING);
	inflate_as(exact("not gzip at all"), "gzip");
	assert_int_equal(result.state, BODY_MALFORMED);
	free(p);
}

static void
test_bombs_stop_at_bytes_and_ratio(void **state)
{
	static char zeros[200000];
	const struct body_limits bytes = {.inflate_bytes = 5000, .inflate_ratio = 10000};
	const struct body_limits ratio = {.inflate_bytes = 190000, .inflate_ratio = 50};
	struct span bomb = deflated(span_make(zeros, sizeof(zeros)), GZIP);

	assert_int_equal(
	    body_inflate(bomb, SPAN("gzip"), &bytes, &out, &result, &arena), OK);
	assert_int_equal(out.n, 5000);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(result.flags, BODY_INFLATED | BODY_INFLATE_LIMIT);
	assert_int_equal(
	    body_inflate(bomb, SPAN("gzip"), &ratio, &out, &result, &arena), OK);
	assert_int_equal(out.n, bomb.n * 50);
	assert_int_equal(result.flags, BODY_INFLATED | BODY_INFLATE_LIMIT);
	/* in two layers: the ratio is that of the whole */
	bomb = deflated(bomb, GZIP);
	assert_int_equal(
	    body_inflate(bomb, SPAN("gzip,gzip"), &ratio, &out, &result, &arena), OK);
	assert_true(out.n <= bomb.n * 50 || out.n <= 4096);
	assert_true(result.flags & BODY_INFLATE_LIMIT);
}

static void
test_body_of_exactly_the_limit_is_complete(void **state)
{
	static char text[5000];
	const struct body_limits exactly = {
	    .inflate_bytes = 5000, .inflate_ratio = 10000};
	const struct body_limits less = {.inflate_bytes = 4999, .inflate_ratio = 10000};
	struct span s = deflated(span_make(text, sizeof(text)), ZLIB);

	assert_int_equal(
	    body_inflate(s, SPAN("deflate"), &exactly, &out, &result, &arena), OK);
	assert_int_equal(result.state, BODY_COMPLETE);
	assert_int_equal(out.n, 5000);
	assert_int_equal(
	    body_inflate(s, SPAN("deflate"), &less, &out, &result, &arena), OK);
	assert_int_equal(result.state, BODY_TRUNCATED);
	assert_int_equal(out.n, 4999);
}

static void
test_small_arena_is_an_error(void **state)
{
	struct span s = deflated(exact("text"), GZIP);

	arena.used = arena.size - 1000;
	assert_int_equal(
	    body_inflate(s, SPAN("gzip"), &limits, &out, &result, &arena), ERR_FULL);
	assert_true(span_absent(out));
	assert_int_equal(arena.used, arena.size - 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_each_encoding_is_undone),
	    UNIT(test_identity_is_the_body_itself),
	    UNIT(test_unknown_or_too_many_encodings_are_named),
	    UNIT(test_gzip_members_are_joined),
	    UNIT(test_every_cut_gives_a_beginning),
	    UNIT(test_broken_stream_is_malformed),
	    UNIT(test_bombs_stop_at_bytes_and_ratio),
	    UNIT(test_body_of_exactly_the_limit_is_complete),
	    UNIT(test_small_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
