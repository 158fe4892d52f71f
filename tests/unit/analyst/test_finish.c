#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyst/finish.h"

#define HEAD "<134>1 2026-11-22T10:00:00.123456+00:00 gw haproxy 4711 - "

static char memory[65536];

static int
parse(const char *text, struct finish *out)
{
	static struct arena a;

	arena_init(&a, memory, sizeof(memory));
	return finish_parse(span_str(text), &a, out);
}

static const char whole[] =
    HEAD "[yett@32473 v=\"1\" sec=\"s3cret\" ctx=\"AAAA\" id=\"7F-1\" fe=\"api\" "
	 "st=\"200\" bi=\"512\" bo=\"+1234\" us=\"-5\" timers=\"0/0/1/3/4\" ts=\"--\" "
	 "ct=\"application/json\" ce=\"-\" cl=\"1100\" loc=\"\" sc=\"sid,lang\" "
	 "act=\"allow\" err=\"-\" m=\"GET\" h=\"a.example\" "
	 "p=\"/q/a\\\"b\\\\c\\]d\" tapst=\"cut\" tap=\"QUJDRA==\"]";

static void
test_every_field_is_read(void **state)
{
	struct finish f;

	assert_int_equal(parse(whole, &f), OK);
	assert_int_equal(f.version, 1);
	assert_int_equal(f.status, 200);
	assert_int_equal(f.request_bytes, 512);
	assert_int_equal(f.response_bytes, 1234);
	assert_int_equal(f.total_us, -5);
	assert_true(span_eq(f.secret, SPAN("s3cret")));
	assert_true(span_eq(f.ctx, SPAN("AAAA")));
	assert_true(span_eq(f.id, SPAN("7F-1")));
	assert_true(span_eq(f.frontend, SPAN("api")));
	assert_true(span_eq(f.timers, SPAN("0/0/1/3/4")));
	assert_true(span_eq(f.state, SPAN("--")));
	assert_true(span_eq(f.content_type, SPAN("application/json")));
	assert_true(span_eq(f.length, SPAN("1100")));
	assert_true(span_eq(f.cookies, SPAN("sid,lang")));
	assert_true(span_eq(f.action, SPAN("allow")));
	assert_true(span_eq(f.method, SPAN("GET")));
	assert_true(span_eq(f.host, SPAN("a.example")));
	assert_true(span_eq(f.path, SPAN("/q/a\"b\\c]d")));
	assert_true(span_absent(f.content_encoding)); /* "-" */
	assert_true(span_absent(f.location)); /* "" */
	assert_true(span_absent(f.error));
	assert_int_equal(finish_tap_state(&f), TAP_CUT);
	assert_int_equal(finish_tap_bytes(&f), 4);
}

/* Bytes after the offset are out of bounds: under a sanitizer reading them ends the test. */
static void
test_no_prefix_of_a_line_is_a_line(void **state)
{
	struct arena a;
	struct finish f;

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, whole, n);
		arena_init(&a, memory, sizeof(memory));
		assert_int_equal(finish_parse(span_make(copy, n), &a, &f), ERR_MALFORMED);
		assert_int_equal(f.status, FINISH_ABSENT);
		assert_true(span_absent(f.ctx));
		free(copy);
	}
}

static void
test_what_is_not_ours_is_refused(void **state)
{
	static const struct {
		const char *line;
		int err;
	} cases[] = {
	    {"", ERR_MALFORMED},
	    {HEAD "- hello", ERR_MALFORMED},
	    {HEAD "[other@32473 v=\"1\"]", ERR_MALFORMED},
	    {HEAD "[yett@324731 v=\"1\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473]", ERR_MALFORMED}, /* no version */
	    {HEAD "[yett@32473 v=\"2\"]", ERR_VERSION},
	    {HEAD "[yett@32473 v=\"1\" st=\"20x\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473 v=\"1\" us=\"99999999999999999999\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473 v=\"1\" id=\"a\" id=\"b\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473 v=\"1\" st=\"1\" st=\"2\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473 v=\"1\" id=\"a]\"]", ERR_MALFORMED}, /* not escaped */
	    {HEAD "[yett@32473 v=\"1\" id=\"a\\n\"]", ERR_MALFORMED}, /* not an escape */
	    {HEAD "[yett@32473 v=\"1\"  id=\"a\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473 v=\"1\" longname=\"a\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473 v=\"1\" =\"a\"]", ERR_MALFORMED},
	    {HEAD "[yett@32473 v=1]", ERR_MALFORMED},
	    {"<>1 t h a p - [yett@32473 v=\"1\"]", ERR_MALFORMED},
	    {"<13x>1 t h a p - [yett@32473 v=\"1\"]", ERR_MALFORMED},
	    {"<134>2 t h a p - [yett@32473 v=\"1\"]", ERR_MALFORMED},
	    {"<134>1 t h a p [yett@32473 v=\"1\"]", ERR_MALFORMED},
	    {"<134>1 t h a p - [yett@32473 v=\"1\"]", OK},
	    {"<134>1 t h a p - [yett@32473 v=\"1\"] site's own line ]\"", OK},
	    {HEAD "[yett@32473 v=\"1\" newer=\"x\" st=\"404\"]", OK},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct finish f;
		int err = parse(cases[i].line, &f);

		if (err != cases[i].err)
			fail_msg("%s: %s", cases[i].line, err_str(err));
	}
}

