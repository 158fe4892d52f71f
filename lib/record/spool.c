/*
 * See spool.h. Payloads wait in a queue per stream and get their sequence when they are
 * written, so what is given up while the disk is full leaves no hole there. One pwrite()
 * puts many frames (never write(): an analyst's filter forbids it here); what a full disk
 * cut off is truncated to the last whole frame, because the reader may have shipped that.
 */
#include "record/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "record/segment.h"
#include "record/thin.h"

#define STREAMS 2
#define RETIRED_MAX 32 /* closed segments that wait for their sync */
#define WRITE_BYTES 262144 /* one write() */
#define QUEUE_BYTES_MIN (4u << 20) /* of a stream, while the disk takes nothing */
#define SHARE \
	8 /* a segment is at most this part of the folder, so that thinning is fine */

struct stream {
	enum record_stream kind;
	struct buf queue; /* { u32 length, payload } */
	size_t head; /* bytes of the queue that are written */
	struct record_gap lost; /* given up from the queue, not yet told */
	uint64_t next; /* sequence of the next record */
	int fd; /* current segment, -1: none */
	uint64_t bytes; /* of it */
};

struct spool {
	struct spool_options o;
	int dir_fd;
	struct stream stream[STREAMS]; /* alerts first */
	uint64_t used; /* bytes in the folder, as of the last look and own writes since */
	uint64_t thinned;
	pthread_mutex_t lock; /* of what the syncing thread shares: below, and fd above */
	int retired[RETIRED_MAX];
	unsigned retireds;
	bool dirty[STREAMS];
	bool dir_dirty;
};

static struct stream *
stream_of(struct spool *s, enum record_stream kind)
{
	return &s->stream[kind == STREAM_ALERT ? 0 : 1];
}

static uint64_t
segment_limit(const struct spool *s)
{
	uint64_t share = s->o.max_bytes / SHARE;

	return s->o.segment_bytes < share ? s->o.segment_bytes : share;
}

/* --- opening ------------------------------------------------------------------------- */

static int
used_read(struct spool *s)
{
	struct segment_file *list;
	size_t n;
	int err = segment_list(s->dir_fd, &list, &n);

	if (err)
		return err;
	s->used = 0;
	for (size_t i = 0; i < n; i++)
		s->used += list[i].bytes;
	free(list);
	return OK;
}

/* Cuts the torn tail of the newest segment and goes on from it. */
static int
tail_continue(struct spool *s, struct stream *st, const struct segment_file *file)
{
	char name[SEGMENT_NAME_MAX];
	struct buf content = BUF_INIT;
	struct span rest, payload;
	uint64_t sequence, whole = sizeof(struct segment_header);
	size_t size;
	int err;

	segment_name(&file->id, name);
	st->next = file->id.first;
	st->fd = openat(s->dir_fd, name, O_RDWR | O_CLOEXEC);
	if (st->fd < 0)
		return ERR_IO;
	err = io_read_fd(st->fd, (size_t)file->bytes + RECORD_BYTES_MAX, &content);
	if (err == OK &&
	    segment_header_check(buf_span(&content), &file->id, s->o.shard) == OK) {
		rest = span_from(buf_span(&content), whole);
		/* The next number is above all that stand here: the reader passes over
		 * one that does not rise, and reads on. */
		while (segment_frame_take(rest, &sequence, &payload, &size) == OK) {
			if (sequence >= st->next)
				st->next = sequence + 1;
			whole += size;
			rest = span_from(rest, size);
		}
		if (ftruncate(st->fd, (off_t)whole) != 0)
			err = ERR_IO;
		st->bytes = whole;
	} else if (err == OK && unlinkat(s->dir_fd, name, 0) != 0) {
		err = ERR_IO;
	}
	/* Without a header, or acknowledged already: a new segment goes on. */
	if (err || st->bytes == 0 || file->id.acknowledged) {
		close(st->fd);
		st->fd = -1;
		st->bytes = 0;
	}
	buf_fini(&content);
	return err;
}

static int
tails_continue(struct spool *s)
{
	struct segment_file *list;
	size_t n;
	int err = segment_list(s->dir_fd, &list, &n);

	if (err)
		return err;
	for (size_t i = 0; err == OK && i < n; i++) {
		const struct segment_id *id = &list[i].id;

		s->used += list[i].bytes;
		if (id->boot == s->o.boot &&
		    (i + 1 == n || list[i + 1].id.boot != id->boot ||
			list[i + 1].id.stream != id->stream))
			err = tail_continue(s, stream_of(s, id->stream), &list[i]);
	}
	free(list);
	return err;
}

int
spool_open(int dir_fd, const struct spool_options *o, struct spool **out)
{
	struct spool *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return ERR_NOMEM;
	s->o = *o;
	s->stream[0] = (struct stream){.kind = STREAM_ALERT, .next = 1, .fd = -1};
	s->stream[1] = (struct stream){.kind = STREAM_SUMMARY, .next = 1, .fd = -1};
	pthread_mutex_init(&s->lock, NULL);
	s->dir_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = s->dir_fd < 0 ? ERR_IO : tails_continue(s);
	if (err) {
		spool_close(s);
		return err;
	}
	*out = s;
	return OK;
}

