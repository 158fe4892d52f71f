/*
 * Listening sockets of the supervisor, so that they outlive the roles that accept on them.
 * Addresses: unix:PATH (a %d in it becomes the instance) or tcp:HOST:PORT (PORT plus the
 * instance; [HOST] for IPv6, empty HOST for all).
 *
 * A UNIX socket is bound under another name, given group and mode, and renamed to its own:
 * nobody can connect before it is ready, and what stood there is replaced in one step. A
 * path is only taken over when it is a socket on which nobody listens any more.
 */
#ifndef SUPERVISOR_LISTENER_H
#define SUPERVISOR_LISTENER_H

#include <sys/types.h>

#include "base/span.h"

#define LISTENER_WHY_MAX 700

struct listener {
	int fd; /* non-blocking, close-on-exec; -1: none */
	char path[108]; /* of a UNIX socket, else "" */
	dev_t dev;
	ino_t ino;
};

struct listener_options {
	int backlog;
	const char *group; /* "" leaves it; one that does not exist is logged */
	mode_t mode; /* of UNIX sockets */
};

/* ERR_MALFORMED (address), ERR_EXISTS (somebody listens there), ERR_DENIED, ERR_IO; why
 * tells an operator. Blocks on name resolution. */
MUST_CHECK int listener_open(const char *address, unsigned instance,
    const struct listener_options *o, struct listener *out, char why[LISTENER_WHY_MAX]);
/* Takes over a socket that listens at this address already (from the descriptor store), with
 * what waits in its backlog. fd is ours on success. ERR_INVALID: it is not that. */
MUST_CHECK int
listener_adopt(const char *address, unsigned instance, int fd, struct listener *out);
/* Whether the address could be one, for -n; opens nothing. */
MUST_CHECK int
listener_check(const char *address, unsigned instance, char why[LISTENER_WHY_MAX]);
/* Closes; removes the path if it is still ours. */
void listener_close(struct listener *l);
/* Closes our descriptor alone: somebody else goes on holding the socket. */
void listener_leave(struct listener *l);

#endif
