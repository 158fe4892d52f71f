/* Checks of what a frontend does with requests and verdicts. */
#include "control/ctl/doctor.h"

#include <stdlib.h>

#define BUFSIZE_DEFAULT 16384 /* HAProxy's tune.bufsize */
#define BUFSIZE_LEAST 16384 /* HAProxy 3.1+ offers 16380 in its check whatever is set */
#define FRAME_ROOM 8192 /* what headers and the frame take beside the body */
#define CAPTURE_LEAST 128

static int64_t
bufsize(const struct doctor_haproxy *h)
{
	const struct haproxy_section *g = haproxy_section(h->conf, "global", NULL);
	const struct haproxy_line *l = haproxy_find(g, "tune.bufsize", NULL, NULL);
	int64_t n = l && l->words > 1 ? haproxy_size(l->word[1]) : -1;

	return n > 0 ? n : BUFSIZE_DEFAULT;
}

/* What one frame can hold: the buffer, or what the spoe-agent cuts it to. */
static int64_t
frame_size(const struct doctor_haproxy *h)
{
	const struct haproxy_section *a = haproxy_section(h->spoe, "spoe-agent", NULL);
	const struct haproxy_line *l = haproxy_find(a, "max-frame-size", NULL, NULL);
	int64_t n = l && l->words > 1 ? haproxy_size(l->word[1]) : -1;

	return n > 0 && n < bufsize(h) ? n : bufsize(h);
}

/* The text of a line, valid until the buf is used again. */
static struct span
text_of(const struct haproxy_line *l, struct buf *b)
{
	buf_clear(b);
	haproxy_line_join(l, 0, b);
	return buf_span(b);
}

static bool
contains(struct span s, const char *needle)
{
	return span_find_span(s, span_str(needle)) < s.n;
}

/* What a line's condition tests, with the definitions of the ACLs it names put behind. */
static struct span
condition_of(const struct haproxy_section *s, const struct haproxy_line *l, struct buf *b)
{
	unsigned at = 0;

	buf_clear(b);
	while (at < l->words && strcmp(l->word[at], "if") != 0 &&
	    strcmp(l->word[at], "unless") != 0)
		at++;
	haproxy_line_join(l, at, b);
	for (; at < l->words; at++) {
		const char *name = l->word[at] + (l->word[at][0] == '!');

		for (unsigned k = 0; k < s->lines; k++) {
			if (haproxy_line_is(&s->line[k], "acl", name, NULL)) {
				buf_put_char(b, ' ');
				haproxy_line_join(&s->line[k], 2, b);
			}
		}
	}
	return buf_span(b);
}

static bool
refuses(const struct haproxy_line *l)
{
	static const char *const actions[] = {"deny", "return", "reject", "silent-drop",
	    "tarpit", "redirect", "set-var(txn.yett.action)"};

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (haproxy_line_is(l, "http-request", actions[i], NULL))
			return true;
	}
	return false;
}

enum fail_mode { FAIL_OPEN, FAIL_CLOSED, FAIL_BY_ERROR_ONLY };

/* What this frontend does when there is no verdict. */
static enum fail_mode
mode_without_verdict(const struct doctor_haproxy *h, const struct haproxy_section *s)
{
	struct buf b = BUF_INIT;
	enum fail_mode mode = FAIL_OPEN;

	for (unsigned k = 0; k < s->lines && mode != FAIL_CLOSED; k++) {
		struct span c;
		size_t at;

		if (!refuses(&s->line[k]))
			continue;
		c = condition_of(s, &s->line[k], &b);
		if (contains(c, "var(txn.yett.error) -m found") ||
		    contains(c, "var(txn.yett.error) -m int gt 0"))
			mode = FAIL_BY_ERROR_ONLY;
		if (!contains(c, "var(txn.yett.action) -m found") ||
		    !(contains(c, "unless") || contains(c, "!")))
			continue;
		at = span_find_span(c, SPAN("env(YETT_FAIL)"));
		if (at == c.n) {
			mode = FAIL_CLOSED;
		} else {
			/* env(YETT_FAIL) -m str closed: the value that makes it refuse */
			struct span value = haproxy_variable(h->conf, "YETT_FAIL");
			struct span want = span_from(c, at);

			want = span_head(want, 64);
			if (value.n > 0 && span_find_span(want, value) < want.n)
				mode = FAIL_CLOSED;
		}
	}
	buf_fini(&b);
	return mode;
}

static void
check_no_verdict(
    struct doctor *d, const struct doctor_haproxy *h, const struct haproxy_section *s)
{
	bool deny = strcmp(h->settings->exceptions_no_verdict, "deny") == 0;
	enum fail_mode mode = mode_without_verdict(h, s);

