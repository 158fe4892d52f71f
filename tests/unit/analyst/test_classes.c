/* Classes that the bundle brings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyst/classes.h"
#include "tests/unit/bundle/fixture.h"

static void
test_classes_of_the_bundle_stand_beside_those_built_in(void **state)
{
	struct fixture f = {0};
	struct class_set *plain, *s;
	struct class_hits hits;
	unsigned refused;
	uint16_t staff;

	fixture_policy(&f);
	assert_int_equal(classes_make(NULL, &plain, &refused), OK);
	assert_int_equal(classes_make(&f.b, &s, &refused), OK);
	assert_int_equal(refused, 0);
	assert_int_equal(class_count(s), class_count(plain) + 2);
	staff = class_find(s, SPAN("staff_no"));
	assert_true(staff != CLASS_NONE);
	assert_true(class_get(s, staff)->custom);
	assert_true(class_get(s, staff)->groups & CLASS_CUSTOM);
	assert_int_equal(class_get(s, class_find(s, SPAN("badge")))->mask, MASK_SHAPE);
	assert_true(class_find(plain, SPAN("staff_no")) == CLASS_NONE);
	classify_value(s, SPAN("E123456"), CLASS_STRING, false, &hits);
	while (hits.n > 0 && hits.hit[hits.n - 1].cls != staff)
		hits.n--;
	assert_true(hits.n > 0);
	class_set_free(s);
	class_set_free(plain);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classes_of_the_bundle_stand_beside_those_built_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
