/*
 * One segment file of the spool, as writer and reader both see it: names, header, frames.
 * Bytes are foreign: a power cut may have left anything. No I/O but segment_list.
 */
#ifndef RECORD_SEGMENT_H
#define RECORD_SEGMENT_H

#include <sys/types.h>

#include "record/spool.h"

#define SEGMENT_MAGIC "YETTSPL1"
#define SEGMENT_VERSION 1
#define SEGMENT_NAME_MAX 64
#define SEGMENT_GAP_MAX 512 /* a file not longer than this was thinned: one gap record */
#define SEGMENTS_MAX 65536 /* files read of one folder; more are left for later */

struct segment_header {
	char magic[8];
	uint32_t version;
	uint32_t stream;
	uint32_t shard;
	uint32_t zero;
	uint64_t boot;
	uint64_t first; /* lowest sequence that may stand in it */
	uint8_t reserved[20];
	uint32_t crc; /* of all before */
};
_Static_assert(sizeof(struct segment_header) == 64, "segment header layout");

struct segment_frame {
	uint32_t length; /* of the payload, never 0 */
	uint32_t crc; /* of sequence and payload */
	uint64_t sequence;
};
_Static_assert(sizeof(struct segment_frame) == 16, "segment frame layout");

/* What a name says. acknowledged: "….ack" instead of "….seg", kept for a server that might
 * know less; its time of modification is when that was. */
struct segment_id {
	enum record_stream stream;
	uint64_t boot;
	uint64_t first;
	bool acknowledged;
};

struct segment_file {
	struct segment_id id;
	uint64_t bytes;
	int64_t modified_us; /* wall */
};

void segment_name(const struct segment_id *id, char out[SEGMENT_NAME_MAX]);
/* ERR_NOTFOUND: not a segment's name. */
MUST_CHECK int segment_name_parse(const char *name, struct segment_id *out);
/* Every segment of a folder, sorted by boot, alerts before summaries, then sequence.
 * *out: the caller's, free(). Blocks. */
MUST_CHECK int segment_list(int dir_fd, struct segment_file **out, size_t *n);

/* How far a stream is in PostgreSQL, noted by the reader in a file beside its segments
 * ("s-BOOT.shipped"): what is given up of a segment is only what lies behind. 0: unknown,
 * nothing. Block. */
MUST_CHECK int segment_shipped_put(
    int dir_fd, uint64_t boot, enum record_stream stream, uint64_t sequence);
uint64_t segment_shipped(int dir_fd, uint64_t boot, enum record_stream stream);
void segment_shipped_drop(int dir_fd, uint64_t boot, enum record_stream stream);

void segment_header_make(
    const struct segment_id *id, unsigned shard, struct segment_header *out);
/* ERR_TRUNCATED, ERR_CORRUPT (also: not what the name says), ERR_VERSION. */
MUST_CHECK int
segment_header_check(struct span file, const struct segment_id *id, unsigned shard);

void segment_frame_put(uint64_t sequence, struct span payload, struct buf *out);
/* The frame at the front of s. ERR_TRUNCATED: it may become whole when more is written;
 * ERR_CORRUPT. *size: bytes to the next frame. */
MUST_CHECK int
segment_frame_take(struct span s, uint64_t *sequence, struct span *payload, size_t *size);

#endif
