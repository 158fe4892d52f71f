#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "feed.h"

static struct feed feed; /* large */

#define METRIC_IS(id, n) assert_int_equal(metric_get(&feed.metric, id), n)

static void
few_children(struct settings *s)
{
	s->discovery_children = 4;
	s->discovery_release_identities = 3;
}

static void
test_pair_becomes_an_endpoint_with_its_sums(void **state)
{
	struct feed_endpoint *e;

	feed_open(&feed, NULL);
	for (uint64_t i = 0; i < 10; i++)
		feed_get(
		    &feed, i % 2 ? "/users/41" : "/users/9999", i, i < 8 ? 200 : 404);
	intake_flush(feed.intake);
	assert_int_equal(feed_live(&feed), 1);
	e = feed_find(&feed, "/users/{number}");
	assert_non_null(e);
	assert_false(e->provisional);
	assert_string_equal(e->service, "api.example");
	assert_string_equal(e->method, "GET");
	/* The hash is the one that worker and compiler know. */
	assert_true(e->hash ==
	    endpoint_hash(SPAN("api.example"), SPAN("GET"), SPAN("/users/{number}")));
	assert_int_equal(e->requests, 10);
	assert_int_equal(e->status[2], 8);
	assert_int_equal(e->status[4], 2);
	assert_int_equal(e->latencies, 10);
	assert_int_equal(e->identities, 10);
	assert_int_equal(feed.coverage.requests, 10);
	assert_int_equal(feed.coverage.decided, 10);
	METRIC_IS(M_ANALYSED, 10);
	METRIC_IS(M_FINISH_LINES, 10);
	METRIC_IS(M_PENDING, 0);
	feed_close(&feed);
}

/* A scanner's paths leave counts, no endpoint, no service, no word. */
static void
test_refused_paths_create_nothing(void **state)
{
	const int statuses[] = {404, 405, 400, 401, 403, 429, 500, 502, -1};

	feed_open(&feed, NULL);
	for (unsigned i = 0; i < 900; i++) {
		char path[64], host[64];
		struct feed_request q = {"GET", host, path, i, 0, {0}};

		snprintf(path, sizeof(path), "/wp-xq%u/zz%uq", i * 7919, i);
		snprintf(host, sizeof(host), "h%u.scan", i);
		feed_pair(&feed, &q, statuses[i % 9]);
	}
	intake_flush(feed.intake);
	assert_int_equal(feed.endpoints, 0);
	assert_int_equal(feed.words, 0);
	assert_int_equal(feed.summaries, 0);
	assert_int_equal(feed.coverage.requests, 900);
	METRIC_IS(M_ENDPOINTS, 0);
	feed_close(&feed);
}

static void
test_refused_path_of_a_known_endpoint_counts(void **state)
{
	struct feed_endpoint *e;

	feed_open(&feed, NULL);
	feed_get(&feed, "/orders/7", 1, 404); /* not known yet: coverage alone */
	feed_get(&feed, "/orders/8", 1, 200);
	feed_get(&feed, "/orders/9", 1, 404);
	intake_flush(feed.intake);
	e = feed_find(&feed, "/orders/{number}");
	assert_non_null(e);
	assert_int_equal(e->requests, 2);
	assert_int_equal(e->status[4], 1);
	feed_close(&feed);
}

/* Two passes over the same typed paths in different order: the same inventory. */
static void
test_order_does_not_show_for_typed_paths(void **state)
{
	static const char *const paths[] = {"/api/v1/users/17/orders/ord_1001",
	    "/api/v1/users/900/orders/ord_7", "/api/v1/users/5", "/api/v2/users/5",
	    "/health", "/", "/api/v1/files/0b9fb1a6-8f5c-4a53-9a0f-0d2c6fd39b6e",
	    "/api/v1/events/2026-11-22", "/api/v1/users/5:activate",
	    "/odata/Users(12)/orders"};
	enum { N = sizeof(paths) / sizeof(*paths) };
	uint64_t sum[20] = {0};
	unsigned live = 0;

	for (unsigned round = 0; round < 20; round++) {
		uint64_t seed = round + 1;

		feed_open(&feed, NULL);
		for (unsigned i = 0; i < 40 * N; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			feed_get(&feed, paths[round ? (seed >> 33) % N : i % N], i, 200);
		}
		intake_flush(feed.intake);
		for (unsigned i = 0; i < feed.endpoints; i++)
			sum[round] += feed.endpoint[i].hash * 2654435761u;
		if (round == 0)
			live = feed_live(&feed);
		assert_int_equal(feed_live(&feed), live);
		assert_true(sum[round] == sum[0]);
		feed_close(&feed);
	}
	assert_int_equal(live, N - 1); /* the two orders share one template */
}

