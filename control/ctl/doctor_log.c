/* Checks of the finish line's way (log format, target, ring) and of the tap. */
#include "control/ctl/doctor.h"

#include <stdlib.h>

#define LINE_BYTES 1536 /* a finish line without its tap */
#define RING_MAXLEN_DEFAULT 1024 /* HAProxy's */
#define RING_LINES_LEAST 64 /* below: a reader's short pause loses lines */
#define BUFSIZE_DEFAULT 16384

static const struct haproxy_section *
global_of(const struct doctor_haproxy *h)
{
	return haproxy_section(h->conf, "global", NULL);
}

static int64_t
size_in(const struct haproxy_section *s, const char *key, int64_t preset)
{
	const struct haproxy_line *l = haproxy_find(s, key, NULL, NULL);
	int64_t n = l && l->words > 1 ? haproxy_size(l->word[1]) : -1;

	return n > 0 ? n : preset;
}

/* Calls see() for each log target that holds for a proxy: its defaults' and its own. */
static void
each_target(const struct doctor_haproxy *h, const struct haproxy_section *s,
    void (*see)(void *ctx, const struct haproxy_line *l), void *ctx)
{
	const struct haproxy_section *g = global_of(h);

	if (s->parent)
		each_target(h, s->parent, see, ctx);
	for (unsigned k = 0; k < s->lines; k++) {
		const struct haproxy_line *l = &s->line[k];

		if (haproxy_line_is(l, "log", "global", NULL)) {
			for (unsigned i = 0; g && i < g->lines; i++) {
				if (haproxy_line_is(&g->line[i], "log", NULL, NULL))
					see(ctx, &g->line[i]);
			}
		} else if (haproxy_line_is(l, "log", NULL, NULL)) {
			see(ctx, l);
		}
	}
}

struct targets {
	const char *ring; /* ring@NAME with format rfc5424 */
	const char *datagram; /* rfc5424 elsewhere */
	const char *bare_ring; /* a ring without the format */
};

static void
see_target(void *ctx, const struct haproxy_line *l)
{
	struct targets *t = ctx;
	const char *format = haproxy_line_value(l, "format"), *to = l->word[1];
	bool structured = format && strcmp(format, "rfc5424") == 0, ring;

	if (l->words < 2)
		return;
	ring = strncmp(to, "ring@", 5) == 0;
	if (ring && structured)
		t->ring = to + 5;
	else if (ring)
		t->bare_ring = to + 5;
	else if (structured)
		t->datagram = to;
}

static bool
same_port(const char *server, const char *listen)
{
	const char *a = strrchr(server, ':'), *b = strrchr(listen, ':');

	return a && b && strcmp(a, b) == 0;
}

static void
check_ring(struct doctor *d, const struct doctor_haproxy *h, const char *name)
{
	const struct haproxy_section *ring = haproxy_section(h->conf, "ring", name);
	int64_t size = size_in(ring, "size", 0), most;
	const struct haproxy_line *server = haproxy_find(ring, "server", NULL, NULL);
	const char *listen = h->settings->finish_listen;

	if (ring == NULL) {
		doctor_add(d, DR_RING, DOCTOR_FAIL, "there is no ring %s", name);
		return;
	}
	most = size_in(ring, "maxlen", RING_MAXLEN_DEFAULT);
	if (most < LINE_BYTES)
		doctor_add(d, DR_RING, DOCTOR_FAIL,
		    "maxlen of ring %s is %lld: finish lines are longer and vanish", name,
		    (long long)most);
	if (size < most * RING_LINES_LEAST)
		doctor_add(d, DR_RING, DOCTOR_WARN,
		    "ring %s holds %lld bytes: few lines of %lld", name, (long long)size,
		    (long long)most);
	if (server == NULL || server->words < 3)
		doctor_add(d, DR_RING, DOCTOR_FAIL,
		    "ring %s has no server: nobody reads it", name);
	else if (strncmp(server->word[2], "unix@", 5) == 0 || server->word[2][0] == '/')
		doctor_add(d, DR_RING, DOCTOR_WARN,
		    "ring %s leads to a UNIX socket, which HAProxy 3 refuses", name);
	else if (!same_port(server->word[2], listen))
		doctor_add(d, DR_RING, DOCTOR_FAIL,
		    "ring %s leads to %s, the agent listens on %s", name, server->word[2],
		    listen);
	doctor_pass(
	    d, DR_RING, "%lld bytes, lines to %lld", (long long)size, (long long)most);
}

