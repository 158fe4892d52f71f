/* What the agent's counters tell: each loss has a counter, and each counter a check. */
#include "control/ctl/doctor.h"
#include "control/ctl/metrics_text.h"

#define FEW 100 /* requests below which shares say nothing */
#define SHARE_WARN 0.001
#define SHARE_FAIL 0.01
#define EXPIRY_SOON_S (7 * 86400)

static void
share(struct doctor *d, enum doctor_check check, double part, double of, const char *what)
{
	double s = of > 0 ? part / of : 0;

	if (part > 0 && of < FEW)
		doctor_add(d, check, DOCTOR_WARN, "%.0f of %.0f %s", part, of, what);
	else if (s > SHARE_FAIL)
		doctor_add(
		    d, check, DOCTOR_FAIL, "%.2f %% %s (%.0f)", 100 * s, what, part);
	else if (s > SHARE_WARN)
		doctor_add(
		    d, check, DOCTOR_WARN, "%.2f %% %s (%.0f)", 100 * s, what, part);
	else
		doctor_pass(d, check, "%.0f of %.0f %s", part, of, what);
}

/* Warns when a counter is not zero. */
static void
none(struct doctor *d, enum doctor_check check, enum doctor_verdict verdict, double n,
    const char *what)
{
	if (n > 0)
		doctor_add(d, check, verdict, "%.0f %s", n, what);
}

static void
check_roles(struct doctor *d, const struct metrics_text *m)
{
	none(d, DR_AGENT_ROLES, DOCTOR_WARN, m->sum[M_DEATHS],
	    "roles ended unasked since the start");
	none(d, DR_AGENT_ROLES, DOCTOR_WARN, m->sum[M_STUCK],
	    "roles were killed because they hung");
	doctor_pass(d, DR_AGENT_ROLES, "none died");
	none(d, DR_AGENT_QUARANTINE, DOCTOR_WARN, m->sum[M_QUARANTINED],
	    "requests in quarantine");
	doctor_pass(d, DR_AGENT_QUARANTINE, "empty");
	if (m->sum[M_COLD_STARTS] > 0)
		doctor_add(d, DR_AGENT_COLD, DOCTOR_WARN,
		    "the agent began without the state of the run before (right after "
		    "installation, as it must)");
	doctor_pass(d, DR_AGENT_COLD, "state was kept");
}

static void
check_policy(struct doctor *d, const struct metrics_text *m, int64_t now_us)
{
	double expiry = m->most[M_BUNDLE_EXPIRY_S], now = (double)now_us / 1e6;

	none(d, DR_AGENT_POLICY, DOCTOR_WARN, m->sum[M_BUNDLES_REFUSED],
	    "bundles were refused");
	if (m->most[M_POLICY_REVISION] <= 0)
		doctor_add(d, DR_AGENT_POLICY, DOCTOR_FAIL, "no policy is in force");
	else if (m->least[M_POLICY_REVISION] < m->most[M_POLICY_REVISION])
		doctor_add(d, DR_AGENT_POLICY, DOCTOR_WARN,
		    "workers enforce revisions %.0f to %.0f", m->least[M_POLICY_REVISION],
		    m->most[M_POLICY_REVISION]);
	if (expiry > 0 && expiry < now)
		doctor_add(d, DR_AGENT_POLICY, DOCTOR_FAIL,
		    "the policy expired %.0f hours ago (and goes on being enforced)",
		    (now - expiry) / 3600);
	else if (expiry > 0 && expiry < now + EXPIRY_SOON_S)
		doctor_add(d, DR_AGENT_POLICY, DOCTOR_WARN,
		    "the policy expires in %.0f hours", (expiry - now) / 3600);
	doctor_pass(d, DR_AGENT_POLICY, "revision %.0f", m->most[M_POLICY_REVISION]);
}

static void
check_traffic(
    struct doctor *d, const struct settings *settings, const struct metrics_text *m)
{
	double decided = m->sum[M_DECISIONS], finished = m->sum[M_FINISH_LINES];
	double in_hand = m->sum[M_PENDING] + FEW;

	if (decided <= 0)
		doctor_add(
		    d, DR_AGENT_TRAFFIC, DOCTOR_WARN, "no request was decided yet");
	else
		doctor_pass(d, DR_AGENT_TRAFFIC, "%.0f requests decided", decided);
	if (!settings->agent_record) {
		doctor_skip_rest(d, "agent.un", "agent.record is no");
		return;
	}
	share(d, DR_AGENT_UNDECIDED, m->sum[M_FINISH_UNDECIDED], finished,
	    "finished requests without a verdict");
	if (decided > FEW && finished <= 0)
		doctor_add(d, DR_AGENT_UNFINISHED, DOCTOR_FAIL,
		    "%.0f requests were decided and not one finish line came", decided);
	else if (m->sum[M_PENDING_EXPIRED] > 0)
		share(d, DR_AGENT_UNFINISHED, m->sum[M_PENDING_EXPIRED], decided,
		    "decided requests whose finish line never came");
	else if (decided - finished > in_hand + decided * SHARE_FAIL)
		doctor_add(d, DR_AGENT_UNFINISHED, DOCTOR_WARN,
		    "%.0f requests decided, %.0f finish lines", decided, finished);
	doctor_pass(d, DR_AGENT_UNFINISHED, "%.0f finish lines for %.0f decisions",
	    finished, decided);
	none(d, DR_AGENT_FORGED, DOCTOR_FAIL, m->sum[M_FINISH_FORGED],
	    "finish lines with a wrong secret, MAC or age");
	none(d, DR_AGENT_FORGED, DOCTOR_WARN, m->sum[M_FINISH_REPLAYED],
	    "finish lines came twice");
	none(d, DR_AGENT_FORGED, DOCTOR_WARN, m->sum[M_FINISH_BAD],
	    "lines could not be read");
	doctor_pass(d, DR_AGENT_FORGED, "none");
}

