/*
 * What every role does first and the entry points of the roles. spoa/main.c: without -R
 * the supervisor, with -R NAME the role of that name with its channel on descriptor 3.
 */
#ifndef SUPERVISOR_ROLE_H
#define SUPERVISOR_ROLE_H

#include <ev.h>

#include "base/settings.h"
#include "crypto/keyfile.h"
#include "state/shared.h"
#include "supervisor/channel.h"

/* How a role ends, and what the supervisor makes of it; its own exit codes mean the same to
 * systemd. */
enum role_exit {
	EXIT_ASKED = 0, /* to stop */
	EXIT_RESTART = 1,
	EXIT_HOPELESS = 2, /* do not start again as it is */
};

struct role_start {
	struct channel_start start;
	struct settings settings;
	struct shared shared;
	struct shared_role *slot; /* ours: pid, busy, counters */
	struct keyring identity, line,
	    redaction; /* n = 0 where the role may not hold it */
	int fds[IO_FDS_MAX *
	    8]; /* those after the first three, in the order of channel.h */
	size_t nfds;
};

/* Receives CHANNEL_START (may come in several datagrams: descriptors are limited to
 * IO_FDS_MAX each), attaches shared state, closes every other descriptor, drops privileges,
 * sets no_new_privs, no core dumps, not traceable, SIGPIPE ignored, landlock where the kernel
 * has it; the channel is non-blocking afterwards. Ends the process with status 2 on error. */
void role_begin(enum role role, struct role_start *out);
/* The last step before serving: seccomp for this role, over all its threads. Ends the
 * process with status 2 when the kernel refuses. See confine.h for what stays allowed. */
void role_confine(const struct role_start *r);
/*
 * What a role does with one message. A descriptor that it keeps it sets to -1, the others are
 * closed. False: the message makes no sense.
 */
typedef bool
role_handler(void *ctx, enum channel_type type, struct span body, int *fds, size_t nfds);
/* Hands every message that waits in the channel to the handler. False: the channel has closed
 * or what came makes no sense, and the role is to end. Does not block. */
MUST_CHECK bool role_hear(role_handler *handle, void *ctx);
/* CHANNEL_RELOAD: reads the settings of fd, which stays the caller's, into *out and applies
 * the log level. An error is logged, and *out is nothing to use. Blocks on memory alone. */
MUST_CHECK int role_reload(int fd, struct settings *out);
/* The name of a role as in the log and after -R; the reverse is ERR_INVALID. */
const char *role_name(enum role role);
MUST_CHECK int role_parse(const char *name, enum role *out);

/* Heartbeat around the loop's waiting, see shared_role.busy_ns: installs ev_prepare and
 * ev_check watchers on the loop. */
void role_heartbeat(struct ev_loop *loop, struct shared_role *slot);

/* Run until CHANNEL_STOP or the channel closes; return an enum role_exit. */
int worker_main(void);
int analyst_main(void);
int recorder_main(void);

#endif
