#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "spool_fixture.h"

static void
test_a_writer_killed_at_any_time_leaves_what_it_wrote(void **state)
{
	uint64_t told = 0;

	for (unsigned round = 0; round < 25; round++) {
		int fd[2];
		pid_t pid;

		assert_int_equal(pipe(fd), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct spool_options o = options(8192, 1 << 26);
			struct spool *s;
			uint64_t at = told;

			if (spool_open(folder, &o, &s) != OK)
				_exit(1);
			for (;;) {
				if (summaries_append(s, at + 1, at + 7) != OK ||
				    spool_write(s) != OK)
					_exit(1);
				at += 7;
				if (write(fd[1], &at, sizeof(at)) != sizeof(at))
					_exit(1);
			}
		}
		close(fd[1]);
		/* The child lives for as long as it takes to write this often. */
		for (unsigned i = 0; i < 1 + round * 3; i++)
			assert_int_equal(read(fd[0], &told, sizeof(told)), sizeof(told));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		while (read(fd[0], &told, sizeof(told)) == sizeof(told))
			;
		close(fd[0]);

		struct tally t = read_folder(BOOT);

		assert_true(t.rising);
		assert_int_equal(t.corrupt, 0);
		assert_true(t.summaries >= told);
		/* One batch may be there of which the child could not tell any more. */
		assert_true(t.summaries <= told + 7);
		assert_int_equal(t.last, t.summaries);
		told = t.summaries;
	}
	assert_true(told > 500);
}

static void
test_a_torn_tail_is_cut_at_every_offset(void **state)
{
	struct spool_options o = options(1 << 20, 1 << 26);
	struct buf content = BUF_INIT;
	char name[SEGMENT_NAME_MAX];
	struct segment_id id = {STREAM_SUMMARY, BOOT, 1, false};
	struct spool *s;
	int fd;
	struct buf one = BUF_INIT;
	size_t frame;

	assert_int_equal(spool_open(folder, &o, &s), OK);
	assert_int_equal(summaries_append(s, 1, 4), OK);
	spool_close(s);
	segment_name(&id, name);
	fd = openat(folder, name, O_RDWR);
	assert_true(fd >= 0);
	char whole[4096];
	ssize_t n = pread(fd, whole, sizeof(whole), 0);
	assert_true(n > 64 && n < 4096);
	summary_pack(1, &one);
	buf_clear(&content);
	segment_frame_put(1, buf_span(&one), &content);
	frame = content.n;
	assert_int_equal(n, 64 + 4 * frame);

	for (ssize_t cut = 0; cut <= n; cut++) {
		uint64_t kept = cut < 64 ? 0 : ((size_t)cut - 64) / frame;
		struct tally t;

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, whole, (size_t)cut, 0), cut);
		t = read_folder(BOOT);
		assert_int_equal(t.summaries, kept);
		assert_int_equal(t.corrupt, 0);
		/* Garbage behind the cut, as after a power cut. */
		if (cut > 64) {
			assert_int_equal(pwrite(fd, "\0\0\0\0\xff\xff", 6, cut), 6);
			t = read_folder(BOOT); /* the cut may have been in padding */
			assert_in_range(t.summaries, kept, kept + 1);
			kept = t.summaries;
		}
		assert_int_equal(spool_open(folder, &o, &s), OK);
		assert_int_equal(summaries_append(s, kept + 1, kept + 2), OK);
		assert_int_equal(spool_write(s), OK);
		t = read_folder(BOOT);
		assert_int_equal(t.summaries, kept + 2);
		assert_int_equal(t.last, kept + 2);
		assert_int_equal(t.corrupt, 0);
		spool_close(s);
		/* Unlinked and made anew when even the header was torn. */
		close(fd);
		fd = openat(folder, name, O_RDWR);
		assert_true(fd >= 0);
	}
	close(fd);
	buf_fini(&content);
	buf_fini(&one);
}

static int
file_truncate(const char *name, uint64_t bytes)
{
	int fd = openat(folder, name, O_WRONLY);
	int rc = ftruncate(fd, (off_t)bytes);

	close(fd);
	return rc;
}

