/* A bundle that asks for what this agent does not know is refused, not misread. */
#include "fixture.h"

static void
test_plan_refuses_unknown_fields_and_odd_questions(void **state)
{
	static const struct {
		unsigned field, op, transform;
		const char *text;
		bool known;
	} cases[] = {
	    {FIELDS, OP_EXISTS, TRANSFORM_NONE, "", false},
	    {UINT16_MAX, OP_EXISTS, TRANSFORM_NONE, "", false},
	    {F_PATH, OP_LT, TRANSFORM_NONE, "", false},
	    {F_PATH, OP_LT, TRANSFORM_LEN, "", true},
	    {F_SEGMENT_COUNT, OP_CONTAINS, TRANSFORM_NONE, "1", false},
	    {F_SEGMENT_COUNT, OP_EQ, TRANSFORM_LOWER, "", false},
	    {F_SOURCE, OP_EQ, TRANSFORM_NONE, "10.0.0.0/33", false},
	    {F_SOURCE, OP_EQ, TRANSFORM_NONE, "10.0.0", false},
	    {F_SOURCE, OP_EQ, TRANSFORM_NONE, "fe80::1/64", true},
	    {F_SOURCE, OP_MATCHES, TRANSFORM_NONE, "1", false},
	    {F_PATH, OP_MATCHES, TRANSFORM_NONE, "a(b", false},
	    {F_PATH, OP_MATCHES, TRANSFORM_NONE, "a\\Cb", false},
	    {F_PATH, OP_MATCHES, TRANSFORM_NONE, "(*UTF)a", false},
	    {F_PATH, OP_MATCHES, TRANSFORM_NONE, "^/a(b|c)+$", true},
	    {F_TLS, OP_TRUE, TRANSFORM_NONE, "", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();
		struct bundle_error error;
		int rc;

		fix_predicate(
		    f, F_PATH, NULL, cases[i].op, cases[i].transform, cases[i].text, 0);
		f->predicate[0].field = (uint16_t)cases[i].field;
		rc = engine_new(&f->b, &f->options, &f->e, &error);
		if (rc != (cases[i].known ? OK : ERR_UNSUPPORTED))
			fail_msg("case %zu: %d %s", i, rc, error.text);
		assert_int_equal(error.text[0] != '\0', !cases[i].known);
		assert_true((f->e != NULL) == cases[i].known);
		fix_free(f);
	}
}

static void
test_plan_refuses_sets_of_another_kind(void **state)
{
	static const struct {
		enum field_id field;
		enum set_kind kind;
		int rc;
	} cases[] = {
	    {F_PATH, SET_TEXT, OK},
	    {F_PATH, SET_NUMBER, ERR_UNSUPPORTED},
	    {F_PATH, SET_ADDRESS, ERR_UNSUPPORTED},
	    {F_SOURCE_PORT, SET_NUMBER, OK},
	    {F_SOURCE_PORT, SET_TEXT, ERR_UNSUPPORTED},
	    {F_SOURCE, SET_ADDRESS, OK},
	    {F_SOURCE, SET_TEXT, ERR_UNSUPPORTED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();
		struct bundle_error error;

		f->set[0] = (struct bundle_set){.kind = cases[i].kind, .mask = 1};
		f->b.sets = 1;
		fix_predicate(f, cases[i].field, NULL, OP_IN, 0, "", 0);
		f->predicate[0].set = 0;
		assert_int_equal(
		    engine_new(&f->b, &f->options, &f->e, &error), cases[i].rc);
		fix_free(f);
	}
}

static void
test_plan_refuses_anchors_and_keys_it_does_not_know(void **state)
{
	static const enum field_id bad[] = {FIELDS, F_BODY_FIELD, F_SOURCE};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fix *f = fix_new();
		struct bundle_error error;

		f->anchor[0] =
		    (struct bundle_anchor){.field = (uint16_t)bad[i], .mask = 1};
		f->b.anchors = 1;
		assert_int_equal(
		    engine_new(&f->b, &f->options, &f->e, &error), ERR_UNSUPPORTED);
		f->b.anchors = 0;
		f->key[0].field = FIELDS;
		f->b.keys = 1;
		assert_int_equal(
		    engine_new(&f->b, &f->options, &f->e, &error), ERR_UNSUPPORTED);
		fix_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plan_refuses_unknown_fields_and_odd_questions),
	    cmocka_unit_test(test_plan_refuses_sets_of_another_kind),
	    cmocka_unit_test(test_plan_refuses_anchors_and_keys_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
