/*
 * The supervisor's own life: everything is opened and checked before the first role starts;
 * then one loop; then roles stop in the order in which data flows, each with its time.
 */
#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/derive.h"
#include "supervisor/check.h"
#include "supervisor/notify.h"
#include "supervisor/role.h"

#define WHY_MAX 1400
#define HOUSEKEEPING_S 10.

static struct supervisor supervisor; /* large */

void
supervisor_tell_status(struct supervisor *s)
{
	unsigned ready = 0;
	char text[400];

	for (unsigned i = 0; i < s->children; i++)
		ready += s->child[i].state == CHILD_READY;
	snprintf(text, sizeof text, "revision %" PRIu64 "%s, %u of %u roles%s%s",
	    s->bundles.revision, s->bundles.fd < 0 ? " (no policy)" : "", ready,
	    s->children, s->bundles.refused.at_us ? ", last bundle refused: " : "",
	    s->bundles.refused.at_us ? err_str(s->bundles.refused.err) : "");
	if (!s->ready_told || s->stopping)
		notify_status(text);
	else
		notify_ready(text);
}

/* --- what roles report ------------------------------------------------------------- */

static bool
all_settled(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->children; i++)
		if (!s->child[i].was_ready && s->child[i].state != CHILD_FAILED)
			return false;
	return true;
}

static bool
any_worker_left(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->children; i++)
		if (s->child[i].role == ROLE_WORKER && s->child[i].state != CHILD_FAILED)
			return true;
	return false;
}

static void
tell_ready(struct supervisor *s)
{
	if (s->ready_told || !all_settled(s))
		return;
	s->ready_told = true;
	log_notice("ready", "version=%s boot=%016" PRIx64 " revision=%" PRIu64,
	    YETT_VERSION, s->boot, s->bundles.revision);
}

void
supervisor_child_ready(struct supervisor *s, struct child *c)
{
	if (c->role == ROLE_WORKER && c->state == CHILD_READY)
		succession_worker_ready(s, c);
	tell_ready(s);
	finish_update(s);
	supervisor_tell_status(s);
}

void
supervisor_child_ended(struct supervisor *s, struct child *c)
{
	if (c->role == ROLE_ANALYST && c->instance == 0)
		control_token_answer(s, SPAN_NONE);
	if (s->stopping) {
		supervisor_stop_on(s);
		return;
	}
	if (c->role == ROLE_WORKER && c->state == CHILD_FAILED)
		succession_worker_failed(s, c);
	finish_update(s);
	if (!any_worker_left(s)) {
		log_error("no worker can start", NULL);
		supervisor_stop(s, EXIT_HOPELESS);
		return;
	}
	tell_ready(s);
	supervisor_tell_status(s);
}

/* --- stopping ---------------------------------------------------------------------- */

static void
leave_spop(struct supervisor *s)
{
	bool kept = s->settings.state_fdstore && notify_is_heard();

	for (int i = 0; i < s->settings.agent_workers; i++)
		kept ? listener_leave(&s->spop[i]) : listener_close(&s->spop[i]);
}

void
supervisor_stop_on(struct supervisor *s)
{
	double limit_s = (double)s->settings.supervisor_stop_timeout_ms / 1e3;

	/* Those that live are drained by the workers, or handed over. New ones go elsewhere
	 * at once, or wait for our successor where systemd keeps the sockets. */
	leave_spop(s);
	finish_stop(s);
	while (children_left(s, s->stop_phase) + succession_left(s->stop_phase) == 0) {
		if (s->stop_phase == ROLE_RECORDER) {
			ev_break(s->loop, EVBREAK_ALL);
			return;
		}
		s->stop_phase++;
		children_stop_role(s, s->stop_phase);
		succession_stop_role(s, s->stop_phase);
		ev_timer_stop(s->loop, &s->stop_limit);
		ev_timer_set(&s->stop_limit, limit_s, 0.);
		ev_timer_start(s->loop, &s->stop_limit);
	}
}

