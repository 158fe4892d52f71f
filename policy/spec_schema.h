/*
 * JSON Schema as field paths: what a gateway would see of a message that fits it.
 *
 * One place of a message may be described by many schemas (allOf, oneOf, anyOf, several
 * answers): they are gathered first, then read as one, breadth first. What is optional in one
 * of the alternatives is optional; what any of them allows is allowed. A schema inside itself,
 * one that says nothing, and places beyond the limits are open: anything may stand below.
 *
 * Pure.
 */
#ifndef POLICY_SPEC_SCHEMA_H
#define POLICY_SPEC_SCHEMA_H

#include "policy/spec.h"
#include "policy/spec_ref.h"

#define SPEC_PARTS_MAX 256 /* schemas that describe one place */
#define SPEC_STEPS_MAX 20000000 /* schemas looked at in one document */

/* Schemas that describe one place together. */
struct spec_part {
	const struct spec_node *schema;
	bool maybe; /* one of several alternatives */
};
typedef VEC(struct spec_part) spec_part_list;

struct spec_schemas {
	struct pool *pool;
	struct spec_refs *refs;
	uint64_t steps;
	bool over; /* SPEC_STEPS_MAX was reached: said in diags */
	struct intern known; /* flattened before: seeds and direction */
	VEC(spec_field_list) lists;
};

void spec_schemas_init(struct spec_schemas *s, struct pool *pool, struct spec_refs *refs);

/* Fields of a message described by the seeds, appended to out with direction and location;
 * root is the path that they hang from, "" for a body. */
void
spec_schema_fields(struct spec_schemas *s, const spec_part_list *seeds, struct span root,
    enum field_direction direction, enum field_location location, spec_field_list *out);

/* What one schema says of a scalar, for parameters. */
struct spec_shape {
	uint32_t types; /* enum field_type_bit, 0: any */
	bool is_object, is_array;
	struct span format, pattern, segment; /* segment: x-yett-segment */
	const struct spec_node *choices; /* enum, NULL: none */
};
/* An array's shape is that of its items, with is_array set. */
void spec_schema_shape(
    struct spec_schemas *s, const struct spec_node *schema, struct spec_shape *out);

#endif
