/* The SPOP server: frames, limits, silence, draining. */
#include "peer.h"

#include <sys/resource.h>
#include <sys/un.h>

static void
fake_drained(void *ctx)
{
	((struct fake *)ctx)->drained = true;
}

/* --- cases ------------------------------------------------------------------------ */

static void
test_hello_in_three_segments_is_answered_once(void **state)
{
	struct fixture *x = *state;
	uint8_t buf[256], answer[256];
	size_t n = put_hello(buf, sizeof(buf), 16380, false);
	struct spop_frame f;
	int fd = join(x, 0);

	say(fd, buf, 2);
	spin(x);
	say(fd, buf + 2, 30);
	spin(x);
	assert_false(hear(fd, answer, sizeof(answer), &f, NULL));
	say(fd, buf + 32, n - 32);
	spin(x);
	assert_true(hear(fd, answer, sizeof(answer), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_HELLO);
	close(fd);
}

static void
test_frame_size_is_the_smaller_of_both(void **state)
{
	static const struct {
		uint32_t offered, expected;
	} cases[] = {{16380, 16380}, {FRAME, FRAME}, {1048572, FRAME}, {256, 256}};
	struct fixture *x = *state;
	uint8_t buf[256];
	struct spop_frame f;

	for (size_t i = 0; i < 4; i++) {
		struct span rest, key;
		struct spop_value v;
		int fd = join(x, 0);

		say(fd, buf, put_hello(buf, sizeof(buf), cases[i].offered, false));
		spin(x);
		assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
		rest = f.payload;
		assert_int_equal(spop_read_argument(&rest, &key, &v), OK);
		assert_int_equal(spop_read_argument(&rest, &key, &v), OK);
		assert_true(span_eq(key, SPAN("max-frame-size")));
		assert_int_equal(v.number, cases[i].expected);
		close(fd);
		spin(x);
	}
}

static void
test_health_check_is_answered_and_closed(void **state)
{
	struct fixture *x = *state;
	uint8_t buf[256];
	struct spop_frame f;
	bool closed;
	int fd = join(x, 0);

	say(fd, buf, put_hello(buf, sizeof(buf), 16380, true));
	spin(x);
	assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_HELLO);
	assert_false(hear(fd, buf, sizeof(buf), &f, &closed));
	assert_true(closed);
	assert_int_equal(metric_get(x->metric, M_SPOP_HEALTHCHECKS), 1);
	close(fd);
}

static void
test_pipelined_frames_are_one_batch_with_their_ids(void **state)
{
	struct fixture *x = *state;
	uint8_t out[4096], buf[256];
	size_t n = 0;
	struct spop_frame f;
	int fd = join_ready(x, 16380, 0);
	unsigned batches = x->fake.batches;

	for (uint64_t i = 0; i < 20; i++)
		n += put_notify(out + n, sizeof(out) - n, i * 300, i + 1, 10);
	say(fd, out, n);
	spin(x);
	assert_int_equal(x->fake.batches, batches + 1);
	assert_int_equal(x->fake.ends, x->fake.batches);
	for (uint64_t i = 0; i < 20; i++) { /* stream 0 is the first */
		assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
		assert_int_equal(f.type, SPOP_ACK);
		assert_int_equal(f.flags, SPOP_FIN);
		assert_int_equal(f.stream, i * 300);
		assert_int_equal(f.frame, i + 1);
	}
	close(fd);
}

static void
test_frame_cut_at_every_offset_is_put_together(void **state)
{
	struct fixture *x = *state;
	uint8_t out[256], buf[256];
	size_t n = put_notify(out, sizeof(out), 7, 1, 60);
	struct spop_frame f;
	int fd = join_ready(x, 16380, 0);

	for (size_t cut = 1; cut < n; cut++) {
		say(fd, out, cut);
		spin(x);
		assert_false(hear(fd, buf, sizeof(buf), &f, NULL));
		say(fd, out + cut, n - cut);
		spin(x);
		assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
		assert_int_equal(f.stream, 7);
	}
	close(fd);
}

static void
test_frame_of_the_largest_size_fits_and_one_more_byte_does_not(void **state)
{
	struct fixture *x = *state;
	static uint8_t out[FRAME + 64];
	uint8_t buf[256];
	struct spop_frame f;
	int fd = join_ready(x, FRAME, 0);
	/* 7 bytes of head, 3 of the string's length: FRAME without the length itself */
	size_t body = FRAME - 7 - 3, sent = 0, n;

	n = put_notify(out, sizeof(out), 1, 1, body);
	assert_int_equal(n, FRAME + 4);
	while (sent < n) {
		ssize_t r = send(fd, out + sent, n - sent, MSG_NOSIGNAL);

		if (r > 0)
			sent += (size_t)r;
		spin(x);
	}
	assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_ACK);
	n = put_notify(out, sizeof(out), 1, 2, body + 1);
	say(fd, out, 100);
	spin(x);
	expect_bye(x, fd, SPOP_TOO_BIG);
}

