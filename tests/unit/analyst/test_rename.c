/* Endpoints keep what they are when their texts change: hosts that are shown from now on, and
 * the redaction key's rotation, with the agent running or restarted meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/analyst/feed.h"

#define SECOND INT64_C(1000000)
#define ROTATION (FEED_T0 + 100 * SECOND)

static struct feed feed;
static unsigned links;
static char link_from[64], link_to[64];

/* The feed's own sink, and the links, which it does not keep. */
static void
put(void *ctx, const struct record *r)
{
	if (r->kind == RECORD_LINK) {
		links++;
		feed_text(link_from, sizeof(link_from), r->link.from);
		feed_text(link_to, sizeof(link_to), r->link.to);
		return;
	}
	feed_put(ctx, r);
}

/* As feed_open(), with two epochs; what an agent knew before is forgotten, what it told is
 * kept: the database. */
static void
start(bool fresh)
{
	struct intake_options io = {.workers = 2};
	struct keyring k = {.n = 2};

	if (fresh)
		feed_open(&feed, NULL);
	intake_free(feed.intake);
	redactor_free(feed.redactor);
	k.secret[0].epoch = 1;
	k.secret[1].epoch = 2;
	k.secret[1].from_us = ROTATION;
	memset(k.secret[0].key, 7, SECRET_BYTES);
	memset(k.secret[1].key, 8, SECRET_BYTES);
	assert_int_equal(redactor_new(&k, &feed.redactor), OK);
	io.settings = &feed.settings;
	io.redactor = feed.redactor;
	io.metric = &feed.metric;
	io.sink = (struct sink){.put = put, .ctx = &feed};
	assert_int_equal(intake_new(&io, &feed.intake), OK);
	forward_free(feed.forward);
	struct forward_options fo = {.shards = 1,
	    .line_bytes = (size_t)feed.settings.finish_line_bytes,
	    .timeout_us = feed.settings.finish_pending_timeout_s * SECOND,
	    .keys = &feed.keys,
	    .metric = &feed.metric,
	    .intake = feed.intake};
	assert_int_equal(forward_new(&fo, &feed.forward), OK);
	links = 0;
}

static void
get(const char *host, const char *path, uint64_t identity)
{
	struct feed_request q = {"GET", host, path, identity, 0, {0}};

	feed_pair(&feed, &q, 200);
}

static void
flush(int64_t now_us)
{
	feed.now_us = now_us;
	intake_now(feed.intake, now_us);
	(void)intake_flush(feed.intake);
}

/* The one endpoint in force with tokens in it. */
static struct feed_endpoint *
the_provisional(void)
{
	struct feed_endpoint *found = NULL;

	for (unsigned i = 0; i < feed.endpoints; i++)
		if (!feed.endpoint[i].alias_of && feed.endpoint[i].provisional) {
			assert_null(found);
			found = &feed.endpoint[i];
		}
	assert_non_null(found);
	return found;
}

static void
test_rotation_under_traffic_keeps_the_endpoint(void **state)
{
	char old[TEMPLATE_BYTES_MAX + 1];
	uint64_t hash;

	start(true);
	for (int i = 0; i < 5; i++)
		get("api.example", "/users/zorvakel/orders", 1);
	flush(FEED_T0 + 10 * SECOND);
	hash = the_provisional()->hash;
	memcpy(old, the_provisional()->text, sizeof(old));
	assert_int_equal(the_provisional()->requests, 5);
	assert_int_equal(links, 0);
	flush(ROTATION + SECOND);
	assert_int_equal(links, 1);
	assert_true(strstr(old, link_from) && !strstr(old, link_to));
	assert_true(strstr(the_provisional()->text, link_to) != NULL);
	assert_true(the_provisional()->hash != hash);
	assert_true(feed_by_hash(&feed, hash)->alias_of == the_provisional()->hash);
	for (int i = 0; i < 5; i++)
		get("api.example", "/users/zorvakel/orders", 1);
	flush(ROTATION + 3 * SECOND);
	assert_int_equal(the_provisional()->requests, 10);
	assert_int_equal(feed_live(&feed), 1);
	assert_int_equal(links, 1);
	feed_close(&feed);
}