/* Four words at a node stand for themselves; the fifth makes all of them {text}, with the
 * same result in any order and nothing lost. */
static void
test_node_folds_to_text(void **state)
{
	static const char *const names[] = {
	    "xjane", "xjohn", "xalice", "xbob", "xcarol", "xdave"};

	for (unsigned first = 0; first < 6; first++) {
		struct feed_endpoint *e;

		feed_open(&feed, few_children);
		for (unsigned i = 0; i < 6; i++) {
			char path[64];

			snprintf(path, sizeof(path), "/users/%s/orders/%u",
			    names[(first + i) % 6], i);
			feed_get(&feed, path, 1, 200);
			if (i == 3)
				assert_int_equal(feed_live(&feed), 4);
		}
		intake_flush(feed.intake);
		assert_int_equal(feed_live(&feed), 1);
		e = feed_find(&feed, "/users/{text}/orders/{number}");
		assert_non_null(e);
		assert_false(e->provisional);
		assert_int_equal(e->requests, 6);
		assert_int_equal(feed.aliases, 4);
		METRIC_IS(M_ENDPOINTS, 1);
		feed_close(&feed);
	}
}

/* Folding above merges what was folded below. */
static void
test_fold_joins_the_branches_below(void **state)
{
	feed_open(&feed, few_children);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < 6; k++) {
			char path[64];

			snprintf(path, sizeof(path), "/xa%cq/xb%cq", 'a' + i, 'a' + k);
			feed_get(&feed, path, 1, 200);
		}
	assert_int_equal(feed_live(&feed), 4); /* {~token}/{text} each */
	feed_get(&feed, "/xzq/xyq", 1, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed_live(&feed), 1);
	for (unsigned i = 0; i < 8; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/xz%cq/xw%cq", 'a' + i, 'a' + i);
		feed_get(&feed, path, 1, 200);
	}
	intake_flush(feed.intake);
	assert_int_equal(feed_live(&feed), 1);
	assert_non_null(feed_find(&feed, "/{text}/{text}"));
	assert_int_equal(feed_find(&feed, "/{text}/{text}")->requests, 33);
	feed_close(&feed);
}

static void
test_undecided_text_is_never_in_a_record(void **state)
{
	static const char secret[] = "wolframgeheimrat";
	struct feed_endpoint *e;

	feed_open(&feed, NULL);
	for (unsigned i = 0; i < 200; i++) {
		char path[200];
		struct feed_request q = {"GET", "api.example", path, i % 5, 0, {0}};

		snprintf(
		    path, sizeof(path), "/users/%s/%s%u:%s/x", secret, secret, i, secret);
		feed_pair(&feed, &q, 200);
		snprintf(path, sizeof(path), "/%s(12):%s", secret, secret);
		feed_pair(&feed, &q, 200);
		q.method = secret;
		q.path = "/users";
		feed_pair(&feed, &q, 200);
	}
	intake_flush(feed.intake);
	assert_true(feed.packed.n > 1000);
	assert_null(memmem(feed.packed.p, feed.packed.n, secret, 7));
	e = feed_find(&feed, "/users");
	assert_non_null(e);
	assert_string_equal(e->method, "OTHER");
	for (unsigned i = 0; i < feed.endpoints; i++)
		if (strstr(feed.endpoint[i].text, "{~")) {
			assert_true(feed.endpoint[i].provisional);
			assert_non_null(strstr(feed.endpoint[i].shapes, "word:16:a"));
		}
	feed_close(&feed);
}

/* Nor does its hash confirm a guess of it. */
static void
test_hash_of_an_undecided_template_is_of_its_token(void **state)
{
	feed_open(&feed, NULL);
	feed_get(&feed, "/users/wolframgeheimrat", 1, 200);
	assert_int_equal(feed.endpoints, 1);
	assert_true(feed.endpoint[0].hash ==
	    (endpoint_hash(
		 SPAN("api.example"), SPAN("GET"), span_str(feed.endpoint[0].text)) |
		ENDPOINT_HASH_PROVISIONAL));
	feed_close(&feed);
}

