#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "spool_fixture.h"

#define MINUTE INT64_C(60000000)
#define NOW (INT64_C(30000000) * MINUTE)

static struct spool *
spool_of(uint64_t boot, uint64_t segment_bytes)
{
	struct spool_options o = options(segment_bytes, 1 << 26);
	struct spool *s;

	o.boot = boot;
	assert_int_equal(spool_open(folder, &o, &s), OK);
	return s;
}

static void
append_write(struct spool *s, uint64_t from, uint64_t to)
{
	assert_int_equal(summaries_append(s, from, to), OK);
	assert_int_equal(spool_write(s), OK);
}

static void
test_it_follows_a_writer_over_segments(void **state)
{
	struct spool *s = spool_of(BOOT, 4096);
	struct spool_reader *r;
	uint64_t got = 0;

	assert_int_equal(spool_reader_open(folder, 0, &r), OK);
	assert_int_equal(read_all(r).summaries, 0);
	for (uint64_t i = 1; i <= 900; i += 9) {
		struct tally t;

		append_write(s, i, i + 8);
		t = read_all(r);
		got += t.summaries;
		assert_int_equal(got, i + 8);
		assert_int_equal(t.last, got);
		assert_int_equal(t.corrupt, 0);
	}
	assert_true(files_count(false) > 5);
	spool_reader_close(r);
	spool_close(s);
}

static void
test_alerts_of_a_boot_come_first_and_alone_if_asked(void **state)
{
	struct spool *s = spool_of(BOOT, 1 << 20);
	struct record word = {
	    .kind = RECORD_WORD, .word = {.token = SPAN("t"), .text = SPAN("x")}};
	struct buf packed = BUF_INIT;
	struct spool_reader *r;
	struct spool_position pos;
	struct span payload;

	append_write(s, 1, 2);
	record_pack(&word, &packed);
	assert_int_equal(spool_append(s, STREAM_ALERT, buf_span(&packed)), OK);
	assert_int_equal(spool_write(s), OK);
	assert_int_equal(spool_reader_open(folder, 0, &r), OK);
	assert_int_equal(spool_reader_next(r, &pos, &payload), OK);
	assert_int_equal(pos.stream, STREAM_ALERT);
	assert_int_equal(pos.sequence, 1);
	assert_int_equal(spool_reader_next(r, &pos, &payload), OK);
	assert_int_equal(pos.stream, STREAM_SUMMARY);

	assert_int_equal(spool_append(s, STREAM_ALERT, buf_span(&packed)), OK);
	assert_int_equal(spool_write(s), OK);
	assert_int_equal(spool_reader_next_of(r, STREAM_ALERT, &pos, &payload), OK);
	assert_int_equal(pos.sequence, 2);
	assert_int_equal(
	    spool_reader_next_of(r, STREAM_ALERT, &pos, &payload), ERR_AGAIN);
	assert_int_equal(spool_reader_next(r, &pos, &payload), OK);
	assert_int_equal(pos.stream, STREAM_SUMMARY);
	assert_int_equal(pos.sequence, 2);
	buf_fini(&packed);
	spool_reader_close(r);
	spool_close(s);
}

static void
test_it_goes_back_to_what_a_server_knows(void **state)
{
	struct spool *s = spool_of(BOOT, 4096);
	struct spool_reader *r;

	append_write(s, 1, 300);
	assert_int_equal(spool_reader_open(folder, 0, &r), OK);
	assert_int_equal(read_all(r).summaries, 300);
	for (uint64_t after = 0; after <= 300; after += 25) {
		struct tally t;

		assert_int_equal(spool_reader_seek(r, BOOT, STREAM_SUMMARY, after), OK);
		t = read_all(r);
		assert_int_equal(t.summaries, 300 - after);
		if (after < 300)
			assert_int_equal(t.first, after + 1);
	}
	spool_reader_close(r);
	spool_close(s);
}

