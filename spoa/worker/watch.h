/*
 * Which requests are watched, their answers tapped. Watching costs HAProxy: at most
 * watch.percent of all requests, and within that
 *
 *   floor    one a second and endpoint, over all workers, beside the budget: a busy endpoint
 *            cannot starve the quiet ones. Endpoints that the bundle does not know share one
 *            floor: a flood of random paths is not watched path by path
 *   rule     a rule asked for it: while the budget, a token bucket per worker
 *            (watch.per_second, watch.burst), has a token
 *   surplus  any other request: while the bucket is more than half full; below that the first
 *            of its endpoint in this second, so that a busy endpoint that the bundle does not
 *            know leaves something to the quiet ones
 *
 * A request's own body costs HAProxy nothing more and the analyst a look: beside the watched
 * ones fields.bodies_per_second of them go into the ring record. Endpoints that the bundle
 * does not know take them all if need be, others while half is left; of a quiet endpoint the
 * floor above has brought one already.
 */
#ifndef WORKER_WATCH_H
#define WORKER_WATCH_H

#include "engine/verdict.h"
#include "state/shared.h"

struct watch_budget {
	bool floor;
	double share; /* of requests that may be watched, 0 … 1 */
	double credit; /* earned by share with each request, at most 1 */
	double per_second;
	double burst;
	double tokens;
	int64_t last_ns;
	double bodies_per_second;
	double bodies; /* tokens, at most as many */
	int64_t bodies_ns;
};

void watch_init(struct watch_budget *b, const struct settings *s, int64_t mono_ns);
/* Whether the answer to this request is to be watched; takes the token. Only requests that
 * are allowed have an answer. */
bool watch_take(
    struct watch_budget *b, struct shared *s, const struct verdict *v, int64_t mono_ns);
/* Whether the body of a request that has one is to be in the record; takes the token. */
bool watch_body(struct watch_budget *b, const struct verdict *v, int64_t mono_ns);

#endif
