/*
 * What was learned of a service as OpenAPI 3.1: paths and parameters from templates, schemas
 * from fields and their types, x-yett-classes, security from the credentials seen. Only what
 * was accepted is told, and no name that is still undecided. Imported again it compares with
 * the same inventory without a finding. The same inventory gives the same bytes. Pure.
 */
#ifndef POLICY_SPEC_EXPORT_H
#define POLICY_SPEC_EXPORT_H

#include "policy/spec_compare.h"

/* Deeper names than these are left to "additionalProperties". */
#define SPEC_EXPORT_DEPTH_MAX 12
/* A field that so many messages had, all of them, is required. */
#define SPEC_EXPORT_REQUIRED_MIN 20

struct spec_export_options {
	struct span title, version;
	span_list hosts; /* of the service; empty: its name, if that is a host */
	bool yaml;
};

/* Appends the document. ERR_NOMEM. */
MUST_CHECK int spec_export(struct pool *pool, const struct spec_service *s,
    const struct spec_export_options *o, struct buf *out);

/* --- between the files ------------------------------------------------------------------ */

struct spec_writer;
struct spec_exporter {
	struct pool *pool;
	const struct spec_service *service;
	struct spec_writer *writer;
};

/* One operation: the endpoints of one method and path. */
struct spec_group {
	const struct spec_endpoint *const *endpoint;
	uint32_t n;
};
/* spec_export_schema.c: "requestBody" or the "content" of an answer, if there is a body. */
void spec_export_body(
    struct spec_exporter *x, const struct spec_group *g, enum field_direction direction);
/* Writes the type of a parameter as a schema. */
void spec_export_type(struct spec_exporter *x, uint32_t types, const span_list *classes);
/* A name as text: released if it is a token. Absent: not decided. */
struct span spec_export_name(struct spec_exporter *x, struct span raw);

#endif