static void
test_word_is_released_after_enough_identities(void **state)
{
	struct feed_endpoint *e;

	feed_open(&feed, few_children); /* 3 identities */
	for (unsigned i = 0; i < 50; i++)
		feed_get(&feed, "/users/frobnitz/orders", 1, 200);
	feed_get(&feed, "/users/frobnitz/orders", 2, 200);
	feed_get(&feed, "/users/frobnitz/orders", 3, 404); /* no success */
	intake_flush(feed.intake);
	assert_int_equal(feed.words, 0);
	assert_null(memmem(feed.packed.p, feed.packed.n, "frobnitz", 8));
	feed_get(&feed, "/users/frobnitz/orders", 3, 200);
	assert_int_equal(feed.words, 1);
	assert_string_equal(feed.word[0], "frobnitz");
	e = feed_find(&feed, "/users/frobnitz/orders");
	assert_non_null(e);
	assert_false(e->provisional);
	assert_true(e->hash ==
	    endpoint_hash(
		SPAN("api.example"), SPAN("GET"), SPAN("/users/frobnitz/orders")));
	/* The same word elsewhere is decided at once. */
	feed_get(&feed, "/frobnitz", 9, 200);
	assert_non_null(feed_find(&feed, "/frobnitz"));
	intake_flush(feed.intake);
	assert_int_equal(e->requests, 53);
	assert_int_equal(feed_live(&feed), 2);
	feed_close(&feed);
}

static void
test_flood_of_accepted_paths_is_bounded(void **state)
{
	struct feed_endpoint *e;
	uint64_t overflow = 0;

	feed_open(&feed, NULL);
	for (unsigned i = 0; i < 30000; i++) {
		char path[128];

		/* half random words, half combinations of known ones */
		if (i % 2)
			snprintf(path, sizeof(path), "/xq%c%c%cz/%s%c%cj/%u",
			    'a' + i % 23, 'a' + i / 23 % 26, 'a' + i / 598 % 26, "qy",
			    'a' + i % 25, 'a' + i % 26, i);
		else
			snprintf(path, sizeof(path), "/%s/%s/v%u/%s",
			    i % 3 ? "users" : "api", i % 5 ? "orders" : "status",
			    i / 16 % 900, "health");
		feed_get(&feed, path, i, 200);
	}
	intake_flush(feed.intake);
	assert_true(metric_get(&feed.metric, M_ENDPOINTS) <= 1000);
	e = feed_find(&feed, "/{overflow}");
	assert_non_null(e);
	overflow = e->requests;
	assert_true(overflow > 0);
	assert_int_equal(feed.coverage.overflow, overflow);
	METRIC_IS(M_ENDPOINTS_OVERFLOW, overflow);
	assert_int_equal(feed.coverage.requests, 30000);
	feed_close(&feed);
}

static void
few_services(struct settings *s)
{
	s->discovery_services = 3;
}

static void
test_hosts_over_the_limit_are_other(void **state)
{
	unsigned other = 0;

	feed_open(&feed, few_services);
	for (unsigned i = 0; i < 10; i++) {
		char host[32];
		struct feed_request q = {"GET", host, "/status", 1, 0, {0}};

		snprintf(host, sizeof(host), "h%u.example:8443", i);
		feed_pair(&feed, &q, 200);
	}
	intake_flush(feed.intake);
	assert_int_equal(feed_live(&feed), 4);
	for (unsigned i = 0; i < feed.endpoints; i++)
		if (strcmp(feed.endpoint[i].service, "other") == 0)
			other += (unsigned)feed.endpoint[i].requests;
	assert_int_equal(other, 7);
	feed_close(&feed);
}

