#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "state/ring.h"
#include "supervisor/keyset.h"
#include "supervisor/role.h"

#define CONFIG                                                     \
	"[agent]\nuser = nobody\nlog_level = error\nworkers = 3\n" \
	"[state]\nlimit_slots = 1024\nidentity_slots = 1024\n"

/* What the role found out about itself, in memory that both see. */
struct found {
	unsigned identity, line, redaction;
	size_t nfds;
	int uid, can_return, dumpable, no_new_privs, core, leaked, nonblock;
	int64_t workers;
	uint64_t boot;
	uint32_t pid;
};

static struct found *found;
static struct keyset keys;
static struct settings settings;
static int settings_fd, shared_fd;

static int
set_up(void **state)
{
	struct conf_error error;
	char why[KEYSET_WHY_MAX];

	log_init("test", LOG_ERROR);
	found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (settings_parse(SPAN(CONFIG), &settings, &error) != OK ||
	    keyset_load(&settings, &keys, why) != OK ||
	    io_memfd_sealed("settings", SPAN(CONFIG), &settings_fd) != OK ||
	    shared_create(&settings, &shared_fd) != OK)
		return -1;
	return 0;
}

static void
look_around(const struct role_start *r)
{
	struct rlimit core;
	int sealed = -1;

	found->identity = r->identity.n;
	found->line = r->line.n;
	found->redaction = r->redaction.n;
	found->nfds = r->nfds;
	found->uid = (int)geteuid();
	found->can_return = setuid(0) == 0;
	found->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	found->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	getrlimit(RLIMIT_CORE, &core);
	found->core = core.rlim_cur != 0 || core.rlim_max != 0;
	found->nonblock = (fcntl(CHANNEL_FD, F_GETFL) & O_NONBLOCK) != 0;
	found->workers = r->settings.agent_workers;
	found->boot = r->start.boot;
	found->pid = atomic_load(&r->slot->pid);
	for (int fd = CHANNEL_FD + 1; fd < 256; fd++) {
		bool ours = false;

		for (size_t i = 0; i < r->nfds; i++)
			ours |= r->fds[i] == fd;
		found->leaked += !ours && fcntl(fd, F_GETFD) >= 0;
	}
	if (io_memfd("x", 1, &sealed) == OK)
		close(sealed);
}

