/*
 * The worker: one process, one loop, one SPOP server, one engine in use. It touches no
 * file, no network but its sockets; what it knows it was handed by the supervisor.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/derive.h"
#include "supervisor/role.h"
#include "worker/decide.h"
#include "worker/policy.h"
#include "worker/server.h"

/* Part of supervisor.stop_timeout_ms over which connections are spread, and the whole of it
 * after which we go with connections open. */
#define DRAIN_SHARE 0.6
#define DRAIN_LIMIT_SHARE 0.9
/* The supervisor does nothing but take what we hand over. */
#define GIVE_LIMIT_MS 1000

struct worker {
	struct role_start *role;
	struct ev_loop *loop;
	struct server *server;
	struct decider decider;
	struct engine_options options;
	struct policy *policy; /* in use */
	int wanted_fd; /* newest bundle asked for, -1: none; a copy of ours */
	struct preparer *preparer;
	struct ring ring[SHARED_ANALYSTS_MAX];
	ev_io channel;
	ev_timer stop_limit;
	ev_prepare turn;
	bool serves;
	int status; /* exit code */
};

/* --- policies --------------------------------------------------------------------- */

static int
engine_options_set(struct worker *w)
{
	const struct settings *s = &w->role->settings;
	struct engine_options *o = &w->options;
	const char *which;
	const struct secret *secret;
	int err;

	secret = keyring_current(&w->role->identity, clock_wall_us());
	if (secret == NULL)
		return ERR_NOTFOUND;
	if ((err = derive_identity_key(secret, o->identity_key)) != OK)
		return err;
	o->headers_max = (unsigned)s->request_headers_max;
	o->body = (struct body_limits){
	    .depth = (unsigned)s->request_body_depth,
	    .fields = (unsigned)s->request_body_fields,
	    .inflate_bytes = (size_t)s->request_inflate_bytes,
	    .inflate_ratio = (unsigned)s->request_inflate_ratio,
	};
	if ((err = exception_policy_parse(s, &o->exceptions, &which)) != OK) {
		log_error("exception outcome refused", "key=%s", which);
		return err;
	}
	o->limits = &w->role->shared.limits;
	o->history = &w->role->shared.history;
	/* With affinity all of an identity is here; without, a share of it. */
	o->gateways = 1;
	if (strcmp(s->state_affinity, "none") == 0) {
		o->gateways = (unsigned)s->state_gateways;
		o->histories_partial = o->gateways > 1;
	}
	return OK;
}

/* Whether the supervisor has turned bodies off after too many deaths. */
static bool
bodies_off(const struct worker *w)
{
	uint64_t until = atomic_load_explicit(
	    &w->role->shared.quarantine->bodies_off_until_us, memory_order_relaxed);

	return until != 0 && (int64_t)until > clock_wall_us();
}

static void remake_policy(struct worker *w);

static void
want(struct worker *w, int fd)
{
	if (w->wanted_fd >= 0)
		close(w->wanted_fd);
	w->wanted_fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
}

static void
retire(struct worker *w, struct policy *p)
{
	if (w->preparer != NULL)
		preparer_retire(w->preparer, p);
	else
		policy_free(p);
}

/* Swaps the pointer. A refused policy changes nothing and says why. */
static void
use_policy(void *ctx, struct policy *p)
{
	struct worker *w = ctx;
	struct policy *old = w->policy;

	if (p->engine == NULL) {
		log_error("bundle refused", "revision=%llu in_force=%llu reason=\"%s\"",
		    (unsigned long long)p->revision,
		    (unsigned long long)(old ? old->revision : 0), p->error.text);
		want(w, old ? old->fd : -1);
		retire(w, p);
		return;
	}
	if (old != NULL && p->revision < old->revision) {
		/* made of an older bundle for new options, overtaken by a newer one */
		retire(w, p);
		want(w, old->fd);
		remake_policy(w);
		return;
	}
	decide_use(&w->decider, p->engine, p->revision);
	w->policy = p;
	if (p->revision != 0) {
		metric_add(&w->role->slot->metric, M_POLICY_SWAPS, 1);
		log_info("policy in use", "revision=%llu bytes=%zu",
		    (unsigned long long)p->revision, p->bytes);
	}
	retire(w, old);
}

/* fd: the bundle (-1: none), ours from now on. Before the thread runs the policy is made on
 * the spot: nobody waits yet, and requests must not pass without the policy because we have
 * just been restarted. */
