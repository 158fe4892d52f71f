/* Where the analyst's records go: the spool, or a test. Called with a record whose spans and
 * sketches live for the call only; must not call back. */
#ifndef ANALYST_SINK_H
#define ANALYST_SINK_H

#include "record/record.h"

struct sink {
	void (*put)(void *ctx, const struct record *r);
	void *ctx;
};

#endif
