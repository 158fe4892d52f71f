/*
 * From messages to fields: which requests and answers are looked at, what a request leaves
 * while its answer is awaited, and what becomes of it.
 *
 *   ring record ── observer_request() ──► struct observed, in the pending entry
 *   finish line ── observer_accepted() ─► fields (request, then tapped answer), children
 *               └─ observed_free(): the answer was none to learn from
 *
 * Bodies, headers, parameters are looked at where the record has them; an answer where it was
 * tapped. What is left out, or could not be read, is counted. Under load less is looked at,
 * never waited for.
 */
#ifndef ANALYST_OBSERVER_H
#define ANALYST_OBSERVER_H

#include "analyst/children.h"
#include "analyst/endpoint.h"
#include "analyst/fields.h"
#include "analyst/finish.h"
#include "engine/request_record.h"

struct observed; /* what a request leaves: features and words of its path, no values */

struct observer_options {
	const struct settings *settings;
	struct endpoints *endpoints; /* all outlive the observer */
	struct release *release;
	struct redactor *redactor;
	struct metric_block *metric;
	struct sink sink;
};

struct observer;

MUST_CHECK int observer_new(const struct observer_options *o, struct observer **out);
void observer_free(struct observer *o);
/* Makes the bundle's classes, NULL: the built-in ones; what else a bundle changes may fail
 * after it. ERR_NOMEM, ERR_LIMIT: nothing has changed. */
MUST_CHECK int observer_prepare(struct observer *o, const struct bundle *b);
/* Those made last are the ones from now on. */
void observer_bundle(struct observer *o, int64_t now_us);
/* A class by name, of these; NULL: there is none. Good until the next bundle. */
const struct class_info *observer_class(const struct observer *o, struct span name);
/* How far behind the analyst is: 0 not at all … 4, each step leaves a quarter. */
void observer_pressure(struct observer *o, unsigned pressure);

/* endpoint: index, or ENDPOINT_NONE with a guess (may be NULL). NULL: nothing to keep. */
struct observed *observer_request(struct observer *o, const struct request_prelude *p,
    const struct request *r, uint32_t endpoint, const struct guess *g);
struct observer_answer {
	uint32_t endpoint;
	uint64_t identity;
	const struct finish *line;
	int64_t now_us;
};
/* The application answered, with whatever status. */
void observer_status(struct observer *o, const struct observer_answer *a);
/* The answer was accepted; seen may be NULL, is the caller's. */
void observer_accepted(
    struct observer *o, const struct observed *seen, const struct observer_answer *a);
/* It was not: of what is known only the values of parameters are counted. */
void observer_refused(
    struct observer *o, const struct observed *seen, const struct observer_answer *a);
/* Gives back what a request has left. */
void observed_free(struct observer *o, struct observed *seen);

void observer_moved(struct observer *o);
/* Emits what is due, all: everything. Returns records. */
uint32_t observer_flush(struct observer *o, bool all, int64_t now_us);
/* Whether there is more than one flush emits. */
bool observer_waiting(const struct observer *o);
/* Suspicions emitted since the last call. */
uint32_t observer_suspects(struct observer *o);

#endif
