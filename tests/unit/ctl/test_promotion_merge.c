/* Three-way merge of promotions, and the gate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/ctl/promotion.h"

#define KEY "field shop GET /a - response body x class.email"
#define IGNORED "field shop GET /a - response body x field.ignore = yes"
#define NO_ENDPOINT "endpoint shop GET /a - template = ignore"

/* A set of lines; NULL is an empty one. */
static void
make(struct promotion *p, const char *lines)
{
	struct span rest = span_str(lines);
	struct promotion_error error;

	promotion_init(p);
	while (!span_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		if (line.n)
			assert_int_equal(promotion_add_line(p, line, &error), OK);
	}
	assert_int_equal(promotion_sort(p, &error), OK);
}

/* "yes", "no learned" … as the only fact of a set. */
static void
make_one(struct promotion *p, const char *says)
{
	char line[200] = "";

	if (says)
		snprintf(line, sizeof line, KEY " = %s", says);
	make(p, line);
}

#define SAME PROMOTION_SAME
#define PUT PROMOTION_PUT
#define REMOVE PROMOTION_REMOVE
#define KEPT PROMOTION_KEPT
#define CONFLICT PROMOTION_CONFLICT

/* Everything one fact can come to: what each side says, and what --theirs makes of it. */
static const struct {
	const char *base, *ours, *theirs;
	enum promotion_step step, with_theirs;
} cases[] = {
    /* nobody changed anything */
    {NULL, "yes", "yes", SAME, SAME},
    {"yes", "yes", "yes", SAME, SAME},
    {"yes", NULL, NULL, SAME, SAME},
    {NULL, "yes learned", "yes learned", SAME, SAME},
    {NULL, "yes", "yes learned", SAME, SAME},
    /* changed there alone */
    {NULL, NULL, "yes", PUT, PUT},
    {NULL, NULL, "yes learned", PUT, PUT},
    {NULL, NULL, "no", PUT, PUT},
    {"yes", "yes", "no", PUT, PUT},
    {"yes", "yes", NULL, REMOVE, REMOVE},
    {"no", "no", "yes learned", PUT, PUT},
    /* a person's word makes firm what was only learned here */
    {NULL, "yes learned", "yes", PUT, PUT},
    {NULL, "no learned", "no", PUT, PUT},
    {"yes learned", "yes learned", "yes", PUT, PUT},
    /* changed here alone */
    {NULL, "yes", NULL, KEPT, KEPT},
    {"yes", "no", "yes", KEPT, KEPT},
    {"yes", NULL, "yes", KEPT, KEPT},
    {NULL, "yes learned", NULL, KEPT, KEPT},
    /* changed on both sides alike */
    {"yes", "no", "no", SAME, SAME},
    /* and differently */
    {NULL, "no", "yes", CONFLICT, PUT},
    {"yes", "no", NULL, CONFLICT, REMOVE},
    {"no", NULL, "yes", CONFLICT, PUT},
    {NULL, "no", "yes learned", CONFLICT, PUT},
    {NULL, "no learned", "yes learned", CONFLICT, PUT},
    {NULL, "no learned", "yes", CONFLICT, PUT},
    {NULL, "yes learned", "no", CONFLICT, PUT},
    /* what learning rejected there never becomes a statement here */
    {NULL, NULL, "no learned", SAME, SAME},
    {NULL, "no learned", NULL, SAME, SAME},
    {NULL, "no", "no learned", SAME, SAME},
    {NULL, "yes learned", "no learned", KEPT, KEPT},
    {"yes learned", "yes", "no learned", REMOVE, REMOVE},
    {NULL, "yes", "no learned", KEPT, KEPT},
    {"no", "no", "no learned", REMOVE, REMOVE}, /* a person's no was withdrawn there */
    {"no learned", NULL, "yes learned", PUT, PUT},
    {"no learned", "no learned", "yes learned", PUT, PUT},
    /* what learning no longer finds there was not taken back */
    {"yes learned", "yes", NULL, KEPT, KEPT},
    {"yes learned", "no", NULL, KEPT, KEPT},
    /* what is learned here cannot be removed */
    {"yes", "yes learned", NULL, KEPT, KEPT},
};