static void
test_acknowledged_segments_stay_for_a_while(void **state)
{
	struct spool *s = spool_of(BOOT, 4096);
	struct spool_reader *r;
	size_t files;

	append_write(s, 1, 300);
	files = files_count(false);
	assert_true(files > 4);
	assert_int_equal(spool_reader_open(folder, 0, &r), OK);
	spool_reader_set_boot(r, BOOT);
	assert_int_equal(
	    spool_reader_acknowledge(r, BOOT, STREAM_SUMMARY, 300, NOW, 5 * MINUTE), OK);
	/* The newest is still being written. */
	assert_int_equal(files_count(true), files - 1);
	assert_int_equal(files_count(false), 1);
	assert_int_equal(spool_reader_acknowledge(
			     r, BOOT, STREAM_SUMMARY, 300, NOW + 4 * MINUTE, 5 * MINUTE),
	    OK);
	assert_int_equal(files_count(true), files - 1);

	/* A server that knows less: read again, and no longer acknowledged. */
	assert_int_equal(spool_reader_seek(r, BOOT, STREAM_SUMMARY, 0), OK);
	assert_int_equal(files_count(true), 0);
	assert_int_equal(read_all(r).summaries, 300);

	assert_int_equal(spool_reader_acknowledge(
			     r, BOOT, STREAM_SUMMARY, 300, NOW + 6 * MINUTE, 5 * MINUTE),
	    OK);
	assert_int_equal(spool_reader_acknowledge(
			     r, BOOT, STREAM_SUMMARY, 300, NOW + 11 * MINUTE, 5 * MINUTE),
	    OK);
	assert_int_equal(files_count(true), 0);
	assert_int_equal(files_count(false), 1);

	/* The writer never starts counting anew. */
	spool_close(s);
	s = spool_of(BOOT, 4096);
	append_write(s, 301, 302);
	assert_int_equal(read_all(r).last, 302);
	spool_reader_close(r);
	spool_close(s);
}

static void
test_an_old_boot_is_read_and_let_go_of(void **state)
{
	struct spool *old = spool_of(BOOT, 1 << 20), *s;
	struct spool_reader *r;
	struct spool_stream_info info[4];
	size_t n = 4;
	struct tally t;

	append_write(old, 1, 50);
	spool_close(old);
	s = spool_of(BOOT + 1, 1 << 20);
	append_write(s, 1, 5);
	assert_int_equal(spool_reader_open(folder, 0, &r), OK);
	spool_reader_set_boot(r, BOOT + 1);
	t = read_all(r);
	assert_int_equal(t.summaries, 55);
	assert_int_equal(spool_reader_streams(r, info, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(info[0].last, 50);
	assert_int_equal(info[1].first, 1);
	assert_int_equal(info[1].last, 5);
	assert_int_equal(
	    spool_reader_acknowledge(r, BOOT, STREAM_SUMMARY, 49, NOW, 0), OK);
	assert_int_equal(files_count(false), 2);
	assert_int_equal(
	    spool_reader_acknowledge(r, BOOT, STREAM_SUMMARY, 50, NOW, 0), OK);
	assert_int_equal(
	    spool_reader_acknowledge(r, BOOT + 1, STREAM_SUMMARY, 5, NOW, 0), OK);
	assert_int_equal(files_count(false), 1);
	spool_reader_close(r);
	spool_close(s);
}

static void
flip(const struct segment_id *id, off_t at)
{
	char name[SEGMENT_NAME_MAX], c;
	int fd;

	segment_name(id, name);
	fd = openat(folder, name, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 0x10;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

static void
test_damage_costs_one_segment_and_is_told(void **state)
{
	struct spool *s = spool_of(BOOT, 4096);
	struct segment_file *list;
	struct tally t, after;
	size_t n;

	append_write(s, 1, 300);
	spool_close(s);
	assert_int_equal(segment_list(folder, &list, &n), OK);
	assert_true(n > 4);
	flip(&list[1].id, 64 + 40);
	t = read_folder(BOOT);
	assert_int_equal(t.corrupt, 1);
	assert_int_equal(t.summaries, 300 - (list[2].id.first - list[1].id.first));
	assert_int_equal(t.last, 300);

	/* A header too. */
	flip(&list[3].id, 3);
	after = read_folder(BOOT);
	assert_int_equal(after.corrupt, 2);
	assert_int_equal(after.last, 300);
	assert_true(after.summaries < t.summaries);
	free(list);
}

#define SPOOL_TEST(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SPOOL_TEST(test_it_follows_a_writer_over_segments),
	    SPOOL_TEST(test_alerts_of_a_boot_come_first_and_alone_if_asked),
	    SPOOL_TEST(test_it_goes_back_to_what_a_server_knows),
	    SPOOL_TEST(test_acknowledged_segments_stay_for_a_while),
	    SPOOL_TEST(test_an_old_boot_is_read_and_let_go_of),
	    SPOOL_TEST(test_damage_costs_one_segment_and_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
