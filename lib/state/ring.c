/* The ring. Positions count up for ever; only their difference and their low bits matter. */
#include "state/ring.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"

#define RING_MAGIC 0x676e69722d747479u /* "ytt-ring" */
#define RING_VERSION 1
#define RING_PAGE 4096u
#define RING_MIN 4096u
#define RING_MAX (1ull << 32)

struct ring_header {
	uint64_t magic;
	uint64_t version;
	uint64_t size;
	_Alignas(64) _Atomic uint64_t tail; /* producer writes */
	_Alignas(64) _Atomic uint64_t head; /* consumer writes */
	_Alignas(64) _Atomic uint32_t sleeping; /* consumer sets, either clears */
};
_Static_assert(sizeof(struct ring_header) <= RING_PAGE, "header fits its page");

struct record_head {
	uint32_t length;
	uint32_t kind;
};

static uint64_t
record_bytes(uint64_t n)
{
	return sizeof(struct record_head) + ((n + 7) & ~7ull);
}

int
ring_create(uint64_t bytes, int *fd)
{
	struct ring_header h = {.magic = RING_MAGIC, .version = RING_VERSION};

	*fd = -1;
	if (bytes > RING_MAX)
		return ERR_RANGE;
	for (h.size = RING_MIN; h.size < bytes;)
		h.size *= 2;
	return io_memfd_fixed("yett-ring", RING_PAGE + h.size, &h, sizeof h, fd);
}

static int
check_header(const struct ring_header *h, uint64_t file_bytes, uint64_t *size)
{
	uint64_t tail = atomic_load(&h->tail), head = atomic_load(&h->head);

	*size = h->size;
	if (h->magic != RING_MAGIC)
		return ERR_CORRUPT;
	if (h->version != RING_VERSION)
		return ERR_VERSION;
	if (*size < RING_MIN || (*size & (*size - 1)) || *size != file_bytes - RING_PAGE)
		return ERR_CORRUPT;
	if (tail - head > *size || tail % 8 || head % 8)
		return ERR_CORRUPT;
	return OK;
}

/* The data twice in a row over one reservation of addresses. */
static int
map_twice(int fd, uint64_t size, uint8_t **out)
{
	uint8_t *at = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return ERR_NOMEM;
	for (int i = 0; i < 2; i++)
		if (mmap(at + (uint64_t)i * size, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, fd, RING_PAGE) == MAP_FAILED) {
			munmap(at, 2 * size);
			return ERR_NOMEM;
		}
	*out = at;
	return OK;
}

int
ring_attach(int fd, int bell, struct ring *out)
{
	struct ring_header *h;
	struct stat st;
	uint64_t size;
	int rc;

	*out = (struct ring){.bell = -1};
	if (fstat(fd, &st))
		return ERR_IO;
	if (st.st_size < (off_t)(RING_PAGE + RING_MIN) ||
	    (uint64_t)st.st_size > RING_PAGE + RING_MAX)
		return ERR_CORRUPT;
	h = mmap(NULL, RING_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (h == MAP_FAILED)
		return ERR_NOMEM;
	rc = check_header(h, (uint64_t)st.st_size, &size);
	if (rc == OK)
		rc = map_twice(fd, size, &out->data);
	if (rc != OK) {
		munmap(h, RING_PAGE);
		return rc;
	}
	out->h = h;
	out->size = size;
	out->bell = bell;
	out->limit = atomic_load(&h->head); /* nothing seen yet, for either side */
	return OK;
}

void
ring_detach(struct ring *r)
{
	if (r->h) {
		munmap(r->data, 2 * r->size);
		munmap(r->h, RING_PAGE);
	}
	*r = (struct ring){.bell = -1};
}

static struct record_head *
record_at(struct ring *r, uint64_t position)
{
	return (struct record_head *)(void *)(r->data + (position & (r->size - 1)));
}

void *
ring_reserve(struct ring *r, uint32_t kind, size_t n)
{
	uint64_t tail = atomic_load_explicit(&r->h->tail, memory_order_relaxed);
	struct record_head *head;
	uint64_t need;

	r->local = 0;
	if (n > RING_RECORD_MAX || (need = record_bytes(n)) > r->size)
		return NULL;
	if (tail - r->limit > r->size - need) {
		r->limit = atomic_load_explicit(&r->h->head, memory_order_acquire);
		if (tail - r->limit > r->size - need)
			return NULL;
	}
	head = record_at(r, tail);
	head->length = (uint32_t)n;
	head->kind = kind;
	r->local = need;
	return head + 1;
}

void
ring_commit(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->h->tail, memory_order_relaxed);

	CHECK(r->local);
	atomic_store_explicit(&r->h->tail, tail + r->local, memory_order_release);
	r->local = 0;
}

void
ring_wake(struct ring *r)
{
	/* Pairs with the fence in ring_sleep(): either we see `sleeping`, or the consumer
	 * sees our tail. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&r->h->sleeping, memory_order_relaxed) == 0)
		return;
	if (atomic_exchange(&r->h->sleeping, 0) && r->bell >= 0)
		(void)eventfd_write(r->bell, 1);
}

bool
ring_peek(struct ring *r, uint32_t *kind, struct span *record, uint64_t *corrupt)
{
	uint64_t head = atomic_load_explicit(&r->h->head, memory_order_relaxed);
	struct record_head h;
	uint64_t waiting;

	*kind = 0;
	*record = SPAN_NONE;
	r->local = 0;
	if (r->limit == head) {
		r->limit = atomic_load_explicit(&r->h->tail, memory_order_acquire);
		if (r->limit == head)
			return false;
	}
	waiting = r->limit - head;
	if (waiting <= r->size && waiting % 8 == 0) {
		memcpy(&h, record_at(r, head), sizeof h);
		if (h.length <= RING_RECORD_MAX && record_bytes(h.length) <= waiting) {
			r->local = record_bytes(h.length);
			*kind = h.kind;
			*record =
			    span_make((uint8_t *)record_at(r, head) + sizeof h, h.length);
			return true;
		}
	}
	if (corrupt)
		++*corrupt;
	/* head stays a multiple of 8 whatever the producer wrote into tail */
	atomic_store_explicit(&r->h->head, r->limit & ~7ull, memory_order_release);
	r->limit &= ~7ull;
	return false;
}

void
ring_consume(struct ring *r)
{
	uint64_t head = atomic_load_explicit(&r->h->head, memory_order_relaxed);

	CHECK(r->local);
	atomic_store_explicit(&r->h->head, head + r->local, memory_order_release);
	r->local = 0;
}

bool
ring_sleep(struct ring *r)
{
	atomic_store_explicit(&r->h->sleeping, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&r->h->tail, memory_order_acquire) ==
	    atomic_load_explicit(&r->h->head, memory_order_relaxed))
		return true;
	ring_awake(r);
	return false;
}

void
ring_awake(struct ring *r)
{
	atomic_store_explicit(&r->h->sleeping, 0, memory_order_relaxed);
}

uint64_t
ring_used(const struct ring *r)
{
	uint64_t head = atomic_load_explicit(&r->h->head, memory_order_acquire);
	uint64_t used = atomic_load_explicit(&r->h->tail, memory_order_acquire) - head;

	return used > r->size ? r->size : used;
}
