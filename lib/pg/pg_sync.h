/*
 * PostgreSQL for command-line tools: one connection, every call waits for its answer. What
 * the server says comes back as text for people and as one of our errors, never as a log
 * line; a dead connection is not opened again by itself.
 */
#ifndef PG_PG_SYNC_H
#define PG_PG_SYNC_H

#include <libpq-fe.h>

#include "base/span.h"

/* Why a call failed, in words to print as they are. */
struct pg_error {
	char text[600]; /* message, and the server's detail and hint behind it */
	char sqlstate[6]; /* "" when the server did not speak */
};

struct pg_sync;

/* Connects; application names the program in pg_stat_activity. conninfo: libpq's keywords
 * or URI, environment and service file count as usual. Errors by the table of pg_error_of;
 * ERR_CLOSED: no server there. Blocks at most connect_timeout (10 s unless conninfo says). */
MUST_CHECK int pg_sync_open(const char *conninfo, const char *application,
    struct pg_sync **out, struct pg_error *error);
void pg_sync_close(struct pg_sync *p); /* NULL is allowed */

/* One statement with text parameters (NULL is SQL's null). *out: the caller's, PQclear;
 * out may be NULL when rows do not matter. */
MUST_CHECK int pg_sync_query(struct pg_sync *p, const char *sql, int nparams,
    const char *const *values, PGresult **out, struct pg_error *error);
/* The same with binary parameters where formats[i] is 1 and a binary answer if asked. */
MUST_CHECK int pg_sync_query_binary(struct pg_sync *p, const char *sql, int nparams,
    const char *const *values, const int *lengths, const int *formats, int answer_binary,
    PGresult **out, struct pg_error *error);
/* A text of several statements, as psql -f would run it. */
MUST_CHECK int pg_sync_script(struct pg_sync *p, const char *sql, struct pg_error *error);

MUST_CHECK int pg_sync_begin(struct pg_sync *p, struct pg_error *error);
MUST_CHECK int pg_sync_commit(struct pg_sync *p, struct pg_error *error);
void pg_sync_rollback(struct pg_sync *p); /* harmless outside a transaction */

/* From now on the server tells what is notified on a channel, a plain name. */
MUST_CHECK int
pg_sync_listen(struct pg_sync *p, const char *channel, struct pg_error *error);
/* Waits for notifications and takes all that came; *told: there was one. Blocks at most
 * timeout_ms, less if a signal comes. ERR_CLOSED, ERR_IO. */
MUST_CHECK int
pg_sync_wait(struct pg_sync *p, int timeout_ms, bool *told, struct pg_error *error);

/*
 * Our error of a SQLSTATE:
 *   08*, 57P*, none      ERR_CLOSED      connection or server gone
 *   28*, 42501           ERR_DENIED      login or right refused
 *   23505                ERR_EXISTS      unique key
 *   P0002                ERR_NOTFOUND    our functions: no such thing
 *   22*, 23*, P0001      ERR_INVALID     value refused
 *   55000                ERR_CONFLICT    our functions: not in this state
 *   40*, 55P03           ERR_AGAIN       lock, deadlock, serialization: try again
 *   3F000, 42P01, 42883, 42703  ERR_VERSION  schema absent or older: yettctl init, migrate
 *   53*                  ERR_FULL        disk, memory or connections of the server
 *   others               ERR_IO
 */
int pg_error_of(const char *sqlstate);
/* The error of a result (OK for tuples and commands) with its words. error may be NULL. */
MUST_CHECK int pg_result_error(const PGresult *result, struct pg_error *error);

#endif