/* Runs role_begin in a child that has far too much open; returns its wait status. */
static int
run(enum role role, uint32_t told, const int *fds, size_t n, bool all)
{
	const struct channel_start start = {told, 0, 3, 2, 77};
	int pair[2], status, junk = open("/dev/null", O_RDWR);
	pid_t pid;

	memset(found, 0, sizeof *found);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	if ((pid = fork()) == 0) {
		static struct role_start r;

		dup2(junk, 100);
		dup2(junk, 101);
		close(pair[0]);
		if (pair[1] != CHANNEL_FD)
			dup2(pair[1], CHANNEL_FD);
		role_begin(role, &r);
		look_around(&r);
		_exit(0);
	}
	close(pair[1]);
	assert_int_equal(channel_send_start(pair[0], &start, fds, n), OK);
	if (!all)
		close(pair[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (all)
		close(pair[0]);
	close(junk);
	return status;
}

static size_t
fds_for(enum role role, int *fds)
{
	size_t want = channel_start_fds(role, 0, 3, 2, true);
	int key_fd, dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(keyset_hand_out(&keys, role, &key_fd), OK);
	fds[0] = settings_fd;
	fds[1] = shared_fd;
	fds[2] = key_fd;
	fds[3] = dir; /* stands for whatever comes first */
	for (size_t i = 4; i < want; i++)
		fds[i] = dir;
	return want;
}

static void
test_each_role_gets_its_keys_and_no_more(void **state)
{
	const struct {
		enum role role;
		unsigned identity, line, redaction;
	} cases[] = {
	    {ROLE_WORKER, 1, 1, 0}, {ROLE_ANALYST, 1, 1, 1}, {ROLE_RECORDER, 0, 0, 0}};
	int fds[64];

	for (size_t i = 0; i < 3; i++) {
		size_t n = fds_for(cases[i].role, fds);

		assert_int_equal(run(cases[i].role, cases[i].role, fds, n, true), 0);
		assert_int_equal(found->identity, cases[i].identity);
		assert_int_equal(found->line, cases[i].line);
		assert_int_equal(found->redaction, cases[i].redaction);
		assert_int_equal(found->nfds, n - 3);
		assert_int_equal(found->workers, 3);
		assert_int_equal(found->boot, 77);
		assert_true(found->pid != 0);
		close(fds[2]);
		close(fds[3]);
	}
}

static void
test_role_gives_up_what_it_does_not_need(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	int fds[64];
	size_t n = fds_for(ROLE_ANALYST, fds);

	assert_int_equal(run(ROLE_ANALYST, ROLE_ANALYST, fds, n, true), 0);
	assert_int_equal(found->leaked, 0);
	assert_int_equal(found->dumpable, 0);
	assert_int_equal(found->no_new_privs, 1);
	assert_int_equal(found->core, 0);
	assert_int_equal(found->nonblock, 1);
	if (geteuid() == 0) {
		assert_int_equal(found->uid, nobody->pw_uid);
		assert_int_equal(found->can_return, 0);
	}
	close(fds[2]);
	close(fds[3]);
}

static void
test_a_wrong_start_ends_the_role_for_good(void **state)
{
	int fds[64], bad;
	size_t n;

	/* meant for another role */
	n = fds_for(ROLE_WORKER, fds);
	assert_int_equal(WEXITSTATUS(run(ROLE_ANALYST, ROLE_WORKER, fds, n, false)), 2);
	/* a descriptor short, then the channel closes */
	assert_int_equal(
	    WEXITSTATUS(run(ROLE_WORKER, ROLE_WORKER, fds, n - 1, false)), 2);
	/* one too many */
	fds[n] = fds[3];
	assert_int_equal(
	    WEXITSTATUS(run(ROLE_WORKER, ROLE_WORKER, fds, n + 1, false)), 2);
	/* settings that somebody could still change */
	assert_int_equal(io_memfd("loose", 0, &bad), OK);
	fds[0] = bad;
	assert_int_equal(WEXITSTATUS(run(ROLE_WORKER, ROLE_WORKER, fds, n, false)), 2);
	close(bad);
	/* a shared state of other sizes */
	fds[0] = settings_fd;
	fds[1] = settings_fd;
	assert_int_equal(WEXITSTATUS(run(ROLE_WORKER, ROLE_WORKER, fds, n, false)), 2);
	close(fds[2]);
	close(fds[3]);
}

static void
test_names_are_read_back(void **state)
{
	enum role role;

	for (enum role r = ROLE_WORKER; r <= ROLE_RECORDER; r++) {
		assert_int_equal(role_parse(role_name(r), &role), OK);
		assert_int_equal(role, r);
	}
	assert_int_equal(role_parse("supervisor", &role), ERR_INVALID);
	assert_int_equal(role_parse("", &role), ERR_INVALID);
}

static void
on_timer(EV_P_ ev_timer *w, int events)
{
	struct shared_role *slot = w->data;

	/* at work: the heartbeat says since when */
	assert_true(atomic_load(&slot->busy_ns) != 0);
	ev_break(EV_A_ EVBREAK_ALL);
}

static void
on_idle_look(EV_P_ ev_prepare *w, int events)
{
	/* runs before the heartbeat's own, which comes last: still busy, or not started */
	*(int *)w->data += 1;
}

static int heard, kept_fd;

static bool
keep_one(void *ctx, enum channel_type type, struct span body, int *fds, size_t nfds)
{
	heard++;
	if (type == CHANNEL_BUNDLE && nfds == 2) {
		kept_fd = fds[0];
		fds[0] = -1;
	}
	return type != CHANNEL_STATUS;
}

static int
open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
test_every_waiting_message_is_heard_and_strange_ones_end_it(void **state)
{
	int status, pair[2], fds[2] = {settings_fd, settings_fd};
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(channel_send(pair[1], CHANNEL_BUNDLE, NULL, 0, fds, 2), OK);
	assert_int_equal(channel_send(pair[1], CHANNEL_SERVE, NULL, 0, NULL, 0), OK);
	if ((pid = fork()) == 0) {
		int before, step = 0;

		dup2(pair[0], CHANNEL_FD);
		fcntl(CHANNEL_FD, F_SETFL, O_NONBLOCK);
		before = open_files();
		step += role_hear(keep_one, NULL) && heard == 2;
		step += open_files() == before + 1 && fcntl(kept_fd, F_GETFD) >= 0;
		(void)!channel_send(pair[1], CHANNEL_STATUS, NULL, 0, NULL, 0);
		step += !role_hear(keep_one, NULL);
		close(pair[1]);
		_exit(step == 3 ? 0 : 1);
	}
	close(pair[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(pair[1]);
}

static void
test_a_reload_reads_from_the_start_and_refuses_what_is_not_sealed(void **state)
{
	static struct settings got;
	int open_fd;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(role_reload(settings_fd, &got), OK);
		assert_int_equal(got.agent_workers, 3);
	}
	assert_int_equal(io_memfd("settings", 16, &open_fd), OK);
	log_set_level(LOG_ERROR + 1);
	assert_int_equal(role_reload(open_fd, &got), ERR_INVALID);
	log_set_level(LOG_ERROR);
	close(open_fd);
}

static void
test_heartbeat_shows_work_and_waiting(void **state)
{
	static struct shared_role slot;
	struct ev_loop *loop = ev_loop_new(0);
	int turns = 0;
	ev_prepare look;
	ev_timer t;

	role_heartbeat(loop, &slot);
	ev_prepare_init(&look, on_idle_look);
	look.data = &turns;
	ev_prepare_start(loop, &look);
	ev_unref(loop);
	ev_timer_init(&t, on_timer, 0.01, 0.);
	t.data = &slot;
	ev_timer_start(loop, &t);
	ev_run(loop, 0);
	assert_true(turns > 0);
	/* a loop with nothing but the heartbeat ends by itself */
	ev_run(loop, 0);
	ev_loop_destroy(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_role_gets_its_keys_and_no_more),
	    cmocka_unit_test(test_role_gives_up_what_it_does_not_need),
	    cmocka_unit_test(test_a_wrong_start_ends_the_role_for_good),
	    cmocka_unit_test(test_names_are_read_back),
	    cmocka_unit_test(test_every_waiting_message_is_heard_and_strange_ones_end_it),
	    cmocka_unit_test(
		test_a_reload_reads_from_the_start_and_refuses_what_is_not_sealed),
	    cmocka_unit_test(test_heartbeat_shows_work_and_waiting),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
