/* Checks of the SPOE file and of the backend that leads to the agent (spoe.md's rules). */
#include "control/ctl/doctor.h"

#include <stdio.h>
#include <stdlib.h>

#define PROCESSING_MOST_MS 100 /* above: a dead agent is felt */
#define PROCESSING_WRONG_MS 1000

static const struct haproxy_section *
our_agent(const struct doctor_haproxy *h)
{
	return h->spoe ? haproxy_section(h->spoe, "spoe-agent", NULL) : NULL;
}

static void
check_groups(
    struct doctor *d, const struct doctor_haproxy *h, const struct haproxy_section *s)
{
	unsigned sent = 0;

	for (unsigned k = 0; k < s->lines; k++) {
		const struct haproxy_line *l = &s->line[k];
		unsigned at = haproxy_line_is(l, "http-request", "send-spoe-group", NULL)
		    ? 2
		    : haproxy_line_is(l, "tcp-request", "content", "send-spoe-group") ? 3
		    : haproxy_line_is(l, "http-response", "send-spoe-group", NULL)    ? 2
										      : 0;

		if (at == 0 || l->words < at + 2 || strcmp(l->word[at], h->engine) != 0)
			continue;
		sent += strcmp(l->word[0], "http-response") != 0;
		if (h->spoe && !haproxy_section(h->spoe, "spoe-group", l->word[at + 1]))
			doctor_add(d, DR_SPOE_FILE, DOCTOR_FAIL,
			    "%s:%u sends group %s, which %s does not have", s->file,
			    l->number, l->word[at + 1], h->spoe_file);
	}
	if (sent == 0)
		doctor_add(d, DR_FILTER, DOCTOR_FAIL,
		    "%s %s has the filter and no `http-request send-spoe-group %s …`: "
		    "nothing is sent",
		    s->kind, s->name, h->engine);
}

static void
check_frontends(struct doctor *d, const struct doctor_haproxy *h)
{
	unsigned with = 0;

	for (unsigned i = 0; i < h->conf->sections; i++) {
		const struct haproxy_section *s = &h->conf->section[i];
		const struct haproxy_line *mode;

		if (!haproxy_is_frontend(s))
			continue;
		if (doctor_is_filtered(h, s)) {
			with++;
			check_groups(d, h, s);
			continue;
		}
		mode = haproxy_find(s, "mode", NULL, NULL);
		if (mode && mode->words > 1 && strcmp(mode->word[1], "http") == 0 &&
		    !haproxy_find_own(s, "stats", "enable", NULL) &&
		    !haproxy_find_own(s, "http-request", "use-service", NULL) &&
		    !strstr(s->name, "yett"))
			doctor_add(d, DR_FILTER, DOCTOR_WARN, "%s %s is not inspected",
			    s->kind, s->name);
	}
	if (with > 0)
		doctor_pass(d, DR_FILTER, "%u frontend%s sent to the agent", with,
		    with == 1 ? " is" : "s are");
}

/* scope.prefix.name may not be longer than 63 bytes, and we read txn.yett. */
static void
check_prefix(struct doctor *d, const struct haproxy_section *agent)
{
	const struct haproxy_line *l = haproxy_find(agent, "option", "var-prefix", NULL);
	const char *prefix = l && l->words > 2 ? l->word[2] : agent->name;

	if (strcmp(prefix, "yett") == 0)
		doctor_pass(d, DR_VAR_PREFIX, "verdicts are txn.yett.…");
	else
		doctor_add(d, DR_VAR_PREFIX, DOCTOR_FAIL,
		    "verdicts become txn.%s.…, and rules test txn.yett.…", prefix);
}

static void
check_options(
    struct doctor *d, const struct doctor_haproxy *h, const struct haproxy_section *a)
{
	bool frag = false;

