/* Cutting rule files, ages and dates, the agent's counters and JSON for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "control/ctl/doctor.h"
#include "control/ctl/json_view.h"
#include "control/ctl/metrics_text.h"
#include "control/ctl/rule_file.h"
#include "control/ctl/since.h"

static void
test_a_rule_file_is_cut_into_blocks_with_their_comments(void **state)
{
	struct span rest =
	    SPAN("# head of the file\n"
		 "\n"
		 "# why a\n"
		 "rule \"a\" { when x eq \"}\" # not here }\n"
		 "  and y in {1 2} and z matches r\"\\\" and q eq \"\\\"}\" }\n"
		 "limit\t\"b\"{rate 1/s}network \"c d\" {}\n"
		 "# tail\n");
	struct rule_block b;
	unsigned line = 1;

	(void)state;
	assert_int_equal(rule_file_next(&rest, &line, &b), OK);
	assert_true(span_eq(b.name, SPAN("a")));
	assert_int_equal(b.line, 4);
	assert_true(span_starts(b.text, SPAN("# why a\nrule \"a\"")));
	assert_true(span_ends(b.text, SPAN("q eq \"\\\"}\" }")));
	assert_int_equal(rule_file_next(&rest, &line, &b), OK);
	assert_true(span_eq(b.text, SPAN("limit\t\"b\"{rate 1/s}")));
	assert_int_equal(rule_file_next(&rest, &line, &b), OK);
	assert_true(span_eq(b.name, SPAN("c d")));
	assert_int_equal(b.line, 6);
	assert_int_equal(rule_file_next(&rest, &line, &b), ERR_NOTFOUND);
}

static void
test_what_is_no_block_is_malformed_at_every_cut(void **state)
{
	static const char whole[] = "rule \"a\" { when x eq \"v\" and y in {1} }";
	struct rule_block b;

	(void)state;
	for (size_t n = 1; n < sizeof whole - 1; n++) {
		struct span rest = span_make(whole, n);
		unsigned line = 1;

		assert_int_equal(rule_file_next(&rest, &line, &b), ERR_MALFORMED);
	}
}

static void
test_ages_and_dates_are_points_in_time(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t at;
	} cases[] = {
	    {"90s", OK, 1000000000 - 90},
	    {"30m", OK, 1000000000 - 1800},
	    {"24h", OK, 1000000000 - 86400},
	    {"7d", OK, 1000000000 - 604800},
	    {"1970-01-02", OK, 86400},
	    {"1970-01-01T00:00:05Z", OK, 5},
	    {"h", ERR_MALFORMED, 0},
	    {"7y", ERR_MALFORMED, 0},
	    {"", ERR_MALFORMED, 0},
	    {"-7d", ERR_MALFORMED, 0},
	    {"999999999999d", ERR_MALFORMED, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t at = 0;

		assert_int_equal(
		    since_parse(span_str(cases[i].text), 1000000000000000, &at),
		    cases[i].rc);
		assert_int_equal(at, cases[i].at * 1000000);
	}
}

static void
test_windows_lie_between_two_points(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t from, to;
	} cases[] = {
	    {"24h", OK, 1000000000 - 86400, 1000000000},
	    {"2d..1d", OK, 1000000000 - 172800, 1000000000 - 86400},
	    {"1970-01-02..1970-01-03", OK, 86400, 172800},
	    {"1970-01-02", OK, 86400, 1000000000},
	    {"1d..2d", ERR_MALFORMED, 0, 0},
	    {"1d..1d", ERR_MALFORMED, 0, 0},
	    {"1d..", ERR_MALFORMED, 0, 0},
	    {"..1d", ERR_MALFORMED, 0, 0},
	    {"1d...1h", ERR_MALFORMED, 0, 0},
	    {"", ERR_MALFORMED, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t from, to;

		assert_int_equal(
		    since_window(span_str(cases[i].text), 1000000000000000, &from, &to),
		    cases[i].rc);
		if (cases[i].rc == OK) {
			assert_int_equal(from, cases[i].from * 1000000);
			assert_int_equal(to, cases[i].to * 1000000);
		}
	}
}

static void
test_counters_are_summed_over_roles(void **state)
{
	struct metrics_text m;

	(void)state;
	metrics_text_read(
	    SPAN("# HELP yett_decisions_total requests decided\n"
		 "yett_decisions_total{role=\"worker\",instance=\"0\"} 40\n"
		 "yett_decisions_total{role=\"worker\",instance=\"1\"} 2\n"
		 "yett_policy_revision{role=\"worker\",instance=\"0\"} 7\n"
		 "yett_policy_revision{role=\"worker\",instance=\"1\"} 6\n"
		 "yett_exceptions_total{exception=\"internal\",role=\"worker\"} 3\n"
		 "yett_no_such_thing 9\nother 1\nyett_broken\n"),
	    &m);
	assert_int_equal((int)m.sum[M_DECISIONS], 42);
	assert_int_equal((int)m.least[M_POLICY_REVISION], 6);
	assert_int_equal((int)m.most[M_POLICY_REVISION], 7);
	assert_int_equal((int)m.exception[EX_INTERNAL], 3);
}

/* A healthy agent's text with one line put in front. */
static enum doctor_verdict
judge(const char *line, enum doctor_check check)
{
	static struct doctor d;
	static struct settings settings;
	struct conf_error error;
	struct buf text = BUF_INIT;

	d.n = 0;
	assert_int_equal(settings_parse(SPAN("[recorder]\ndatabase = dbname=yett\n"),
			     &settings, &error),
	    OK);
	buf_printf(&text,
	    "%s\nyett_decisions_total 10000\nyett_finish_lines_total 10000\n"
	    "yett_policy_revision 3\nyett_database_up 1\nyett_ring_records_total 10000\n"
	    "yett_analysed_total 10000\n",
	    line);
	doctor_agent_metrics(&d, &settings, buf_span(&text), 1000000000);
	buf_fini(&text);
	return doctor_worst(&d, check);
}

