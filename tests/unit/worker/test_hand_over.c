/* A server gives its connections to another; HAProxy (we) must notice nothing. */
#include "peer.h"

#include "base/io.h"

#define PEERS 6

struct heir {
	struct server *server; /* NULL: what is given waits in fds */
	int fds[PEERS];
	size_t n;
	bool done;
};

static void
heir_give(void *ctx, const int *fds, size_t n)
{
	struct heir *h = ctx;

	for (size_t i = 0; i < n; i++) {
		int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0); /* as if sent */

		assert_true(fd >= 0);
		if (h->server != NULL) {
			assert_int_equal(server_adopt(h->server, fd, true), OK);
			continue;
		}
		assert_true(h->n < PEERS);
		h->fds[h->n++] = fd;
	}
}

static void
heir_done(void *ctx)
{
	((struct heir *)ctx)->done = true;
}

static struct server_heir
heir_of(struct heir *h, unsigned max)
{
	return (struct server_heir){h, max, heir_give, heir_done};
}

static struct server *
second_server(struct fixture *x, struct fake *fake, struct metric_block *metric)
{
	const struct server_options o = {
	    .max_frame = FRAME,
	    .max_connections = 8,
	    .hello_timeout_s = 1,
	    .idle_timeout_s = 1,
	    .write_buffer_bytes = 65536,
	};
	const struct server_handler h = {fake, fake_batch, fake_notify, fake_end};
	struct server *s;

	assert_int_equal(server_new(x->loop, &o, &h, metric, &s), OK);
	return s;
}

static void
ask(int fd, uint64_t stream)
{
	uint8_t buf[256];

	say(fd, buf, put_notify(buf, sizeof(buf), stream, 1, 40));
}

static void
expect_ack(int fd, uint64_t stream)
{
	uint8_t buf[256];
	struct spop_frame f;

	assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_ACK);
	assert_int_equal(f.stream, stream);
}