static void
test_full_arena_is_an_error(void **state)
{
	char small[4];
	struct arena a;
	struct finish f;

	arena_init(&a, small, sizeof(small));
	assert_int_equal(finish_parse(span_str(whole), &a, &f), ERR_FULL);
	assert_true(span_absent(f.path));
}

static void
test_tap_bytes_undo_base64(void **state)
{
	static const struct {
		const char *tap;
		size_t bytes;
	} cases[] = {{"", 0}, {"QQ==", 1}, {"QUI=", 2}, {"QUJD", 3}, {"QUJDRA", 4}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct finish f = {.tap = span_str(cases[i].tap)};

		assert_int_equal(finish_tap_bytes(&f), cases[i].bytes);
		assert_int_equal(finish_tap_state(&f), TAP_NONE);
	}
}

static void
test_frames_are_cut_at_their_count(void **state)
{
	static const char stream[] = "5 hello11 hello world3 abc";
	struct span rest = span_str(stream), msg;

	assert_int_equal(finish_frame(&rest, 100, &msg), OK);
	assert_true(span_eq(msg, SPAN("hello")));
	assert_int_equal(finish_frame(&rest, 100, &msg), OK);
	assert_true(span_eq(msg, SPAN("hello world")));
	assert_int_equal(finish_frame(&rest, 100, &msg), OK);
	assert_true(span_eq(msg, SPAN("abc")));
	assert_int_equal(finish_frame(&rest, 100, &msg), ERR_AGAIN);
	assert_int_equal(rest.n, 0);
}

static void
test_frame_of_every_prefix_waits(void **state)
{
	static const char stream[] = "11 hello world";

	for (size_t n = 0; n < sizeof(stream) - 1; n++) {
		struct span rest = span_make(stream, n), msg;

		assert_int_equal(finish_frame(&rest, 100, &msg), ERR_AGAIN);
		assert_int_equal(rest.n, n);
		assert_true(span_absent(msg));
	}
}

static void
test_frames_that_cannot_be_mended(void **state)
{
	static const struct {
		const char *stream;
		int err;
	} cases[] = {
	    {" x", ERR_MALFORMED},
	    {"0 ", ERR_MALFORMED},
	    {"05 hello", ERR_MALFORMED},
	    {"-5 hello", ERR_MALFORMED},
	    {"5x hello", ERR_MALFORMED},
	    {"<134>1 line", ERR_MALFORMED}, /* no octet count configured */
	    {"12345678", ERR_MALFORMED}, /* longer than any count */
	    {"99999999 x", ERR_MALFORMED},
	    {"101 x", ERR_LIMIT},
	    {"100 x", ERR_AGAIN},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct span rest = span_str(cases[i].stream), msg;

		assert_int_equal(finish_frame(&rest, 100, &msg), cases[i].err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_field_is_read),
	    cmocka_unit_test(test_no_prefix_of_a_line_is_a_line),
	    cmocka_unit_test(test_what_is_not_ours_is_refused),
	    cmocka_unit_test(test_full_arena_is_an_error),
	    cmocka_unit_test(test_tap_bytes_undo_base64),
	    cmocka_unit_test(test_frames_are_cut_at_their_count),
	    cmocka_unit_test(test_frame_of_every_prefix_waits),
	    cmocka_unit_test(test_frames_that_cannot_be_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
