/* bundle_open: who signed, for where, from when, after what; and every damage. */
#include "tests/unit/bundle/fixture.h"

#include "crypto/crypto.h"

struct opening {
	struct fixture f;
	struct signer key[2];
	struct bundle_trust trust;
	struct bundle_error error;
	struct bundle b;
};

static int
setup(void **state)
{
	struct opening *o = calloc(1, sizeof *o);

	assert_non_null(o);
	fixture_policy(&o->f);
	fixture_key(&o->key[0], 1, "any");
	fixture_key(&o->key[1], 2, "any");
	fixture_stamp(&o->f, 7, o->key, 1);
	o->trust = (struct bundle_trust){.keys = o->key,
	    .n = 1,
	    .environment = "dev",
	    .agent_version = 1 << 8,
	    .now_us = CREATED};
	*state = o;
	return 0;
}

static int
teardown(void **state)
{
	struct opening *o = *state;

	fixture_fini(&o->f);
	free(o);
	return 0;
}

static int
open_it(struct opening *o)
{
	return bundle_open(buf_span(&o->f.bytes), &o->trust, &o->b, &o->error);
}

/* Changes the header of the signed bundle and signs that again. */
static void
sign_header(struct opening *o, const struct bundle_header *h)
{
	struct span s = buf_span(&o->f.bytes);
	struct bundle_signature *sig = (void *)(o->f.bytes.p + s.n - sizeof *sig);

	memcpy(o->f.bytes.p, h, sizeof *h);
	assert_int_equal(ed25519_sign(o->key[0].private, span_head(s, s.n - sizeof *sig),
			     sig->signature),
	    OK);
}

static void
test_open_takes_a_signed_bundle(void **state)
{
	struct opening *o = *state;

	assert_int_equal(open_it(o), OK);
	assert_string_equal(o->b.key_id, o->key[0].id);
	assert_int_equal(o->b.rules, 5);
	assert_true(o->b.services && o->b.hosts && o->b.endpoints && o->b.nodes &&
	    o->b.literals && o->b.params && o->b.leaves && o->b.sources &&
	    o->b.predicates && o->b.steps && o->b.sets && o->b.set_slots && o->b.keys &&
	    o->b.anchors && o->b.anchor_slots && o->b.postings && o->b.free_rules &&
	    o->b.words && o->b.selftests);
}

static void
test_open_refuses_every_flipped_bit_as_unsigned(void **state)
{
	struct opening *o = *state;
	struct buf *bytes = &o->f.bytes;

	for (size_t i = 0; i < bytes->n; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);

		bytes->p[i] = (char)((uint8_t)bytes->p[i] ^ bit);
		if (open_it(o) != ERR_SIGNATURE)
			fail_msg("byte %zu: %s", i, o->error.text);
		assert_null(o->b.header);
		bytes->p[i] = (char)((uint8_t)bytes->p[i] ^ bit);
	}
	assert_int_equal(open_it(o), OK);
}

static void
test_open_refuses_every_cut_and_growth_as_unsigned(void **state)
{
	struct opening *o = *state;
	struct span s = buf_span(&o->f.bytes);

	for (size_t n = 0; n < s.n; n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, s.p, n);
		assert_int_equal(
		    bundle_open(span_make(copy, n), &o->trust, &o->b, &o->error),
		    ERR_SIGNATURE);
		free(copy);
	}
	buf_put_char(&o->f.bytes, 0);
	assert_int_equal(open_it(o), ERR_SIGNATURE);
}

static void
test_open_refuses_unsigned_and_foreign_alike(void **state)
{
	struct opening *o = *state;

	fixture_stamp(&o->f, 7, NULL, 0);
	assert_int_equal(open_it(o), ERR_SIGNATURE);
	fixture_stamp(&o->f, 7, &o->key[1], 1);
	assert_int_equal(open_it(o), ERR_SIGNATURE);
	/* a foreign key that calls itself by a trusted one's name */
	memcpy(o->key[1].id, o->key[0].id, sizeof o->key[1].id);
	fixture_stamp(&o->f, 7, &o->key[1], 1);
	assert_int_equal(open_it(o), ERR_SIGNATURE);
	o->trust.n = 0;
	assert_int_equal(open_it(o), ERR_SIGNATURE);
}

