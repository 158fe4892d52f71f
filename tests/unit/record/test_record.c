#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <msgpack.h>

#include "record/record.h"

/* One record of each kind with every field set to something else. */
static struct record
sample(enum record_kind kind)
{
	struct record r = {.kind = kind};
	uint64_t *summary = &r.summary.requests;

	switch (kind) {
	case RECORD_ENDPOINT:
		r.endpoint = (struct record_endpoint){.hash = UINT64_MAX,
		    .alias_of = 7,
		    .service = SPAN("shop.example.com"),
		    .method = SPAN("GET"),
		    .template_text = SPAN("/users/{number}/{~text.1.abc}"),
		    .operation = SPAN_NONE,
		    .first_us = 1790000000000000,
		    .provisional = 1,
		    .shapes = SPAN("Aa9-a")};
		break;
	case RECORD_SUMMARY:
		r.summary.hash = UINT64_C(1) << 63;
		r.summary.minute_us = -60000000;
		for (unsigned i = 0; i < 19; i++) /* requests … response_bytes */
			summary[i] = UINT64_C(1) << (3 * i);
		r.summary.auth_mask = 0x80000001;
		r.summary.auth_none = 5;
		for (unsigned i = 0; i < 50; i++) {
			assert_int_equal(
			    hist_add(&r.summary.latency_us, i * i * 7, i + 1), OK);
			distinct_add(&r.summary.identities, i * 0x9e3779b97f4a7c15);
		}
		assert_int_equal(hist_add(&r.summary.request_size, 100, 3), OK);
		break;
	case RECORD_DECISION:
		r.decision = (struct record_decision){.minute_us = 60000000,
		    .hash = 9,
		    .action = 2,
		    .shadow_action = 3,
		    .rule = SPAN("exception:no_policy"),
		    .reason = SPAN(""),
		    .revision = 12,
		    .requests = 300,
		    .first_us = 1,
		    .last_us = INT64_MAX,
		    .status = 403,
		    .sample_identity_hi = UINT64_MAX,
		    .sample_identity_lo = 1,
		    .sample_id = SPAN("7F000001:1")};
		distinct_add(&r.decision.identities, 3);
		break;
	case RECORD_COVERAGE:
		r.coverage = (struct record_coverage){.minute_us = 1,
		    .service = SPAN("\xc3\xbc.example"),
		    .requests = 1,
		    .decided = 2,
		    .undecided = 3,
		    .unfinished = 4,
		    .body_partial = 5,
		    .body_none = 6,
		    .ring_dropped = 7,
		    .pending_evicted = 8,
		    .finish_bad = 9,
		    .tap_seen = 10,
		    .tap_cut = 11,
		    .tap_gzip = 12,
		    .overflow = 13};
		break;
	case RECORD_GAP:
		r.gap = (struct record_gap){1, 2, 3, 4, SPAN("spool full")};
		break;
	case RECORD_WORD:
		r.word = (struct record_word){
		    SPAN("text.1.x"), SPAN("Gr\xc3\xb6\xc3\x9f"), 20, 9};
		break;
	case RECORD_OBSERVATION:
		r.observation = (struct record_observation){
		    .at = {UINT64_MAX - 1, FIELD_RESPONSE, FIELD_BODY,
			SPAN("items[].{~text.1.abc}")},
		    .first_us = 11,
		    .last_us = 12,
		    .messages = 13,
		    .present = 14,
		    .values = 15,
		    .types = FIELD_IS_STRING | FIELD_IS_FILE,
		    .status_mask = 0x14,
		    .bytes_max = 16,
		    .cls = {{SPAN("card_number"), 17, 18, 19, 20, -21},
			{SPAN("iban"), 22, 23, 24, 25, 60}}};
		distinct_add(&r.observation.distinct, 5);
		break;
	case RECORD_SUSPECT:
		r.suspect = (struct record_suspect){
		    .at = {7, FIELD_REQUEST, FIELD_PATH, SPAN("1")},
		    .cls = SPAN("email"),
		    .at_us = 1790000000000000,
		    .values = 5,
		    .hits = 4,
		    .score = -71,
		    .evidence = SPAN("email.1.aa, email.1.bb"),
		    .sample_id = SPAN("7F000001:1")};
		break;
	case RECORD_CHILD:
		r.child = (struct record_child){
		    UINT64_C(1) << 63, 2, SPAN("login"), 30, 29, {0}, UINT64_MAX};
		distinct_add(&r.child.identities, 9);
		break;
	case RECORD_LINK:
		r.link = (struct record_link){SPAN("text.1.x"), SPAN("text.2.y"), 33};
		break;
	}
	return r;
}

