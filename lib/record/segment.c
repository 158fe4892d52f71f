/* See segment.h. */
#include "record/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "record/crc32c.h"

#define NAME_LENGTH 39 /* a-0123456789abcdef-0123456789abcdef.seg */

void
segment_name(const struct segment_id *id, char out[SEGMENT_NAME_MAX])
{
	snprintf(out, SEGMENT_NAME_MAX, "%c-%016llx-%016llx.%s",
	    id->stream == STREAM_ALERT ? 'a' : 's', (unsigned long long)id->boot,
	    (unsigned long long)id->first, id->acknowledged ? "ack" : "seg");
}

static int
hex_take(struct span s, uint64_t *out)
{
	uint8_t bytes[8];
	int err = hex_decode(s, bytes, sizeof(bytes));

	*out = 0;
	for (size_t i = 0; err == OK && i < sizeof(bytes); i++)
		*out = *out << 8 | bytes[i];
	return err;
}

int
segment_name_parse(const char *name, struct segment_id *out)
{
	struct span s = span_str(name);
	struct span suffix = span_from(s, 35);

	*out = (struct segment_id){0};
	if (s.n != NAME_LENGTH || (name[0] != 'a' && name[0] != 's') || name[1] != '-' ||
	    name[18] != '-')
		return ERR_NOTFOUND;
	if (!span_eq(suffix, SPAN(".seg")) && !span_eq(suffix, SPAN(".ack")))
		return ERR_NOTFOUND;
	if (hex_take(span_make(name + 2, 16), &out->boot) != OK ||
	    hex_take(span_make(name + 19, 16), &out->first) != OK)
		return ERR_NOTFOUND;
	out->stream = name[0] == 'a' ? STREAM_ALERT : STREAM_SUMMARY;
	out->acknowledged = span_eq(suffix, SPAN(".ack"));
	return OK;
}

static int
file_compare(const void *a, const void *b)
{
	const struct segment_id *x = &((const struct segment_file *)a)->id;
	const struct segment_id *y = &((const struct segment_file *)b)->id;

	if (x->boot != y->boot)
		return x->boot < y->boot ? -1 : 1;
	if (x->stream != y->stream)
		return x->stream == STREAM_ALERT ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return 0;
}

static int
file_add(struct segment_file **list, size_t *n, size_t *cap, const struct segment_file *f)
{
	struct segment_file *grown;

	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 64;

		grown = realloc(*list, more * sizeof(*grown));
		if (!grown)
			return ERR_NOMEM;
		*list = grown;
		*cap = more;
	}
	(*list)[(*n)++] = *f;
	return OK;
}

