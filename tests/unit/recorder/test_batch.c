#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/batch.h"

#define NOW (INT64_C(1800000000) * 1000000)
#define HOUR (NOW / BATCH_HOUR_US * BATCH_HOUR_US)

static struct batch batch;

static int
setup(void **state)
{
	if (batch_init(&batch, 1000) != OK)
		return -1;
	batch.now_us = NOW;
	return 0;
}

static int
teardown(void **state)
{
	batch_fini(&batch);
	return 0;
}

static void
add(struct record *r, unsigned shard, uint64_t sequence)
{
	struct spool_position at = {7, record_stream_of(r->kind), sequence};
	struct buf packed = BUF_INIT;

	record_pack(r, &packed);
	assert_int_equal(batch_add(&batch, shard, &at, buf_span(&packed), SPAN_NONE), OK);
	/* The batch keeps nothing of the payload. */
	memset(packed.p, 0xff, packed.n);
	buf_fini(&packed);
}

static void
add_summary(uint64_t hash, int64_t minute_us, uint64_t requests, uint64_t latency)
{
	static uint64_t sequence;
	struct record r = {.kind = RECORD_SUMMARY};

	r.summary.hash = hash;
	r.summary.minute_us = minute_us;
	r.summary.first_us = minute_us + 5;
	r.summary.last_us = minute_us + 6;
	r.summary.requests = requests;
	r.summary.status[2] = requests;
	r.summary.auth_mask = 1u << (hash % 8);
	assert_int_equal(
	    hist_add(&r.summary.latency_us, latency, (uint32_t)requests), OK);
	distinct_add(&r.summary.identities, latency);
	add(&r, 0, ++sequence);
	record_fini(&r);
}

static struct record
observation(uint64_t hash, struct span path, uint64_t messages)
{
	struct record r = {.kind = RECORD_OBSERVATION};

	r.observation =
	    (struct record_observation){.at = {hash, FIELD_RESPONSE, FIELD_BODY, path},
		.first_us = NOW - (int64_t)messages,
		.last_us = NOW + (int64_t)messages,
		.messages = messages,
		.present = messages,
		.values = 2 * messages,
		.types = 1u << (messages % 4),
		.bytes_max = 100 - messages};
	distinct_add(&r.observation.distinct, messages);
	return r;
}

/* Hashes 1 and 101 are one endpoint: an alias. */
static int32_t
resolve(void *ctx, uint64_t hash)
{
	if (hash >= 900)
		return 0;
	return (int32_t)(hash % 100);
}

static void
test_summaries_become_one_row_per_key(void **state)
{
	struct batch_hour *h;

	add_summary(2, HOUR, 1, 100);
	add_summary(1, HOUR, 2, 200);
	add_summary(1, HOUR + BATCH_MINUTE_US, 3, 300);
	add_summary(101, HOUR, 4, 400);
	add_summary(1, HOUR - BATCH_MINUTE_US, 5, 500);
	batch_resolve_ids(&batch, resolve, NULL);
	assert_int_equal(batch_squeeze(&batch), OK);

	assert_int_equal(batch.minutes.n, 4);
	assert_int_equal(batch.minutes.v[0].minute_us, HOUR - BATCH_MINUTE_US);
	assert_int_equal(batch.minutes.v[1].endpoint_id, 1);
	assert_int_equal(batch.minutes.v[1].requests, 6);
	assert_int_equal(batch.minutes.v[1].status[2], 6);
	assert_int_equal(batch.hours.n, 3);
	h = batch_hour_find(&batch, HOUR, 1);
	assert_non_null(h);
	assert_int_equal(h->sum.requests, 9);
	assert_int_equal(h->sum.latency_us.total, 9);
	assert_int_equal(distinct_count(&h->sum.identities), 3);
	assert_int_equal(h->sum.first_us, HOUR + 5);
	assert_int_equal(h->sum.last_us, HOUR + BATCH_MINUTE_US + 6);
	assert_int_equal(h->sum.auth_mask, 1u << 1 | 1u << 5);
	assert_null(batch_hour_find(&batch, HOUR, 3));
}

