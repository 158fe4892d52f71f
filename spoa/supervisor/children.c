/*
 * Lives of the roles. A death is looked at once: who, how, with which request in hand; then
 * the role is started again after a pause that doubles with each death in a row. A request
 * is blamed only for what a request can do: a fault signal, a failed CHECK, standing still;
 * not for being in hand when an operator or the kernel's OOM killer ends a worker.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervisor/role.h"
#include "supervisor/supervisor.h"

/* A life this long ends a row of deaths. */
#define ROW_END_US (60 * 1000000ll)
/* A start that takes longer is a death: compiling the largest policy takes seconds. */
#define START_LIMIT_US (60 * 1000000ll)

extern char **environ;

const char *
children_state_name(enum child_state state)
{
	static const char *const names[] = {[CHILD_DOWN] = "down",
	    [CHILD_STARTING] = "starting",
	    [CHILD_READY] = "ready",
	    [CHILD_STOPPING] = "stopping",
	    [CHILD_FAILED] = "failed",
	    [CHILD_GONE] = "gone"};

	return names[state];
}

static bool
alive(const struct child *c)
{
	return c->pid > 0;
}

struct child *
children_find(struct supervisor *s, enum role role, unsigned instance)
{
	for (unsigned i = 0; i < s->children; i++)
		if (s->child[i].role == role && s->child[i].instance == instance)
			return &s->child[i];
	return NULL;
}

/* --- birth ------------------------------------------------------------------------- */

/* What a role keeps of our environment: the recorder libpq's variables and the home of its
 * files, everybody what a sanitizer build is told; nothing else crosses. */
static char **
environment_of(enum role role, char **kept, size_t max)
{
	static const char *const prefixes[] = {
	    "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=", "PG", "HOME=", "PATH="};
	size_t n = 0, allowed = role == ROLE_RECORDER ? 6 : 3;

	for (char **e = environ; *e && n < max - 1; e++)
		for (size_t i = 0; i < allowed; i++)
			if (strncmp(*e, prefixes[i], strlen(prefixes[i])) == 0) {
				kept[n++] = *e;
				break;
			}
	kept[n] = NULL;
	return kept;
}

static _Noreturn void
become(const struct child *c, int channel)
{
	char instance[8], *kept[64];
	char *const argv[] = {(char *)(uintptr_t) "yett-agent", (char *)(uintptr_t) "-R",
	    (char *)(uintptr_t)role_name(c->role), instance, NULL};
	sigset_t none;

	snprintf(instance, sizeof instance, "%u", c->instance);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* dup2 onto itself would keep close-on-exec */
	if (channel == CHANNEL_FD ? fcntl(channel, F_SETFD, 0) == 0
				  : dup2(channel, CHANNEL_FD) == CHANNEL_FD)
		execve("/proc/self/exe", argv, environment_of(c->role, kept, 64));
	_exit(EXIT_HOPELESS);
}

static void on_exited(EV_P_ ev_child *w, int events);
static void on_channel(EV_P_ ev_io *w, int events);
static void on_restart(EV_P_ ev_timer *w, int events);

static void
restart_later(struct child *c)
{
	const struct settings *set = &c->sup->settings;
	double pause_ms = (double)set->supervisor_restart_min_ms;

	for (unsigned i = 1; i < c->deaths_in_row && pause_ms < 1e9; i++)
		pause_ms *= 2;
	if (pause_ms > (double)set->supervisor_restart_max_ms)
		pause_ms = (double)set->supervisor_restart_max_ms;
	ev_timer_stop(c->sup->loop, &c->restart);
	ev_timer_set(&c->restart, pause_ms / 1e3, 0.);
	ev_timer_start(c->sup->loop, &c->restart);
}

