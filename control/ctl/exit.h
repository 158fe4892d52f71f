/*
 * Exit codes of yettctl, once: X(name, meaning). `yettctl help exit` and the table
 * in yettctl(1) show it; a lint compares them.
 */
#ifndef CTL_EXIT_H
#define CTL_EXIT_H

#include "base/exit.h"

#define EXIT_TABLE(X)                                                                 \
	X(EXIT_DONE, "done, and nothing to complain about")                           \
	X(EXIT_FINDINGS,                                                              \
	    "done, and something was found: a failed check, a difference, a refused " \
	    "rule")                                                                   \
	X(EXIT_USAGE, "the command line or a value in it is wrong")                   \
	X(EXIT_INCOMPLETE, "begun and not finished, or a part could not be read")     \
	X(EXIT_DENIED, "not allowed: credentials, a role's rights, a file's mode")    \
	X(EXIT_NOTFOUND, "no such thing")                                             \
	X(EXIT_UNAVAILABLE, "PostgreSQL or the agent cannot be reached")              \
	X(EXIT_RETRY, "not now, the same command may work later")

#endif
