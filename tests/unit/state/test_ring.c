#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "state/ring.h"

#define ROUNDS 200

static struct ring
ring_of(uint64_t bytes, int *fd, int bell)
{
	struct ring r;

	assert_int_equal(ring_create(bytes, fd), OK);
	assert_int_equal(ring_attach(*fd, bell, &r), OK);
	return r;
}

/* A record that proves itself: its number, then bytes derived from it. */
static size_t
length_of(uint64_t number)
{
	return 8 + number * 7919 % 1500;
}

static bool
put(struct ring *r, uint64_t number)
{
	size_t n = length_of(number);
	uint8_t *at = ring_reserve(r, RING_REQUEST, n);

	if (at == NULL)
		return false;
	memcpy(at, &number, 8);
	memset(at + 8, (int)(number & 0xff), n - 8);
	ring_commit(r);
	return true;
}

static void
assert_whole(struct span record, uint64_t *number)
{
	assert_true(record.n >= 8);
	memcpy(number, record.p, 8);
	assert_int_equal(record.n, length_of(*number));
	for (size_t i = 8; i < record.n; i++)
		assert_int_equal((uint8_t)record.p[i], *number & 0xff);
}

static void
test_records_come_in_order_over_many_wraps(void **state)
{
	int fd;
	struct ring p = ring_of(4096, &fd, -1), c;
	uint64_t in = 0, out = 0, number, corrupt = 0;
	uint32_t kind;
	struct span record;

	assert_int_equal(ring_attach(fd, -1, &c), OK);
	while (out < 20000) {
		while (put(&p, in))
			in++;
		assert_true(ring_used(&c) > 4096 - 1600);
		while (ring_peek(&c, &kind, &record, &corrupt)) {
			assert_int_equal(kind, RING_REQUEST);
			assert_whole(record, &number);
			assert_int_equal(number, out++);
			ring_consume(&c);
		}
		assert_int_equal(in, out);
	}
	assert_int_equal(corrupt, 0);
	ring_detach(&p);
	ring_detach(&c);
	close(fd);
}

static void
test_reserve_refuses_what_does_not_fit(void **state)
{
	int fd;
	struct ring r = ring_of(4096, &fd, -1);

	assert_null(ring_reserve(&r, 1, 4089));
	assert_null(ring_reserve(&r, 1, RING_RECORD_MAX + 1u));
	assert_null(ring_reserve(&r, 1, SIZE_MAX));
	assert_non_null(ring_reserve(&r, 1, 4088)); /* forgotten: not committed */
	assert_int_equal(ring_used(&r), 0);
	assert_non_null(ring_reserve(&r, 1, 4088));
	ring_commit(&r);
	assert_int_equal(ring_used(&r), 4096);
	assert_null(ring_reserve(&r, 1, 0));
	ring_detach(&r);
	close(fd);
}

static void
produce_for_ever(int fd)
{
	struct ring r;
	uint64_t number;

	if (ring_attach(fd, -1, &r) != OK)
		_exit(1);
	/* continue the predecessor's numbers: count of records is kept beside the ring */
	uint64_t *next = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	next += 500; /* an unused part of the header's page */
	for (number = *next;; *next = ++number)
		while (!put(&r, number))
			;
}

/* Any instant: the producer is killed, a successor goes on. The consumer sees whole
 * records only, in order; the one whose number was not yet noted may come twice. */
static void
test_ring_survives_producers_killed_at_any_instant(void **state)
{
	int fd;
	struct ring c = ring_of(65536, &fd, -1);
	uint64_t expect = 0, number, corrupt = 0, seen = 0;
	uint32_t kind;
	struct span record;

	srand(7);
	for (int round = 0; round < ROUNDS; round++) {
		struct timespec nap = {0, 20000 + rand() % 400000};
		pid_t pid = fork();
		int status;

		if (pid == 0)
			produce_for_ever(fd);
		assert_true(pid > 0);
		for (int i = 0; i < 3; i++) {
			nanosleep(&nap, NULL);
			while (ring_peek(&c, &kind, &record, &corrupt)) {
				assert_whole(record, &number);
				assert_true(
				    number == expect || (expect && number == expect - 1));
				expect = number + 1;
				seen++;
				ring_consume(&c);
			}
		}
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
	}
	assert_int_equal(corrupt, 0);
	assert_true(seen > ROUNDS);
	ring_detach(&c);
	close(fd);
}

