/*
 * Records between analyst, spool and PostgreSQL: msgpack arrays, first the version, then
 * the kind, then the fields of that kind in order. A reader skips trailing fields it does
 * not know and refuses a version it does not know. Nothing in a record is raw sensitive
 * text: paths are templates, undecided words are tokens.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/buf.h"
#include "sketch/distinct.h"
#include "sketch/hist.h"

#define RECORD_VERSION 1
#define RECORD_BYTES_MAX (1u << 20)

enum record_kind {
	RECORD_ENDPOINT = 1, /* description of an endpoint, when first seen or changed */
	RECORD_SUMMARY = 2, /* what one endpoint did in one minute, mergeable */
	RECORD_DECISION =
	    3, /* decision event: deny, rate, drop, shadow, exception; aggregated */
	RECORD_COVERAGE = 4, /* what one minute could not see, per service */
	RECORD_GAP = 5, /* from, to, counts of what was thinned or lost */
	RECORD_WORD = 6, /* an undecided word was released: token and text */
	RECORD_OBSERVATION = 7, /* what was seen of one field since the last, mergeable */
	RECORD_SUSPECT = 8, /* a class that a field has not had before */
	RECORD_CHILD = 9, /* one of the values most seen at a parameter, mergeable */
	RECORD_LINK = 10, /* two tokens of one value: before and after a key's rotation */
};

/* Which stream of the spool a kind belongs to. */
enum record_stream { STREAM_SUMMARY = 1, STREAM_ALERT = 2 };
enum record_stream record_stream_of(enum record_kind kind);

#define AUTH_KINDS 8 /* bit per enum identity_kind of engine/verdict.h */

struct record_endpoint {
	uint64_t hash;
	uint64_t alias_of; /* another hash that this one was folded into, 0 */
	struct span service, method, template_text; /* undecided words as {~token} */
	struct span operation; /* absent: the URL itself */
	int64_t first_us;
	uint32_t provisional; /* 1: undecided text in it */
	/* shapes of undecided words in order, joined by ' ' */
	struct span shapes;
};

struct record_summary {
	uint64_t hash;
	int64_t minute_us; /* wall, start of the minute */
	int64_t first_us, last_us;
	uint64_t requests, watched;
	uint64_t status[6]; /* 0: no status seen; 1xx … 5xx */
	uint64_t denied, limited, dropped, shadowed;
	uint64_t inspected[3]; /* none, partial, complete */
	uint64_t undecided; /* finished without a verdict */
	uint64_t unfinished; /* decided, no finish line came */
	uint64_t request_bytes, response_bytes;
	uint32_t auth_mask; /* identity kinds seen */
	uint64_t auth_none; /* requests on a weak identity */
	struct hist latency_us, request_size, response_size;
	struct distinct identities;
};

struct record_decision {
	int64_t minute_us;
	uint64_t hash; /* endpoint */
	uint32_t action; /* enum rule_action, what was done */
	uint32_t shadow_action; /* what shadow would have done, 0 */
	struct span rule; /* name, or the exception's name with a leading "exception:" */
	struct span reason;
	uint64_t revision;
	uint64_t requests;
	int64_t first_us, last_us;
	uint32_t status;
	struct distinct identities;
	uint64_t sample_identity_hi, sample_identity_lo; /* of the first */
	struct span sample_id; /* unique id of the first request */
};

struct record_coverage {
	int64_t minute_us;
	struct span service;
	uint64_t requests, decided, undecided, unfinished, body_partial, body_none;
	uint64_t ring_dropped, pending_evicted, finish_bad, tap_seen, tap_cut, tap_gzip;
	uint64_t overflow; /* requests whose endpoint could not be kept */
};

struct record_gap {
	int64_t from_us, to_us;
	uint64_t records, requests;
	struct span cause; /* "spool full", "analyst restarted", … */
};

struct record_word {
	struct span token, text;
	uint64_t identities;
	int64_t at_us;
};

enum field_direction { FIELD_REQUEST = 1, FIELD_RESPONSE };
enum field_location {
	FIELD_BODY = 1,
	FIELD_QUERY,
	FIELD_PATH, /* path: the parameter's number in the template, "1" the first */
	FIELD_HEADER,
	FIELD_COOKIE,
};
/* Bits of what a field's values were. */
enum field_type_bit {
	FIELD_IS_STRING = 1,
	FIELD_IS_INTEGER = 2,
	FIELD_IS_FRACTION = 4,
	FIELD_IS_BOOLEAN = 8,
	FIELD_IS_NULL = 16,
	FIELD_IS_FILE = 32,
};

/* Which field: names from the root joined by '.', array levels "[]", names of a map folded
 * to "{key}", undecided names as "{~token}"; http/body.h says how names are escaped. */
struct record_place {
	uint64_t hash; /* endpoint */
	uint32_t direction; /* enum field_direction */
	uint32_t location; /* enum field_location */
	struct span path;
};

#define OBSERVATION_CLASSES 4
struct record_observation {
	struct record_place at;
	int64_t first_us, last_us;
	uint64_t messages; /* of its endpoint and direction that were looked at */
	uint64_t present; /* of these with the field */
	uint64_t values; /* neither null nor empty; an array gives several a message */
	uint32_t types; /* enum field_type_bit */
	uint32_t status_mask; /* bit per status class of the answers */
	uint64_t bytes_max; /* longest value */
	struct distinct distinct; /* of the values, by redact_value_hash() */
	struct {
		struct span name; /* class, absent: none further */
		uint64_t hits, checked, certain, contained;
		int64_t prior; /* tenths of a nat: classify/classify.h */
	} cls[OBSERVATION_CLASSES];
};

struct record_suspect {
	struct record_place at;
	struct span cls;
	int64_t at_us;
	uint64_t values, hits;
	int64_t score; /* posterior log-odds, tenths of a nat */
	struct span evidence; /* masked values as enum class_mask has it, ", " between */
	struct span sample_id; /* unique id of the request */
};

struct record_child {
	uint64_t hash; /* endpoint, its template has {text} or a type at the place */
	uint32_t segment; /* place in the path, from 0 */
	struct span word; /* vocabulary as text, else its token */
	uint64_t requests, accepted;
	struct distinct identities;
	uint64_t
	    shape; /* of the last accepted answer: order-free hash of its field paths, 0 */
};

struct record_link {
	struct span from, to; /* tokens under the older and the newer key */
	int64_t at_us;
};

struct record {
	enum record_kind kind;
	union {
		struct record_endpoint endpoint;
		struct record_summary summary;
		struct record_decision decision;
		struct record_coverage coverage;
		struct record_gap gap;
		struct record_word word;
		struct record_observation observation;
		struct record_suspect suspect;
		struct record_child child;
		struct record_link link;
	};
};

/* Appends the packed record. */
void record_pack(const struct record *r, struct buf *out);
/* ERR_MALFORMED, ERR_VERSION, ERR_UNSUPPORTED (kind), ERR_NOMEM. Spans point into packed;
 * record_fini releases histograms. */
MUST_CHECK int record_unpack(struct span packed, struct record *out);
void record_fini(struct record *r);

#endif
