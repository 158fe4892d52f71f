#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/log.h"
#include "feed.h"

static struct feed feed; /* large */

#define METRIC_IS(id, n) assert_int_equal(metric_get(&feed.metric, id), n)

/* HAProxy's end of a new connection. */
static int
connect_to(struct forward *f)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	forward_open(f, pair[0]);
	return pair[1];
}

static void
put(int fd, struct span s)
{
	assert_int_equal(io_write_full(fd, s.p, s.n), OK);
}

static size_t
turn(void)
{
	(void)forward_read(feed.forward);
	return forward_take(feed.forward, feed.now_us);
}

/* A framed line of an undecided request. */
static struct span
framed(char out[2048])
{
	struct span line = feed_line(&feed, NULL, 200, "");
	int n = snprintf(out, 2048, "%zu ", line.n);

	memcpy(out + n, line.p, line.n);
	return span_make(out, (size_t)n + line.n);
}

static size_t
open_connections(void)
{
	int fds[FORWARD_CONNECTIONS_MAX];
	size_t n = FORWARD_CONNECTIONS_MAX;

	forward_fds(feed.forward, fds, &n);
	return n;
}

static void
test_stream_may_come_in_any_pieces(void **state)
{
	char frame[2048];
	struct span s;
	int fd;

	feed_open(&feed, NULL);
	fd = connect_to(feed.forward);
	s = framed(frame);
	for (size_t i = 0; i < s.n; i++) {
		assert_int_equal(turn(), 0);
		put(fd, span_make(s.p + i, 1));
	}
	assert_int_equal(turn(), 1);
	for (unsigned i = 0; i < 5; i++)
		put(fd, s);
	put(fd, span_head(s, 10));
	assert_int_equal(turn(), 5);
	put(fd, span_from(s, 10));
	close(fd);
	assert_int_equal(turn(), 1); /* what came before the end is taken */
	assert_int_equal(open_connections(), 0);
	METRIC_IS(M_FINISH_UNDECIDED, 7);
	feed_close(&feed);
}

static void
test_garbage_closes_its_connection_alone(void **state)
{
	char frame[2048];
	int good, bad;

	feed_open(&feed, NULL);
	good = connect_to(feed.forward);
	bad = connect_to(feed.forward);
	put(bad, framed(frame));
	put(bad, SPAN("<134>1 without a count\n"));
	put(bad, framed(frame));
	put(good, framed(frame));
	assert_int_equal(turn(), 2);
	assert_int_equal(open_connections(), 1);
	assert_int_equal(read(bad, frame, 1), 0);
	METRIC_IS(M_FINISH_BAD, 1);
	assert_int_equal(forward_bad(feed.forward), 1);
	assert_int_equal(forward_bad(feed.forward), 0);
	put(good, framed(frame));
	assert_int_equal(turn(), 1);
	close(good);
	close(bad);
	feed_close(&feed);
}

/* A message that is none of ours but well framed does not cost HAProxy its connection. */
static void
test_bad_line_in_a_good_frame_is_counted(void **state)
{
	char frame[2048];
	int fd;

	feed_open(&feed, NULL);
	fd = connect_to(feed.forward);
	put(fd, SPAN("5 hello"));
	put(fd, framed(frame));
	assert_int_equal(turn(), 2);
	METRIC_IS(M_FINISH_BAD, 1);
	METRIC_IS(M_FINISH_UNDECIDED, 1);
	close(fd);
	feed_close(&feed);
}

static void
test_line_over_the_limit_closes(void **state)
{
	int fd;

	feed_open(&feed, NULL);
	fd = connect_to(feed.forward);
	put(fd, SPAN("65537 "));
	assert_int_equal(turn(), 0);
	assert_int_equal(open_connections(), 0);
	close(fd);
	feed_close(&feed);
}

