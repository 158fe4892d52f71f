/* See thin.h. */
#include "record/thin.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"

#define CAUSE SPAN("spool full")
#define TEMPORARY "thin.tmp"

static void
gap_widen(struct record_gap *gap, int64_t from_us, int64_t to_us)
{
	if (from_us <= 0)
		return;
	if (gap->from_us == 0 || from_us < gap->from_us)
		gap->from_us = from_us;
	if (to_us > gap->to_us)
		gap->to_us = to_us;
}

void
thin_gap_add(struct record_gap *into, const struct record_gap *from)
{
	into->records += from->records;
	into->requests += from->requests;
	into->cause = from->cause;
	gap_widen(into, from->from_us, from->to_us);
}

void
thin_count(struct record_gap *gap, struct span packed)
{
	struct record r;

	if (record_unpack(packed, &r) != OK) {
		gap->records++;
		return;
	}
	switch (r.kind) {
	case RECORD_SUMMARY:
		gap->requests += r.summary.requests;
		gap_widen(gap, r.summary.minute_us, r.summary.last_us);
		break;
	case RECORD_GAP:
		gap->requests += r.gap.requests;
		gap->records += r.gap.records - 1;
		gap_widen(gap, r.gap.from_us, r.gap.to_us);
		break;
	case RECORD_DECISION:
		gap_widen(gap, r.decision.minute_us, r.decision.last_us);
		break;
	case RECORD_COVERAGE:
		gap_widen(gap, r.coverage.minute_us, r.coverage.minute_us);
		break;
	case RECORD_ENDPOINT:
		gap_widen(gap, r.endpoint.first_us, r.endpoint.first_us);
		break;
	case RECORD_WORD: gap_widen(gap, r.word.at_us, r.word.at_us); break;
	case RECORD_OBSERVATION:
		gap_widen(gap, r.observation.first_us, r.observation.last_us);
		break;
	case RECORD_SUSPECT: gap_widen(gap, r.suspect.at_us, r.suspect.at_us); break;
	case RECORD_LINK: gap_widen(gap, r.link.at_us, r.link.at_us); break;
	case RECORD_CHILD: break; /* has no time */
	}
	gap->records++;
	record_fini(&r);
}

/* Counts what of a segment is not in PostgreSQL; *last: its last sequence. */
static void
segment_count(
    int dir_fd, const struct segment_file *file, struct record_gap *gap, uint64_t *last)
{
	uint64_t shipped = segment_shipped(dir_fd, file->id.boot, file->id.stream);
	char name[SEGMENT_NAME_MAX];
	struct buf content = BUF_INIT;
	struct span rest, payload;
	uint64_t sequence;
	size_t size;
	int fd;

	segment_name(&file->id, name);
	*last = file->id.first;
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (io_read_fd(fd, (size_t)file->bytes + RECORD_BYTES_MAX, &content) == OK) {
		rest = span_from(buf_span(&content), sizeof(struct segment_header));
		while (segment_frame_take(rest, &sequence, &payload, &size) == OK) {
			if (sequence > shipped)
				thin_count(gap, payload);
			*last = sequence;
			rest = span_from(rest, size);
		}
	}
	close(fd);
	buf_fini(&content);
}