static void
pack(enum record_kind kind, struct buf *out)
{
	struct record r = sample(kind);

	record_pack(&r, out);
	record_fini(&r);
	assert_int_equal(buf_err(out), OK);
}

static void
test_every_kind_comes_back_as_it_was(void **state)
{
	for (enum record_kind kind = RECORD_ENDPOINT; kind <= RECORD_LINK; kind++) {
		struct buf packed = BUF_INIT, again = BUF_INIT;
		struct record back;
		msgpack_unpacked all;
		size_t used = 0;

		pack(kind, &packed);
		assert_int_equal(record_unpack(buf_span(&packed), &back), OK);
		assert_int_equal(back.kind, kind);
		record_pack(&back, &again);
		assert_true(span_eq(buf_span(&packed), buf_span(&again)));
		record_fini(&back);

		/* What we write, others read. */
		msgpack_unpacked_init(&all);
		assert_int_equal(msgpack_unpack_next(&all, packed.p, packed.n, &used),
		    MSGPACK_UNPACK_SUCCESS);
		assert_int_equal(used, packed.n);
		msgpack_unpacked_destroy(&all);
		buf_fini(&packed);
		buf_fini(&again);
	}
}

static void
test_fields_keep_their_values(void **state)
{
	struct buf packed = BUF_INIT;
	struct record r;

	pack(RECORD_SUMMARY, &packed);
	assert_int_equal(record_unpack(buf_span(&packed), &r), OK);
	assert_true(r.summary.hash == UINT64_C(1) << 63);
	assert_int_equal(r.summary.minute_us, -60000000);
	assert_int_equal(r.summary.requests, 1);
	assert_true(r.summary.response_bytes == UINT64_C(1) << 54);
	assert_int_equal(r.summary.auth_mask, 0x80000001);
	assert_int_equal(r.summary.latency_us.total, 50 * 51 / 2);
	assert_int_equal(r.summary.response_size.n, 0);
	assert_in_range(distinct_count(&r.summary.identities), 40, 60);
	record_fini(&r);
	buf_clear(&packed);

	pack(RECORD_ENDPOINT, &packed);
	assert_int_equal(record_unpack(buf_span(&packed), &r), OK);
	assert_true(span_absent(r.endpoint.operation));
	assert_true(span_eq(r.endpoint.shapes, SPAN("Aa9-a")));
	buf_clear(&packed);

	pack(RECORD_DECISION, &packed);
	assert_int_equal(record_unpack(buf_span(&packed), &r), OK);
	assert_false(span_absent(r.decision.reason));
	assert_int_equal(r.decision.reason.n, 0);
	assert_true(r.decision.sample_identity_hi == UINT64_MAX);
	buf_clear(&packed);

	pack(RECORD_OBSERVATION, &packed);
	assert_int_equal(record_unpack(buf_span(&packed), &r), OK);
	assert_true(span_eq(r.observation.at.path, SPAN("items[].{~text.1.abc}")));
	assert_int_equal(r.observation.types, FIELD_IS_STRING | FIELD_IS_FILE);
	assert_int_equal(r.observation.cls[0].prior, -21);
	assert_int_equal(r.observation.cls[1].contained, 25);
	assert_true(span_absent(r.observation.cls[2].name));
	assert_int_equal(distinct_count(&r.observation.distinct), 1);
	buf_clear(&packed);

	pack(RECORD_SUSPECT, &packed);
	assert_int_equal(record_unpack(buf_span(&packed), &r), OK);
	assert_int_equal(r.suspect.score, -71);
	assert_int_equal(r.suspect.at.location, FIELD_PATH);
	buf_fini(&packed);
}

static void
test_a_cut_record_is_refused_at_every_offset(void **state)
{
	for (enum record_kind kind = RECORD_ENDPOINT; kind <= RECORD_LINK; kind++) {
		struct buf packed = BUF_INIT;
		struct record r;

		pack(kind, &packed);
		for (size_t n = 0; n < packed.n; n++) {
			char *copy = malloc(n ? n : 1);

			memcpy(copy, packed.p, n);
			assert_int_equal(
			    record_unpack(span_make(copy, n), &r), ERR_MALFORMED);
			assert_int_equal(r.kind, 0);
			free(copy);
		}
		buf_put_char(&packed, 0);
		assert_int_equal(record_unpack(buf_span(&packed), &r), ERR_MALFORMED);
		buf_fini(&packed);
	}
}

