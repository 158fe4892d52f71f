/*
 * The analyst's end of the spool: packs records, appends them, writes on request and has a
 * helper thread sync. Trouble with the disk is counted and told once a minute; what the
 * spool gives up for room becomes its gap record.
 */
#ifndef ANALYST_OUTLET_H
#define ANALYST_OUTLET_H

#include "analyst/sink.h"
#include "analyst/syncer.h"
#include "metric/metric.h"
#include "record/spool.h"

struct outlet {
	struct spool *spool;
	struct syncer *syncer;
	struct metric_block *metric;
	struct buf packed;
	bool waiting; /* appended, not written */
	uint64_t requests; /* in what waits: counted as recorded once it is written */
	int64_t trouble_us; /* wall, of the last line about it */
	uint64_t sync_errors;
};

/* Opens the spool and starts the thread. Errors of spool_open, ERR_IO. Blocks. */
MUST_CHECK int outlet_open(struct outlet *o, int dir_fd,
    const struct spool_options *options, struct metric_block *metric);
/* Records go here. */
struct sink outlet_sink(struct outlet *o);
/* Bytes that the spool may have on disk from now on. */
void outlet_set_max(struct outlet *o, uint64_t max_bytes);
/* What was appended goes to the file, and the thread is asked to sync it. */
void outlet_push(struct outlet *o);
void outlet_close(struct outlet *o); /* writes and syncs; blocks */

#endif