	for (unsigned k = 0; k < a->lines; k++)
		frag |= haproxy_line_is(&a->line[k], "no", "option", "send-frag-payload");
	if (frag || h->version >= 301)
		doctor_pass(d, DR_FRAGMENTS, frag ? "off" : "this HAProxy has none");
	else
		doctor_add(d, DR_FRAGMENTS, DOCTOR_FAIL,
		    "%s leaves send-frag-payload on (HAProxy before 3.1)", a->file);
	if (haproxy_find(a, "option", "continue-on-error", NULL))
		doctor_pass(d, DR_CONTINUE, "set");
	else
		doctor_add(d, DR_CONTINUE, DOCTOR_FAIL, "%s lacks it", a->file);
	if (haproxy_find(a, "option", "set-on-error", NULL))
		doctor_pass(d, DR_ERROR_VAR, "set");
	else
		doctor_add(d, DR_ERROR_VAR, DOCTOR_WARN, "%s lacks it", a->file);
	if (haproxy_find(a, "log", NULL, NULL))
		doctor_pass(d, DR_SPOE_LOG, "set");
	else
		doctor_add(d, DR_SPOE_LOG, DOCTOR_WARN, "%s has no log line", a->file);
	if (haproxy_find(a, "maxerrrate", NULL, NULL))
		doctor_add(d, DR_RATE_CAPS, DOCTOR_FAIL, "%s has maxerrrate", a->file);
	if (haproxy_find(a, "maxconnrate", NULL, NULL))
		doctor_add(d, DR_RATE_CAPS, DOCTOR_WARN, "%s has maxconnrate", a->file);
	doctor_pass(d, DR_RATE_CAPS, "none");
}

static void
check_processing(struct doctor *d, const struct haproxy_section *a)
{
	const struct haproxy_line *l = haproxy_find(a, "timeout", "processing", NULL);
	int64_t ms = l && l->words > 2 ? haproxy_time_ms(l->word[2]) : -1;

	if (ms < 0)
		doctor_add(d, DR_PROCESSING, DOCTOR_FAIL, "%s has no timeout processing",
		    a->file);
	else if (ms > PROCESSING_MOST_MS)
		doctor_add(d, DR_PROCESSING,
		    ms > PROCESSING_WRONG_MS ? DOCTOR_FAIL : DOCTOR_WARN,
		    "%s: %lld ms for every request while the agent hangs", a->file,
		    (long long)ms);
	else
		doctor_pass(d, DR_PROCESSING, "%lld ms", (long long)ms);
}

/* HAProxy must close idle connections before the agent does (spop.idle_timeout_s). */
static void
check_idle(
    struct doctor *d, const struct doctor_haproxy *h, const struct haproxy_section *a)
{
	const struct haproxy_line *l = haproxy_find(a, "timeout", "idle", NULL);
	int64_t ms = l && l->words > 2 ? haproxy_time_ms(l->word[2]) : -1;

	if (ms > 0 && ms >= h->settings->spop_idle_timeout_s * 1000)
		doctor_add(d, DR_TIMEOUTS, DOCTOR_WARN,
		    "timeout idle %lld ms of %s is not below spop.idle_timeout_s (%lld "
		    "s)",
		    (long long)ms, a->file, (long long)h->settings->spop_idle_timeout_s);
}

static void
check_messages(struct doctor *d, const struct doctor_haproxy *h)
{
	for (unsigned i = 0; i < h->spoe->sections; i++) {
		const struct haproxy_section *s = &h->spoe->section[i];
		const struct haproxy_line *l;

		if (strcmp(s->kind, "spoe-group") == 0 &&
		    (l = haproxy_find_own(s, "messages", NULL, NULL))) {
			for (unsigned w = 1; w < l->words; w++) {
				if (!haproxy_section(h->spoe, "spoe-message", l->word[w]))
					doctor_add(d, DR_SPOE_FILE, DOCTOR_FAIL,
					    "group %s names message %s, which is not "
					    "there",
					    s->name, l->word[w]);
			}
		}
		if (strcmp(s->kind, "spoe-message") == 0 &&
		    (l = haproxy_find_own(s, "event", NULL, NULL)))
			doctor_add(d, DR_EVENTS, DOCTOR_WARN,
			    "message %s is sent by event %s, before any http-request "
			    "rule",
			    s->name, l->words > 1 ? l->word[1] : "");
	}
	doctor_pass(d, DR_EVENTS, "none");
}

void
doctor_haproxy_spoe(struct doctor *d, const struct doctor_haproxy *h)
{
	const struct haproxy_section *agent = our_agent(h);

	check_frontends(d, h);
	if (h->spoe == NULL) {
		doctor_add(
		    d, DR_SPOE_FILE, DOCTOR_FAIL, "%s cannot be read", h->spoe_file);
		return;
	}
	if (agent == NULL) {
		doctor_add(
		    d, DR_SPOE_FILE, DOCTOR_FAIL, "%s has no spoe-agent", h->spoe_file);
		return;
	}
	check_messages(d, h);
	doctor_pass(d, DR_SPOE_FILE, "%s", h->spoe_file);
	check_prefix(d, agent);
	check_options(d, h, agent);
	check_processing(d, agent);
	check_idle(d, h, agent);
}

