/*
 * The shared memory of one agent: one memory file, made by the supervisor, attached by all
 * roles, kept over a restart in systemd's descriptor store.
 *
 *   0            shared_header: magic, version, generation, sizes, offsets
 *   roles        shared_role × SHARED_ROLES_MAX: who lives, heartbeat, counters
 *   in hand      shared_hand × workers: the request a worker is deciding
 *   quarantine   shared_quarantine: fingerprints that are not parsed again
 *   watch        u64 × SHARED_WATCH_SLOTS: when an endpoint was last watched
 *   limits       limit_cell × slots     histories  history_slot × slots
 *
 * Fields are fixed width, one writer per cell or atomics. A file whose header does not fit
 * (version, sizes) is thrown away: a cold start, counted and logged, never silent.
 */
#ifndef STATE_SHARED_H
#define STATE_SHARED_H

#include <stdatomic.h>

#include "base/settings.h"
#include "metric/metric.h"
#include "state/history.h"
#include "state/limit.h"

#define SHARED_VERSION 1
#define SHARED_WORKERS_MAX 64
#define SHARED_ANALYSTS_MAX 16
#define SHARED_ROLES_MAX (SHARED_WORKERS_MAX + SHARED_ANALYSTS_MAX + 2)
#define SHARED_HAND_BYTES 65536 /* of a request kept for its fingerprint */
#define SHARED_QUARANTINE_MAX 64
#define SHARED_WATCH_SLOTS 16384

enum role { ROLE_SUPERVISOR, ROLE_WORKER, ROLE_ANALYST, ROLE_RECORDER };

struct shared_role {
	_Alignas(64) _Atomic uint32_t pid; /* 0: not running */
	_Atomic uint32_t role; /* enum role */
	_Atomic uint64_t started_us; /* wall */
	/* Set to CLOCK_MONOTONIC ns when the loop has work in hand, 0 when it waits: standing
	 * still is busy for too long, an idle role costs nothing. */
	_Atomic uint64_t busy_ns;
	_Atomic uint64_t sequence; /* worker: last request sequence given out;
	                              analyst: wall µs of its last flush */
	_Atomic uint64_t restarts;
	struct metric_block metric;
};

/* What of a request is kept in hand. Its headers as HAProxy sends them (req.hdrs_bin). */
enum hand_field {
	HAND_METHOD,
	HAND_PATH,
	HAND_QUERY,
	HAND_HEADERS,
	HAND_BODY,
	HAND_FIELDS
};

/* The request in a worker's hand; not held: none. */
struct shared_hand {
	_Atomic uint32_t held;
	uint32_t length[HAND_FIELDS]; /* as it came; UINT32_MAX: absent */
	uint8_t bytes[SHARED_HAND_BYTES]; /* joined, cut at the end */
};

struct shared_quarantine {
	/* Entries to look through, ≤ SHARED_QUARANTINE_MAX; 0 while none is active. */
	_Atomic uint32_t n;
	_Atomic uint64_t bodies_off_until_us; /* wall: bodies are not parsed at all */
	struct {
		_Atomic uint64_t fingerprint;
		_Atomic uint32_t deaths;
		_Atomic uint32_t active; /* 1: not parsed again */
		_Atomic uint64_t last_us;
	} entry[SHARED_QUARANTINE_MAX];
};

struct shared {
	void *map;
	size_t bytes;
	struct shared_role
	    *role; /* [0] supervisor, 1… workers, then analysts, recorder last */
	struct shared_hand *hand; /* per worker */
	struct shared_quarantine *quarantine;
	_Atomic uint64_t *watch;
	struct limit_table limits;
	struct history_table history;
	_Atomic uint64_t *generation; /* counts supervisors that used this memory */
};

/* Index of a role's slot. */
unsigned shared_role_index(enum role role, unsigned instance);

/* A new memory file sized by the settings: sparse, so only what is used costs memory; it
 * cannot be resized. Worker count and analyst count do not change its layout. */
MUST_CHECK int shared_create(const struct settings *s, int *fd);
/* Maps it; ERR_VERSION or ERR_CORRUPT if it was made for another version or other sizes. */
MUST_CHECK int shared_attach(int fd, const struct settings *s, struct shared *out);
void shared_detach(struct shared *s);

/* Worker: publishes what is in hand before parsing it, clears it after. */
void
shared_hand_set(struct shared *s, unsigned worker, const struct span field[HAND_FIELDS]);
void shared_hand_clear(struct shared *s, unsigned worker);
/* Fingerprint of a request, whatever its headers' values: method, path, query, header names,
 * body, as far as they fit into SHARED_HAND_BYTES. Never 0. */
uint64_t shared_fingerprint(const struct span field[HAND_FIELDS]);
/* Supervisor: fingerprint of what a dead worker held, 0 if nothing. */
uint64_t shared_hand_fingerprint(struct shared *s, unsigned worker);
/* Supervisor: notes a death; true if the fingerprint is in quarantine from now on. */
bool shared_quarantine_note(
    struct shared *s, uint64_t fingerprint, unsigned deaths_limit, int64_t now_us);
/* Worker: whether anything is in quarantine (one relaxed load), and whether this is. */
static inline bool
shared_quarantine_any(const struct shared *s)
{
	return atomic_load_explicit(&s->quarantine->n, memory_order_relaxed) != 0;
}
bool shared_quarantine_has(const struct shared *s, uint64_t fingerprint);
/* Number of active entries, and forgetting all of them (supervisor). */
unsigned shared_quarantine_count(const struct shared *s);
void shared_quarantine_clear(struct shared *s);

/* True at most once per second and endpoint over all workers: the watch floor. */
bool shared_watch_due(struct shared *s, uint64_t endpoint_hash, uint32_t now_s);

#endif