static void
test_unsynced_bytes_lost_to_a_power_cut_cost_only_themselves(void **state)
{
	struct spool_options o = options(4096, 1 << 26);
	struct segment_file *list;
	struct spool *s;
	size_t files, synced_files;
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	uint64_t synced_bytes;
	struct tally t;

	assert_int_equal(spool_open(folder, &o, &s), OK);
	assert_int_equal(summaries_append(s, 1, 60), OK);
	assert_int_equal(spool_write(s), OK);
	assert_int_equal(spool_sync(s), OK);
	assert_int_equal(segment_list(folder, &list, &synced_files), OK);
	segment_name(&list[synced_files - 1].id, name);
	assert_int_equal(fstatat(folder, name, &st, 0), 0);
	synced_bytes = (uint64_t)st.st_size;
	free(list);
	assert_int_equal(summaries_append(s, 61, 200), OK);
	assert_int_equal(spool_write(s), OK);
	spool_close(s);

	/* The power goes: what was not synced is not there, in part zeroed, in part no file. */
	assert_int_equal(file_truncate(name, synced_bytes + 40), 0);
	assert_int_equal(segment_list(folder, &list, &files), OK);
	assert_true(files > synced_files);
	for (size_t i = synced_files; i < files; i++) {
		segment_name(&list[i].id, name);
		assert_int_equal(unlinkat(folder, name, 0), 0);
	}
	free(list);
	/* The host starts again: another boot. */
	t = read_folder(BOOT + 1);
	assert_int_equal(t.summaries >= 60, 1);
	assert_true(t.rising);
	assert_true(t.corrupt <= 1);
	assert_int_equal(t.last, t.summaries);
}

static void
test_a_full_spool_gives_up_the_oldest_summaries_and_says_so(void **state)
{
	struct spool_options o = options(4096, 65536);
	struct buf packed = BUF_INIT;
	struct record word = {
	    .kind = RECORD_WORD, .word = {.token = SPAN("t"), .text = SPAN("x")}};
	struct spool *s;
	struct tally t;
	uint64_t sum = 0;
	enum { N = 4000 };

	assert_int_equal(spool_open(folder, &o, &s), OK);
	record_pack(&word, &packed);
	assert_int_equal(spool_append(s, STREAM_ALERT, buf_span(&packed)), OK);
	for (uint64_t i = 1; i <= N; i += 20) {
		assert_int_equal(summaries_append(s, i, i + 19), OK);
		assert_int_equal(spool_write(s), OK);
		assert_true(spool_bytes(s) <= o.max_bytes);
	}
	for (uint64_t i = 1; i <= N; i++)
		sum += i;
	t = read_folder(BOOT);
	assert_int_equal(t.gaps, 1); /* folded into one */
	assert_int_equal(t.summaries - 1 + t.gap_records, N); /* and the word */
	assert_int_equal(t.requests + t.gap_requests, sum);
	assert_int_equal(spool_thinned(s), t.gap_records);
	assert_int_equal(t.last, N);
	assert_int_equal(t.corrupt, 0);

	spool_set_max(s, o.max_bytes / 4);
	assert_int_equal(summaries_append(s, N + 1, N + 1), OK);
	assert_int_equal(spool_write(s), OK);
	assert_true(spool_bytes(s) <= o.max_bytes / 4);
	spool_close(s);
	buf_fini(&packed);
}

/* A segment, or a gap beside it, that PostgreSQL has in part was told as lost as a whole. */
static void
test_what_was_shipped_of_a_segment_is_not_told_as_lost(void **state)
{
	struct spool_options o = options(4096, 65536);
	struct spool_reader *r;
	struct spool *s;
	struct tally t;
	uint64_t sum = 0;
	enum { N = 4000, SHIPPED = 1500, MORE = 1234 };

	assert_int_equal(spool_open(folder, &o, &s), OK);
	assert_int_equal(spool_reader_open(folder, 0, &r), OK);
	for (uint64_t i = 1; i <= N; i++) {
		assert_int_equal(summaries_append(s, i, i), OK);
		assert_int_equal(spool_write(s), OK);
		if (i == 7 || i == SHIPPED || i == SHIPPED + MORE)
			assert_int_equal(spool_reader_acknowledge(r, BOOT, STREAM_SUMMARY,
					     i == 7 ? i : SHIPPED, 0, INT64_MAX),
			    OK);
	}
	for (uint64_t i = SHIPPED + 1; i <= N; i++)
		sum += i;
	spool_reader_set_boot(r, BOOT);
	assert_int_equal(spool_reader_seek(r, BOOT, STREAM_SUMMARY, SHIPPED), OK);
	t = read_all(r);
	assert_int_equal(t.gaps, 1);
	assert_int_equal(t.summaries + t.gap_records, N - SHIPPED);
	assert_int_equal(t.requests + t.gap_requests, sum);
	assert_int_equal(t.last, N);
	spool_reader_close(r);
	spool_close(s);
}

