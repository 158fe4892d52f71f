/* See shipper.h and ship.h. */
#include "recorder/shipper.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "recorder/ship.h"

#define SOON_S 0.1 /* alerts written within this time travel together */
#define POLL_S 0.5 /* in place of inotify, where there is none */
#define POSITIONS_MAX 8192

int64_t
ship_now_us(const struct shipper *s)
{
	return clock_wall_us() + s->clock_off_us;
}

/* --- questions and steps ------------------------------------------------------------- */

struct question {
	struct shipper *s;
	ship_answer *fn;
};

static void
chain_go_on(struct shipper *s)
{
	ship_step *next = s->next;

	if (s->asked > 0 || !next)
		return;
	if (s->failed) {
		ship_batch_failed(s);
		return;
	}
	next(s);
}

static void
answered(void *ctx, PGresult *result)
{
	struct question *q = ctx;
	struct shipper *s = q->s;
	struct pg_error error = {.text = "the connection was lost"};
	int err = result ? pg_result_error(result, &error) : ERR_CLOSED;

	s->asked--;
	if (err && !s->failed) {
		s->failed = err;
		s->error = error;
	} else if (!err && !s->failed && q->fn) {
		q->fn(s, result);
	}
	free(q);
	chain_go_on(s);
}

void
ship_ask(struct shipper *s, enum statement_id id, const struct statement_params *p,
    ship_answer *fn)
{
	struct question *q = calloc(1, sizeof(*q));
	int err = q ? OK : ERR_NOMEM;

	if (err == OK && p)
		err = p->err;
	if (err == OK) {
		*q = (struct question){s, fn};
		s->asked++;
		err = pg_query_binary(s->pg, statement_sql(id), p ? p->n : 0,
		    p ? p->value : NULL, p ? p->length : NULL, p ? p->format : NULL,
		    answered, q);
		if (err)
			s->asked--;
	}
	if (err) {
		free(q);
		if (!s->failed) {
			s->failed = err == ERR_AGAIN ? ERR_CLOSED : err;
			s->error = (struct pg_error){0};
		}
	}
}

/* Steps are run from here alone: a chain never nests. */
void
ship_then(struct shipper *s, ship_step *next)
{
	s->next = next;
	chain_go_on(s);
}

void
ship_idle(struct shipper *s)
{
	s->next = NULL;
	s->failed = OK;
	if (!s->ready || pg_state(s->pg) != PG_UP || ev_is_active(&s->again))
		return;
	if (s->want_all || s->want_alerts)
		ship_batch_start(s, !s->want_all);
}

/* --- positions ----------------------------------------------------------------------- */

struct ship_position *
ship_position_get(
    struct shipper *s, unsigned shard, uint64_t boot, enum record_stream kind)
{
	struct ship_position *grown;