static void
test_replayed_and_late_lines_are_told_apart(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};
	struct feed_endpoint *e;
	struct ctx ctx;

	feed_open(&feed, NULL);
	intake_request(feed.intake, feed_record(&feed, &q, &ctx));
	for (int i = 0; i < 3; i++)
		forward_line(feed.forward, feed_line(&feed, &ctx, 200, ""), feed.now_us);
	METRIC_IS(M_FINISH_REPLAYED, 2);
	/* A request whose line comes after the timeout */
	intake_request(feed.intake, feed_record(&feed, &q, &ctx));
	intake_now(feed.intake, feed.now_us + INT64_C(121000000));
	METRIC_IS(M_PENDING_EXPIRED, 1);
	METRIC_IS(M_PENDING, 0);
	/* … is refused then, as its ctx is too old; within it, it would be late. */
	forward_line(feed.forward, feed_line(&feed, &ctx, 200, ""),
	    feed.now_us + INT64_C(121000000));
	METRIC_IS(M_FINISH_FORGED, 1);
	forward_line(feed.forward, feed_line(&feed, &ctx, 503, ""),
	    feed.now_us + INT64_C(119000000));
	METRIC_IS(M_FINISH_LATE, 1);
	forward_line(feed.forward, feed_line(&feed, &ctx, 503, ""),
	    feed.now_us + INT64_C(119000000));
	METRIC_IS(M_FINISH_REPLAYED, 3);
	intake_flush(feed.intake);
	e = feed_find(&feed, "/users/{number}");
	assert_int_equal(e->requests, 2);
	assert_int_equal(e->unfinished, 1);
	assert_int_equal(e->status[5], 1); /* status and time of the late one */
	assert_int_equal(e->latencies, 2);
	feed_close(&feed);
}

static void
test_forged_lines_change_nothing(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};
	struct ctx ctx;
	struct span line;
	char *at;

	feed_open(&feed, NULL);
	intake_request(feed.intake, feed_record(&feed, &q, &ctx));
	line = feed_line(&feed, &ctx, 200, "");
	at = memmem(line.p, line.n, "sec=\"", 5);
	at[7] ^= 1; /* the secret */
	forward_line(feed.forward, line, feed.now_us);
	line = feed_line(&feed, &ctx, 200, "");
	at = memmem(line.p, line.n, "ctx=\"", 5);
	at[20] = at[20] == 'A' ? 'B' : 'A'; /* the ctx under its MAC */
	forward_line(feed.forward, line, feed.now_us);
	ctx.epoch = 2; /* an epoch that is not ours */
	forward_line(feed.forward, feed_line(&feed, &ctx, 200, ""), feed.now_us);
	ctx.epoch = 1;
	ctx.shard = 7; /* a shard that is not there */
	forward_line(feed.forward, feed_line(&feed, &ctx, 200, ""), feed.now_us);
	METRIC_IS(M_FINISH_FORGED, 4);
	METRIC_IS(M_FINISH_LINES, 0);
	METRIC_IS(M_PENDING, 1);
	feed_close(&feed);
}

/* A request of before a clock was set back stood at the head of the table until the clock
 * had caught up, and no other could expire behind it. */
static void
test_clock_steps_cost_only_what_is_in_flight(void **state)
{
	static const int64_t steps[] = {-INT64_C(3600000000), INT64_C(7200000000)};
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};
	struct feed_endpoint *e;
	struct ctx ctx;
	uint64_t sent = 1;

	feed_open(&feed, NULL);
	feed_get(&feed, "/users/1", 1, 200);
	for (size_t i = 0; i < 2; i++) {
		intake_request(feed.intake, feed_record(&feed, &q, &ctx));
		feed.now_us += steps[i];
		intake_now(feed.intake, feed.now_us);
		METRIC_IS(M_PENDING, 0);
		METRIC_IS(M_PENDING_EXPIRED, i + 1);
		forward_line(feed.forward, feed_line(&feed, &ctx, 200, ""), feed.now_us);
		METRIC_IS(M_FINISH_FORGED, i + 1); /* too new, then too old */
		for (int k = 0; k < 10; k++)
			feed_get(&feed, "/users/1", 1, 200);
		intake_request(feed.intake, feed_record(&feed, &q, &ctx));
		feed.now_us += 1000000;
		forward_line(feed.forward, feed_line(&feed, &ctx, 200, ""), feed.now_us);
		METRIC_IS(M_PENDING, 0);
		sent += 12;
	}
	METRIC_IS(M_FINISH_REPLAYED, 0);
	intake_flush(feed.intake);
	e = feed_find(&feed, "/users/{number}");
	assert_int_equal(e->requests, sent);
	assert_int_equal(e->unfinished, 2);
	assert_int_equal(feed.coverage.requests, sent);
	feed_close(&feed);
}

