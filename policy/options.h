/*
 * The command line of yettc: each command and each option in one table, from which parser
 * and --help come and with which the page is compared.
 */
#ifndef POLICY_OPTIONS_H
#define POLICY_OPTIONS_H

#include "base/buf.h"
#include "base/exit.h"
#include "bundle/format.h"

/* Exit codes: X(name, meaning). */
#define YETTC_EXIT_TABLE(X)                                                      \
	X(EXIT_DONE, "done, and nothing to complain about")                      \
	X(EXIT_FINDINGS,                                                         \
	    "the policy has errors, the bundles differ, the bundle is refused, " \
	    "a specification has errors or differs")                             \
	X(EXIT_USAGE, "the command line is wrong")                               \
	X(EXIT_INCOMPLETE, "begun and not finished: a file cannot be written")   \
	X(EXIT_DENIED, "not allowed: a file's mode, a role's rights")            \
	X(EXIT_NOTFOUND, "no such file, no such bundle")                         \
	X(EXIT_UNAVAILABLE, "PostgreSQL cannot be reached")                      \
	X(EXIT_NO_MEMORY, "out of memory")                                       \
	X(EXIT_RETRY, "not now, the same command may work later")

#define KEY_FILES_MAX BUNDLE_SIGNATURES_MAX
#define ARGUMENTS_MAX 64

struct options {
	const struct command *command;
	const char *output, *database, *environment, *body, *source_address, *sni;
	const char *verified, *created, *note;
	const char *service, *name, *version, *base; /* of a specification */
	const char *key[KEY_FILES_MAX];
	unsigned keys;
	struct buf headers; /* "name: value\n" lines */
	uint64_t revision; /* 0: not given */
	uint64_t interval_s;
	bool json, quiet, strict, dev, graph, tls, dry_run, yaml, once;
	const char *argument[ARGUMENTS_MAX];
	unsigned arguments;
};

struct command {
	const char *name;
	const char *arguments; /* for --help */
	const char *options; /* letters of the option table that it takes */
	unsigned min, max; /* arguments */
	int (*run)(struct options *o);
	const char *doc;
};
extern const struct command verbs[];

/* Fills *out. EXIT_DONE: run it; otherwise the code to exit with, having said why (or
 * shown help, which gives -1). */
int options_parse(int argc, char **argv, struct options *out);
/* A line on stderr: "yettc: …". Returns code. */
int complain(int code, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The exit code of one of our errors. */
int exit_of(int rc);

int command_compile(struct options *o);
int command_check(struct options *o);
int command_explain(struct options *o);
int command_dump(struct options *o);
int command_diff(struct options *o);
int command_sign(struct options *o);
int command_keygen(struct options *o);
int command_watch(struct options *o);
int command_learn(struct options *o);
int command_spec(struct options *o);

#endif
