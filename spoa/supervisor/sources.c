/*
 * Where bundles come from: a file that the operator names (looked at once a second and at
 * SIGHUP), else what the recorder fetches; at start, the last good one.
 */
#include "base/clock.h"
#include "base/log.h"
#include "supervisor/supervisor.h"

#define POLICY_LOOK_S 1.

/* rc: of a bundles_ function. */
static void
offered(struct supervisor *s, int rc)
{
	if (rc == OK)
		children_send_bundle(s);
	if (rc != ERR_EXISTS)
		supervisor_tell_status(s);
}

/*
 * Whether the file is another than the one looked at last, by nanoseconds: two bundles of
 * one size can be written into the same file within a second. Looked at before it is read,
 * so that what changes meanwhile is seen the next time.
 */
static bool
file_changed(struct supervisor *s)
{
	struct stat now, *seen = &s->policy_seen;
	bool same;

	if (s->settings.policy_file[0] == '\0' ||
	    stat(s->settings.policy_file, &now) != 0)
		return false;
	same = now.st_dev == seen->st_dev && now.st_ino == seen->st_ino &&
	    now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
	*seen = now;
	return !same;
}

void
sources_offer_file(struct supervisor *s)
{
	if (s->settings.policy_file[0] == '\0')
		return;
	(void)file_changed(s);
	offered(
	    s, bundles_offer_file(&s->bundles, s->settings.policy_file, clock_wall_us()));
}

void
sources_fetched(struct supervisor *s, int fd)
{
	/* a file that the operator names decides alone */
	if (s->settings.policy_file[0] == '\0')
		offered(
		    s, bundles_offer_fd(&s->bundles, fd, "database", clock_wall_us()));
}

static void
on_policy_look(EV_P_ ev_timer *w, int events)
{
	struct supervisor *s = w->data;

	if (file_changed(s))
		sources_offer_file(s);
}

void
sources_watch(struct supervisor *s)
{
	ev_timer_stop(s->loop, &s->policy_look);
	if (s->settings.policy_file[0] == '\0')
		return;
	ev_timer_init(&s->policy_look, on_policy_look, POLICY_LOOK_S, POLICY_LOOK_S);
	s->policy_look.data = s;
	ev_timer_start(s->loop, &s->policy_look);
}

/* The kept one first: its revision guards against older ones from other sources. */
void
sources_first(struct supervisor *s)
{
	int rc = bundles_restore(&s->bundles, clock_wall_us());

	if (rc == OK)
		log_info("last good bundle restored", NULL);
	if (s->settings.policy_file[0]) {
		(void)file_changed(s);
		rc = bundles_offer_file(
		    &s->bundles, s->settings.policy_file, clock_wall_us());
	}
	if (s->bundles.fd < 0)
		log_warn("no policy yet", "outcome=%s", s->settings.exceptions_no_policy);
}