	for (size_t i = 0; i < s->positions; i++) {
		struct ship_position *p = &s->position[i];

		if (p->shard == shard && p->boot == boot && p->kind == kind)
			return p;
	}
	if (s->positions == POSITIONS_MAX)
		return NULL;
	grown = realloc(s->position, (s->positions + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	s->position = grown;
	grown[s->positions] = (struct ship_position){shard, boot, kind, 0};
	return &grown[s->positions++];
}

/* Puts every reader behind what the server has. */
static void
positions_apply(struct shipper *s)
{
	static struct spool_stream_info info[POSITIONS_MAX];

	for (unsigned shard = 0; shard < s->o.shards; shard++) {
		size_t n = POSITIONS_MAX;
		int err = spool_reader_streams(s->reader[shard], info, &n);

		for (size_t i = 0; err == OK && i < n; i++) {
			struct ship_position *p =
			    ship_position_get(s, shard, info[i].boot, info[i].stream);

			if (!p)
				continue;
			err = spool_reader_seek(
			    s->reader[shard], info[i].boot, info[i].stream, p->sequence);
			if (info[i].boot == s->o.boot && p->sequence > info[i].last)
				log_warn("spool is behind the database",
				    "shard=%u spool=%llu database=%llu", shard,
				    (unsigned long long)info[i].last,
				    (unsigned long long)p->sequence);
		}
		if (err)
			log_error("spool cannot be read", "shard=%u error=\"%s\"", shard,
			    err_str(err));
	}
}

static void
streams_taken(struct shipper *s, PGresult *r)
{
	s->positions = 0;
	for (int i = 0; i < PQntuples(r); i++) {
		struct ship_position *p =
		    ship_position_get(s, (unsigned)pg_get_int(PQgetvalue(r, i, 1), 4),
			(uint64_t)pg_get_int(PQgetvalue(r, i, 0), 8),
			(enum record_stream)pg_get_int(PQgetvalue(r, i, 2), 2));

		if (p)
			p->sequence = (uint64_t)pg_get_int(PQgetvalue(r, i, 3), 8);
	}
	positions_apply(s);
}

static void
status_tell(struct shipper *s)
{
	bool up = pg_state(s->pg) == PG_UP && s->ready;

	metric_set(s->o.metric, M_DATABASE_UP, up);
	if (s->o.status)
		s->o.status(s->o.ctx, up, s->revision_known);
}

static void
resync_done(struct shipper *s)
{
	s->ready = true;
	s->want_all = true;
	status_tell(s);
	ship_idle(s);
}

void
ship_resync(struct shipper *s)
{
	s->conflict = false;
	statement_begin(&s->params);
	statement_int4(&s->params, s->agent_id);
	ship_ask(s, SQL_STREAMS, &s->params, streams_taken);
	ship_then(s, resync_done);
}

/* --- connection ---------------------------------------------------------------------- */

static void
agent_taken(struct shipper *s, PGresult *r)
{
	s->agent_id = (int32_t)pg_get_int(PQgetvalue(r, 0, 0), 4);
	s->clock_off_us = pg_get_time(PQgetvalue(r, 0, 1)) - clock_wall_us();
	s->told_refused = false;
}

/* What every connection begins with. Ids may be others on another server. */
static void
session_start(struct shipper *s)
{
	s->ready = false;
	s->in_transaction = false;
	s->failed = OK;
	map_clear(&s->ids);
	ship_ask(s, SQL_SESSION, NULL, NULL);
	ship_ask(s, SQL_LISTEN, NULL, NULL);
	ship_agent_ask(s, agent_taken);
	ship_maintain_ask(s);
	ship_bundle_ask(s);
	ship_then(s, ship_resync);
}

static void
pg_changed(void *ctx, enum pg_state state, const char *why)
{
	struct shipper *s = ctx;

	if (state == PG_UP) {
		ev_timer_stop(s->loop, &s->again);
		session_start(s);
	} else if (state == PG_DOWN) {
		s->ready = false;
		status_tell(s);
	}
}

static void
pg_notified(void *ctx, const char *channel, const char *payload)
{
	struct shipper *s = ctx;

	s->poll_us = 0;
	if (s->ready && !s->next)
		ship_keep_start(s);
}

/* --- timers and the spool's folders -------------------------------------------------- */

static void
lag_note(struct shipper *s)
{
	int64_t lag = s->drained_us ? clock_mono_us() - s->drained_us : 0;

	metric_set(s->o.metric, M_SHIP_LAG_S, (uint64_t)(lag / 1000000));
}

static void
tick_cb(struct ev_loop *loop, struct ev_timer *w, int events)
{
	struct shipper *s = w->data;

	lag_note(s);
	s->want_all = true;
	if (!s->next)
		ship_idle(s);
}

static void
soon_cb(struct ev_loop *loop, struct ev_timer *w, int events)
{
	struct shipper *s = w->data;

	s->want_alerts = true;
	if (!s->next)
		ship_idle(s);
}

static void
again_cb(struct ev_loop *loop, struct ev_timer *w, int events)
{
	struct shipper *s = w->data;

	if (pg_state(s->pg) != PG_UP || s->next)
		return;
	if (s->ready)
		ship_idle(s);
	else
		session_start(s);
}

static void
watch_cb(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct shipper *s = w->data;
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	while (read(s->watch_fd, buf, sizeof(buf)) > 0)
		;
	if (!ev_is_active(&s->soon)) {
		ev_timer_set(&s->soon, SOON_S, 0.0);
		ev_timer_start(loop, &s->soon);
	}
}

/* A folder is watched through its descriptor: its path may be hidden from this user. */
static int
folder_watch(struct shipper *s, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return inotify_add_watch(s->watch_fd, path, IN_MODIFY | IN_MOVED_TO) < 0 ? ERR_IO
										 : OK;
}

static int
folders_open(struct shipper *s)
{
	char path[32];
	bool watched = s->watch_fd >= 0;

	(void)mkdirat(s->o.state_dir, "spool", 0750);
	for (unsigned i = 0; i < s->o.shards; i++) {
		int fd, err;

		snprintf(path, sizeof(path), "spool/%u", i);
		(void)mkdirat(s->o.state_dir, path, 0750);
		fd = openat(s->o.state_dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return ERR_IO;
		err = spool_reader_open(fd, i, &s->reader[i]);
		if (err == OK)
			spool_reader_set_boot(s->reader[i], s->o.boot);
		if (watched && folder_watch(s, fd) != OK)
			watched = false;
		close(fd);
		if (err)
			return err;
	}
	if (watched) {
		ev_io_set(&s->watch, s->watch_fd, EV_READ);
		ev_io_start(s->loop, &s->watch);
	} else {
		log_notice("spool is polled", "reason=\"no inotify\"");
		ev_timer_set(&s->soon, POLL_S, POLL_S);
		ev_timer_start(s->loop, &s->soon);
	}
	return OK;
}

static void
tick_start(struct shipper *s)
{
	double interval = (double)s->o.ship_interval_ms / 1000.0;
	/* Gateways that start together must not ship together for ever. */
	double first = interval * (double)(s->o.boot % 1000) / 1000.0;

	ev_timer_stop(s->loop, &s->tick);
	ev_timer_set(&s->tick, first, interval);
	ev_timer_start(s->loop, &s->tick);
}

int
shipper_new(struct ev_loop *loop, const struct shipper_options *o, struct shipper **out)
{
	struct shipper *s = calloc(1, sizeof(*s));
	struct pg_options pg = {.conninfo = o->conninfo,
	    .application = "yett recorder",
	    .retry_max_ms = o->retry_max_ms,
	    .connect_timeout_ms = 10000,
	    .changed = pg_changed,
	    .notified = pg_notified,
	    .ctx = s};
	int err;

	*out = NULL;
	if (!s)
		return ERR_NOMEM;
	s->loop = loop;
	s->o = *o;
	s->limit = o->batch_records;
	s->drained_us = clock_mono_us();
	s->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	ev_init(&s->tick, tick_cb);
	ev_init(&s->soon, soon_cb);
	ev_init(&s->again, again_cb);
	ev_init(&s->watch, watch_cb);
	s->tick.data = s->soon.data = s->again.data = s->watch.data = s;
	statement_init(&s->params);
	err = o->shards > SHIPPER_SHARDS_MAX ? ERR_RANGE : OK;
	if (err == OK)
		err = map_init(&s->ids,
		    o->batch_records > SHIP_IDS_MIN / 2 ? 2 * o->batch_records
							: SHIP_IDS_MIN);
	if (err == OK)
		err = batch_init(&s->batch, o->batch_records);
	if (err == OK)
		err = folders_open(s);
	if (err == OK)
		err = pg_new(loop, &pg, &s->pg);
	if (err) {
		shipper_free(s);
		return err;
	}
	tick_start(s);
	*out = s;
	return OK;
}

void
shipper_free(struct shipper *s)
{
	if (!s)
		return;
	pg_free(s->pg);
	ev_timer_stop(s->loop, &s->tick);
	ev_timer_stop(s->loop, &s->soon);
	ev_timer_stop(s->loop, &s->again);
	ev_io_stop(s->loop, &s->watch);
	if (s->watch_fd >= 0)
		close(s->watch_fd);
	for (unsigned i = 0; i < SHIPPER_SHARDS_MAX; i++)
		spool_reader_close(s->reader[i]);
	batch_fini(&s->batch);
	map_fini(&s->ids);
	statement_fini(&s->params);
	free(s->position);
	free(s);
}

void
shipper_set_times(struct shipper *s, int64_t ship_interval_ms, int64_t keep_us,
    int64_t retry_max_ms, int64_t poll_ms)
{
	bool changed = s->o.ship_interval_ms != ship_interval_ms;

	s->o.ship_interval_ms = ship_interval_ms;
	s->o.keep_us = keep_us;
	s->o.poll_ms = poll_ms;
	pg_set_retry_max(s->pg, retry_max_ms);
	if (changed)
		tick_start(s);
}
