/* Where policies come from: a folder, single files, the database. Does I/O and blocks. */
#ifndef POLICY_SOURCES_H
#define POLICY_SOURCES_H

#include "policy/model.h"

#define SOURCE_FILES_MAX 10000 /* of one folder */
#define SOURCE_BYTES_MAX (256u << 20) /* of all files together */

struct source_error {
	char text[700]; /* what to tell the operator */
};

/* Adds the files of a folder in the order of their names, or one file by its ending.
 * ERR_NOTFOUND, ERR_DENIED, ERR_LIMIT, ERR_IO, ERR_INVALID (an ending that says nothing). */
MUST_CHECK int source_path(
    struct pool *pool, const char *path, input_list *out, struct source_error *error);

/* What of a database is read. */
enum database_part {
	DATABASE_ALL,
	DATABASE_INVENTORY, /* settings, services, endpoints: without rules and tests */
	DATABASE_CLASSES, /* the customer's classes of data alone */
};
struct pg_sync;
/* Adds the rows of a database as inputs, in one snapshot. ERR_CLOSED (no server),
 * ERR_DENIED, ERR_VERSION (no such schema), ERR_INVALID (a row that cannot be written as
 * text), ERR_IO. */
MUST_CHECK int source_database(struct pool *pool, struct pg_sync *pg,
    enum database_part part, input_list *out, struct source_error *error);

#endif
