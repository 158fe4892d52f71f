#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "supervisor/channel.h"

static int end[2];

static int
set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, end))
		return -1;
	return 0;
}

static int
tear_down(void **state)
{
	close(end[0]);
	close(end[1]);
	return 0;
}

static void
test_messages_keep_type_body_and_descriptors(void **state)
{
	uint8_t body[CHANNEL_BODY_MAX], sent[CHANNEL_BODY_MAX];
	const size_t sizes[] = {0, 1, 16, CHANNEL_BODY_MAX};
	const size_t counts[] = {0, 1, IO_FDS_MAX};
	int null = open("/dev/null", O_RDONLY), fds[IO_FDS_MAX], got[IO_FDS_MAX];

	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)i;
	for (size_t i = 0; i < IO_FDS_MAX; i++)
		fds[i] = null;
	for (size_t s = 0; s < 4; s++)
		for (size_t c = 0; c < 3; c++) {
			size_t n = sizeof body, nfds = IO_FDS_MAX;
			enum channel_type type;

			assert_int_equal(channel_send(end[0], CHANNEL_BUNDLE, sent,
					     sizes[s], fds, counts[c]),
			    OK);
			assert_int_equal(
			    channel_recv(end[1], &type, body, &n, got, &nfds), OK);
			assert_int_equal(type, CHANNEL_BUNDLE);
			assert_int_equal(n, sizes[s]);
			assert_memory_equal(body, sent, n);
			assert_int_equal(nfds, counts[c]);
			for (size_t i = 0; i < nfds; i++) {
				assert_int_equal(
				    fcntl(got[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
				close(got[i]);
			}
		}
	close(null);
}

static void
test_what_does_not_fit_is_refused_here(void **state)
{
	int fds[IO_FDS_MAX + 1] = {0};
	uint8_t body[CHANNEL_BODY_MAX + 1] = {0};

	assert_int_equal(
	    channel_send(end[0], CHANNEL_STOP, body, sizeof body, NULL, 0), ERR_RANGE);
	assert_int_equal(
	    channel_send(end[0], CHANNEL_STOP, NULL, 0, fds, IO_FDS_MAX + 1), ERR_RANGE);
}

static void
test_malformed_messages_are_refused_and_leak_nothing(void **state)
{
	const struct {
		uint8_t bytes[12];
		size_t n;
	} cases[] = {
	    {{1, 0, 0, 0}, 4}, /* no length */
	    {{1, 0, 0, 0, 1, 0, 0, 0}, 8}, /* body missing */
	    {{1, 0, 0, 0, 0, 0, 0, 0, 9}, 9}, /* body too long */
	    {{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, 8},
	};
	uint8_t body[CHANNEL_BODY_MAX];
	int null = open("/dev/null", O_RDONLY), got[IO_FDS_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = sizeof body, nfds = IO_FDS_MAX;
		enum channel_type type;
		int before = dup(null), after;

		close(before);
		assert_int_equal(
		    io_send_fds(end[0], cases[i].bytes, cases[i].n, &null, 1), OK);
		assert_int_equal(
		    channel_recv(end[1], &type, body, &n, got, &nfds), ERR_MALFORMED);
		assert_int_equal(nfds, 0);
		assert_int_equal(n, 0);
		after = dup(null); /* the lowest free number is what it was */
		assert_int_equal(after, before);
		close(after);
	}
	close(null);
}

static void
test_peer_states_have_names(void **state)
{
	uint8_t body[CHANNEL_BODY_MAX] = {0};
	size_t n = sizeof body, nfds = 0;
	enum channel_type type;
	int rc = OK, sent = 0;

	assert_int_equal(channel_recv(end[1], &type, body, &n, NULL, &nfds), ERR_AGAIN);
	while (
	    (rc = channel_send(end[0], CHANNEL_RELOAD, body, sizeof body, NULL, 0)) == OK)
		assert_true(++sent < 10000);
	assert_int_equal(rc, ERR_AGAIN);
	close(end[1]);
	assert_int_equal(
	    channel_send(end[0], CHANNEL_STOP, NULL, 0, NULL, 0), ERR_CLOSED);
	n = sizeof body;
	nfds = 0;
	assert_int_equal(channel_recv(end[0], &type, body, &n, NULL, &nfds), ERR_CLOSED);
	end[1] = -1;
}

/* A worker with all analysts and an analyst with all workers get more descriptors than one
 * datagram takes. */
static void
test_start_comes_in_as_many_datagrams_as_needed(void **state)
{
	const struct channel_start start = {ROLE_ANALYST, 0, 64, 16, 42};
	size_t want = channel_start_fds(ROLE_ANALYST, 0, 64, 16, true), total = 0;
	int null = open("/dev/null", O_RDONLY), fds[128], got[IO_FDS_MAX];
	uint8_t body[CHANNEL_BODY_MAX];

	assert_int_equal(want, 3 + 2 + 64 + 30);
	for (size_t i = 0; i < want; i++)
		fds[i] = null;
	assert_int_equal(channel_send_start(end[0], &start, fds, want), OK);
	while (total < want) {
		size_t n = sizeof body, nfds = IO_FDS_MAX;
		enum channel_type type;

		assert_int_equal(channel_recv(end[1], &type, body, &n, got, &nfds), OK);
		assert_int_equal(type, CHANNEL_START);
		assert_int_equal(n, sizeof start);
		assert_memory_equal(body, &start, n);
		for (size_t i = 0; i < nfds; i++)
			close(got[i]);
		total += nfds;
	}
	assert_int_equal(total, want);
	close(null);
}

static void
test_descriptor_counts_by_role(void **state)
{
	assert_int_equal(channel_start_fds(ROLE_WORKER, 5, 64, 16, true), 3 + 1 + 32);
	assert_int_equal(channel_start_fds(ROLE_WORKER, 5, 64, 16, false), 4);
	assert_int_equal(channel_start_fds(ROLE_ANALYST, 0, 2, 1, true), 3 + 2 + 2);
	assert_int_equal(channel_start_fds(ROLE_ANALYST, 1, 2, 2, true), 3 + 2 + 2 + 1);
	assert_int_equal(channel_start_fds(ROLE_RECORDER, 0, 2, 2, true), 4);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(test_messages_keep_type_body_and_descriptors),
	    T(test_what_does_not_fit_is_refused_here),
	    T(test_malformed_messages_are_refused_and_leak_nothing),
	    T(test_peer_states_have_names),
	    T(test_start_comes_in_as_many_datagrams_as_needed),
	    T(test_descriptor_counts_by_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
