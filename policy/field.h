/* What the compiler knows of each field: engine/field.def and what it means for rules. */
#ifndef POLICY_FIELD_H
#define POLICY_FIELD_H

#include "engine/field.h"
#include "policy/suggest.h"

struct field_info {
	const char *name;
	enum field_type type;
	bool keyed;
	enum field_group group;
	const char *doc;
	bool address; /* says where a request comes from, not what it is like */
	uint8_t selective; /* as an anchor: 0 never, the higher the fewer requests share
	                      one value */
	const char *const *values; /* the only ones it has, NULL-terminated; or NULL */
};

/* field < FIELDS. */
const struct field_info *field_info(enum field_id field);
/* FIELDS if there is none of that name; then *s has the nearest. */
enum field_id field_find(struct span name, struct suggestion *s);
/* "a text", "a number", "yes or no", "an address", "a set of flags". */
const char *field_type_name(enum field_type t);
/* The bit of a named flag of http.target.flags, 0 if there is none; then *s has the
 * nearest. */
int64_t field_flag(struct span name, struct suggestion *s);
/* The reverse: NULL unless exactly one known bit is set. */
const char *field_flag_name(int64_t mask);

#endif
