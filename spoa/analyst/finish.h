/*
 * The finish line: what HAProxy says of a request when it has ended. RFC 5424 with one
 * structured data element; the site's own message after it is not looked at.
 *
 *   <134>1 TIME HOST haproxy PID - [yett@32473 v="1" sec="…" ctx="…" st="200" …] …
 *
 * Values carry \" \\ \] escaped; "-" or an empty value means absent. Names not in the table
 * are passed over (a newer configuration beside an older agent), a name twice is malformed.
 * A number that is none is malformed as well: the line is not what our configuration
 * writes. yett-spoe(7) tells the same for people. Pure: bytes in, values out.
 */
#ifndef ANALYST_FINISH_H
#define ANALYST_FINISH_H

#include "base/arena.h"
#include "base/span.h"

#define FINISH_VERSION 1

/* field, name on the line */
#define FINISH_SPAN_TABLE(X)                                           \
	X(secret, "sec") /* line secret */                             \
	X(ctx, "ctx") /* as sealed by the worker; absent: undecided */ \
	X(id, "id") /* unique-id */                                    \
	X(frontend, "fe")                                              \
	X(timers, "timers") /* %TR/%Tw/%Tc/%Tr/%Ta */                  \
	X(state, "ts") /* termination state */                         \
	X(content_type, "ct") /* of the answer */                      \
	X(content_encoding, "ce")                                      \
	X(length, "cl") /* Content-Length of the answer, as it came */ \
	X(location, "loc")                                             \
	X(cookies, "sc") /* names of the cookies set */                \
	X(action, "act") /* what HAProxy did: allow, deny, … */      \
	X(error, "err") /* SPOE error code */                          \
	X(tap, "tap") /* first bytes of the answer, base64 */          \
	X(tap_state, "tapst") /* complete, cut, gzip, none */          \
	X(method, "m") /* these three only without a ctx */            \
	X(host, "h")                                                   \
	X(path, "p") /* first 256 bytes */

#define FINISH_NUMBER_TABLE(X)                  \
	X(version, "v")                         \
	X(status, "st") /* -1: none was sent */ \
	X(request_bytes, "bi")                  \
	X(response_bytes, "bo")                 \
	X(total_us, "us") /* negative after a clock step */

struct finish {
#define X(f, name) struct span f;
	FINISH_SPAN_TABLE(X)
#undef X
#define X(f, name) int64_t f; /* FINISH_ABSENT when it is not there */
	FINISH_NUMBER_TABLE(X)
#undef X
};

#define FINISH_ABSENT INT64_MIN

/* Parses one message (without its octet count). Spans point into msg, or into the arena
 * where escapes had to be undone. ERR_MALFORMED, ERR_VERSION, ERR_FULL (arena smaller than
 * the message), *out then absent as a whole. */
MUST_CHECK int finish_parse(struct span msg, struct arena *a, struct finish *out);

enum tap_state { TAP_NONE, TAP_COMPLETE, TAP_CUT, TAP_GZIP };
/* What the tap says; anything else than its words is TAP_NONE. */
enum tap_state finish_tap_state(const struct finish *f);
/* Bytes that the tap holds, once decoded. */
size_t finish_tap_bytes(const struct finish *f);

/*
 * Octet counting (RFC 6587 §3.4.1): "LEN SP MSG". Cuts the next whole message off *stream.
 * ERR_AGAIN: more bytes are needed, *stream untouched; ERR_MALFORMED: not a count;
 * ERR_LIMIT: longer than max. The last two cannot be mended: close the connection.
 */
MUST_CHECK int finish_frame(struct span *stream, size_t max, struct span *msg);

#endif
