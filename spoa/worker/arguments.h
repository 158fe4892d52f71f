/*
 * The messages of a NOTIFY as a request: arguments by name (engine/request.h has the table,
 * yett-spoe(7) the contract), in any order. HAProxy sends them in the order of its SPOE file,
 * always the same, so each position remembers which argument stood there last. Pure.
 */
#ifndef WORKER_ARGUMENTS_H
#define WORKER_ARGUMENTS_H

#include "engine/request.h"
#include "spop/frame.h"

#define ARGUMENTS_MAX 255 /* a NOTIFY counts them in one byte */

struct arguments {
	unsigned max; /* spop.max_arguments */
	/* Per position: the name seen there last, as a number, and its index. */
	uint64_t key[ARGUMENTS_MAX];
	uint8_t seen[ARGUMENTS_MAX];
};

void arguments_init(struct arguments *a, unsigned max);
/* Reads all messages; those of unknown name and arguments of unknown name are walked and
 * skipped. *found: a `request` or `request-body` was among them, r then holds the first one,
 * its spans pointing into the payload. NULL and values of another type count as not sent;
 * of an argument sent twice the first counts. r's times are left as they are.
 * ERR_MALFORMED, ERR_TRUNCATED; ERR_LIMIT: more arguments than max. */
MUST_CHECK int
arguments_read(struct arguments *a, struct span payload, struct request *r, bool *found);

#endif