static void
on_stop_limit(EV_P_ ev_timer *w, int events)
{
	struct supervisor *s = w->data;

	children_kill(s, s->stop_phase);
}

void
supervisor_stop(struct supervisor *s, int exit_code)
{
	if (s->stopping) {
		log_warn("stopping at once", NULL);
		children_kill_all(s);
		succession_kill();
		ev_break(s->loop, EVBREAK_ALL);
		return;
	}
	log_notice("stopping", NULL);
	notify_stopping();
	s->stopping = true;
	s->exit_code = exit_code;
	s->stop_phase = ROLE_SUPERVISOR; /* before the first: no role */
	if (exit_code != EXIT_ASKED || !agentcheck_drain(s))
		supervisor_stop_on(s);
}

static void
on_signal(EV_P_ ev_signal *w, int events)
{
	if (w->signum == SIGHUP)
		supervisor_reload(w->data);
	else if (w->signum == SIGUSR2)
		succession_begin(w->data);
	else
		supervisor_stop(w->data, EXIT_ASKED);
}

/* --- timers ------------------------------------------------------------------------ */

/* Not when this process stood still itself: then everybody looks stuck. */
static void
on_heartbeat(EV_P_ ev_timer *w, int events)
{
	struct supervisor *s = w->data;
	int64_t now_us = clock_mono_us();
	int64_t limit_us = s->settings.supervisor_heartbeat_ms * 1000;

	if (now_us - s->heartbeat_due_us < limit_us / 2)
		children_check_heartbeats(s);
	w->repeat = (double)limit_us / 4e6;
	s->heartbeat_due_us = now_us + limit_us / 4;
	ev_timer_again(EV_A_ w);
}

static void
on_housekeeping(EV_P_ ev_timer *w, int events)
{
	struct supervisor *s = w->data;

	bundles_check_expiry(&s->bundles, clock_wall_us());
	if (s->bundles.refused.err == ERR_EARLY)
		sources_offer_file(s); /* its time may have come */
}

static void
on_watchdog(EV_P_ ev_timer *w, int events)
{
	struct supervisor *s = w->data;

	if (children_fresh(s))
		notify_watchdog();
}

static void
start_timer(
    struct supervisor *s, ev_timer *t, void (*cb)(EV_P_ ev_timer *, int), double every)
{
	ev_timer_init(t, cb, every, every);
	t->data = s;
	ev_timer_start(s->loop, t);
}

static void
start_watchers(struct supervisor *s)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};
	uint64_t watchdog_us = notify_watchdog_us();

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		ev_signal_init(&s->signal[i], on_signal, signals[i]);
		s->signal[i].data = s;
		ev_signal_start(s->loop, &s->signal[i]);
	}
	s->heartbeat_due_us = clock_mono_us();
	start_timer(s, &s->heartbeat, on_heartbeat, 0.05);
	start_timer(s, &s->housekeeping, on_housekeeping, HOUSEKEEPING_S);
	if (watchdog_us)
		start_timer(s, &s->watchdog, on_watchdog, (double)watchdog_us / 2e6);
	ev_timer_init(&s->stop_limit, on_stop_limit, 0., 0.);
	s->stop_limit.data = s;
	sources_watch(s);
	finish_init(s);
	agentcheck_init(s);
	succession_signals_on();
}

/* --- start ------------------------------------------------------------------------- */

/*
 * New workers number their requests from the wall clock's microseconds on, above all that
 * were given out before (nobody decides one every microsecond): a finish line of the run
 * before, which HAProxy may still hold, is never taken for one of this run.
 */
static void
sequences_begin(struct supervisor *s)
{
	for (unsigned i = 0; i < SHARED_WORKERS_MAX; i++)
		atomic_store(&s->shared.role[shared_role_index(ROLE_WORKER, i)].sequence,
		    (uint64_t)s->started_us);
}

