/* One NOTIFY from bytes to ACK and ring record, over a private shared state, no policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/clock.h"
#include "crypto/derive.h"
#include "engine/request_record.h"
#include "worker/decide.h"
#include "worker/policy.h"

#define WORKER 3
#define SHARDS 2

struct fixture {
	struct settings s;
	struct shared shared;
	struct ring producer[SHARDS], consumer[SHARDS];
	struct keyring line;
	struct decider d;
	struct policy *policy;
	uint8_t out[8192];
	struct spop_writer w;
};

static int
set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct engine_options o = {.headers_max = 64, .body = {64, 1000, 65536, 100}};
	struct conf_error error;
	const char *which;
	int fd;

	assert_non_null(x);
	assert_int_equal(settings_parse(SPAN(""), &x->s, &error), OK);
	x->s.state_limit_slots = x->s.state_identity_slots = 1024;
	assert_int_equal(shared_create(&x->s, &fd), OK);
	assert_int_equal(shared_attach(fd, &x->s, &x->shared), OK);
	close(fd);
	for (int i = 0; i < SHARDS; i++) {
		assert_int_equal(ring_create(65536, &fd), OK);
		assert_int_equal(ring_attach(fd, -1, &x->producer[i]), OK);
		assert_int_equal(ring_attach(fd, -1, &x->consumer[i]), OK);
		close(fd);
	}
	assert_int_equal(keyring_generate(7, &x->line), OK);
	assert_int_equal(decide_init(&x->d, &x->s, &x->shared, &x->shared.role[1], WORKER,
			     x->producer, SHARDS, &x->line),
	    OK);
	assert_int_equal(exception_policy_parse(&x->s, &o.exceptions, &which), OK);
	o.limits = &x->shared.limits;
	o.history = &x->shared.history;
	o.gateways = 1;
	x->policy = policy_make(-1, &o);
	assert_non_null(x->policy->engine);
	decide_use(&x->d, x->policy->engine, 0);
	x->w = (struct spop_writer){.p = x->out, .cap = sizeof(x->out)};
	*state = x;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *x = *state;

	policy_free(x->policy);
	decide_fini(&x->d);
	for (int i = 0; i < SHARDS; i++) {
		ring_detach(&x->producer[i]);
		ring_detach(&x->consumer[i]);
	}
	shared_detach(&x->shared);
	free(x);
	return 0;
}

static void
put_text(struct spop_writer *w, const char *name, struct span v)
{
	spop_put_string(w, span_str(name));
	spop_put_varint(w, SPOP_STRING);
	spop_put_string(w, v);
}

/* Decides one request; its ACK stands in x->out. */
static int
ask(struct fixture *x, const char *path, const char *body)
{
	static uint8_t payload[4096], headers[256];
	struct spop_writer p = {.p = payload, .cap = sizeof(payload)};
	struct spop_writer h = {.p = headers, .cap = sizeof(headers)};
	struct spop_frame f = {.stream = 5, .frame = 9};
	int err;

	spop_put_string(&h, SPAN("host"));
	spop_put_string(&h, SPAN("api.example"));
	spop_put_string(&h, SPAN("authorization"));
	spop_put_string(&h, SPAN("Bearer abcdefghijkl"));
	spop_put_varint(&h, 0);
	spop_put_varint(&h, 0);
	spop_put_string(&p, SPAN("request"));
	spop_put_varint(&p, body ? 6 : 5);
	put_text(&p, "id", SPAN("request-1"));
	put_text(&p, "method", SPAN("GET"));
	put_text(&p, "path", span_str(path));
	put_text(&p, "ver", SPAN("1.1"));
	put_text(&p, "hdrs", span_make(headers, h.n));
	if (body)
		put_text(&p, "body", span_str(body));
	assert_false(p.full || h.full);
	f.payload = span_make(payload, p.n);
	x->w.n = 0;
	decide_batch(&x->d);
	err = decide_notify(&x->d, &f, &x->w);
	decide_batch_end(&x->d);
	return err;
}

/* The value of a text variable in the ACK; absent if it is not set. */
static struct span
answered(const struct fixture *x, const char *want)
{
	struct span rest = span_make(x->out + 4, x->w.n - 4), name;
	struct spop_frame f;
	struct spop_value v;

	assert_int_equal(spop_read_frame(rest, &f), OK);
	assert_int_equal(f.type, SPOP_ACK);
	assert_int_equal(f.stream, 5);
	assert_int_equal(f.frame, 9);
	rest = f.payload;
	while (rest.n > 3) {
		rest = span_from(rest, 3);
		assert_int_equal(spop_read_argument(&rest, &name, &v), OK);
		if (span_eq(name, span_str(want)))
			return v.bytes;
	}
	return SPAN_NONE;
}

static void
test_request_gets_an_answer_whose_ctx_opens(void **state)
{
	struct fixture *x = *state;
	uint8_t key[SIPHASH_KEY_BYTES];
	struct ctx ctx;

	assert_int_equal(ask(x, "/users/17", NULL), OK);
	assert_true(span_eq(answered(x, "action"), SPAN("allow")));
	assert_true(span_eq(answered(x, "endpoint"), SPAN("GET /users/{number}")));
	assert_int_equal(derive_ctx_key(&x->line.secret[0], key), OK);
	assert_int_equal(
	    ctx_open(answered(x, "ctx"), key, clock_wall_us(), 1000000, &ctx), OK);
	assert_int_equal(ctx.worker, WORKER);
	assert_int_equal(ctx.epoch, 7);
	assert_int_equal(ctx.sequence, 1);
	assert_int_equal(ctx.shard, ctx.identity % SHARDS);
	assert_true(ctx.flags & VERDICT_PROVISIONAL);
	assert_int_equal(ask(x, "/users/18", NULL), OK);
	assert_int_equal(
	    ctx_open(answered(x, "ctx"), key, clock_wall_us(), 1000000, &ctx), OK);
	assert_int_equal(ctx.sequence, 2);
}

