/*
 * What systemd is told and keeps (sd_notify(3)): readiness, status text, watchdog, and in its
 * descriptor store the shared state, the workers' listening sockets and, while we are away,
 * HAProxy's connections. Without systemd every call does nothing.
 *
 * Kept descriptors come from the store, or from the program that executed this one (an
 * upgrade in place), which names them in $YETT_KEPT: "NAME=FD:NAME=FD".
 */
#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

#include "base/buf.h"

#define NOTIFY_NAME_MAX 32
/* In the store at most: shared state, a listener a worker; connections. The unit's
 * FileDescriptorStoreMax is their sum: above it systemd closes what it is given. */
#define NOTIFY_SOCKETS_MAX 80
#define NOTIFY_CONNECTIONS_MAX 1024
/* Handed down at an upgrade beside the sockets: rings, bells, channels of roles. */
#define NOTIFY_ROLES_MAX 1200
#define NOTIFY_KEPT_MAX (NOTIFY_SOCKETS_MAX + NOTIFY_CONNECTIONS_MAX + NOTIFY_ROLES_MAX)
#define NOTIFY_ENVIRONMENT "YETT_KEPT"

/* Whether there is a manager at all. */
bool notify_is_heard(void);
void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);
void notify_watchdog(void);
/* Microseconds between two signs of life that systemd expects, 0: none. */
uint64_t notify_watchdog_us(void);

/* Descriptors that were kept from the run before. notify_take_start() once, before anything
 * is opened (they come as numbers 3 and up); notify_take() hands out one by name, -1: there
 * is none; notify_take_next() one whose name begins so, with its name;
 * notify_take_end() closes those that nobody wanted and has them forgotten. */
void notify_take_start(void);
int notify_take(const char *name);
int notify_take_next(const char *prefix, char name[NOTIFY_NAME_MAX]);
void notify_take_end(void);
/* Whether the program before us executed us. */
bool notify_is_upgrade(void);
/* Has fd kept under a name, in place of what was kept under it. */
void notify_keep(const char *name, int fd);
/* Has connections kept beside what is kept under the name, those too whose peer has gone. */
void notify_keep_connections(const char *name, const int *fds, size_t n);
void notify_forget(const char *name);
/* Puts fd into the text for NOTIFY_ENVIRONMENT and has it survive execution. */
void notify_hand_down(struct buf *text, const char *name, int fd);

#endif
