/*
 * Exit codes of yettctl, once: X(name, value, meaning). `yettctl help exit` and the table
 * in yettctl(1) show it; a lint compares them.
 */
#ifndef CTL_EXIT_H
#define CTL_EXIT_H

#define EXIT_TABLE(X)                                                                 \
	X(EXIT_DONE, 0, "done, and nothing to complain about")                        \
	X(EXIT_FINDINGS, 1,                                                           \
	    "done, and something was found: a failed check, a difference, a refused " \
	    "rule")                                                                   \
	X(EXIT_USAGE, 2, "the command line or a value in it is wrong")                \
	X(EXIT_INCOMPLETE, 3, "begun and not finished, or a part could not be read")  \
	X(EXIT_DENIED, 4, "not allowed: credentials, a role's rights, a file's mode") \
	X(EXIT_NOTFOUND, 5, "no such thing")                                          \
	X(EXIT_UNAVAILABLE, 69, "PostgreSQL or the agent cannot be reached")          \
	X(EXIT_RETRY, 75, "not now, the same command may work later")

enum exit_code {
#define X(name, value, meaning) name = value,
	EXIT_TABLE(X)
#undef X
};

#endif