/* The state of the run before, if there is one and it fits; else a new one, counted. */
static int
open_state(struct supervisor *s)
{
	bool wanted = s->settings.state_fdstore || notify_is_upgrade();
	int kept = wanted ? notify_take(SUPERVISOR_STATE_NAME) : -1;
	int rc = ERR_NOTFOUND;

	s->shared_fd = -1;
	if (kept >= 0) {
		rc = shared_attach(kept, &s->settings, &s->shared);
		if (rc != OK)
			log_warn("kept state does not fit", "error=\"%s\"", err_str(rc));
	}
	if (rc == OK) {
		s->shared_fd = kept;
	} else {
		if (kept >= 0)
			close(kept);
		if ((rc = shared_create(&s->settings, &s->shared_fd)) != OK ||
		    (rc = shared_attach(s->shared_fd, &s->settings, &s->shared)) != OK)
			return rc;
		s->cold = true;
		sequences_begin(s);
	}
	s->slot = &s->shared.role[shared_role_index(ROLE_SUPERVISOR, 0)];
	atomic_store(&s->slot->pid, (uint32_t)getpid());
	atomic_store(&s->slot->started_us, (uint64_t)s->started_us);
	atomic_fetch_add(s->shared.generation, 1);
	/* the analysts of the run before are gone with what they held in flight */
	atomic_fetch_add(s->shared.history.flight, 1);
	if (s->cold)
		metric_add(&s->slot->metric, M_COLD_STARTS, 1);
	metric_set(&s->slot->metric, M_QUARANTINED, shared_quarantine_count(&s->shared));
	log_notice(s->cold ? "cold start: histories and limits begin anew" : "state kept",
	    "generation=%" PRIu64 " bytes=%zu", atomic_load(s->shared.generation),
	    s->shared.bytes);
	if (s->settings.state_fdstore && s->cold)
		notify_keep(SUPERVISOR_STATE_NAME, s->shared_fd);
	return OK;
}

/* A socket that was kept goes on where it stood: what HAProxy opened while we were away
 * waits in its backlog. */
static int
open_spop(struct supervisor *s, unsigned i, const struct listener_options *o, char *why)
{
	char name[NOTIFY_NAME_MAX];
	int kept, rc;

	snprintf(name, sizeof name, SUPERVISOR_SPOP_NAME, i);
	kept = notify_take(name);
	if (kept >= 0 &&
	    listener_adopt(s->settings.spop_listen, i, kept, &s->spop[i]) == OK) {
		log_info("socket kept", "name=%s", name);
		if (!s->settings.state_fdstore)
			notify_forget(name);
		return OK;
	}
	if (kept >= 0)
		close(kept);
	rc = listener_open(s->settings.spop_listen, i, o, &s->spop[i], why);
	if (rc == OK && s->settings.state_fdstore)
		notify_keep(name, s->spop[i].fd);
	return rc;
}

static int
open_listeners(struct supervisor *s, char *why)
{
	const struct settings *set = &s->settings;
	struct listener_options spop = {
	    (int)set->spop_backlog, set->spop_socket_group, 0660};
	struct listener_options control = {16, set->control_socket_group, 0660};
	struct listener_options finish = {16, set->spop_socket_group, 0660};
	char address[CONF_TEXT_MAX + 8];
	int rc = OK;

	for (int i = 0; i < SHARED_WORKERS_MAX; i++)
		s->spop[i].fd = -1;
	s->finish.fd = s->control_socket.fd = s->agent_check.fd = -1;
	/* the control socket first: an agent that runs already is told apart here */
	snprintf(address, sizeof address, "unix:%s", set->control_socket);
	if ((rc = listener_open(address, 0, &control, &s->control_socket, why)) != OK)
		return rc;
	for (int i = 0; rc == OK && i < set->agent_workers; i++)
		rc = open_spop(s, (unsigned)i, &spop, why);
	if (rc == OK && set->agent_record)
		rc = listener_open(set->finish_listen, 0, &finish, &s->finish, why);
	if (rc == OK && set->spop_check_listen[0])
		rc = listener_open(
		    set->spop_check_listen, 0, &control, &s->agent_check, why);
	return rc;
}

