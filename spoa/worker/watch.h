/*
 * Which requests are watched, their answers tapped. Watching costs HAProxy, so there is a
 * budget, a token bucket per worker (watch.per_second, watch.burst), spent in this order:
 *
 *   floor    one a second and endpoint, over all workers; may borrow one burst, so that a
 *            busy endpoint cannot starve the quiet ones. Endpoints that the bundle does not
 *            know share one floor: a flood of random paths is not watched path by path
 *   rule     a rule asked for it: while there is a token
 *   surplus  any other request: while the bucket is more than half full
 */
#ifndef WORKER_WATCH_H
#define WORKER_WATCH_H

#include "engine/verdict.h"
#include "state/shared.h"

struct watch_budget {
	double per_second; /* 0: nothing is ever watched */
	double burst;
	double tokens; /* −burst … burst */
	int64_t last_ns;
};

void watch_init(struct watch_budget *b, double per_second, double burst, int64_t mono_ns);
/* Whether the answer to this request is to be watched; takes the token. Only requests that
 * are allowed have an answer. */
bool watch_take(
    struct watch_budget *b, struct shared *s, const struct verdict *v, int64_t mono_ns);

#endif
