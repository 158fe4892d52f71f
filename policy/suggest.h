/* "Did you mean": the nearest of some names. Pure. */
#ifndef POLICY_SUGGEST_H
#define POLICY_SUGGEST_H

#include "base/span.h"

struct suggestion {
	struct span wanted;
	struct span best; /* absent: none is near enough */
	unsigned distance;
};

void suggest_init(struct suggestion *s, struct span wanted);
/* Offers one name; it stays the caller's. */
void suggest_offer(struct suggestion *s, struct span name);

/* For messages: `; did you mean "x"?` with "%s%.*s%s". */
#define SUGGEST_FMT "%s%.*s%s"
#define SUGGEST_ARGS(s)                                         \
	(s).best.p ? "; did you mean \"" : "", (int)(s).best.n, \
	    (s).best.p ? (s).best.p : "", (s).best.p ? "\"?" : ""

#endif
