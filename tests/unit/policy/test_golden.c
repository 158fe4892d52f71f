/* The golden cases of tests/policy: see its README. */
#include "tests/unit/policy/fixture.h"

#include <dirent.h>
#include <stdio.h>

#include "base/io.h"

#define FOLDER "tests/policy"

static struct span
read_file(struct fixture *f, const char *stem, const char *ending)
{
	struct span path = pool_printf(&f->pool, FOLDER "/%s%s", stem, ending), text;
	struct buf b = BUF_INIT;
	int rc = io_read_file(path.p, 1 << 20, &b);

	if (rc == ERR_NOTFOUND)
		return SPAN_NONE;
	assert_int_equal(rc, OK);
	text = pool_copy(&f->pool, buf_span(&b));
	buf_fini(&b);
	return text;
}

static void
add_context(struct fixture *f)
{
	fixture_add(
	    f, INPUT_SERVICES, "context.services", read_file(f, "context", ".services"));
	fixture_add(f, INPUT_ENDPOINTS, "context.endpoints",
	    read_file(f, "context", ".endpoints"));
}

static int
compile_rules(struct fixture *f, const char *name, struct span text)
{
	f->inputs.n = 0;
	add_context(f);
	fixture_add(f, INPUT_RULES, name, text);
	return fixture_compile(f);
}

static void
compare(struct fixture *f, const char *stem, const char *ending, struct span got)
{
	struct span wanted = read_file(f, stem, ending);
	const char *write = getenv("YETT_GOLDEN");

	if (write && strcmp(write, "write") == 0) {
		struct span path = pool_printf(&f->pool, FOLDER "/%s%s", stem, ending);

		assert_int_equal(io_write_file(path.p, got, 0644), OK);
		return;
	}
	if (!span_eq(wanted, got))
		fail_msg("%s%s: expected\n%.*s\ngot\n%.*s", stem, ending, (int)wanted.n,
		    wanted.n ? wanted.p : "", (int)got.n, got.n ? got.p : "");
}

/* What the dump says compiles to a bundle that dumps to the same. */
static void
assert_round_trip(struct fixture *f, const char *stem, struct span dump)
{
	struct span text = pool_copy(&f->pool, dump);
	struct buf again = BUF_INIT;

	if (compile_rules(f, stem, text) != OK)
		fail_msg("%s: its dump does not compile: %s", stem, fixture_messages(f));
	dump_content(&f->b, true, &again);
	if (!span_eq(text, buf_span(&again)))
		fail_msg("%s: dumped again it is\n%s", stem, again.p);
	buf_fini(&again);
}

static void
run_case(const char *stem)
{
	struct fixture f = {0};
	struct buf dump = BUF_INIT;
	char name[300];
	int rc;

	snprintf(name, sizeof name, "%s.rules", stem);
	rc = compile_rules(&f, name, read_file(&f, stem, ".rules"));
	if (rc == OK)
		dump_content(&f.b, true, &dump);
	if (f.messages.n)
		compare(&f, stem, ".err", buf_span(&f.messages));
	else
		assert_true(span_absent(read_file(&f, stem, ".err")));
	if (rc == OK) {
		compare(&f, stem, ".ok", buf_span(&dump));
		assert_round_trip(&f, stem, buf_span(&dump));
	} else {
		assert_true(span_absent(read_file(&f, stem, ".ok")));
	}
	buf_fini(&dump);
	fixture_fini(&f);
}

static void
test_each_case_gives_what_stands_beside_it(void **state)
{
	struct dirent **entry;
	int n = scandir(FOLDER, &entry, NULL, alphasort), cases = 0;

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		char *dot = strrchr(entry[i]->d_name, '.');

		if (dot && strcmp(dot, ".rules") == 0) {
			*dot = '\0';
			run_case(entry[i]->d_name);
			cases++;
		}
		free(entry[i]);
	}
	free(entry);
	assert_true(cases >= 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_case_gives_what_stands_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
