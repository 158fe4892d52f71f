/* The fields of the rule language as numbers: field.def's table. */
#ifndef ENGINE_FIELD_H
#define ENGINE_FIELD_H

/* As predicates and limit keys of a bundle name them; append only. */
enum field_id {
#define FIELD(id, name, type, keyed, group, doc) id,
#include "engine/field.def"
#undef FIELD
	FIELDS
};

enum field_type { FIELD_TEXT, FIELD_NUMBER, FIELD_BOOL, FIELD_ADDRESS, FIELD_FLAGS };

/* What must be read before the field has a value. */
enum field_group {
	GROUP_REQUEST,
	GROUP_BODY,
	GROUP_IDENTITY,
	GROUP_HISTORY,
	GROUP_ENDPOINT,
};

#endif
