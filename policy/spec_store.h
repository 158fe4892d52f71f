/*
 * Specifications in PostgreSQL: taking one in, what a comparison reads, what it found. Every
 * call blocks on the database; errors as pg_sync.h has them, with words in *e.
 */
#ifndef POLICY_SPEC_STORE_H
#define POLICY_SPEC_STORE_H

#include "pg/array.h"
#include "pg/pg_sync.h"
#include "policy/spec_compare.h"

/* How an import went. */
struct spec_put_result {
	char was[24]; /* "added", "changed", "current again", "same" */
	uint64_t fields;
};

/* Takes *s in, in one transaction, and sets its id and those of its operations. The same file
 * again changes nothing. */
MUST_CHECK int spec_store_put(struct pool *pool, struct pg_sync *pg, struct spec *s,
    struct spec_put_result *out, struct source_error *e);

/* The service that hosts of a specification belong to, by the database's mapping; a host that
 * nothing maps is a service of its name. Absent: no host, or hosts of several services. */
MUST_CHECK int spec_store_service(struct pool *pool, struct pg_sync *pg,
    const struct spec *s, struct span *service, struct source_error *e);

/* Names of the services that have specifications. */
MUST_CHECK int spec_store_services(
    struct pool *pool, struct pg_sync *pg, span_list *out, struct source_error *e);
/* A service: specifications with operations, but without their fields, and endpoints with
 * fields, and the classes of these if wanted. */
MUST_CHECK int spec_store_load(struct pool *pool, struct pg_sync *pg, struct span name,
    bool classes, struct spec_service *out, struct source_error *e);
/* The fields of those operations that endpoints were matched with. */
MUST_CHECK int spec_store_load_fields(struct pool *pool, struct pg_sync *pg,
    struct spec_service *s, struct source_error *e);
/* The hosts that are this service, without patterns. */
MUST_CHECK int spec_store_hosts(struct pool *pool, struct pg_sync *pg,
    const struct spec_service *s, span_list *out, struct source_error *e);
/* Replaces the findings of a service. Adds to *out. */
MUST_CHECK int spec_store_findings(struct pg_sync *pg, const struct spec_service *s,
    const spec_finding_list *findings, struct spec_compare_result *out,
    struct source_error *e);

/* --- between the files ------------------------------------------------------------------ */

/* Runs a statement with text parameters; rows are the caller's. */
MUST_CHECK int spec_store_query(struct pg_sync *pg, const char *sql, int n,
    const char *const *values, PGresult **rows, struct source_error *e);

/* A span as a parameter. */
const char *spec_store_text(struct pool *pool, struct span s);

/* Parameters of a function that takes arrays, put one row after the other. */
#define SPEC_ARRAYS_MAX 20
struct spec_arrays {
	struct pg_array array[SPEC_ARRAYS_MAX];
	int n;
};
/* types: one letter an array: t text, i int4, s int2, l int8, b bool. */
void spec_arrays_start(struct spec_arrays *a, const char *types);
void spec_arrays_fini(struct spec_arrays *a);
/* Calls sql with `texts` text parameters first, then the arrays. */
MUST_CHECK int
spec_arrays_call(struct spec_arrays *a, struct pg_sync *pg, const char *sql, int texts,
    const char *const *text, PGresult **rows, struct source_error *e);

#endif
