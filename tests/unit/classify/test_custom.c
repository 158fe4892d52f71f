/* A customer's classes. */
#include "tests/unit/classify/fixture.h"

static struct class_set *custom_set;

static const struct class_custom staff[] = {
    {.name = {"employee", 8},
	.title = {"employee number", 15},
	.pattern = {"EMP-\\d{6}", 9},
	.names = {"employee staffNo staff_number", 29},
	.groups = CLASS_PII,
	.mask = MASK_TOKEN},
    {.name = {"member", 6}, .pattern = {"\\d{10}", 6}, .validator = {"luhn", 4}},
    {.name = {"codename", 8}, .names = {"code_name", 9}, .mask = MASK_SHAPE},
    {.name = {"slow", 4}, .pattern = {"(a+)+b", 6}},
};

static int
make_custom(void **state)
{
	char error[200];
	size_t at;

	(void)state;
	return class_set_new(staff, LENGTH(staff), &custom_set, &at, error);
}

static int
free_custom(void **state)
{
	(void)state;
	class_set_free(custom_set);
	return 0;
}

static int
custom_strength(const char *value, const char *cls)
{
	struct class_hits h;

	classify_value(custom_set, span_str(value), CLASS_STRING, true, &h);
	for (unsigned i = 0; i < h.n; i++)
		if (h.hit[i].cls == class_find(custom_set, span_str(cls)))
			return h.hit[i].strength;
	return 0;
}

static void
test_patterns_hold_the_whole_value(void **state)
{
	(void)state;
	assert_int_equal(custom_strength("EMP-123456", "employee"), HIT_CHECKED);
	assert_int_equal(custom_strength("EMP-1234567", "employee"), 0);
	assert_int_equal(custom_strength("xEMP-123456", "employee"), 0);
	assert_int_equal(custom_strength("1234567897", "member"), HIT_CERTAIN);
	assert_int_equal(custom_strength("1234567898", "member"), 0);
	assert_int_equal(custom_strength("anything", "codename"), HIT_SHAPE);
}

static void
test_patterns_that_run_away_are_stopped(void **state)
{
	char a[1001];

	(void)state;
	memset(a, 'a', sizeof(a));
	a[1000] = '\0';
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(custom_strength(a, "slow"), 0);
	assert_int_equal(custom_strength("aaab", "slow"), HIT_CHECKED);
}

static void
test_names_speak_for_them(void **state)
{
	static const char *const names[] = {
	    "employee", "staff_no", "StaffNo", "staff-number"};
	struct class_context c;

	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++) {
		classify_context(custom_set, span_str(names[i]), span_str(names[i]),
		    SPAN_NONE, SPAN_NONE, &c);
		assert_int_equal(
		    class_prior(&c, class_find(custom_set, SPAN("employee"))), 60);
	}
}

static void
test_they_are_classes_like_others(void **state)
{
	const struct class_info *info =
	    class_get(custom_set, class_find(custom_set, SPAN("employee")));

	(void)state;
	assert_int_equal(class_count(custom_set), CLASS_BUILTIN + LENGTH(staff));
	assert_true(info->custom);
	assert_string_equal(info->title, "employee number");
	assert_int_equal(info->groups, CLASS_PII | CLASS_CUSTOM);
	info = class_get(custom_set, class_find(custom_set, SPAN("codename")));
	assert_string_equal(info->title, "codename");
	assert_int_equal(info->mask, MASK_SHAPE);
}

static const struct {
	struct class_custom c;
	const char *error;
} refused[] = {
    {{.name = {"Upper", 5}}, "name:"},
    {{.name = {"", 0}}, "name:"},
    {{.name = {"a23456789012345678901234x", 25}}, "name:"},
    {{.name = {"iban", 4}}, "there is a class iban"},
    {{.name = {"fine", 4}}, "there is a class fine"}, /* twice */
    {{.name = {"x", 1}, .pattern = {"(", 1}}, "pattern:"},
    {{.name = {"x", 1}, .pattern = {"a\\Cb", 4}}, "pattern:"},
    {{.name = {"x", 1}, .validator = {"crc", 3}}, "validator:"},
};

static void
test_errors_say_which_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(refused); i++) {
		struct class_custom two[2] = {{.name = {"fine", 4}}, refused[i].c};
		struct class_set *s = (struct class_set *)1;
		char error[200];
		size_t at = 99;

		assert_int_equal(class_set_new(two, 2, &s, &at, error), ERR_INVALID);
		assert_null(s);
		assert_int_equal(at, 1);
		assert_non_null(strstr(error, refused[i].error));
	}
}

static void
test_too_many_are_refused(void **state)
{
	static struct class_custom many[CLASS_CUSTOM_MAX + 1];
	struct class_set *s;
	char error[200];
	size_t at;

	(void)state;
	assert_int_equal(class_set_new(many, LENGTH(many), &s, &at, error), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_patterns_hold_the_whole_value),
	    cmocka_unit_test(test_patterns_that_run_away_are_stopped),
	    cmocka_unit_test(test_names_speak_for_them),
	    cmocka_unit_test(test_they_are_classes_like_others),
	    cmocka_unit_test(test_errors_say_which_and_why),
	    cmocka_unit_test(test_too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, make_custom, free_custom);
}
