/* The table of built-in classes. */
#include "redact/redact.h"
#include "tests/unit/classify/fixture.h"

static void
test_every_class_is_whole(void **state)
{
	(void)state;
	assert_int_equal(class_count(set), CLASS_BUILTIN);
	assert_null(class_get(set, CLASS_BUILTIN));
	for (unsigned i = 0; i < CLASS_BUILTIN; i++) {
		const struct class_info *info = class_get(set, i);
		const struct class_weights *w = &set->weights[i];

		assert_int_equal(class_find(set, span_str(info->name)), i);
		assert_true(strlen(info->name) <= CLASS_NAME_MAX);
		assert_true(strlen(info->name) <= TOKEN_CLASS_MAX);
		assert_true(strlen(info->title) > 2);
		assert_true(info->groups != 0 && !(info->groups & CLASS_CUSTOM));
		assert_false(info->custom);
		/* Stronger hits are worth more, a miss costs. */
		assert_true(w->shape >= 0 && w->miss < 0);
		assert_true(w->checked == 0 || w->checked > w->shape);
		assert_true(w->certain == 0 || w->certain > w->checked);
		assert_true(w->chance > 0 && w->chance < 0.01);
	}
	assert_int_equal(class_find(set, SPAN("no_such_class")), CLASS_NONE);
	assert_int_equal(class_find(set, SPAN_NONE), CLASS_NONE);
}

/* What may be shown: no part of a code, and no token of what a token would give away. */
static void
test_masks_fit_their_classes(void **state)
{
	static const struct {
		const char *name;
		enum class_mask mask;
	} cases[] = {{"card_code", MASK_NOTHING}, {"pin", MASK_NOTHING},
	    {"card_number", MASK_LAST4}, {"password", MASK_SHAPE},
	    {"birth_date", MASK_YEAR}};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_int_equal(
		    class_get(set, class_find(set, span_str(cases[i].name)))->mask,
		    cases[i].mask);
}

static void
test_words_for_tables(void **state)
{
	(void)state;
	assert_string_equal(class_mask_name(MASK_TOKEN), "token");
	assert_string_equal(class_mask_name(MASK_LAST4), "last4");
	assert_string_equal(class_mask_name(MASK_YEAR), "year");
	assert_string_equal(class_mask_name(MASK_SHAPE), "shape");
	assert_string_equal(class_mask_name(MASK_NOTHING), "nothing");
	assert_string_equal(class_group_name(CLASS_PCI), "pci");
	assert_string_equal(class_group_name(CLASS_CUSTOM), "custom");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_class_is_whole),
	    cmocka_unit_test(test_masks_fit_their_classes),
	    cmocka_unit_test(test_words_for_tables),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