static void
test_open_takes_either_of_two_keys_while_they_rotate(void **state)
{
	struct opening *o = *state;

	fixture_stamp(&o->f, 7, o->key, 2);
	assert_int_equal(open_it(o), OK);
	o->trust.keys = &o->key[1];
	assert_int_equal(open_it(o), OK);
	assert_string_equal(o->b.key_id, o->key[1].id);
	o->key[1].until_us = CREATED - 1;
	assert_int_equal(open_it(o), ERR_SIGNATURE);
	o->key[1].until_us = CREATED;
	assert_int_equal(open_it(o), OK);
}

static void
test_open_holds_a_key_to_its_environment(void **state)
{
	struct opening *o = *state;

	fixture_key(&o->key[0], 1, "prod");
	assert_int_equal(open_it(o), ERR_ENVIRONMENT);
	fixture_key(&o->key[0], 1, "dev");
	assert_int_equal(open_it(o), OK);
	o->trust.environment = "prod";
	assert_int_equal(open_it(o), ERR_ENVIRONMENT);
}

static void
test_open_asks_for_revision_dates_and_agent(void **state)
{
	struct opening *o = *state;
	struct bundle_header h = *o->f.b.header;

	o->trust.revision_now = 6;
	assert_int_equal(open_it(o), OK);
	o->trust.revision_now = 7;
	assert_int_equal(open_it(o), ERR_OLDER);
	o->trust.revision_now = 8;
	assert_int_equal(open_it(o), ERR_OLDER);
	memcpy(o->trust.content_now, h.content, sizeof h.content);
	assert_int_equal(open_it(o), OK);
	o->trust.revision_now = 0;
	o->trust.agent_version = (1 << 8) - 1;
	assert_int_equal(open_it(o), ERR_VERSION);
	o->trust.agent_version = 1 << 16;
	h.not_before_us = CREATED + 1;
	sign_header(o, &h);
	assert_int_equal(open_it(o), ERR_EARLY);
	o->trust.now_us = CREATED + 1;
	assert_int_equal(open_it(o), OK);
}

static void
test_open_takes_an_expired_bundle(void **state)
{
	struct opening *o = *state;
	struct bundle_header h = *o->f.b.header;

	assert_int_equal(open_it(o), OK);
	h.expires_us = CREATED + 5;
	sign_header(o, &h);
	o->trust.now_us = CREATED + 10;
	assert_int_equal(open_it(o), OK);
	assert_int_equal(o->b.header->expires_us, CREATED + 5);
}

/* The signature holds, the bytes do not: signed by mistake, or by a broken compiler. */
static void
test_open_checks_structure_behind_a_good_signature(void **state)
{
	struct opening *o = *state;
	struct bundle_header h = *o->f.b.header;

	h.content[0] ^= 1;
	sign_header(o, &h);
	assert_int_equal(open_it(o), ERR_CORRUPT);
	h.content[0] ^= 1;
	h.format = 2;
	sign_header(o, &h);
	assert_int_equal(open_it(o), ERR_VERSION);
	h.format = 1;
	h.revision = 0;
	sign_header(o, &h);
	assert_int_equal(open_it(o), ERR_CORRUPT);
	h.revision = 7;
	sign_header(o, &h);
	assert_int_equal(open_it(o), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    T(test_open_takes_a_signed_bundle),
	    T(test_open_refuses_every_flipped_bit_as_unsigned),
	    T(test_open_refuses_every_cut_and_growth_as_unsigned),
	    T(test_open_refuses_unsigned_and_foreign_alike),
	    T(test_open_takes_either_of_two_keys_while_they_rotate),
	    T(test_open_holds_a_key_to_its_environment),
	    T(test_open_asks_for_revision_dates_and_agent),
	    T(test_open_takes_an_expired_bundle),
	    T(test_open_checks_structure_behind_a_good_signature),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