int
segment_list(int dir_fd, struct segment_file **out, size_t *n)
{
	struct segment_file *list = NULL;
	size_t found = 0, cap = 0;
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int err = OK;

	*out = NULL;
	*n = 0;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	while (err == OK && found < SEGMENTS_MAX && (entry = readdir(dir)) != NULL) {
		struct segment_file f = {0};
		struct stat st;

		if (segment_name_parse(entry->d_name, &f.id) != OK)
			continue;
		if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue; /* removed by the other side, or not ours */
		f.bytes = (uint64_t)st.st_size;
		f.modified_us =
		    (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
		err = file_add(&list, &found, &cap, &f);
	}
	closedir(dir);
	if (err) {
		free(list);
		return err;
	}
	if (found > 0)
		qsort(list, found, sizeof(*list), file_compare);
	*out = list;
	*n = found;
	return OK;
}

/* --- what has been shipped ----------------------------------------------------------- */

static void
shipped_name(uint64_t boot, enum record_stream stream, char out[SEGMENT_NAME_MAX])
{
	snprintf(out, SEGMENT_NAME_MAX, "%c-%016llx.shipped",
	    stream == STREAM_ALERT ? 'a' : 's', (unsigned long long)boot);
}

int
segment_shipped_put(
    int dir_fd, uint64_t boot, enum record_stream stream, uint64_t sequence)
{
	char name[SEGMENT_NAME_MAX];
	ssize_t n;
	int fd;

	shipped_name(boot, stream, name);
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return ERR_IO;
	n = pwrite(fd, &sequence, sizeof(sequence), 0);
	close(fd);
	return n == (ssize_t)sizeof(sequence) ? OK : ERR_IO;
}

uint64_t
segment_shipped(int dir_fd, uint64_t boot, enum record_stream stream)
{
	char name[SEGMENT_NAME_MAX];
	uint64_t sequence = 0;
	ssize_t n;
	int fd;

	shipped_name(boot, stream, name);
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = pread(fd, &sequence, sizeof(sequence), 0);
	close(fd);
	return n == (ssize_t)sizeof(sequence) ? sequence : 0;
}

void
segment_shipped_drop(int dir_fd, uint64_t boot, enum record_stream stream)
{
	char name[SEGMENT_NAME_MAX];

	shipped_name(boot, stream, name);
	(void)unlinkat(dir_fd, name, 0);
}

void
segment_header_make(
    const struct segment_id *id, unsigned shard, struct segment_header *out)
{
	*out = (struct segment_header){
	    .version = SEGMENT_VERSION,
	    .stream = (uint32_t)id->stream,
	    .shard = shard,
	    .boot = id->boot,
	    .first = id->first,
	};
	memcpy(out->magic, SEGMENT_MAGIC, sizeof(out->magic));
	out->crc = crc32c(0, out, offsetof(struct segment_header, crc));
}

int
segment_header_check(struct span file, const struct segment_id *id, unsigned shard)
{
	struct segment_header h;

	if (file.n < sizeof(h))
		return ERR_TRUNCATED;
	memcpy(&h, file.p, sizeof(h));
	if (memcmp(h.magic, SEGMENT_MAGIC, sizeof(h.magic)) != 0 ||
	    h.crc != crc32c(0, &h, offsetof(struct segment_header, crc)))
		return ERR_CORRUPT;
	if (h.version != SEGMENT_VERSION)
		return ERR_VERSION;
	if (h.stream != (uint32_t)id->stream || h.boot != id->boot ||
	    h.first != id->first || h.shard != shard)
		return ERR_CORRUPT;
	return OK;
}

static size_t
frame_size(size_t payload)
{
	return (sizeof(struct segment_frame) + payload + 7) & ~(size_t)7;
}

void
segment_frame_put(uint64_t sequence, struct span payload, struct buf *out)
{
	struct segment_frame f = {.length = (uint32_t)payload.n, .sequence = sequence};
	size_t size = frame_size(payload.n);
	char *at = buf_extend(out, size);

	if (!at)
		return;
	f.crc = crc32c(0, &f.sequence, sizeof(f.sequence));
	f.crc = crc32c(f.crc, payload.p, payload.n);
	memset(at, 0, size);
	memcpy(at, &f, sizeof(f));
	memcpy(at + sizeof(f), payload.p, payload.n);
}

int
segment_frame_take(struct span s, uint64_t *sequence, struct span *payload, size_t *size)
{
	struct segment_frame f;
	uint32_t crc;

	*sequence = 0;
	*payload = SPAN_NONE;
	*size = 0;
	if (s.n < sizeof(f))
		return ERR_TRUNCATED;
	memcpy(&f, s.p, sizeof(f));
	if (f.length == 0 || f.length > RECORD_BYTES_MAX)
		return ERR_CORRUPT;
	if (s.n < frame_size(f.length))
		return ERR_TRUNCATED;
	crc = crc32c(0, &f.sequence, sizeof(f.sequence));
	if (crc32c(crc, s.p + sizeof(f), f.length) != f.crc)
		return ERR_CORRUPT;
	*sequence = f.sequence;
	*payload = span_make(s.p + sizeof(f), f.length);
	*size = frame_size(f.length);
	return OK;
}