static void
test_fields_of_a_later_version_are_passed_over(void **state)
{
	/* A gap record with four fields more: a map, an array in an array, an ext, a float. */
	static const char later[] = "\x9b\x01\x05\x01\x02\x03\x04\xa1x"
				    "\x82\xa1"
				    "a\x90\xa1"
				    "b\xc3"
				    "\x91\x91\xc4\x02xy"
				    "\xc7\x01\x05z"
				    "\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18";
	struct record r;

	assert_int_equal(record_unpack(span_make(later, sizeof(later) - 1), &r), OK);
	assert_int_equal(r.gap.requests, 4);
	assert_true(span_eq(r.gap.cause, SPAN("x")));
}

static void
test_what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *what;
		struct span packed;
		int err;
	} cases[] = {
	    {"nothing", SPAN(""), ERR_MALFORMED},
	    {"not an array", SPAN("\x81\x01\x06"), ERR_MALFORMED},
	    {"next version", SPAN("\x97\x02\x06\x01\x02\x03\x04\xa1x"), ERR_VERSION},
	    {"unknown kind", SPAN("\x97\x01\x63\x01\x02\x03\x04\xa1x"), ERR_UNSUPPORTED},
	    {"kind 0", SPAN("\x97\x01\x00\x01\x02\x03\x04\xa1x"), ERR_UNSUPPORTED},
	    {"too few fields", SPAN("\x96\x01\x06\x01\x02\x03\x04"), ERR_MALFORMED},
	    {"negative count", SPAN("\x97\x01\x06\x01\x02\xff\x04\xa1x"), ERR_MALFORMED},
	    {"text for a number", SPAN("\x97\x01\x06\x01\x02\xa1x\x04\xa1x"),
		ERR_MALFORMED},
	    {"number for text", SPAN("\x97\x01\x06\x01\x02\x03\x04\x05"), ERR_MALFORMED},
	    {"not UTF-8", SPAN("\x97\x01\x06\x01\x02\x03\x04\xa1\xff"), ERR_MALFORMED},
	    {"a surrogate", SPAN("\x97\x01\x06\x01\x02\x03\x04\xa3\xed\xa0\x80"),
		ERR_MALFORMED},
	    {"overlong", SPAN("\x97\x01\x06\x01\x02\x03\x04\xa2\xc0\x80"), ERR_MALFORMED},
	    {"NUL in text", SPAN("\x97\x01\x06\x01\x02\x03\x04\xa1\x00"), ERR_MALFORMED},
	    {"text longer than the record",
		SPAN("\x97\x01\x06\x01\x02\x03\x04\xdb\xff\xff\xff\xffx"), ERR_MALFORMED},
	    {"more fields announced than bytes",
		SPAN("\xdd\xff\xff\xff\xff\x01\x06\x01\x02\x03\x04\xa1x"), ERR_MALFORMED},
	    {"later fields that are not there",
		SPAN("\x98\x01\x06\x01\x02\x03\x04\xa1x\xdd\xff\xff\xff\xff"),
		ERR_MALFORMED},
	    {"a signed number too large for int64",
		SPAN("\x97\x01\x06\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x02\x03\x04\xa1x"),
		ERR_MALFORMED},
	};
	struct record r;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int err = record_unpack(cases[i].packed, &r);

		if (err != cases[i].err)
			fail_msg("%s: %s", cases[i].what, err_str(err));
	}
}

static void
test_text_that_postgresql_would_refuse_is_repaired(void **state)
{
	struct record r = {.kind = RECORD_WORD,
	    .word = {.token = SPAN("a\0\xff"
				   "b\xed\xa0\x80"),
		.text = SPAN("\xf0\x9f\x90\x91")}};
	struct buf packed = BUF_INIT;
	struct record back;

	record_pack(&r, &packed);
	assert_int_equal(record_unpack(buf_span(&packed), &back), OK);
	assert_true(span_eq(back.word.token,
	    SPAN("a\xef\xbf\xbd\xef\xbf\xbd"
		 "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")));
	assert_true(span_eq(back.word.text, SPAN("\xf0\x9f\x90\x91")));
	buf_fini(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_kind_comes_back_as_it_was),
	    cmocka_unit_test(test_fields_keep_their_values),
	    cmocka_unit_test(test_a_cut_record_is_refused_at_every_offset),
	    cmocka_unit_test(test_fields_of_a_later_version_are_passed_over),
	    cmocka_unit_test(test_what_is_wrong_is_named),
	    cmocka_unit_test(test_text_that_postgresql_would_refuse_is_repaired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
