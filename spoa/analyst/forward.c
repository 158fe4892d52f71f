/* See forward.h. */
#include "analyst/forward.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"

#define BUFFER_MIN (256u << 10) /* one read takes many lines */
#define COUNT_BYTES 16 /* before a message */

struct connection {
	int fd; /* -1: free */
	char *buffer;
	size_t n; /* bytes in it */
	uint64_t last; /* turn of its last good line, 0: none yet */
	bool closed; /* by its peer: what is in the buffer is still good */
};

struct forward {
	struct forward_options o;
	struct connection c[FORWARD_CONNECTIONS_MAX];
	size_t buffer_bytes;
	uint64_t turn;
	uint64_t bad;
	uint32_t touched; /* rings to wake */
	struct arena arena;
	void *memory;
};

int
forward_new(const struct forward_options *o, struct forward **out)
{
	struct forward *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (!f)
		return ERR_NOMEM;
	f->o = *o;
	f->buffer_bytes = o->line_bytes + COUNT_BYTES;
	if (f->buffer_bytes < BUFFER_MIN)
		f->buffer_bytes = BUFFER_MIN;
	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
		f->c[i].fd = -1;
	f->memory = malloc(o->line_bytes);
	if (!f->memory) {
		free(f);
		return ERR_NOMEM;
	}
	arena_init(&f->arena, f->memory, o->line_bytes);
	*out = f;
	return OK;
}

static void
connection_close(struct connection *c)
{
	close(c->fd);
	free(c->buffer);
	*c = (struct connection){.fd = -1};
}

void
forward_close(struct forward *f)
{
	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
		if (f->c[i].fd >= 0)
			connection_close(&f->c[i]);
}

void
forward_hang_up(struct forward *f)
{
	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
		if (f->c[i].fd >= 0)
			(void)shutdown(f->c[i].fd, SHUT_WR);
}

void
forward_free(struct forward *f)
{
	if (!f)
		return;
	forward_close(f);
	free(f->memory);
	free(f);
}

/* A free place, or that of the connection whose last good line is the longest ago. */
static struct connection *
place_find(struct forward *f)
{
	struct connection *worst = &f->c[0];

	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX; i++) {
		if (f->c[i].fd < 0)
			return &f->c[i];
		if (f->c[i].last < worst->last)
			worst = &f->c[i];
	}
	log_warn("finish connection displaced", "limit=%d", FORWARD_CONNECTIONS_MAX);
	connection_close(worst);
	return worst;
}

void
forward_open(struct forward *f, int fd)
{
	struct connection *c = place_find(f);

	c->buffer = malloc(f->buffer_bytes);
	if (!c->buffer || io_set_nonblock(fd) != OK) {
		log_error("finish connection refused", NULL);
		free(c->buffer);
		c->buffer = NULL;
		close(fd);
		return;
	}
	c->fd = fd;
}

static size_t
connection_read(struct forward *f, struct connection *c)
{
	size_t before = c->n;

	while (!c->closed && c->n < f->buffer_bytes) {
		ssize_t got = read(c->fd, c->buffer + c->n, f->buffer_bytes - c->n);

		if (got > 0) {
			c->n += (size_t)got;
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			break;
		c->closed = true;
	}
	return c->n - before;
}

size_t
forward_read(struct forward *f)
{
	size_t n = 0;

	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
		if (f->c[i].fd >= 0)
			n += connection_read(f, &f->c[i]);
	return n;
}

bool
forward_behind(const struct forward *f)
{
	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
		if (f->c[i].fd >= 0 && f->c[i].n == f->buffer_bytes)
			return true;
	return false;
}

static bool
refuse(struct forward *f, enum metric_id why)
{
	metric_add(f->o.metric, why, 1);
	if (why == M_FINISH_BAD)
		f->bad++;
	return false;
}

static void
line_pass(struct forward *f, struct span msg, unsigned shard)
{
	struct ring *r = &f->o.to[shard];
	void *at = ring_reserve(r, RING_FINISH, msg.n);

	if (!at) {
		metric_add(f->o.metric, M_FINISH_DROPPED, 1);
		return;
	}
	memcpy(at, msg.p, msg.n);
	ring_commit(r);
	f->touched |= 1u << shard;
}

/* Whether it was a line of HAProxy's. */
static bool
line_take(struct forward *f, struct span msg, int64_t now_us, bool passed)
{
	struct finish line;
	struct ctx ctx;

	arena_reset(&f->arena);
	if (finish_parse(msg, &f->arena, &line) != OK)
		return refuse(f, M_FINISH_BAD);
	if (!passed && !line_keys_secret_ok(f->o.keys, line.secret, now_us))
		return refuse(f, M_FINISH_FORGED);
	if (span_absent(line.ctx)) {
		intake_finish(f->o.intake, &line, NULL);
		return true;
	}
	if (line_keys_ctx_open(f->o.keys, line.ctx, now_us, f->o.timeout_us, &ctx) !=
		OK ||
	    ctx.shard >= f->o.shards)
		return refuse(f, M_FINISH_FORGED);
	if (!passed && ctx.shard != f->o.shard)
		line_pass(f, msg, ctx.shard);
	else
		intake_finish(f->o.intake, &line, &ctx);
	return true;
}

void
forward_line(struct forward *f, struct span msg, int64_t now_us)
{
	(void)line_take(f, msg, now_us, false);
}

void
forward_passed(struct forward *f, struct span msg, int64_t now_us)
{
	(void)line_take(f, msg, now_us, true);
}

static size_t
connection_take(struct forward *f, struct connection *c, int64_t now_us)
{
	struct span stream = span_make(c->buffer, c->n), msg;
	size_t n = 0;
	int err;

	while ((err = finish_frame(&stream, f->o.line_bytes, &msg)) == OK) {
		n++;
		if (line_take(f, msg, now_us, false))
			c->last = f->turn;
	}
	if (err != ERR_AGAIN) {
		refuse(f, M_FINISH_BAD);
		log_warn("finish connection closed", "error=\"%s\"", err_str(err));
		connection_close(c);
		return n;
	}
	memmove(c->buffer, stream.p, stream.n);
	c->n = stream.n;
	if (c->closed)
		connection_close(c);
	return n;
}

size_t
forward_take(struct forward *f, int64_t now_us)
{
	size_t n = 0;

	f->turn++;
	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX; i++)
		if (f->c[i].fd >= 0)
			n += connection_take(f, &f->c[i], now_us);
	for (unsigned i = 0; f->touched != 0; i++, f->touched >>= 1)
		if (f->touched & 1)
			ring_wake(&f->o.to[i]);
	return n;
}

void
forward_fds(const struct forward *f, int *fds, size_t *n)
{
	size_t capacity = *n;

	*n = 0;
	for (unsigned i = 0; i < FORWARD_CONNECTIONS_MAX && *n < capacity; i++)
		if (f->c[i].fd >= 0)
			fds[(*n)++] = f->c[i].fd;
}

uint64_t
forward_bad(struct forward *f)
{
	uint64_t n = f->bad;

	f->bad = 0;
	return n;
}
