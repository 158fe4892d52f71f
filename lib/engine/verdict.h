/* What the engine says of a request: the content of the ACK and of the ring record. */
#ifndef ENGINE_VERDICT_H
#define ENGINE_VERDICT_H

#include "base/span.h"
#include "bundle/format.h"
#include "crypto/siphash.h"

enum inspected { INSPECTED_NONE, INSPECTED_PARTIAL, INSPECTED_COMPLETE };

enum identity_kind {
	IDENTITY_WEAK, /* TLS print, header order, source prefix */
	IDENTITY_BEARER,
	IDENTITY_JWT,
	IDENTITY_HEADER,
	IDENTITY_QUERY,
	IDENTITY_COOKIE,
	IDENTITY_CLIENT_CERT,
	IDENTITY_BASIC,
};

enum verdict_flag {
	VERDICT_PROVISIONAL =
	    1, /* the endpoint is a guess, the bundle does not know it */
	VERDICT_WEAK = 2, /* identity is weak */
	VERDICT_VERIFIED = 4, /* HAProxy verified the credential */
	VERDICT_WATCH = 8,
	VERDICT_BODY_IN_RECORD = 16,
	VERDICT_SHADOWED = 32,
	VERDICT_OPERATION = 64, /* endpoint_hash is of a sub-operation that the bundle does
				   not know; the body is in the record to tell which */ /* something in shadow would have stopped the request */
};

struct verdict {
	enum rule_action action; /* ALLOW, DENY, RATE or DROP */
	uint16_t status; /* 403, 429 …; 0 for allow */
	uint32_t retry_after_s; /* rate */
	struct span rule; /* name of the rule that decided, else of the first event rule
	                     that matched, else absent; lives in the bundle */
	struct span reason; /* rule's reason or the exception's; bundle or constant */
	uint64_t rule_hash; /* bundle_hash(rule), 0 */
	/* First thing that a rule, limit or exception in shadow would have done. An
	 * exception's shadow_rule is its name, its hash 0. */
	enum rule_action shadow_action; /* 0: nothing */
	struct span shadow_rule;
	uint64_t shadow_hash;
	enum inspected inspected;
	uint32_t exceptions; /* bit per enum exception_id that came up */
	uint32_t flags; /* enum verdict_flag */
	struct hash128 identity;
	enum identity_kind identity_kind;
	uint64_t endpoint_hash; /* ENDPOINT_HASH_PROVISIONAL set if provisional */
	uint32_t endpoint; /* index in the bundle or BUNDLE_NONE */
	struct span service; /* name; bundle or arena */
	struct span endpoint_label; /* "GET /users/{number}"; bundle or arena */
	uint64_t revision; /* 0: no bundle */
	uint32_t target_flags;
	uint16_t body_kind; /* enum body_kind of http/body.h */
};

#endif
