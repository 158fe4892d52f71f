#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "metric/metric.h"

static struct metric_block a, b, c;

static bool
has_line(const struct buf *text, const char *line)
{
	struct span rest = buf_span(text);

	while (!span_absent(rest))
		if (span_eq(span_cut(&rest, '\n'), span_str(line)))
			return true;
	return false;
}

static void
test_series_by_role(void **state)
{
	const struct metric_block *blocks[] = {&a, &b, &c};
	const char *labels[] = {"worker/0", "worker/1", "recorder/0"};
	struct buf out = BUF_INIT;

	metric_add(&a, M_DENIED, 3);
	metric_add(&b, M_DENIED, 4);
	metric_set(&c, M_DATABASE_UP, 1);
	metric_exception(&b, EX_DEADLINE);
	metric_print(blocks, labels, 3, &out);
	assert_int_equal(buf_err(&out), OK);
	assert_true(has_line(
	    &out, "yett_decisions_deny_total{role=\"worker\",instance=\"0\"} 3"));
	assert_true(has_line(
	    &out, "yett_decisions_deny_total{role=\"worker\",instance=\"1\"} 4"));
	assert_true(
	    has_line(&out, "yett_database_up{role=\"recorder\",instance=\"0\"} 1"));
	assert_false(has_line(
	    &out, "yett_decisions_deny_total{role=\"recorder\",instance=\"0\"} 0"));
	assert_true(has_line(&out,
	    "yett_exceptions_total{exception=\"deadline\",role=\"worker\",instance=\"1\"}"
	    " "
	    "1"));
	assert_true(has_line(&out, "# TYPE yett_database_up gauge"));
	assert_true(has_line(&out, "# TYPE yett_decisions_deny_total counter"));
	buf_fini(&out);
}

static void
test_over_processes_sums_or_takes_the_largest(void **state)
{
	static struct metric_block x, y;
	const struct metric_block *blocks[] = {&x, &y};
	struct buf out = BUF_INIT;
	struct jsonw w;

	metric_add(&x, M_DENIED, 3);
	metric_add(&y, M_DENIED, 4);
	metric_set(&x, M_POLICY_REVISION, 7);
	metric_set(&y, M_POLICY_REVISION, 6);
	metric_exception(&x, EX_STATE_FULL);
	assert_int_equal(metric_over(blocks, 2, M_DENIED), 7);
	assert_int_equal(metric_over(blocks, 2, M_POLICY_REVISION), 7);
	jsonw_init(&w, &out);
	jsonw_object(&w);
	metric_put_json(blocks, 2, false, &w);
	exception_put_json(blocks, 2, false, &w);
	jsonw_object_end(&w);
	assert_true(span_eq(buf_span(&out),
	    SPAN("{\"decisions_deny_total\":7,\"policy_revision\":7,\"state_full\":1}")));
	buf_clear(&out);
	jsonw_init(&w, &out);
	jsonw_object(&w);
	metric_put_json(blocks, 2, true, &w);
	jsonw_object_end(&w);
	assert_true(span_find_span(buf_span(&out), SPAN("\"watched_total\":0")) < out.n);
	buf_fini(&out);
}

static void
test_decision_times_fall_into_their_bins(void **state)
{
	const struct {
		uint64_t ns;
		unsigned bin;
	} cases[] = {{0, 0}, {1, 0}, {2, 2}, {3, 3}, {4, 4}, {5, 4}, {6, 5}, {7, 5},
	    {8, 6}, {1024, 20}, {1535, 20}, {1536, 21}, {2047, 21}, {2048, 22},
	    {UINT64_MAX, 63}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static struct metric_block m;

		memset(&m, 0, sizeof m);
		metric_decision(&m, cases[i].ns);
		assert_int_equal(m.decision_hist[cases[i].bin], 1);
		assert_int_equal(metric_get(&m, M_DECISIONS), 1);
	}
}

/* Prometheus wants buckets that only grow and end in the count. */
static void
test_histogram_is_cumulative(void **state)
{
	static struct metric_block m;
	const struct metric_block *blocks[] = {&m};
	struct buf out = BUF_INIT;
	struct span rest;
	uint64_t last = 0, v;
	unsigned buckets = 0;

	for (uint64_t ns = 1; ns < 1u << 30; ns = ns * 3 / 2 + 1)
		metric_decision(&m, ns);
	metric_print(blocks, (const char *[]){"worker/0"}, 1, &out);
	rest = buf_span(&out);
	while (!span_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		if (!span_starts(line, SPAN("yett_decision_seconds_bucket{")))
			continue;
		assert_int_equal(
		    span_u64(span_from(line, span_find(line, ' ') + 1), &v), OK);
		assert_true(v >= last);
		last = v;
		buckets++;
	}
	assert_true(buckets > 30);
	assert_int_equal(last, metric_get(&m, M_DECISIONS));
	buf_fini(&out);
}

static void
test_outcomes_are_read_and_refused_by_name(void **state)
{
	static struct settings s;
	struct exception_policy p;
	struct conf_error error;
	const char *which;

	assert_int_equal(
	    settings_parse(SPAN("[exceptions]\ndeadline = shadow\n"), &s, &error), OK);
	assert_int_equal(exception_policy_parse(&s, &p, &which), OK);
	assert_int_equal(p.outcome[EX_DEADLINE], OUTCOME_SHADOW);
	assert_int_equal(p.outcome[EX_QUARANTINED], OUTCOME_DENY);
	assert_int_equal(p.outcome[EX_INTERNAL], OUTCOME_ALLOW);
	assert_int_equal(
	    settings_parse(SPAN("[exceptions]\nstate_full = maybe\n"), &s, &error), OK);
	assert_int_equal(exception_policy_parse(&s, &p, &which), ERR_INVALID);
	assert_string_equal(which, "state_full");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_series_by_role),
	    cmocka_unit_test(test_over_processes_sums_or_takes_the_largest),
	    cmocka_unit_test(test_decision_times_fall_into_their_bins),
	    cmocka_unit_test(test_histogram_is_cumulative),
	    cmocka_unit_test(test_outcomes_are_read_and_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
