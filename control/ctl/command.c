/* Parsing words against the command table. Help and completion: help.c. */
#include "control/ctl/command.h"

#include <stdio.h>

#include "control/ctl/text.h"

#define COUNT_MAX 999999999 /* fits an integer of PostgreSQL */
#define ALIKE 2 /* edits between a word and what may have been meant */

/* The best of a few words that look alike. */
struct guess {
	const char *word;
	unsigned distance;
};

static void
consider(struct guess *g, const char *given, const char *known)
{
	unsigned d = text_distance(given, known);
	bool starts = span_starts(span_str(known), span_str(given));

	if (starts && *given)
		d = 1;
	if (d <= ALIKE && d < strlen(known) && (g->word == NULL || d < g->distance))
		*g = (struct guess){known, d};
}

static void
put_guess(struct buf *error, const struct guess *g, const char *before)
{
	if (g->word)
		buf_printf(error, "; did you mean %s%s?", before, g->word);
}

static void
put_quoted(struct buf *error, const char *word)
{
	buf_put_char(error, '"');
	text_put(error, span_head(span_str(word), 100));
	buf_put_char(error, '"');
}

const char *
invocation_option(const struct invocation *in, const char *name)
{
	const struct option_values *v = invocation_values(in, name);

	return v && v->n ? v->value[v->n - 1] : NULL;
}

const struct option_values *
invocation_values(const struct invocation *in, const char *name)
{
	for (unsigned i = 0; i < in->options; i++) {
		if (strcmp(in->option[i].name, name) == 0)
			return &in->option[i];
	}
	return NULL;
}

static const struct command_option *
find_option(const struct command_option *table, struct span name)
{
	for (; table && table->name; table++) {
		if (span_eq(name, span_str(table->name)))
			return table;
	}
	return NULL;
}

/* Any command's option of that name: used before the command itself is known. */
static const struct command_option *
find_any_option(struct span name)
{
	const struct command_option *o = find_option(command_globals, name);

	for (size_t i = 0; o == NULL && i < commands_n; i++)
		o = find_option(commands[i].options, name);
	return o;
}

static int
add_value(struct invocation *in, const char *name, const char *value, struct buf *error)
{
	struct option_values *v = NULL;

	for (unsigned i = 0; i < in->options; i++) {
		if (strcmp(in->option[i].name, name) == 0)
			v = &in->option[i];
	}
	if (v == NULL) {
		if (in->options == sizeof in->option / sizeof *in->option) {
			buf_put_str(error, "too many options");
			return EXIT_USAGE;
		}
		v = &in->option[in->options++];
		*v = (struct option_values){.name = name};
	}
	if (v->n == COMMAND_VALUES_MAX) {
		buf_printf(
		    error, "--%s given more than %d times", name, COMMAND_VALUES_MAX);
		return EXIT_USAGE;
	}
	v->value[v->n++] = value;
	return EXIT_DONE;
}

static void
guess_option(const char *given, struct buf *error)
{
	struct guess g = {0};

	for (const struct command_option *o = command_globals; o->name; o++)
		consider(&g, given, o->name);
	for (size_t i = 0; i < commands_n; i++) {
		for (const struct command_option *o = commands[i].options; o->name; o++)
			consider(&g, given, o->name);
	}
	put_guess(error, &g, "--");
}

/* A word that starts with --; *used is how many words it took. */
static int
parse_long(struct invocation *in, int argc, char *const *argv, int i, int *used,
    struct buf *error)
{
	struct span rest = span_str(argv[i] + 2), name = span_cut(&rest, '=');
	const struct command_option *o = find_any_option(name);
	const char *value = "";

	*used = 1;
	if (span_eq(name, SPAN("help"))) {
		in->help = true;
		return EXIT_DONE;
	}
	if (span_eq(name, SPAN("version"))) {
		in->version = true;
		return EXIT_DONE;
	}
	if (o == NULL) {
		buf_put_str(error, "unknown option ");
		put_quoted(error, argv[i]);
		guess_option(argv[i] + 2, error);
		return EXIT_USAGE;
	}
	if (o->argument && !span_absent(rest)) {
		value = rest.p;
	} else if (o->argument && i + 1 < argc) {
		value = argv[i + 1];
		*used = 2;
	} else if (o->argument) {
		buf_printf(
		    error, "--%s needs a value: --%s %s", o->name, o->name, o->argument);
		return EXIT_USAGE;
	} else if (!span_absent(rest)) {
		buf_printf(error, "--%s takes no value", o->name);
		return EXIT_USAGE;
	}
	return add_value(in, o->name, value, error);
}