/* Nobody keeps HAProxy out by holding connections that never say anything good. */
static void
test_silent_connections_are_displaced_first(void **state)
{
	char frame[2048];
	int haproxy, other[3 * FORWARD_CONNECTIONS_MAX];

	feed_open(&feed, NULL);
	haproxy = connect_to(feed.forward);
	put(haproxy, framed(frame));
	assert_int_equal(turn(), 1);
	log_set_level(LOG_ERROR);
	for (unsigned i = 0; i < 3 * FORWARD_CONNECTIONS_MAX; i++) {
		other[i] = connect_to(feed.forward);
		(void)turn();
	}
	assert_int_equal(open_connections(), FORWARD_CONNECTIONS_MAX);
	put(haproxy, framed(frame));
	assert_int_equal(turn(), 1);
	for (unsigned i = 0; i < 3 * FORWARD_CONNECTIONS_MAX; i++)
		close(other[i]);
	close(haproxy);
	feed_close(&feed);
}

/* A buffer holds a quarter of a megabyte; what waits behind it is known. */
static void
test_lines_that_wait_are_known(void **state)
{
	char frame[2048];
	struct span s;
	size_t lines = 0;
	int fd;

	feed_open(&feed, NULL);
	fd = connect_to(feed.forward);
	s = framed(frame);
	for (; lines < 2000 && !forward_behind(feed.forward); lines++) {
		put(fd, s);
		(void)forward_read(feed.forward);
	}
	assert_true(forward_behind(feed.forward));
	lines -= forward_take(feed.forward, feed.now_us);
	while (lines > 0) {
		(void)forward_read(feed.forward);
		lines -= forward_take(feed.forward, feed.now_us);
	}
	(void)forward_read(feed.forward);
	assert_false(forward_behind(feed.forward));
	close(fd);
	feed_close(&feed);
}

/* Shard 0 passes a line of shard 1 on as it came; a full ring is counted. */
static void
test_lines_go_to_the_shard_of_their_ctx(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};
	struct forward_options o = {.shards = 2};
	struct forward *zero, *one;
	struct ring to[2] = {0}, from;
	struct span line, record;
	struct ctx ctx;
	uint32_t kind;
	int fd;

	feed_open(&feed, NULL);
	assert_int_equal(ring_create(4096, &fd), OK);
	assert_int_equal(ring_attach(fd, -1, &to[1]), OK);
	assert_int_equal(ring_attach(fd, -1, &from), OK);
	close(fd);
	o.line_bytes = 4096;
	o.timeout_us = 1000000;
	o.to = to;
	o.keys = &feed.keys;
	o.metric = &feed.metric;
	o.intake = feed.intake; /* one core plays both shards */
	assert_int_equal(forward_new(&o, &zero), OK);
	o.shard = 1;
	assert_int_equal(forward_new(&o, &one), OK);
	intake_request(feed.intake, feed_record(&feed, &q, &ctx));
	ctx.shard = 1;
	line = feed_line(&feed, &ctx, 200, "");
	forward_line(zero, line, feed.now_us);
	METRIC_IS(M_FINISH_LINES, 0);
	assert_true(ring_peek(&from, &kind, &record, NULL));
	assert_int_equal(kind, RING_FINISH);
	assert_true(span_eq(record, line));
	forward_passed(one, record, feed.now_us);
	ring_consume(&from);
	METRIC_IS(M_FINISH_LINES, 1);
	METRIC_IS(M_PENDING, 0);
	for (unsigned i = 0; i < 40; i++)
		forward_line(zero, line, feed.now_us);
	assert_in_range(metric_get(&feed.metric, M_FINISH_DROPPED), 20, 39);
	ring_detach(&to[1]);
	ring_detach(&from);
	forward_free(zero);
	forward_free(one);
	feed_close(&feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stream_may_come_in_any_pieces),
	    cmocka_unit_test(test_garbage_closes_its_connection_alone),
	    cmocka_unit_test(test_bad_line_in_a_good_frame_is_counted),
	    cmocka_unit_test(test_line_over_the_limit_closes),
	    cmocka_unit_test(test_silent_connections_are_displaced_first),
	    cmocka_unit_test(test_lines_that_wait_are_known),
	    cmocka_unit_test(test_lines_go_to_the_shard_of_their_ctx),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