static void
make_policy(struct worker *w, int fd)
{
	struct policy *p;

	if (w->policy != NULL)
		w->options.now_floor_us = engine_now_us(w->policy->engine);
	w->options.bodies_off = bodies_off(w);
	if (w->preparer != NULL)
		preparer_submit(w->preparer, fd, &w->options);
	else if ((p = policy_make(fd, &w->options)) != NULL)
		use_policy(w, p);
}

static void
take_bundle(struct worker *w, int fd)
{
	want(w, fd);
	make_policy(w, fd);
}

/* The newest bundle with other options. */
static void
remake_policy(struct worker *w)
{
	make_policy(w, w->wanted_fd >= 0 ? fcntl(w->wanted_fd, F_DUPFD_CLOEXEC, 0) : -1);
}

/* --- the channel ------------------------------------------------------------------ */

static void
on_drained(void *ctx)
{
	struct worker *w = ctx;

	ev_break(w->loop, EVBREAK_ALL);
}

/* Descriptors on their way are counted against us until they are taken: the queue may be
 * full for a moment. */
static void
tell_all(enum channel_type type, const int *fds, size_t n)
{
	struct pollfd writable = {.fd = CHANNEL_FD, .events = POLLOUT};
	int err = channel_send(CHANNEL_FD, type, NULL, 0, fds, n);

	while (err == ERR_AGAIN && poll(&writable, 1, GIVE_LIMIT_MS) > 0)
		err = channel_send(CHANNEL_FD, type, NULL, 0, fds, n);
	if (err != OK)
		log_warn("connections not handed over", "connections=%zu error=\"%s\"", n,
		    err_str(err));
}

static void
on_given(void *ctx, const int *fds, size_t n)
{
	tell_all(CHANNEL_CONNECTIONS, fds, n);
}

static void
on_handed_over(void *ctx)
{
	struct worker *w = ctx;

	tell_all(CHANNEL_HANDED_OVER, NULL, 0);
	ev_break(w->loop, EVBREAK_ALL);
}

/* hand_over: connections that a successor takes. */
static void
stop(struct worker *w, unsigned hand_over)
{
	double limit = (double)w->role->settings.supervisor_stop_timeout_ms / 1e3;
	const struct server_heir heir = {w, hand_over, on_given, on_handed_over};

	if (ev_is_active(&w->stop_limit))
		return;
	log_info(hand_over ? "handing over" : "draining", "connections=%u",
	    server_connections(w->server));
	w->status = EXIT_ASKED;
	w->stop_limit.repeat = limit * DRAIN_LIMIT_SHARE;
	ev_timer_again(w->loop, &w->stop_limit);
	if (hand_over)
		server_hand_over(w->server, limit * DRAIN_SHARE, &heir);
	else
		server_drain(w->server, limit * DRAIN_SHARE, on_drained, w);
}

static void
on_stop_limit(EV_P_ ev_timer *t, int events)
{
	struct worker *w = t->data;

	log_warn("stopping with connections open", "connections=%u",
	    server_connections(w->server));
	ev_break(EV_A_ EVBREAK_ALL);
}

static void
reload(struct worker *w, int fd)
{
	static struct settings fresh; /* large */
	struct server_options o;

	if (role_reload(fd, &fresh) != OK)
		return;
	w->role->settings = fresh;
	o = server_options_from(&fresh);
	server_set_options(w->server, &o);
	decide_reload(&w->decider, &fresh);
	if (engine_options_set(w) == OK)
		remake_policy(w);
}

/* Until now a predecessor may have written to our part of shared memory. */
static void
serve(struct worker *w)
{
	if (w->serves)
		return;
	w->serves = true;
	role_heartbeat(w->loop, w->role->slot);
	server_listen(w->server, w->role->fds[0]);
}

static void
inherit(struct worker *w, int *fds, size_t n)
{
	unsigned refused = 0;

	for (size_t i = 0; i < n; i++) {
		refused += server_adopt(w->server, fds[i], true) != OK;
		fds[i] = -1; /* it is the server's, or closed */
	}
	if (refused)
		log_warn("connections refused", "connections=%u", refused);
}

static bool
handle_message(void *ctx, enum channel_type type, struct span body, int *fds, size_t nfds)
{
	struct worker *w = ctx;
	struct channel_stop how = {0};

	if (type == CHANNEL_BUNDLE && nfds == 1) {
		take_bundle(w, fds[0]);
		fds[0] = -1;
	} else if (type == CHANNEL_RELOAD && nfds == 1) {
		reload(w, fds[0]);
	} else if (type == CHANNEL_CONNECTIONS) {
		inherit(w, fds, nfds);
	} else if (type == CHANNEL_SERVE && nfds == 0) {
		serve(w);
	} else if (type == CHANNEL_STOP && (body.n == 0 || body.n == sizeof(how))) {
		if (body.n != 0)
			memcpy(&how, body.p, sizeof(how));
		stop(w, how.hand_over);
	} else {
		return false;
	}
	return true;
}

