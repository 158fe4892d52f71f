/*
 * The engine: request in, verdict out. Pure but for the shared state it is handed: no
 * clock, no log, no allocation (everything temporary lives in the arena). One engine a
 * worker; the analyst and `yettc explain` run the same code on a private state.
 *
 * Order of decision (yett-rules(5) and tests/unit/engine/test_decide.c keep the same list):
 *   1. quarantine: a request that ended workers before is not parsed (quarantined)
 *   2. target and headers are read (malformed_request)
 *   3. service and endpoint are found
 *   4. the identity is found and its history asked for (state_full, history_incomplete)
 *   5. the body is read if the policy asks for it (body_truncated, body_undecodable)
 *   6. network exceptions, in order: the first that matches in enforce decides
 *   7. rules, in order of priority, then name: the first allow, deny or drop that matches
 *      in enforce decides
 *   8. limits, in the same order: all that match are charged, the first that is over in
 *      enforce decides
 *   9. exceptions that came up: the strictest configured outcome decides
 *  10. otherwise the request is allowed
 * A target that careless servers read as another one, and that 1 to 8 let pass, goes through 3
 * and 5 to 8 once more as that one; what is refused then is refused (confused.c).
 * A quarantined request goes from 1 to 9. No policy at all replaces 5 to 8 by the exception
 * no_policy (endpoint and identity are still told, provisional and from built-in sources).
 * What a rule in shadow (or a rule capped by its endpoint or the bundle) would have decided
 * is kept in `shadow`. The engine itself writes the history: the request at 4, history_denied
 * when it is refused; history_finished is the analyst's.
 *
 * A condition has four answers: yes, no, unknown (history incomplete, body not readable as
 * far as the field could stand) and spent (a pattern used up its match limit: exception
 * deadline). Unknown makes a rule abstain where it matters; spent counts as a match, but not
 * for a rule that allows. history.errors_1m is unknown unless the history is complete; the
 * other counts come from requests alone and are known whenever the identity has a history.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/arena.h"
#include "bundle/bundle.h"
#include "crypto/siphash.h"
#include "engine/request.h"
#include "engine/verdict.h"
#include "http/body.h"
#include "http/headers.h"
#include "http/target.h"
#include "metric/metric.h"
#include "state/history.h"
#include "state/limit.h"

struct engine_options {
	uint8_t identity_key[SIPHASH_KEY_BYTES];
	unsigned headers_max;
	struct body_limits body;
	struct exception_policy exceptions;
	struct limit_table
	    *limits; /* NULL: limits never fill and never match (explain) */
	struct history_table *history; /* NULL: histories are incomplete */
	unsigned
	    gateways; /* live gateways that share limits; limits use 1/gateways; ≥ 1 */
	bool
	    bodies_off; /* crash mode: bodies are not parsed (quarantined for body rules) */
	bool histories_partial; /* affinity none and several gateways: what an identity
	                           did elsewhere is unknown, rules on history stay in
	                           shadow */
	int64_t now_floor_us; /* latest wall time a predecessor saw (engine_now_us), 0 */
};

struct engine;

/* Allocates everything the engine will need for its lifetime, patterns compiled. The
 * bundle (may be NULL: no_policy) must outlive the engine. ERR_NOMEM, ERR_UNSUPPORTED (a
 * pattern PCRE2 refuses, *error says which). */
MUST_CHECK int engine_new(const struct bundle *b, const struct engine_options *o,
    struct engine **out, struct bundle_error *error);
void engine_free(struct engine *e);
const struct bundle *engine_bundle(const struct engine *e);
/* Latest wall time seen: a rule that expired stays expired when the clock is set back.
 * Handed to the successor's options. */
int64_t engine_now_us(const struct engine *e);

/* What was read on the way, valid until the arena is reset; the caller hands it in so that
 * worker, analyst and explain can look at it. */
struct analysis {
	struct target target;
	struct headers headers;
	struct span host; /* normalised */
	struct span template_text; /* of the endpoint, known or guessed */
	uint32_t undecided_mask; /* guessed: see struct template */
	struct body_result body; /* valid if body_read */
	struct span body_bytes; /* inflated */
	bool body_read;
	enum body_kind body_kind;
	struct span operation;
	struct history_view history;
	bool malformed;
};

/* Never fails: what cannot be decided is an exception with a configured outcome. quarantined:
 * the caller found the request's fingerprint in quarantine. */
void engine_decide(struct engine *e, const struct request *r, bool quarantined,
    struct arena *a, struct analysis *seen, struct verdict *out);

/* One line per step of the decision, for `yettc explain`; called while deciding. */
typedef void engine_trace(void *ctx, const char *step, const char *text);
void engine_decide_traced(struct engine *e, const struct request *r, bool quarantined,
    struct arena *a, struct analysis *seen, struct verdict *out, engine_trace *trace,
    void *ctx);

/* Runs the bundle's self-test vectors on a private state. ERR_SELFTEST with *error. */
MUST_CHECK int engine_selftest(
    const struct bundle *b, const struct engine_options *o, struct bundle_error *error);

#endif
