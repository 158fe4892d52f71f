/*
 * The agent's control socket: one request line, one answer, then the agent closes. What the
 * requests are: spoa/supervisor/control.c and yett-agent(8), CONTROL SOCKET.
 */
#ifndef CTL_CONTROL_H
#define CTL_CONTROL_H

#include "base/buf.h"

/* Connects to a UNIX stream socket, sends the request, reads until the peer closes (5 s,
 * 16 MiB). ERR_NOTFOUND and ERR_CLOSED (nobody listens), ERR_DENIED, ERR_TIMEOUT,
 * ERR_LIMIT, ERR_IO. Blocks. HAProxy's stats socket speaks the same way. */
MUST_CHECK int control_ask(const char *path, struct span request, struct buf *answer);

#endif
