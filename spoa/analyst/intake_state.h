/* What intake.c and join.c share: the core itself. For nobody else. */
#ifndef ANALYST_INTAKE_STATE_H
#define ANALYST_INTAKE_STATE_H

#include "analyst/aggregate.h"
#include "analyst/decision.h"
#include "analyst/endpoint.h"
#include "analyst/intake.h"
#include "analyst/observer.h"
#include "analyst/pending.h"

struct intake {
	struct intake_options o;
	int64_t now_us;
	int64_t timeout_us;
	struct services *services;
	struct release *release;
	struct endpoints *endpoints;
	struct pending *pending;
	struct aggregate *summaries, *coverages;
	struct decisions *decisions;
	struct observer *observer;
	struct guess_policy policy;
	struct service_index services_of; /* of the bundle */
	bool work; /* something was summed up since the flush */
	struct arena arena;
	void *memory;
};

/* intake.c: the open sums; coverage is never NULL, a summary is NULL without memory. */
struct record_coverage *
intake_coverage(struct intake *in, uint32_t service, int64_t time_us);
struct record_summary *
intake_summary(struct intake *in, uint32_t endpoint, int64_t time_us);
/* What a feature owns. */
void feature_fini(struct intake *in, struct feature *f);
/* The endpoint of a request that had none when it came, if another has shown it since. */
void intake_find(struct intake *in, struct feature *f);
/* What is known of a request however it ended; its summary or NULL. */
struct record_summary *intake_count(struct intake *in, const struct feature *f);

#endif
