/*
 * The database of a session: pg_sync with errors turned into a sentence, a hint and an exit
 * code. Write through functions of schema yett, read through views of schema report: see
 * yett-sql(7).
 */
#ifndef CTL_DATABASE_H
#define CTL_DATABASE_H

#include "control/ctl/session.h"

/* The exit code of one of our errors. */
int database_exit(int err);
/* Prints why a call failed, with what to do next; returns the exit code. */
int database_error(int err, const struct pg_error *error);

/* Connects if not yet connected. Prints the error. */
MUST_CHECK int database_open(struct session *s);
/* The same without printing; returns one of our errors. */
MUST_CHECK int database_try_open(struct session *s, struct pg_error *error);

/* Runs sql with text parameters (NULL is null). On EXIT_DONE *out is the result, the
 * caller's to clear; otherwise the error is printed and *out is NULL. */
MUST_CHECK int database_query(
    struct session *s, const char *sql, int n, const char *const *values, PGresult **out);
/* The same, rows into *t (initialised here, table_fini by the caller in every case). */
MUST_CHECK int database_table(struct session *s, const char *sql, int n,
    const char *const *values, struct table *t);
/* The same without printing; returns one of our errors. */
MUST_CHECK int database_try_table(struct session *s, const char *sql, int n,
    const char *const *values, struct table *t, struct pg_error *error);
/* One value, first column of the first row, into *out ("" when null or no row). */
MUST_CHECK int database_value(struct session *s, const char *sql, int n,
    const char *const *values, struct buf *out);

#endif
