/*
 * Doctor over configurations: tests/golden/doctor/configuration.cases, one change to a good
 * site each, and the configuration we ship. Run from the tree's root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/io.h"
#include "control/ctl/doctor.h"

#define FOLDER "tests/golden/doctor/"
#define EXPECTED_MAX 8

struct given {
	char name[128];
	struct buf cfg, spoe, conf, env;
	const char *dropins;
	char exists[256];
	unsigned version;
	unsigned n;
	struct {
		char check[64];
		enum doctor_verdict verdict;
	} expected[EXPECTED_MAX];
};

static void
read_file(const char *path, struct buf *out)
{
	if (io_read_file(path, 1 << 20, out) != OK)
		fail_msg("cannot read %s (run from the root of the tree)", path);
}

static bool
exists(void *ctx, const char *path)
{
	const char *begin = ctx;

	return *begin && strncmp(begin, path, strlen(begin)) == 0;
}

/* Lines of *b that contain text are dropped; it must be there. */
static void
remove_lines(const char *name, struct buf *b, struct span text)
{
	struct buf out = BUF_INIT;
	struct span rest = buf_span(b);
	bool found = false;

	while (!span_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		if (span_find_span(line, text) < line.n) {
			found = true;
			continue;
		}
		buf_put_span(&out, line);
		buf_put_char(&out, '\n');
	}
	if (!found)
		fail_msg("%s: nothing to remove: %.*s", name, (int)text.n, text.p);
	buf_fini(b);
	*b = out;
}

static void
put_unescaped(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n &&
		    (s.p[i + 1] == 'n' || s.p[i + 1] == 't'))
			buf_put_char(out, s.p[++i] == 'n' ? '\n' : '\t');
		else
			buf_put_char(out, s.p[i]);
	}
}

/* "OLD => NEW", every time it occurs. */
static void
replace(const char *name, struct buf *b, struct span change)
{
	size_t arrow = span_find_span(change, SPAN(" => "));
	struct buf old = BUF_INIT, new = BUF_INIT, out = BUF_INIT;
	struct span rest = buf_span(b);
	bool found = false;

	put_unescaped(&old, span_head(change, arrow));
	put_unescaped(&new, span_from(change, arrow + 4));
	for (;;) {
		size_t at = span_find_span(rest, buf_span(&old));

		buf_put_span(&out, span_head(rest, at));
		if (at == rest.n)
			break;
		found = true;
		buf_put_span(&out, buf_span(&new));
		rest = span_from(rest, at + old.n);
	}
	if (!found)
		fail_msg("%s: nothing to replace: %s", name, old.p);
	buf_fini(b);
	buf_fini(&old);
	buf_fini(&new);
	*b = out;
}

static void
expect(struct given *g, struct span text)
{
	struct span check = span_cut(&text, ' ');

	assert_true(g->n < EXPECTED_MAX);
	snprintf(g->expected[g->n].check, 64, "%.*s", (int)check.n, check.p);
	assert_true(span_eq(text, SPAN("warn")) || span_eq(text, SPAN("fail")));
	g->expected[g->n++].verdict =
	    span_eq(text, SPAN("warn")) ? DOCTOR_WARN : DOCTOR_FAIL;
}

static void
take_line(struct given *g, struct span line)
{
	struct span rest = line, word = span_cut(&rest, ' ');

	if (span_eq(word, SPAN("remove")))
		remove_lines(g->name, &g->cfg, rest);
	else if (span_eq(word, SPAN("spoe-remove")))
		remove_lines(g->name, &g->spoe, rest);
	else if (span_eq(word, SPAN("replace")))
		replace(g->name, &g->cfg, rest);
	else if (span_eq(word, SPAN("spoe-replace")))
		replace(g->name, &g->spoe, rest);
	else if (span_eq(word, SPAN("conf")))
		buf_printf(&g->conf, "%.*s\n", (int)rest.n, rest.p);
	else if (span_eq(word, SPAN("env")))
		buf_printf(&g->env, "%.*s\n", (int)rest.n, rest.p);
	else if (span_eq(word, SPAN("version")))
		g->version =
		    (unsigned)(rest.p[0] - '0') * 100 + (unsigned)(rest.p[2] - '0');
	else if (span_eq(word, SPAN("no-bind")))
		g->dropins = "";
	else if (span_eq(word, SPAN("exists")))
		snprintf(g->exists, sizeof g->exists, "%.*s", (int)rest.n, rest.p);
	else if (span_eq(word, SPAN("expect")))
		expect(g, rest);
	else
		fail_msg("%s: unknown line: %.*s", g->name, (int)line.n, line.p);
}

/* Compares findings and expectations both ways; returns how many do not fit. */
static unsigned
compare(const struct given *g, const struct doctor *d)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < g->n; i++) {
		bool found = false;

		for (unsigned k = 0; k < d->n; k++)
			found |= strcmp(doctor_name(d->finding[k].check),
				     g->expected[i].check) == 0 &&
			    doctor_worst(d, d->finding[k].check) ==
				g->expected[i].verdict;
		if (!found) {
			print_error("%s: not found: %s\n", g->name, g->expected[i].check);
			wrong++;
		}
	}
	for (unsigned k = 0; k < d->n; k++) {
		bool expected = d->finding[k].verdict < DOCTOR_WARN;

		for (unsigned i = 0; i < g->n; i++)
			expected |= strcmp(doctor_name(d->finding[k].check),
					g->expected[i].check) == 0;
		if (!expected) {
			print_error("%s: found without cause: %s: %s\n", g->name,
			    doctor_name(d->finding[k].check), d->finding[k].text);
			wrong++;
		}
	}
	return wrong;
}

