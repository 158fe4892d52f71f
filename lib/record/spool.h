/*
 * The spool: append-only segment files between analyst and recorder; the normal path, not
 * the emergency path. One folder per shard, two streams (summary, alert) in own segments.
 *
 *   NAME     STREAM-BOOT-SEQUENCE.seg: "a" or "s", boot 16 hex digits, sequence 16 hex digits
 *   header   64 bytes: magic "YETTSPL1", version, stream, shard, boot, first sequence, CRC32C
 *   frames   { u32 length, u32 crc32c of sequence and payload, u64 sequence, payload, pad to 8 }
 *
 * sequence counts records of a stream without a hole. *Flushed* means fdatasync returned.
 * Reading stops at the first frame that is not whole (a torn tail); the writer cuts it
 * when it opens the folder again and continues the numbering of its boot.
 */
#ifndef RECORD_SPOOL_H
#define RECORD_SPOOL_H

#include "record/record.h"

struct spool_options {
	unsigned shard;
	uint64_t boot; /* random per supervisor start; a restarted analyst has the same */
	uint64_t segment_bytes;
	uint64_t
	    max_bytes; /* of the folder; above: summaries thinned oldest first, alerts last */
};

struct spool;

/* Analyst. Opens (or makes) the folder, cuts torn tails of its own boot. Blocks. */
MUST_CHECK int spool_open(int dir_fd, const struct spool_options *o, struct spool **out);
/* Queues a packed record; it is in the file after spool_write and safe after the sync. A
 * queue of more than segment_bytes (at least 4 MB) is written at once, and thinned if the
 * disk takes nothing. ERR_LIMIT: empty or over RECORD_BYTES_MAX; ERR_NOMEM. */
MUST_CHECK int
spool_append(struct spool *s, enum record_stream stream, struct span packed);
/* Writes what is queued. ERR_FULL (disk): records stay queued, thinned as needed, a gap
 * record replaces what was given up. Does not sync. */
MUST_CHECK int spool_write(struct spool *s);
/* fdatasync of what spool_write wrote; safe to call from one helper thread while the owner
 * appends. */
MUST_CHECK int spool_sync(struct spool *s);
/* max_bytes from the next write on. */
void spool_set_max(struct spool *s, uint64_t max_bytes);
uint64_t spool_bytes(const struct spool *s); /* on disk */
uint64_t spool_thinned(const struct spool *s); /* records given up so far */
void spool_close(struct spool *s); /* writes and syncs */

/* Recorder: reads segments of every boot and stream of a shard's folder in order. */
struct spool_reader;
struct spool_position {
	uint64_t boot;
	enum record_stream stream;
	uint64_t sequence;
};
MUST_CHECK int spool_reader_open(int dir_fd, unsigned shard, struct spool_reader **out);
void spool_reader_close(struct spool_reader *r);
/* The boot that an analyst may still write; segments of all others are finished, so their
 * last ones go too once acknowledged, and what is torn there is told as ERR_CORRUPT. */
void spool_reader_set_boot(struct spool_reader *r, uint64_t boot);
/* The next record after what was read before; alerts of a boot come before its summaries.
 * ERR_AGAIN: nothing more now. ERR_CORRUPT: a damaged frame inside a segment, skipped to
 * the next segment, *pos says where (the caller reports a gap). Payload lives until the
 * next call. */
MUST_CHECK int spool_reader_next(
    struct spool_reader *r, struct spool_position *pos, struct span *payload);
/* The same for one kind of stream only. */
MUST_CHECK int spool_reader_next_of(struct spool_reader *r, enum record_stream only,
    struct spool_position *pos, struct span *payload);
/* Starts over from the first record whose sequence is greater than `after` in that stream
 * (a failed-over server knows less, or a new start). */
MUST_CHECK int spool_reader_seek(
    struct spool_reader *r, uint64_t boot, enum record_stream stream, uint64_t after);
/* Every (boot, stream) present with its first and last sequence; *n holds the capacity. */
struct spool_stream_info {
	uint64_t boot;
	enum record_stream stream;
	uint64_t first, last;
};
MUST_CHECK int
spool_reader_streams(struct spool_reader *r, struct spool_stream_info *out, size_t *n);
/* Everything up to and with sequence is in PostgreSQL: whole segments before it are removed
 * once older than keep_us. */
MUST_CHECK int spool_reader_acknowledge(struct spool_reader *r, uint64_t boot,
    enum record_stream stream, uint64_t sequence, int64_t now_us, int64_t keep_us);

#endif
