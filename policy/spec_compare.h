/*
 * Specifications against what the gateways saw of one service: which operation an endpoint
 * is, and how they differ. Pure; memory from the pool; the same input gives the same output.
 *
 *   matched   the endpoint is an operation of a current specification
 *   shadow    seen and accepted, in no current or earlier specification; undecided words
 *             may be those of a specification until gateways know these, if their length and
 *             shape is the same; all that differ in undecided words alone are one finding
 *   zombie    still called: deprecated, or in an earlier version only
 *   orphan    published, never accepted; with the time watched
 *
 * and for matched ones what is not declared: parameters of the query, fields of bodies,
 * statuses, content types, credentials; and values of other types.
 *
 * What is not told: undeclared headers and cookies (every client brings its own) and null
 * where Swagger 2.0 has no word for it.
 */
#ifndef POLICY_SPEC_COMPARE_H
#define POLICY_SPEC_COMPARE_H

#include "policy/intern.h"
#include "policy/spec.h"

/* A zombie is called "still" if it was called within so many days. */
#define SPEC_ZOMBIE_DAYS 30
/* An endpoint whose specification knows no credentials, while this many of a hundred
 * requests have some: its callers think otherwise. */
#define SPEC_AUTHENTICATED_PERCENT 95
/* Undecided names count once the specification's words have reached the gateways. */
#define SPEC_WORDS_US (INT64_C(3600) * 1000000)
#define SPEC_FINDINGS_MAX 100 /* of one endpoint and kind */

/* A field as gateways saw it. */
struct spec_seen {
	int64_t endpoint; /* id */
	enum field_direction direction;
	enum field_location location;
	struct span path;
	uint32_t types;
	int64_t present, messages;
	int64_t first_us, last_us;
	span_list classes; /* in force, for the export */
};

enum spec_state { SPEC_NONE, SPEC_MATCHED, SPEC_SHADOW, SPEC_ZOMBIE };

#define SPEC_MATCHES_MAX 8 /* specifications that one endpoint is compared with */
struct spec_match {
	const struct spec *spec;
	const struct spec_operation *operation;
	uint64_t score; /* 0: none */
};

struct spec_endpoint {
	int64_t id;
	struct span method, template, operation;
	bool provisional; /* undecided words in it, as {~token} */
	struct span shapes; /* of these words, in their order: "word:5:a text:9:Aa9" */
	bool said_auth; /* a person said what authentication is right */
	int64_t requests, status[6], refused_here; /* refused_here: denied, limited */
	uint32_t auth_mask; /* enum identity_kind */
	int64_t auth_none;
	int64_t first_us, last_us;
	VEC(struct spec_seen) fields;
	/* Filled in by spec_compare(). */
	enum spec_state state;
	unsigned matches;
	struct spec_match match[SPEC_MATCHES_MAX]; /* of current ones, best first */
};

struct spec_service {
	struct span name;
	int64_t now_us, first_us; /* first_us: first request, 0: never seen */
	spec_list specs; /* current and earlier ones */
	span_list sources; /* of identities: what credentials gateways recognise */
	VEC(struct spec_endpoint) endpoints;
	struct intern tokens; /* of undecided words that were released */
	span_list released; /* their texts, by number of the token */
};

struct spec_finding {
	const char *kind; /* as in yett.finding */
	struct span label, place, file, detail;
	int64_t endpoint, spec; /* ids, 0: none */
	unsigned line; /* 0: none */
};
typedef VEC(struct spec_finding) spec_finding_list;

/* Sets state and match of every endpoint. First step of spec_compare(), to learn which
 * operations' fields are wanted before they are read. */
void spec_match_service(struct pool *pool, struct spec_service *s);
/* The findings of a service whose endpoints were matched. */
void spec_compare_service(
    struct pool *pool, const struct spec_service *s, spec_finding_list *out);

/* --- between the files ------------------------------------------------------------------ */

/* How well an operation fits an endpoint: 0 not at all, higher is better: literals before
 * types before {text}, from the left. */
uint64_t spec_match_score(
    const struct spec_operation *o, struct span template_text, struct pool *pool);
/* The requests that the application accepted. */
int64_t spec_accepted(const struct spec_endpoint *e);

struct spec_comparison {
	struct pool *pool;
	const struct spec_service *service;
	const struct spec_endpoint *endpoint;
	spec_finding_list *out;
};
/* Adds a finding about the endpoint in hand; op may be NULL. */
void spec_finding_add(struct spec_comparison *c, const char *kind, struct span place,
    const struct spec_match *m, unsigned line, struct span detail);
/* spec_fields.c: fields and content types; spec_compare.c: the rest. */
void spec_compare_fields(struct spec_comparison *c);

#endif