static void
test_broken_positions_end_the_backlog_only(void **state)
{
	/* where the tail lies in the file: the second cache line */
	const uint64_t tails[] = {1, 9, 4096 + 8, UINT64_MAX, UINT64_MAX / 2, 4097};
	struct span record;
	uint32_t kind;

	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		uint64_t corrupt = 0;
		int fd;
		struct ring c = ring_of(4096, &fd, -1);

		assert_int_equal(pwrite(fd, &tails[i], 8, 64), 8);
		assert_false(ring_peek(&c, &kind, &record, &corrupt));
		assert_int_equal(corrupt, 1);
		ring_detach(&c);
		close(fd);
	}
}

static void
test_broken_length_ends_the_backlog_and_service_goes_on(void **state)
{
	uint64_t corrupt = 0, number;
	uint32_t lie = 1u << 30, kind;
	struct span record;
	int fd;
	struct ring p = ring_of(8192, &fd, -1), c;

	assert_int_equal(ring_attach(fd, -1, &c), OK);
	assert_true(put(&p, 1) && put(&p, 2));
	assert_int_equal(pwrite(fd, &lie, 4, 4096), 4);
	assert_false(ring_peek(&c, &kind, &record, &corrupt));
	assert_int_equal(corrupt, 1);
	assert_int_equal(ring_used(&c), 0);
	assert_true(put(&p, 3));
	assert_true(ring_peek(&c, &kind, &record, &corrupt));
	assert_whole(record, &number);
	assert_int_equal(number, 3);
	ring_detach(&p);
	ring_detach(&c);
	close(fd);
}

static void
test_attach_refuses_files_that_are_no_ring(void **state)
{
	struct ring r;
	uint64_t bad = 12345;
	const off_t fields[] = {0, 8, 16};
	int fd = memfd_create("no ring", 0);

	assert_int_equal(ring_attach(fd, -1, &r), ERR_CORRUPT);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(ring_attach(fd, -1, &r), ERR_CORRUPT);
	close(fd);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		assert_int_equal(ring_create(4096, &fd), OK);
		assert_int_equal(pwrite(fd, &bad, 8, fields[i]), 8);
		assert_int_not_equal(ring_attach(fd, -1, &r), OK);
		close(fd);
	}
	assert_int_equal(ring_create(4096, &fd), OK);
	assert_int_not_equal(ftruncate(fd, 4096), 0); /* sealed against resizing */
	close(fd);
}

static void
test_bell_rings_once_for_a_sleeper(void **state)
{
	int fd, bell = eventfd(0, EFD_NONBLOCK);
	struct ring p = ring_of(4096, &fd, bell), c;
	eventfd_t n;

	assert_int_equal(ring_attach(fd, bell, &c), OK);
	assert_true(put(&p, 1));
	ring_wake(&p);
	assert_int_not_equal(eventfd_read(bell, &n), 0); /* nobody slept */
	assert_false(ring_sleep(&c)); /* a record waits */
	ring_wake(&p);
	assert_int_not_equal(eventfd_read(bell, &n), 0);
	struct span record;
	uint32_t kind;

	assert_true(ring_peek(&c, &kind, &record, NULL));
	ring_consume(&c);
	assert_true(ring_sleep(&c));
	assert_true(put(&p, 2) && put(&p, 3));
	ring_wake(&p);
	ring_wake(&p);
	assert_int_equal(eventfd_read(bell, &n), 0);
	assert_int_equal(n, 1);
	ring_detach(&p);
	ring_detach(&c);
	close(fd);
	close(bell);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_records_come_in_order_over_many_wraps),
	    cmocka_unit_test(test_reserve_refuses_what_does_not_fit),
	    cmocka_unit_test(test_ring_survives_producers_killed_at_any_instant),
	    cmocka_unit_test(test_broken_positions_end_the_backlog_only),
	    cmocka_unit_test(test_broken_length_ends_the_backlog_and_service_goes_on),
	    cmocka_unit_test(test_attach_refuses_files_that_are_no_ring),
	    cmocka_unit_test(test_bell_rings_once_for_a_sleeper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