static int
open_keys(struct supervisor *s, char *why)
{
	const struct secret *secret;
	int rc;

	if ((rc = keyset_load(&s->settings, &s->keys, why)) != OK)
		return rc;
	secret = keyring_current(&s->keys.identity, clock_wall_us());
	if (secret == NULL) {
		snprintf(why, WHY_MAX, "keys.identity: no secret is valid now");
		return ERR_NOTFOUND;
	}
	return derive_identity_key(secret, s->identity_key);
}

/* Everything that can be wrong with the configuration, in the order in which an operator
 * wants to hear of it. */
static int
open_all(struct supervisor *s, char *why)
{
	int rc;

	why[0] = '\0';
	s->bundles.settings = &s->settings;
	if ((rc = open_keys(s, why)) != OK ||
	    (rc = handout_open(s, why, WHY_MAX)) != OK ||
	    (rc = open_listeners(s, why)) != OK || (rc = open_state(s)) != OK)
		return rc;
	connections_take(s);
	succession_take(s);
	notify_take_end();
	s->bundles.metric = &s->slot->metric;
	if ((rc = bundles_load_keys(&s->bundles, why, WHY_MAX)) != OK)
		return rc;
	return crypto_random(&s->boot, sizeof s->boot);
}

static void
close_all(struct supervisor *s)
{
	control_stop(s);
	listener_close(&s->control_socket);
	listener_close(&s->finish);
	listener_close(&s->agent_check);
	leave_spop(s);
	handout_close(s);
	bundles_fini(&s->bundles);
	keyset_wipe(&s->keys);
	shared_detach(&s->shared);
}

/* No core dumps with keys in them, no more descriptors than the hard limit, a known stdin. */
static void
settle_process(void)
{
	const struct rlimit none = {0, 0};
	struct rlimit files;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0 && dup2(null, 0) == 0 && null > 2)
		close(null);
	for (int fd = 1; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)dup2(0, fd);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	signal(SIGPIPE, SIG_IGN);
}

static int
serve(struct supervisor *s)
{
	sources_first(s);
	children_init(s);
	start_watchers(s);
	if (control_start(s) != OK)
		return EXIT_RESTART;
	succession_start(s);
	ev_run(s->loop, 0);
	children_kill_all(s);
	succession_kill();
	log_notice("stopped", NULL);
	return s->exit_code;
}

int
supervisor_main(const struct supervisor_options *o)
{
	struct supervisor *s = &supervisor;
	char why[WHY_MAX];
	enum log_level level;
	int rc, code = EXIT_HOPELESS;

	if (o->check)
		return check_main(o->config, o->verbose);
	log_init("supervisor", LOG_INFO);
	s->config = o->config;
	s->started_us = clock_wall_us();
	if (check_settings(o->config, &s->settings, why, sizeof why) != OK) {
		log_error("configuration refused", "error=\"%s\"", why);
		return EXIT_HOPELESS;
	}
	if (log_level_parse(span_str(s->settings.agent_log_level), &level) == OK)
		log_set_level(o->verbose ? LOG_DEBUG : level);
	notify_take_start();
	succession_init(o->argv);
	settle_process();
	bundles_init(&s->bundles, &s->settings, s->identity_key, NULL);
	memset(&s->handout, 0xff, sizeof s->handout);
	s->loop = ev_default_loop(EVFLAG_AUTO);
	if (s->loop == NULL)
		return EXIT_RESTART;
	if ((rc = open_all(s, why)) != OK)
		log_error("cannot start", "error=\"%s\"", why[0] ? why : err_str(rc));
	else
		code = serve(s);
	close_all(s);
	return code;
}
