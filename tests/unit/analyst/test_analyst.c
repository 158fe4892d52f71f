/*
 * The analyst as a process: this program forks one, plays supervisor, worker, HAProxy and
 * recorder, and looks at what reaches the spool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "feed.h"
#include "record/spool.h"
#include "supervisor/role.h"

#define BOOT UINT64_C(0x1122334455667788)
#define WAIT_MS 5000

static struct feed feed; /* makes records and lines; its own core is not used */

static struct host {
	char folder[64];
	int spool_fd;
	struct settings settings;
	struct buf settings_text, key_text;
	int shared_fd, ring_fd, bell_fd;
	struct shared shared;
	struct shared_role *slot;
	struct ring ring;
	pid_t pid;
	int channel, finish;
	struct spool_reader *reader;
} h;

static void
key_lines(struct buf *out, const char *section, const struct keyring *k)
{
	buf_printf(out, "[%s]\n", section);
	keyring_print(k, out);
}

static void
host_open(unsigned record_ms)
{
	struct conf_error error;

	memset(&h, 0, sizeof(h));
	feed_open(&feed, NULL);
	snprintf(h.folder, sizeof(h.folder), "/tmp/yett-analyst-XXXXXX");
	assert_non_null(mkdtemp(h.folder));
	h.spool_fd = open(h.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(h.spool_fd >= 0);
	buf_printf(&h.settings_text,
	    "[agent]\nname = gw1\nuser =\nworkers = 1\nlog_level = error\n"
	    "[state]\nlimit_slots = 1024\nidentity_slots = 1024\n"
	    "[finish]\npending = 1024\n"
	    "[discovery]\nendpoints = 1000\nflush_ms = %u\n",
	    record_ms);
	assert_int_equal(
	    settings_parse(buf_span(&h.settings_text), &h.settings, &error), OK);
	key_lines(&h.key_text, "line", &feed.line);
	key_lines(&h.key_text, "redaction", &feed.redaction);
	assert_int_equal(shared_create(&h.settings, &h.shared_fd), OK);
	assert_int_equal(shared_attach(h.shared_fd, &h.settings, &h.shared), OK);
	h.slot = &h.shared.role[shared_role_index(ROLE_ANALYST, 0)];
	h.bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(ring_create(1 << 20, &h.ring_fd), OK);
	assert_int_equal(ring_attach(h.ring_fd, h.bell_fd, &h.ring), OK);
	h.finish = -1;
}

static void
start(void)
{
	struct channel_start s = {
	    .role = ROLE_ANALYST, .workers = 1, .analysts = 1, .boot = BOOT};
	uint8_t body[CHANNEL_BODY_MAX];
	size_t n = sizeof(body), nfds = 0;
	enum channel_type type;
	int pair[2], fds[6];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	h.pid = fork();
	assert_true(h.pid >= 0);
	if (h.pid == 0) {
		close(pair[1]);
		dup2(pair[0], CHANNEL_FD);
		_exit(analyst_main());
	}
	close(pair[0]);
	h.channel = pair[1];
	assert_int_equal(
	    io_memfd_sealed("settings", buf_span(&h.settings_text), &fds[0]), OK);
	fds[1] = h.shared_fd;
	assert_int_equal(io_memfd_sealed("keys", buf_span(&h.key_text), &fds[2]), OK);
	fds[3] = h.spool_fd;
	fds[4] = h.bell_fd;
	fds[5] = h.ring_fd;
	assert_int_equal(channel_send_start(h.channel, &s, fds, 6), OK);
	close(fds[0]);
	close(fds[2]);
	assert_int_equal(channel_recv(h.channel, &type, body, &n, NULL, &nfds), OK);
	assert_int_equal(type, CHANNEL_READY);
}

static void
haproxy_connect(void)
{
	int pair[2];

	if (h.finish >= 0)
		close(h.finish);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(
	    channel_send(h.channel, CHANNEL_FINISH_CONNECTION, NULL, 0, pair, 1), OK);
	close(pair[0]);
	h.finish = pair[1];
}

static int
stop(void)
{
	int status;

	assert_int_equal(channel_send(h.channel, CHANNEL_STOP, NULL, 0, NULL, 0), OK);
	assert_int_equal(waitpid(h.pid, &status, 0), h.pid);
	close(h.channel);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
host_close(void)
{
	DIR *d = opendir(h.folder);
	struct dirent *e;

	spool_reader_close(h.reader);
	while (d && (e = readdir(d)) != NULL)
		(void)unlinkat(h.spool_fd, e->d_name, 0);
	closedir(d);
	rmdir(h.folder);
	close(h.spool_fd);
	if (h.finish >= 0)
		close(h.finish);
	ring_detach(&h.ring);
	shared_detach(&h.shared);
	close(h.shared_fd);
	close(h.ring_fd);
	close(h.bell_fd);
	buf_fini(&h.settings_text);
	buf_fini(&h.key_text);
	feed_close(&feed);
}

static struct ctx
request(const struct feed_request *q)
{
	struct span record;
	struct ctx ctx;
	void *at;

	feed.now_us = clock_wall_us();
	record = feed_record(&feed, q, &ctx);
	at = ring_reserve(&h.ring, RING_REQUEST, record.n);
	assert_non_null(at);
	memcpy(at, record.p, record.n);
	ring_commit(&h.ring);
	ring_wake(&h.ring);
	return ctx;
}

static void
answer(const struct ctx *ctx, int status)
{
	struct span line = feed_line(&feed, ctx, status, "");
	char count[16];
	int n = snprintf(count, sizeof(count), "%zu ", line.n);

	assert_int_equal(io_write_full(h.finish, count, (size_t)n), OK);
	assert_int_equal(io_write_full(h.finish, line.p, line.n), OK);
}

/* The next record of the spool, of either stream; false when none came in time. */
static bool
next_record(struct record *out, int64_t until_us)
{
	const struct timespec nap = {.tv_nsec = 2000000};
	struct spool_position pos;
	struct span payload;
	int err = ERR_AGAIN;

	if (!h.reader)
		assert_int_equal(spool_reader_open(h.spool_fd, 0, &h.reader), OK);
	while (clock_mono_us() < until_us) {
		err = spool_reader_next(h.reader, &pos, &payload);
		if (err != ERR_AGAIN)
			break;
		nanosleep(&nap, NULL);
	}
	if (err == ERR_AGAIN)
		return false;
	assert_int_equal(err, OK);
	assert_int_equal(pos.boot, BOOT);
	assert_int_equal(record_unpack(payload, out), OK);
	return true;
}

/* Reads on until a record of the kind comes. */
static bool
await(enum record_kind kind, struct record *out, int wait_ms)
{
	int64_t until_us = clock_mono_us() + wait_ms * INT64_C(1000);

	while (next_record(out, until_us)) {
		if (out->kind == kind)
			return true;
		record_fini(out);
	}
	return false;
}

static double
cpu_seconds(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
test_pair_reaches_the_spool(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/7", 1, 0, {0}};
	bool endpoint = false, summary = false;
	int64_t until_us;
	struct record r;
	struct ctx ctx;

	host_open(100);
	start();
	haproxy_connect();
	ctx = request(&q);
	answer(&ctx, 201);
	/* Two streams: either may be read first. */
	until_us = clock_mono_us() + WAIT_MS * INT64_C(1000);
	while ((!endpoint || !summary) && next_record(&r, until_us)) {
		if (r.kind == RECORD_ENDPOINT) {
			assert_true(
			    span_eq(r.endpoint.template_text, SPAN("/users/{number}")));
			endpoint = true;
		} else if (r.kind == RECORD_SUMMARY) {
			assert_int_equal(r.summary.requests, 1);
			assert_int_equal(r.summary.status[2], 1);
			summary = true;
		}
		record_fini(&r);
	}
	assert_true(endpoint && summary);
	assert_int_equal(stop(), 0);
	host_close();
}

/* Also out of its sleep: alerts are on disk within 100 ms (the machine may be busy, so the
 * fastest of five counts). */
static void
test_decision_is_on_disk_at_once(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/7", 1, 0, {0}};
	int64_t best = INT64_MAX;
	struct record r;

	host_open(60000); /* summaries wait for a minute */
	start();
	for (uint64_t i = 0; i < 5; i++) {
		int64_t from = clock_mono_us();

		q.verdict = (struct verdict){
		    .action = ACTION_DENY, .status = 403, .rule_hash = 77 + i};
		(void)request(&q);
		assert_true(await(RECORD_DECISION, &r, WAIT_MS));
		assert_int_equal(r.decision.requests, 1);
		record_fini(&r);
		if (clock_mono_us() - from < best)
			best = clock_mono_us() - from;
		if (i == 2)
			usleep(1300000); /* asleep from here on */
	}
	assert_in_range(best, 0, 100000);
	assert_int_equal(stop(), 0);
	host_close();
}

static void
test_idle_analyst_sleeps_and_wakes(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/7", 1, 0, {0}};
	struct record r;
	struct ctx ctx;
	double cpu;

	host_open(100);
	start();
	haproxy_connect();
	ctx = request(&q);
	answer(&ctx, 200);
	assert_true(await(RECORD_SUMMARY, &r, WAIT_MS));
	record_fini(&r);
	usleep(1300000);
	cpu = cpu_seconds(h.pid);
	sleep(2);
	cpu = cpu_seconds(h.pid) - cpu;
	assert_true(cpu < 2 * 0.001);
	ctx = request(&q); /* rings the bell */
	answer(&ctx, 200);
	assert_true(await(RECORD_SUMMARY, &r, WAIT_MS));
	assert_int_equal(r.summary.requests, 1);
	record_fini(&r);
	/* A finish line alone wakes it too. */
	usleep(1300000);
	answer(NULL, 200);
	assert_true(await(RECORD_COVERAGE, &r, WAIT_MS)); /* of the request before */
	record_fini(&r);
	assert_true(await(RECORD_COVERAGE, &r, WAIT_MS));
	assert_int_equal(r.coverage.undecided, 1);
	record_fini(&r);
	assert_int_equal(stop(), 0);
	host_close();
}

static void
test_token_is_answered(void **state)
{
	char text[TOKEN_TEXT_MAX];
	uint8_t body[CHANNEL_BODY_MAX];
	size_t n = sizeof(body), nfds = 0;
	enum channel_type type;
	struct span want;

	host_open(100);
	start();
	assert_int_equal(
	    channel_send(h.channel, CHANNEL_TOKEN, "text\0chequers", 13, NULL, 0), OK);
	assert_int_equal(channel_recv(h.channel, &type, body, &n, NULL, &nfds), OK);
	assert_int_equal(type, CHANNEL_TOKEN);
	assert_int_equal(redact_token(feed.redactor, "text", SPAN("chequers"),
			     clock_wall_us(), text, &want),
	    OK);
	assert_true(span_eq(span_make(body, n), want));
	/* Nonsense gets an empty answer, not silence. */
	n = sizeof(body);
	assert_int_equal(channel_send(h.channel, CHANNEL_TOKEN, "Bad", 3, NULL, 0), OK);
	assert_int_equal(channel_recv(h.channel, &type, body, &n, NULL, &nfds), OK);
	assert_int_equal(n, 0);
	assert_int_equal(stop(), 0);
	host_close();
}

/* Nothing flushed is lost, what was in hand is told as a gap, the numbering goes on. */
static void
test_killed_analyst_leaves_a_gap_record(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/7", 1, 0, {0}};
	struct record r;
	struct ctx ctx;
	int status;

	host_open(100);
	start();
	haproxy_connect();
	ctx = request(&q);
	answer(&ctx, 200);
	assert_true(await(RECORD_SUMMARY, &r, WAIT_MS));
	record_fini(&r);
	ctx = request(&q); /* in flight when it dies */
	for (int i = 0; i < 500 && metric_get(&h.slot->metric, M_PENDING) == 0; i++)
		usleep(10000);
	kill(h.pid, SIGKILL);
	assert_int_equal(waitpid(h.pid, &status, 0), h.pid);
	close(h.channel);
	ctx = request(&q); /* while nobody reads */
	atomic_store(&h.slot->restarts, 1);
	start();
	haproxy_connect();
	assert_true(await(RECORD_GAP, &r, WAIT_MS));
	assert_int_equal(r.gap.requests, 1);
	assert_true(r.gap.from_us <= r.gap.to_us);
	assert_true(span_eq(r.gap.cause, SPAN("analyst restarted")));
	record_fini(&r);
	answer(&ctx, 200); /* the ring kept its request */
	assert_true(await(RECORD_SUMMARY, &r, WAIT_MS));
	assert_int_equal(r.summary.requests, 1);
	record_fini(&r);
	assert_int_equal(stop(), 0);
	host_close();
}

static void
test_stop_tells_of_requests_in_flight(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/7", 1, 0, {0}};
	struct record r;
	struct ctx ctx;

	host_open(60000);
	start();
	haproxy_connect();
	ctx = request(&q);
	answer(&ctx, 200);
	(void)request(&q);
	assert_int_equal(stop(), 0);
	assert_true(await(RECORD_SUMMARY, &r, WAIT_MS));
	assert_int_equal(r.summary.requests, 2);
	assert_int_equal(r.summary.unfinished, 1);
	record_fini(&r);
	host_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pair_reaches_the_spool),
	    cmocka_unit_test(test_decision_is_on_disk_at_once),
	    cmocka_unit_test(test_idle_analyst_sleeps_and_wakes),
	    cmocka_unit_test(test_token_is_answered),
	    cmocka_unit_test(test_killed_analyst_leaves_a_gap_record),
	    cmocka_unit_test(test_stop_tells_of_requests_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
