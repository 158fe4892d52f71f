/*
 * Bundles on their way into use. A thread of its own maps the sealed memory file, checks
 * its structure and compiles the engine, because a large bundle takes longer than a request
 * may wait; the loop only swaps a pointer and hands the old one back to be freed. The
 * supervisor has verified the signature over these very bytes; the seals say that they
 * cannot have changed since.
 */
#ifndef WORKER_POLICY_H
#define WORKER_POLICY_H

#include <ev.h>

#include "engine/engine.h"

struct policy {
	struct policy *next; /* in a list of those to be freed */
	int fd; /* of the bundle; -1: none */
	void *map;
	size_t bytes;
	struct bundle bundle;
	struct engine *engine; /* NULL: refused, error says why */
	uint64_t revision; /* 0: no bundle */
	struct bundle_error error;
};

/* Never NULL but for want of memory; fd (-1: no bundle) is the policy's from now on. */
struct policy *policy_make(int fd, const struct engine_options *o);
void policy_free(struct policy *p);

struct preparer;

/* Starts the thread. ready is called from the loop with each policy made, which is the
 * callee's: to be used, or handed to preparer_retire. ERR_NOMEM, ERR_IO. */
MUST_CHECK int preparer_start(struct ev_loop *loop,
    void (*ready)(void *ctx, struct policy *p), void *ctx, struct preparer **out);
/* Prepares fd (the preparer's from now on). A bundle that waits to be prepared is thrown
 * away for a newer one. */
void preparer_submit(struct preparer *p, int fd, const struct engine_options *o);
/* Frees a policy off the loop. */
void preparer_retire(struct preparer *p, struct policy *old);
/* Ends the thread and frees what it holds. NULL is fine. */
void preparer_stop(struct preparer *p);

#endif
