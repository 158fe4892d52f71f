/* Files replaced whole, sealed memory, descriptors passed between processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

static void
test_write_file_replaces_and_read_file_limits(void **state)
{
	char dir[] = "/tmp/io.XXXXXX", path[64];
	struct buf b = BUF_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/f", dir);
	assert_int_equal(io_read_file(path, 100, &b), ERR_NOTFOUND);
	assert_int_equal(io_write_file(path, SPAN("first"), 0600), OK);
	assert_int_equal(io_write_file(path, SPAN("second one"), 0600), OK);
	assert_int_equal(io_read_file(path, 100, &b), OK);
	assert_string_equal(b.p, "second one");
	buf_clear(&b);
	assert_int_equal(io_read_file(path, 4, &b), ERR_LIMIT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* nothing temporary was left behind */
	buf_fini(&b);
}

static void
test_sealed_memory_cannot_change(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(io_memfd_sealed("t", SPAN("content"), &fd), OK);
	assert_true(io_is_sealed(fd));
	assert_true(pwrite(fd, "x", 1, 0) < 0 && errno == EPERM);
	assert_true(ftruncate(fd, 3) < 0 && errno == EPERM);
	assert_ptr_equal(mmap(NULL, 7, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	close(fd);
	assert_int_equal(io_memfd("u", 16, &fd), OK);
	assert_false(io_is_sealed(fd));
	close(fd);
}

static void
test_descriptors_travel_with_their_message(void **state)
{
	int pair[2], pipefd[2], got[2];
	char body[16];
	size_t n = sizeof body, nfds = 2;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe(pipefd), 0);
	assert_int_equal(io_send_fds(pair[0], "hello", 5, pipefd, 2), OK);
	assert_int_equal(io_recv_fds(pair[1], body, &n, got, &nfds), OK);
	assert_int_equal(n, 5);
	assert_int_equal(nfds, 2);
	assert_int_equal(write(got[1], "x", 1), 1);
	assert_int_equal(read(pipefd[0], body, 1), 1);
	close(got[0]);
	close(got[1]);
	/* More descriptors than there is room for are closed and reported. */
	assert_int_equal(io_send_fds(pair[0], "more", 4, pipefd, 2), OK);
	n = sizeof body, nfds = 1;
	assert_int_equal(io_recv_fds(pair[1], body, &n, got, &nfds), ERR_TRUNCATED);
	assert_int_equal(nfds, 1);
	close(got[0]);
	close(pair[0]);
	n = sizeof body, nfds = 2;
	assert_int_equal(io_recv_fds(pair[1], body, &n, got, &nfds), ERR_CLOSED);
	close(pair[1]);
	close(pipefd[0]);
	close(pipefd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_write_file_replaces_and_read_file_limits),
	    cmocka_unit_test(test_sealed_memory_cannot_change),
	    cmocka_unit_test(test_descriptors_travel_with_their_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
