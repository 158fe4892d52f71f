/* The fields of each kind of record, shared by writer (record.c) and reader (record_read.c). */
#ifndef RECORD_FIELDS_H
#define RECORD_FIELDS_H

#include "record/record.h"

#define RECORD_KINDS (RECORD_LINK + 1)
#define RECORD_HEAD_FIELDS 2 /* version, kind */
#define RECORD_FIELDS_MAX 256 /* of a record of a later minor version */
#define RECORD_TEXT_MAX 65536 /* counters of an agent; everything else is far shorter */

enum field_type {
	FIELD_U64,
	FIELD_U32,
	FIELD_I64,
	FIELD_TEXT,
	FIELD_HIST,
	FIELD_DISTINCT
};

struct record_slot {
	enum field_type type;
	size_t offset; /* in struct record */
};

struct record_fields {
	const struct record_slot *fields;
	unsigned n;
	enum record_stream stream;
};
extern const struct record_fields record_fields[RECORD_KINDS]; /* [0]: nothing */

/* UTF-8 as PostgreSQL takes it: no NUL, nothing overlong, no surrogates. */
bool record_text_valid(struct span s);

#endif