static void
check_format(struct doctor *d, const struct haproxy_section *s)
{
	const struct haproxy_line *sd = haproxy_find(s, "log-format-sd", NULL, NULL);
	const struct haproxy_line *plain = haproxy_find(s, "log-format", NULL, NULL);

	if (sd == NULL || sd->words < 2 || !strstr(sd->word[1], "yett"))
		doctor_add(d, DR_LOG_FORMAT, DOCTOR_FAIL,
		    "%s %s has no log-format-sd of Yett's", s->kind, s->name);
	if (plain == NULL && !haproxy_find(s, "option", "httplog", NULL) &&
	    !haproxy_find(s, "option", "httpslog", NULL))
		doctor_add(d, DR_LOG_FORMAT, DOCTOR_FAIL,
		    "%s %s has neither option httplog nor log-format: HAProxy then "
		    "leaves log-format-sd out",
		    s->kind, s->name);
}

static void
check_silenced(struct doctor *d, const struct haproxy_section *s)
{
	static const struct {
		const char *a, *b, *c, *what;
	} lines[] = {
	    {"option", "dontlog-normal", NULL,
		"successful requests leave no finish line"},
	    {"http-request", "set-log-level", "silent",
		"some requests leave no finish line"},
	    {"http-response", "set-log-level", "silent",
		"some requests leave no finish line"},
	    {"http-after-response", "set-log-level", "silent",
		"some requests leave no finish line"},
	    {"no", "log", NULL, "no request leaves a finish line"},
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const struct haproxy_line *l =
		    haproxy_find(s, lines[i].a, lines[i].b, lines[i].c);

		if (l)
			doctor_add(d, DR_LOG_SILENCED,
			    strcmp(lines[i].b, "dontlog-normal") == 0 ||
				    lines[i].a[0] == 'n'
				? DOCTOR_FAIL
				: DOCTOR_WARN,
			    "%s %s (line %u): %s", s->kind, s->name, l->number,
			    lines[i].what);
	}
}

void
doctor_haproxy_log(struct doctor *d, const struct doctor_haproxy *h)
{
	for (unsigned i = 0; i < h->conf->sections; i++) {
		const struct haproxy_section *s = &h->conf->section[i];
		struct targets t = {0};

		if (!doctor_is_filtered(h, s))
			continue;
		check_format(d, s);
		check_silenced(d, s);
		each_target(h, s, see_target, &t);
		if (t.ring)
			check_ring(d, h, t.ring);
		else if (t.bare_ring)
			doctor_add(d, DR_FINISH_TARGET, DOCTOR_FAIL,
			    "%s %s logs to ring %s without format rfc5424", s->kind,
			    s->name, t.bare_ring);
		else if (t.datagram)
			doctor_add(d, DR_FINISH_TARGET, DOCTOR_WARN,
			    "%s %s sends finish lines to %s: datagrams are lost under "
			    "load",
			    s->kind, s->name, t.datagram);
		else
			doctor_add(d, DR_FINISH_TARGET, DOCTOR_FAIL,
			    "%s %s has no log target for finish lines", s->kind, s->name);
		if (t.ring)
			doctor_pass(d, DR_FINISH_TARGET, "ring %s", t.ring);
	}
	if (h->engine) {
		doctor_pass(d, DR_LOG_FORMAT, "structured data is emitted");
		doctor_pass(d, DR_LOG_SILENCED, "nothing removes finish lines");
	}
}

/* The tap's bytes, from its filter line: "filter lua.yett-tap 8192". */
static int64_t
tap_bytes(const struct haproxy_line *filter)
{
	for (unsigned w = 2; w < filter->words; w++) {
		int64_t n = haproxy_size(filter->word[w]);

		if (n > 0)
			return n;
	}
	return 0;
}

