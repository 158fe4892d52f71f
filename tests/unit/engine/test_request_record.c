/* The ring record: nothing is lost on the way, and nothing in it is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/request_record.h"

static struct request
sample(void)
{
	struct request r;

	request_init(&r);
	r.id = SPAN("id-1");
	r.source = SPAN("\x7f\0\0\x01");
	r.method = SPAN("POST");
	r.path = SPAN("/a%20b");
	r.query = SPAN(""); /* present and empty is not absent */
	r.headers = SPAN("\x04host\x01x\0\0");
	r.body = SPAN("{\"a\":1}");
	r.source_port = 4711;
	r.tls = 1;
	r.body_visible = 9;
	r.body_announced = 100000;
	r.now_us = INT64_C(1790000000000000);
	return r;
}

static struct verdict
sample_verdict(void)
{
	return (struct verdict){
	    .action = ACTION_DENY,
	    .status = 403,
	    .rule_hash = 11,
	    .shadow_hash = 12,
	    .shadow_action = ACTION_DROP,
	    .inspected = INSPECTED_PARTIAL,
	    .exceptions = 5,
	    .flags = VERDICT_WEAK | VERDICT_WATCH,
	    .identity = {13, 14},
	    .identity_kind = IDENTITY_COOKIE,
	    .endpoint_hash = 15,
	    .revision = 16,
	    .target_flags = 17,
	    .body_kind = 1,
	};
}

static struct span
written(const struct request *r, bool with_body)
{
	struct verdict v = sample_verdict();
	size_t n = request_record_size(r, with_body);
	uint8_t *p = malloc(n);

	assert_non_null(p);
	request_record_write(p, r, &v, 3, 99, 1000, 2500, with_body);
	return span_make(p, n);
}

static void
test_record_comes_back_whole(void **state)
{
	for (int with_body = 0; with_body < 2; with_body++) {
		struct request r = sample(), back;
		struct span rec = written(&r, with_body);
		struct request_prelude p;

		assert_int_equal(request_record_read(rec, &p, &back), OK);
		for (unsigned i = 0; i < REQUEST_SPANS; i++) {
			bool kept = i != RS_body || with_body;

			assert_true(span_absent(back.span[i]) ==
			    (span_absent(r.span[i]) || !kept));
			if (kept)
				assert_true(span_eq(back.span[i], r.span[i]));
		}
		assert_true(back.source_port == 4711 && back.tls == 1);
		assert_true(back.tls_version == -1);
		assert_true(back.body_visible == 9 && back.body_announced == 100000);
		assert_true(back.now_us == r.now_us);
		assert_true(p.worker == 3 && p.sequence == 99 && p.endpoint_id == 1000);
		assert_true(p.identity_lo == 13 && p.identity_hi == 14);
		assert_true(p.rule_hash == 11 && p.shadow_hash == 12);
		assert_true(p.endpoint_hash == 15 && p.revision == 16);
		assert_true(p.action == ACTION_DENY && p.status == 403);
		assert_true(p.shadow_action == ACTION_DROP && p.exceptions == 5);
		assert_true(p.identity_kind == IDENTITY_COOKIE && p.body_kind == 1);
		assert_true(p.inspected == INSPECTED_PARTIAL && p.target_flags == 17);
		assert_true(p.body_bytes == 9 && p.decision_ns == 2500);
		assert_int_equal(p.flags,
		    VERDICT_WEAK | VERDICT_WATCH |
			(with_body ? VERDICT_BODY_IN_RECORD : 0));
		free((void *)(uintptr_t)rec.p);
	}
}

/* Every prefix is refused or read within its bytes (the sanitizer build watches). */
static void
test_record_truncated_at_every_offset(void **state)
{
	struct request r = sample();
	struct span rec = written(&r, true);

	for (size_t n = 0; n < rec.n; n++) {
		char *copy = malloc(n + !n);
		struct request_prelude p;
		struct request back;

		assert_non_null(copy);
		memcpy(copy, rec.p, n);
		assert_int_equal(
		    request_record_read(span_make(copy, n), &p, &back), ERR_CORRUPT);
		for (unsigned i = 0; i < REQUEST_SPANS; i++)
			assert_true(span_absent(back.span[i]));
		assert_true(p.sequence == 0);
		free(copy);
	}
	free((void *)(uintptr_t)rec.p);
}

static void
test_record_offsets_are_not_believed(void **state)
{
	static const uint32_t bad[][2] = {
	    {1, 1}, /* into the prelude */
	    {UINT32_MAX, 1},
	    {sizeof(struct request_prelude) + REQUEST_SPANS * 8, UINT32_MAX},
	    {UINT32_MAX - 3, 8}, /* wraps in 32 bits */
	};
	struct request r = sample(), back;
	struct span rec = written(&r, true);
	struct request_prelude p;
	char *table = (char *)(uintptr_t)rec.p + sizeof(p);

	for (unsigned part = 0; part < REQUEST_SPANS; part++)
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			uint32_t was[2];

			memcpy(was, table + 8 * part, 8);
			memcpy(table + 8 * part, bad[i], 8);
			assert_int_equal(
			    request_record_read(rec, &p, &back), ERR_CORRUPT);
			memcpy(table + 8 * part, was, 8);
		}
	assert_int_equal(request_record_read(rec, &p, &back), OK);
	((char *)(uintptr_t)rec.p)[0]++;
	assert_int_equal(request_record_read(rec, &p, &back), ERR_VERSION);
	free((void *)(uintptr_t)rec.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_record_comes_back_whole),
	    cmocka_unit_test(test_record_truncated_at_every_offset),
	    cmocka_unit_test(test_record_offsets_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