static enum promotion_step
merge_one(const char *base, const char *ours, const char *theirs,
    enum promotion_choice choice, bool *resolved)
{
	struct promotion b, o, t;
	struct promotion_change *change;
	enum promotion_step step;
	size_t n;

	make_one(&b, base);
	make_one(&o, ours);
	make_one(&t, theirs);
	assert_int_equal(promotion_merge(&b, &o, &t, choice, &change, &n), OK);
	assert_int_equal(n, 1);
	assert_true((change->base != NULL) == (base != NULL));
	assert_true((change->ours != NULL) == (ours != NULL));
	assert_true((change->theirs != NULL) == (theirs != NULL));
	step = change->step;
	*resolved = change->resolved;
	free(change);
	promotion_fini(&b);
	promotion_fini(&o);
	promotion_fini(&t);
	return step;
}

static void
test_every_way_of_one_fact(void **state)
{
	bool resolved;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *b = cases[i].base, *o = cases[i].ours, *t = cases[i].theirs;
		bool conflict = cases[i].step == CONFLICT;

		assert_int_equal(
		    merge_one(b, o, t, PROMOTION_ASK, &resolved), cases[i].step);
		assert_false(resolved);
		assert_int_equal(merge_one(b, o, t, PROMOTION_THEIRS, &resolved),
		    cases[i].with_theirs);
		assert_int_equal(resolved, conflict);
		assert_int_equal(merge_one(b, o, t, PROMOTION_OURS, &resolved),
		    conflict ? KEPT : cases[i].step);
		assert_int_equal(resolved, conflict);
	}
}

/* Taking a promotion in and merging the same again changes nothing: whatever was put, kept
 * or removed, the second time there is nothing to put, remove or ask. */
static void
test_the_same_promotion_twice_changes_nothing(void **state)
{
	static const char *const says[] = {
	    NULL, "yes", "no", "yes learned", "no learned"};
	bool resolved;

	(void)state;
	for (size_t i = 0; i < 125; i++) {
		const char *b = says[i % 5], *o = says[i / 5 % 5], *t = says[i / 25];
		enum promotion_step step;

		if (!b && !o && !t)
			continue;
		step = merge_one(b, o, t, PROMOTION_THEIRS, &resolved);
		o = step == PUT	     ? (t[0] == 'y' ? "yes" : "no")
		    : step == REMOVE ? NULL
				     : o;
		if (!o && !t)
			continue;
		step = merge_one(t, o, t, PROMOTION_ASK, &resolved);
		if (step != SAME && step != KEPT)
			fail_msg("%s %s %s: %d", b ? b : "-", o ? o : "-", t ? t : "-",
			    (int)step);
	}
}

static void
test_sets_are_merged_by_key_and_open_fields_left_out(void **state)
{
	struct promotion b, o, t;
	struct promotion_change *change;
	size_t n;

	(void)state;
	make(&b, "service a owner = x\nservice c owner = x\n");
	make(&o, "service a owner = x\nservice b owner = x\n");
	make(&t,
	    "open a GET /a - request body z = \"too few values\"\nservice c owner = x\n"
	    "service d owner = x\n");
	assert_int_equal(promotion_merge(&b, &o, &t, PROMOTION_ASK, &change, &n), OK);
	assert_int_equal(n, 4);
	assert_int_equal(change[0].step, REMOVE);
	assert_int_equal(change[1].step, KEPT);
	assert_int_equal(change[2].step, KEPT);
	assert_int_equal(change[3].step, PUT);
	assert_true(span_eq(change[3].theirs->key, SPAN("service d owner")));
	free(change);
	promotion_fini(&b);
	promotion_fini(&o);
	promotion_fini(&t);
}

