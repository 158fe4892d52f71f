/* Words against the command table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "control/ctl/command.h"
#include "control/ctl/text.h"

static int
parse(const char *line, struct invocation *in, struct buf *error)
{
	static char words[32][64];
	static char *argv[33];
	struct span rest = span_str(line);
	int argc = 0;

	while (!span_absent(rest) && argc < 32) {
		struct span word = span_cut(&rest, ' ');

		snprintf(words[argc], 64, "%.*s", (int)word.n, word.p);
		argv[argc] = words[argc];
		argc++;
	}
	argv[argc] = NULL;
	buf_clear(error);
	return command_parse(argc, argv, in, error);
}

static void
test_options_may_stand_anywhere(void **state)
{
	static const char *const lines[] = {
	    "yettctl --json endpoint list --service shop --limit 7",
	    "yettctl endpoint --limit=7 list --json --service=shop",
	    "yettctl endpoint list --service other --service shop --limit 7 -j",
	};
	struct buf error = BUF_INIT;
	struct invocation in;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		assert_int_equal(parse(lines[i], &in, &error), EXIT_DONE);
		assert_string_equal(in.command->verb, "list");
		assert_int_equal(in.arguments, 0);
		assert_string_equal(invocation_option(&in, "service"), "shop");
		assert_string_equal(invocation_option(&in, "limit"), "7");
		assert_non_null(invocation_option(&in, "json"));
		assert_null(invocation_option(&in, "yes"));
	}
	buf_fini(&error);
}

static void
test_mistakes_are_refused_with_what_was_meant(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
	    {"yettctl", "no command"},
	    {"yettctl endpont list", "did you mean endpoint?"},
	    {"yettctl rule ad x", "did you mean rule add?"},
	    {"yettctl rule", "One of: list show add mode remove"},
	    {"yettctl rule zzz", "One of: list"},
	    {"yettctl rule add", "missing arguments; usage: yettctl rule add FILE"},
	    {"yettctl rule remove a b", "too many arguments"},
	    {"yettctl status now", "too many arguments"},
	    {"yettctl endpoint list --servce x", "did you mean --service?"},
	    {"yettctl endpoint list --service", "--service needs a value"},
	    {"yettctl endpoint list --json=1", "--json takes no value"},
	    {"yettctl status --service x", "status takes no --service"},
	    {"yettctl -x status", "unknown option"},
	};
	struct buf error = BUF_INIT;
	struct invocation in;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(parse(cases[i].line, &in, &error), EXIT_USAGE);
		if (span_find_span(buf_span(&error), span_str(cases[i].says)) == error.n)
			fail_msg("%s: says \"%s\"", cases[i].line, error.p);
	}
	buf_fini(&error);
}

static void
test_two_dashes_end_options(void **state)
{
	struct buf error = BUF_INIT;
	struct invocation in;

	(void)state;
	assert_int_equal(parse("yettctl token -- email --value", &in, &error), EXIT_DONE);
	assert_int_equal(in.arguments, 2);
	assert_string_equal(in.argument[1], "--value");
	assert_int_equal(parse("yettctl rule add -", &in, &error), EXIT_DONE);
	assert_string_equal(in.argument[0], "-");
	buf_fini(&error);
}

static void
test_help_is_there_at_every_level(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
	    {"yettctl --help", "Exit codes:"},
	    {"yettctl rule -h", "rule add FILE"},
	    {"yettctl rule add --help", "--dry-run"},
	};
	struct buf error = BUF_INIT, text = BUF_INIT;
	struct invocation in;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(parse(cases[i].line, &in, &error), EXIT_DONE);
		assert_true(in.help);
		buf_clear(&text);
		command_help(in.noun, in.command, &text);
		assert_true(
		    span_find_span(buf_span(&text), span_str(cases[i].says)) < text.n);
	}
	buf_fini(&text);
	buf_fini(&error);
}

static void
test_a_noun_may_stand_alone_behind_its_verbs(void **state)
{
	struct buf error = BUF_INIT, text = BUF_INIT;
	struct invocation in;

	(void)state;
	assert_int_equal(parse("yettctl performance heatmap 17", &in, &error), EXIT_DONE);
	assert_string_equal(in.command->verb, "heatmap");
	assert_string_equal(in.argument[0], "17");
	assert_int_equal(parse("yettctl performance 17", &in, &error), EXIT_DONE);
	assert_null(in.command->verb);
	assert_string_equal(in.argument[0], "17");
	assert_int_equal(parse("yettctl performance", &in, &error), EXIT_DONE);
	assert_int_equal(in.arguments, 0);
	assert_int_equal(parse("yettctl performance heatmap", &in, &error), EXIT_USAGE);
	assert_int_equal(parse("yettctl performance --help", &in, &error), EXIT_DONE);
	command_help(in.noun, in.command, &text);
	assert_non_null(strstr(text.p, "Also:\n  performance heatmap ID|LABEL"));
	buf_clear(&text);
	command_completion(&text);
	assert_non_null(strstr(text.p, "performance:) words='heatmap' ;;"));
	assert_null(strstr(text.p, "null"));
	buf_fini(&text);
	buf_fini(&error);
}

static void
test_the_table_is_consistent(void **state)
{
	(void)state;
	for (size_t i = 0; i < commands_n; i++) {
		const struct command *c = &commands[i];
		unsigned options = 0;

		assert_non_null(c->run);
		assert_true(c->least <= c->most && c->most <= COMMAND_ARGUMENTS_MAX);
		assert_true(c->help[0] >= 'a' && c->help[0] <= 'z');
		while (options < COMMAND_OPTIONS_MAX && c->options[options].name)
			options++;
		assert_true(options < COMMAND_OPTIONS_MAX);
		for (size_t k = i + 1; k < commands_n; k++) {
			bool same = strcmp(c->noun, commands[k].noun) == 0;

			/* one noun stands together; alone, too, but then last: verbs first */
			if (same)
				assert_string_equal(commands[k - 1].noun, c->noun);
			assert_false(same &&
			    (c->verb == NULL ||
				(commands[k].verb &&
				    strcmp(c->verb, commands[k].verb) == 0)));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_options_may_stand_anywhere),
	    cmocka_unit_test(test_mistakes_are_refused_with_what_was_meant),
	    cmocka_unit_test(test_two_dashes_end_options),
	    cmocka_unit_test(test_help_is_there_at_every_level),
	    cmocka_unit_test(test_a_noun_may_stand_alone_behind_its_verbs),
	    cmocka_unit_test(test_the_table_is_consistent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