static void
test_hashes_without_an_id_are_asked_for_once(void **state)
{
	uint64_t *hash;
	size_t n;
	struct record r = {.kind = RECORD_DECISION,
	    .decision = {.hash = 950, .minute_us = HOUR, .rule = SPAN("r")}};

	add_summary(UINT64_MAX, HOUR, 1, 1);
	add_summary(UINT64_MAX, HOUR + BATCH_MINUTE_US, 1, 1);
	add_summary(900, HOUR, 1, 1);
	add_summary(1, HOUR, 1, 1);
	add(&r, 0, 1);
	r = observation(960, SPAN("x"), 1);
	add(&r, 0, 2);
	r = (struct record){.kind = RECORD_SUSPECT, .suspect = {.at = {.hash = 970}}};
	add(&r, 0, 3);
	r = (struct record){.kind = RECORD_CHILD, .child = {.hash = 980}};
	add(&r, 0, 4);
	batch_resolve_ids(&batch, resolve, NULL);
	assert_int_equal(batch_unresolved(&batch, &hash, &n), OK);
	assert_int_equal(n, 6);
	assert_int_equal(hash[0], 900);
	assert_int_equal(hash[1], 950);
	assert_int_equal(hash[4], 980);
	assert_true(hash[5] == UINT64_MAX);
	free(hash);
}

static void
test_decisions_of_one_kind_are_added_up(void **state)
{
	struct record r = {.kind = RECORD_DECISION};

	for (unsigned i = 0; i < 6; i++) {
		r.decision = (struct record_decision){.minute_us = HOUR + i,
		    .hash = 1 + 100 * (i % 2),
		    .action = 2,
		    .rule = i < 4 ? SPAN("one") : SPAN("two"),
		    .reason = SPAN("why"),
		    .requests = 1 + i,
		    .first_us = HOUR + 10 - i,
		    .last_us = HOUR + 10 + i};
		distinct_add(&r.decision.identities, i);
		add(&r, 0, i + 1);
	}
	batch_resolve_ids(&batch, resolve, NULL);
	assert_int_equal(batch_squeeze(&batch), OK);
	assert_int_equal(batch.decisions.n, 2);
	assert_int_equal(batch.decisions.v[0].d.requests, 1 + 2 + 3 + 4);
	assert_int_equal(distinct_count(&batch.decisions.v[0].d.identities), 4);
	assert_int_equal(batch.decisions.v[0].d.first_us, HOUR + 7);
	assert_int_equal(batch.decisions.v[0].d.last_us, HOUR + 13);
	assert_true(span_eq(batch.decisions.v[1].d.rule, SPAN("two")));
}

static void
test_observations_of_one_field_are_added_up(void **state)
{
	static const struct span names[] = {SPAN("email"), SPAN("iban"), SPAN("jwt"),
	    SPAN("phone"), SPAN("us_ssn"), SPAN("card_number")};
	struct record r;

	/* An alias, and more classes than one record has room for. */
	r = observation(101, SPAN("b"), 1);
	for (unsigned i = 0; i < OBSERVATION_CLASSES; i++) {
		r.observation.cls[i].name = names[i];
		r.observation.cls[i].hits = 1 + i;
		r.observation.cls[i].prior = -20;
	}
	add(&r, 0, 1);
	r = observation(1, SPAN("b"), 2);
	for (unsigned i = 0; i < OBSERVATION_CLASSES; i++) {
		r.observation.cls[i].name = names[i + 2];
		r.observation.cls[i].hits = 10;
		r.observation.cls[i].prior = i == 0 ? 60 : 20;
	}
	add(&r, 1, 1);
	r = observation(1, SPAN("a"), 4);
	r.observation.cls[0].name = names[0];
	add(&r, 0, 2);
	batch_resolve_ids(&batch, resolve, NULL);
	assert_int_equal(batch_squeeze(&batch), OK);

	assert_int_equal(batch.observations.n, 2);
	assert_true(span_eq(batch.observations.v[0].o.at.path, SPAN("a")));
	assert_int_equal(batch.observations.v[1].o.messages, 3);
	assert_int_equal(batch.observations.v[1].o.values, 6);
	assert_int_equal(batch.observations.v[1].o.types, 2 | 4);
	assert_int_equal(batch.observations.v[1].o.bytes_max, 99);
	assert_int_equal(batch.observations.v[1].o.first_us, NOW - 2);
	assert_int_equal(batch.observations.v[1].o.last_us, NOW + 2);
	assert_int_equal(distinct_count(&batch.observations.v[1].o.distinct), 2);

	assert_int_equal(batch.classes.n, 1 + 6);
	assert_int_equal(batch.classes.v[0].observation, 0);
	for (unsigned i = 1; i < batch.classes.n; i++) {
		const struct batch_class *c = &batch.classes.v[i];

		assert_int_equal(c->observation, 1);
		if (span_eq(c->name, SPAN("jwt"))) {
			assert_int_equal(c->hits, 3 + 10);
			assert_int_equal(c->prior, 60);
		} else if (span_eq(c->name, SPAN("phone"))) {
			assert_int_equal(c->hits, 4 + 10);
			assert_int_equal(c->prior, 20); /* of equal ones the one for it */
		}
	}
}

