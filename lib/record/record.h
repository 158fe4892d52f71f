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

struct record {
	enum record_kind kind;
	union {
		struct record_endpoint endpoint;
		struct record_summary summary;
		struct record_decision decision;
		struct record_coverage coverage;
		struct record_gap gap;
		struct record_word word;
	};
};

/* Appends the packed record. */
void record_pack(const struct record *r, struct buf *out);
/* ERR_MALFORMED, ERR_VERSION, ERR_UNSUPPORTED (kind), ERR_NOMEM. Spans point into packed;
 * record_fini releases histograms. */
MUST_CHECK int record_unpack(struct span packed, struct record *out);
void record_fini(struct record *r);

#endif
