/*
 * What systemd is told and keeps (sd_notify(3)): readiness, status text, watchdog, and in its
 * descriptor store the shared state and the workers' listening sockets. Without systemd every call does nothing.
 */
#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

#include "base/span.h"

#define NOTIFY_NAME_MAX 32
#define NOTIFY_KEPT_MAX 80 /* shared state and a listener a worker */

/* Whether there is a manager at all. */
bool notify_is_heard(void);
void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);
void notify_watchdog(void);
/* Microseconds between two signs of life that systemd expects, 0: none. */
uint64_t notify_watchdog_us(void);

/* Descriptors that the manager kept from the run before. notify_take_start() once, before
 * anything is opened (they come as numbers 3 and up); notify_take() hands out one by name,
 * -1: there is none; notify_take_end() closes those that nobody wanted and has them
 * forgotten. */
void notify_take_start(void);
int notify_take(const char *name);
void notify_take_end(void);
/* Has fd kept under a name, in place of what was kept under it. */
void notify_keep(const char *name, int fd);
void notify_forget(const char *name);

#endif
