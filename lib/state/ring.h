/*
 * A ring of records in a memory file between one producer and one consumer process. The
 * data area is mapped twice in a row, so a record is always contiguous.
 *
 *   page 0  header: magic, version, size │ tail (producer) │ head (consumer) │ sleeping
 *   page 1… data, power of two bytes:  { u32 length, u32 kind, bytes, padding to 8 } …
 *
 * tail moves with release order after a record is complete, head after it was consumed: a
 * process killed at any instruction leaves the ring readable, at most its own record is
 * missing. A record never waits: no room is ERR_FULL, counted by the caller. The consumer
 * polls; before it sleeps it sets `sleeping`, and the producer then rings the eventfd once.
 */
#ifndef STATE_RING_H
#define STATE_RING_H

#include <stdatomic.h>

#include "base/span.h"

#define RING_RECORD_MAX (16u << 20)

struct ring_header;

struct ring {
	struct ring_header *h;
	uint8_t *data;
	uint64_t size; /* bytes, power of two */
	uint64_t local; /* bytes of the record reserved (producer) or peeked (consumer) */
	uint64_t limit; /* producer: last head seen; consumer: last tail seen */
	int bell; /* eventfd, -1: none */
};

/* What a record is. */
enum ring_kind {
	RING_REQUEST = 1 /* engine/request_record.h */,
	RING_FINISH = 2 /* a finish line, shard 0 to others */
};

/* A new memory file for a ring of at least `bytes` (rounded up to a power of two). */
MUST_CHECK int ring_create(uint64_t bytes, int *fd);
/* Maps it. Continues where the predecessor's published state left off. ERR_CORRUPT. The
 * descriptor stays the caller's and may be closed. */
MUST_CHECK int ring_attach(int fd, int bell, struct ring *out);
void ring_detach(struct ring *r);

/* Producer: room for n bytes, to be filled and committed; NULL when it is full. A second
 * reserve without a commit forgets the first. */
void *ring_reserve(struct ring *r, uint32_t kind, size_t n);
void ring_commit(struct ring *r);
/* Producer: rings the bell if the consumer sleeps; once per batch is enough. */
void ring_wake(struct ring *r);

/* Consumer: the next record without removing it; false when empty. A broken length ends
 * the backlog: it is skipped as a whole, counted in *corrupt (may be NULL). The bytes stay
 * writable by the producer: who does not trust it copies the record before reading it. */
bool ring_peek(struct ring *r, uint32_t *kind, struct span *record, uint64_t *corrupt);
void ring_consume(struct ring *r); /* removes what ring_peek returned */
/* Consumer: about to sleep; false if a record came in between (do not sleep). */
bool ring_sleep(struct ring *r);
void ring_awake(struct ring *r);
uint64_t ring_used(const struct ring *r); /* bytes waiting */

#endif