static void
test_rotation_over_a_restart_does_not_double_the_inventory(void **state)
{
	uint64_t hash;

	start(true);
	for (int i = 0; i < 5; i++)
		get("api.example", "/users/zorvakel/orders/belgrimon", 1);
	flush(FEED_T0 + 10 * SECOND);
	hash = the_provisional()->hash;
	start(false);
	feed.now_us = ROTATION + SECOND;
	for (int i = 0; i < 5; i++)
		get("api.example", "/users/zorvakel/orders/belgrimon", 1);
	flush(ROTATION + 3 * SECOND);
	assert_true(feed_by_hash(&feed, hash)->alias_of == the_provisional()->hash);
	assert_int_equal(the_provisional()->requests, 10);
	assert_int_equal(links, 2); /* one of each word */
	feed_close(&feed);
}

static void
test_after_the_overlap_nothing_leads_back(void **state)
{
	uint64_t hash;

	start(true);
	get("api.example", "/users/zorvakel/orders", 1);
	flush(FEED_T0 + 10 * SECOND);
	hash = the_provisional()->hash;
	start(false);
	feed.now_us = ROTATION + (feed.settings.keys_overlap_s + 1) * SECOND;
	get("api.example", "/users/zorvakel/orders", 1);
	flush(feed.now_us + SECOND);
	assert_int_equal(links, 0);
	assert_true(feed_by_hash(&feed, hash)->alias_of == 0);
	feed_close(&feed);
}

static void
test_a_host_that_may_be_shown_takes_its_endpoints_along(void **state)
{
	struct feed_endpoint *e;
	uint64_t was[3];

	start(true);
	for (int i = 0; i < 4; i++) {
		get("vandersloot.example", "/users/1", 1);
		get("vandersloot.example", "/users/zorvakel", 1);
	}
	flush(FEED_T0 + 10 * SECOND);
	assert_int_equal(feed_live(&feed), 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(strncmp(feed.endpoint[i].service, "{~host.1.", 9), 0);
		was[i] = feed.endpoint[i].hash;
	}
	get("vandersloot.example", "/users/1", 2);
	get("vandersloot.example", "/users/1", 3);
	flush(FEED_T0 + 12 * SECOND);
	assert_int_equal(feed_live(&feed), 2);
	for (unsigned i = 0; i < 2; i++) {
		e = feed_by_hash(&feed, feed_by_hash(&feed, was[i])->alias_of);
		assert_string_equal(e->service, "vandersloot.example");
	}
	e = feed_find(&feed, "/users/{number}");
	assert_int_equal(e->requests, 6);
	assert_true(e->hash ==
	    endpoint_hash(
		SPAN("vandersloot.example"), SPAN("GET"), SPAN("/users/{number}")));
	/* the same one goes on */
	get("vandersloot.example", "/users/2", 4);
	flush(FEED_T0 + 14 * SECOND);
	assert_int_equal(e->requests, 7);
	assert_int_equal(feed_live(&feed), 2);
	feed_close(&feed);
}

static void
test_rotation_of_a_hidden_host_keeps_all_its_endpoints(void **state)
{
	for (int restart = 0; restart < 2; restart++) {
		start(true);
		get("vandersloot.example", "/users/1", 1);
		get("vandersloot.example", "/users/zorvakel", 1);
		flush(FEED_T0 + 10 * SECOND);
		if (restart)
			start(false);
		flush(ROTATION + SECOND);
		get("vandersloot.example", "/users/1", 1);
		get("vandersloot.example", "/users/zorvakel", 1);
		flush(ROTATION + 3 * SECOND);
		assert_int_equal(feed_live(&feed), 2);
		assert_int_equal(feed_find(&feed, "/users/{number}")->requests, 2);
		assert_int_equal(the_provisional()->requests, 2);
		assert_int_equal(strncmp(the_provisional()->service, "{~host.2.", 9), 0);
		feed_close(&feed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rotation_under_traffic_keeps_the_endpoint),
	    cmocka_unit_test(test_rotation_over_a_restart_does_not_double_the_inventory),
	    cmocka_unit_test(test_after_the_overlap_nothing_leads_back),
	    cmocka_unit_test(test_a_host_that_may_be_shown_takes_its_endpoints_along),
	    cmocka_unit_test(test_rotation_of_a_hidden_host_keeps_all_its_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
