/*
 * The recorder role: speaks to the supervisor over the channel and leaves everything else
 * to the shipper. Holds the database credentials (they stand in the settings or in libpq's
 * files), never a key, never a raw value.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "recorder/shipper.h"
#include "supervisor/role.h"

struct recorder {
	struct role_start start;
	struct shipper *shipper;
	struct ev_loop *loop;
	struct ev_io channel;
	char name[256];
};

/* What there is of counters and exceptions over all roles, as JSON. */
static void
counters_write(const struct shared *shared, struct buf *out)
{
	const struct metric_block *blocks[SHARED_ROLES_MAX];
	struct jsonw w;

	for (unsigned i = 0; i < SHARED_ROLES_MAX; i++)
		blocks[i] = &shared->role[i].metric;
	jsonw_init(&w, out);
	jsonw_object(&w);
	metric_put_json(blocks, SHARED_ROLES_MAX, false, &w);
	jsonw_key(&w, "exceptions");
	jsonw_object(&w);
	exception_put_json(blocks, SHARED_ROLES_MAX, false, &w);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
}

/* The policy in force is the oldest that a worker has. */
static uint64_t
revision_in_force(const struct recorder *r)
{
	uint64_t lowest = UINT64_MAX;

	for (unsigned i = 0; i < r->start.start.workers; i++) {
		const struct shared_role *w =
		    &r->start.shared.role[shared_role_index(ROLE_WORKER, i)];
		uint64_t revision = metric_get(&w->metric, M_POLICY_REVISION);

		if (atomic_load(&w->pid) != 0 && revision < lowest)
			lowest = revision;
	}
	return lowest == UINT64_MAX ? 0 : lowest;
}

static void
describe(void *ctx, struct shipper_agent *out)
{
	const struct recorder *r = ctx;
	const struct metric_block *supervisor =
	    &r->start.shared.role[shared_role_index(ROLE_SUPERVISOR, 0)].metric;

	out->revision = revision_in_force(r);
	out->cold_starts = metric_get(supervisor, M_COLD_STARTS);
	out->deaths = metric_get(supervisor, M_DEATHS);
	if (out->counters)
		counters_write(&r->start.shared, out->counters);
}

/* The supervisor verifies; here it is only bytes. */
static void
fetched(void *ctx, uint64_t revision, struct span bundle)
{
	int fd, err;

	err = io_memfd_sealed("yett-bundle", bundle, &fd);
	if (err == OK) {
		err = channel_send(CHANNEL_FD, CHANNEL_FETCHED, NULL, 0, &fd, 1);
		close(fd);
	}
	if (err)
		log_error("bundle cannot be handed on", "revision=%llu error=\"%s\"",
		    (unsigned long long)revision, err_str(err));
}

static void
status(void *ctx, bool database_up, uint64_t revision_known)
{
	struct channel_status body = {revision_known, database_up};
	int err = channel_send(CHANNEL_FD, CHANNEL_STATUS, &body, sizeof(body), NULL, 0);

	if (err)
		log_debug("status not sent", "error=\"%s\"", err_str(err));
}

static void
settings_reload(struct recorder *r, int fd)
{
	static struct settings fresh; /* large */

	if (role_reload(fd, &fresh) == OK && r->shipper)
		shipper_set_times(r->shipper, fresh.recorder_ship_interval_s * 1000,
		    fresh.spool_keep_s * 1000000, fresh.recorder_retry_max_s * 1000,
		    fresh.recorder_poll_s * 1000);
}

static bool
handle_message(void *ctx, enum channel_type type, struct span body, int *fds, size_t nfds)
{
	struct recorder *r = ctx;

	if (type == CHANNEL_STOP)
		ev_break(r->loop, EVBREAK_ALL);
	else if (type == CHANNEL_RELOAD && nfds == 1)
		settings_reload(r, fds[0]);
	else
		return false;
	return true;
}

static void
channel_cb(struct ev_loop *loop, struct ev_io *w, int events)
{
	if (!role_hear(handle_message, w->data))
		ev_break(loop, EVBREAK_ALL);
}

static int
shipper_start(struct recorder *r)
{
	const struct settings *s = &r->start.settings;
	struct shipper_options o = {.conninfo = s->recorder_database,
	    .agent = r->name,
	    .environment = s->agent_environment,
	    .version = YETT_VERSION,
	    .boot = r->start.start.boot,
	    .started_us = clock_wall_us(),
	    .state_dir = r->start.fds[0],
	    .shards = r->start.start.analysts,
	    .ship_interval_ms = s->recorder_ship_interval_s * 1000,
	    .keep_us = s->spool_keep_s * 1000000,
	    .retry_max_ms = s->recorder_retry_max_s * 1000,
	    .poll_ms = s->recorder_poll_s * 1000,
	    .batch_records = (size_t)s->recorder_batch_records,
	    .metric = &r->start.slot->metric,
	    .describe = describe,
	    .fetched = fetched,
	    .status = status,
	    .ctx = r};

	return shipper_new(r->loop, &o, &r->shipper);
}

static void
name_set(struct recorder *r)
{
	const char *name = r->start.settings.agent_name;

	if (*name)
		memcpy(r->name, name, strnlen(name, sizeof(r->name) - 1));
	else if (gethostname(r->name, sizeof(r->name) - 1) != 0)
		memcpy(r->name, "gateway", sizeof("gateway"));
}

int
recorder_main(void)
{
	static struct recorder r;
	int err = OK;

	role_begin(ROLE_RECORDER, &r.start);
	name_set(&r);
	r.loop = ev_default_loop(EVFLAG_AUTO);
	if (!r.loop)
		return EXIT_HOPELESS;
	ev_io_init(&r.channel, channel_cb, CHANNEL_FD, EV_READ);
	r.channel.data = &r;
	ev_io_start(r.loop, &r.channel);
	/* Without a database the spool fills and thins; there is nothing to do here. */
	if (*r.start.settings.recorder_database)
		err = shipper_start(&r);
	if (err) {
		log_error("recorder cannot start", "error=\"%s\"", err_str(err));
		return EXIT_RESTART;
	}
	role_confine(&r.start);
	role_heartbeat(r.loop, r.start.slot);
	err = channel_send(CHANNEL_FD, CHANNEL_READY, NULL, 0, NULL, 0);
	if (err == OK)
		ev_run(r.loop, 0);
	shipper_free(r.shipper);
	return EXIT_ASKED;
}
