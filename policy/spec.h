/*
 * Specifications: what an OpenAPI document publishes, and how that differs from what the
 * gateways saw.
 *
 *   file ─ spec_node ─► tree with lines ─ spec_read (ref, path, schema) ─► struct spec
 *   struct spec ─ spec_store ─► PostgreSQL ─ spec_load ─► struct spec_world
 *   struct spec_world ─ spec_match, spec_compare ─► findings ─ spec_store ─► PostgreSQL
 *   inventory ─ spec_export ─► OpenAPI 3.1
 *
 * A specification is bound to one service. Several may be bound to the same: an endpoint is
 * a shadow only if it is in none of them. The latest import of a name is its current version;
 * earlier versions say which endpoints are zombies.
 *
 * Everything but spec_store, spec_load and command_spec is pure: texts in, values or messages
 * out, memory from one pool.
 */
#ifndef POLICY_SPEC_H
#define POLICY_SPEC_H

#include "policy/pool.h"
#include "policy/sources.h"
#include "record/record.h"

/* What a document may be; what is over is an error with file and line. */
#define SPEC_BYTES_MAX (64u << 20) /* the largest known to us has 35 MB */
#define SPEC_OPERATIONS_MAX 20000
#define SPEC_BASES_MAX 8 /* base paths from servers and their variables */
/* Fields of one operation and direction: what a gateway keeps of an endpoint. Found breadth
 * first; where there are more, the place they stand below is left open. */
#define SPEC_FIELDS_MAX 512
#define SPEC_FIELD_DEPTH_MAX 12
#define SPEC_FIELDS_TOTAL_MAX 2000000

enum spec_format { SPEC_SWAGGER_20, SPEC_OPENAPI_30, SPEC_OPENAPI_31 };
const char *spec_format_name(enum spec_format f); /* "openapi-3.1", as in yett.spec */

typedef VEC(struct span) span_list;

struct spec_field {
	enum field_direction direction;
	enum field_location location;
	struct span path; /* record/record.h; "" is the body itself */
	uint32_t types; /* enum field_type_bit, 0: any */
	bool required;
	bool open; /* further fields may stand below it */
	unsigned line;
};
typedef VEC(struct spec_field) spec_field_list;

struct spec_operation {
	int64_t id; /* in the database, 0: not there yet */
	struct span method, path; /* path: as the document writes it, with its base */
	struct span template; /* grammar of endpoints, parameters typed */
	struct span operation_id;
	unsigned line;
	bool deprecated;
	/* Alternatives, each of kinds joined by '+': bearer, basic, header:NAME, query:NAME,
	 * cookie:NAME, client_cert, none. Empty: the document says nothing. */
	span_list security;
	/* What a segment of the path says beyond its place in the template, by number of the
	 * segment: "=a|b" one of these values, "~report.*" mixed text; "" nothing. May be
	 * shorter than the path. */
	span_list hints;
	span_list statuses; /* "200", "2XX", "default" */
	span_list request_types, response_types; /* lower case, no parameters */
	spec_field_list fields;
};

struct spec {
	int64_t id;
	struct span service, name, version, file;
	enum spec_format format;
	struct span sha256; /* of the file, hex */
	bool current; /* else replaced by a later version */
	int64_t imported_us;
	span_list hosts; /* of absolute servers, normalised */
	span_list bases; /* "" or "/api/v3" */
	VEC(struct spec_operation) operations;
	span_list words; /* literals of paths, names of parameters and fields */
};
typedef VEC(struct spec) spec_list;

/* What one cycle found. */
struct spec_compare_result {
	unsigned services, specs; /* compared */
	unsigned endpoints,
	    matched; /* called ones of these; in a current specification */
	unsigned findings; /* open now */
	unsigned opened, resolved; /* by this comparison */
};

/*
 * Compares every service that has a specification with its inventory and replaces its
 * findings, one transaction a service: for the learning cycle and `yettc spec compare`.
 * Blocks on the database. ERR_CLOSED, ERR_DENIED, ERR_VERSION, ERR_AGAIN, ERR_IO; then *e
 * says why, *out what was done before.
 */
struct pg_sync;
MUST_CHECK int spec_compare_all(
    struct pg_sync *pg, struct spec_compare_result *out, struct source_error *e);
/* The same of one service; its name ends with a NUL. Adds to *out. */
MUST_CHECK int spec_compare_one(struct pg_sync *pg, struct span service,
    struct spec_compare_result *out, struct source_error *e);

#endif
