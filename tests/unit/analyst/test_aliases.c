#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyst/aliases.h"

static void
test_used_aliases_survive_a_flood(void **state)
{
	struct aliases a;

	assert_int_equal(aliases_init(&a, 100), OK);
	aliases_put(&a, 1, 11);
	for (uint64_t i = 1000; i < 101000; i++) {
		aliases_put(&a, i, (uint32_t)i);
		if (i % 50 == 0)
			assert_int_equal(aliases_get(&a, 1), 11);
		assert_int_equal(aliases_get(&a, i), i);
	}
	assert_int_equal(aliases_get(&a, 1000), ALIAS_NONE);
	assert_true(a.young.n + a.old.n <= 200);
	aliases_put(&a, 1, 12);
	assert_int_equal(aliases_get(&a, 1), 12);
	aliases_clear(&a);
	assert_int_equal(aliases_get(&a, 1), ALIAS_NONE);
	aliases_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_used_aliases_survive_a_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
