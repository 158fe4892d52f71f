/* From counts to states: class_judge is the real one, so the numbers are of clear cases. */
#include "tests/unit/policy/fixture.h"

#include "policy/learn_class.h"

static struct class_set *set;
static uint16_t card;

static int
make_set(void **state)
{
	char error[200];
	size_t at;

	if (class_set_new(NULL, 0, &set, &at, error) != OK)
		return -1;
	card = class_find(set, SPAN("card_number"));
	return card == CLASS_NONE ? -1 : 0;
}

static int
free_set(void **state)
{
	class_set_free(set);
	return 0;
}

/* n values that all are cards, or none. */
static struct learn_class_counts
counts(uint64_t clean, uint64_t cards)
{
	return (struct learn_class_counts){.values = clean + cards,
	    .hits = cards,
	    .checked = cards,
	    .distinct = clean + cards};
}

struct step {
	const char *what;
	enum learn_class_state was;
	struct learn_class_counts base, now;
	int32_t prior;
	bool human;
	enum learn_class_state becomes;
	bool news;
};

#define CARDS(clean, cards)                                              \
	{                                                                \
		(clean) + (cards), cards, cards, 0, 0, (clean) + (cards) \
	}

static const struct step steps[] = {
    {"nothing is known of nothing", LEARN_CLASS_SEEN, CARDS(0, 0), CARDS(0, 0), -20,
	false, LEARN_CLASS_SEEN, false},
    {"cards under a good name are confirmed", LEARN_CLASS_SEEN, CARDS(0, 0), CARDS(0, 50),
	60, false, LEARN_CLASS_CONFIRMED, true},
    {"suspected ones are, too", LEARN_CLASS_SUSPECTED, CARDS(0, 0), CARDS(0, 50), 60,
	false, LEARN_CLASS_CONFIRMED, true},
    {"it is news once", LEARN_CLASS_CONFIRMED, CARDS(0, 0), CARDS(0, 90), 60, false,
	LEARN_CLASS_CONFIRMED, false},
    {"order numbers of which few pass are not", LEARN_CLASS_SUSPECTED, CARDS(0, 0),
	CARDS(4900, 100), -30, false, LEARN_CLASS_REJECTED, false},
    {"a year of notes, then cards: the window sees them", LEARN_CLASS_REJECTED,
	CARDS(1000000, 3), CARDS(1000000, 53), 60, false, LEARN_CLASS_CONFIRMED, true},
    {"what a person said stands", LEARN_CLASS_REJECTED, CARDS(0, 0), CARDS(0, 500), 60,
	true, LEARN_CLASS_REJECTED, false},
    {"and is not taken back", LEARN_CLASS_CONFIRMED, CARDS(0, 0), CARDS(9000, 0), -30,
	true, LEARN_CLASS_CONFIRMED, false},
    {"what was confirmed and is not is rejected", LEARN_CLASS_CONFIRMED, CARDS(0, 0),
	CARDS(100000, 20), -30, false, LEARN_CLASS_REJECTED, false},
    {"too little to say takes nothing back", LEARN_CLASS_CONFIRMED, CARDS(0, 0),
	CARDS(1, 0), 0, false, LEARN_CLASS_CONFIRMED, false},
};

static void
test_each_finding_makes_the_state_that_it_should(void **state)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		const struct step *s = &steps[i];
		struct learn_class_field f = {.now = s->now,
		    .base = s->base,
		    .prior = s->prior,
		    .state = s->was,
		    .human = s->human};
		struct learn_class_result r;

		learn_class_judge(set, card, &f, &r);
		if (r.state != s->becomes || r.news != s->news)
			fail_msg("%s: %s%s, score %.1f", s->what,
			    learn_class_name(r.state), r.news ? " (news)" : "", r.score);
	}
}

/* Evidence that trickles in after a year is added up, look by look. */
static void
test_a_window_lasts_until_it_has_seen_enough(void **state)
{
	struct learn_class_field f = {
	    .now = counts(1000000, 0), .prior = 60, .state = LEARN_CLASS_SEEN};
	struct learn_class_result r;
	unsigned looks = 0;

	learn_class_judge(set, card, &f, &r);
	assert_true(r.base.values == 1000000); /* a window begins */
	f.base = r.base;
	f.state = r.state;
	do {
		f.now.values++;
		f.now.hits++;
		f.now.checked++;
		f.now.distinct++;
		learn_class_judge(set, card, &f, &r);
		f.base = r.base;
		f.state = r.state;
		assert_true(++looks < 100);
	} while (!r.news);
	assert_int_equal(f.state, LEARN_CLASS_CONFIRMED);
	assert_true(f.base.values == 1000000);
}

static void
test_a_window_without_a_finding_begins_anew(void **state)
{
	struct learn_class_field f = {.base = counts(1000, 0),
	    .now = counts(1000 + LEARN_WINDOW_VALUES - 1, 0),
	    .prior = -20,
	    .state = LEARN_CLASS_REJECTED};
	struct learn_class_result r;

	learn_class_judge(set, card, &f, &r);
	assert_memory_equal(&r.base, &f.base, sizeof r.base);
	f.now.values++;
	learn_class_judge(set, card, &f, &r);
	assert_memory_equal(&r.base, &f.now, sizeof r.base);
}

/* One constant that happens to pass is no class, however often it is seen. */
static void
test_a_window_counts_distinct_values_of_its_own(void **state)
{
	struct learn_class_field f = {.base = {1000, 0, 0, 0, 0, 4},
	    .now = {1200, 200, 200, 0, 0, 5},
	    .prior = 0,
	    .state = LEARN_CLASS_REJECTED};
	struct learn_class_result r;

	learn_class_judge(set, card, &f, &r);
	assert_true(r.state < LEARN_CLASS_CONFIRMED);
}

static void
test_states_have_names_both_ways(void **state)
{
	for (unsigned i = 0; i < LEARN_CLASS_STATES; i++)
		assert_int_equal(learn_class_parse(span_str(learn_class_name(i))), i);
	assert_int_equal(learn_class_parse(SPAN("else")), LEARN_CLASS_SEEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_finding_makes_the_state_that_it_should),
	    cmocka_unit_test(test_a_window_lasts_until_it_has_seen_enough),
	    cmocka_unit_test(test_a_window_without_a_finding_begins_anew),
	    cmocka_unit_test(test_a_window_counts_distinct_values_of_its_own),
	    cmocka_unit_test(test_states_have_names_both_ways),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