static int
spawn(struct child *c)
{
	int pair[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return ERR_IO;
	if ((pid = fork()) == 0)
		become(c, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return ERR_NOMEM;
	}
	c->pid = pid;
	c->channel = pair[0];
	c->state = CHILD_STARTING;
	c->killed_stuck = false;
	c->started_us = clock_mono_us();
	ev_child_init(&c->exited, on_exited, pid, 0);
	c->exited.data = c;
	ev_child_start(c->sup->loop, &c->exited);
	ev_io_init(&c->io, on_channel, c->channel, EV_READ);
	c->io.data = c;
	ev_io_start(c->sup->loop, &c->io);
	if ((rc = io_set_nonblock(c->channel)) != OK ||
	    (rc = handout_start(c->sup, c)) != OK) {
		log_error("role not started", "name=%s instance=%u error=\"%s\"",
		    role_name(c->role), c->instance, err_str(rc));
		kill(pid, SIGKILL); /* on_exited does the rest */
	}
	return OK;
}

static void
start(struct child *c)
{
	int rc = spawn(c);

	if (rc == OK)
		return;
	log_error("cannot fork", "name=%s instance=%u error=\"%s\"", role_name(c->role),
	    c->instance, err_str(rc));
	c->deaths_in_row++;
	restart_later(c);
}

static void
on_restart(EV_P_ ev_timer *w, int events)
{
	start(w->data);
}

static void
add(struct supervisor *s, enum role role, unsigned instance)
{
	struct child *c = &s->child[s->children++];

	*c = (struct child){.sup = s, .role = role, .instance = instance, .channel = -1};
	c->slot = &s->shared.role[shared_role_index(role, instance)];
	/* the memory may be that of an earlier supervisor */
	atomic_store(&c->slot->pid, 0);
	atomic_store(&c->slot->busy_ns, 0);
	atomic_store(&c->slot->restarts, 0);
	ev_timer_init(&c->restart, on_restart, 0., 0.);
	c->restart.data = c;
}

void
children_init(struct supervisor *s)
{
	s->children = 0;
	for (int i = 0; i < s->settings.agent_workers; i++)
		add(s, ROLE_WORKER, (unsigned)i);
	if (!s->settings.agent_record)
		return;
	for (int i = 0; i < s->settings.agent_analysts; i++)
		add(s, ROLE_ANALYST, (unsigned)i);
	add(s, ROLE_RECORDER, 0);
}

void
children_start(struct supervisor *s, enum role role)
{
	for (unsigned i = 0; i < s->children; i++)
		if (s->child[i].role == role)
			start(&s->child[i]);
}

/* --- messages ---------------------------------------------------------------------- */

static void
handle(struct child *c, enum channel_type type, struct span body, const int *fds,
    size_t nfds)
{
	struct channel_status status;
	struct supervisor *s = c->sup;

	if (type == CHANNEL_READY) {
		if (c->state == CHILD_STARTING)
			c->state = CHILD_READY;
		c->was_ready = true;
		supervisor_child_ready(s, c);
	} else if (type == CHANNEL_FETCHED && c->role == ROLE_RECORDER && nfds == 1) {
		sources_fetched(s, fds[0]);
	} else if (type == CHANNEL_STATUS && c->role == ROLE_RECORDER &&
	    body.n == sizeof status) {
		memcpy(&status, body.p, sizeof status);
		s->database_up = status.database_up != 0;
		s->database_revision = status.revision_known;
	} else if (type == CHANNEL_TOKEN && c->role == ROLE_ANALYST && c->instance == 0) {
		control_token_answer(s, body);
	} else if (type == CHANNEL_CONNECTIONS && c->role == ROLE_WORKER) {
		connections_keep(s, c->instance, fds, nfds);
	} else if (type != CHANNEL_HANDED_OVER || c->role != ROLE_WORKER) {
		log_error("role sent nonsense", "name=%s instance=%u type=%u bytes=%zu",
		    role_name(c->role), c->instance, type, body.n);
		if (c->pid > 0)
			kill(c->pid, SIGKILL);
	}
}

/* One message. */
static int
receive(struct child *c)
{
	static uint8_t body[CHANNEL_BODY_MAX];
	size_t n = sizeof body, nfds = IO_FDS_MAX;
	int fds[IO_FDS_MAX], rc;
	enum channel_type type;

	rc = channel_recv(c->channel, &type, body, &n, fds, &nfds);
	if (rc != OK)
		return rc;
	handle(c, type, span_make(body, n), fds, nfds);
	for (size_t i = 0; i < nfds; i++)
		close(fds[i]);
	return OK;
}

static void
on_channel(EV_P_ ev_io *w, int events)
{
	int rc = receive(w->data);

	if (rc != OK && rc != ERR_AGAIN) /* it has closed its end: its death follows */
		ev_io_stop(EV_A_ w);
}

/* A role whose queue is full for this does not read its channel: it is stuck. */
static void
sent(struct child *c, int rc, const char *what)
{
	if (rc == OK || rc == ERR_CLOSED)
		return;
	log_error("role does not listen", "name=%s instance=%u what=%s error=\"%s\"",
	    role_name(c->role), c->instance, what, err_str(rc));
	c->killed_stuck = true;
	kill(c->pid, SIGKILL);
}

void
children_serve(struct child *c)
{
	sent(c, channel_send(c->channel, CHANNEL_SERVE, NULL, 0, NULL, 0), "serve");
}

static bool
serves(const struct child *c)
{
	return c->state == CHILD_STARTING || c->state == CHILD_READY;
}

void
children_send_bundle(struct supervisor *s)
{
	for (unsigned i = 0; i < s->children; i++)
		if (serves(&s->child[i]))
			sent(&s->child[i], handout_bundle(s, &s->child[i]), "bundle");
}

void
children_send_reload(struct supervisor *s)
{
	for (unsigned i = 0; i < s->children; i++)
		if (serves(&s->child[i]))
			sent(&s->child[i], handout_reload(s, &s->child[i]), "settings");
}

/* --- death ------------------------------------------------------------------------- */

static bool
request_may_be_guilty(const struct child *c, int status)
{
	if (c->killed_stuck)
		return true;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM &&
		    WTERMSIG(status) != SIGINT;
	return WEXITSTATUS(status) == EXIT_RESTART;
}

/* Counts a worker's fault; too many within the window turn bodies off for as long. */
static void
note_fault(struct supervisor *s, int64_t now_us)
{
	const struct settings *set = &s->settings;
	int64_t window_us = set->supervisor_crash_window_s * 1000000;
	unsigned max = sizeof s->fault_us / sizeof *s->fault_us, recent = 0;

	if (s->faults == max)
		memmove(s->fault_us, s->fault_us + 1, --s->faults * sizeof *s->fault_us);
	s->fault_us[s->faults++] = now_us;
	for (unsigned i = 0; i < s->faults; i++)
		recent += s->fault_us[i] > now_us - window_us;
	if (recent < (uint64_t)set->supervisor_crash_deaths && recent < max)
		return;
	atomic_store(
	    &s->shared.quarantine->bodies_off_until_us, (uint64_t)(now_us + window_us));
	log_error("bodies are not parsed for now", "deaths=%u window_s=%" PRId64, recent,
	    set->supervisor_crash_window_s);
}

static void
blame(struct child *c)
{
	struct supervisor *s = c->sup;
	int64_t now_us = clock_wall_us();
	uint64_t print = shared_hand_fingerprint(&s->shared, c->instance);

	note_fault(s, now_us);
	if (print == 0)
		return;
	if (shared_quarantine_note(&s->shared, print,
		(unsigned)s->settings.supervisor_quarantine_deaths, now_us))
		log_error("request in quarantine", "fingerprint=%016" PRIx64, print);
	else
		log_warn("request in hand at a death", "fingerprint=%016" PRIx64, print);
	metric_set(&s->slot->metric, M_QUARANTINED, shared_quarantine_count(&s->shared));
}

/* What nobody writes any more must not go on being shown. */
static void
clear_slot(struct child *c)
{
	atomic_store(&c->slot->pid, 0);
	atomic_store(&c->slot->busy_ns, 0);
	for (unsigned id = 0; id < METRICS; id++)
		if (metric_is_gauge((enum metric_id)id))
			metric_set(&c->slot->metric, (enum metric_id)id, 0);
}

static void
mourn(struct child *c, int status)
{
	struct supervisor *s = c->sup;
	int64_t lived_us = clock_mono_us() - c->started_us;

	log_error("role ended", "name=%s instance=%u ended=\"%s%s\" lived_ms=%" PRId64,
	    role_name(c->role), c->instance, c->last_end,
	    c->killed_stuck ? ", stuck" : "", lived_us / 1000);
	metric_add(&s->slot->metric, M_DEATHS, 1);
	c->deaths_in_row = lived_us > ROW_END_US ? 1 : c->deaths_in_row + 1;
	if (c->role == ROLE_WORKER && request_may_be_guilty(c, status))
		blame(c);
	if (c->role == ROLE_WORKER)
		shared_hand_clear(&s->shared, c->instance);
	if (c->role == ROLE_ANALYST)
		atomic_fetch_add(s->shared.history.flight, 1);
	if (c->role == ROLE_RECORDER)
		s->database_up = false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_HOPELESS) {
		c->state = CHILD_FAILED;
		return;
	}
	c->state = CHILD_DOWN;
	atomic_fetch_add(&c->slot->restarts, 1);
	restart_later(c);
}

