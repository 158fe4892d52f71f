/*
 * The reading side of spool.h: one cursor per (boot, stream), each with its open segment
 * and a window of bytes. Another process appends while we read and may thin: a segment is
 * finished only when a later one of its stream is there, or when its boot is over.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "record/segment.h"

#define WINDOW_BYTES 65536 /* one read */
#define STREAMS_MAX 4096 /* boots of a shard that still have segments, times two */

struct cursor {
	uint64_t boot;
	enum record_stream stream;
	uint64_t after; /* last sequence handed out */
	bool dry; /* nothing more in this round */
	bool over; /* a boot that ended, read to its end */
	int fd; /* -1: none */
	struct segment_id file; /* what fd is, or was */
	bool bad; /* file has a header nobody can read: passed over */
	uint64_t offset; /* in the file, of the window's first byte */
	struct buf window;
	size_t at; /* next frame in the window */
};

struct spool_reader {
	int dir_fd;
	unsigned shard;
	uint64_t boot; /* that may be written, 0: any */
	struct segment_file *list;
	size_t files;
	bool listed; /* in this call */
	struct cursor *cursor; /* sorted by boot, alerts first */
	size_t cursors;
};

static int
list_refresh(struct spool_reader *r)
{
	if (r->listed)
		return OK;
	free(r->list);
	r->list = NULL;
	r->files = 0;
	r->listed = true;
	return segment_list(r->dir_fd, &r->list, &r->files);
}

static struct cursor *
cursor_get(struct spool_reader *r, uint64_t boot, enum record_stream stream)
{
	struct cursor *grown;
	size_t i;

	for (i = 0; i < r->cursors; i++) {
		struct cursor *c = &r->cursor[i];

		if (c->boot == boot && c->stream == stream)
			return c;
		if (c->boot > boot || (c->boot == boot && stream == STREAM_ALERT))
			break;
	}
	if (r->cursors == STREAMS_MAX)
		return NULL;
	grown = realloc(r->cursor, (r->cursors + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	r->cursor = grown;
	memmove(&grown[i + 1], &grown[i], (r->cursors - i) * sizeof(*grown));
	grown[i] = (struct cursor){.boot = boot, .stream = stream, .fd = -1};
	r->cursors++;
	return &grown[i];
}

static int
cursors_refresh(struct spool_reader *r)
{
	int err = list_refresh(r);

	for (size_t i = 0; err == OK && i < r->files; i++)
		if (!cursor_get(r, r->list[i].id.boot, r->list[i].id.stream))
			err = r->cursors == STREAMS_MAX ? OK : ERR_NOMEM;
	return err;
}

static void
cursor_close(struct cursor *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	buf_fini(&c->window);
	c->at = 0;
	c->offset = 0;
}

/* Whether files i and i + 1 are neighbours of one stream. */
static bool
has_successor(const struct spool_reader *r, size_t i)
{
	return i + 1 < r->files && r->list[i + 1].id.boot == r->list[i].id.boot &&
	    r->list[i + 1].id.stream == r->list[i].id.stream;
}

/* The file of a stream where the record after c->after is; past: one behind c->file, which
 * is done with. r->files when there is none. */
static size_t
file_find(const struct spool_reader *r, const struct cursor *c, bool past)
{
	size_t found = r->files;

	for (size_t i = 0; i < r->files; i++) {
		const struct segment_id *id = &r->list[i].id;

		if (id->boot != c->boot || id->stream != c->stream)
			continue;
		if (past && id->first <= c->file.first)
			continue;
		if (found < r->files && (past || id->first > c->after + 1))
			break;
		found = i;
	}
	return found;
}

/* More bytes behind the window. *got: how many. */
static int
window_fill(struct cursor *c, size_t *got)
{
	char *room;
	ssize_t n;

	*got = 0;
	if (c->at > 0) {
		buf_consume(&c->window, c->at);
		c->offset += c->at;
		c->at = 0;
	}
	room = buf_extend(&c->window, WINDOW_BYTES);
	if (!room)
		return ERR_NOMEM;
	n = pread(
	    c->fd, room, WINDOW_BYTES, (off_t)(c->offset + c->window.n - WINDOW_BYTES));
	c->window.n -= WINDOW_BYTES - (n > 0 ? (size_t)n : 0);
	if (n < 0)
		return ERR_IO;
	*got = (size_t)n;
	return OK;
}

/* Opens the next file. ERR_AGAIN: none, or its header is not there yet; ERR_CORRUPT: its
 * header cannot be read, the next call goes on behind it. */
static int
file_open(struct spool_reader *r, struct cursor *c, bool past)
{
	char name[SEGMENT_NAME_MAX];
	size_t i, got;
	int err;

	cursor_close(c);
	err = list_refresh(r);
	if (err)
		return err;
	i = file_find(r, c, past || c->bad);
	if (i == r->files)
		return ERR_AGAIN;
	segment_name(&r->list[i].id, name);
	c->fd = openat(r->dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0)
		return ERR_AGAIN; /* thinned or renamed since the list was made */
	c->file = r->list[i].id;
	c->bad = false;
	err = window_fill(c, &got);
	if (err == OK)
		err = segment_header_check(buf_span(&c->window), &c->file, r->shard);
	if (err == ERR_TRUNCATED && !has_successor(r, i))
		err = ERR_AGAIN;
	else if (err == ERR_TRUNCATED || err == ERR_VERSION)
		err = ERR_CORRUPT;
	if (err == OK)
		c->at = sizeof(struct segment_header);
	else
		cursor_close(c);
	c->bad = err == ERR_CORRUPT;
	return err;
}

/* Whether nobody will add to the cursor's file any more. */
static int
file_finished(struct spool_reader *r, const struct cursor *c, bool *out, bool *successor)
{
	int err;

	*out = false;
	*successor = false;
	err = list_refresh(r);
	if (err)
		return err;
	*successor = file_find(r, c, true) < r->files;
	*out = *successor || (r->boot != 0 && c->boot != r->boot);
	return OK;
}

/* The window holds no whole frame: waits, goes to the next file, or tells damage. */
static int
window_stuck(struct spool_reader *r, struct cursor *c, int why)
{
	bool finished, successor, acknowledged;
	size_t got;
	int err = file_finished(r, c, &finished, &successor);

	if (err)
		return err;
	if (!finished) {
		/* It may be a write that is half done: look at the bytes again later. */
		c->offset += c->at;
		c->at = 0;
		buf_clear(&c->window);
		return ERR_AGAIN;
	}
	if (why == ERR_TRUNCATED) {
		/* Finished after the last look: what came in between counts. */
		err = window_fill(c, &got);
		if (err || got > 0)
			return err;
		if (c->window.n > 0)
			why = ERR_CORRUPT;
	}
	acknowledged = c->file.acknowledged;
	c->over = !successor;
	cursor_close(c);
	err = successor ? file_open(r, c, true) : ERR_AGAIN;
	if (why == ERR_CORRUPT && !acknowledged)
		return ERR_CORRUPT;
	return err;
}

static int
cursor_next(
    struct spool_reader *r, struct cursor *c, uint64_t *sequence, struct span *payload)
{
	size_t size, got;
	int err;

	if (c->over)
		return ERR_AGAIN;
	for (;;) {
		if (c->fd < 0) {
			err = file_open(r, c, false);
			if (err)
				return err;
		}
		err = segment_frame_take(
		    span_from(buf_span(&c->window), c->at), sequence, payload, &size);
		if (err == OK) {
			c->at += size;
			if (*sequence <= c->after)
				continue;
			c->after = *sequence;
			return OK;
		}
		if (err == ERR_TRUNCATED) {
			err = window_fill(c, &got);
			if (err)
				return err;
			if (got > 0)
				continue;
			err = ERR_TRUNCATED;
		}
		err = window_stuck(r, c, err);
		if (err)
			return err;
	}
}

int
spool_reader_open(int dir_fd, unsigned shard, struct spool_reader **out)
{
	struct spool_reader *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return ERR_NOMEM;
	r->shard = shard;
	r->dir_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir_fd < 0) {
		free(r);
		return ERR_IO;
	}
	*out = r;
	return OK;
}

void
spool_reader_close(struct spool_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->cursors; i++) {
		cursor_close(&r->cursor[i]);
		buf_fini(&r->cursor[i].window);
	}
	free(r->cursor);
	free(r->list);
	close(r->dir_fd);
	free(r);
}