static void
test_of_suspicions_the_surest_stays(void **state)
{
	for (unsigned i = 0; i < 6; i++) {
		struct record r = {.kind = RECORD_SUSPECT};

		r.suspect = (struct record_suspect){
		    .at = {1 + 100 * (i % 2), FIELD_RESPONSE, FIELD_BODY, SPAN("x")},
		    .cls = i < 4 ? SPAN("iban") : SPAN("email"),
		    .at_us = NOW,
		    .score = i == 2 ? 90 : 70 + (int64_t)i,
		    .evidence = SPAN("seen")};
		add(&r, 0, i + 1);
	}
	batch_resolve_ids(&batch, resolve, NULL);
	assert_int_equal(batch_squeeze(&batch), OK);
	assert_int_equal(batch.suspects.n, 2);
	assert_true(span_eq(batch.suspects.v[0].s.cls, SPAN("email")));
	assert_int_equal(batch.suspects.v[0].s.score, 75);
	assert_int_equal(batch.suspects.v[1].s.score, 90);
	assert_true(span_eq(batch.suspects.v[1].s.evidence, SPAN("seen")));

	/* What they are about is locked by the statement of the observations. */
	assert_int_equal(batch.observations.n, 1);
	assert_int_equal(batch.observations.v[0].o.messages, 0);
	assert_int_equal(batch.classes.n, 2);
	assert_int_equal(batch.classes.v[1].hits, 0);
}

static void
test_children_and_links_become_one_row_per_key(void **state)
{
	struct record r = {.kind = RECORD_CHILD};

	for (unsigned i = 0; i < 6; i++) {
		r.child = (struct record_child){.hash = 1 + 100 * (i % 2),
		    .segment = i < 3 ? 1 : 2,
		    .word = SPAN("login"),
		    .requests = i,
		    .accepted = 1,
		    .shape = i == 1 ? 77 : 0};
		distinct_add(&r.child.identities, i);
		add(&r, 0, i + 1);
	}
	r = (struct record){.kind = RECORD_LINK, .link = {SPAN("a"), SPAN("b"), NOW}};
	add(&r, 0, 7);
	add(&r, 1, 7);
	r.link.to = SPAN("c");
	add(&r, 0, 8);
	batch_resolve_ids(&batch, resolve, NULL);
	assert_int_equal(batch_squeeze(&batch), OK);
	assert_int_equal(batch.children.n, 2);
	assert_int_equal(batch.children.v[0].c.requests, 0 + 1 + 2);
	assert_int_equal(batch.children.v[0].c.shape, 77);
	assert_int_equal(distinct_count(&batch.children.v[0].c.identities), 3);
	assert_int_equal(batch.children.v[1].c.accepted, 3);
	assert_int_equal(batch.links.n, 2);
	assert_true(span_eq(batch.links.v[1].to, SPAN("c")));
}

