/* Verdicts as ACKs: what is set, and that only what says something is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "worker/answer.h"
#include "worker/server.h"

struct set {
	struct span name;
	struct spop_value value;
};

/* The actions of an ACK; their number. */
static unsigned
read_ack(const struct spop_writer *w, uint64_t stream, uint64_t frame, struct set *out)
{
	struct span rest;
	struct spop_frame f;
	unsigned n = 0;

	assert_false(w->full);
	assert_int_equal(spop_read_frame(span_make(w->p + 4, w->n - 4), &f), OK);
	assert_int_equal(f.type, SPOP_ACK);
	assert_int_equal(f.stream, stream);
	assert_int_equal(f.frame, frame);
	rest = f.payload;
	while (rest.n > 0) {
		assert_int_equal(rest.p[0], 1); /* set-var */
		assert_int_equal(rest.p[1], 3);
		assert_int_equal(rest.p[2], SPOP_TXN);
		rest = span_from(rest, 3);
		assert_int_equal(
		    spop_read_argument(&rest, &out[n].name, &out[n].value), OK);
		n++;
	}
	return n;
}

static const struct spop_value *
find(const struct set *s, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (span_eq(s[i].name, span_str(name)))
			return &s[i].value;
	return NULL;
}

static void
test_plain_allow_sets_four_variables(void **state)
{
	uint8_t out[SERVER_ACK_MAX];
	struct spop_writer w = {.p = out, .cap = sizeof(out)};
	struct spop_frame f = {.stream = 0, .frame = 1};
	struct verdict v = {
	    .action = ACTION_ALLOW,
	    .inspected = INSPECTED_COMPLETE,
	    .endpoint_label = SPAN("GET /users/{number}"),
	};
	struct set s[16];
	unsigned n;

	answer_put(&w, &f, &v, SPAN("ctx"));
	n = read_ack(&w, 0, 1, s);
	assert_int_equal(n, 4);
	assert_true(span_eq(find(s, n, "action")->bytes, SPAN("allow")));
	assert_true(span_eq(find(s, n, "inspected")->bytes, SPAN("complete")));
	assert_true(span_eq(find(s, n, "endpoint")->bytes, SPAN("GET /users/{number}")));
	assert_true(span_eq(find(s, n, "ctx")->bytes, SPAN("ctx")));
}

static void
test_everything_that_can_be_said_is_said(void **state)
{
	static char endless[5000];
	uint8_t out[SERVER_ACK_MAX];
	struct spop_writer w = {.p = out, .cap = ANSWER_BYTES_MAX};
	struct spop_frame f = {.stream = UINT64_MAX, .frame = UINT64_MAX};
	struct span text;
	struct verdict v = {
	    .action = ACTION_RATE,
	    .status = 429,
	    .retry_after_s = UINT32_MAX,
	    .inspected = INSPECTED_PARTIAL,
	    .shadow_action = ACTION_DENY,
	    .flags = VERDICT_WATCH,
	};
	struct set s[16];
	unsigned n;

	memset(endless, 'x', sizeof(endless));
	text = span_make(endless, sizeof(endless));
	v.rule = v.reason = v.shadow_rule = v.endpoint_label = text;
	answer_put(&w, &f, &v, span_head(text, 96));
	n = read_ack(&w, UINT64_MAX, UINT64_MAX, s);
	assert_int_equal(n, 10);
	assert_true(span_eq(find(s, n, "action")->bytes, SPAN("rate")));
	assert_int_equal(find(s, n, "status")->number, 429);
	assert_int_equal(find(s, n, "retry_after")->number, UINT32_MAX);
	assert_int_equal(find(s, n, "rule")->bytes.n, ANSWER_TEXT_MAX);
	assert_true(span_starts(find(s, n, "shadow")->bytes, SPAN("deny:xx")));
	assert_true(find(s, n, "shadow")->bytes.n <= ANSWER_TEXT_MAX);
	assert_int_equal(find(s, n, "watch")->type, SPOP_BOOL);
	assert_int_equal(find(s, n, "watch")->number, 1);
}

static void
test_each_action_has_its_word(void **state)
{
	assert_true(span_eq(answer_action(ACTION_ALLOW), SPAN("allow")));
	assert_true(span_eq(answer_action(ACTION_DENY), SPAN("deny")));
	assert_true(span_eq(answer_action(ACTION_RATE), SPAN("rate")));
	assert_true(span_eq(answer_action(ACTION_DROP), SPAN("drop")));
}

static void
test_void_answer_is_not_empty(void **state)
{
	uint8_t out[64];
	struct spop_writer w = {.p = out, .cap = sizeof(out)};
	struct spop_frame f = {.stream = 3, .frame = 4};
	struct set s[16];

	answer_put_void(&w, &f);
	assert_int_equal(read_ack(&w, 3, 4, s), 1);
	assert_true(span_eq(s[0].name, SPAN("void")));
}

/* HAProxy's room for scope.prefix.name is 64 bytes with the NUL. */
static void
test_names_fit_haproxy(void **state)
{
	static const char *const names[] = {
#define VARIABLE(id, name, type, when, text) "txn.yett." name,
#include "worker/variable.def"
#undef VARIABLE
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_true(strlen(names[i]) <= 63);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_allow_sets_four_variables),
	    cmocka_unit_test(test_everything_that_can_be_said_is_said),
	    cmocka_unit_test(test_each_action_has_its_word),
	    cmocka_unit_test(test_void_answer_is_not_empty),
	    cmocka_unit_test(test_names_fit_haproxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
