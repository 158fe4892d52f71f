/*
 * Headers as HAProxy sends them: `req.hdrs_bin` is { name-len:varint name val-len:varint
 * value }* 00 00, names in lower case. The index is built once per request, in the arena;
 * the well-known ones are found without a search. Pure.
 */
#ifndef HTTP_HEADERS_H
#define HTTP_HEADERS_H

#include "base/arena.h"
#include "base/span.h"

/* Well-known headers: id, name. */
#define HEADER_TABLE(X)                               \
	X(HDR_HOST, "host")                           \
	X(HDR_AUTHORIZATION, "authorization")         \
	X(HDR_COOKIE, "cookie")                       \
	X(HDR_CONTENT_TYPE, "content-type")           \
	X(HDR_CONTENT_LENGTH, "content-length")       \
	X(HDR_CONTENT_ENCODING, "content-encoding")   \
	X(HDR_TRANSFER_ENCODING, "transfer-encoding") \
	X(HDR_USER_AGENT, "user-agent")               \
	X(HDR_ACCEPT, "accept")                       \
	X(HDR_ACCEPT_LANGUAGE, "accept-language")     \
	X(HDR_ACCEPT_ENCODING, "accept-encoding")     \
	X(HDR_ORIGIN, "origin")                       \
	X(HDR_REFERER, "referer")                     \
	X(HDR_X_API_KEY, "x-api-key")                 \
	X(HDR_SOAPACTION, "soapaction")               \
	X(HDR_X_HTTP_METHOD_OVERRIDE, "x-http-method-override")

enum header_id {
#define X(id, name) id,
	HEADER_TABLE(X)
#undef X
	    HEADER_KNOWN
};

struct header {
	struct span name; /* lower case */
	struct span value;
	int id; /* enum header_id or -1 */
};

struct headers {
	struct header *h; /* in the order received */
	unsigned n;
	bool truncated; /* the end marker is missing: HAProxy's copy was cut */
	bool over_limit; /* more than max; the rest was not read */
	uint16_t first[HEADER_KNOWN]; /* index + 1 of the first, 0: absent */
	uint16_t count[HEADER_KNOWN];
	uint64_t order_hash; /* of the header names in order, minus those that vary from
	                        request to request of one client (headers.c lists them) */
};

/* bin may be absent: no headers. ERR_MALFORMED at a length that does not fit, ERR_FULL. */
MUST_CHECK int
headers_parse(struct headers *out, struct span bin, unsigned max, struct arena *a);
/* Value of the first known header, absent if there is none. */
struct span headers_known(const struct headers *h, enum header_id id);
/* The same by name (lower case). */
struct span headers_get(const struct headers *h, struct span name);

/* Pairs of a query string or a form body: cuts the next "name=value" off *rest at '&',
 * names and values not decoded. False at the end. Empty pairs are skipped. */
bool query_next(struct span *rest, struct span *name, struct span *value);
/* Pairs of a Cookie header, separated by "; ". Quotes around a value are removed. */
bool cookie_next(struct span *rest, struct span *name, struct span *value);
/* The value of a cookie in a header, absent if there is none. */
struct span cookie_get(const struct headers *h, struct span name);

/* Media type without parameters (as received, trimmed), and one parameter's value. */
struct span media_type(struct span content_type);
struct span media_parameter(struct span content_type, struct span name);

/* Credentials of an Authorization header: scheme matched without regard to case; absent if
 * another scheme or none. */
struct span authorization_bearer(struct span value);
/* The user of a Basic credential, decoded into the arena; absent if it is malformed. */
struct span authorization_basic_user(struct span value, struct arena *a);
/* A claim of a JWT's payload, decoded into the arena, not verified: top-level string or
 * number. Absent if the token is malformed or has no such claim. */
struct span jwt_claim(struct span token, struct span claim, struct arena *a);

#endif