static void
test_runs_of_streams_are_kept_apart(void **state)
{
	struct record gap = {.kind = RECORD_GAP, .gap = {NOW, NOW, 1, 1, SPAN("x")}};
	struct record word = {
	    .kind = RECORD_WORD, .word = {.token = SPAN("t"), .text = SPAN("w")}};

	add(&gap, 0, 10);
	add(&word, 0, 3);
	add(&gap, 1, 100);
	add(&gap, 0, 15);
	add(&word, 0, 4);
	assert_int_equal(batch.streams.n, 3);
	assert_int_equal(batch.streams.v[0].from, 10);
	assert_int_equal(batch.streams.v[0].to, 15);
	assert_int_equal(batch.streams.v[1].kind, STREAM_ALERT);
	assert_int_equal(batch.streams.v[1].to, 4);
	assert_int_equal(batch.streams.v[2].shard, 1);
	assert_int_equal(batch.records, 5);
	assert_int_equal(batch.gaps.n, 3);
	assert_int_equal(batch_squeeze(&batch), OK);
	assert_int_equal(batch.words.n, 1); /* the same token twice */
}

static void
test_what_cannot_be_read_is_a_gap_and_not_an_error(void **state)
{
	struct spool_position at = {7, STREAM_SUMMARY, 5};
	struct record r = {.kind = RECORD_SUMMARY, .summary = {.requests = 30}};
	struct buf packed = BUF_INIT;

	assert_int_equal(batch_add(&batch, 2, &at, SPAN("\x97\x02\x06"), SPAN_NONE), OK);
	record_pack(&r, &packed);
	at.sequence = 6;
	assert_int_equal(
	    batch_add(&batch, 2, &at, buf_span(&packed), SPAN("not for this database")),
	    OK);
	buf_fini(&packed);
	assert_int_equal(batch.refused.n, 2);
	assert_true(span_eq(batch.refused.v[0].why, SPAN("unsupported version")));
	assert_int_equal(batch.refused.v[1].at.sequence, 6);
	assert_int_equal(batch.gaps.n, 2);
	assert_int_equal(batch.gaps.v[1].gap.requests, 30);
	assert_int_equal(batch.minutes.n, 0);
	assert_int_equal(batch.streams.v[0].to, 6);
}

static void
test_a_time_that_cannot_be_is_now(void **state)
{
	add_summary(1, 0, 1, 1);
	add_summary(1, NOW + INT64_C(86400000000), 2, 1);
	add_summary(1, INT64_MIN, 4, 1);
	add_summary(1, INT64_MAX - 10, 8, 1);
	assert_int_equal(batch.clamped, 4);
	assert_int_equal(batch.minutes.n, 1);
	assert_int_equal(
	    batch.minutes.v[0].minute_us, NOW / BATCH_MINUTE_US * BATCH_MINUTE_US);
	assert_int_equal(batch.minutes.v[0].requests, 15);
}

static void
test_a_cleared_batch_is_empty(void **state)
{
	add_summary(1, HOUR, 1, 1);
	batch_clear(&batch);
	assert_int_equal(
	    batch.records + batch.minutes.n + batch.hours.n + batch.streams.n, 0);
	add_summary(1, HOUR, 2, 1);
	assert_int_equal(batch.minutes.n, 1);
	assert_int_equal(batch.minutes.v[0].requests, 2);
}

#define BATCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BATCH_TEST(test_summaries_become_one_row_per_key),
	    BATCH_TEST(test_hashes_without_an_id_are_asked_for_once),
	    BATCH_TEST(test_decisions_of_one_kind_are_added_up),
	    BATCH_TEST(test_observations_of_one_field_are_added_up),
	    BATCH_TEST(test_of_suspicions_the_surest_stays),
	    BATCH_TEST(test_children_and_links_become_one_row_per_key),
	    BATCH_TEST(test_runs_of_streams_are_kept_apart),
	    BATCH_TEST(test_what_cannot_be_read_is_a_gap_and_not_an_error),
	    BATCH_TEST(test_a_time_that_cannot_be_is_now),
	    BATCH_TEST(test_a_cleared_batch_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
