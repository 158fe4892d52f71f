#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pg/migrate.h"

static void
test_every_sqlstate_is_one_of_our_errors(void **state)
{
	static const struct {
		const char *sqlstate;
		int err;
	} cases[] = {
	    {"08006", ERR_CLOSED},
	    {"57P01", ERR_CLOSED},
	    {"", ERR_CLOSED},
	    {NULL, ERR_CLOSED},
	    {"28P01", ERR_DENIED},
	    {"42501", ERR_DENIED},
	    {"23505", ERR_EXISTS},
	    {"23514", ERR_INVALID},
	    {"22P02", ERR_INVALID},
	    {"P0001", ERR_INVALID},
	    {"P0002", ERR_NOTFOUND},
	    {"55000", ERR_CONFLICT},
	    {"55P03", ERR_AGAIN},
	    {"40P01", ERR_AGAIN},
	    {"42P01", ERR_VERSION},
	    {"3F000", ERR_VERSION},
	    {"53100", ERR_FULL},
	    {"25006", ERR_IO},
	    {"57014", ERR_IO},
	    {"XX000", ERR_IO},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(pg_error_of(cases[i].sqlstate), cases[i].err);
}

static void
test_no_server_is_said_in_words(void **state)
{
	struct pg_sync *p;
	struct pg_error error;

	assert_int_equal(
	    pg_sync_open("host=/nonexistent dbname=x", "test", &p, &error), ERR_CLOSED);
	assert_null(p);
	assert_non_null(strstr(error.text, "/nonexistent"));
	assert_true(error.text[strlen(error.text) - 1] != '\n');
	assert_int_equal(pg_sync_open("nonsense", "test", &p, &error), ERR_CLOSED);
	assert_true(strlen(error.text) > 0);
}

static void
test_migrations_are_numbered_upwards(void **state)
{
	unsigned last = 0;

	assert_true(migrate_n > 0);
	for (size_t i = 0; i < migrate_n; i++) {
		assert_true(migrate_table[i].version > last);
		last = migrate_table[i].version;
		assert_int_equal(strlen(migrate_table[i].sha256), 64);
		assert_true(strlen(migrate_table[i].sql) > 100);
	}
	assert_int_equal(migrate_newest(), last);
	assert_non_null(strstr(migrate_init_sql, "yett_owner"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_sqlstate_is_one_of_our_errors),
	    cmocka_unit_test(test_no_server_is_said_in_words),
	    cmocka_unit_test(test_migrations_are_numbered_upwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
