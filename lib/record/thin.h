/*
 * Making room in a spool folder. What goes first: acknowledged segments (PostgreSQL has
 * them), then summaries, oldest first, then alerts. A segment given up is replaced, under
 * its own name and with its own last sequence, by one gap record that says from when to
 * when, how many records and how many requests it held that are not in PostgreSQL yet; gap
 * records of neighbours are folded into one. So the hole arrives in PostgreSQL in its place
 * and exactly once.
 */
#ifndef RECORD_THIN_H
#define RECORD_THIN_H

#include "record/segment.h"

/* Adds what a packed record stands for to a gap. Damaged ones count as one record. */
void thin_count(struct record_gap *gap, struct span packed);

/* Adds one gap to another; the cause is that of `from`. */
void thin_gap_add(struct record_gap *into, const struct record_gap *from);

struct thinned {
	uint64_t freed; /* bytes */
	uint64_t records; /* given up without being acknowledged */
	/* A disk without a single block (somebody holds the file open) takes not even the
	 * gap record: what is then left to be told, of which stream. records 0: nothing. */
	struct record_gap untold;
	enum record_stream stream;
};

/* Gives up one segment of the folder. live_boot: the writer's own, whose newest segment of
 * each stream stays. ERR_NOTFOUND: nothing left to give up. Blocks. */
MUST_CHECK int
thin_one(int dir_fd, unsigned shard, uint64_t live_boot, struct thinned *out);

#endif
