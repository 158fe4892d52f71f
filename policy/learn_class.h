/*
 * What a field holds, decided on the merged view of all gateways: from counts of one field
 * and class to the state that stands in yett.field_class, and whether that is news.
 *
 *   counts since ever ───────────────► class_judge ─┐
 *   counts since the window began ───► class_judge ─┴► state, score, news
 *
 * Counts only grow, so a field that has held order notes for a year would need another year
 * of card numbers before the sums say so. Therefore a second look at what came since a
 * window began: whichever of the two finds more counts, and only the sums may say that a
 * class is not there. A window that found nothing in LEARN_WINDOW_VALUES values begins anew.
 *
 *   state      becomes (verdict)
 *   seen       suspected, contains, confirmed, rejected
 *   suspected  contains, confirmed, rejected
 *   contains   confirmed, rejected
 *   confirmed  rejected
 *   rejected   suspected, contains, confirmed
 *
 * "Unknown" changes nothing, and a weaker finding takes nothing back. What a person said
 * stands: then counts are noted and the state stays. Pure.
 */
#ifndef POLICY_LEARN_CLASS_H
#define POLICY_LEARN_CLASS_H

#include "classify/classify.h"

/* Enough to tell a class that every value has from one that stray values have (the weakest
 * validators pass one value in ten). */
#define LEARN_WINDOW_VALUES 256

/* In the order of strength; learn_class_name() has the words of yett.field_class.state. */
enum learn_class_state {
	LEARN_CLASS_SEEN,
	LEARN_CLASS_REJECTED,
	LEARN_CLASS_SUSPECTED,
	LEARN_CLASS_CONTAINS,
	LEARN_CLASS_CONFIRMED,
	LEARN_CLASS_STATES
};
const char *learn_class_name(enum learn_class_state state);
/* LEARN_CLASS_SEEN for a word that is none. */
enum learn_class_state learn_class_parse(struct span name);

struct learn_class_counts {
	uint64_t values, hits, checked, certain, contained, distinct;
};

struct learn_class_field {
	struct learn_class_counts now;
	struct learn_class_counts base; /* when the window began; zeros: at the start */
	int32_t prior; /* tenths of a nat */
	enum learn_class_state state;
	bool human; /* a person has said yes or no */
};

struct learn_class_result {
	enum learn_class_state state;
	double score; /* nats, of the look that decided */
	struct learn_class_counts base; /* to be remembered */
	bool news; /* now contains or confirmed, and neither before */
};

/* One field and class. */
void learn_class_judge(const struct class_set *set, uint16_t cls,
    const struct learn_class_field *f, struct learn_class_result *out);

#endif
