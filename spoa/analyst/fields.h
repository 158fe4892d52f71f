/*
 * The fields of this shard's endpoints: what was seen of each, and which classes of data it
 * may have. Sightings of accepted messages come in (look.h), mergeable deltas and suspicions
 * go out.
 *
 *   sighting ──► field (found by raw path, else by its canonical one, else made)
 *                 ├─ counts, types, distinct values, evidence per class
 *                 ├─ class_judge(): a class for the first time ──► RECORD_SUSPECT at once
 *                 └─ twice as much as was told, or something new ──► RECORD_OBSERVATION
 *
 * Evidence is judged as a whole, and that of the last values: a field that was clean for years
 * is not clean for ever. Such a change is the less likely the longer there was none: the log
 * of that is taken off.
 *
 * How much is looked at: every value of a field until there are enough, then one of 16, one
 * of 256, and one a second in any case. The counts of what was classified are exact; only
 * they are evidence. Bounded by keys of [fields]: where there is no room a field gives way
 * that came once or not for an hour, and the new one is told when it comes again; what finds
 * no place is counted. Only this process; allocates; no I/O. Time is handed in.
 */
#ifndef ANALYST_FIELDS_H
#define ANALYST_FIELDS_H

#include "analyst/look.h"
#include "analyst/place.h"
#include "analyst/sink.h"
#include "base/settings.h"
#include "metric/metric.h"
#include "redact/redact.h"

struct fields_options {
	const struct settings *settings;
	uint32_t endpoints; /* indices are below this */
	struct release *release; /* all outlive the table */
	struct redactor *redactor;
	struct metric_block *metric;
	struct sink sink;
	uint64_t (*endpoint_hash)(void *ctx, uint32_t endpoint);
	void *ctx;
};

struct fields;

MUST_CHECK int fields_new(const struct fields_options *o, struct fields **out);
void fields_free(struct fields *f);
/* The classes from now on; the set before may go after the call. */
void fields_use(struct fields *f, const struct class_set *classes);

/* Whether a message of an endpoint is to be looked at. shape: a hash of what can be told
 * without looking, 0: nothing; a new one is looked at. pressure: 0 none, each step above
 * leaves a quarter; new endpoints and one message a second stay. *weight: messages that this
 * one stands for. */
bool fields_wanted(struct fields *f, uint32_t endpoint, enum field_direction direction,
    uint64_t shape, unsigned pressure, int64_t now_us, uint32_t *weight);
/* For look.h: the field with this key and what to do about it. */
struct look_wish fields_wish(struct fields *f, uint32_t endpoint,
    enum field_direction direction, uint64_t key, int64_t now_us);
/* Masked evidence for a class that the field has not been suspected of; absent: none. */
struct span fields_mask(struct fields *f, uint32_t field, uint16_t cls, struct span value,
    bool veiled, int64_t now_us, char text[LOOK_EVIDENCE_MAX]);

/* The application answered an endpoint with this status: told as a place of its own,
 * "status=404" of location header, once an hour. */
void fields_status(struct fields *f, uint32_t endpoint, int64_t status, int64_t now_us);

struct fields_message {
	uint32_t endpoint;
	enum field_direction direction;
	unsigned status_class; /* 2, 3 */
	uint64_t identity;
	struct span template_text;
	struct span id; /* of the request, as it came */
	int64_t now_us;
};
/* Takes what a look has seen of an accepted message. Returns the shape of the message: a
 * hash of its fields whatever their order, the same on every gateway; 0 without fields. */
uint64_t
fields_take(struct fields *f, const struct look *l, const struct fields_message *m);

/* Endpoints have moved or gone: to(ctx, index) says where, UINT32_MAX: nowhere. */
void
fields_moved(struct fields *f, uint32_t (*to)(void *ctx, uint32_t endpoint), void *ctx);
/* Fields with undecided names begin anew where the redaction key has a new epoch; words:
 * also where the bundle or anybody else has decided a name since. */
void fields_renew(struct fields *f, bool words, int64_t now_us);

/* Emits observations that are due, all: whatever has not been told. Returns how many. */
uint32_t fields_flush(struct fields *f, bool all);
/* Whether some are due still. */
bool fields_waiting(const struct fields *f);
/* Suspicions emitted since the last call. */
uint32_t fields_suspects(struct fields *f);
uint32_t fields_count(const struct fields *f);

#endif