static void
check_queues(struct doctor *d, const struct metrics_text *m)
{
	share(d, DR_AGENT_RING, m->sum[M_RING_DROPPED],
	    m->sum[M_RING_DROPPED] + m->sum[M_RING_RECORDS], "records were dropped");
	share(d, DR_AGENT_PENDING, m->sum[M_PENDING_EVICTED], m->sum[M_ANALYSED],
	    "requests gave way to newer ones");
	none(d, DR_AGENT_SPOP, DOCTOR_WARN, m->sum[M_SPOP_BAD_FRAMES],
	    "frames were refused");
	none(d, DR_AGENT_SPOP, DOCTOR_WARN, m->sum[M_SPOP_REFUSED],
	    "connections were refused");
	none(d, DR_AGENT_SPOP, DOCTOR_WARN, m->sum[M_SPOP_DISCONNECTS],
	    "times HAProxy ended a connection with an error");
	doctor_pass(d, DR_AGENT_SPOP, "%.0f connections", m->sum[M_SPOP_CONNECTIONS]);
	if (m->sum[M_WATCHED] > FEW && m->sum[M_TAPPED] <= 0)
		doctor_add(d, DR_AGENT_TAP, DOCTOR_WARN,
		    "%.0f requests were watched and no answer brought a tap",
		    m->sum[M_WATCHED]);
	none(d, DR_AGENT_INVENTORY, DOCTOR_WARN, m->sum[M_ENDPOINTS_OVERFLOW],
	    "requests found no room in the inventory");
	doctor_pass(d, DR_AGENT_INVENTORY, "%.0f endpoints", m->sum[M_ENDPOINTS]);
	doctor_pass(d, DR_AGENT_TAP, "%.0f watched, %.0f tapped", m->sum[M_WATCHED],
	    m->sum[M_TAPPED]);
}

static void
check_exceptions(struct doctor *d, const struct metrics_text *m)
{
	double decided = m->sum[M_DECISIONS];

	share(d, DR_AGENT_BODIES,
	    m->exception[EX_BODY_TRUNCATED] + m->exception[EX_BODY_UNDECODABLE], decided,
	    "requests with a body seen in part or not readable");
	for (int i = 0; i < EXCEPTIONS; i++) {
		const char *name = exception_name((enum exception_id)i);

		if (i == EX_BODY_TRUNCATED || i == EX_BODY_UNDECODABLE ||
		    i == EX_NO_VERDICT || m->exception[i] <= 0)
			continue;
		if (i == EX_INTERNAL || m->exception[i] > decided * SHARE_FAIL)
			doctor_add(d, DR_AGENT_EXCEPTIONS, DOCTOR_WARN,
			    "%s: %.0f of %.0f requests", name, m->exception[i], decided);
	}
	doctor_pass(d, DR_AGENT_EXCEPTIONS, "rare or none");
}

static void
check_recording(
    struct doctor *d, const struct settings *settings, const struct metrics_text *m)
{
	double lag = m->most[M_SHIP_LAG_S], bytes = m->sum[M_SPOOL_BYTES];
	double interval = (double)settings->recorder_ship_interval_s;

	none(d, DR_AGENT_SPOOL, DOCTOR_FAIL, m->sum[M_SPOOL_THINNED],
	    "records were given up for room");
	none(d, DR_AGENT_SPOOL, DOCTOR_FAIL, m->sum[M_SPOOL_ERRORS],
	    "writes to the spool failed");
	if (bytes > 0.8 * (double)settings->spool_max_bytes)
		doctor_add(d, DR_AGENT_SPOOL, DOCTOR_WARN, "%.0f of %lld bytes used",
		    bytes, (long long)settings->spool_max_bytes);
	doctor_pass(d, DR_AGENT_SPOOL, "%.0f bytes", bytes);
	if (settings->recorder_database[0] == 0) {
		doctor_add(
		    d, DR_AGENT_SHIPPING, DOCTOR_SKIP, "no database is configured");
		return;
	}
	if (m->seen[M_DATABASE_UP] && m->most[M_DATABASE_UP] <= 0)
		doctor_add(d, DR_AGENT_SHIPPING, DOCTOR_FAIL,
		    "the recorder is not connected to PostgreSQL");
	if (lag > 60 + 10 * interval)
		doctor_add(d, DR_AGENT_SHIPPING, lag > 3600 ? DOCTOR_FAIL : DOCTOR_WARN,
		    "PostgreSQL is %.0f s behind", lag);
	none(d, DR_AGENT_SHIPPING, DOCTOR_WARN, m->sum[M_SHIP_REFUSED],
	    "records were refused by the database and set aside");
	doctor_pass(d, DR_AGENT_SHIPPING, "%.0f s behind", lag);
}

void
doctor_agent_metrics(struct doctor *d, const struct settings *settings,
    struct span metrics, int64_t now_us)
{
	struct metrics_text m;

	metrics_text_read(metrics, &m);
	if (m.lines == 0) {
		doctor_add(
		    d, DR_AGENT, DOCTOR_FAIL, "the agent answered without a counter");
		return;
	}
	doctor_pass(d, DR_AGENT, "it answers");
	check_roles(d, &m);
	check_policy(d, &m, now_us);
	check_traffic(d, settings, &m);
	check_queues(d, &m);
	check_exceptions(d, &m);
	if (settings->agent_record)
		check_recording(d, settings, &m);
	doctor_skip_rest(d, "agent.s", "agent.record is no");
}