static void
test_a_conflict_is_told_in_words(void **state)
{
	struct promotion b, o, t;
	struct promotion_change *change;
	struct buf text = BUF_INIT;
	size_t n;

	(void)state;
	make_one(&b, "yes learned");
	make_one(&o, "no reason \"test data\"");
	snprintf(o.fact[0].note, sizeof o.fact[0].note, "anna, 2026-11-20");
	make_one(&t, "yes reason \"seen by hand\"");
	assert_int_equal(promotion_merge(&b, &o, &t, PROMOTION_ASK, &change, &n), OK);
	promotion_say(change, "qa", &text);
	assert_string_equal(text.p,
	    "qa says yes, \"seen by hand\"; here it is no, \"test data\" (anna, "
	    "2026-11-20); promoted last was yes (learned from traffic)");
	free(change);
	promotion_fini(&b);
	promotion_fini(&o);
	promotion_fini(&t);
	buf_fini(&text);
}

static void
test_the_gate_judges_fields_and_class_definitions(void **state)
{
	static const struct {
		const char *theirs, *ours;
		enum promotion_finding finding;
	} gate[] = {
	    {"open s GET / - request body x = \"too few values\"", "",
		PROMOTION_UNCLASSIFIED},
	    {KEY " = yes", "", PROMOTION_DIFFERS},
	    {KEY " = yes learned", "", PROMOTION_DIFFERS},
	    {KEY " = yes learned", KEY " = yes", PROMOTION_PASSES},
	    {KEY " = yes", KEY " = yes learned", PROMOTION_PASSES},
	    {KEY " = yes", KEY " = no", PROMOTION_DIFFERS},
	    {KEY " = no", "", PROMOTION_PASSES},
	    {KEY " = no learned", "", PROMOTION_PASSES},
	    {KEY " = no", KEY " = yes learned", PROMOTION_DIFFERS},
	    {KEY " = no learned", KEY " = yes", PROMOTION_DIFFERS},
	    {"field shop GET /a - response body x field.ignore = yes", "",
		PROMOTION_DIFFERS},
	    {"class staff_no pattern = E[0-9]+", "", PROMOTION_DIFFERS},
	    {"class staff_no pattern = E[0-9]+", "class staff_no pattern = E[0-9]*",
		PROMOTION_DIFFERS},
	    {"class staff_no pattern = E[0-9]+", "class staff_no pattern = E[0-9]+",
		PROMOTION_PASSES},
	    /* what is ignored here is not in force, whatever else is said */
	    {KEY " = yes", KEY " = yes\n" IGNORED, PROMOTION_DIFFERS},
	    {KEY " = yes learned", NO_ENDPOINT "\n" KEY " = yes", PROMOTION_DIFFERS},
	    {KEY " = yes\n" IGNORED, KEY " = yes\n" IGNORED, PROMOTION_PASSES},
	    {KEY " = yes\n" IGNORED, IGNORED, PROMOTION_PASSES},
	    /* not what a field is */
	    {"service a owner = x", "", PROMOTION_PASSES},
	    {"endpoint a GET / - mode = shadow", "", PROMOTION_PASSES},
	    {"team a / = \"web at 1\"", "", PROMOTION_PASSES},
	};
	struct promotion ours, theirs;

	(void)state;
	make(&theirs, "class staff_no names = staff\nclass staff_no title = staff");
	make(&ours, "class other title = x\nclass staff_no validator = luhn");
	assert_int_equal(
	    promotion_judge(&ours.fact[0], &theirs, &ours), PROMOTION_PASSES);
	assert_int_equal(
	    promotion_judge(&ours.fact[1], &theirs, &ours), PROMOTION_DIFFERS);
	promotion_fini(&ours);
	promotion_fini(&theirs);
	for (size_t i = 0; i < sizeof gate / sizeof *gate; i++) {
		make(&ours, gate[i].ours);
		make(&theirs, gate[i].theirs);
		assert_int_equal(
		    promotion_judge(&theirs.fact[0], &theirs, &ours), gate[i].finding);
		promotion_fini(&ours);
		promotion_fini(&theirs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_way_of_one_fact),
	    cmocka_unit_test(test_the_same_promotion_twice_changes_nothing),
	    cmocka_unit_test(test_sets_are_merged_by_key_and_open_fields_left_out),
	    cmocka_unit_test(test_a_conflict_is_told_in_words),
	    cmocka_unit_test(test_the_gate_judges_fields_and_class_definitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