static void
test_what_the_protocol_forbids_is_answered_with_its_code(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum spop_status status;
		bool before_hello;
	} cases[] = {
	    {"\0\0\0\6\3\0\0\0\1\0", 10, SPOP_INVALID, false}, /* too short */
	    {"\0\0\0\0", 4, SPOP_INVALID, false},
	    {"\xff\xff\xff\xff", 4, SPOP_TOO_BIG, false},
	    {"\0\0\0\7\3\0\0\0\0\1\1", 11, SPOP_FRAGMENTED, false}, /* no FIN */
	    {"\0\0\0\7\0\0\0\0\1\1\1", 11, SPOP_FRAGMENTED, false}, /* UNSET */
	    {"\0\0\0\7\1\0\0\0\1\0\0", 11, SPOP_INVALID, false}, /* HELLO again */
	    {"\0\0\0\7\3\0\0\0\1\xff\xff", 11, SPOP_INVALID, false}, /* cut id */
	    {"\0\0\0\7\3\0\0\0\1\1\1", 11, SPOP_INVALID, true}, /* no HELLO */
	    {"\0\0\0\7\1\0\0\0\1\0\0", 11, SPOP_NO_VERSION, true},
	    {"\0\0\0\7\1\0\0\0\0\0\0", 11, SPOP_INVALID, true}, /* HELLO, no FIN */
	    {"\0\0\0\7\1\0\0\0\1\1\0", 11, SPOP_INVALID, true}, /* HELLO, id */
	    {"GET / HTTP/1.1\r\n", 16, SPOP_TOO_BIG, true},
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int fd = cases[i].before_hello ? join(x, 0) : join_ready(x, 16380, 0);

		say(fd, cases[i].bytes, cases[i].n);
		spin(x);
		expect_bye(x, fd, cases[i].status);
		assert_int_equal(metric_get(x->metric, M_SPOP_BAD_FRAMES), i + 1);
	}
	assert_int_equal(x->fake.notifies, 0);
}

static void
test_notify_that_the_handler_refuses_ends_the_connection(void **state)
{
	struct fixture *x = *state;
	uint8_t out[64];
	int fd = join_ready(x, 16380, 0);
	size_t n = put_notify(out, sizeof(out), 1, 1, 0);

	x->fake.refuse = true;
	/* the second one is never looked at */
	n += put_notify(out + n, sizeof(out) - n, 2, 1, 0);
	say(fd, out, n);
	spin(x);
	assert_int_equal(x->fake.notifies, 1);
	expect_bye(x, fd, SPOP_INVALID);
}

static void
test_unknown_frame_types_are_skipped(void **state)
{
	struct fixture *x = *state;
	uint8_t buf[256];
	struct spop_frame f;
	int fd = join_ready(x, 16380, 0);
	size_t n = put_notify(buf, sizeof(buf), 5, 1, 0);

	say(fd, "\0\0\0\7\x2a\0\0\0\1\1\1", 11);
	say(fd, buf, n);
	spin(x);
	assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.stream, 5);
	close(fd);
}

static void
test_disconnect_is_answered(void **state)
{
	struct fixture *x = *state;
	uint8_t buf[256];
	struct spop_writer w = {.p = buf, .cap = sizeof(buf)};
	int fd = join_ready(x, 16380, 0);

	spop_put_agent_disconnect(&w, SPOP_TIMEOUT);
	buf[4] = SPOP_HAPROXY_DISCONNECT;
	say(fd, buf, w.n);
	spin(x);
	expect_bye(x, fd, SPOP_NORMAL);
	assert_int_equal(metric_get(x->metric, M_SPOP_DISCONNECTS), 1);
}

static void
test_peer_that_does_not_read_is_not_read(void **state)
{
	struct fixture *x = *state;
	static uint8_t buf[1 << 20];
	const size_t ack = 4 + 7 + 5 + 1 + 2 + 2000; /* length, head, action, value */
	uint8_t out[64];
	unsigned sent = 0, before;
	size_t heard = 0;
	ssize_t r;
	int fd = join_ready(x, 16380, 32768);
	size_t n = put_notify(out, sizeof(out), 1, 1, 0);

	x->fake.answer_bytes = 2000;
	for (int round = 0; round < 2000; round++) {
		while (send(fd, out, n, MSG_NOSIGNAL) == (ssize_t)n && sent < 20000)
			sent++;
		spin(x);
	}
	before = x->fake.notifies;
	assert_true(sent > before); /* frames wait in the socket */
	spin(x);
	assert_int_equal(x->fake.notifies, before);
	/* everything is answered once it reads */
	for (int round = 0; round < 20000 && heard < sent * ack; round++) {
		while ((r = recv(fd, buf, sizeof(buf), 0)) > 0)
			heard += (size_t)r;
		ev_run(x->loop, EVRUN_NOWAIT);
	}
	assert_int_equal(heard, sent * ack);
	assert_int_equal(x->fake.notifies, sent);
	close(fd);
}

