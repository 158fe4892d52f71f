/*
 * Conditions of .if: streq(), strneq(), defined(), version_atleast(), version_before(),
 * feature() and friends (not known from outside: -1), numbers; !, && and ||, the latter
 * binding less.
 */
#include "control/ctl/haproxy_conf.h"

#include <stdio.h>
#include <stdlib.h>

#define VERSION_DEFAULT 206 /* Debian 12's, and the oldest that Yett supports */

static unsigned
version_of(struct span text)
{
	struct span rest = text, major = span_cut(&rest, '.'), minor = rest;
	uint64_t a, b = 0;
	size_t n = 0;

	while (n < minor.n && minor.p[n] >= '0' && minor.p[n] <= '9')
		n++;
	if (span_u64(span_trim(major), &a) != OK || a > 99)
		return 0;
	if (n > 0 && span_u64(span_head(minor, n), &b) != OK)
		return 0;
	return (unsigned)(a * 100 + b);
}

static int
call(const struct haproxy_conf *conf, struct span name, struct span arguments)
{
	unsigned version = conf->version ? conf->version : VERSION_DEFAULT;
	struct span b = arguments, a = span_trim(span_cut(&b, ','));
	char variable[128];

	b = span_trim(b);
	if (span_eq(name, SPAN("streq")))
		return span_eq(a, b);
	if (span_eq(name, SPAN("strneq")))
		return !span_eq(a, b);
	if (span_eq(name, SPAN("version_atleast")))
		return version >= version_of(a);
	if (span_eq(name, SPAN("version_before")))
		return version < version_of(a);
	if (span_eq(name, SPAN("defined"))) {
		snprintf(
		    variable, sizeof variable, "%.*s", (int)(a.n < 127 ? a.n : 127), a.p);
		return !span_absent(haproxy_variable(conf, variable));
	}
	return -1;
}

static int
term(const struct haproxy_conf *conf, struct span text)
{
	size_t open = span_find(text, '('), close = text.n;
	uint64_t n;
	int holds;

	text = span_trim(text);
	if (text.n > 0 && text.p[0] == '!') {
		holds = term(conf, span_from(text, 1));
		return holds < 0 ? holds : !holds;
	}
	if (span_u64(text, &n) == OK)
		return n != 0;
	open = span_find(text, '(');
	while (close > open && (close > text.n || text.p[close - 1] != ')'))
		close--;
	if (open >= text.n || close <= open)
		return -1;
	return call(
	    conf, span_head(text, open), span_make(text.p + open + 1, close - open - 2));
}

/* Cuts at a two-character operator. */
static struct span
cut_at(struct span *rest, const char *operator)
{
	size_t at = span_find_span(*rest, span_str(operator));
	struct span before = span_head(*rest, at);

	*rest = at < rest->n ? span_from(*rest, at + 2) : SPAN_NONE;
	return before;
}

int
haproxy_condition(const struct haproxy_conf *conf, const char *text)
{
	struct span any = span_str(text);
	int result = 0;

	while (!span_absent(any)) {
		struct span all = cut_at(&any, "||");
		int holds = 1;

		while (!span_absent(all)) {
			int one = term(conf, cut_at(&all, "&&"));

			if (one == 0 || holds == 0)
				holds = 0;
			else if (one < 0)
				holds = -1;
		}
		if (holds == 1)
			return 1;
		if (holds < 0)
			result = -1;
	}
	return result;
}
