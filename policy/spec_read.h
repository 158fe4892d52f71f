/*
 * An OpenAPI 3.1 or 3.0 document, or Swagger 2.0, as struct spec. All or nothing: a document
 * with an error gives no specification. Pure.
 */
#ifndef POLICY_SPEC_READ_H
#define POLICY_SPEC_READ_H

#include "policy/diag.h"
#include "policy/spec.h"
#include "policy/spec_path.h"

struct spec_read_options {
	struct span name, version; /* absent: as the document calls itself */
	struct span base; /* absent: base paths from its servers */
};

/* ERR_MALFORMED, ERR_LIMIT, ERR_VERSION (neither OpenAPI 3 nor Swagger 2.0) with errors in
 * diags; warnings may come with success. service, file and sha256 of *out are the caller's. */
MUST_CHECK int
spec_read(struct pool *pool, struct diags *diags, const struct source *source,
    const struct spec_read_options *options, struct spec *out);

/* --- between the files of the reader --------------------------------------------------- */

/* A security scheme by its name in the document. */
struct spec_scheme {
	struct span name, kind; /* kind: as in spec_operation.security */
};

struct spec_reader {
	struct pool *pool;
	struct diags *diags;
	const struct source *source;
	const struct spec_node *root;
	struct spec *spec;
	struct spec_refs refs;
	struct spec_schemas schemas;
	spec_server_list servers;
	VEC(struct spec_scheme) schemes;
	struct intern
	    operations; /* "METHOD template", number: place in spec->operations */
	struct intern words;
	uint64_t fields;
	bool forced_base;
};

struct place spec_reader_at(const struct spec_reader *r, const struct spec_node *n);

/* spec_message.c: parameters, bodies and answers of one operation into its fields; types gets
 * its path parameters. item: the path's node, op: the operation's. */
void spec_read_types(struct spec_reader *r, const struct spec_node *item,
    const struct spec_node *op, spec_param_types *types);
void spec_read_messages(struct spec_reader *r, const struct spec_node *item,
    const struct spec_node *op, struct spec_operation *out);

/* spec_security.c */
void spec_read_schemes(struct spec_reader *r);
/* op's requirements, else the document's. */
void
spec_read_security(struct spec_reader *r, const struct spec_node *op, span_list *out);

#endif