/* The address of a worker in yett.conf's form, as HAProxy writes it. */
static void
worker_address(const struct settings *s, int64_t worker, char *out, size_t n)
{
	const char *listen = s->spop_listen;

	out[0] = 0;
	if (strncmp(listen, "unix:", 5) == 0) {
		const char *mark = strstr(listen + 5, "%d");
		int head = mark ? (int)(mark - listen - 5) : (int)strlen(listen + 5);

		snprintf(out, n, "%.*s", head, listen + 5);
		if (mark)
			snprintf(out + strlen(out), n - strlen(out), "%lld%s",
			    (long long)worker, mark + 2);
	} else if (strncmp(listen, "tcp:", 4) == 0) {
		const char *colon = strrchr(listen + 4, ':');

		if (colon)
			snprintf(out, n, "%.*s:%lld", (int)(colon - listen - 4),
			    listen + 4, (long long)strtol(colon + 1, NULL, 10) + worker);
	}
}

/* "unix@/x", "/x", "ipv4@a:1" without its family. */
static const char *
bare_address(const char *address)
{
	const char *at = strchr(address, '@');

	return at ? at + 1 : address;
}

static bool
is_unix(const char *address)
{
	return strncmp(address, "unix@", 5) == 0 || address[0] == '/';
}

/* Does a path of a server mean the same socket as one of yett.conf? Inside a chroot the
 * end of the longer one must be the shorter one. */
static bool
same_address(const char *server, const char *worker)
{
	struct span a = span_str(bare_address(server)), b = span_str(worker);

	if (a.n > 0 && a.p[0] == '/')
		return span_eq(a, b) || span_ends(a, b) || span_ends(b, a);
	return span_eq(a, b);
}

static void
check_workers(
    struct doctor *d, const struct doctor_haproxy *h, const struct haproxy_section *b)
{
	char address[CONF_TEXT_MAX];
	unsigned servers = 0, missing = 0;

	for (unsigned k = 0; k < b->lines; k++)
		servers += haproxy_line_is(&b->line[k], "server", NULL, NULL);
	for (int64_t w = 0; w < h->settings->agent_workers; w++) {
		bool found = false;

		worker_address(h->settings, w, address, sizeof address);
		for (unsigned k = 0; k < b->lines; k++) {
			const struct haproxy_line *l = &b->line[k];

			if (haproxy_line_is(l, "server", NULL, NULL) && l->words > 2)
				found |= same_address(l->word[2], address);
		}
		missing += !found;
		if (!found)
			doctor_add(d, DR_WORKERS, DOCTOR_WARN,
			    "worker %lld at %s has no server line in backend %s",
			    (long long)w, address, b->name);
	}
	if (servers > (unsigned)h->settings->agent_workers && missing == 0)
		doctor_add(d, DR_WORKERS, DOCTOR_WARN,
		    "backend %s has %u servers for %lld workers", b->name, servers,
		    (long long)h->settings->agent_workers);
	doctor_pass(d, DR_WORKERS, "%u servers, %lld workers", servers,
	    (long long)h->settings->agent_workers);
}

/* A path behind a chroot works when it exists inside, or a drop-in binds its folder there. */
static void
check_chroot(struct doctor *d, const struct doctor_haproxy *h, const char *path)
{
	const struct haproxy_section *global = haproxy_section(h->conf, "global", NULL);
	const struct haproxy_line *l = haproxy_find(global, "chroot", NULL, NULL);
	char inside[1024];
	const char *root;

	if (l == NULL || l->words < 2 || strcmp(l->word[1], "/") == 0) {
		doctor_pass(d, DR_CHROOT, "HAProxy is not chrooted");
		return;
	}
	root = l->word[1];
	snprintf(inside, sizeof inside, "%s%s", root, path);
	if (h->exists && h->exists(h->ctx, inside))
		doctor_pass(d, DR_CHROOT, "%s exists", inside);
	else if ((span_find_span(h->dropins, SPAN("BindPaths=")) < h->dropins.n ||
		     span_find_span(h->dropins, SPAN("BindReadOnlyPaths=")) <
			 h->dropins.n) &&
	    span_find_span(h->dropins, span_str(root)) < h->dropins.n)
		doctor_pass(
		    d, DR_CHROOT, "a drop-in of haproxy.service binds into %s", root);
	else if (doctor_worst(d, DR_CHROOT) != DOCTOR_FAIL) /* once is enough */
		doctor_add(d, DR_CHROOT, DOCTOR_FAIL,
		    "HAProxy is chrooted to %s and there is no %s: each request waits "
		    "and passes",
		    root, inside);
}

