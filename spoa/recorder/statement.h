/*
 * The recorder's statements and the filling of their parameters, in binary format, from a
 * batch. No I/O.
 */
#ifndef RECORDER_STATEMENT_H
#define RECORDER_STATEMENT_H

#include "pg/array.h"
#include "recorder/batch.h"

enum statement_id {
#define STATEMENT(id, sql) id,
#include "recorder/statements.def"
#undef STATEMENT
	STATEMENTS
};

const char *statement_sql(enum statement_id id);

#define STATEMENT_PARAMS_MAX 32

/* The parameters of one statement: arrays and single values in their order. */
struct statement_params {
	int n;
	const char *value[STATEMENT_PARAMS_MAX];
	int length[STATEMENT_PARAMS_MAX];
	int format[STATEMENT_PARAMS_MAX];
	struct pg_array array[STATEMENT_PARAMS_MAX];
	char scalar[STATEMENT_PARAMS_MAX][8];
	struct buf scratch;
	int err; /* sticky: OK, ERR_NOMEM, ERR_LIMIT */
};

void statement_init(struct statement_params *p);
void statement_fini(struct statement_params *p);
void statement_begin(struct statement_params *p); /* empties */
void statement_int8(struct statement_params *p, int64_t v);
void statement_int4(struct statement_params *p, int32_t v);
void statement_int2(struct statement_params *p, int16_t v);
void statement_time(struct statement_params *p, int64_t wall_us);
void statement_text(struct statement_params *p, const char *s); /* borrowed */
/* The next parameter as an array to be filled. */
struct pg_array *statement_array(struct statement_params *p, enum pg_type type);
/* Finishes the arrays; OK, ERR_NOMEM or ERR_LIMIT. */
MUST_CHECK int statement_finish(struct statement_params *p);

/* What a statement needs of a squeezed batch. agent_id where its function asks for it. */
void statement_endpoints(struct statement_params *p, const struct batch *b);
void statement_minutes(struct statement_params *p, const struct batch *b);
void statement_hours_read(struct statement_params *p, const struct batch *b);
void statement_hours_write(struct statement_params *p, const struct batch *b);
void
statement_decisions(struct statement_params *p, const struct batch *b, int32_t agent_id);
void
statement_coverage(struct statement_params *p, const struct batch *b, int32_t agent_id);
void statement_gaps(struct statement_params *p, const struct batch *b, int32_t agent_id);
void statement_words(struct statement_params *p, const struct batch *b);
void statement_observations(struct statement_params *p, const struct batch *b);
void statement_suspects(struct statement_params *p, const struct batch *b);
void statement_children(struct statement_params *p, const struct batch *b);
void statement_links(struct statement_params *p, const struct batch *b);

/* Packed sketches as array elements; an empty one is null. */
void
statement_put_hist(struct statement_params *p, struct pg_array *a, const struct hist *h);
void statement_put_distinct(
    struct statement_params *p, struct pg_array *a, const struct distinct *d);

#endif
