/*
 * A request as HAProxy describes it: what the NOTIFY carried, nothing interpreted. Spans
 * point into the frame. The same list is written verbatim into the ring (request_record.h).
 */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include "base/span.h"

/* field, SPOE argument name (yett-spoe(7)) */
#define REQUEST_SPAN_TABLE(X)                                                               \
	X(id, "id") /* unique-id */                                                         \
	X(frontend, "fe")                                                                   \
	X(source, "src") /* 4 or 16 bytes */                                                \
	X(sni, "sni")                                                                       \
	X(alpn, "alpn")                                                                     \
	X(version, "ver") /* "1.1" */                                                       \
	X(method, "method")                                                                 \
	X(uri_head, "uri") /* first bytes of the target: tells absolute form */             \
	X(path, "path")                                                                     \
	X(query, "query")                                                                   \
	X(headers, "hdrs") /* req.hdrs_bin */                                               \
	X(tls_ciphers, "ciph")                                                              \
	X(tls_extensions, "ext")                                                            \
	X(tls_groups, "grp")                                                                \
	X(tls_formats, "pf")                                                                \
	X(tls_signatures, "sig") /* 3.1+ */                                                 \
	X(tls_versions, "sv") /* 3.1+ */                                                    \
	X(client_cert, "cert") /* SHA-1, 20 bytes, only when HAProxy verified it */         \
	X(verified,                                                                         \
	    "vfy") /* names of credential sources that HAProxy verified, comma separated */ \
	X(body, "body") /* last: cut from the ring record first */

#define REQUEST_NUMBER_TABLE(X)                                               \
	X(source_port, "sport")                                               \
	X(tls, "ssl") /* 0 or 1 */                                            \
	X(tls_version, "tlsv") /* ssl_fc_protocol_hello_id */                 \
	X(body_visible,                                                       \
	    "blen") /* bytes of body HAProxy could see (may exceed body.n) */ \
	X(body_announced, "bsize") /* req.body_size: Content-Length, or visible */

enum request_span {
#define X(f, arg) RS_##f,
	REQUEST_SPAN_TABLE(X)
#undef X
	    REQUEST_SPANS
};

struct request {
	union {
		struct {
#define X(f, arg) struct span f;
			REQUEST_SPAN_TABLE(X)
#undef X
		};
		struct span span[REQUEST_SPANS];
	};
#define X(f, arg) int64_t f; /* -1: NULL or not sent */
	REQUEST_NUMBER_TABLE(X)
#undef X
	int64_t now_us; /* wall time of arrival */
	int64_t mono_ns; /* monotonic time of arrival */
};

/* Everything absent, numbers -1. */
void request_init(struct request *r);

#endif
