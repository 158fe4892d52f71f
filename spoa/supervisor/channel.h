/*
 * The channel between supervisor and role: a SOCK_SEQPACKET pair, descriptor 3 of the role.
 * One datagram is one message: a fixed header, a small body, descriptors. Unknown types
 * end the role: both sides are the same binary.
 *
 * But for an upgrade in place (succession.c): there the roles of the program before meet the
 * supervisor of the next. STOP, CONNECTIONS and HANDED_OVER, and the header, keep their
 * number and form from version to version.
 *
 * Start of a role: the supervisor sends CHANNEL_START with the settings' text as a sealed
 * memory file and the descriptors that the role's kind needs, in the order of the enums
 * below; the role answers CHANNEL_READY when it could serve. An analyst or recorder then
 * does; a worker waits for CHANNEL_SERVE, before which come the connections that it inherits.
 */
#ifndef SUPERVISOR_CHANNEL_H
#define SUPERVISOR_CHANNEL_H

#include <stdint.h>

#include "base/io.h"
#include "state/shared.h"

#define CHANNEL_FD 3
#define CHANNEL_BODY_MAX 4096

enum channel_type {
	/* supervisor to role */
	CHANNEL_START = 1, /* body: struct channel_start; fds: see role_fds below */
	CHANNEL_BUNDLE, /* fd: sealed, verified bundle; body: struct channel_bundle */
	CHANNEL_RELOAD, /* fd: settings' text */
	CHANNEL_STOP, /* finish what is in hand, exit 0; to a worker with struct channel_stop */
	CHANNEL_FINISH_CONNECTION, /* to analyst 0; fd: HAProxy's ring connection, to be read only */
	CHANNEL_TOKEN, /* to analyst 0; body: class NUL value; answered by CHANNEL_TOKEN */
	CHANNEL_CONNECTIONS, /* to a worker: go on with these live SPOP connections (fds); from
	                        one that stops: it gives them up and decides no more */
	CHANNEL_SERVE, /* worker: listen; your part of shared memory is yours alone */
	/* role to supervisor */
	CHANNEL_READY = 64, /* body: nothing */
	CHANNEL_FETCHED, /* recorder: fd: a bundle as fetched, unverified */
	CHANNEL_STATUS, /* recorder: body: struct channel_status */
	CHANNEL_HANDED_OVER, /* worker: that was the last CONNECTIONS; shared memory is left */
};

struct channel_head {
	uint32_t type;
	uint32_t length; /* of the body */
};

struct channel_start {
	uint32_t role; /* enum role */
	uint32_t instance; /* 0 … */
	uint32_t workers, analysts;
	uint64_t boot; /* random per supervisor start */
};

struct channel_stop {
	uint32_t
	    hand_over; /* connections that a successor takes; the others are drained */
};

struct channel_bundle {
	uint64_t revision;
	int64_t expires_us;
};

struct channel_status {
	uint64_t revision_known; /* newest bundle seen in PostgreSQL */
	uint32_t database_up;
};

/*
 * Descriptors of CHANNEL_START, always in this order:
 *   0 settings text (sealed), 1 shared state, 2 key text (sealed: keyrings that the role
 *   may hold, as "[identity]", "[line]", "[redaction]" sections; absent ones left out)
 * then by role:
 *   worker: listening socket; for each analyst a ring and its eventfd
 *   analyst: spool folder; own eventfd; for each worker its ring to this shard; then, for
 *            shard 0: a ring and eventfd for each other shard; for others: their ring from shard 0
 *   recorder: state folder (holds spool/SHARD)
 */

/* Descriptors that a role of this kind gets, those three included. */
size_t channel_start_fds(
    enum role role, unsigned instance, unsigned workers, unsigned analysts, bool record);

/* One datagram. ERR_AGAIN when the peer's queue is full, ERR_CLOSED. Without descriptors it
 * is a plain write: the analyst is denied sendmsg. The caller keeps its descriptors. */
MUST_CHECK int channel_send(int sock, enum channel_type type, const void *body, size_t n,
    const int *fds, size_t nfds);
/* CHANNEL_START in as many datagrams as its descriptors need. */
MUST_CHECK int channel_send_start(
    int sock, const struct channel_start *start, const int *fds, size_t nfds);
/* body: at least CHANNEL_BODY_MAX bytes. ERR_AGAIN, ERR_CLOSED, ERR_MALFORMED. */
MUST_CHECK int channel_recv(
    int sock, enum channel_type *type, void *body, size_t *n, int *fds, size_t *nfds);

#endif
