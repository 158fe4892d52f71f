/*
 * What a role can still ask of the kernel once it serves. Two layers: landlock (files) from
 * role_begin() on, where the kernel has it; seccomp from role_confine() on, always.
 *
 * Refused calls return EPERM, so that a library that merely tries goes on. Every role loses
 * exec, new processes, signals to others, tracing, io_uring and aio, keys, mounts, modules.
 *
 *   worker    also loses files by name, sockets of its own, connect: it accepts on the
 *             socket it was handed and writes to what it accepted
 *   analyst   also loses every way to send: socket, connect, accept, sendto, sendmsg,
 *             splice, sendfile …; write and writev go to the descriptors listed at
 *             confinement (log, channel, bells) alone, which it can neither close nor
 *             replace; the spool is written by pwrite, which no socket or pipe takes. That
 *             is why it may hold HAProxy's finish connection: half-closing that one
 *             instead makes HAProxy 2.6 reconnect in a storm.
 *   recorder  keeps sockets and files: it speaks to PostgreSQL. Landlock lets it write to the
 *             state folder alone, and read everything but the key files
 */
#ifndef SUPERVISOR_CONFINE_H
#define SUPERVISOR_CONFINE_H

#include "base/err.h"
#include "state/shared.h"

#define CONFINE_WRITABLE_MAX 64
#define CONFINE_HIDDEN_MAX 8

/* Limits the calling thread and its future ones to the folder dir_fd (-1: no file at all);
 * with read_all, every other file can be read but the hidden ones (paths; at most
 * CONFINE_HIDDEN_MAX, those that do not exist are skipped). OK also where the kernel has no
 * landlock, with *applied false. Needs no_new_privs. Blocks. */
MUST_CHECK int confine_files(
    int dir_fd, bool read_all, const char *const *hidden, size_t hidden_n, bool *applied);

/* Loads the filter for all threads. writable: the descriptors that an analyst may write to.
 * At most CONFINE_WRITABLE_MAX. ERR_IO, ERR_RANGE. */
MUST_CHECK int confine_calls(enum role role, const int *writable, size_t n);

#endif