/* Puts a segment with nothing but the gap in the place of the file. */
static int
segment_replace(int dir_fd, unsigned shard, const struct segment_id *id,
    const struct record_gap *gap, uint64_t sequence)
{
	struct record r = {.kind = RECORD_GAP, .gap = *gap};
	struct segment_header header;
	struct buf packed = BUF_INIT, out = BUF_INIT;
	char name[SEGMENT_NAME_MAX];
	int fd, err;

	segment_name(id, name);
	record_pack(&r, &packed);
	segment_header_make(id, shard, &header);
	buf_put(&out, &header, sizeof(header));
	segment_frame_put(sequence, buf_span(&packed), &out);
	err = buf_err(&out);
	fd = openat(dir_fd, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (err == OK && fd < 0)
		err = ERR_IO;
	/* Not write(): an analyst's filter knows no descriptor for it here. */
	if (err == OK && pwrite(fd, out.p, out.n, 0) != (ssize_t)out.n)
		err = ERR_IO;
	if (err == OK && fdatasync(fd) != 0)
		err = ERR_IO;
	if (fd >= 0)
		close(fd);
	if (err == OK && renameat(dir_fd, TEMPORARY, dir_fd, name) != 0)
		err = ERR_IO;
	if (err)
		(void)unlinkat(dir_fd, TEMPORARY, 0);
	buf_fini(&packed);
	buf_fini(&out);
	return err;
}

/* Whether file i is the newest of a stream that is being written. */
static bool
is_live(const struct segment_file *list, size_t n, size_t i, uint64_t live_boot)
{
	const struct segment_id *id = &list[i].id;

	if (id->boot != live_boot)
		return false;
	return i + 1 == n || list[i + 1].id.boot != id->boot ||
	    list[i + 1].id.stream != id->stream;
}

/* Lower goes first; negative: stays. */
static int
rank(const struct segment_file *f)
{
	if (f->id.acknowledged)
		return 0;
	if (f->bytes <= SEGMENT_GAP_MAX)
		return -1;
	return f->id.stream == STREAM_SUMMARY ? 1 : 2;
}

static size_t
choose(const struct segment_file *list, size_t n, uint64_t live_boot)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		int r = rank(&list[i]);

		if (r < 0 || is_live(list, n, i, live_boot))
			continue;
		if (best == n || r < rank(&list[best]) ||
		    (r == rank(&list[best]) &&
			list[i].modified_us < list[best].modified_us))
			best = i;
	}
	return best;
}

static int
file_remove(int dir_fd, const struct segment_id *id)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(id, name);
	return unlinkat(dir_fd, name, 0) == 0 ? OK : ERR_IO;
}

/* The thinned neighbour before file i, or n. */
static size_t
neighbour(const struct segment_file *list, size_t n, size_t i)
{
	if (i == 0 || list[i - 1].id.boot != list[i].id.boot ||
	    list[i - 1].id.stream != list[i].id.stream || list[i - 1].id.acknowledged ||
	    list[i - 1].bytes > SEGMENT_GAP_MAX)
		return n;
	return i - 1;
}

/* Lets a segment go and puts its gap, with that of the neighbour before it, in its place. */
static int
give_up(int dir_fd, unsigned shard, const struct segment_file *file,
    const struct segment_file *fold, struct thinned *out)
{
	struct record_gap own = {.cause = CAUSE}, gap;
	uint64_t last, unused;
	int err;

	segment_count(dir_fd, file, &own, &last);
	if (own.records == 0) /* all of it is in PostgreSQL, and not marked so yet */
		return file_remove(dir_fd, &file->id);
	out->records = own.records;
	gap = own;
	if (fold)
		segment_count(dir_fd, fold, &gap, &unused);
	err = segment_replace(dir_fd, shard, &file->id, &gap, last);
	if (err) {
		/* Not even a block for the new file: first let go, then tell. */
		err = file_remove(dir_fd, &file->id);
		if (err)
			return err;
		if (segment_replace(dir_fd, shard, &file->id, &gap, last) != OK) {
			out->untold = own;
			out->stream = file->id.stream;
			return OK;
		}
	}
	return fold ? file_remove(dir_fd, &fold->id) : OK;
}

int
thin_one(int dir_fd, unsigned shard, uint64_t live_boot, struct thinned *out)
{
	struct segment_file *list;
	size_t n, i, fold;
	int err;

	*out = (struct thinned){0};
	err = segment_list(dir_fd, &list, &n);
	if (err)
		return err;
	i = choose(list, n, live_boot);
	if (i == n) {
		err = ERR_NOTFOUND;
	} else if (list[i].id.acknowledged) {
		err = file_remove(dir_fd, &list[i].id);
	} else {
		fold = neighbour(list, n, i);
		err =
		    give_up(dir_fd, shard, &list[i], fold < n ? &list[fold] : NULL, out);
	}
	if (err == OK)
		out->freed = list[i].bytes;
	free(list);
	return err;
}