static void
test_each_loss_of_the_agent_is_found(void **state)
{
	static const struct {
		const char *line;
		enum doctor_check check;
		enum doctor_verdict verdict;
	} cases[] = {
	    {"", DR_AGENT_TRAFFIC, DOCTOR_OK},
	    {"yett_finish_lines_undecided_total 50", DR_AGENT_UNDECIDED, DOCTOR_WARN},
	    {"yett_finish_lines_undecided_total 500", DR_AGENT_UNDECIDED, DOCTOR_FAIL},
	    {"yett_pending_expired_total 500", DR_AGENT_UNFINISHED, DOCTOR_FAIL},
	    {"yett_decisions_total 20000", DR_AGENT_UNFINISHED, DOCTOR_WARN},
	    {"yett_finish_lines_forged_total 1", DR_AGENT_FORGED, DOCTOR_FAIL},
	    {"yett_finish_lines_replayed_total 1", DR_AGENT_FORGED, DOCTOR_WARN},
	    {"yett_ring_records_dropped_total 200", DR_AGENT_RING, DOCTOR_FAIL},
	    {"yett_pending_evicted_total 50", DR_AGENT_PENDING, DOCTOR_WARN},
	    {"yett_watched_total 1000", DR_AGENT_TAP, DOCTOR_WARN},
	    {"yett_exceptions_total{exception=\"body_truncated\"} 200", DR_AGENT_BODIES,
		DOCTOR_FAIL},
	    {"yett_exceptions_total{exception=\"internal\"} 1", DR_AGENT_EXCEPTIONS,
		DOCTOR_WARN},
	    {"yett_endpoints_overflow_total 1", DR_AGENT_INVENTORY, DOCTOR_WARN},
	    {"yett_state_cold_starts_total 1", DR_AGENT_COLD, DOCTOR_WARN},
	    {"yett_role_deaths_total 1", DR_AGENT_ROLES, DOCTOR_WARN},
	    {"yett_quarantined_requests 1", DR_AGENT_QUARANTINE, DOCTOR_WARN},
	    {"yett_policy_revision 2", DR_AGENT_POLICY, DOCTOR_WARN}, /* workers differ */
	    {"yett_bundles_refused_total 1", DR_AGENT_POLICY, DOCTOR_WARN},
	    {"yett_policy_expiry_timestamp_seconds 999", DR_AGENT_POLICY, DOCTOR_FAIL},
	    {"yett_policy_expiry_timestamp_seconds 90000", DR_AGENT_POLICY, DOCTOR_WARN},
	    {"yett_spool_records_thinned_total 1", DR_AGENT_SPOOL, DOCTOR_FAIL},
	    {"yett_spool_bytes 1000000000", DR_AGENT_SPOOL, DOCTOR_WARN},
	    {"yett_ship_lag_seconds 400", DR_AGENT_SHIPPING, DOCTOR_WARN},
	    {"yett_ship_lag_seconds 4000", DR_AGENT_SHIPPING, DOCTOR_FAIL},
	    {"yett_ship_records_refused_total 1", DR_AGENT_SHIPPING, DOCTOR_WARN},
	    {"yett_spop_frames_invalid_total 1", DR_AGENT_SPOP, DOCTOR_WARN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (judge(cases[i].line, cases[i].check) != cases[i].verdict)
			fail_msg("%s: %s", cases[i].line,
			    doctor_verdict_name(judge(cases[i].line, cases[i].check)));
	}
	for (int c = 0; c < DOCTOR_CHECKS; c++)
		assert_true(judge("", (enum doctor_check)c) < DOCTOR_WARN);
}

static void
test_json_becomes_lines_and_tables(void **state)
{
	struct table_style style = {false, 0};
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(
	    json_view(SPAN("{\"version\":\"0.1\",\"policy\":{\"revision\":3,\"at\":null},"
			   "\"counters\":{\"a\":0,\"b\":2},"
			   "\"roles\":[{\"role\":\"worker\",\"pid\":7,\"up\":true},"
			   "{\"role\":\"\\u001b\",\"up\":false},{\"role\":\"x\"}]}"),
		&style, &out),
	    OK);
	assert_string_equal(out.p,
	    "version                                 0.1\n"
	    "policy revision                         3\n"
	    "policy at                               -\n"
	    "counters b                              2\n"
	    "\nroles\n"
	    "ROLE    PID  UP\n"
	    "worker    7  yes\n"
	    "\\x1b      -  no\n"
	    "x         -  -\n");
	buf_clear(&out);
	assert_int_equal(json_view(SPAN("{\"a\":"), &style, &out), ERR_MALFORMED);
	buf_fini(&out);
}

static void
test_conditions_are_evaluated_as_haproxy_does(void **state)
{
	static const struct {
		const char *text;
		int holds;
	} cases[] = {
	    {"1", 1},
	    {"0", 0},
	    {"streq(a,a)", 1},
	    {"streq(a,b)", 0},
	    {"strneq(a,b)", 1},
	    {"version_atleast(2.4)", 1},
	    {"version_atleast(3.1)", 0},
	    {"version_before(3.1-dev7)", 1},
	    {"defined(HOME_OF)", 1},
	    {"!defined(HOME_OF)", 0},
	    {"defined(NO)", 0},
	    {"streq(a,b) || version_atleast(2.6)", 1},
	    {"streq(a,a) && 0", 0},
	    {"feature(LUA)", -1},
	    {"0 && feature(LUA)", 0},
	    {"1 || feature(LUA)", 1},
	    {"feature(LUA) && 1", -1},
	    {"", -1},
	};
	struct haproxy_conf conf = {
	    .version = 206, .environment = SPAN("A=1\nHOME_OF=\"x y\"\n")};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (haproxy_condition(&conf, cases[i].text) != cases[i].holds)
			fail_msg("%s", cases[i].text);
	}
	assert_true(span_eq(haproxy_variable(&conf, "HOME_OF"), SPAN("x y")));
}

