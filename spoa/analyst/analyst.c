/*
 * The analyst: one process a shard. While there is traffic it looks at its rings and finish
 * connections every few milliseconds, so that neither workers nor HAProxy have to wake it;
 * after a second of silence it sleeps and lets itself be rung.
 *
 *   turn:  read finish bytes │ drain request rings │ take finish lines │ flush when due
 *
 * That order is what makes an answer find its request: a worker publishes the record before
 * the ACK, so the record of a line that has been read is in the ring.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyst/forward.h"
#include "analyst/intake.h"
#include "analyst/outlet.h"
#include "analyst/report.h"
#include "base/clock.h"
#include "base/log.h"
#include "supervisor/role.h"

#define TURN_S 0.005 /* between two looks while there is traffic */
#define TURN_FULL \
	256u /* records and lines of a turn after which the next follows at once */
#define TURNS_MAX 32 /* in a row: the channel has to be heard and the heartbeat seen */
#define QUIET_NS INT64_C(1000000000) /* without work before it sleeps */
#define DECISIONS_US 50000 /* alerts are on disk within 100 ms: half for the sync */
#define TICK_S 1.0 /* asleep, with requests that can expire */
#define HANG_UP_US 50000 /* 2.6 closes within a round trip, 3.x later: it loses lines */
#define BEHIND 2 /* pressure of finish lines that wait, see observer.h */
#define STOP_TURNS 16 /* of traffic that goes on while we are asked to stop */

struct analyst {
	struct role_start *role;
	struct ev_loop *loop;
	struct intake *intake;
	struct forward *forward;
	struct line_keys keys;
	struct redactor *redactor;
	struct outlet outlet;
	struct ring worker[SHARED_WORKERS_MAX];
	struct ring
	    shard[SHARED_ANALYSTS_MAX]; /* shard 0: to; others: [0] from shard 0 */
	struct bundle bundle;
	struct span bundle_map;
	int64_t worked_ns; /* monotonic, of the last turn with work */
	int64_t flush_us, decisions_us; /* wall, of the last */
	uint64_t dropped; /* ring records, as last reported */
	bool asleep;
	int status; /* exit code */
	ev_io channel, bell, finish[FORWARD_CONNECTIONS_MAX];
	size_t finishes; /* ev_io in use */
	ev_timer turn, tick;
};

/* --- flushing --------------------------------------------------------------------- */

static void
flush_all(struct analyst *a, int64_t now_us)
{
	uint64_t dropped = a->dropped;

	if (a->role->start.instance == 0)
		dropped = report_ring_dropped(&a->role->shared);
	intake_lost(a->intake, forward_bad(a->forward), dropped - a->dropped);
	a->dropped = dropped;
	(void)intake_flush(a->intake);
	outlet_push(&a->outlet);
	a->flush_us = a->decisions_us = now_us;
	atomic_store_explicit(
	    &a->role->slot->sequence, (uint64_t)now_us, memory_order_relaxed);
}

/* Whether `every` has passed since `last`; a clock that went back counts as passed. */
static bool
due(int64_t now_us, int64_t last_us, int64_t every_us)
{
	return now_us - last_us >= every_us || now_us < last_us;
}

static void
flush_due(struct analyst *a, int64_t now_us)
{
	int64_t flush_us = a->role->settings.discovery_flush_ms * 1000;

	if (due(now_us, a->flush_us, flush_us)) {
		flush_all(a, now_us);
	} else if (due(now_us, a->decisions_us, DECISIONS_US)) {
		a->decisions_us = now_us;
		if (intake_flush_decisions(a->intake) > 0)
			outlet_push(&a->outlet);
	}
}

/* --- a turn ----------------------------------------------------------------------- */

/* Takes what was in the ring when it was asked, not what is coming meanwhile. */
static size_t
drain(struct analyst *a, struct ring *r, int64_t now_us)
{
	uint64_t left = ring_used(r), corrupt = 0;
	struct span record;
	uint32_t kind;
	size_t n = 0;

	while (left > 0 && ring_peek(r, &kind, &record, &corrupt)) {
		uint64_t bytes = 8 + ((record.n + 7) & ~UINT64_C(7));

		if (kind == RING_REQUEST)
			intake_request(a->intake, record);
		else if (kind == RING_FINISH)
			forward_passed(a->forward, record, now_us);
		ring_consume(r);
		left -= bytes < left ? bytes : left;
		n++;
	}
	if (corrupt > 0)
		metric_add(&a->role->slot->metric, M_RING_CORRUPT, corrupt);
	return n;
}

/* How far behind we are: the fullest ring in steps of which each halves what is left, or lines
 * that could not all be read. */
