/*
 * The command tree: noun, verb, what follows, what it does, the function. One table
 * (commands.c) drives parsing, --help, bash completion and the lint against yettctl(1).
 *
 *   yettctl [options] noun [verb] [arguments] [options]
 *
 * Options may stand anywhere; `--` ends them. Parsing is pure: words in, an invocation or
 * an error text out.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "base/buf.h"
#include "control/ctl/exit.h"

#define COMMAND_OPTIONS_MAX 12
#define COMMAND_ARGUMENTS_MAX 8
#define COMMAND_VALUES_MAX 8 /* of one option that repeats */

struct session;
struct invocation;

struct command_option {
	const char *name; /* without dashes */
	const char
	    *argument; /* NULL: a switch; "N": a number; "FILE": completed with names */
	const char *help;
};

struct command {
	const char *noun;
	const char *verb; /* NULL: the noun alone is the command */
	const char *arguments; /* as in the usage line, "" for none */
	unsigned least, most; /* arguments */
	const char *help; /* one line, no capital, no full stop */
	struct command_option
	    options[COMMAND_OPTIONS_MAX]; /* own options, name NULL ends */
	int (*run)(struct session *s, const struct invocation *in); /* an exit code */
};

extern const struct command commands[];
extern const size_t commands_n;
extern const struct command_option command_globals[]; /* name NULL ends */

struct option_values {
	const char *name;
	unsigned n;
	const char *value[COMMAND_VALUES_MAX]; /* "" for a switch */
};

struct invocation {
	const struct command *command;
	bool help; /* -h or --help stood somewhere; command may be NULL then */
	bool version;
	const char *noun; /* as given, NULL: none */
	unsigned arguments;
	const char *argument[COMMAND_ARGUMENTS_MAX];
	unsigned options;
	struct option_values option[COMMAND_OPTIONS_MAX + 8];
};

/* EXIT_DONE, or EXIT_USAGE with an explanation (and what was meant) in *error. Keeps
 * pointers into argv. */
int command_parse(int argc, char *const *argv, struct invocation *out, struct buf *error);
/* The value of an option (the last if repeated), NULL when it was not given. */
const char *invocation_option(const struct invocation *in, const char *name);
const struct option_values *
invocation_values(const struct invocation *in, const char *name);

/* --help: of everything (noun NULL), of a noun, of a command. */
void command_help(const char *noun, const struct command *command, struct buf *out);
/* A bash completion script made from the table. */
void command_completion(struct buf *out);
/* One line a command, option, exit code or check, for the lint: "command NOUN VERB",
 * "option NAME", "exit NUMBER MEANING", "check NAME". */
void command_list(struct buf *out);

#endif
