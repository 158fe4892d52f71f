/*
 * fdatasync off the loop: one helper thread that syncs the spool whenever it was asked to
 * since it last began. What the loop wrote before the request is then on disk.
 */
#ifndef ANALYST_SYNCER_H
#define ANALYST_SYNCER_H

#include "record/spool.h"

struct syncer;

/* Starts the thread. ERR_NOMEM, ERR_IO. The spool must outlive it. */
MUST_CHECK int syncer_start(struct spool *s, struct syncer **out);
void syncer_request(struct syncer *y);
uint64_t syncer_errors(struct syncer *y); /* syncs that failed so far */
void syncer_stop(struct syncer *y); /* does what was asked, joins */

#endif
