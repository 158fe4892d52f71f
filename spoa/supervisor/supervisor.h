/*
 * The supervisor: what it owns, and the parts that work on it. One process, one loop; every
 * function here runs in it.
 *
 *   supervisor.c  start, signals, stop                  children.c  lives of the roles
 *   reload.c      SIGHUP                                 sources.c   bundles come and go
 *   handout.c     what a role is given at its start     finish.c    HAProxy's ring
 *   control.c     the control socket                    overview.c  what it answers
 *   succession.c  upgrade in place                       connections.c  kept over a restart
 *   agentcheck.c  what HAProxy is told of us
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include <ev.h>
#include <sys/stat.h>

#include "supervisor/bundles.h"
#include "supervisor/channel.h"
#include "supervisor/keyset.h"
#include "supervisor/listener.h"

struct supervisor;

/*
 * A role's life:
 *   DOWN ──spawn──► STARTING ──READY──► READY ──death──► DOWN (restart after a pause)
 *                      └──death──► DOWN       exit 2: FAILED, not restarted
 *   while stopping: STOP sent ──► STOPPING ──death──► GONE
 */
enum child_state {
	CHILD_DOWN,
	CHILD_STARTING,
	CHILD_READY,
	CHILD_STOPPING,
	CHILD_FAILED,
	CHILD_GONE,
};

struct child {
	struct supervisor *sup;
	enum role role;
	unsigned instance;
	enum child_state state;
	pid_t pid;
	int channel; /* our end, -1 */
	struct shared_role *slot;
	bool killed_stuck; /* by us, for its heartbeat */
	bool was_ready; /* ever */
	unsigned deaths_in_row;
	int64_t started_us; /* monotonic */
	char last_end[48]; /* how it ended last: "signal 9", "exit 1" */
	ev_io io;
	ev_child exited;
	ev_timer restart;
};

/* Names of descriptors that outlive this process. */
#define SUPERVISOR_STATE_NAME "yett-state"
#define SUPERVISOR_SPOP_NAME "yett-spop-%u"

#define SUPERVISOR_CHILDREN_MAX (SHARED_WORKERS_MAX + SHARED_ANALYSTS_MAX + 1)

struct handout {
	int ring[SHARED_WORKERS_MAX][SHARED_ANALYSTS_MAX];
	int bell[SHARED_ANALYSTS_MAX];
	int forward[SHARED_ANALYSTS_MAX]; /* shard 0 to the others; [0] unused */
	int spool[SHARED_ANALYSTS_MAX]; /* folders */
	int state_dir;
};

struct control;

struct supervisor {
	struct ev_loop *loop;
	const char *config; /* NULL: defaults */
	struct settings settings; /* in effect */
	struct shared shared;
	int shared_fd;
	bool cold; /* began without the state of the run before */
	struct shared_role *slot; /* ours */
	struct keyset keys;
	uint8_t identity_key[16];
	uint64_t boot;
	struct bundles bundles;
	struct listener spop[SHARED_WORKERS_MAX];
	struct listener finish;
	struct listener control_socket;
	struct listener agent_check;
	struct control *control;
	struct handout handout;
	struct child child[SUPERVISOR_CHILDREN_MAX];
	unsigned children;
	uint64_t database_revision; /* as the recorder says */
	bool database_up;
	int64_t started_us; /* wall */
	bool ready_told;
	bool stopping;
	enum role stop_phase;
	int exit_code;
	ev_signal signal[4];
	ev_io finish_io;
	ev_timer finish_pause;
	ev_timer heartbeat, housekeeping, watchdog, stop_limit;
	ev_timer policy_look;
	ev_io agent_check_io;
	ev_timer drain;
	struct stat policy_seen; /* of the file that was offered last; zeros: none */
	int64_t heartbeat_due_us; /* monotonic */
	/* faults of workers within supervisor.crash_window_s: wall µs, newest last */
	int64_t fault_us[64];
	unsigned faults;
};

struct supervisor_options {
	const char *config;
	const char *const *argv; /* of main, for the program that succeeds us */
	bool check; /* -n */
	bool verbose; /* -v */
};

/* Returns the exit code: 0 asked to stop, 1 failed, 2 do not start again as it is. */
int supervisor_main(const struct supervisor_options *o);
/* Begins a graceful stop, or ends one at once when called again. */
void supervisor_stop(struct supervisor *s, int exit_code);
/* While stopping: goes on to the next role once all of this one have ended. */
void supervisor_stop_on(struct supervisor *s);
/* The STATUS line of systemd. */
void supervisor_tell_status(struct supervisor *s);
/* reload.c: SIGHUP. */
void supervisor_reload(struct supervisor *s);