static void
test_evicted_requests_are_counted_unfinished(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};
	struct feed_endpoint *e;
	struct ctx ctx;

	feed_open(&feed, NULL);
	feed_get(&feed, "/users/1", 1, 200);
	for (unsigned i = 0; i < 4096 + 100; i++)
		intake_request(feed.intake, feed_record(&feed, &q, &ctx));
	METRIC_IS(M_PENDING_EVICTED, 100);
	METRIC_IS(M_PENDING, 4096);
	intake_drain(feed.intake);
	intake_flush(feed.intake);
	e = feed_find(&feed, "/users/{number}");
	assert_int_equal(e->requests, 4197);
	assert_int_equal(e->unfinished, 4196);
	assert_int_equal(feed.coverage.pending_evicted, 100);
	assert_int_equal(feed.coverage.unfinished, 4196);
	feed_close(&feed);
}

/* HAProxy finished requests that nobody decided: counted, known endpoints only. */
static void
test_undecided_requests_are_coverage(void **state)
{
	struct feed_endpoint *e;

	feed_open(&feed, NULL);
	feed_get(&feed, "/users/1", 1, 200);
	for (int i = 0; i < 5; i++)
		forward_line(feed.forward,
		    feed_line(&feed, NULL, 200,
			i < 3 ? " m=\"GET\" h=\"api.example:80\" p=\"/users/2\""
			      : " m=\"GET\" h=\"api.example\" p=\"/never/seen/x\""),
		    feed.now_us);
	intake_flush(feed.intake);
	e = feed_find(&feed, "/users/{number}");
	assert_int_equal(e->requests, 4);
	assert_int_equal(e->undecided, 3);
	assert_int_equal(feed_live(&feed), 1);
	assert_int_equal(feed.coverage.undecided, 5);
	assert_int_equal(feed.coverage.requests, 6);
	METRIC_IS(M_FINISH_UNDECIDED, 5);
	feed_close(&feed);
}

static void
test_taps_are_counted_not_kept(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};
	static const char *const taps[] = {" tapst=\"complete\" tap=\"Z2VoZWlt\"",
	    " tapst=\"cut\" tap=\"Z2VoZWlt\"", " tapst=\"gzip\"", " tapst=\"none\"", ""};

	feed_open(&feed, NULL);
	for (unsigned i = 0; i < 5; i++) {
		struct ctx ctx;

		intake_request(feed.intake, feed_record(&feed, &q, &ctx));
		forward_line(
		    feed.forward, feed_line(&feed, &ctx, 200, taps[i]), feed.now_us);
	}
	intake_flush(feed.intake);
	assert_int_equal(feed.coverage.tap_seen, 3);
	assert_int_equal(feed.coverage.tap_cut, 1);
	assert_int_equal(feed.coverage.tap_gzip, 1);
	METRIC_IS(M_TAPPED, 3);
	METRIC_IS(M_TAP_CUT, 1);
	assert_null(memmem(feed.packed.p, feed.packed.n, "geheim", 6));
	assert_null(memmem(feed.packed.p, feed.packed.n, "Z2Vo", 4));
	feed_close(&feed);
}