static void
test_a_configuration_is_read_as_haproxy_quotes_it(void **state)
{
	struct haproxy_conf conf = {.environment = SPAN("OUT=given\n")};
	const struct haproxy_section *g;
	static const char text[] =
	    "global\n"
	    "  presetenv OUT preset\n  presetenv IN preset\n"
	    "  a \"$OUT/${IN}x${NONE-or this}\" 'single $OUT' b\\ c # comment\n"
	    ".if streq(\"$IN\",preset)\n  yes\n.else\n  no\n.endif\n"
	    "defaults one\n  timeout server 5s\n"
	    "defaults two\n  timeout server 7s\n"
	    "backend b from one\n  server s 1.2.3.4:5\n"
	    "backend c\n";

	(void)state;
	assert_int_equal(haproxy_conf_parse(&conf, "f", span_str(text)), OK);
	g = haproxy_section(&conf, "global", NULL);
	assert_int_equal(g->lines, 4);
	assert_int_equal(g->line[2].words, 4);
	assert_string_equal(g->line[2].word[1], "given/presetxor this");
	assert_string_equal(g->line[2].word[2], "single $OUT");
	assert_string_equal(g->line[2].word[3], "b c");
	assert_string_equal(g->line[3].word[0], "yes");
	assert_string_equal(haproxy_find(haproxy_section(&conf, "backend", "b"),
				"timeout", "server", NULL)
				->word[2],
	    "5s");
	assert_string_equal(haproxy_find(haproxy_section(&conf, "backend", "c"),
				"timeout", "server", NULL)
				->word[2],
	    "7s");
	assert_int_equal(haproxy_time_ms("2m"), 120000);
	assert_int_equal(haproxy_time_ms("50"), 50);
	assert_int_equal(haproxy_size("32k"), 32768);
	assert_int_equal(haproxy_size("x"), -1);
	haproxy_conf_free(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_rule_file_is_cut_into_blocks_with_their_comments),
	    cmocka_unit_test(test_what_is_no_block_is_malformed_at_every_cut),
	    cmocka_unit_test(test_ages_and_dates_are_points_in_time),
	    cmocka_unit_test(test_windows_lie_between_two_points),
	    cmocka_unit_test(test_counters_are_summed_over_roles),
	    cmocka_unit_test(test_each_loss_of_the_agent_is_found),
	    cmocka_unit_test(test_json_becomes_lines_and_tables),
	    cmocka_unit_test(test_conditions_are_evaluated_as_haproxy_does),
	    cmocka_unit_test(test_a_configuration_is_read_as_haproxy_quotes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
