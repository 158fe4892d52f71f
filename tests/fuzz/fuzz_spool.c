/* A segment after a power cut may hold anything: the reader ends, hands out rising
 * sequences only, and a writer goes on behind what it could read. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "record/segment.h"

#define BOOT 1
#define ROUNDS_MAX 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char path[64];

static void
folder_remove(void)
{
	(void)!rmdir(path);
}

static int
folder_open(void)
{
	snprintf(path, sizeof(path), "%s/yett-fuzz-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	CHECK(mkdtemp(path) != NULL);
	CHECK(atexit(folder_remove) == 0);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static uint64_t
read_all(int folder, uint64_t live_boot, uint64_t *last)
{
	struct spool_reader *r;
	struct spool_position pos;
	struct span payload;
	uint64_t n = 0;
	int err;

	*last = 0;
	CHECK(spool_reader_open(folder, 0, &r) == OK);
	spool_reader_set_boot(r, live_boot);
	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		err = spool_reader_next(r, &pos, &payload);
		if (err == ERR_AGAIN)
			break;
		if (err == OK) {
			CHECK(pos.sequence > *last && payload.n > 0);
			*last = pos.sequence;
			n++;
		}
	}
	spool_reader_close(r);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static int folder = -1;
	struct segment_id id = {STREAM_SUMMARY, BOOT, 1, false};
	struct spool_options o = {
	    .boot = BOOT, .segment_bytes = 1 << 20, .max_bytes = 1 << 24};
	struct segment_file *list;
	struct spool *s;
	char name[SEGMENT_NAME_MAX];
	uint64_t before, after, last;
	size_t files;
	int fd;

	if (folder < 0)
		folder = folder_open();
	segment_name(&id, name);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && io_write_full(fd, data, n) == OK);
	close(fd);
	before = read_all(folder, n % 2 ? BOOT : BOOT + 1, &last);
	if (n % 4 == 0 && last < UINT64_MAX) { /* files cost; every fourth length does */
		CHECK(spool_open(folder, &o, &s) == OK);
		CHECK(spool_append(s, STREAM_SUMMARY, SPAN("x")) == OK);
		CHECK(spool_write(s) == OK);
		spool_close(s);
		after = read_all(folder, BOOT, &last);
		CHECK(after == before + 1);
	}
	CHECK(segment_list(folder, &list, &files) == OK);
	for (size_t i = 0; i < files; i++) {
		segment_name(&list[i].id, name);
		CHECK(unlinkat(folder, name, 0) == 0);
	}
	free(list);
	return 0;
}
