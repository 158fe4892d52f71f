/*
 * How the tools end, the same numbers in all of them; what each means there stands in the
 * tool's own table. From 64 on as sysexits.h has them.
 */
#ifndef BASE_EXIT_H
#define BASE_EXIT_H

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FINDINGS = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3,
	EXIT_DENIED = 4,
	EXIT_NOTFOUND = 5,
	EXIT_UNAVAILABLE = 69,
	EXIT_NO_MEMORY = 71,
	EXIT_RETRY = 75,
};

#endif