static void
test_record_lies_in_the_ring_of_its_identity(void **state)
{
	struct fixture *x = *state;
	struct request_prelude prelude;
	struct request r;
	struct span record;
	uint32_t kind;
	unsigned found = 0;

	assert_int_equal(ask(x, "/users/17", "{\"a\":1}"), OK);
	for (unsigned i = 0; i < SHARDS; i++)
		while (ring_peek(&x->consumer[i], &kind, &record, NULL)) {
			found++;
			assert_int_equal(kind, RING_REQUEST);
			assert_int_equal(request_record_read(record, &prelude, &r), OK);
			assert_int_equal(prelude.identity_lo % SHARDS, i);
			assert_int_equal(prelude.worker, WORKER);
			assert_int_equal(prelude.sequence, 1);
			assert_true(span_eq(r.path, SPAN("/users/17")));
			assert_true(span_eq(r.id, SPAN("request-1")));
			ring_consume(&x->consumer[i]);
		}
	assert_int_equal(found, 1);
	assert_int_equal(metric_get(&x->d.slot->metric, M_RING_RECORDS), 1);
}

static void
test_full_ring_drops_and_counts_and_still_answers(void **state)
{
	struct fixture *x = *state;

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(ask(x, "/users/17", NULL), OK);
		assert_true(span_eq(answered(x, "action"), SPAN("allow")));
	}
	assert_true(metric_get(&x->d.slot->metric, M_RING_DROPPED) > 500);
	assert_int_equal(metric_get(&x->d.slot->metric, M_DECISIONS), 1000);
	assert_int_equal(metric_get(&x->d.slot->metric, M_ALLOWED), 1000);
	assert_int_equal(atomic_load(&x->d.slot->metric.exception[EX_NO_POLICY]), 1000);
}

static void
test_hand_is_empty_after_the_answer(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(ask(x, "/users/17", NULL), OK);
	assert_int_equal(shared_hand_fingerprint(&x->shared, WORKER), 0);
}

/* What was in hand at a death is recognised when it comes again, whatever its values. */
static void
test_quarantined_request_is_denied_unparsed(void **state)
{
	struct fixture *x = *state;
	const struct span fields[HAND_FIELDS] = {SPAN("GET"), SPAN("/killer"), SPAN_NONE,
	    SPAN("\x04host\x01x\x0d"
		 "authorization\x01y\0\0"),
	    SPAN_NONE};
	uint64_t fingerprint = shared_fingerprint(fields);

	assert_false(shared_quarantine_note(&x->shared, fingerprint, 2, 1));
	assert_int_equal(ask(x, "/killer", NULL), OK);
	assert_true(span_eq(answered(x, "action"), SPAN("allow")));
	assert_true(shared_quarantine_note(&x->shared, fingerprint, 2, 2));
	assert_int_equal(ask(x, "/killer", NULL), OK);
	assert_true(span_eq(answered(x, "action"), SPAN("deny")));
	assert_true(span_eq(answered(x, "inspected"), SPAN("none")));
	assert_int_equal(ask(x, "/other", NULL), OK);
	assert_true(span_eq(answered(x, "action"), SPAN("allow")));
}

static void
test_sequence_goes_on_after_a_restart(void **state)
{
	struct fixture *x = *state;
	struct decider next;

	assert_int_equal(ask(x, "/a", NULL), OK);
	assert_int_equal(ask(x, "/a", NULL), OK);
	assert_int_equal(decide_init(&next, &x->s, &x->shared, &x->shared.role[1], WORKER,
			     x->producer, SHARDS, &x->line),
	    OK);
	decide_fini(&x->d);
	x->d = next;
	decide_use(&x->d, x->policy->engine, 0);
	assert_int_equal(ask(x, "/a", NULL), OK);
	assert_int_equal(atomic_load(&x->d.slot->sequence), 3);
}

static void
test_nothing_of_ours_is_answered_void(void **state)
{
	struct fixture *x = *state;
	struct spop_frame f = {.stream = 5, .frame = 9, .payload = SPAN_NONE};

	decide_batch(&x->d);
	assert_int_equal(decide_notify(&x->d, &f, &x->w), OK);
	decide_batch_end(&x->d);
	assert_true(span_absent(answered(x, "action")));
	assert_int_equal(metric_get(&x->d.slot->metric, M_DECISIONS), 0);
}

static void
test_broken_payload_is_an_error_and_no_answer(void **state)
{
	struct fixture *x = *state;
	struct spop_frame f = {
	    .stream = 5, .frame = 9, .payload = SPAN("\x07request\x05")};

	decide_batch(&x->d);
	assert_int_not_equal(decide_notify(&x->d, &f, &x->w), OK);
	assert_int_equal(x->w.n, 0);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(test_request_gets_an_answer_whose_ctx_opens),
	    CASE(test_record_lies_in_the_ring_of_its_identity),
	    CASE(test_full_ring_drops_and_counts_and_still_answers),
	    CASE(test_hand_is_empty_after_the_answer),
	    CASE(test_quarantined_request_is_denied_unparsed),
	    CASE(test_sequence_goes_on_after_a_restart),
	    CASE(test_nothing_of_ours_is_answered_void),
	    CASE(test_broken_payload_is_an_error_and_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