static void
test_decisions_are_events_by_rule_and_exception(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};

	feed_open(&feed, NULL);
	q.verdict.action = ACTION_DENY;
	q.verdict.status = 403;
	q.verdict.rule_hash = 0x1234567890abcdef;
	for (uint64_t i = 0; i < 10; i++) {
		q.identity = i % 3;
		feed_pair(&feed, &q, 403);
	}
	q.verdict = (struct verdict){.shadow_action = ACTION_DENY,
	    .shadow_hash = 0x99,
	    .exceptions = 1u << EX_HISTORY_INCOMPLETE};
	feed_pair(&feed, &q, 200);
	q.verdict = (struct verdict){
	    .action = ACTION_DENY, .status = 403, .exceptions = 1u << EX_BODY_TRUNCATED};
	feed_pair(&feed, &q, 403);
	assert_int_equal(intake_flush_decisions(feed.intake), 3);
	/* An exception that changed nothing waits for the end of its minute. */
	q.verdict = (struct verdict){.exceptions = 1u << EX_NO_POLICY};
	for (unsigned i = 0; i < 50; i++)
		feed_pair(&feed, &q, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.decisions, 3);
	assert_true(intake_busy(feed.intake));
	intake_now(feed.intake, feed.now_us + INT64_C(60000000));
	intake_flush(feed.intake);
	assert_false(intake_busy(feed.intake));
	assert_int_equal(feed.decisions, 5);
	assert_string_equal(feed.decision_rule[3], "exception:history_incomplete");
	assert_string_equal(feed.decision_rule[4], "exception:no_policy");
	assert_int_equal(feed.decision[4].requests, 50);
	assert_string_equal(feed.decision_rule[0], "rule:1234567890abcdef");
	assert_int_equal(feed.decision[0].requests, 10);
	assert_int_equal(feed.decision[0].action, ACTION_DENY);
	assert_int_equal(feed.decision[0].status, 403);
	assert_int_equal(distinct_count(&feed.decision[0].identities), 3);
	assert_int_equal(feed.decision[1].action, ACTION_ALLOW);
	assert_int_equal(feed.decision[1].shadow_action, ACTION_DENY);
	assert_string_equal(feed.decision_rule[2], "exception:body_truncated");
	assert_int_equal(feed.decision[2].action, ACTION_DENY);
	assert_int_equal(intake_flush_decisions(feed.intake), 0);
	feed_close(&feed);
}

static void
test_minutes_are_kept_apart(void **state)
{
	feed_open(&feed, NULL);
	feed_get(&feed, "/users/1", 1, 200);
	feed.now_us += INT64_C(60000000);
	feed_get(&feed, "/users/1", 1, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.summaries, 2);
	/* A third minute closes the first before it is flushed. */
	feed_get(&feed, "/users/1", 1, 200);
	feed.now_us += INT64_C(60000000);
	feed_get(&feed, "/users/1", 1, 200);
	feed.now_us += INT64_C(60000000);
	feed_get(&feed, "/users/1", 1, 200);
	assert_int_equal(feed.summaries, 3);
	intake_flush(feed.intake);
	assert_int_equal(feed.summaries, 5);
	feed_close(&feed);
}

static void
test_records_that_cannot_be_read_are_counted(void **state)
{
	struct feed_request q = {"GET", "api.example", "/users/1", 1, 0, {0}};
	struct span record;
	struct ctx ctx;

	feed_open(&feed, NULL);
	record = feed_record(&feed, &q, &ctx);
	intake_request(feed.intake, span_head(record, 100));
	q.worker = 9; /* the agent has two */
	intake_request(feed.intake, feed_record(&feed, &q, &ctx));
	METRIC_IS(M_RING_CORRUPT, 2);
	METRIC_IS(M_PENDING, 0);
	feed_close(&feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pair_becomes_an_endpoint_with_its_sums),
	    cmocka_unit_test(test_refused_paths_create_nothing),
	    cmocka_unit_test(test_refused_path_of_a_known_endpoint_counts),
	    cmocka_unit_test(test_order_does_not_show_for_typed_paths),
	    cmocka_unit_test(test_node_folds_to_text),
	    cmocka_unit_test(test_fold_joins_the_branches_below),
	    cmocka_unit_test(test_undecided_text_is_never_in_a_record),
	    cmocka_unit_test(test_hash_of_an_undecided_template_is_of_its_token),
	    cmocka_unit_test(test_word_is_released_after_enough_identities),
	    cmocka_unit_test(test_flood_of_accepted_paths_is_bounded),
	    cmocka_unit_test(test_hosts_over_the_limit_are_other),
	    cmocka_unit_test(test_replayed_and_late_lines_are_told_apart),
	    cmocka_unit_test(test_forged_lines_change_nothing),
	    cmocka_unit_test(test_clock_steps_cost_only_what_is_in_flight),
	    cmocka_unit_test(test_evicted_requests_are_counted_unfinished),
	    cmocka_unit_test(test_undecided_requests_are_coverage),
	    cmocka_unit_test(test_taps_are_counted_not_kept),
	    cmocka_unit_test(test_decisions_are_events_by_rule_and_exception),
	    cmocka_unit_test(test_minutes_are_kept_apart),
	    cmocka_unit_test(test_records_that_cannot_be_read_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