static void
test_a_disk_that_takes_nothing_keeps_the_queue_and_then_a_gap(void **state)
{
	struct spool_options o = options(1 << 20, 1 << 26);
	struct rlimit limit, none = {0, RLIM_INFINITY};
	struct spool *s;
	struct tally t;
	uint64_t sum = 0;
	enum { N = 100000 };

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(spool_open(folder, &o, &s), OK);
	assert_int_equal(summaries_append(s, 1, 10), OK);
	assert_int_equal(spool_write(s), OK);

	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	for (uint64_t i = 11; i <= N; i += 1000) {
		assert_int_equal(summaries_append(s, i, i + 999 > N ? N : i + 999), OK);
		assert_int_equal(spool_write(s), ERR_FULL);
	}
	assert_true(spool_thinned(s) > 0);
	none.rlim_cur = limit.rlim_cur;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);

	assert_int_equal(spool_write(s), OK);
	for (uint64_t i = 1; i <= N; i++)
		sum += i;
	t = read_folder(BOOT);
	assert_int_equal(t.gaps, 1);
	assert_int_equal(t.summaries + t.gap_records, N);
	assert_int_equal(t.requests + t.gap_requests, sum);
	assert_int_equal(t.corrupt, 0);
	spool_close(s);
}

static void
test_a_partly_taken_write_loses_and_repeats_nothing(void **state)
{
	struct spool_options o = options(1 << 20, 1 << 26);
	struct rlimit limit, low;
	struct spool *s;
	struct tally t;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(spool_open(folder, &o, &s), OK);
	for (unsigned i = 0; i < 200; i++) {
		int err;

		/* The disk's edge moves through every place of a frame. */
		low = (struct rlimit){1000 + 37 * i, limit.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
		assert_int_equal(summaries_append(s, 5 * i + 1, 5 * i + 5), OK);
		err = spool_write(s);
		assert_true(err == OK || err == ERR_FULL);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(spool_write(s), OK);
	spool_close(s);
	t = read_folder(BOOT);
	assert_int_equal(t.summaries + t.gap_records, 1000);
	assert_int_equal(t.corrupt, 0);
	assert_true(t.rising);
}

struct syncer {
	struct spool *spool;
	_Atomic bool stop;
	int err;
};

static void *
sync_loop(void *arg)
{
	struct syncer *y = arg;

	while (!y->stop)
		y->err = y->err ? y->err : spool_sync(y->spool);
	return NULL;
}

static void
test_a_thread_syncs_while_the_owner_rolls_segments(void **state)
{
	struct spool_options o = options(4096, 1 << 26);
	struct syncer y = {0};
	pthread_t thread;

	assert_int_equal(spool_open(folder, &o, &y.spool), OK);
	assert_int_equal(pthread_create(&thread, NULL, sync_loop, &y), 0);
	for (uint64_t i = 1; i <= 5000; i += 10) {
		assert_int_equal(summaries_append(y.spool, i, i + 9), OK);
		assert_int_equal(spool_write(y.spool), OK);
	}
	y.stop = true;
	pthread_join(thread, NULL);
	assert_int_equal(y.err, OK);
	spool_close(y.spool);
	assert_int_equal(read_folder(BOOT).summaries, 5000);
}

#define SPOOL_TEST(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SPOOL_TEST(test_a_writer_killed_at_any_time_leaves_what_it_wrote),
	    SPOOL_TEST(test_a_torn_tail_is_cut_at_every_offset),
	    SPOOL_TEST(test_unsynced_bytes_lost_to_a_power_cut_cost_only_themselves),
	    SPOOL_TEST(test_a_full_spool_gives_up_the_oldest_summaries_and_says_so),
	    SPOOL_TEST(test_what_was_shipped_of_a_segment_is_not_told_as_lost),
	    SPOOL_TEST(test_a_disk_that_takes_nothing_keeps_the_queue_and_then_a_gap),
	    SPOOL_TEST(test_a_partly_taken_write_loses_and_repeats_nothing),
	    SPOOL_TEST(test_a_thread_syncs_while_the_owner_rolls_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
