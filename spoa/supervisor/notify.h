/*
 * What systemd is told and keeps (sd_notify(3)): readiness, status text, watchdog, and the
 * shared state in the descriptor store. Without systemd every call does nothing.
 */
#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

#include "base/span.h"

#define NOTIFY_STATE_NAME "yett-state"

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);
void notify_watchdog(void);
/* Microseconds between two signs of life that systemd expects, 0: none. */
uint64_t notify_watchdog_us(void);

/* The descriptor of the run before, -1: none. Everything else that was handed down under
 * other names is closed. Call once. */
int notify_take_state(void);
/* Keeps fd, replacing what was kept. */
void notify_keep_state(int fd, bool replace);

#endif
