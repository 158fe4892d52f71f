/*
 * Paths of a specification as templates of endpoints: "/users/{id}" with an integer id is
 * "/users/{number}", what the analyst guesses for such requests. And servers as base paths.
 * Pure.
 */
#ifndef POLICY_SPEC_PATH_H
#define POLICY_SPEC_PATH_H

#include "http/template.h"
#include "policy/spec.h"
#include "policy/spec_schema.h"

/* What a document says of one path parameter. */
struct spec_param_type {
	struct span name;
	struct span cls; /* class of segments: "number", "uuid", "text" */
	span_list choices; /* empty: any value */
};
typedef VEC(struct spec_param_type) spec_param_types;

/* The class of segments that a parameter's values have. */
struct span spec_path_class(const struct spec_shape *shape);

/* The template of base and path; parameters without a type are {text}. A segment that is more
 * than one parameter is {text}, but for "name({key})" and a verb behind ':'. ERR_MALFORMED,
 * ERR_LIMIT: too long or too many segments for an endpoint. */
MUST_CHECK int spec_path_template(struct pool *pool, struct span base, struct span path,
    const spec_param_types *types, struct span *out);

/* Fills hints as spec_operation has them. */
void spec_path_hints(struct pool *pool, struct span base, struct span path,
    const spec_param_types *types, span_list *hints);

/* Appends what stands literally in a template, decoded, to words. */
void spec_path_words(struct pool *pool, struct span template_text, span_list *words);

/* One server's address, its variables filled in. */
struct spec_server {
	struct span host; /* normalised; absent: relative, or not known exactly */
	struct span base; /* "" or "/api/v3" */
};
typedef VEC(struct spec_server) spec_server_list;
/* Appends what a server object (url, variables) stands for, at most SPEC_BASES_MAX in all;
 * variables in the path are written out if they have an enum. */
void spec_path_server(
    struct pool *pool, const struct spec_node *server, spec_server_list *out);
/* A base path without a slash at its end; "" is none. */
struct span spec_path_base(struct pool *pool, struct span path);
/* The host of an address as a service is called, absent if it is none. */
struct span spec_path_host(struct pool *pool, struct span host);

#endif
