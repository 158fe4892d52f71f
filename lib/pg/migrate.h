/*
 * Brings a database to the schema this program was built with. The SQL of db/ is embedded
 * at build time. Each migration runs once, in a transaction of its own, under an advisory
 * lock, lowest first; what was applied is remembered with its checksum, and a migration that was changed
 * after it had been applied is an error, as is a database newer than this program.
 */
#ifndef PG_MIGRATE_H
#define PG_MIGRATE_H

#include "pg/pg_sync.h"

struct migration {
	unsigned version; /* ascending from 1; a number may be left out */
	const char *name; /* "create_tables" */
	const char *sha256; /* 64 hex digits, of the file */
	const char *sql;
};

/* Generated from db/ (see db/embed.sh). */
extern const struct migration migrate_table[];
extern const size_t migrate_n;
extern const char migrate_init_sql[];
unsigned migrate_newest(void); /* highest version this program has */

struct migrate_status {
	unsigned applied; /* highest version in the database, 0: none */
	unsigned built_in; /* highest version this program has */
};

/* Makes roles and schemas, applies all migrations and says which environment this is: dev,
 * qa or prod. The session's user must be superuser, or own the database and be allowed to
 * create roles. Harmless when it was done before; ERR_CONFLICT: another environment. */
MUST_CHECK int
migrate_init(struct pg_sync *p, const char *environment, struct pg_error *error);
/* Applies what is missing, then makes partitions. The session's user must be a member of
 * yett_owner. *applied: how many. ERR_CONFLICT: a checksum differs or the database is
 * newer; ERR_AGAIN: somebody else is migrating or uses a table (2 s). */
MUST_CHECK int
migrate_apply(struct pg_sync *p, unsigned *applied, struct pg_error *error);
MUST_CHECK int migrate_status_read(
    struct pg_sync *p, struct migrate_status *out, struct pg_error *error);

#endif
