/*
 * The ring record: what a worker tells the analyst of one request. A prelude, a table of
 * (offset, length) for each span of the request, then the bytes verbatim. The body is in it
 * only when VERDICT_BODY_IN_RECORD is set; body_bytes says how long the visible one was.
 *
 *   struct request_prelude │ struct { u32 offset, length } × REQUEST_SPANS │ bytes
 *
 * offset counts from the record's start; offset 0 means the span was absent. The reader
 * checks every offset: a record comes from a process that foreign input may have broken.
 */
#ifndef ENGINE_REQUEST_RECORD_H
#define ENGINE_REQUEST_RECORD_H

#include "engine/request.h"
#include "engine/verdict.h"

#define REQUEST_RECORD_VERSION 1

struct request_prelude {
	uint16_t version;
	uint16_t worker;
	uint16_t identity_kind;
	uint16_t action; /* enum rule_action */
	uint64_t sequence;
	int64_t time_us; /* wall */
	uint64_t identity_lo, identity_hi;
	uint64_t endpoint_hash;
	uint64_t revision;
	uint64_t rule_hash, shadow_hash;
	uint32_t endpoint_id; /* PostgreSQL's, 0 */
	uint32_t exceptions;
	uint32_t flags; /* enum verdict_flag */
	uint32_t target_flags;
	uint16_t status;
	uint16_t inspected;
	uint16_t shadow_action;
	uint16_t body_kind;
	uint32_t body_bytes;
	uint32_t decision_ns;
	int64_t number[5]; /* REQUEST_NUMBER_TABLE in order */
};

/* Bytes the record needs with or without the body. */
size_t request_record_size(const struct request *r, bool with_body);
/* Writes exactly request_record_size() bytes. */
void request_record_write(void *at, const struct request *r, const struct verdict *v,
    uint16_t worker, uint64_t sequence, uint32_t endpoint_id, uint32_t decision_ns,
    bool with_body);
/* The reverse: spans point into the record. ERR_VERSION, ERR_CORRUPT. */
MUST_CHECK int request_record_read(
    struct span record, struct request_prelude *prelude, struct request *r);

#endif