static void
test_silent_peers_are_closed(void **state)
{
	struct fixture *x = *state;
	int fd = join(x, 0), ready;

	spin_for(x, 0.12);
	expect_bye(x, fd, SPOP_TIMEOUT); /* no HELLO */
	ready = join_ready(x, 16380, 0);
	say(ready, "\0\0", 2); /* a trickle is silence too */
	spin_for(x, 0.4);
	assert_int_equal(metric_get(x->metric, M_SPOP_TIMEOUTS), 2);
	expect_bye(x, ready, SPOP_TIMEOUT);
}

static void
test_connections_over_the_limit_are_closed_at_once(void **state)
{
	struct fixture *x = *state;
	int fd[8], pair[2];
	char c;

	for (int i = 0; i < 8; i++)
		fd[i] = join_ready(x, 16380, 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(server_adopt(x->server, pair[1], false), ERR_LIMIT);
	assert_int_equal(recv(pair[0], &c, 1, 0), 0);
	assert_int_equal(metric_get(x->metric, M_SPOP_REFUSED), 1);
	close(pair[0]);
	for (int i = 0; i < 8; i++)
		close(fd[i]);
	spin(x);
	assert_int_equal(server_connections(x->server), 0);
	assert_int_equal(metric_get(x->metric, M_SPOP_CONNECTIONS), 0);
}

static void
test_drain_answers_what_waits_then_says_goodbye(void **state)
{
	struct fixture *x = *state;
	uint8_t buf[256];
	struct spop_frame f;
	int a = join_ready(x, 16380, 0), b = join_ready(x, 16380, 0), other[2];

	say(a, buf, put_notify(buf, sizeof(buf), 9, 1, 0));
	server_drain(x->server, 0.05, fake_drained, &x->fake);
	spin_for(x, 0.1);
	assert_true(hear(a, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_ACK);
	assert_true(hear(a, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_DISCONNECT);
	assert_true(hear(b, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_DISCONNECT);
	assert_int_equal(metric_get(x->metric, M_SPOP_DRAINED), 2);
	assert_false(x->fake.drained);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, other), 0);
	assert_int_equal(server_adopt(x->server, other[1], false), ERR_LIMIT);
	close(other[0]);
	close(a);
	close(b);
	spin_for(x, 0.05);
	assert_true(x->fake.drained);
	assert_int_equal(server_connections(x->server), 0);
}

static int
listen_on(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

static int
call(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (fd >= 0)
		assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

/* Out of descriptors, a level-triggered listener would wake the loop without end. */
static void
test_running_out_of_descriptors_does_not_spin(void **state)
{
	struct fixture *x = *state;
	struct rlimit before, none;
	unsigned turns, wanted = 0;
	char path[64];
	int fd, spare;

	snprintf(path, sizeof(path), "/tmp/yett-test-server-%d", (int)getpid());
	server_listen(x->server, listen_on(path));
	fd = call(path);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	spare = dup(0); /* the lowest free number */
	close(spare);
	none = before;
	none.rlim_cur = (rlim_t)spare;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ev_run(x->loop, EVRUN_ONCE);
	turns = ev_iteration(x->loop);
	ev_run(x->loop, EVRUN_ONCE); /* returns when the pause is over, not before */
	wanted = ev_iteration(x->loop) - turns;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(wanted <= 2);
	assert_int_equal(server_connections(x->server), 0);
	spin_for(x, 0.2);
	assert_int_equal(server_connections(x->server), 1);
	close(fd);
	unlink(path);
}

static void
test_burst_of_connections_is_accepted(void **state)
{
	struct fixture *x = *state;
	struct server_options o = {FRAME, 400, 5, 5, 65536};
	char path[64];
	int fd[300];

	snprintf(path, sizeof(path), "/tmp/yett-test-burst-%d", (int)getpid());
	server_set_options(x->server, &o);
	server_listen(x->server, listen_on(path));
	for (int i = 0; i < 300; i++) {
		fd[i] = call(path);
		if (i % 100 == 99)
			spin(x);
	}
	spin(x);
	assert_int_equal(server_connections(x->server), 300);
	for (int i = 0; i < 300; i++)
		close(fd[i]);
	spin_for(x, 0.05);
	assert_int_equal(server_connections(x->server), 0);
	unlink(path);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(test_hello_in_three_segments_is_answered_once),
	    CASE(test_frame_size_is_the_smaller_of_both),
	    CASE(test_health_check_is_answered_and_closed),
	    CASE(test_pipelined_frames_are_one_batch_with_their_ids),
	    CASE(test_frame_cut_at_every_offset_is_put_together),
	    CASE(test_frame_of_the_largest_size_fits_and_one_more_byte_does_not),
	    CASE(test_what_the_protocol_forbids_is_answered_with_its_code),
	    CASE(test_notify_that_the_handler_refuses_ends_the_connection),
	    CASE(test_unknown_frame_types_are_skipped),
	    CASE(test_disconnect_is_answered),
	    CASE(test_peer_that_does_not_read_is_not_read),
	    CASE(test_silent_peers_are_closed),
	    CASE(test_connections_over_the_limit_are_closed_at_once),
	    CASE(test_drain_answers_what_waits_then_says_goodbye),
	    CASE(test_running_out_of_descriptors_does_not_spin),
	    CASE(test_burst_of_connections_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
