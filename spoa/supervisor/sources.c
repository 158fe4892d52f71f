/*
 * Where bundles come from: a file that the operator names (looked at once a second and at
 * SIGHUP), else what the recorder fetches; at start, the last good one.
 */
#include "base/clock.h"
#include "base/log.h"
#include "supervisor/supervisor.h"

#define POLICY_STAT_S 1.

/* rc: of a bundles_ function. */
static void
offered(struct supervisor *s, int rc)
{
	if (rc == OK)
		children_send_bundle(s);
	if (rc != ERR_EXISTS)
		supervisor_tell_status(s);
}

void
sources_offer_file(struct supervisor *s)
{
	if (s->settings.policy_file[0])
		offered(s,
		    bundles_offer_file(
			&s->bundles, s->settings.policy_file, clock_wall_us()));
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
on_policy_file(EV_P_ ev_stat *w, int events)
{
	if (w->attr.st_nlink)
		sources_offer_file(w->data);
}

void
sources_watch(struct supervisor *s)
{
	ev_stat_stop(s->loop, &s->policy_file);
	if (s->settings.policy_file[0] == '\0')
		return;
	ev_stat_init(
	    &s->policy_file, on_policy_file, s->settings.policy_file, POLICY_STAT_S);
	s->policy_file.data = s;
	ev_stat_start(s->loop, &s->policy_file);
}

/* The kept one first: its revision guards against older ones from other sources. */
void
sources_first(struct supervisor *s)
{
	int rc = bundles_restore(&s->bundles, clock_wall_us());

	if (rc == OK)
		log_info("last good bundle restored", NULL);
	if (s->settings.policy_file[0])
		rc = bundles_offer_file(
		    &s->bundles, s->settings.policy_file, clock_wall_us());
	if (s->bundles.fd < 0)
		log_warn("no policy yet", "outcome=%s", s->settings.exceptions_no_policy);
}