static unsigned
pressure(const struct analyst *a)
{
	unsigned most = forward_behind(a->forward) ? BEHIND : 0;

	for (unsigned i = 0; i < a->role->start.workers; i++) {
		const struct ring *r = &a->worker[i];
		uint64_t used = ring_used(r);
		unsigned step = used >= r->size / 4 * 3 ? 4
		    : used >= r->size / 2		? 3
		    : used >= r->size / 4		? 2
		    : used >= r->size / 8		? 1
							: 0;

		most = step > most ? step : most;
	}
	return most;
}

static size_t
turn_once(struct analyst *a)
{
	const struct channel_start *s = &a->role->start;
	uint64_t passed = s->instance ? ring_used(&a->shard[0]) : 0;
	size_t n = s->instance ? 0 : forward_read(a->forward);
	int64_t now_us = clock_wall_us();

	intake_pressure(a->intake, pressure(a));
	for (unsigned i = 0; i < s->workers; i++)
		n += drain(a, &a->worker[i], now_us);
	intake_now(a->intake, now_us);
	if (s->instance == 0)
		n += forward_take(a->forward, now_us);
	else if (passed > 0)
		n += drain(a, &a->shard[0], now_us);
	flush_due(a, now_us);
	return n;
}

static void fall_asleep(struct analyst *a);

static void
on_turn(EV_P_ ev_timer *t, int events)
{
	struct analyst *a = t->data;
	size_t n = turn_once(a);

	for (int i = 1; i < TURNS_MAX && n >= TURN_FULL; i++)
		n = turn_once(a);
	if (n > 0)
		a->worked_ns = clock_mono_ns();
	else if (clock_mono_ns() - a->worked_ns > QUIET_NS)
		fall_asleep(a);
}

/* --- asleep ----------------------------------------------------------------------- */

static void
wake_up(struct analyst *a)
{
	uint64_t rung;

	if (!a->asleep)
		return;
	a->asleep = false;
	a->worked_ns = clock_mono_ns();
	for (unsigned i = 0; i < a->role->start.workers; i++)
		ring_awake(&a->worker[i]);
	if (a->role->start.instance != 0)
		ring_awake(&a->shard[0]);
	if (read(a->role->fds[1], &rung, sizeof(rung)) < 0)
		rung = 0;
	ev_io_stop(a->loop, &a->bell);
	for (size_t i = 0; i < a->finishes; i++)
		ev_io_stop(a->loop, &a->finish[i]);
	a->finishes = 0;
	ev_timer_stop(a->loop, &a->tick);
	ev_timer_again(a->loop, &a->turn);
}

static void
on_wake(EV_P_ ev_io *io, int events)
{
	struct analyst *a = io->data;

	wake_up(a);
	(void)turn_once(a);
}

static bool
rings_sleep(struct analyst *a)
{
	bool empty = true;

	for (unsigned i = 0; i < a->role->start.workers; i++)
		empty &= ring_sleep(&a->worker[i]);
	if (a->role->start.instance != 0)
		empty &= ring_sleep(&a->shard[0]);
	return empty;
}

static void
fall_asleep(struct analyst *a)
{
	int fds[FORWARD_CONNECTIONS_MAX];
	size_t n = FORWARD_CONNECTIONS_MAX;

	flush_all(a, clock_wall_us());
	a->asleep = true;
	if (!rings_sleep(a)) {
		wake_up(a);
		return;
	}
	forward_fds(a->forward, fds, &n);
	for (size_t i = 0; i < n; i++) {
		ev_io_init(&a->finish[i], on_wake, fds[i], EV_READ);
		a->finish[i].data = a;
		ev_io_start(a->loop, &a->finish[i]);
	}
	a->finishes = n;
	ev_io_start(a->loop, &a->bell);
	ev_timer_stop(a->loop, &a->turn);
	if (intake_busy(a->intake))
		ev_timer_again(a->loop, &a->tick);
}

static void
on_tick(EV_P_ ev_timer *t, int events)
{
	struct analyst *a = t->data;
	int64_t now_us = clock_wall_us();

	intake_now(a->intake, now_us);
	flush_due(a, now_us);
	if (!intake_busy(a->intake))
		ev_timer_stop(EV_A_ t);
}

/* --- the channel ------------------------------------------------------------------ */

