/*
 * A verdict as the ACK of its NOTIFY: the variables of variable.def, scope txn, only those
 * that say something. Pure.
 */
#ifndef WORKER_ANSWER_H
#define WORKER_ANSWER_H

#include "engine/verdict.h"
#include "spop/frame.h"

#define ANSWER_TEXT_MAX 256 /* bytes of rule, reason, endpoint; longer ones are cut */
/* Longest ACK: five cut texts, ctx, names and ids; server.h leaves room for it. */
#define ANSWER_BYTES_MAX 2048

/* "allow", "deny", "rate", "drop". */
struct span answer_action(enum rule_action action);
void answer_put(struct spop_writer *w, const struct spop_frame *notify,
    const struct verdict *v, struct span ctx);
/* For a NOTIFY without any message that we know. */
void answer_put_void(struct spop_writer *w, const struct spop_frame *notify);

#endif
