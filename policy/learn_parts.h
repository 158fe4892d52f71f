/* From what learn_template.c found for each endpoint to actions. For nobody else. Pure. */
#ifndef POLICY_LEARN_PARTS_H
#define POLICY_LEARN_PARTS_H

#include "base/map.h"
#include "policy/learn_template.h"

struct part {
	uint32_t at; /* in the view */
	double score;
	struct span reason;
	bool mature;
};

struct parts {
	struct pool *pool;
	const struct learn_view *view;
	struct learned *out;
	struct map by_hash; /* of the view */
	VEC(struct part) list;
};

/* First; parts_finish last. */
void parts_start(struct parts *p);
/* What was found for an endpoint; reason NULL: nothing changes. */
void parts_put(struct parts *p, uint32_t at, double score, const char *reason);
/* One action for all that get the same template. */
void parts_merge(struct parts *p);
/* Values of parameters that are endpoints of their own. */
void parts_split(struct parts *p);
void parts_alarm(struct parts *p);
/* Sorts and counts. */
void parts_finish(struct parts *p);

#endif