void
spool_reader_set_boot(struct spool_reader *r, uint64_t boot)
{
	r->boot = boot;
}

int
spool_reader_next_of(struct spool_reader *r, enum record_stream only,
    struct spool_position *pos, struct span *payload)
{
	int err;

	*pos = (struct spool_position){0};
	*payload = SPAN_NONE;
	r->listed = false;
	if (r->cursors == 0) {
		err = cursors_refresh(r);
		if (err)
			return err;
	}
	for (size_t i = 0; i < r->cursors; i++) {
		struct cursor *c = &r->cursor[i];

		if (only ? c->stream != only : c->dry)
			continue;
		err = cursor_next(r, c, &pos->sequence, payload);
		if (err == ERR_AGAIN) {
			c->dry = true;
			continue;
		}
		pos->boot = c->boot;
		pos->stream = c->stream;
		if (err == ERR_CORRUPT)
			pos->sequence = c->after;
		return err;
	}
	/* The round is over: the next one looks for new files and new boots first. */
	for (size_t i = 0; !only && i < r->cursors; i++)
		r->cursor[i].dry = false;
	err = cursors_refresh(r);
	return err ? err : ERR_AGAIN;
}

int
spool_reader_next(
    struct spool_reader *r, struct spool_position *pos, struct span *payload)
{
	return spool_reader_next_of(r, 0, pos, payload);
}

