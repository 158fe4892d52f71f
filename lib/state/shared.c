/* The shared memory file: where its parts lie, and the small tables in it. */
#include "state/shared.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/varint.h"
#include "crypto/siphash.h"

#define SHARED_MAGIC 0x6574617473747479u /* "yttstate" */
#define PART_ALIGN 4096u
#define WATCH_WAYS 4
#define HISTORY_WAYS 4

/* Offsets of the parts: computed from the settings, compared with the file's. */
struct layout {
	uint64_t role, role_bytes;
	uint64_t hand, hand_bytes;
	uint64_t quarantine, quarantine_bytes;
	uint64_t watch, watch_slots;
	uint64_t limit, limit_buckets;
	uint64_t history, history_buckets;
	uint64_t total;
};

struct shared_header {
	uint64_t magic;
	uint64_t version;
	struct layout layout;
	_Atomic uint64_t generation;
	_Atomic uint32_t flight;
};
_Static_assert(sizeof(struct shared_header) <= PART_ALIGN, "header fits its page");
_Static_assert(sizeof(struct shared_role) % 64 == 0, "roles share no cache line");

static uint64_t
power_of_two(uint64_t n)
{
	uint64_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static uint64_t
place(uint64_t *at, uint64_t bytes)
{
	uint64_t here = *at;

	*at += (bytes + PART_ALIGN - 1) / PART_ALIGN * PART_ALIGN;
	return here;
}

static struct layout
layout_of(const struct settings *s)
{
	struct layout l = {
	    .role_bytes = sizeof(struct shared_role),
	    .hand_bytes = sizeof(struct shared_hand),
	    .quarantine_bytes = sizeof(struct shared_quarantine),
	    .watch_slots = SHARED_WATCH_SLOTS,
	    .limit_buckets = power_of_two((uint64_t)s->state_limit_slots) / LIMIT_WAYS,
	    .history_buckets =
		power_of_two((uint64_t)s->state_identity_slots) / HISTORY_WAYS,
	};
	uint64_t at = PART_ALIGN;

	l.role = place(&at, l.role_bytes * SHARED_ROLES_MAX);
	l.hand = place(&at, l.hand_bytes * SHARED_WORKERS_MAX);
	l.quarantine = place(&at, l.quarantine_bytes);
	l.watch = place(&at, l.watch_slots * sizeof(uint64_t));
	l.limit = place(&at, l.limit_buckets * LIMIT_WAYS * sizeof(struct limit_cell));
	l.history =
	    place(&at, l.history_buckets * HISTORY_WAYS * sizeof(struct history_slot));
	l.total = at;
	return l;
}

unsigned
shared_role_index(enum role role, unsigned instance)
{
	switch (role) {
	case ROLE_SUPERVISOR: return 0;
	case ROLE_WORKER: CHECK(instance < SHARED_WORKERS_MAX); return 1 + instance;
	case ROLE_ANALYST:
		CHECK(instance < SHARED_ANALYSTS_MAX);
		return 1 + SHARED_WORKERS_MAX + instance;
	case ROLE_RECORDER: break;
	}
	return SHARED_ROLES_MAX - 1;
}

int
shared_create(const struct settings *s, int *fd)
{
	struct shared_header h = {.magic = SHARED_MAGIC, .version = SHARED_VERSION};

	h.layout = layout_of(s);
	return io_memfd_fixed("yett-state", h.layout.total, &h, sizeof h, fd);
}

static int
check_header(int fd, const struct layout *want)
{
	struct shared_header h;
	struct stat st;

	if (fstat(fd, &st) || pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
	    h.magic != SHARED_MAGIC)
		return ERR_CORRUPT;
	if (h.version != SHARED_VERSION)
		return ERR_VERSION;
	if ((uint64_t)st.st_size != want->total ||
	    memcmp(&h.layout, want, sizeof *want) != 0)
		return ERR_CORRUPT;
	return OK;
}

int
shared_attach(int fd, const struct settings *s, struct shared *out)
{
	struct layout l = layout_of(s);
	struct shared_header *h;
	uint8_t *map;
	int rc;

	*out = (struct shared){0};
	if ((rc = check_header(fd, &l)) != OK)
		return rc;
	map = mmap(NULL, l.total, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return ERR_NOMEM;
	/* Random access over hundreds of megabytes: huge pages where the host allows them. */
	(void)madvise(map + l.limit, l.total - l.limit, MADV_HUGEPAGE);
	h = (struct shared_header *)(void *)map;
	out->map = map;
	out->bytes = l.total;
	out->role = (void *)(map + l.role);
	out->hand = (void *)(map + l.hand);
	out->quarantine = (void *)(map + l.quarantine);
	out->watch = (void *)(map + l.watch);
	out->limits.cell = (void *)(map + l.limit);
	out->limits.buckets = l.limit_buckets;
	out->history.slot = (void *)(map + l.history);
	out->history.buckets = l.history_buckets;
	out->history.flight = &h->flight;
	out->generation = &h->generation;
	return OK;
}

void
shared_detach(struct shared *s)
{
	if (s->map)
		munmap(s->map, s->bytes);
	*s = (struct shared){0};
}

static uint32_t
length_of(struct span field)
{
	if (span_absent(field))
		return UINT32_MAX;
	return field.n < UINT32_MAX - 1 ? (uint32_t)field.n : UINT32_MAX - 1;
}

void
shared_hand_set(struct shared *s, unsigned worker, const struct span field[HAND_FIELDS])
{
	struct shared_hand *h = &s->hand[worker];
	size_t at = 0;

	CHECK(worker < SHARED_WORKERS_MAX);
	for (unsigned i = 0; i < HAND_FIELDS; i++) {
		struct span part = span_head(field[i], SHARED_HAND_BYTES - at);

		h->length[i] = length_of(field[i]);
		if (part.n)
			memcpy(h->bytes + at, part.p, part.n);
		at += part.n;
	}
	atomic_store_explicit(&h->held, 1, memory_order_release);
}

void
shared_hand_clear(struct shared *s, unsigned worker)
{
	CHECK(worker < SHARED_WORKERS_MAX);
	atomic_store_explicit(&s->hand[worker].held, 0, memory_order_release);
}

/* Not a secret: whoever could make two requests collide could as well send the one that
 * kills. */
static const uint8_t fingerprint_key[SIPHASH_KEY_BYTES] = "yett fingerprin";

/* The simplest walk possible, over bytes that may have ended a worker. */
static void
update_names(struct siphash *h, struct span headers)
{
	struct span name, value;

	while (varint_text(&headers, &name) == OK && name.n > 0) {
		siphash_update_span(h, name);
		if (varint_text(&headers, &value) != OK)
			break;
	}
}

/* field[i] is what is left of length[i] bytes after the cut. */
static uint64_t
fingerprint(const struct span field[HAND_FIELDS], const uint32_t length[HAND_FIELDS])
{
	struct siphash h;
	uint64_t v;

	siphash_init(&h, fingerprint_key, false);
	for (unsigned i = 0; i < HAND_FIELDS; i++) {
		if (i == HAND_HEADERS) {
			update_names(&h, field[i]);
			continue;
		}
		siphash_update(&h, &length[i], sizeof(length[i]));
		siphash_update(&h, field[i].p, field[i].n);
	}
	v = siphash_final64(&h);
	return v ? v : 1;
}

uint64_t
shared_fingerprint(const struct span field[HAND_FIELDS])
{
	struct span part[HAND_FIELDS];
	uint32_t length[HAND_FIELDS];
	size_t room = SHARED_HAND_BYTES;

	for (unsigned i = 0; i < HAND_FIELDS; i++) {
		length[i] = length_of(field[i]);
		part[i] = span_head(field[i], room);
		room -= part[i].n;
	}
	return fingerprint(part, length);
}

uint64_t
shared_hand_fingerprint(struct shared *s, unsigned worker)
{
	struct shared_hand *h = &s->hand[worker];
	struct span part[HAND_FIELDS], rest = span_make(h->bytes, SHARED_HAND_BYTES);
	uint32_t length[HAND_FIELDS];

	CHECK(worker < SHARED_WORKERS_MAX);
	if (atomic_load_explicit(&h->held, memory_order_acquire) == 0)
		return 0;
	for (unsigned i = 0; i < HAND_FIELDS; i++) {
		length[i] = h->length[i];
		part[i] = span_head(rest, length[i] == UINT32_MAX ? 0 : length[i]);
		rest = span_from(rest, part[i].n);
	}
	return fingerprint(part, length);
}

/* The entry of fingerprint, else a free one, else the oldest one that is not active, else
 * the oldest. */
static unsigned
entry_for(const struct shared_quarantine *q, uint64_t fingerprint)
{
	unsigned best = 0;
	uint64_t best_key = UINT64_MAX;

	for (unsigned i = 0; i < SHARED_QUARANTINE_MAX; i++) {
		uint64_t f = atomic_load(&q->entry[i].fingerprint);
		uint64_t key = f == 0 ? 0
				      : (atomic_load(&q->entry[i].last_us) / 2 + 1) |
			(uint64_t)atomic_load(&q->entry[i].active) << 63;

		if (f == fingerprint)
			return i;
		if (key < best_key) {
			best = i;
			best_key = key;
		}
	}
	return best;
}

bool
shared_quarantine_note(
    struct shared *s, uint64_t fingerprint, unsigned deaths_limit, int64_t now_us)
{
	struct shared_quarantine *q = s->quarantine;
	unsigned i = entry_for(q, fingerprint);

	if (fingerprint == 0)
		return false;
	if (atomic_load(&q->entry[i].fingerprint) != fingerprint) {
		atomic_store(&q->entry[i].active, 0);
		atomic_store(&q->entry[i].deaths, 0);
		atomic_store(&q->entry[i].fingerprint, fingerprint);
	}
	atomic_store(&q->entry[i].last_us, (uint64_t)now_us);
	if (atomic_fetch_add(&q->entry[i].deaths, 1) + 1 < deaths_limit)
		return false;
	atomic_store(&q->entry[i].active, 1);
	if (atomic_load(&q->n) < i + 1)
		atomic_store(&q->n, i + 1);
	return true;
}

bool
shared_quarantine_has(const struct shared *s, uint64_t fingerprint)
{
	const struct shared_quarantine *q = s->quarantine;
	uint32_t n = atomic_load_explicit(&q->n, memory_order_acquire);

	for (unsigned i = 0; i < n && i < SHARED_QUARANTINE_MAX; i++)
		if (atomic_load(&q->entry[i].fingerprint) == fingerprint &&
		    atomic_load(&q->entry[i].active))
			return true;
	return false;
}

unsigned
shared_quarantine_count(const struct shared *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SHARED_QUARANTINE_MAX; i++)
		n += atomic_load(&s->quarantine->entry[i].active) != 0;
	return n;
}

void
shared_quarantine_clear(struct shared *s)
{
	struct shared_quarantine *q = s->quarantine;

	atomic_store(&q->n, 0);
	atomic_store(&q->bodies_off_until_us, 0);
	for (unsigned i = 0; i < SHARED_QUARANTINE_MAX; i++) {
		atomic_store(&q->entry[i].active, 0);
		atomic_store(&q->entry[i].deaths, 0);
		atomic_store(&q->entry[i].fingerprint, 0);
	}
}

/*
 * The watch floor: cells of { upper half of the hash, second }, buckets of four. A cell
 * whose second has passed may be taken over; four endpoints of one bucket watched within
 * the same second leave a fifth to the budget.
 */
bool
shared_watch_due(struct shared *s, uint64_t endpoint_hash, uint32_t now_s)
{
	_Atomic uint64_t *bucket =
	    &s->watch[endpoint_hash % SHARED_WATCH_SLOTS / WATCH_WAYS * WATCH_WAYS];
	uint64_t mine = endpoint_hash >> 32 << 32 | now_s;
	int oldest = -1;
	uint64_t seen = 0;

	for (int i = 0; i < WATCH_WAYS; i++) {
		uint64_t v = atomic_load_explicit(&bucket[i], memory_order_relaxed);
		uint32_t second = (uint32_t)v;
		bool passed = second != now_s && second != now_s + 1;

		if (v >> 32 == mine >> 32 && v != 0)
			return passed &&
			    atomic_compare_exchange_strong(&bucket[i], &v, mine);
		if (passed && (oldest < 0 || second < (uint32_t)seen)) {
			oldest = i;
			seen = v;
		}
	}
	return oldest >= 0 &&
	    atomic_compare_exchange_strong(&bucket[oldest], &seen, mine);
}
