/*
 * One SPOP connection, and the server it belongs to: private to server.c (who comes and
 * goes) and connection.c (what is read and written).
 */
#ifndef WORKER_CONNECTION_H
#define WORKER_CONNECTION_H

#include "worker/buffers.h"
#include "worker/server.h"

enum connection_state { WAIT_HELLO, READY, CLOSING };

struct connection {
	struct connection *next, *prev; /* in server.live, or next in closed or spare */
	struct server *server;
	ev_io io;
	int fd;
	enum connection_state state;
	uint32_t max_frame; /* negotiated; ours before HELLO */
	bool paused; /* not read: too much unsent */
	bool shut; /* CLOSING and all is written */
	ev_tstamp since; /* of the state, or of the last whole frame in READY */
	struct buffer in, out; /* borrowed while in_n, out_n > 0 */
	size_t in_n;
	size_t out_at, out_n; /* out[out_at .. out_at + out_n) is unsent */
};

struct server {
	struct ev_loop *loop;
	struct server_options o;
	struct server_handler h;
	struct metric_block *metric;
	ev_io listener;
	int listen_fd; /* -1: none */
	bool listen_tcp;
	ev_timer listen_again; /* after EMFILE */
	ev_timer sweep;
	ev_timer drain;
	ev_prepare reaper;
	bool draining;
	void (*drained)(void *ctx);
	void *drained_ctx;
	struct server_heir heir; /* done: NULL while nobody is to take over */
	ev_timer heir_limit; /* inactive: it has been reached */
	double log_next; /* when a refused frame may be logged again */
	uint64_t log_skipped;
	struct connection live; /* ring of all open connections */
	unsigned live_n;
	struct connection *closed; /* until the end of this turn of the loop */
	struct connection *spare;
	struct buffers pool;
	struct buffer ack; /* answers of the batch in hand */
};

/* Starts reading. */
void connection_open(struct connection *c);
/* Reads once, answers what is whole. The connection may be closed afterwards. */
void connection_read(struct connection *c);
/* Sends DISCONNECT and goes to CLOSING. */
void connection_bye(struct connection *c, enum spop_status status);
/* Whether a frame or an answer is in hand. */
bool connection_busy(const struct connection *c);
/* Closes the descriptor; the object lives until the end of the turn. */
void connection_close(struct connection *c);

#endif
