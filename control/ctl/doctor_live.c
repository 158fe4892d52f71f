/* What a running HAProxy says of itself: `show info` and `show stat`. Pure. */
#include "control/ctl/doctor.h"

#include <stdio.h>
#include <stdlib.h>

/* Versions whose SPOE is known to fail, and the first that does not. Sources: haproxy/haproxy
 * issues 3290, 3478 and the commits of SPOE since 3.1. */
static const struct {
	unsigned branch, first, fixed; /* 3.1.0 to before 3.1.8 */
	enum doctor_verdict verdict;
	const char *what;
} known[] = {
    {301, 0, 8, DOCTOR_WARN, "loses answers while connections close, and empty ones"},
    {302, 0, 14, DOCTOR_WARN, "requests can stay in the agent's queue (issue 3290)"},
};

/* The value of "key: value" in `show info`. */
static struct span
info_value(struct span info, const char *key)
{
	while (!span_absent(info)) {
		struct span line = span_cut(&info, '\n'), rest = line,
			    name = span_cut(&rest, ':');

		if (!span_absent(rest) && span_eq(span_trim(name), span_str(key)))
			return span_trim(rest);
	}
	return SPAN_NONE;
}

/* "2.6.12-1+deb12u4" as 206 and 12. */
static unsigned
read_version(struct span text, unsigned *patch)
{
	char s[32];
	char *end;
	unsigned long major, minor;

	*patch = 0;
	snprintf(
	    s, sizeof s, "%.*s", (int)(text.n < 31 ? text.n : 31), text.n ? text.p : "");
	major = strtoul(s, &end, 10);
	if (*end != '.')
		return 0;
	minor = strtoul(end + 1, &end, 10);
	if (*end == '.')
		*patch = (unsigned)strtoul(end + 1, NULL, 10);
	return (unsigned)(major * 100 + minor);
}

static void
check_version(struct doctor *d, struct span text, unsigned *version)
{
	unsigned patch;

	*version = read_version(text, &patch);
	if (*version == 0)
		return;
	if (*version < 206)
		doctor_add(d, DR_HAPROXY_VERSION, DOCTOR_FAIL,
		    "HAProxy %.*s is older than 2.6, the oldest that Yett is tested with",
		    (int)text.n, text.p);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (*version == known[i].branch && patch >= known[i].first &&
		    patch < known[i].fixed)
			doctor_add(d, DR_HAPROXY_VERSION, known[i].verdict,
			    "HAProxy %.*s %s", (int)text.n, text.p, known[i].what);
	}
	doctor_pass(d, DR_HAPROXY_VERSION, "HAProxy %.*s", (int)text.n, text.p);
}

static void
check_dropped(struct doctor *d, struct span info)
{
	struct span dropped = info_value(info, "DroppedLogs");
	uint64_t n;

	if (span_absent(dropped) || span_u64(dropped, &n) != OK)
		doctor_add(
		    d, DR_HAPROXY_LOGS, DOCTOR_SKIP, "this HAProxy does not count them");
	else if (n > 0)
		doctor_add(d, DR_HAPROXY_LOGS, DOCTOR_WARN, "%llu since it started",
		    (unsigned long long)n);
	else
		doctor_pass(
		    d, DR_HAPROXY_LOGS, "none (rings and UDP lose lines uncounted)");
}

/* Field k of a line of CSV without quotes (names and states have none). */
static struct span
csv_field(struct span line, unsigned k)
{
	struct span field = SPAN_NONE;

	for (unsigned i = 0; i <= k && !span_absent(line); i++)
		field = span_cut(&line, ',');
	return field;
}

static void
check_servers(struct doctor *d, const char *backend, struct span stat)
{
	unsigned up = 0, down = 0;

	while (!span_absent(stat)) {
		struct span line = span_cut(&stat, '\n');
		struct span server = csv_field(line, 1), state = csv_field(line, 17);
		bool is_up =
		    span_eq(state, SPAN("UP")) || span_eq(state, SPAN("no check"));

		if (!span_eq(csv_field(line, 0), span_str(backend)) ||
		    span_absent(state) || span_eq(server, SPAN("FRONTEND")) ||
		    span_eq(server, SPAN("BACKEND")))
			continue;
		up += is_up;
		down += !is_up;
		if (!is_up) /* "UP 1/2": its checks have begun to fail */
			doctor_add(d, DR_HAPROXY_UP,
			    span_starts(state, SPAN("UP ")) ? DOCTOR_WARN : DOCTOR_FAIL,
			    "server %s/%.*s is %.*s", backend, (int)server.n, server.p,
			    (int)state.n, state.p);
	}
	if (up + down == 0)
		doctor_add(d, DR_HAPROXY_UP, DOCTOR_FAIL,
		    "HAProxy knows no backend %s: reload it", backend);
	doctor_pass(d, DR_HAPROXY_UP, "%u up", up);
}

void
doctor_haproxy_info(struct doctor *d, struct span info, const char *spoe_backend,
    struct span stat, unsigned *version)
{
	check_version(d, info_value(info, "Version"), version);
	check_dropped(d, info);
	if (spoe_backend)
		check_servers(d, spoe_backend, stat);
	else
		doctor_add(d, DR_HAPROXY_UP, DOCTOR_SKIP,
		    "the configuration says which backend is the agent's: add "
		    "--haproxy-cfg");
}