static void
on_exited(EV_P_ ev_child *w, int events)
{
	struct child *c = w->data;
	int status = w->rstatus;

	ev_child_stop(EV_A_ w);
	ev_io_stop(EV_A_ & c->io);
	c->pid = 0;
	while (c->sup->stopping && receive(c) == OK)
		; /* its last words may hold connections */
	close(c->channel);
	c->channel = -1;
	if (WIFSIGNALED(status))
		snprintf(c->last_end, sizeof c->last_end, "signal %d", WTERMSIG(status));
	else
		snprintf(c->last_end, sizeof c->last_end, "exit %d", WEXITSTATUS(status));
	clear_slot(c);
	if (c->sup->stopping) {
		log_info("role stopped", "name=%s instance=%u ended=\"%s\"",
		    role_name(c->role), c->instance, c->last_end);
		c->state = CHILD_GONE;
	} else {
		mourn(c, status);
	}
	supervisor_child_ended(c->sup, c);
}

/* --- heartbeats and stopping ------------------------------------------------------- */

static bool
stuck(const struct child *c, int64_t now_ns, int64_t limit_ns)
{
	uint64_t busy = atomic_load_explicit(&c->slot->busy_ns, memory_order_relaxed);

	return alive(c) && busy != 0 && now_ns - (int64_t)busy > limit_ns;
}

