/*
 * Requests written as text, put to the engine: self-tests while compiling, and `yettc
 * explain`. The engine gets a private state and default limits. Pure.
 */
#ifndef POLICY_TRIAL_H
#define POLICY_TRIAL_H

#include "engine/engine.h"
#include "policy/model.h"
#include "policy/tables.h"

/* A request; absent and 0 where nothing is said. */
struct request_text {
	struct span method, host, path, query, body;
	struct span headers; /* "name: value\n" lines */
	struct span source; /* 4 or 16 bytes */
	struct span sni, verified;
	bool tls;
	int64_t now_us;
};

/* Fills *out; its spans live in the pool or in t. */
void trial_request(struct pool *pool, const struct request_text *t, struct request *out);
/* Options as an agent with defaults has them. */
void trial_options(struct engine_options *out);

/* Runs the model's self-tests on the bundle (which has none yet), complains of those that
 * get something else than expected, and adds all to the tables with what they got. False
 * after a complaint. */
bool trial_run(struct model *m, struct tables *t, struct span bundle);

#endif
