/* Error texts and the end of a process whose invariant broke. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

const char *
err_str(int err)
{
	switch (err) {
	case OK: return "success";
#define X(name, value, text) \
	case name: return text;
		ERR_TABLE(X)
#undef X
	}
	return "unknown error";
}

_Noreturn void
err_check_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "level=fatal msg=\"check failed\" cond=\"%s\" at=%s:%d\n", cond,
	    file, line);
	abort();
}
