/* GraphQL documents, as far as operation.c needs them. Pure. */
#ifndef HTTP_GRAPHQL_H
#define HTTP_GRAPHQL_H

#include "base/arena.h"
#include "base/span.h"

#define GRAPHQL_OPERATIONS_MAX 8

/* Writes each operation of a document as its type and sorted root fields, such as
 * "query{user,viewer}", into the arena and *out, their number into *n (at most
 * GRAPHQL_OPERATIONS_MAX, more are ERR_LIMIT). ERR_MALFORMED: no such document; ERR_FULL. */
MUST_CHECK int graphql_operations(struct span document,
    struct span out[GRAPHQL_OPERATIONS_MAX], unsigned *n, struct arena *a);

#endif