	if (mode == FAIL_BY_ERROR_ONLY)
		doctor_add(d, DR_NO_VERDICT, DOCTOR_FAIL,
		    "%s %s refuses by txn.yett.error alone, which some failures never "
		    "set",
		    s->kind, s->name);
	else if (deny && mode == FAIL_OPEN)
		doctor_add(d, DR_NO_VERDICT, DOCTOR_FAIL,
		    "%s %s lets requests pass without a verdict; exceptions.no_verdict "
		    "is deny",
		    s->kind, s->name);
	else if (!deny && mode == FAIL_CLOSED)
		doctor_add(d, DR_NO_VERDICT, DOCTOR_WARN,
		    "%s %s refuses requests without a verdict; exceptions.no_verdict is "
		    "%s",
		    s->kind, s->name, h->settings->exceptions_no_verdict);
	else
		doctor_pass(d, DR_NO_VERDICT, "%s, as exceptions.no_verdict says",
		    mode == FAIL_CLOSED ? "refused" : "passes");
}

static void
check_actions(struct doctor *d, const struct haproxy_section *s)
{
	static const char *const actions[] = {"deny", "rate", "drop"};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		bool tested = false;

		for (unsigned k = 0; k < s->lines; k++) {
			struct span t = text_of(&s->line[k], &b);

			tested |= contains(t, "txn.yett.action") &&
			    haproxy_line_has(&s->line[k], actions[i]);
		}
		if (!tested)
			doctor_add(d, DR_ACTIONS, DOCTOR_FAIL,
			    "%s %s never tests txn.yett.action for %s", s->kind, s->name,
			    actions[i]);
	}
	buf_fini(&b);
	doctor_pass(d, DR_ACTIONS, "deny, rate and drop are acted on");
}

static void
check_bypass(struct doctor *d, const struct haproxy_section *s)
{
	static const char *const controlled[] = {"req.hdr(", "hdr(", "req.fhdr(",
	    "req.cook(", "cook(", "req.hdr_cnt(", "hdr_cnt(", "url_param(", "urlp("};
	struct buf b = BUF_INIT;

	for (unsigned k = 0; k < s->lines; k++) {
		const struct haproxy_line *l = &s->line[k];
		struct span c;

		if (!haproxy_line_is(l, "http-request", "send-spoe-group", NULL) &&
		    !haproxy_line_is(l, "http-request", "wait-for-body", NULL))
			continue;
		c = condition_of(s, l, &b);
		for (size_t i = 0; i < sizeof controlled / sizeof *controlled; i++) {
			if (contains(c, controlled[i])) {
				doctor_add(d, DR_BYPASS, DOCTOR_FAIL,
				    "%s:%u depends on %s…)", s->file, l->number,
				    controlled[i]);
				break;
			}
		}
	}
	buf_fini(&b);
	doctor_pass(d, DR_BYPASS, "none");
}

static void
check_response_wait(struct doctor *d, const struct haproxy_section *s)
{
	for (unsigned k = 0; k < s->lines; k++) {
		const struct haproxy_line *l = &s->line[k];

		if (haproxy_line_is(l, "http-response", "wait-for-body", NULL) &&
		    !haproxy_line_has(l, "if"))
			doctor_add(d, DR_RESPONSE_WAIT, DOCTOR_FAIL,
			    "%s:%u waits for every answer", s->file, l->number);
	}
}

/* Do the messages carry bodies, and how are they cut? */
static bool
check_body_bytes(struct doctor *d, const struct doctor_haproxy *h)
{
	struct buf b = BUF_INIT;
	bool bodies = false;

	for (unsigned i = 0; h->spoe && i < h->spoe->sections; i++) {
		const struct haproxy_section *s = &h->spoe->section[i];

		for (unsigned k = 0; k < s->lines; k++) {
			struct span t = text_of(&s->line[k], &b), rest;
			size_t at;
			int64_t n;

			if (!haproxy_line_is(&s->line[k], "args", NULL, NULL))
				continue;
			while ((at = span_find_span(t, SPAN("req.body"))) < t.n) {
				t = span_from(t, at + 8);
				if (t.n > 0 && t.p[0] == '_')
					continue;
				bodies = true;
				rest = span_head(t, t.n);
				if (!span_starts(t, SPAN(",bytes("))) {
					doctor_add(d, DR_BODY_BYTES, DOCTOR_FAIL,
					    "message %s sends req.body whole", s->name);
					continue;
				}
				rest = span_from(rest, 7);
				(void)span_cut(&rest, ',');
				n = span_absent(rest) ? -1 : strtol(rest.p, NULL, 10);
				if (n < 0 || n > frame_size(h) - FRAME_ROOM)
					doctor_add(d, DR_BODY_BYTES, DOCTOR_FAIL,
					    "message %s sends up to %lld bytes of body, "
					    "tune.bufsize is %lld",
					    s->name, (long long)n,
					    (long long)frame_size(h));
			}
		}
	}
	buf_fini(&b);
	doctor_pass(d, DR_BODY_BYTES, bodies ? "cut" : "no message carries a body");
	return bodies;
}

