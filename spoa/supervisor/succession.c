/*
 * Upgrade in place (SIGUSR2): the program on disk takes over from the one that runs, as the
 * same process, and HAProxy waits for no longer than its connections need to change hands.
 *
 *   this supervisor   has the program on disk check the configuration (-n), then executes
 *                     it; shared state, the workers' sockets, the rings and the channels
 *                     of the roles stay open: its roles are the elders of the next one
 *   next supervisor   starts a worker for each elder, which prepares everything and waits:
 *                     the elder goes on answering. Worker READY: STOP to the elder
 *   elder worker      gives up its connections between two frames, says HANDED_OVER, ends
 *   new worker        gets them (CONNECTIONS) and SERVE
 *   afterwards        the analysts change: they share a spool; then the recorder
 *
 * Until they are replaced the analysts of before read what the workers of now write. What
 * the program that is executed cannot open ends it, as at any start; then systemd decides.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervisor/notify.h"
#include "supervisor/role.h"
#include "supervisor/supervisor.h"

#define CANNOT_EXECUTE 127 /* as shells say it */
#define ELDER "yett-role-" /* then NAME-INSTANCE-PID */

struct elder {
	struct supervisor *sup;
	enum role role;
	unsigned instance;
	pid_t pid; /* 0: ended */
	int channel;
	bool asked; /* STOP sent */
	bool done; /* a worker that writes to shared memory no more */
	int64_t asked_us; /* monotonic */
	ev_io io;
	ev_child exited;
};

static struct {
	const char *const *argv;
	char program[PATH_MAX];
	ev_child check; /* of the program on disk, while active */
	struct elder elder[SUPERVISOR_CHILDREN_MAX];
	unsigned n;
	enum role phase; /* whose elders are leaving */
	ev_timer limit;
} it;

/* --- before: this program ends ----------------------------------------------------- */

void
succession_init(const char *const *argv)
{
	ssize_t n = -1;

	it.argv = argv;
	/* now: later the link may say "(deleted)". A path that we were called by is
	 * preferred: it may lead elsewhere by then, which is the point */
	if (argv[0] && strchr(argv[0], '/'))
		snprintf(it.program, sizeof it.program, "%s", argv[0]);
	else if ((n = readlink("/proc/self/exe", it.program, sizeof it.program - 1)) >= 0)
		it.program[n] = '\0';
}

static void
block_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGCHLD);
	sigprocmask(how, &set, NULL);
}

/* Names of all that stays open, for NOTIFY_ENVIRONMENT. */
static int
hand_down(struct supervisor *s, struct buf *text)
{
	char name[NOTIFY_NAME_MAX];

	notify_hand_down(text, SUPERVISOR_STATE_NAME, s->shared_fd);
	for (int i = 0; i < s->settings.agent_workers; i++) {
		snprintf(name, sizeof name, SUPERVISOR_SPOP_NAME, (unsigned)i);
		notify_hand_down(text, name, s->spop[i].fd);
	}
	handout_hand_down(s, text);
	for (unsigned i = 0; i < s->children; i++) {
		const struct child *c = &s->child[i];

		if (c->pid <= 0)
			continue;
		snprintf(name, sizeof name, ELDER "%s-%u-%d", role_name(c->role),
		    c->instance, (int)c->pid);
		notify_hand_down(text, name, c->channel);
	}
	return buf_err(text);
}

/* Returns on failure alone, and then this process goes on as it was. */
static void
become_next(struct supervisor *s)
{
	struct buf text = BUF_INIT;
	int rc = hand_down(s, &text);

	if (rc == OK && setenv(NOTIFY_ENVIRONMENT, text.p, 1) == 0) {
		log_notice("upgrading", "program=%s", it.program);
		notify_reloading();
		block_signals(SIG_BLOCK);
		execv(it.program, (char *const *)(uintptr_t)it.argv);
		log_error("upgrade not made", "program=%s error=\"%s\"", it.program,
		    strerrorname_np(errno));
		block_signals(SIG_UNBLOCK);
		unsetenv(NOTIFY_ENVIRONMENT);
		supervisor_tell_status(s);
	}
	(void)close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
	buf_fini(&text);
}

