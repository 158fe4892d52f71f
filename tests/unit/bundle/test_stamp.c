/* Restamping keeps the content, changes the header, and signs for the right environment. */
#include "tests/unit/bundle/fixture.h"

static void
test_stamp_keeps_content_and_changes_the_header(void **state)
{
	struct bundle_stamp s, back;
	struct buf out = BUF_INIT;
	struct fixture f = {0};
	struct bundle_error e;
	struct signer key[2];
	struct bundle b;

	fixture_policy(&f);
	fixture_key(&key[0], 1, "any");
	fixture_key(&key[1], 2, "dev");
	s = (struct bundle_stamp){.revision = 9,
	    .parent = 4,
	    .created_us = 11,
	    .not_before_us = 12,
	    .expires_us = 13,
	    .keys = key,
	    .n = 2};
	buf_put_str(&out, "12345678"); /* appends behind what is there */
	assert_int_equal(bundle_stamp(buf_span(&f.bytes), &s, &out, &e), OK);
	assert_int_equal(bundle_parse(span_from(buf_span(&out), 8), &b, &e), OK);
	assert_memory_equal(b.header->content, f.b.header->content, 32);
	assert_int_equal(b.header->signatures, 2);
	bundle_stamp_of(&b, &back);
	assert_true(back.revision == 9 && back.parent == 4 && back.created_us == 11 &&
	    back.not_before_us == 12 && back.expires_us == 13 && back.n == 0);
	/* a rollback of a rollback drops the old signatures */
	buf_clear(&f.bytes);
	s.n = 0;
	s.revision = 10;
	assert_int_equal(
	    bundle_stamp(span_from(buf_span(&out), 8), &s, &f.bytes, &e), OK);
	assert_int_equal(bundle_parse(buf_span(&f.bytes), &f.b, &e), OK);
	assert_int_equal(f.b.header->signatures, 0);
	buf_fini(&out);
	fixture_fini(&f);
}

static void
test_stamp_refuses_what_cannot_be_signed(void **state)
{
	struct buf out = BUF_INIT;
	struct fixture f = {0};
	struct bundle_error e;
	struct bundle_stamp s;
	struct signer key[5];

	fixture_policy(&f);
	for (unsigned i = 0; i < 5; i++)
		fixture_key(&key[i], (uint8_t)i, "any");
	bundle_stamp_of(&f.b, &s);
	s.keys = key;
	s.n = 5;
	assert_int_equal(bundle_stamp(buf_span(&f.bytes), &s, &out, &e), ERR_LIMIT);
	s.n = 1;
	s.revision = 0;
	assert_int_equal(bundle_stamp(buf_span(&f.bytes), &s, &out, &e), ERR_INVALID);
	s.revision = 1;
	s.not_before_us = s.expires_us = 5;
	assert_int_equal(bundle_stamp(buf_span(&f.bytes), &s, &out, &e), ERR_INVALID);
	s.not_before_us = s.expires_us = 0;
	key[0].has_private = false;
	assert_int_equal(bundle_stamp(buf_span(&f.bytes), &s, &out, &e), ERR_INVALID);
	fixture_key(&key[0], 0, "prod");
	assert_int_equal(bundle_stamp(buf_span(&f.bytes), &s, &out, &e), ERR_ENVIRONMENT);
	f.bytes.p[200] ^= 1;
	fixture_key(&key[0], 0, "any");
	assert_int_equal(bundle_stamp(buf_span(&f.bytes), &s, &out, &e), ERR_CORRUPT);
	assert_int_equal(out.n, 0);
	buf_fini(&out);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stamp_keeps_content_and_changes_the_header),
	    cmocka_unit_test(test_stamp_refuses_what_cannot_be_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