/* On the server's own line, or on a default-server line of the backend or its defaults. */
static bool
has_default(
    const struct haproxy_section *b, const struct haproxy_line *server, const char *word)
{
	if (server && haproxy_line_has(server, word))
		return true;
	for (unsigned k = 0; b && k < b->lines; k++) {
		if (haproxy_line_is(&b->line[k], "default-server", NULL, NULL) &&
		    haproxy_line_has(&b->line[k], word))
			return true;
	}
	return b && has_default(b->parent, NULL, word);
}

static void
check_servers(
    struct doctor *d, const struct doctor_haproxy *h, const struct haproxy_section *b)
{
	unsigned unix_servers = 0;

	if (!haproxy_find(b, "option", "spop-check", NULL))
		doctor_add(d, DR_SPOP_CHECK, DOCTOR_FAIL,
		    "backend %s has no option spop-check", b->name);
	for (unsigned k = 0; k < b->lines; k++) {
		const struct haproxy_line *l = &b->line[k];

		if (!haproxy_line_is(l, "server", NULL, NULL) || l->words < 3)
			continue;
		if (!has_default(b, l, "check"))
			doctor_add(d, DR_SPOP_CHECK, DOCTOR_FAIL,
			    "server %s/%s has no check", b->name, l->word[1]);
		if (!has_default(b, l, "observe") || !has_default(b, l, "on-error"))
			doctor_add(d, DR_OBSERVE, DOCTOR_WARN,
			    "server %s/%s is not observed", b->name, l->word[1]);
		if (has_default(b, l, "maxconn"))
			doctor_add(d, DR_SERVER_MAXCONN, DOCTOR_WARN,
			    "server %s/%s has it", b->name, l->word[1]);
		if (is_unix(l->word[2])) {
			unix_servers++;
			check_chroot(d, h, bare_address(l->word[2]));
		}
	}
	if (h->version >= 301 && !has_default(b, NULL, "pool-purge-delay"))
		doctor_add(
		    d, DR_PURGE, DOCTOR_WARN, "backend %s does not set it", b->name);
	doctor_pass(
	    d, DR_PURGE, h->version >= 301 ? "set" : "this HAProxy does not purge them");
	doctor_pass(d, DR_SPOP_CHECK, "on every server");
	doctor_pass(d, DR_OBSERVE, "on every server");
	doctor_pass(d, DR_SERVER_MAXCONN, "none");
	if (unix_servers == 0)
		doctor_pass(d, DR_CHROOT, "the agent is reached by TCP");
}

void
doctor_haproxy_backend(struct doctor *d, const struct doctor_haproxy *h)
{
	const struct haproxy_section *agent = our_agent(h), *b = NULL;
	const struct haproxy_line *use = haproxy_find(agent, "use-backend", NULL, NULL),
				  *mode;

	if (agent == NULL)
		return;
	if (use == NULL || use->words < 2) {
		doctor_add(d, DR_SPOE_BACKEND, DOCTOR_FAIL, "%s has no use-backend",
		    agent->file);
		return;
	}
	for (unsigned i = 0; i < h->conf->sections; i++) {
		const struct haproxy_section *s = &h->conf->section[i];

		if (haproxy_is_backend(s) && strcmp(s->name, use->word[1]) == 0)
			b = s;
	}
	if (b == NULL) {
		doctor_add(d, DR_SPOE_BACKEND, DOCTOR_FAIL,
		    "%s uses backend %s, which is not there", agent->file, use->word[1]);
		return;
	}
	mode = haproxy_find(b, "mode", NULL, NULL);
	if (mode && mode->words > 1 && strcmp(mode->word[1], "http") == 0)
		doctor_add(d, DR_SPOE_BACKEND, DOCTOR_FAIL, "backend %s is in mode http",
		    b->name);
	doctor_pass(d, DR_SPOE_BACKEND, "%s", b->name);
	check_servers(d, h, b);
	check_workers(d, h, b);
}