static void
on_checked(EV_P_ ev_child *w, int events)
{
	struct supervisor *s = w->data;
	int status = w->rstatus;

	ev_child_stop(EV_A_ w);
	if (s->stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		become_next(s);
	else
		log_error("upgrade refused", "program=%s status=%d", it.program,
		    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static _Noreturn void
check_program(const char *config)
{
	char *const argv[] = {it.program, (char *)(uintptr_t) "-n",
	    config ? (char *)(uintptr_t) "-c" : NULL, (char *)(uintptr_t)config, NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(it.program, argv);
	_exit(CANNOT_EXECUTE);
}

void
succession_begin(struct supervisor *s)
{
	pid_t pid;

	if (s->stopping || ev_is_active(&it.check) || it.phase != ROLE_SUPERVISOR) {
		log_warn("upgrade not begun", "reason=\"%s\"",
		    s->stopping ? "stopping" : "one is under way");
		return;
	}
	if ((pid = fork()) == 0)
		check_program(s->config);
	if (pid < 0) {
		log_error("upgrade refused", "program=%s status=fork", it.program);
		return;
	}
	ev_child_init(&it.check, on_checked, pid, 0);
	it.check.data = s;
	ev_child_start(s->loop, &it.check);
}

/* --- after: the roles of the program before ---------------------------------------- */

static bool
parse_elder(const char *name, struct elder *e)
{
	struct span rest = span_str(name + strlen(ELDER)), word = span_cut(&rest, '-');
	struct span number = span_cut(&rest, '-');
	char role[16];
	uint64_t instance, pid;

	snprintf(role, sizeof role, "%.*s", (int)word.n, word.p);
	if (role_parse(role, &e->role) != OK || span_u64(number, &instance) != OK ||
	    span_u64(rest, &pid) != OK || instance >= SHARED_WORKERS_MAX ||
	    pid > INT_MAX || pid < 2)
		return false;
	e->instance = (unsigned)instance;
	e->pid = (pid_t)pid;
	/* it may have ended meanwhile, or be no child of ours at all */
	return waitpid(e->pid, NULL, WNOHANG) == 0;
}

unsigned
succession_left(enum role role)
{
	unsigned n = 0;

	for (unsigned i = 0; i < it.n; i++)
		n += it.elder[i].role == role && it.elder[i].pid > 0;
	return n;
}

/* The worker that goes on with an elder's connections. */
static struct child *
heir_of(const struct elder *e)
{
	return children_find(
	    e->sup, ROLE_WORKER, e->instance % (unsigned)e->sup->settings.agent_workers);
}

static void
serve_if_alone(struct child *heir)
{
	for (unsigned i = 0; i < it.n; i++)
		if (it.elder[i].role == ROLE_WORKER && !it.elder[i].done &&
		    heir_of(&it.elder[i]) == heir)
			return;
	if (heir->state == CHILD_READY)
		children_serve(heir);
}

static void
settle(struct elder *e)
{
	struct child *heir = heir_of(e);

	if (e->role != ROLE_WORKER || e->done)
		return;
	e->done = true;
	serve_if_alone(heir);
	log_info("worker replaced", "instance=%u waited_us=%" PRId64, e->instance,
	    e->asked ? clock_mono_us() - e->asked_us : 0);
}

static void
ask(struct elder *e, unsigned hand_over)
{
	const struct channel_stop how = {hand_over};
	size_t n = e->role == ROLE_WORKER ? sizeof how : 0;

	if (e->pid <= 0 || e->asked)
		return;
	e->asked = true;
	e->asked_us = clock_mono_us();
	if (channel_send(e->channel, CHANNEL_STOP, &how, n, NULL, 0) != OK)
		kill(e->pid, SIGKILL);
	ev_timer_stop(e->sup->loop, &it.limit);
	ev_timer_set(
	    &it.limit, (double)e->sup->settings.supervisor_stop_timeout_ms / 1e3, 0.);
	ev_timer_start(e->sup->loop, &it.limit);
}

static void
pass_on(struct elder *e, const int *fds, size_t n)
{
	struct child *heir = heir_of(e);
	int rc = ERR_CLOSED;

	if (e->sup->stopping && connections_room(e->sup)) {
		connections_keep(e->sup, e->instance, fds, n);
		return;
	}
	if (heir->state == CHILD_READY)
		rc = channel_send(heir->channel, CHANNEL_CONNECTIONS, NULL, 0, fds, n);
	if (rc != OK) /* it died since it was ready: another follows */
		connections_hold(e->instance, fds, n);
}

/* What else an elder says is for a supervisor that is gone. */
static void
read_channel(struct elder *e)
{
	static uint8_t body[CHANNEL_BODY_MAX];
	enum channel_type type;
	int fds[IO_FDS_MAX], rc;

	for (;;) {
		size_t n = sizeof body, nfds = IO_FDS_MAX;

		rc = channel_recv(e->channel, &type, body, &n, fds, &nfds);
		if (rc == ERR_AGAIN)
			return;
		if (rc != OK)
			break;
		if (type == CHANNEL_CONNECTIONS && e->role == ROLE_WORKER)
			pass_on(e, fds, nfds);
		else if (type == CHANNEL_HANDED_OVER)
			settle(e);
		for (size_t i = 0; i < nfds; i++)
			close(fds[i]);
	}
	ev_io_stop(e->sup->loop, &e->io); /* its end follows */
}

static void
on_channel(EV_P_ ev_io *w, int events)
{
	read_channel(w->data);
}

static void
on_exited(EV_P_ ev_child *w, int events)
{
	struct elder *e = w->data;
	struct supervisor *s = e->sup;

	ev_child_stop(EV_A_ w);
	read_channel(e);
	ev_io_stop(EV_A_ & e->io);
	close(e->channel);
	e->channel = -1;
	e->pid = 0;
	log_info("elder ended", "name=%s instance=%u status=%d", role_name(e->role),
	    e->instance, w->rstatus);
	if (e->role == ROLE_WORKER && !e->done)
		shared_hand_clear(&s->shared, e->instance);
	settle(e);
	if (s->stopping)
		supervisor_stop_on(s);
	else
		succession_advance(s);
}

static void
on_limit(EV_P_ ev_timer *w, int events)
{
	for (unsigned i = 0; i < it.n; i++) {
		const struct elder *e = &it.elder[i];

		if (!e->asked || e->pid <= 0)
			continue;
		log_warn("role killed", "name=%s instance=%u pid=%d", role_name(e->role),
		    e->instance, (int)e->pid);
		kill(e->pid, SIGKILL);
	}
}

void
succession_take(struct supervisor *s)
{
	char name[NOTIFY_NAME_MAX];
	int fd;

	ev_timer_init(&it.limit, on_limit, 0., 0.);
	while ((fd = notify_take_next(ELDER, name)) >= 0) {
		struct elder *e = &it.elder[it.n];

		*e = (struct elder){.sup = s, .channel = fd};
		if (it.n == SUPERVISOR_CHILDREN_MAX || !parse_elder(name, e) ||
		    io_set_nonblock(fd) != OK) {
			close(fd);
			continue;
		}
		it.n++;
		ev_child_init(&e->exited, on_exited, e->pid, 0);
		ev_io_init(&e->io, on_channel, fd, EV_READ);
		e->exited.data = e->io.data = e;
		ev_child_start(s->loop, &e->exited);
		ev_io_start(s->loop, &e->io);
	}
}

void
succession_signals_on(void)
{
	block_signals(SIG_UNBLOCK);
}

void
succession_stop_role(struct supervisor *s, enum role role)
{
	for (unsigned i = 0; i < it.n; i++)
		if (it.elder[i].role == role)
			ask(&it.elder[i], connections_room(s));
}

void
succession_kill(void)
{
	for (unsigned i = 0; i < it.n; i++)
		if (it.elder[i].pid > 0)
			kill(it.elder[i].pid, SIGKILL);
}

void
succession_worker_ready(struct supervisor *s, struct child *c)
{
	connections_give(s, c);
	for (unsigned i = 0; i < it.n; i++)
		if (it.elder[i].role == ROLE_WORKER && heir_of(&it.elder[i]) == c)
			ask(&it.elder[i], (unsigned)s->settings.spop_max_connections);
	serve_if_alone(c);
}

void
succession_worker_failed(struct supervisor *s, struct child *c)
{
	for (unsigned i = 0; i < it.n; i++)
		if (it.elder[i].role == ROLE_WORKER && heir_of(&it.elder[i]) == c)
			ask(&it.elder[i], 0);
}

void
succession_start(struct supervisor *s)
{
	it.phase = ROLE_WORKER;
	children_start(s, ROLE_WORKER);
	succession_advance(s);
}

void
succession_advance(struct supervisor *s)
{
	while (it.phase != ROLE_SUPERVISOR && succession_left(it.phase) == 0) {
		if (it.phase == ROLE_ANALYST && it.n) /* gone, with what they held */
			atomic_fetch_add(s->shared.history.flight, 1);
		if (it.phase != ROLE_WORKER)
			children_start(s, it.phase);
		if (it.phase == ROLE_RECORDER) {
			it.phase = ROLE_SUPERVISOR; /* nobody */
			ev_timer_stop(s->loop, &it.limit);
			if (it.n)
				log_notice("upgraded", "version=%s", YETT_VERSION);
			return;
		}
		succession_stop_role(s, ++it.phase);
	}
}
