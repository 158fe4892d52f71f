/* The INI reader: values, refusals with their place, and the table itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/settings.h"

static struct settings *s;

static int
parse(const char *text, struct conf_error *e)
{
	return settings_parse(span_str(text), s, e);
}

static void
test_values_replace_defaults(void **state)
{
	struct conf_error e;

	(void)state;
	assert_int_equal(
	    parse("; comment\n[agent]\nworkers = 7\n\n[ring]\nbytes = 16m\n"
		  "[policy]\npublic_key = /a\npublic_key = /b\n[watch]\nfloor=no\n",
		&e),
	    OK);
	assert_int_equal(s->agent_workers, 7);
	assert_int_equal(s->ring_bytes, 16 << 20);
	assert_int_equal(s->policy_public_key.n, 2);
	assert_string_equal(s->policy_public_key.item[1], "/b");
	assert_false(s->watch_floor);
	assert_int_equal(s->agent_analysts, 1); /* untouched */
}

static void
test_errors_name_line_and_cause(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *part;
	} cases[] = {
	    {"[agent]\nworkers = 0\n", 2, "from 1 to 64"},
	    {"[agent]\nworkers = many\n", 2, "workers"},
	    {"[agent]\nworkers = 2\nworkers = 3\n", 3, "twice"},
	    {"[agent]\nbytes = 1\n", 2, "unknown key"},
	    {"[nowhere]\n", 1, "unknown section"},
	    {"workers = 2\n", 1, "unknown key"},
	    {"[agent\n", 1, "]"},
	    {"[agent]\nworkers\n", 2, "key = value"},
	    {"[watch]\nfloor = maybe\n", 2, "yes or no"},
	    {"[ring]\nbytes = 99999999999999g\n", 2, "bytes"},
	};
	struct conf_error e;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(parse(cases[i].text, &e), ERR_INVALID);
		assert_int_equal(e.line, cases[i].line);
		if (strstr(e.text, cases[i].part) == NULL)
			fail_msg("case %zu says: %s", i, e.text);
	}
}

static void
test_text_longer_than_a_value_is_refused(void **state)
{
	char text[1024] = "[agent]\nname = ";
	struct conf_error e;

	(void)state;
	memset(text + strlen(text), 'x', CONF_TEXT_MAX);
	assert_int_equal(parse(text, &e), ERR_INVALID);
	assert_int_equal(e.line, 2);
}

static void
test_every_default_is_valid_and_prints_back(void **state)
{
	struct conf_error e;
	struct buf v = BUF_INIT;

	(void)state;
	assert_int_equal(
	    parse("", &e), OK); /* CHECKs each default against its own range */
	for (size_t i = 0; i < settings_n; i++) {
		buf_clear(&v);
		conf_print_value(&settings_table[i], s, &v);
		assert_true(settings_table[i].doc[0] != '\0');
		for (size_t j = 0; j < i; j++)
			assert_false(
			    strcmp(settings_table[i].name, settings_table[j].name) == 0 &&
			    strcmp(settings_table[i].section,
				settings_table[j].section) == 0);
	}
	buf_fini(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values_replace_defaults),
	    cmocka_unit_test(test_errors_name_line_and_cause),
	    cmocka_unit_test(test_text_longer_than_a_value_is_refused),
	    cmocka_unit_test(test_every_default_is_valid_and_prints_back),
	};
	int failed;

	s = calloc(1, sizeof *s);
	failed = s ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	free(s);
	return failed;
}