/* The supervisor has verified and sealed it; it is only read here. */
static void
take_bundle(struct analyst *a, int fd)
{
	struct bundle_error error = {""};
	struct bundle fresh;
	struct stat st;
	void *map = MAP_FAILED;
	int err = ERR_INVALID;

	if (io_is_sealed(fd) && fstat(fd, &st) == 0 && st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED) {
		struct span bytes = span_make(map, (size_t)st.st_size);
		struct bundle old = a->bundle;

		err = bundle_parse(bytes, &fresh, &error);
		if (err == OK) {
			a->bundle = fresh;
			err = intake_bundle(a->intake, &a->bundle);
		}
		if (err == OK) {
			if (a->bundle_map.p)
				munmap(
				    (void *)(uintptr_t)a->bundle_map.p, a->bundle_map.n);
			a->bundle_map = bytes;
			return;
		}
		a->bundle = old;
		munmap(map, (size_t)st.st_size);
	}
	log_error(
	    "bundle refused", "error=\"%s\" reason=\"%s\"", err_str(err), error.text);
}

/* class NUL value → token; nothing when there is none. Card codes and PINs exist in no form. */
static void
answer_token(struct analyst *a, struct span body)
{
	struct span value = body, name = span_cut(&value, '\0'), token = SPAN_NONE;
	char text[TOKEN_TEXT_MAX];

	if (!span_absent(value) &&
	    intake_token(a->intake, name, value, clock_wall_us(), text, &token) != OK)
		token = SPAN_NONE;
	if (channel_send(CHANNEL_FD, CHANNEL_TOKEN, token.p, token.n, NULL, 0) != OK)
		log_warn("token not answered", NULL);
}

static void
stop(struct analyst *a)
{
	a->status = EXIT_ASKED;
	ev_break(a->loop, EVBREAK_ALL);
}

/* The core reads its limits from the settings as they are; the spool has a copy. */
static void
reload(struct analyst *a, int fd)
{
	static struct settings fresh; /* large */

	if (role_reload(fd, &fresh) != OK)
		return;
	a->role->settings = fresh;
	outlet_set_max(&a->outlet, (uint64_t)fresh.spool_max_bytes);
}

static bool
handle_message(void *ctx, enum channel_type type, struct span body, int *fds, size_t nfds)
{
	struct analyst *a = ctx;

	if (type == CHANNEL_BUNDLE && nfds == 1) {
		take_bundle(a, fds[0]);
	} else if (type == CHANNEL_RELOAD && nfds == 1) {
		reload(a, fds[0]);
	} else if (type == CHANNEL_FINISH_CONNECTION && nfds == 1) {
		wake_up(a);
		forward_open(a->forward, fds[0]);
		fds[0] = -1;
	} else if (type == CHANNEL_TOKEN) {
		answer_token(a, body);
	} else if (type == CHANNEL_STOP) {
		stop(a);
	} else {
		return false;
	}
	return true;
}

static void
on_channel(EV_P_ ev_io *io, int events)
{
	struct analyst *a = io->data;

	if (!role_hear(handle_message, a)) {
		log_info("channel closed", NULL);
		ev_io_stop(EV_A_ io);
		stop(a);
	}
}

/* --- life ------------------------------------------------------------------------- */

static int
attach_rings(struct analyst *a)
{
	const struct channel_start *s = &a->role->start;
	const int *fds = a->role->fds;
	size_t at = 2, want = at + s->workers;
	int err;

	want += s->instance ? 1 : 2 * (size_t)(s->analysts - 1);
	if (a->role->nfds < want || s->workers > SHARED_WORKERS_MAX ||
	    s->analysts > SHARED_ANALYSTS_MAX)
		return ERR_INVALID;
	if ((err = io_set_nonblock(fds[1])) != OK)
		return err;
	for (unsigned i = 0; i < s->workers; i++)
		if ((err = ring_attach(fds[at++], -1, &a->worker[i])) != OK)
			return err;
	if (s->instance != 0)
		return ring_attach(fds[at], -1, &a->shard[0]);
	for (unsigned i = 1; i < s->analysts; i++, at += 2)
		if ((err = ring_attach(fds[at], fds[at + 1], &a->shard[i])) != OK)
			return err;
	return OK;
}

static int
open_outlet(struct analyst *a)
{
	const struct settings *s = &a->role->settings;
	struct spool_options o = {
	    .shard = a->role->start.instance,
	    .boot = a->role->start.boot,
	    .segment_bytes = (uint64_t)s->spool_segment_bytes,
	    .max_bytes = (uint64_t)s->spool_max_bytes,
	};

	return outlet_open(&a->outlet, a->role->fds[0], &o, &a->role->slot->metric);
}

