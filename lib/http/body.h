/*
 * Bodies: what kind it is, inflated within limits, and walkers that hand each leaf to a
 * visitor and report how far they came. Walkers are bounded, read in place, allocate only
 * in the arena handed in, and never stop silently: complete, truncated (the bytes ended
 * inside a value) or malformed, at an offset. What stood before the offset was visited.
 */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "base/arena.h"
#include "base/span.h"

enum body_kind {
	BODY_NONE, /* no body */
	BODY_JSON, /* application/json, *+json, also ndjson */
	BODY_FORM, /* application/x-www-form-urlencoded */
	BODY_MULTIPART,
	BODY_XML, /* application/xml, text/xml, *+xml */
	BODY_GRPC, /* application/grpc*: not read */
	BODY_GRAPHQL, /* application/graphql: the body is the document */
	BODY_TEXT, /* text/plain and the like: one leaf */
	BODY_BINARY, /* anything else: not read */
};

enum body_state { BODY_COMPLETE, BODY_TRUNCATED, BODY_MALFORMED };

enum body_flag {
	BODY_DUPLICATE_KEY = 1,
	BODY_TOO_DEEP = 2, /* nesting over limits.depth: malformed there */
	BODY_TOO_MANY = 4, /* leaves over limits.fields: malformed there */
	BODY_BAD_UTF8 = 8,
	BODY_INFLATED = 16, /* was compressed */
	BODY_INFLATE_LIMIT = 32, /* inflating stopped at a limit: state is TRUNCATED */
	BODY_BAD_ENCODING = 64, /* content encoding unknown or its stream broken */
	BODY_DTD = 128, /* XML with a document type: entities are not expanded in text */
	BODY_NUL = 256,
	BODY_TRAILING = 512, /* bytes after the document (not for ndjson) */
};

struct body_limits {
	unsigned depth;
	unsigned fields;
	size_t inflate_bytes;
	unsigned inflate_ratio;
};

struct body_result {
	enum body_state state;
	size_t offset; /* where it stopped, in the (inflated) bytes */
	uint32_t flags; /* enum body_flag */
	unsigned fields; /* leaves visited */
};

enum value_type { VALUE_STRING, VALUE_NUMBER, VALUE_TRUE, VALUE_FALSE, VALUE_NULL };

/*
 * One leaf. path: names from the root joined by '.', array levels as "[]", for example
 * `items[].price`; a '.', '[' or '\' inside a name is written with a '\' before it. Form
 * and multipart fields have their name as path; XML has element.child.@attribute, text
 * under the element's own path. Spans live until the visitor returns.
 */
struct field {
	struct span path;
	struct span name; /* last name of the path, decoded */
	struct span value; /* strings decoded; numbers as written */
	enum value_type type;
	unsigned depth;
	struct span filename; /* multipart: present for files */
	struct span media; /* multipart: the part's content type */
};

/* Returns OK to go on; anything else stops the walk (not an error of the walk): the state is
 * then TRUNCATED at the offset behind the leaf. What a visitor allocates in the walk's arena
 * stays there. */
typedef int field_visit(void *ctx, const struct field *f);

enum body_kind body_kind(struct span content_type);
/* The same, but JSON for a text, a form or something else that begins like JSON: many
 * servers read it as that whatever the content type says. Without a content type what the
 * body begins like: JSON, XML or BINARY, NONE when it is empty. */
enum body_kind body_kind_likely(struct span content_type, struct span body);

/* Undoes gzip and deflate (one or several, in the order of the header) into the arena;
 * identity returns body itself. Limits and oddities set r->flags and r->state; *out is what
 * could be inflated. ERR_FULL: the arena is smaller than the limits allow. */
MUST_CHECK int body_inflate(struct span body, struct span content_encoding,
    const struct body_limits *limits, struct span *out, struct body_result *r,
    struct arena *a);

/* cut: the bytes are known to be only the first part; the state is then never COMPLETE, and a
 * value that might go on is not visited. Each fills *r; ERR_FULL alone is an error (arena too
 * small for the current path or decoded value). JSON takes 8 bytes a name that fits the body
 * (128 KiB at most), XML some 20 KiB and up to twice the body. */
MUST_CHECK int json_walk(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a);
MUST_CHECK int form_walk(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a);
MUST_CHECK int multipart_walk(struct span body, struct span boundary, bool cut,
    const struct body_limits *limits, field_visit *visit, void *ctx,
    struct body_result *r, struct arena *a);
MUST_CHECK int xml_walk(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a);

/* Inflates and walks by kind in one call; kinds that are not read give COMPLETE with no
 * fields. Without a content type the first byte says whether it is JSON or XML. */
MUST_CHECK int body_walk(struct span body, struct span content_type,
    struct span content_encoding, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a);

/*
 * Sub-operations: what is called inside one URL. JSON-RPC: the method. GraphQL: operation
 * type and sorted root fields ("query{user,viewer}"); its name is the client's choice and
 * is never used. gRPC: package.Service/Method is the path itself. SOAP: the action.
 * Writes the sub-operation's text (without braces' blanks) into the arena; absent when the
 * body has none or cannot be read. Batches give the sorted set joined by '+', at most 8, and
 * "*" if there are more. Persisted queries are "persisted:<hash>". SOAP without an action is
 * the first element in the Body. query: GraphQL over GET.
 */
struct span operation_of(enum body_kind kind, struct span body, struct span query,
    struct span soap_action, const struct body_limits *limits, struct arena *a);

#endif
