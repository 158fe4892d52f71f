/* Verdicts over counts. */
#include "tests/unit/classify/fixture.h"

static enum class_verdict
judge(const char *cls, struct class_evidence e, double *score)
{
	double s;

	return class_judge(set, class_find(set, span_str(cls)), &e, score ? score : &s);
}

static void
test_cards_are_confirmed_by_a_few(void **state)
{
	(void)state;
	assert_int_equal(
	    judge("card_number",
		(struct class_evidence){
		    .values = 5, .hits = 5, .checked = 5, .distinct = 5, .prior = -20},
		NULL),
	    CLASSED_IS);
	/* One, with a name that says so. */
	assert_int_equal(
	    judge("card_number",
		(struct class_evidence){
		    .values = 1, .hits = 1, .checked = 1, .distinct = 1, .prior = 60},
		NULL),
	    CLASSED_IS);
	/* One without. */
	assert_int_equal(
	    judge("card_number",
		(struct class_evidence){
		    .values = 1, .hits = 1, .checked = 1, .distinct = 1, .prior = -20},
		NULL),
	    CLASSED_UNKNOWN);
}

static void
test_order_numbers_that_pass_luhn_are_none(void **state)
{
	double score;

	(void)state;
	/* One in ten passes Luhn, a fourth of these has a scheme's first digits. */
	assert_int_equal(judge("card_number",
			     (struct class_evidence){.values = 200,
				 .hits = 20,
				 .checked = 5,
				 .distinct = 200,
				 .prior = -20},
			     &score),
	    CLASSED_NOT);
	assert_true(score < -20);
	/* All pass: the name decides. */
	assert_true(judge("card_number",
			(struct class_evidence){.values = 200,
			    .hits = 200,
			    .checked = 50,
			    .distinct = 200,
			    .prior = -60},
			&score) < CLASSED_SUSPECTED);
}

static void
test_a_value_seen_again_counts_once(void **state)
{
	double once, often;

	(void)state;
	judge("card_number",
	    (struct class_evidence){
		.values = 1, .hits = 1, .checked = 1, .distinct = 1, .prior = -20},
	    &once);
	assert_int_equal(judge("card_number",
			     (struct class_evidence){.values = 1000,
				 .hits = 1000,
				 .checked = 1000,
				 .distinct = 1,
				 .prior = -20},
			     &often),
	    CLASSED_UNKNOWN);
	assert_float_equal(once, often, 1e-6);
}

static void
test_shapes_need_a_name(void **state)
{
	struct class_evidence e = {
	    .values = 500, .hits = 500, .distinct = 400, .prior = -20};

	(void)state;
	assert_true(judge("person_name", e, NULL) < CLASSED_SUSPECTED);
	assert_true(judge("password", e, NULL) < CLASSED_SUSPECTED);
	assert_true(judge("nl_bsn", e, NULL) < CLASSED_SUSPECTED);
	e.prior = 60;
	assert_int_equal(judge("person_name", e, NULL), CLASSED_IS);
	assert_int_equal(judge("password", e, NULL), CLASSED_IS);
	assert_int_equal(judge("nl_bsn", e, NULL), CLASSED_IS);
}

static void
test_a_name_alone_is_no_verdict(void **state)
{
	(void)state;
	assert_int_equal(
	    judge("iban", (struct class_evidence){.prior = 60}, NULL), CLASSED_UNKNOWN);
	assert_true(judge("iban",
			(struct class_evidence){.values = 3, .distinct = 3, .prior = 60},
			NULL) < CLASSED_SUSPECTED);
	assert_int_equal(
	    judge("iban",
		(struct class_evidence){.values = 300, .distinct = 300, .prior = 60},
		NULL),
	    CLASSED_NOT);
}

static void
test_certain_ones_need_one_message(void **state)
{
	static const char *const cls[] = {"jwt", "provider_key", "private_key"};
	const struct class_evidence e = {.values = 1,
	    .hits = 1,
	    .checked = 1,
	    .certain = 1,
	    .distinct = 1,
	    .prior = -20};

	(void)state;
	for (size_t i = 0; i < LENGTH(cls); i++)
		assert_int_equal(judge(cls[i], e, NULL), CLASSED_IS);
}

static void
test_text_that_holds_some_contains(void **state)
{
	(void)state;
	assert_int_equal(
	    judge("email",
		(struct class_evidence){
		    .values = 20, .contained = 4, .distinct = 20, .prior = -20},
		NULL),
	    CLASSED_CONTAINS);
	assert_int_equal(
	    judge("jwt",
		(struct class_evidence){
		    .values = 100, .contained = 1, .distinct = 100, .prior = -20},
		NULL),
	    CLASSED_CONTAINS);
	assert_int_equal(
	    judge("card_number",
		(struct class_evidence){
		    .values = 1000, .contained = 1, .distinct = 1000, .prior = -20},
		NULL),
	    CLASSED_NOT);
	/* A field of many things, one of which is a token now and then. */
	assert_int_equal(judge("provider_key",
			     (struct class_evidence){.values = 100,
				 .hits = 3,
				 .checked = 3,
				 .certain = 3,
				 .distinct = 100,
				 .prior = -20},
			     NULL),
	    CLASSED_CONTAINS);
}

/* Evidence of several gateways adds up: merged counts say what they say together. */
static void
test_more_of_the_same_does_not_weaken(void **state)
{
	struct class_evidence e = {
	    .values = 6, .hits = 6, .checked = 6, .distinct = 6, .prior = -20};
	double before = -1000, score;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		judge("br_cpf", e, &score);
		assert_true(score >= before);
		before = score;
		e.values *= 2, e.hits *= 2, e.checked *= 2, e.distinct *= 2;
	}
}

static void
test_odd_counts_are_survived(void **state)
{
	double score;

	(void)state;
	judge("iban",
	    (struct class_evidence){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
		UINT64_MAX, UINT64_MAX, INT32_MAX},
	    &score);
	assert_true(score == score);
	judge("iban", (struct class_evidence){0, 5, 9, 12, 3, 0, INT32_MIN}, &score);
	assert_true(score == score);
	assert_int_equal(
	    class_judge(set, 60000, &(struct class_evidence){.values = 1}, &score),
	    CLASSED_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cards_are_confirmed_by_a_few),
	    cmocka_unit_test(test_order_numbers_that_pass_luhn_are_none),
	    cmocka_unit_test(test_a_value_seen_again_counts_once),
	    cmocka_unit_test(test_shapes_need_a_name),
	    cmocka_unit_test(test_a_name_alone_is_no_verdict),
	    cmocka_unit_test(test_certain_ones_need_one_message),
	    cmocka_unit_test(test_text_that_holds_some_contains),
	    cmocka_unit_test(test_more_of_the_same_does_not_weaken),
	    cmocka_unit_test(test_odd_counts_are_survived),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
