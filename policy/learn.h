/*
 * The learning cycle: what gateways reported is judged once, on the merged view, under a
 * lock that lets one yettc learn at a time.
 *
 *   built-in classes ► templates ► classes of fields ► specifications ► changes
 *   (data_class)       (learn_template) (learn_class)  (spec)           (SQL)
 *
 * Each part is a transaction of its own (or several) and stands for itself: what one cannot
 * do is told and the next goes on; the cycle after this one tries again. Parts read what the
 * ones before them decided: fields of merged endpoints are judged together. Time comes from
 * the data (yett.learn_now), never from the clock. Does I/O, blocks, logs nothing.
 */
#ifndef POLICY_LEARN_H
#define POLICY_LEARN_H

#include "base/jsonw.h"
#include "policy/learn_template.h"
#include "policy/spec.h"

/* X(id, name): the parts in their order. */
#define LEARN_PART_TABLE(X)                  \
	X(LEARN_PART_SYNC, "sync")           \
	X(LEARN_PART_TEMPLATES, "templates") \
	X(LEARN_PART_CLASSES, "classes")     \
	X(LEARN_PART_SPECS, "specs")         \
	X(LEARN_PART_CHANGES, "changes")

enum learn_part {
#define X(id, name) id,
	LEARN_PART_TABLE(X)
#undef X
	    LEARN_PARTS
};

struct learn_options {
	bool dry_run; /* writes nothing; specifications are not compared then */
};

struct learn_class_totals {
	uint64_t judged; /* fields and classes with new evidence */
	uint64_t confirmed, contains, suspected,
	    rejected; /* of these, that became it now */
	uint64_t told; /* classes new to an endpoint */
};

struct learn_change_totals {
	uint64_t quiet, back, authentication, status, size;
};

struct learn_result {
	uint64_t synced; /* built-in classes that were new or other */
	struct learn_template_result templates;
	struct learn_class_totals classes;
	struct spec_compare_result specs;
	struct learn_change_totals changes;
	int64_t us[LEARN_PARTS]; /* wall time of each part */
	int64_t total_us;
	int error[LEARN_PARTS]; /* OK, or why the part did not finish */
	struct source_error why[LEARN_PARTS];
};

/* Where gateways and people say that something is to be judged. */
#define LEARN_CHANNEL "yett_learn"

struct pg_sync;
/* One cycle. ERR_AGAIN: another yettc learns at the moment, nothing was done. ERR_CLOSED:
 * the connection is gone. ERR_VERSION: no schema here, or an older one. ERR_DENIED. OK
 * otherwise, even if parts failed: see out->error. *e says why it is not OK. */
MUST_CHECK int learn_cycle(struct pg_sync *pg, const struct learn_options *o,
    struct learn_result *out, struct source_error *e);
/* Whether something was decided that the next bundle may show. */
bool learn_changed(const struct learn_result *r);
/* "judged 12 fields, 1 confirmed" for people; parts where nothing happened are left out. */
void learn_print(const struct learn_result *r, struct buf *out);
void learn_json(const struct learn_result *r, bool dry_run, struct jsonw *w);
/* Seconds between cycles, setting learn.interval_s; 60 if it cannot be read. */
uint64_t learn_interval_s(struct pg_sync *pg);

/* One part each, in learn_pg.c. Errors of pg_sync_query with *e set. */
MUST_CHECK int
learn_sync_classes(struct pg_sync *pg, uint64_t *synced, struct source_error *e);
MUST_CHECK int learn_classes(struct pg_sync *pg, bool dry_run,
    struct learn_class_totals *out, struct source_error *e);
MUST_CHECK int learn_changes(struct pg_sync *pg, bool dry_run,
    struct learn_change_totals *out, struct source_error *e);

#endif