static void
expect_end(int fd)
{
	uint8_t buf[256];
	struct spop_frame f;
	bool closed;

	assert_true(hear(fd, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_DISCONNECT);
	assert_false(hear(fd, buf, sizeof(buf), &f, &closed));
	assert_true(closed);
	close(fd);
}

static void
test_connections_go_on_with_the_heir(void **state)
{
	struct fixture *x = *state;
	struct metric_block metric = {0};
	struct fake fake = {.answer_bytes = 3};
	struct heir h = {.server = second_server(x, &fake, &metric)};
	struct server_heir heir = heir_of(&h, 100);
	int fd[PEERS];

	for (unsigned i = 0; i < PEERS; i++)
		fd[i] = join_ready(x, 16380, 0);
	ask(fd[0], 1); /* what waits is the heir's */
	server_hand_over(x->server, 1, &heir);
	spin(x);
	assert_true(h.done);
	assert_int_equal(server_connections(x->server), 0);
	assert_int_equal(server_connections(h.server), PEERS);
	assert_int_equal(metric_get(&metric, M_SPOP_HANDED_OVER), PEERS);
	assert_int_equal(metric_get(&metric, M_SPOP_ACCEPTED), 0);
	assert_int_equal(metric_get(x->metric, M_SPOP_DRAINED), 0);
	expect_ack(fd[0], 1);
	for (unsigned i = 0; i < PEERS; i++)
		ask(fd[i], 100 + i);
	spin(x);
	for (unsigned i = 0; i < PEERS; i++) {
		expect_ack(fd[i], 100 + i);
		close(fd[i]);
	}
	assert_int_equal(fake.notifies + x->fake.notifies, PEERS + 1);
	server_free(h.server);
}

static void
test_frames_sent_while_nobody_reads_wait(void **state)
{
	struct fixture *x = *state;
	struct metric_block metric = {0};
	struct fake fake = {.answer_bytes = 3};
	struct heir h = {0};
	struct server_heir heir = heir_of(&h, 100);
	int fd = join_ready(x, 16380, 0);
	struct server *second;

	server_hand_over(x->server, 1, &heir);
	spin(x);
	assert_int_equal(h.n, 1);
	for (uint64_t i = 0; i < 20; i++)
		ask(fd, i);
	spin(x);
	second = second_server(x, &fake, &metric);
	assert_int_equal(server_adopt(second, h.fds[0], true), OK);
	spin(x);
	for (uint64_t i = 0; i < 20; i++)
		expect_ack(fd, i);
	assert_int_equal(x->fake.notifies, 0);
	close(fd);
	server_free(second);
}

static void
test_frame_in_hand_is_finished_first(void **state)
{
	struct fixture *x = *state;
	struct heir h = {0};
	struct server_heir heir = heir_of(&h, 100);
	uint8_t out[256];
	size_t n = put_notify(out, sizeof(out), 5, 1, 60), cut = n / 2;
	int fd = join_ready(x, 16380, 0), other = join_ready(x, 16380, 0);

	say(fd, out, cut);
	spin(x);
	server_hand_over(x->server, 5, &heir);
	ask(other, 8);
	spin(x);
	assert_false(h.done); /* nobody is given up before all can be */
	assert_int_equal(h.n, 0);
	expect_ack(other, 8);
	say(fd, out + cut, n - cut);
	spin(x);
	expect_ack(fd, 5);
	assert_true(h.done);
	assert_int_equal(h.n, 2);
	for (size_t i = 0; i < h.n; i++)
		close(h.fds[i]);
	close(fd);
	close(other);
}

static void
test_peer_that_never_finishes_its_frame_holds_up_nobody_for_long(void **state)
{
	struct fixture *x = *state;
	struct heir h = {0};
	struct server_heir heir = heir_of(&h, 100);
	uint8_t out[256];
	int fd = join_ready(x, 16380, 0), other = join_ready(x, 16380, 0);

	assert_true(put_notify(out, sizeof(out), 5, 1, 60) > 20);
	say(fd, out, 20);
	spin(x);
	server_hand_over(x->server, 0.05, &heir);
	spin_for(x, 0.1);
	assert_true(h.done);
	assert_int_equal(h.n, 1);
	assert_int_equal(metric_get(x->metric, M_SPOP_DRAINED), 1);
	expect_end(fd);
	close(h.fds[0]);
	close(other);
}

static void
test_connections_that_the_heir_has_no_room_for_are_ended(void **state)
{
	struct fixture *x = *state;
	struct heir h = {0};
	struct server_heir heir = heir_of(&h, 4);
	int fd[PEERS];

	for (unsigned i = 0; i < PEERS; i++)
		fd[i] = join_ready(x, 16380, 0);
	server_hand_over(x->server, 1, &heir);
	spin(x);
	assert_true(h.done);
	assert_int_equal(h.n, 4);
	for (unsigned i = 0; i < PEERS; i++)
		if (i < 4)
			close(fd[i]);
		else
			expect_end(fd[i]);
	for (size_t i = 0; i < h.n; i++)
		close(h.fds[i]);
}

static void
test_hello_is_waited_for_but_not_for_long(void **state)
{
	struct fixture *x = *state;
	struct heir h = {0};
	struct server_heir heir = heir_of(&h, 100);
	struct server_options patient = {
	    .max_frame = FRAME,
	    .max_connections = 8,
	    .hello_timeout_s = 30,
	    .idle_timeout_s = 30,
	    .write_buffer_bytes = 65536,
	};
	uint8_t buf[256];
	struct spop_frame f;
	int polite, silent;

	server_set_options(x->server, &patient);
	polite = join(x, 0);
	silent = join(x, 0);
	server_hand_over(x->server, 30, &heir);
	spin(x);
	assert_false(h.done);
	say(polite, buf, put_hello(buf, sizeof(buf), 16380, false));
	spin_for(x, 0.2);
	assert_true(h.done);
	assert_int_equal(h.n, 1);
	assert_true(hear(polite, buf, sizeof(buf), &f, NULL));
	assert_int_equal(f.type, SPOP_AGENT_HELLO);
	assert_int_equal(recv(silent, buf, 1, 0), 0);
	close(h.fds[0]);
	close(polite);
	close(silent);
}

static void
test_nothing_to_hand_over_is_done_at_once(void **state)
{
	struct fixture *x = *state;
	struct heir h = {0};
	struct server_heir heir = heir_of(&h, 100);

	server_hand_over(x->server, 30, &heir);
	spin(x);
	assert_true(h.done);
	assert_int_equal(h.n, 0);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(test_connections_go_on_with_the_heir),
	    CASE(test_frames_sent_while_nobody_reads_wait),
	    CASE(test_frame_in_hand_is_finished_first),
	    CASE(test_peer_that_never_finishes_its_frame_holds_up_nobody_for_long),
	    CASE(test_connections_that_the_heir_has_no_room_for_are_ended),
	    CASE(test_hello_is_waited_for_but_not_for_long),
	    CASE(test_nothing_to_hand_over_is_done_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