static void
check_body_wait(struct doctor *d, const struct haproxy_section *s)
{
	if (haproxy_find(s, "option", "http-buffer-request", NULL))
		return;
	for (unsigned k = 0; k < s->lines; k++) {
		if (haproxy_line_is(&s->line[k], "http-request", "wait-for-body", NULL))
			return;
	}
	doctor_add(d, DR_BODY_WAIT, DOCTOR_FAIL, "%s %s never waits for a body", s->kind,
	    s->name);
}

static bool
has_tls(const struct haproxy_section *s)
{
	for (unsigned k = 0; k < s->lines; k++) {
		if (haproxy_line_is(&s->line[k], "bind", NULL, NULL) &&
		    haproxy_line_has(&s->line[k], "ssl"))
			return true;
	}
	return false;
}

static void
check_global(struct doctor *d, const struct doctor_haproxy *h, bool tls)
{
	const struct haproxy_section *g = haproxy_section(h->conf, "global", NULL);
	const struct haproxy_line *l =
	    haproxy_find(g, "tune.ssl.capture-buffer-size", NULL, NULL);
	int64_t n = l && l->words > 1 ? haproxy_size(l->word[1]) : 0;

	if (!tls)
		doctor_add(
		    d, DR_CAPTURE, DOCTOR_SKIP, "no inspected frontend speaks TLS");
	else if (n < CAPTURE_LEAST)
		doctor_add(d, DR_CAPTURE, DOCTOR_WARN,
		    "tune.ssl.capture-buffer-size is %lld: JA3 and Yett's print are "
		    "empty",
		    (long long)n);
	else
		doctor_pass(d, DR_CAPTURE, "%lld bytes", (long long)n);
	if (bufsize(h) < BUFSIZE_LEAST)
		doctor_add(d, DR_BUFSIZE, DOCTOR_FAIL, "tune.bufsize is %lld",
		    (long long)bufsize(h));
	else
		doctor_pass(d, DR_BUFSIZE, "%lld bytes", (long long)bufsize(h));
	if (haproxy_find(g, "hard-stop-after", NULL, NULL))
		doctor_pass(d, DR_HARD_STOP, "set");
	else
		doctor_add(d, DR_HARD_STOP, DOCTOR_WARN, "hard-stop-after is not set");
}

/* No request may take longer than an entry waits for its finish line. */
static void
check_timeouts(struct doctor *d, const struct doctor_haproxy *h)
{
	static const char *const names[] = {"server", "tunnel"};
	int64_t pending = h->settings->finish_pending_timeout_s;

	for (unsigned i = 0; i < h->conf->sections; i++) {
		const struct haproxy_section *s = &h->conf->section[i];
		const struct haproxy_line *mode = haproxy_find(s, "mode", NULL, NULL);

		if (strcmp(s->kind, "ring") == 0 ||
		    (mode && mode->words > 1 && strcmp(mode->word[1], "http") != 0))
			continue;
		for (size_t t = 0; t < 2; t++) {
			const struct haproxy_line *l =
			    haproxy_find_own(s, "timeout", names[t], NULL);
			int64_t ms = l && l->words > 2 ? haproxy_time_ms(l->word[2]) : -1;

			if (ms > pending * 1000)
				doctor_add(d, DR_TIMEOUTS, DOCTOR_WARN,
				    "timeout %s %s of %s %s is above "
				    "finish.pending_timeout_s (%lld s)",
				    names[t], l->word[2], s->kind, s->name,
				    (long long)pending);
		}
	}
	doctor_pass(d, DR_TIMEOUTS, "no answer outlives its pending entry");
}

void
doctor_haproxy_traffic(struct doctor *d, const struct doctor_haproxy *h)
{
	bool bodies = check_body_bytes(d, h), tls = false;

	for (unsigned i = 0; i < h->conf->sections; i++) {
		const struct haproxy_section *s = &h->conf->section[i];

		if (haproxy_is_frontend(s) || haproxy_is_backend(s))
			check_response_wait(d, s);
		if (!doctor_is_filtered(h, s))
			continue;
		tls |= has_tls(s);
		check_no_verdict(d, h, s);
		check_actions(d, s);
		check_bypass(d, s);
		if (bodies)
			check_body_wait(d, s);
		if (!haproxy_find(s, "unique-id-format", NULL, NULL))
			doctor_add(d, DR_UNIQUE_ID, DOCTOR_FAIL,
			    "%s %s has no unique-id-format", s->kind, s->name);
	}
	doctor_pass(d, DR_RESPONSE_WAIT, "no answer is held back");
	doctor_pass(d, DR_BODY_WAIT,
	    bodies ? "bodies are waited for" : "no message carries a body");
	doctor_pass(d, DR_UNIQUE_ID, "set");
	check_global(d, h, tls);
	check_timeouts(d, h);
}