void
children_check_heartbeats(struct supervisor *s)
{
	int64_t limit_ns = s->settings.supervisor_heartbeat_ms * 1000000;
	int64_t now_ns = clock_mono_ns();

	for (unsigned i = 0; i < s->children; i++) {
		struct child *c = &s->child[i];
		bool late = c->state == CHILD_STARTING &&
		    now_ns / 1000 - c->started_us > START_LIMIT_US;

		if (c->killed_stuck || (!late && !stuck(c, now_ns, limit_ns)))
			continue;
		log_error("role stands still", "name=%s instance=%u pid=%d",
		    role_name(c->role), c->instance, (int)c->pid);
		metric_add(&s->slot->metric, M_STUCK, 1);
		c->killed_stuck = true;
		kill(c->pid, SIGKILL);
	}
}

bool
children_fresh(const struct supervisor *s)
{
	int64_t limit_ns = 2 * s->settings.supervisor_heartbeat_ms * 1000000;
	int64_t now_ns = clock_mono_ns();

	for (unsigned i = 0; i < s->children; i++)
		if (stuck(&s->child[i], now_ns, limit_ns))
			return false;
	return true;
}

void
children_stop_role(struct supervisor *s, enum role role)
{
	const struct channel_stop how = {connections_room(s)};
	size_t n = role == ROLE_WORKER ? sizeof how : 0;

	for (unsigned i = 0; i < s->children; i++) {
		struct child *c = &s->child[i];

		if (c->role != role)
			continue;
		ev_timer_stop(s->loop, &c->restart);
		if (!alive(c)) {
			c->state = CHILD_GONE;
			continue;
		}
		c->state = CHILD_STOPPING;
		if (channel_send(c->channel, CHANNEL_STOP, &how, n, NULL, 0) != OK)
			kill(c->pid, SIGKILL);
	}
}

void
children_kill(struct supervisor *s, enum role role)
{
	for (unsigned i = 0; i < s->children; i++)
		if (s->child[i].role == role && alive(&s->child[i])) {
			log_warn("role killed", "name=%s instance=%u pid=%d",
			    role_name(role), s->child[i].instance, (int)s->child[i].pid);
			kill(s->child[i].pid, SIGKILL);
		}
}

void
children_kill_all(struct supervisor *s)
{
	for (enum role role = ROLE_WORKER; role <= ROLE_RECORDER; role++)
		children_kill(s, role);
	for (unsigned i = 0; i < s->children; i++) {
		ev_timer_stop(s->loop, &s->child[i].restart);
		if (!alive(&s->child[i]))
			s->child[i].state = CHILD_GONE;
	}
}

unsigned
children_left(const struct supervisor *s, enum role role)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->children; i++)
		n += s->child[i].role == role && alive(&s->child[i]);
	return n;
}
