/*
 * Finish lines on their way in. Shard 0 reads HAProxy's connections (every line reaches
 * every reader, so only one shard may read), checks the line secret and the MAC of the ctx,
 * takes its own lines and passes the others to the shard named in the ctx by ring; another
 * shard takes what shard 0 passed on.
 *
 *   HAProxy ring ──TCP──► shard 0: frame, parse, secret, MAC ──► intake
 *                                                          └──ring──► shard n: intake
 *
 * Reading and taking are two steps, so that the caller can drain the request rings in
 * between: the request of a line that has been read is then always in the table.
 *
 * Bounded: FORWARD_CONNECTIONS_MAX connections; a newer one takes the place of one that
 * never sent a good line, so nobody can keep HAProxy out. A broken frame closes its
 * connection: HAProxy opens another.
 */
#ifndef ANALYST_FORWARD_H
#define ANALYST_FORWARD_H

#include "analyst/intake.h"
#include "analyst/linekey.h"
#include "state/ring.h"

#define FORWARD_CONNECTIONS_MAX 16

struct forward_options {
	size_t line_bytes; /* longest message */
	int64_t timeout_us; /* a ctx older than this is refused */
	unsigned shard;
	struct ring *to; /* shard 0: rings to shards 1 …, [0] unused */
	unsigned shards;
	const struct line_keys *keys;
	struct metric_block *metric;
	struct intake *intake;
};

struct forward;

MUST_CHECK int forward_new(const struct forward_options *o, struct forward **out);
void forward_free(struct forward *f); /* closes connections */
/* Says that we shall read no more: HAProxy closes, and keeps what it has yet to say for
 * whoever comes next. What it has sent is read as before, until then. */
void forward_hang_up(struct forward *f);
void forward_close(struct forward *f);

/* Takes the descriptor (non-blocking from now on). */
void forward_open(struct forward *f, int fd);
/* Reads what has arrived, without waiting. Returns bytes read. */
size_t forward_read(struct forward *f);
/* Whether more had arrived than was read at once: HAProxy drops what its ring cannot hold. */
bool forward_behind(const struct forward *f);
/* Takes the whole messages that were read. now_us: wall. Returns messages. */
size_t forward_take(struct forward *f, int64_t now_us);
/* One message as it stands in a frame. */
void forward_line(struct forward *f, struct span msg, int64_t now_us);
/* Other shards: a message that shard 0 has checked. */
void forward_passed(struct forward *f, struct span msg, int64_t now_us);
/* Descriptors to wait for; *n holds the capacity. */
void forward_fds(const struct forward *f, int *fds, size_t *n);
/* Lines refused since the last call. */
uint64_t forward_bad(struct forward *f);

#endif