static int
make_core(struct analyst *a)
{
	const struct role_start *r = a->role;
	struct intake_options io = {
	    .settings = &r->settings,
	    .workers = r->start.workers,
	    .history = &a->role->shared.history,
	    .metric = &a->role->slot->metric,
	    .sink = outlet_sink(&a->outlet),
	};
	struct forward_options fo = {
	    .line_bytes = (size_t)r->settings.finish_line_bytes,
	    .timeout_us = r->settings.finish_pending_timeout_s * INT64_C(1000000),
	    .shard = r->start.instance,
	    .to = a->shard,
	    .shards = r->start.analysts,
	    .keys = &a->keys,
	    .metric = &a->role->slot->metric,
	};
	int err = redactor_new(&r->redaction, &a->redactor);

	if (err == OK)
		err = line_keys_init(&a->keys, &r->line);
	/* each is where it is needed now; no second copy */
	crypto_wipe(&a->role->redaction, sizeof a->role->redaction);
	crypto_wipe(&a->role->line, sizeof a->role->line);
	io.redactor = a->redactor;
	if (err == OK)
		err = intake_new(&io, &a->intake);
	fo.intake = a->intake;
	if (err == OK)
		err = forward_new(&fo, &a->forward);
	return err;
}

static void
start_watchers(struct analyst *a)
{
	ev_io_init(&a->channel, on_channel, CHANNEL_FD, EV_READ);
	ev_io_init(&a->bell, on_wake, a->role->fds[1], EV_READ);
	ev_timer_init(&a->turn, on_turn, 0, TURN_S);
	ev_timer_init(&a->tick, on_tick, 0, TICK_S);
	a->channel.data = a->bell.data = a->turn.data = a->tick.data = a;
	ev_io_start(a->loop, &a->channel);
	ev_timer_again(a->loop, &a->turn);
}

/* A line sent to a socket that has been closed is lost. So we hang up, and read until HAProxy
 * closes; before the disk is waited for. */
static void
hear_out(struct analyst *a)
{
	int64_t end_us = clock_mono_us() + HANG_UP_US;
	int fds[FORWARD_CONNECTIONS_MAX];

	forward_hang_up(a->forward);
	for (;;) {
		struct pollfd readable[FORWARD_CONNECTIONS_MAX];
		int64_t left_us = end_us - clock_mono_us();
		size_t n = FORWARD_CONNECTIONS_MAX;

		forward_fds(a->forward, fds, &n);
		if (n == 0 || left_us <= 0)
			break;
		for (size_t i = 0; i < n; i++)
			readable[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
		(void)poll(readable, n, (int)(left_us / 1000) + 1);
		(void)turn_once(a);
	}
	forward_close(a->forward);
}

/* What is in hand goes to disk; requests still in flight are told as unfinished. */
static void
finish_all(struct analyst *a)
{
	int64_t now_us;

	for (int i = 0; i < STOP_TURNS && turn_once(a) > 0; i++)
		;
	hear_out(a);
	now_us = clock_wall_us();
	intake_drain(a->intake);
	flush_all(a, now_us);
	outlet_close(&a->outlet);
}

static void
tear_down(struct analyst *a)
{
	forward_free(a->forward);
	intake_free(a->intake);
	redactor_free(a->redactor);
	line_keys_wipe(&a->keys);
	crypto_wipe(&a->role->identity, sizeof a->role->identity);
	for (unsigned i = 0; i < SHARED_WORKERS_MAX; i++)
		if (a->worker[i].h)
			ring_detach(&a->worker[i]);
	for (unsigned i = 0; i < SHARED_ANALYSTS_MAX; i++)
		if (a->shard[i].h)
			ring_detach(&a->shard[i]);
}

int
analyst_main(void)
{
	static struct role_start role; /* large */
	static struct analyst a;
	int err;

	role_begin(ROLE_ANALYST, &role);
	a.role = &role;
	a.status = EXIT_RESTART;
	a.loop = ev_default_loop(EVFLAG_AUTO);
	if (!a.loop)
		return EXIT_HOPELESS;
	/* Confined before there is a second thread: not every kernel binds several at once. */
	if ((err = attach_rings(&a)) == OK && (err = make_core(&a)) == OK) {
		role_confine(&role);
		err = open_outlet(&a);
	}
	if (err != OK) {
		log_error("analyst cannot start", "error=\"%s\"", err_str(err));
		return err == ERR_IO ? EXIT_RESTART : EXIT_HOPELESS;
	}
	a.worked_ns = clock_mono_ns();
	a.flush_us = a.decisions_us = clock_wall_us();
	a.dropped = report_ring_dropped(&role.shared);
	report_restart(outlet_sink(&a.outlet), role.slot, clock_wall_us());
	/* The policy first: what it knows is not to be discovered anew. */
	if (!role_hear(handle_message, &a))
		return EXIT_ASKED;
	start_watchers(&a);
	role_heartbeat(a.loop, role.slot);
	if (channel_send(CHANNEL_FD, CHANNEL_READY, NULL, 0, NULL, 0) != OK)
		return EXIT_ASKED;
	ev_run(a.loop, 0);
	finish_all(&a);
	tear_down(&a);
	return a.status;
}