/* Renames between the two suffixes. */
static int
file_mark(struct spool_reader *r, const struct segment_id *id, bool acknowledged)
{
	struct segment_id to = *id;
	char from_name[SEGMENT_NAME_MAX], to_name[SEGMENT_NAME_MAX];

	to.acknowledged = acknowledged;
	segment_name(id, from_name);
	segment_name(&to, to_name);
	return renameat(r->dir_fd, from_name, r->dir_fd, to_name) == 0 ? OK : ERR_IO;
}

/* The last sequence of a file, first - 1 if it holds none. */
static int
file_last(struct spool_reader *r, const struct segment_file *file, uint64_t *last)
{
	struct buf content = BUF_INIT;
	struct span rest, payload;
	char name[SEGMENT_NAME_MAX];
	uint64_t sequence;
	size_t size;
	int fd, err = OK;

	*last = file->id.first - 1;
	segment_name(&file->id, name);
	fd = openat(r->dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ERR_AGAIN;
	err = io_read_fd(fd, (size_t)file->bytes + RECORD_BYTES_MAX, &content);
	close(fd);
	rest = span_from(buf_span(&content), sizeof(struct segment_header));
	while (err == OK && segment_frame_take(rest, &sequence, &payload, &size) == OK) {
		*last = sequence;
		rest = span_from(rest, size);
	}
	buf_fini(&content);
	return err;
}

int
spool_reader_seek(
    struct spool_reader *r, uint64_t boot, enum record_stream stream, uint64_t after)
{
	struct cursor *c;
	int err;

	r->listed = false;
	err = cursors_refresh(r);
	if (err)
		return err;
	c = cursor_get(r, boot, stream);
	if (!c)
		return ERR_NOMEM;
	cursor_close(c);
	c->after = after;
	c->dry = false;
	c->over = false;
	c->bad = false;
	/* What the server does not know any more is not acknowledged any more. */
	for (size_t i = 0; i < r->files; i++) {
		const struct segment_id *id = &r->list[i].id;
		uint64_t last;

		if (id->boot != boot || id->stream != stream || !id->acknowledged)
			continue;
		if (file_last(r, &r->list[i], &last) == OK && last > after)
			err = file_mark(r, id, false);
	}
	r->listed = false;
	return err;
}

int
spool_reader_streams(struct spool_reader *r, struct spool_stream_info *out, size_t *n)
{
	size_t cap = *n;
	int err;

	*n = 0;
	r->listed = false;
	err = list_refresh(r);
	for (size_t i = 0; err == OK && i < r->files; i++) {
		const struct segment_id *id = &r->list[i].id;
		struct spool_stream_info *info = *n ? &out[*n - 1] : NULL;

		if (!info || info->boot != id->boot || info->stream != id->stream) {
			if (*n == cap)
				return ERR_LIMIT;
			info = &out[(*n)++];
			*info = (struct spool_stream_info){
			    id->boot, id->stream, id->first, id->first - 1};
		}
		if (!has_successor(r, i))
			err = file_last(r, &r->list[i], &info->last);
	}
	return err;
}

/* Whether everything in file i is in PostgreSQL and nobody writes it. */
static bool
file_done(struct spool_reader *r, size_t i, uint64_t sequence)
{
	uint64_t last;

	if (has_successor(r, i) && r->list[i + 1].id.first <= sequence + 1)
		return true;
	if (r->boot == 0 || r->list[i].id.boot == r->boot)
		return false;
	return file_last(r, &r->list[i], &last) == OK && last <= sequence;
}

int
spool_reader_acknowledge(struct spool_reader *r, uint64_t boot, enum record_stream stream,
    uint64_t sequence, int64_t now_us, int64_t keep_us)
{
	struct timespec now = {now_us / 1000000, now_us % 1000000 * 1000};
	const struct timespec times[2] = {now, now};
	unsigned open = 0, kept = 0, removed = 0;
	int err;

	r->listed = false;
	err = list_refresh(r);
	for (size_t i = 0; err == OK && i < r->files; i++) {
		struct segment_file *f = &r->list[i];
		char name[SEGMENT_NAME_MAX];

		if (f->id.boot != boot || f->id.stream != stream)
			continue;
		kept++;
		if (!file_done(r, i, sequence)) {
			open++;
			continue;
		}
		if (!f->id.acknowledged) {
			err = file_mark(r, &f->id, true);
			f->id.acknowledged = true;
			f->modified_us = now_us;
			segment_name(&f->id, name);
			if (err == OK && utimensat(r->dir_fd, name, times, 0) != 0)
				err = ERR_IO;
		}
		segment_name(&f->id, name);
		if (err == OK && now_us - f->modified_us >= keep_us) {
			err = unlinkat(r->dir_fd, name, 0) == 0 ? OK : ERR_IO;
			removed++;
		}
	}
	if (err == OK && open > 0)
		err = segment_shipped_put(r->dir_fd, boot, stream, sequence);
	else if (removed > 0 && removed == kept)
		segment_shipped_drop(r->dir_fd, boot, stream);
	r->listed = false;
	return err;
}
