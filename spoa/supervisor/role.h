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
/* The name of a role as in the log and after -R; the reverse is ERR_INVALID. */
const char *role_name(enum role role);
MUST_CHECK int role_parse(const char *name, enum role *out);

/* Heartbeat around the loop's waiting, see shared_role.busy_ns: installs ev_prepare and
 * ev_check watchers on the loop. */
void role_heartbeat(struct ev_loop *loop, struct shared_role *slot);

/* Run until CHANNEL_STOP or the channel closes; return the exit code: 0 asked to stop,
 * 1 restart me, 2 do not restart. */
int worker_main(void);
int analyst_main(void);
int recorder_main(void);

#endif
