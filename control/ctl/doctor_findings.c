/* Collecting findings, and which part of a configuration is ours. */
#include "control/ctl/doctor.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name, *seen, *remedy;
} checks[] = {
#define DOCTOR(id, name, seen, remedy) {name, seen, remedy},
#include "control/ctl/doctor.def"
#undef DOCTOR
};

const char *
doctor_name(enum doctor_check check)
{
	return checks[check].name;
}

const char *
doctor_seen(enum doctor_check check)
{
	return checks[check].seen;
}

const char *
doctor_remedy(enum doctor_check check)
{
	return checks[check].remedy;
}

const char *
doctor_verdict_name(enum doctor_verdict verdict)
{
	static const char *const names[] = {"ok", "skip", "warn", "fail"};

	return names[verdict];
}

static void
add(struct doctor *d, enum doctor_check check, enum doctor_verdict verdict,
    const char *fmt, va_list ap)
{
	struct doctor_finding *f;

	if (d->n == DOCTOR_FINDINGS_MAX)
		return;
	f = &d->finding[d->n++];
	f->check = check;
	f->verdict = verdict;
	vsnprintf(f->text, sizeof f->text, fmt, ap);
}

void
doctor_add(struct doctor *d, enum doctor_check check, enum doctor_verdict verdict,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, check, verdict, fmt, ap);
	va_end(ap);
}

static bool
has_answered(const struct doctor *d, enum doctor_check check)
{
	for (unsigned i = 0; i < d->n; i++) {
		if (d->finding[i].check == check)
			return true;
	}
	return false;
}

void
doctor_pass(struct doctor *d, enum doctor_check check, const char *fmt, ...)
{
	va_list ap;

	if (has_answered(d, check))
		return;
	va_start(ap, fmt);
	add(d, check, DOCTOR_OK, fmt, ap);
	va_end(ap);
}

void
doctor_skip_rest(struct doctor *d, const char *prefix, const char *why)
{
	for (int c = 0; c < DOCTOR_CHECKS; c++) {
		if (strncmp(checks[c].name, prefix, strlen(prefix)) == 0 &&
		    !has_answered(d, (enum doctor_check)c))
			doctor_add(d, (enum doctor_check)c, DOCTOR_SKIP, "%s", why);
	}
}

enum doctor_verdict
doctor_worst(const struct doctor *d, enum doctor_check check)
{
	enum doctor_verdict worst = DOCTOR_OK;

	for (unsigned i = 0; i < d->n; i++) {
		if (d->finding[i].check == check && d->finding[i].verdict > worst)
			worst = d->finding[i].verdict;
	}
	return worst;
}

static bool
is_spoe_filter(const struct haproxy_line *l)
{
	return haproxy_line_is(l, "filter", "spoe", NULL);
}

bool
doctor_find_engine(
    const struct haproxy_conf *conf, const char **engine, const char **file)
{
	bool found = false;

	*engine = *file = NULL;
	for (unsigned i = 0; i < conf->sections; i++) {
		const struct haproxy_section *s = &conf->section[i];

		for (unsigned k = 0; k < s->lines; k++) {
			const char *e = haproxy_line_value(&s->line[k], "engine");
			const char *f = haproxy_line_value(&s->line[k], "config");

			if (!is_spoe_filter(&s->line[k]) || f == NULL)
				continue;
			if (found && !(e && strstr(e, "yett")) && !strstr(f, "yett"))
				continue;
			*engine = e ? e : "";
			*file = f;
			found = true;
			if ((e && strstr(e, "yett")) || strstr(f, "yett"))
				return true;
		}
	}
	return found;
}

bool
doctor_is_filtered(const struct doctor_haproxy *h, const struct haproxy_section *s)
{
	for (unsigned k = 0; h->engine && k < s->lines; k++) {
		const char *e = haproxy_line_value(&s->line[k], "engine");

		if (is_spoe_filter(&s->line[k]) && strcmp(e ? e : "", h->engine) == 0)
			return true;
	}
	return false;
}

void
doctor_haproxy_conf(struct doctor *d, const struct doctor_haproxy *h)
{
	if (h->engine == NULL) {
		doctor_add(d, DR_FILTER, DOCTOR_FAIL,
		    "no frontend has a `filter spoe` line: nothing is inspected");
		doctor_haproxy_log(d, h);
		doctor_haproxy_tap(d, h);
		doctor_skip_rest(d, "haproxy.", "needs a `filter spoe` line");
		return;
	}
	doctor_haproxy_spoe(d, h);
	doctor_haproxy_backend(d, h);
	doctor_haproxy_traffic(d, h);
	doctor_haproxy_log(d, h);
	doctor_haproxy_tap(d, h);
}
