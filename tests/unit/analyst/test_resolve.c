/* What traffic showed becomes what the next policy has learned of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyst/intake_state.h"
#include "feed.h"
#include "policy/compile.h"

static struct feed feed; /* large */
static struct pool pool;
static struct buf bytes;
static struct bundle bundle;

static void
bundle_learned(const char *endpoints)
{
	struct compile_options o = {.revision = 1, .source = SPAN("test")};
	struct diags diags = {.pool = &pool};
	struct bundle_error e;
	struct input in[2] = {{.kind = INPUT_CONF}, {.kind = INPUT_ENDPOINTS}};

	in[0].source =
	    (struct source){SPAN("conf"), SPAN("[policy]\nenvironment = dev\n")};
	in[1].source = (struct source){SPAN("endpoints"), span_str(endpoints)};
	buf_fini(&bytes);
	assert_int_equal(compile(&pool, &diags, in, 2, &o, &bytes), OK);
	assert_int_equal(bundle_parse(buf_span(&bytes), &bundle, &e), OK);
}

static void
end(void)
{
	feed_close(&feed);
	pool_fini(&pool);
	buf_fini(&bytes);
}

static void
words_get(unsigned from, unsigned to)
{
	char path[64];

	for (unsigned i = from; i < to; i++) {
		snprintf(path, sizeof(path), "/users/qz%cx%cy/orders/7",
		    'a' + (int)i % 26, 'a' + (int)i / 26);
		feed_get(&feed, path, i, 200);
	}
}

static void
test_words_of_a_learned_parameter_leave_the_table(void **state)
{
	uint64_t hash = endpoint_hash(
	    SPAN("api.example"), SPAN("GET"), SPAN("/users/{text}/orders/{number}"));
	struct feed_request q = {
	    "GET", "api.example", "/users/anybody/orders/7", 1, 0, {0}};
	unsigned described;

	feed_open(&feed, NULL);
	words_get(0, 40);
	feed_get(&feed, "/users/search", 1, 200);
	assert_int_equal(endpoints_count(feed.intake->endpoints), 41);
	bundle_learned("api.example GET /users/{text}/orders/{number}\n");
	described = feed.endpoints;
	assert_int_equal(intake_bundle(feed.intake, &bundle), OK);
	assert_int_equal(endpoints_count(feed.intake->endpoints), 2);
	assert_int_equal(feed.aliases, 0); /* the database knows more by now */
	intake_flush(feed.intake);
	for (unsigned i = 0; i < described; i++) /* sums went out under the old hashes */
		assert_int_equal(feed.endpoint[i].requests, 1);
	q.verdict.endpoint_hash = hash;
	feed_pair(&feed, &q, 200);
	words_get(0, 3); /* of a worker that has the old policy still */
	intake_flush(feed.intake);
	assert_int_equal(endpoints_count(feed.intake->endpoints), 5);
	assert_int_equal(intake_bundle(feed.intake, &bundle), OK);
	assert_int_equal(endpoints_count(feed.intake->endpoints), 2);
	end();
}

static void
test_requests_in_flight_count_for_the_learned_endpoint(void **state)
{
	struct feed_request q = {
	    "GET", "api.example", "/users/qzaxay/orders/7", 1, 0, {0}};
	struct feed_endpoint *e;
	struct ctx ctx;

	feed_open(&feed, NULL);
	words_get(0, 2);
	intake_request(feed.intake, feed_record(&feed, &q, &ctx));
	intake_flush(feed.intake);
	bundle_learned("api.example GET /users/{text}/orders/{number}\n"
		       "api.example GET /users/{text}\n");
	assert_int_equal(intake_bundle(feed.intake, &bundle), OK);
	forward_line(feed.forward, feed_line(&feed, &ctx, 200, ""), feed.now_us);
	intake_flush(feed.intake);
	e = feed_by_hash(&feed,
	    endpoint_hash(
		SPAN("api.example"), SPAN("GET"), SPAN("/users/{text}/orders/{number}")));
	assert_non_null(e);
	assert_int_equal(e->requests, 1);
	assert_int_equal(endpoints_count(feed.intake->endpoints), 1);
	end();
}

static void
test_what_the_policy_does_not_have_stays(void **state)
{
	feed_open(&feed, NULL);
	feed_get(&feed, "/users/qzaxay", 1, 200);
	feed_get(&feed, "/users/7:cancel", 1, 200);
	feed_get(&feed, "/Users(7)", 1, 200);
	feed_get(&feed, "/orders/7", 1, 200);
	bundle_learned("api.example POST /users/{text}\n"
		       "other.example GET /users/{text}\n"
		       "api.example GET /users/{number}\n"
		       "api.example GET /orders/{number}\n");
	assert_int_equal(intake_bundle(feed.intake, &bundle), OK);
	assert_int_equal(endpoints_count(feed.intake->endpoints), 4);
	intake_flush(feed.intake);
	assert_int_equal(feed_find(&feed, "/orders/{number}")->requests, 1);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_of_a_learned_parameter_leave_the_table),
	    cmocka_unit_test(test_requests_in_flight_count_for_the_learned_endpoint),
	    cmocka_unit_test(test_what_the_policy_does_not_have_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
