/* The inventory beside a bundle made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "feed.h"

static struct feed feed; /* large */

static struct {
	struct bundle b;
	struct bundle_meta meta;
	char text[1024];
	struct bundle_service service[1];
	struct bundle_host host[1];
	struct bundle_endpoint endpoint[2];
	struct bundle_rule rule[1];
	uint64_t word[1];
} k;

static struct bundle_text
text(const char *s)
{
	struct bundle_text t = {(uint32_t)k.b.text_bytes, (uint32_t)strlen(s)};

	memcpy(k.text + t.offset, s, t.length);
	k.b.text_bytes += t.length;
	return t;
}

/* *.shop.example is the service "shop" with one endpoint, one rule and one word. */
static void
bundle_make(void)
{
	memset(&k, 0, sizeof(k));
	k.b.text = k.text;
	k.b.meta = &k.meta;
	k.b.service = k.service;
	k.b.host = k.host;
	k.b.endpoint = k.endpoint;
	k.b.rule = k.rule;
	k.b.word = k.word;
	k.b.services = k.b.hosts = k.b.endpoints = k.b.rules = k.b.words = 1;
	k.meta.unmatched_service = BUNDLE_NONE;
	k.service[0].name = text("shop");
	k.host[0].pattern = text("*.shop.example");
	k.endpoint[0].method = text("GET");
	k.endpoint[0].template = text("/items/{id:number}");
	k.endpoint[0].hash =
	    endpoint_hash(SPAN("shop"), SPAN("GET"), SPAN("/items/{id:number}"));
	k.rule[0].name = text("no-robots");
	k.rule[0].reason = text("robots are rude");
	k.rule[0].name_hash = bundle_hash(SPAN("no-robots"));
	k.word[0] = bundle_hash(SPAN("frobnitz"));
}

static void
known_get(uint64_t identity, int status)
{
	struct feed_request q = {"GET", "a.shop.example", "/items/7", identity, 0, {0}};

	q.verdict.endpoint_hash = k.endpoint[0].hash;
	feed_pair(&feed, &q, status);
}

static void
test_known_endpoint_counts_whatever_the_status(void **state)
{
	struct feed_endpoint *e;

	bundle_make();
	feed_open(&feed, NULL);
	assert_int_equal(intake_bundle(feed.intake, &k.b), OK);
	known_get(1, 404);
	known_get(2, 500);
	intake_flush(feed.intake);
	assert_int_equal(feed.endpoints, 1);
	e = feed_find(&feed, "/items/{id:number}");
	assert_non_null(e);
	assert_true(e->hash == k.endpoint[0].hash);
	assert_string_equal(e->service, "shop");
	assert_int_equal(e->requests, 2);
	assert_int_equal(e->status[4], 1);
	feed_close(&feed);
}

/* The worker's bundle is there before ours: counted by hash, described when ours comes. */
static void
test_endpoint_of_a_newer_bundle_is_described_later(void **state)
{
	bundle_make();
	feed_open(&feed, NULL);
	known_get(1, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.endpoints, 0);
	assert_int_equal(feed.summaries, 1);
	assert_int_equal(intake_bundle(feed.intake, &k.b), OK);
	assert_int_equal(feed.endpoints, 1);
	assert_string_equal(feed.endpoint[0].service, "shop");
	known_get(1, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.endpoint[0].requests, 1);
	assert_int_equal(intake_bundle(feed.intake, NULL), OK);
	known_get(1, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.endpoint[0].requests, 2);
	feed_close(&feed);
}

/* A path that the worker still guesses but the bundle knows is the same endpoint. */
static void
test_guess_of_a_known_endpoint_is_that_endpoint(void **state)
{
	struct feed_request q = {"GET", "b.shop.example:80", "/items/9", 3, 0, {0}};

	bundle_make();
	feed_open(&feed, NULL);
	assert_int_equal(intake_bundle(feed.intake, &k.b), OK);
	known_get(1, 200);
	feed_pair(&feed, &q, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.endpoints, 1);
	assert_int_equal(feed.endpoint[0].requests, 2);
	assert_int_equal(metric_get(&feed.metric, M_ENDPOINTS), 1);
	feed_close(&feed);
}

static void
test_policy_names_the_service_of_a_host(void **state)
{
	struct feed_request q = {"GET", "b.shop.example:80", "/status/9", 3, 0, {0}};

	bundle_make();
	feed_open(&feed, NULL);
	assert_int_equal(intake_bundle(feed.intake, &k.b), OK);
	feed_pair(&feed, &q, 200);
	q.host = "elsewhere.example";
	feed_pair(&feed, &q, 200);
	assert_int_equal(feed.endpoints, 2);
	assert_string_equal(feed.endpoint[0].service, "shop");
	assert_string_equal(feed.endpoint[1].service, "elsewhere.example");
	feed_close(&feed);
}

/* A word that all gateways together released: what stood under its token is renamed. */
static void
test_word_of_the_bundle_decides_at_once(void **state)
{
	struct feed_endpoint *e;

	bundle_make();
	feed_open(&feed, NULL);
	feed_get(&feed, "/users/frobnitz/orders", 1, 200);
	feed_get(&feed, "/users/xerxesq/orders", 1, 200);
	assert_int_equal(feed.endpoints, 2);
	assert_null(feed_find(&feed, "/users/frobnitz/orders"));
	assert_int_equal(intake_bundle(feed.intake, &k.b), OK);
	e = feed_find(&feed, "/users/frobnitz/orders");
	assert_non_null(e);
	assert_false(e->provisional);
	assert_int_equal(feed.aliases, 1);
	assert_int_equal(feed.words, 0); /* not released here */
	feed_get(&feed, "/users/frobnitz/orders", 1, 200);
	intake_flush(feed.intake);
	assert_int_equal(e->requests, 2);
	feed_close(&feed);
}

static void
test_decision_has_the_name_of_its_rule(void **state)
{
	struct feed_request q = {"GET", "a.shop.example", "/items/7", 1, 0, {0}};

	bundle_make();
	feed_open(&feed, NULL);
	assert_int_equal(intake_bundle(feed.intake, &k.b), OK);
	q.verdict.endpoint_hash = k.endpoint[0].hash;
	q.verdict.action = ACTION_DENY;
	q.verdict.status = 403;
	q.verdict.rule_hash = k.rule[0].name_hash;
	feed_pair(&feed, &q, 403);
	/* Another bundle: what waits is told with the names of the old one. */
	assert_int_equal(intake_bundle(feed.intake, NULL), OK);
	assert_int_equal(feed.decisions, 1);
	assert_string_equal(feed.decision_rule[0], "no-robots");
	assert_true(feed.decision[0].hash == k.endpoint[0].hash);
	assert_true(span_eq(feed.decision[0].reason, SPAN("robots are rude")));
	feed_close(&feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_endpoint_counts_whatever_the_status),
	    cmocka_unit_test(test_endpoint_of_a_newer_bundle_is_described_later),
	    cmocka_unit_test(test_guess_of_a_known_endpoint_is_that_endpoint),
	    cmocka_unit_test(test_policy_names_the_service_of_a_host),
	    cmocka_unit_test(test_word_of_the_bundle_decides_at_once),
	    cmocka_unit_test(test_decision_has_the_name_of_its_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