static unsigned
run(struct given *g)
{
	static struct doctor d;
	static struct settings settings;
	struct conf_error error;
	struct haproxy_conf conf = {
	    .version = g->version, .environment = buf_span(&g->env)};
	struct haproxy_conf spoe = {.version = g->version, .outer = &conf};
	struct doctor_haproxy h = {.conf = &conf,
	    .settings = &settings,
	    .version = g->version,
	    .processors = 4,
	    .dropins = span_str(g->dropins),
	    .exists = exists,
	    .ctx = g->exists};
	unsigned wrong;

	d.n = 0;
	assert_int_equal(settings_parse(buf_span(&g->conf), &settings, &error), OK);
	assert_int_equal(haproxy_conf_parse(&conf, "haproxy.cfg", buf_span(&g->cfg)), OK);
	assert_int_equal(
	    haproxy_conf_parse(&spoe, "yett.spoe.cfg", buf_span(&g->spoe)), OK);
	if (doctor_find_engine(&conf, &h.engine, &h.spoe_file))
		h.spoe = &spoe;
	doctor_haproxy_conf(&d, &h);
	wrong = compare(g, &d);
	haproxy_conf_free(&spoe);
	haproxy_conf_free(&conf);
	return wrong;
}

static void
begin(struct given *g, const char *cfg, const char *spoe)
{
	*g = (struct given){
	    .dropins = "[Service]\nBindPaths=/run/yett:/var/lib/haproxy/run/yett\n"};
	buf_put_str(&g->conf, "");
	read_file(cfg, &g->cfg);
	read_file(spoe, &g->spoe);
}

static void
end(struct given *g)
{
	buf_fini(&g->cfg);
	buf_fini(&g->spoe);
	buf_fini(&g->conf);
	buf_fini(&g->env);
}

static void
test_each_broken_configuration_is_found_and_nothing_else(void **state)
{
	struct buf cases = BUF_INIT;
	struct given g;
	unsigned n = 0, wrong = 0;
	struct span rest;

	(void)state;
	read_file(FOLDER "configuration.cases", &cases);
	rest = buf_span(&cases);
	while (!span_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (span_starts(line, SPAN("case "))) {
			if (n++ > 0) {
				wrong += run(&g);
				end(&g);
			}
			begin(&g, FOLDER "good.cfg", FOLDER "good.spoe.cfg");
			snprintf(
			    g.name, sizeof g.name, "%.*s", (int)(line.n - 5), line.p + 5);
			continue;
		}
		assert_true(n > 0);
		take_line(&g, line);
	}
	wrong += run(&g);
	end(&g);
	buf_fini(&cases);
	assert_true(n > 50);
	assert_int_equal(wrong, 0);
}

static void
test_the_shipped_configuration_is_clean_on_every_version(void **state)
{
	static const unsigned versions[] = {206, 208, 300, 302};

	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct given g;

		begin(&g, "haproxy/haproxy.cfg", "haproxy/yett.spoe.cfg");
		snprintf(g.name, sizeof g.name, "shipped, read as by %u", versions[i]);
		g.version = versions[i];
		assert_int_equal(run(&g), 0);
		end(&g);
	}
}

static void
test_the_shipped_configuration_fails_closed_when_told(void **state)
{
	struct given g;

	(void)state;
	begin(&g, "haproxy/haproxy.cfg", "haproxy/yett.spoe.cfg");
	snprintf(g.name, sizeof g.name, "shipped, closed");
	buf_put_str(&g.env, "YETT_FAIL=closed\n");
	buf_put_str(&g.conf, "[exceptions]\nno_verdict = deny\n");
	assert_int_equal(run(&g), 0);
	end(&g);
}

static void
test_running_haproxy_is_judged_by_version_servers_and_lost_logs(void **state)
{
	static struct doctor d;
	unsigned version;
	const char *stat = "# "
			   "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,"
			   "dresp,ereq,econ,eresp,"
			   "wretr,wredis,status,weight\n"
			   "yett-agents,worker-0,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1\n"
			   "yett-agents,worker-1,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,1\n"
			   "yett-agents,BACKEND,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1\n"
			   "app,s1,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,1\n";

	(void)state;
	d.n = 0;
	doctor_haproxy_info(&d,
	    SPAN("Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nDroppedLogs: 7\n"),
	    "yett-agents", span_str(stat), &version);
	assert_int_equal(version, 206);
	assert_int_equal(doctor_worst(&d, DR_HAPROXY_VERSION), DOCTOR_OK);
	assert_int_equal(doctor_worst(&d, DR_HAPROXY_LOGS), DOCTOR_WARN);
	assert_int_equal(doctor_worst(&d, DR_HAPROXY_UP), DOCTOR_FAIL);
	d.n = 0;
	doctor_haproxy_info(&d, SPAN("Version: 3.2.5-abc\nDroppedLogs: 0\n"), "gone",
	    span_str(stat), &version);
	assert_int_equal(version, 302);
	assert_int_equal(doctor_worst(&d, DR_HAPROXY_VERSION), DOCTOR_WARN);
	assert_int_equal(doctor_worst(&d, DR_HAPROXY_UP), DOCTOR_FAIL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_broken_configuration_is_found_and_nothing_else),
	    cmocka_unit_test(test_the_shipped_configuration_is_clean_on_every_version),
	    cmocka_unit_test(test_the_shipped_configuration_fails_closed_when_told),
	    cmocka_unit_test(
		test_running_haproxy_is_judged_by_version_servers_and_lost_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
