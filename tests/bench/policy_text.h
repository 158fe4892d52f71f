/*
 * A policy of any size for benchmarks, as the text that yettc reads: one service for every
 * host, endpoints `GET /api/v1/resNNNNN/items/{number}`, and rules of the kinds that
 * policies have, most of them about one endpoint.
 */
#ifndef TESTS_BENCH_POLICY_TEXT_H
#define TESTS_BENCH_POLICY_TEXT_H

#include "base/buf.h"

static inline void
policy_text_endpoints(struct buf *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_printf(
		    out, "api GET /api/v1/res%05u/items/{number} id=%u\n", i, i + 1);
}

/* Of ten rules: five about an endpoint and a user agent, one limit on an endpoint by
 * identity, one each on user agents, JA4 prints, parameters of a method, and by turns a
 * cookie or the start of the path (which no anchor can find). None matches what
 * spop_load sends, but the limits do, and are not over. */
static inline void
policy_text_rules(struct buf *out, unsigned n, unsigned endpoints)
{
	static const char *const mode[] = {"enforce", "shadow"};

	for (unsigned i = 0; i < n; i++) {
		unsigned kind = i % 10, e = i * 7919 % endpoints;
		const char *m = mode[i / 10 % 2];

		if (kind == 5) {
			buf_printf(out,
			    "limit \"limit-%u\" { when endpoint eq \"GET "
			    "/api/v1/res%05u/items/{number}\" by identity rate "
			    "100000000/1m action rate mode %s }\n",
			    i, e, m);
			continue;
		}
		buf_printf(out, "rule \"rule-%u\" { action deny mode %s when ", i, m);
		if (kind < 5)
			buf_printf(out,
			    "endpoint eq \"GET /api/v1/res%05u/items/{number}\" and "
			    "lower(http.user_agent) contains \"bot%u\"",
			    e, i);
		else if (kind == 6)
			buf_printf(out,
			    "http.user_agent in {\"Bad/%u\" \"Worse/%u\"} and "
			    "http.header[\"accept\"] eq \"*/*\"",
			    i, i);
		else if (kind == 7)
			buf_printf(out,
			    "tls.ja4 eq \"t13d%04uh2_8daaf6152771_e5627efa2ab1\"",
			    i % 10000);
		else if (kind == 8)
			buf_printf(out,
			    "http.method eq \"POST\" and http.arg[\"q\"] eq \"v%u\"", i);
		else if (i / 10 % 2)
			buf_printf(out, "http.cookie[\"client\"] eq \"v%u\"", i);
		else
			buf_printf(out, "http.path starts_with \"/old/%u\"", i);
		buf_put_str(out, " }\n");
	}
}

#endif