/* sources.c: bundles offered by the file, by the recorder, by the folder of kept ones. */
void sources_first(struct supervisor *s);
void sources_watch(struct supervisor *s);
void sources_offer_file(struct supervisor *s);
void sources_fetched(struct supervisor *s, int fd);

/* handout.c */
MUST_CHECK int handout_open(struct supervisor *s, char *why, size_t why_max);
void handout_close(struct supervisor *s);
/* The rings, for the program that succeeds us: what follows notify_hand_down(). */
void handout_hand_down(struct supervisor *s, struct buf *text);
/* The settings in effect as text that settings_parse reads. */
void handout_settings_text(const struct settings *s, struct buf *out);
/* Sends CHANNEL_START and, if there is one, the bundle. */
MUST_CHECK int handout_start(struct supervisor *s, struct child *c);
/* The bundle in force, to a role that uses bundles. */
MUST_CHECK int handout_bundle(struct supervisor *s, struct child *c);
MUST_CHECK int handout_reload(struct supervisor *s, struct child *c);

/* children.c */
void children_init(struct supervisor *s);
void children_start(struct supervisor *s, enum role role);
/* Lets a worker listen. */
void children_serve(struct child *c);
/* To all that serve or start: the bundle in force; the settings. */
void children_send_bundle(struct supervisor *s);
void children_send_reload(struct supervisor *s);
/* Kills what stands still. */
void children_check_heartbeats(struct supervisor *s);
/* No role stands still (for the watchdog). */
bool children_fresh(const struct supervisor *s);
void children_stop_role(struct supervisor *s, enum role role);
void children_kill(struct supervisor *s, enum role role);
void children_kill_all(struct supervisor *s);
unsigned children_left(const struct supervisor *s, enum role role);
struct child *children_find(struct supervisor *s, enum role role, unsigned instance);
const char *children_state_name(enum child_state state);
/* supervisor.c hears of each end and each readiness. */
void supervisor_child_ended(struct supervisor *s, struct child *c);
void supervisor_child_ready(struct supervisor *s, struct child *c);

/* succession.c. argv is kept. */
void succession_init(const char *const *argv);
/* SIGUSR2: has the program on disk check the configuration, then become it. */
void succession_begin(struct supervisor *s);
/* In the program that was executed: the roles of the one before (elders) as they were handed
 * down, before notify_take_end(). */
void succession_take(struct supervisor *s);
/* Signals that came meanwhile; the loop has its handlers. */
void succession_signals_on(void);
/* Starts the roles, those that replace an elder in their order. */
void succession_start(struct supervisor *s);
/* An elder has ended. */
void succession_advance(struct supervisor *s);
void succession_worker_ready(struct supervisor *s, struct child *c);
/* It will never be: its elders' connections are drained. */
void succession_worker_failed(struct supervisor *s, struct child *c);
void succession_stop_role(struct supervisor *s, enum role role);
unsigned succession_left(enum role role);
void succession_kill(void);

/* connections.c */
/* Takes over what systemd kept, before notify_take_end(). */
void connections_take(struct supervisor *s);
/* Holds copies of what a worker gave up until its successor is ready. */
void connections_hold(unsigned worker, const int *fds, size_t n);
/* Sends a worker that is ready what it inherits. */
void connections_give(struct supervisor *s, struct child *c);
/* Connections of one worker that systemd would keep if we stopped now. */
unsigned connections_room(const struct supervisor *s);
/* Has systemd keep what a stopping worker gives up; the caller closes its own. */
void connections_keep(struct supervisor *s, unsigned worker, const int *fds, size_t n);

/* agentcheck.c */
void agentcheck_init(struct supervisor *s);
/* Whether HAProxy was asked to send requests elsewhere first: supervisor_stop_on() follows. */
bool agentcheck_drain(struct supervisor *s);

/* finish.c */
void finish_init(struct supervisor *s);
/* Accepts while analyst 0 serves. */
void finish_update(struct supervisor *s);
/* No more connections: HAProxy keeps its lines for whoever comes next. */
void finish_stop(struct supervisor *s);

/* control.c */
MUST_CHECK int control_start(struct supervisor *s);
void control_stop(struct supervisor *s);
/* The analyst's answer to CHANNEL_TOKEN; absent: it died. */
void control_token_answer(struct supervisor *s, struct span body);

/* overview.c */
void overview_status(struct supervisor *s, struct buf *out);
void overview_metrics(struct supervisor *s, struct buf *out);
void overview_settings(struct supervisor *s, struct buf *out);

#endif