/* --- queue --------------------------------------------------------------------------- */

static size_t
queue_left(const struct stream *st)
{
	return st->queue.n - st->head;
}

/* The payload at offset `at` of the queue, and where the next one is. */
static struct span
queue_at(const struct stream *st, size_t at, size_t *next)
{
	uint32_t length;

	memcpy(&length, st->queue.p + at, sizeof(length));
	*next = at + sizeof(length) + length;
	return span_make(st->queue.p + at + sizeof(length), length);
}

static void
queue_take(struct stream *st, size_t upto)
{
	st->head = upto;
	if (st->head == st->queue.n) {
		buf_clear(&st->queue);
		st->head = 0;
	} else if (st->head > st->queue.n / 2) {
		buf_consume(&st->queue, st->head);
		st->head = 0;
	}
}

/* Gives up the older half of what waits. */
static void
queue_thin(struct spool *s, struct stream *st)
{
	size_t at = st->head, until = st->head + queue_left(st) / 2;

	st->lost.cause = SPAN("spool full");
	while (at < until) {
		thin_count(&st->lost, queue_at(st, at, &at));
		s->thinned++;
	}
	queue_take(st, at);
}

/* --- writing ------------------------------------------------------------------------- */

/* Hands the current segment to the syncing thread; syncs itself if that is far behind. */
static void
segment_retire(struct spool *s, struct stream *st)
{
	int fd = st->fd;
	bool kept;

	if (fd < 0)
		return;
	pthread_mutex_lock(&s->lock);
	kept = s->dirty[st - s->stream] && s->retireds < RETIRED_MAX;
	if (kept)
		s->retired[s->retireds++] = fd;
	else if (s->dirty[st - s->stream])
		(void)fdatasync(fd);
	s->dirty[st - s->stream] = false;
	st->fd = -1;
	st->bytes = 0;
	pthread_mutex_unlock(&s->lock);
	if (!kept)
		close(fd);
}

/* ERR_FULL: no room; ERR_IO. */
static int
disk_error(void)
{
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : ERR_IO;
}