static int
parse_short(struct invocation *in, const char *word, struct buf *error)
{
	static const struct {
		char letter;
		const char *name;
	} known[] = {{'j', "json"}, {'q', "quiet"}, {'y', "yes"}};

	for (word++; *word; word++) {
		const char *name = NULL;

		if (*word == 'h')
			in->help = true;
		else if (*word == 'V')
			in->version = true;
		if (*word == 'h' || *word == 'V')
			continue;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
			if (known[i].letter == *word)
				name = known[i].name;
		}
		if (name == NULL) {
			buf_put_str(error, "unknown option ");
			put_quoted(error, word);
			return EXIT_USAGE;
		}
		if (add_value(in, name, "", error) != EXIT_DONE)
			return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* Splits options from words; words[] has room for argc. */
static int
split(int argc, char *const *argv, struct invocation *in, const char **words, unsigned *n,
    struct buf *error)
{
	bool options = true;
	int used = 1, rc = EXIT_DONE;

	for (int i = 1; i < argc && rc == EXIT_DONE; i += used) {
		used = 1;
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && strncmp(argv[i], "--", 2) == 0) {
			rc = parse_long(in, argc, argv, i, &used, error);
		} else if (options && argv[i][0] == '-' && argv[i][1]) {
			rc = parse_short(in, argv[i], error);
		} else if (*n == COMMAND_ARGUMENTS_MAX + 2) {
			buf_put_str(error, "too many arguments");
			rc = EXIT_USAGE;
		} else {
			words[(*n)++] = argv[i];
		}
	}
	return rc;
}

static bool
is_noun(const char *word)
{
	for (size_t i = 0; i < commands_n; i++) {
		if (strcmp(commands[i].noun, word) == 0)
			return true;
	}
	return false;
}

static int
no_such_noun(const char *word, struct buf *error)
{
	struct guess g = {0};

	for (size_t i = 0; i < commands_n; i++)
		consider(&g, word, commands[i].noun);
	buf_put_str(error, "unknown command ");
	put_quoted(error, word);
	put_guess(error, &g, "");
	if (g.word == NULL)
		buf_put_str(error, "; yettctl --help lists them");
	return EXIT_USAGE;
}

static int
no_such_verb(const char *noun, const char *verb, struct buf *error)
{
	struct guess g = {0};
	char before[64];

	for (size_t i = 0; i < commands_n; i++) {
		if (verb && commands[i].verb && strcmp(commands[i].noun, noun) == 0)
			consider(&g, verb, commands[i].verb);
	}
	if (verb == NULL) {
		buf_printf(error, "%s what?", noun);
	} else {
		buf_put_str(error, "unknown command ");
		put_quoted(error, verb);
		buf_printf(error, " of %s", noun);
	}
	snprintf(before, sizeof before, "%s ", noun);
	put_guess(error, &g, before);
	if (g.word == NULL) {
		buf_put_str(error, " One of:");
		for (size_t i = 0; i < commands_n; i++) {
			if (commands[i].verb && strcmp(commands[i].noun, noun) == 0)
				buf_printf(error, " %s", commands[i].verb);
		}
	}
	return EXIT_USAGE;
}

static const struct command *
find_command(const char *noun, const char *verb)
{
	for (size_t i = 0; i < commands_n; i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->noun, noun) == 0 &&
		    (c->verb == NULL || (verb && strcmp(c->verb, verb) == 0)))
			return c;
	}
	return NULL;
}

static bool
is_count(const char *word)
{
	uint64_t n;

	return span_u64(span_str(word), &n) == OK && n <= COUNT_MAX;
}

/* Options that exist, but not for this command; numbers that are none. */
static int
check_options(const struct invocation *in, struct buf *error)
{
	const struct command *c = in->command;

	for (unsigned i = 0; i < in->options; i++) {
		struct span name = span_str(in->option[i].name);
		const struct command_option *o = find_option(c->options, name);

		if (o && o->argument && strcmp(o->argument, "N") == 0 &&
		    !is_count(in->option[i].value[0])) {
			buf_printf(error, "--%s: ", in->option[i].name);
			put_quoted(error, in->option[i].value[0]);
			buf_printf(error, " is no number from 0 to %d", COUNT_MAX);
			return EXIT_USAGE;
		}
		if (!o && !find_option(command_globals, name)) {
			buf_printf(error, "%s%s%s takes no --%s", c->noun,
			    c->verb ? " " : "", c->verb ? c->verb : "",
			    in->option[i].name);
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

int
command_parse(int argc, char *const *argv, struct invocation *out, struct buf *error)
{
	const char *words[COMMAND_ARGUMENTS_MAX + 2];
	unsigned n = 0, first;
	const struct command *c;
	int rc;

	*out = (struct invocation){0};
	if ((rc = split(argc, argv, out, words, &n, error)) != EXIT_DONE)
		return rc;
	out->noun = n > 0 ? words[0] : NULL;
	if (out->version || (out->help && n == 0))
		return EXIT_DONE;
	if (n == 0) {
		buf_put_str(error, "no command given; yettctl --help lists them");
		return EXIT_USAGE;
	}
	if (!is_noun(words[0]))
		return no_such_noun(words[0], error);
	c = out->command = find_command(words[0], n > 1 ? words[1] : NULL);
	if (out->help)
		return EXIT_DONE;
	if (c == NULL)
		return no_such_verb(words[0], n > 1 ? words[1] : NULL, error);
	first = c->verb ? 2 : 1;
	if (n - first < c->least || n - first > c->most) {
		buf_printf(error, "%s arguments; usage: yettctl %s%s%s %s",
		    n - first < c->least ? "missing" : "too many", c->noun,
		    c->verb ? " " : "", c->verb ? c->verb : "", c->arguments);
		return EXIT_USAGE;
	}
	for (unsigned i = first; i < n; i++)
		out->argument[out->arguments++] = words[i];
	return check_options(out, error);
}