static void
on_channel(EV_P_ ev_io *io, int events)
{
	struct worker *w = io->data;

	if (!role_hear(handle_message, w)) {
		log_info("channel closed", NULL);
		ev_io_stop(EV_A_ io);
		w->status = EXIT_ASKED;
		ev_break(EV_A_ EVBREAK_ALL);
	}
}

/* --- life ------------------------------------------------------------------------- */

static int
attach_rings(struct worker *w)
{
	const struct role_start *r = w->role;
	int err;

	if (!r->settings.agent_record)
		return OK;
	if (r->nfds < 1 + 2 * (size_t)r->start.analysts)
		return ERR_INVALID;
	for (unsigned i = 0; i < r->start.analysts; i++)
		if ((err = ring_attach(
			 r->fds[1 + 2 * i], r->fds[2 + 2 * i], &w->ring[i])) != OK)
			return err;
	return OK;
}

/* Everything that can fail. */
static int
set_up(struct worker *w)
{
	struct role_start *r = w->role;
	struct server_options so = server_options_from(&r->settings);
	const struct server_handler handler = {
	    .ctx = &w->decider,
	    .batch = decide_batch,
	    .notify = decide_notify,
	    .batch_end = decide_batch_end,
	};
	int err;

	if (r->nfds < 1)
		return ERR_INVALID;
	if ((err = attach_rings(w)) != OK || (err = engine_options_set(w)) != OK)
		return err;
	err =
	    decide_init(&w->decider, &r->settings, &r->shared, r->slot, r->start.instance,
		w->ring, r->settings.agent_record ? r->start.analysts : 0, &r->line);
	if (err != OK)
		return err;
	return server_new(w->loop, &so, &handler, &r->slot->metric, &w->server);
}

/* Before each wait: crash mode has begun or ended. */
static void
on_turn(EV_P_ ev_prepare *p, int events)
{
	struct worker *w = p->data;

	if (bodies_off(w) != w->options.bodies_off)
		remake_policy(w);
}

/* What the supervisor sent behind START: the policy must be in force before the first
 * request is read. */
static int
take_first_policy(struct worker *w)
{
	if (!role_hear(handle_message, w))
		return ERR_CLOSED;
	if (w->policy == NULL)
		take_bundle(w, -1);
	return w->policy != NULL ? OK : ERR_INVALID;
}

static void
start_watchers(struct worker *w)
{
	ev_timer_init(&w->stop_limit, on_stop_limit, 0, 1);
	ev_io_init(&w->channel, on_channel, CHANNEL_FD, EV_READ);
	ev_prepare_init(&w->turn, on_turn);
	w->stop_limit.data = w->channel.data = w->turn.data = w;
	ev_io_start(w->loop, &w->channel);
	ev_prepare_start(w->loop, &w->turn);
}

static void
tear_down(struct worker *w)
{
	preparer_stop(w->preparer);
	server_free(w->server);
	decide_fini(&w->decider);
	policy_free(w->policy);
	for (unsigned i = 0; i < SHARED_ANALYSTS_MAX; i++)
		if (w->ring[i].h != NULL)
			ring_detach(&w->ring[i]);
}

int
worker_main(void)
{
	static struct role_start role; /* large */
	static struct worker w;
	int err;

	role_begin(ROLE_WORKER, &role);
	w.role = &role;
	w.status = EXIT_RESTART;
	w.wanted_fd = -1;
	w.loop = ev_default_loop(EVFLAG_AUTO);
	if (w.loop == NULL)
		return EXIT_HOPELESS;
	if ((err = set_up(&w)) != OK) {
		log_error("worker cannot start", "error=\"%s\"", err_str(err));
		return EXIT_HOPELESS;
	}
	start_watchers(&w);
	err = take_first_policy(&w);
	role_confine(&role); /* before the thread, which then has the same filter */
	if (err == OK)
		err = preparer_start(w.loop, use_policy, &w, &w.preparer);
	if (err == OK)
		err = channel_send(CHANNEL_FD, CHANNEL_READY, NULL, 0, NULL, 0);
	if (err != OK) {
		log_error("worker cannot start", "error=\"%s\"", err_str(err));
		tear_down(&w);
		return err == ERR_CLOSED ? EXIT_ASKED : EXIT_RESTART;
	}
	ev_run(w.loop, 0);
	tear_down(&w);
	return w.status;
}
