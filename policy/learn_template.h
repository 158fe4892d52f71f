/*
 * Which endpoints of the inventory are one template, and which value of a parameter is an
 * endpoint of its own, decided on the merged view of all gateways.
 *
 *   /users/{~a}/repos  /users/{~b}/repos  /users/search     gateways: one child per word
 *   └────────────┬───────────────┘            │
 *        /users/{text}/repos             /users/search      learned: merge, literal kept
 *
 * Top down, place by place: the children of a place are sorted into values of a parameter
 * and literals by evidence that is added up as log-odds (learn_place.h): what stands before,
 * vocabulary, how many there are and how many were used by a single identity (Good-Turing),
 * and whether what lies below and the methods are alike. Everything is a function of sets
 * and counters, so the order of traffic and of rows does not matter.
 *
 * What is wanted becomes an action; settling (learn_template_settle) lets it happen only
 * when two consecutive epochs want it, few at a time, and never by itself to what is older
 * than a week: that stays a proposal for people. What people and specifications say is not
 * undone. Sources: algorithms.md §1.2 (Good 1953; Akto, Optic, Metlo and their failures).
 *
 * learn_template.c and learn_place.c are pure; learn_template_pg.c reads and writes.
 */
#ifndef POLICY_LEARN_TEMPLATE_H
#define POLICY_LEARN_TEMPLATE_H

#include "policy/pool.h"
#include "policy/sources.h"

#define LEARN_MATURE_S (7 * 86400) /* algorithms.md §1.2 */
#define LEARN_EPOCH_S 300
#define LEARN_EPOCHS 2 /* consecutive ones that must want the same */
#define LEARN_REQUESTS 20 /* of what a new template comes from */
#define LEARN_SHARE_PERMILLE 10 /* of templates changed in an epoch … */
#define LEARN_SHARE_FROM 300 /* … once there are more than these */

enum learn_origin { LEARN_LEARNED, LEARN_SPEC, LEARN_HUMAN };

struct learn_endpoint {
	uint64_t hash;
	struct span service, method, template, operation; /* operation: "" none */
	enum learn_origin origin;
	bool provisional; /* undecided words in it */
	bool keep; /* a person: its words stand for themselves */
	bool ignore; /* a person: not an endpoint; not looked at */
	struct span into; /* a person: merged into this template; absent: none */
	uint64_t requests;
	uint64_t accepted; /* answered 2xx or 3xx */
	uint32_t merged; /* endpoints that were merged into it before */
	int64_t first_us, last_us;
	struct span identities; /* distinct count as lib/sketch packs it, may be absent */
	struct span
	    released; /* the template with words released since, absent: none were */
	struct span shapes; /* of the undecided words in order, "class:length:shape …" */
	uint64_t shape; /* hash of the fields of its answers, 0: not known */
};

#define LEARN_LAST_PARAMETER UINT32_MAX
/* One of the values most seen at a parameter. */
struct learn_child {
	uint64_t hash; /* of the endpoint that has the parameter */
	unsigned segment; /* from 0; or the last that is a parameter */
	struct span word; /* text that may be told, or {~token} */
	uint64_t requests, accepted, identities;
	uint64_t shape; /* 0: not known */
	bool human; /* a person: this value is an endpoint of its own */
};

struct learn_view {
	const struct learn_endpoint *endpoint;
	uint32_t endpoints;
	const struct learn_child *child;
	uint32_t children;
	int64_t now_us;
};

enum learn_kind { LEARN_MERGE, LEARN_SPLIT };

struct learn_action {
	enum learn_kind kind;
	struct span service, method, template, operation; /* what there will be */
	uint64_t hash; /* of that */
	const uint64_t *from; /* n hashes, ascending: of what is merged; SPLIT: of one */
	uint32_t n;
	uint64_t requests, identities; /* support */
	double score; /* log-odds of the weakest decision on the way, in nats */
	struct span reason; /* a few words for people */
	bool fresh; /* there is no such endpoint yet */
	bool settled; /* changes what was decided before: counts against the share */
	bool mature; /* a proposal only */
	bool human; /* a person said so: at once */
};

/* Traffic fills the inventory with paths that are used once. */
struct learn_alarm {
	struct span service;
	uint64_t templates; /* undecided ones, or beyond the table */
	uint64_t requests;
	struct span reason;
};

struct learned {
	VEC(struct learn_action) actions; /* by service, template, method, operation */
	VEC(struct learn_alarm) alarms; /* by service */
	struct span *template; /* per endpoint of the view: what it should have */
	uint32_t templates; /* that will be, undecided ones not counted */
};

/* Pure; memory of *out is the pool's. */
void
learn_template(struct pool *pool, const struct learn_view *view, struct learned *out);

/* What was wanted before, by the hash of what there will be and the kind. */
struct learn_waiting {
	uint64_t hash;
	enum learn_kind kind;
	bool mature;
	unsigned epochs; /* that wanted it in a row */
	int64_t epoch; /* the last of them */
};
enum learn_verdict { LEARN_WAIT, LEARN_APPLY, LEARN_PROPOSE };
struct learn_settled {
	enum learn_verdict verdict;
	unsigned epochs; /* to be remembered */
	int64_t epoch;
};
/* One verdict per action. last_epoch: of the cycle before this one; now: of this one. Pure. */
/* waiting: ascending by hash, kind, mature. */
void learn_template_settle(const struct learned *l, const struct learn_waiting *waiting,
    uint32_t n, int64_t last_epoch, int64_t now_epoch, struct learn_settled *out);

struct learn_template_options {
	int64_t now_us; /* 0: the clock's */
	int64_t epoch_us; /* 0: LEARN_EPOCH_S; setting learn.epoch_s beats it */
	bool dry_run; /* nothing is written */
};
struct learn_template_result {
	uint32_t merged, split, waiting, proposals,
	    alarms; /* actions by what became of them */
	uint32_t endpoints; /* looked at */
	uint32_t templates; /* there will be */
	uint32_t absorbed; /* endpoints that are what a specification or a person said */
};

struct pg_sync;
/* One cycle over a database: reads, learns, writes in one transaction under the caller's
 * advisory lock. Blocks. Errors of pg_sync_query with e->text set. */
MUST_CHECK int learn_templates(struct pg_sync *pg, const struct learn_template_options *o,
    struct learn_template_result *out, struct source_error *e);

#endif
