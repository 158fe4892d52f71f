/* A folder that goes away, and summaries that know their number. */
#ifndef SPOOL_FIXTURE_H
#define SPOOL_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/segment.h"

#define BOOT UINT64_C(0x1122334455667788)

static char folder_path[64];
static int folder = -1;

static inline int
folder_make(void **state)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder_path, sizeof(folder_path), "%s/yett-spool-XXXXXX",
	    base ? base : "/tmp");
	if (!mkdtemp(folder_path))
		return -1;
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : 0;
}

static inline int
folder_drop(void **state)
{
	DIR *dir = fdopendir(folder);
	struct dirent *e;

	rewinddir(dir);
	while ((e = readdir(dir)) != NULL)
		(void)unlinkat(folder, e->d_name, 0);
	closedir(dir);
	folder = -1;
	return rmdir(folder_path);
}

static inline struct spool_options
options(uint64_t segment_bytes, uint64_t max_bytes)
{
	return (struct spool_options){.shard = 0,
	    .boot = BOOT,
	    .segment_bytes = segment_bytes,
	    .max_bytes = max_bytes};
}

/* A summary whose requests are its number. */
static inline void
summary_pack(uint64_t number, struct buf *out)
{
	struct record r = {.kind = RECORD_SUMMARY};

	r.summary.hash = number;
	r.summary.requests = number;
	r.summary.minute_us = (int64_t)(1000 + number) * 60000000;
	r.summary.last_us = r.summary.minute_us + 1;
	buf_clear(out);
	record_pack(&r, out);
}

static inline int
summaries_append(struct spool *s, uint64_t from, uint64_t to)
{
	struct buf packed = BUF_INIT;
	int err = OK;

	for (uint64_t i = from; err == OK && i <= to; i++) {
		summary_pack(i, &packed);
		err = spool_append(s, STREAM_SUMMARY, buf_span(&packed));
	}
	buf_fini(&packed);
	return err;
}

/* What a reader got: how many of each, their sums, and whether sequences only rose. */
struct tally {
	uint64_t summaries, requests, first, last;
	uint64_t gaps, gap_records, gap_requests;
	uint64_t corrupt;
	bool rising;
};

static inline void
tally_add(struct tally *t, uint64_t sequence, struct span payload)
{
	struct record r;

	if (record_unpack(payload, &r) != OK)
		return;
	if (r.kind == RECORD_GAP) {
		t->gaps++;
		t->gap_records += r.gap.records;
		t->gap_requests += r.gap.requests;
	} else {
		t->summaries++;
		t->requests += r.summary.requests;
	}
	t->rising = t->rising && sequence > t->last;
	if (t->first == 0)
		t->first = sequence;
	t->last = sequence;
	record_fini(&r);
}

static inline struct tally
read_all(struct spool_reader *r)
{
	struct tally t = {.rising = true};
	struct spool_position pos;
	struct span payload;
	int err;

	while ((err = spool_reader_next(r, &pos, &payload)) != ERR_AGAIN) {
		if (err == ERR_CORRUPT && t.corrupt < 1000)
			t.corrupt++;
		else if (err)
			break;
		else
			tally_add(&t, pos.sequence, payload);
	}
	return t;
}

static inline struct tally
read_folder(uint64_t live_boot)
{
	struct spool_reader *r;
	struct tally t = {0};

	if (spool_reader_open(folder, 0, &r) != OK)
		return t;
	spool_reader_set_boot(r, live_boot);
	t = read_all(r);
	spool_reader_close(r);
	return t;
}

static inline size_t
files_count(bool acknowledged)
{
	struct segment_file *list;
	size_t n, found = 0;

	if (segment_list(folder, &list, &n) != OK)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++)
		found += list[i].id.acknowledged == acknowledged;
	free(list);
	return found;
}

#endif