static void
check_tap_size(struct doctor *d, const struct doctor_haproxy *h, int64_t bytes)
{
	int64_t line = (bytes + 2) / 3 * 4 + LINE_BYTES;
	int64_t buffer = size_in(global_of(h), "tune.bufsize", BUFSIZE_DEFAULT),
		least = buffer;

	if (bytes <= 0)
		return;
	for (unsigned i = 0; i < h->conf->sections; i++) {
		const struct haproxy_section *s = &h->conf->section[i];
		int64_t most = size_in(s, "maxlen", RING_MAXLEN_DEFAULT);

		if (strcmp(s->kind, "ring") == 0 && strstr(s->name, "yett") &&
		    most < least)
			least = most;
	}
	if (line > least)
		doctor_add(d, DR_TAP_SIZE, DOCTOR_FAIL,
		    "%lld bytes of tap make lines of %lld; %s is %lld", (long long)bytes,
		    (long long)line,
		    least < buffer ? "the ring's maxlen" : "tune.bufsize",
		    (long long)least);
	else
		doctor_pass(d, DR_TAP_SIZE, "%lld bytes fit", (long long)bytes);
}

static bool
compresses(const struct haproxy_line *l)
{
	return haproxy_line_is(l, "filter", "compression", NULL) ||
	    haproxy_line_is(l, "compression", NULL, NULL);
}

static unsigned
check_tap_places(struct doctor *d, const struct doctor_haproxy *h)
{
	unsigned taps = 0;

	for (unsigned i = 0; i < h->conf->sections; i++) {
		const struct haproxy_section *s = &h->conf->section[i];
		bool compressed = false;

		for (unsigned k = 0; k < s->lines; k++) {
			const struct haproxy_line *l = &s->line[k];

			compressed |= compresses(l);
			if (l->words < 2 || strcmp(l->word[0], "filter") != 0 ||
			    strncmp(l->word[1], "lua.", 4) != 0)
				continue;
			taps++;
			if (doctor_is_filtered(h, s))
				doctor_add(d, DR_TAP_PLACE, DOCTOR_WARN,
				    "%s %s runs %s for every stream", s->kind, s->name,
				    l->word[1]);
			if (compressed)
				doctor_add(d, DR_TAP_PLACE, DOCTOR_WARN,
				    "%s %s compresses before the tap sees the body",
				    s->kind, s->name);
			check_tap_size(d, h, tap_bytes(l));
		}
		if (compressed && doctor_is_filtered(h, s))
			doctor_add(d, DR_TAP_PLACE, DOCTOR_WARN,
			    "%s %s compresses answers; move it to the backend, behind "
			    "the tap",
			    s->kind, s->name);
	}
	return taps;
}

static void
check_lua(struct doctor *d, const struct doctor_haproxy *h)
{
	const struct haproxy_section *g = global_of(h);
	const struct haproxy_line *threads = haproxy_find(g, "nbthread", NULL, NULL);
	long n = threads && threads->words > 1 ? strtol(threads->word[1], NULL, 10)
					       : (long)h->processors;
	const struct haproxy_line *load = haproxy_find(g, "lua-load", NULL, NULL);

	if (load == NULL || load->words < 2 || !strstr(load->word[1], "tap"))
		doctor_pass(d, DR_LUA, "no tap is loaded by lua-load");
	else if (n == 1)
		doctor_pass(d, DR_LUA, "lua-load, and one thread");
	else
		doctor_add(d, DR_LUA, h->version >= 300 ? DOCTOR_WARN : DOCTOR_FAIL,
		    "%s:%u loads %s with lua-load on %ld threads", g->file, load->number,
		    load->word[1], n);
}

void
doctor_haproxy_tap(struct doctor *d, const struct doctor_haproxy *h)
{
	unsigned taps = check_tap_places(d, h);

	check_lua(d, h);
	if (taps == 0) {
		doctor_skip_rest(d, "haproxy.tap-", "no tap is attached");
		return;
	}
	doctor_pass(d, DR_TAP_PLACE, "%u place%s", taps, taps == 1 ? "" : "s");
	doctor_pass(d, DR_TAP_SIZE, "its size is not written in the configuration");
}
