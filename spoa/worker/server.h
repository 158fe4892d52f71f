/*
 * The SPOP server of one worker: accepts connections, speaks HELLO, health checks and
 * DISCONNECT by itself, hands every NOTIFY to a handler and writes the answers. It knows
 * nothing of requests. One libev loop, no blocking call, one coarse timer for all.
 *
 *   WAIT_HELLO ──HELLO──► READY ──DISCONNECT, error, drain, silence──► CLOSING ──► gone
 *        └──health check, refused HELLO, silence────────────────────────►┘
 *
 * Between two frames a READY connection is nothing but its socket: a successor goes on with
 * it where we stopped, and the peer notices nothing.
 *
 * All frames that one read brought are answered with one write. A peer that does not read
 * its answers is not read either (write_buffer_bytes). A peer that goes is normal.
 */
#ifndef WORKER_SERVER_H
#define WORKER_SERVER_H

#include <ev.h>

#include "base/settings.h"
#include "metric/metric.h"
#include "spop/frame.h"

/* Room that a handler finds in the writer for one answer. */
#define SERVER_ACK_MAX 4096

struct server_options {
	uint32_t max_frame; /* bytes, without the length; ours, the smaller one counts */
	unsigned max_connections; /* more are closed at once */
	double hello_timeout_s;
	double idle_timeout_s; /* since the last whole frame */
	size_t write_buffer_bytes; /* unsent answers above which a peer is not read */
};

/* Called from the loop; none may block or free the server. */
struct server_handler {
	void *ctx;
	/* One or more NOTIFY follow, all read at once. */
	void (*batch)(void *ctx);
	/* Writes one ACK. An error (and nothing written) is answered with DISCONNECT(4). */
	int (*notify)(void *ctx, const struct spop_frame *f, struct spop_writer *w);
	/* All answers of the batch are written, before they are sent. */
	void (*batch_end)(void *ctx);
};

struct server;

struct server_options server_options_from(const struct settings *s);
/* metric: the cells of this process. ERR_NOMEM. */
MUST_CHECK int server_new(struct ev_loop *loop, const struct server_options *o,
    const struct server_handler *h, struct metric_block *metric, struct server **out);
/* Accepts from fd (listening, non-blocking), which is the server's from now on. */
void server_listen(struct server *s, int fd);
/* Serves a connected socket; fd is the server's, closed on error. ready: HELLO was done with
 * a predecessor that handed the connection over. ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int server_adopt(struct server *s, int fd, bool ready);
/* For connections and frames from now on. */
void server_set_options(struct server *s, const struct server_options *o);
/* Stops listening and ends the connections one by one, each when nothing of it is in hand:
 * AGENT-DISCONNECT(0), read until the peer closes. limit_s: time to spread them over.
 * drained is called once, from the loop, when the last has gone. */
void
server_drain(struct server *s, double limit_s, void (*drained)(void *ctx), void *ctx);
/* Who goes on with the connections that a server gives up. */
struct server_heir {
	void *ctx;
	unsigned max; /* connections that it takes; more are ended */
	/* At most IO_FDS_MAX sockets after HELLO; ours are closed when this returns. */
	void (*give)(void *ctx, const int *fds, size_t n);
	/* Nothing is left, and no counter is touched any more. */
	void (*done)(void *ctx);
};

/* Serves on until no frame and no answer is in hand, for limit_s at most; then stops
 * listening and gives up every connection within one turn of the loop. What was in hand
 * until the limit ends with AGENT-DISCONNECT(0). */
void server_hand_over(struct server *s, double limit_s, const struct server_heir *heir);
unsigned server_connections(const struct server *s);
/* Closes everything. NULL is fine. */
void server_free(struct server *s);

#endif