static int
segment_start(struct spool *s, struct stream *st)
{
	struct segment_id id = {.stream = st->kind, .boot = s->o.boot, .first = st->next};
	struct segment_header header;
	char name[SEGMENT_NAME_MAX];
	int fd, err = OK;

	segment_name(&id, name);
	segment_header_make(&id, s->o.shard, &header);
	fd = openat(s->dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return disk_error();
	if (pwrite(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header)) {
		err = disk_error();
		close(fd);
		(void)unlinkat(s->dir_fd, name, 0);
		return err;
	}
	pthread_mutex_lock(&s->lock);
	st->fd = fd;
	st->bytes = sizeof(header);
	s->dirty[st - s->stream] = true;
	s->dir_dirty = true;
	pthread_mutex_unlock(&s->lock);
	s->used += sizeof(header);
	return OK;
}

/* Frames of the front of the queue. *until: where the queue goes on, *n: frames. */
static void
frames_make(const struct stream *st, uint64_t room, struct buf *out, size_t *ends,
    size_t *untils, unsigned max, unsigned *n)
{
	size_t at = st->head;

	*n = 0;
	while (at < st->queue.n && *n < max && (out->n < room || *n == 0)) {
		struct span payload = queue_at(st, at, &at);

		segment_frame_put(st->next + *n, payload, out);
		ends[*n] = out->n;
		untils[*n] = at;
		++*n;
	}
}

#define BATCH_FRAMES 512
/* One write() of what waits. Frames that a full disk let through stay. */
static int
batch_write(struct spool *s, struct stream *st)
{
	struct buf out = BUF_INIT;
	size_t ends[BATCH_FRAMES], untils[BATCH_FRAMES];
	uint64_t room = segment_limit(s);
	unsigned n, whole = 0;
	ssize_t wrote;
	int err;

	room = room > st->bytes ? room - st->bytes : 0;
	if (room > WRITE_BYTES)
		room = WRITE_BYTES;
	frames_make(st, room, &out, ends, untils, BATCH_FRAMES, &n);
	err = buf_err(&out);
	if (err)
		goto out;
	wrote = pwrite(st->fd, out.p, out.n, (off_t)st->bytes);
	if (wrote < (ssize_t)out.n)
		err = wrote < 0 ? disk_error() : ERR_FULL;
	while (whole < n && wrote > 0 && ends[whole] <= (size_t)wrote)
		whole++;
	if (whole > 0) {
		st->bytes += ends[whole - 1];
		s->used += ends[whole - 1];
		st->next += whole;
		queue_take(st, untils[whole - 1]);
		pthread_mutex_lock(&s->lock);
		s->dirty[st - s->stream] = true;
		pthread_mutex_unlock(&s->lock);
	}
	if (err && ftruncate(st->fd, (off_t)st->bytes) != 0)
		segment_retire(s, st);
out:
	buf_fini(&out);
	return err;
}

/* Gives up one segment. ERR_NOTFOUND: there is none to give up. */
static int
room_make(struct spool *s)
{
	struct thinned t;
	int err = thin_one(s->dir_fd, s->o.shard, s->o.boot, &t);

	if (err)
		return err;
	s->thinned += t.records;
	if (t.untold.records > 0)
		thin_gap_add(&stream_of(s, t.stream)->lost, &t.untold);
	return used_read(s);
}

/* What was given up from the queue is told before anything newer. */
static int
lost_tell(struct stream *st)
{
	struct record r = {.kind = RECORD_GAP, .gap = st->lost};
	struct buf packed = BUF_INIT, queue = BUF_INIT;
	uint32_t length;
	int err;

	if (st->lost.records == 0)
		return OK;
	record_pack(&r, &packed);
	length = (uint32_t)packed.n;
	buf_put(&queue, &length, sizeof(length));
	buf_put_span(&queue, buf_span(&packed));
	buf_put(&queue, st->queue.p + st->head, queue_left(st));
	err = buf_err(&queue);
	buf_fini(&packed);
	if (err) {
		buf_fini(&queue);
		return err;
	}
	buf_fini(&st->queue);
	st->queue = queue;
	st->head = 0;
	st->lost = (struct record_gap){0};
	return OK;
}

static int
stream_write(struct spool *s, struct stream *st)
{
	int err = lost_tell(st);

	while (err == OK && queue_left(st) > 0) {
		if (st->fd >= 0 && st->bytes >= segment_limit(s))
			segment_retire(s, st);
		if (st->fd < 0)
			err = segment_start(s, st);
		if (err == OK)
			err = batch_write(s, st);
		/* A file may have reached a limit of its own: a new one may take more. */
		if (err == ERR_FULL && st->bytes > sizeof(struct segment_header))
			segment_retire(s, st);
		if (err == ERR_FULL && room_make(s) == OK)
			err = OK;
	}
	return err;
}

int
spool_append(struct spool *s, enum record_stream kind, struct span packed)
{
	struct stream *st = stream_of(s, kind);
	uint64_t limit = s->o.segment_bytes;
	uint32_t length = (uint32_t)packed.n;

	if (packed.n == 0 || packed.n > RECORD_BYTES_MAX)
		return ERR_LIMIT;
	if (limit < QUEUE_BYTES_MIN)
		limit = QUEUE_BYTES_MIN;
	if (queue_left(st) > limit && stream_write(s, st) != OK)
		queue_thin(s, st);
	buf_put(&st->queue, &length, sizeof(length));
	buf_put(&st->queue, packed.p, packed.n);
	return buf_err(&st->queue);
}

int
spool_write(struct spool *s)
{
	int err = OK;

	for (unsigned i = 0; i < STREAMS; i++) {
		int one = stream_write(s, &s->stream[i]);

		err = err ? err : one;
	}
	if (s->used > s->o.max_bytes) {
		/* The reader removes segments behind our back: look before giving up. */
		int look = used_read(s);

		while (look == OK && s->used > s->o.max_bytes)
			look = room_make(s);
	}
	return err;
}

/* --- syncing: this thread or a helper's ---------------------------------------------- */

int
spool_sync(struct spool *s)
{
	int fds[RETIRED_MAX + STREAMS];
	unsigned n, retireds;
	bool dir;
	int err = OK;

	pthread_mutex_lock(&s->lock);
	retireds = s->retireds;
	memcpy(fds, s->retired, retireds * sizeof(*fds));
	s->retireds = 0;
	n = retireds;
	for (unsigned i = 0; i < STREAMS; i++) {
		int fd = s->dirty[i] ? fcntl(s->stream[i].fd, F_DUPFD_CLOEXEC, 0) : -1;

		if (fd >= 0) {
			fds[n++] = fd;
			s->dirty[i] = false;
		}
	}
	dir = s->dir_dirty;
	s->dir_dirty = false;
	pthread_mutex_unlock(&s->lock);

	for (unsigned i = 0; i < n; i++) {
		if (fdatasync(fds[i]) != 0)
			err = ERR_IO;
		close(fds[i]);
	}
	if (dir && fsync(s->dir_fd) != 0)
		err = ERR_IO;
	return err;
}

void
spool_set_max(struct spool *s, uint64_t max_bytes)
{
	s->o.max_bytes = max_bytes;
}

uint64_t
spool_bytes(const struct spool *s)
{
	return s->used;
}

uint64_t
spool_thinned(const struct spool *s)
{
	return s->thinned;
}

void
spool_close(struct spool *s)
{
	if (!s)
		return;
	if (s->dir_fd >= 0) {
		(void)!spool_write(s);
		(void)!spool_sync(s);
	}
	for (unsigned i = 0; i < STREAMS; i++) {
		if (s->stream[i].fd >= 0)
			close(s->stream[i].fd);
		buf_fini(&s->stream[i].queue);
	}
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
