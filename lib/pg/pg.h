/*
 * PostgreSQL without blocking: one connection driven by libev, a queue of statements run in
 * order with libpq's asynchronous calls, answers by callback. The recorder never waits in
 * a call. pg_sync.h is the blocking form for command-line tools. Logs connection changes
 * once; query errors go to the callback.
 */
#ifndef PG_PG_H
#define PG_PG_H

#include <ev.h>
#include <libpq-fe.h>

#include "base/span.h"

struct pg;

enum pg_state { PG_DOWN, PG_CONNECTING, PG_UP };

struct pg_options {
	const char *conninfo; /* copied */
	const char *application; /* shown in pg_stat_activity; copied */
	int64_t retry_max_ms; /* back-off 100 ms doubling with jitter up to this */
	int64_t connect_timeout_ms;
	void (*changed)(
	    void *ctx, enum pg_state state, const char *why); /* may be NULL */
	void (*notified)(
	    void *ctx, const char *channel, const char *payload); /* may be NULL */
	void *ctx;
};

/* Connects in the background and again after every loss. A host name in conninfo is looked
 * up by the C library, which may block: addresses and socket folders do not. */
MUST_CHECK int pg_new(struct ev_loop *loop, const struct pg_options *o, struct pg **out);
void pg_free(struct pg *p); /* queued statements are forgotten without a callback */
/* retry_max_ms from the next loss or failure on. */
void pg_set_retry_max(struct pg *p, int64_t retry_max_ms);
enum pg_state pg_state(const struct pg *p);

/* result: NULL when the connection was lost before an answer came (for a COMMIT: outcome
 * unknown). The result is freed after the callback, which may query but not free p. */
typedef void pg_done(void *ctx, PGresult *result);
/* Parameters are copied; text format unless formats[i] is 1. ERR_AGAIN while not up. */
MUST_CHECK int
pg_query(struct pg *p, const char *sql, int nparams, const char *const *values,
    const int *lengths, const int *formats, pg_done *done, void *ctx);
/* The same with the answer in binary format. */
MUST_CHECK int
pg_query_binary(struct pg *p, const char *sql, int nparams, const char *const *values,
    const int *lengths, const int *formats, pg_done *done, void *ctx);

#endif
