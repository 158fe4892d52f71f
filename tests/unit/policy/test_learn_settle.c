/* Learned templates happen when two epochs in a row want them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/learn_template.h"

static struct pool pool;

static struct learn_action *
action(struct learned *l, uint64_t hash)
{
	struct learn_action *a = VEC_ADD(&pool, &l->actions);

	*a = (struct learn_action){
	    .kind = LEARN_MERGE, .hash = hash, .requests = 100, .n = 2};
	return a;
}

static void
test_two_epochs_in_a_row(void **state)
{
	static const struct {
		const char *name;
		unsigned epochs; /* remembered, 0: nothing is */
		int64_t epoch, last, now;
		enum learn_verdict verdict;
		unsigned want;
	} cases[] = {
	    {"the first time", 0, 0, 7, 8, LEARN_WAIT, 1},
	    {"again", 1, 8, 8, 9, LEARN_APPLY, 2},
	    {"again after a pause of the cycle", 1, 8, 8, 20, LEARN_APPLY, 2},
	    {"the same epoch", 1, 9, 9, 9, LEARN_WAIT, 1},
	    {"not wanted in between", 1, 7, 8, 9, LEARN_WAIT, 1},
	    {"stragglers of what was done", 5, 8, 8, 9, LEARN_APPLY, 6},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct learn_waiting w = {.hash = 1,
		    .kind = LEARN_MERGE,
		    .epochs = cases[i].epochs,
		    .epoch = cases[i].epoch};
		struct learn_settled s;
		struct learned l = {0};

		action(&l, 1);
		learn_template_settle(
		    &l, &w, cases[i].epochs > 0, cases[i].last, cases[i].now, &s);
		if (s.verdict != cases[i].verdict || s.epochs != cases[i].want)
			fail_msg("%s: verdict %d, epochs %u", cases[i].name, s.verdict,
			    s.epochs);
		pool_fini(&pool);
	}
}

static void
test_people_need_not_wait(void **state)
{
	struct learn_settled s[4];
	struct learn_waiting w[4] = {0};
	struct learned l = {0};

	action(&l, 1)->human = true;
	action(&l, 2)->mature = true;
	action(&l, 3)->fresh = true;
	action(&l, 4)->fresh = true;
	l.actions.v[3].requests = LEARN_REQUESTS - 1;
	for (unsigned i = 0; i < 4; i++)
		w[i] = (struct learn_waiting){
		    .hash = i + 1, .mature = i == 1, .epochs = 1, .epoch = 1};
	learn_template_settle(&l, w, 0, 1, 2, s);
	assert_int_equal(s[0].verdict, LEARN_APPLY);
	assert_int_equal(s[1].verdict, LEARN_WAIT);
	learn_template_settle(&l, w, 4, 1, 2, s);
	assert_int_equal(s[0].verdict, LEARN_APPLY);
	assert_int_equal(s[1].verdict, LEARN_PROPOSE); /* nor are they taken unawares */
	assert_int_equal(s[2].verdict, LEARN_APPLY);
	assert_int_equal(s[3].verdict, LEARN_WAIT); /* of too little */
	pool_fini(&pool);
}

static void
test_little_of_what_was_decided_changes_at_once(void **state)
{
	struct learn_waiting w[40];
	struct learn_settled s[40];
	struct learned l = {.templates = 1000};
	unsigned applied = 0;

	for (unsigned i = 0; i < 40; i++) {
		struct learn_action *a = action(&l, i + 1);

		a->settled = i < 30;
		a->requests = 100 + i;
		w[i] = (struct learn_waiting){.hash = i + 1, .epochs = 1, .epoch = 1};
	}
	learn_template_settle(&l, w, 40, 1, 2, s);
	for (unsigned i = 0; i < 30; i++) {
		applied += s[i].verdict == LEARN_APPLY;
		if (i >= 20) /* those used most */
			assert_int_equal(s[i].verdict, LEARN_APPLY);
	}
	assert_int_equal(applied, 10); /* 1 % */
	for (unsigned i = 30; i < 40; i++)
		assert_int_equal(s[i].verdict, LEARN_APPLY);
	l.templates = LEARN_SHARE_FROM;
	learn_template_settle(&l, w, 40, 1, 2, s);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(s[i].verdict, LEARN_APPLY);
	pool_fini(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_two_epochs_in_a_row),
	    cmocka_unit_test(test_people_need_not_wait),
	    cmocka_unit_test(test_little_of_what_was_decided_changes_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
