/* Bundles prepared beside the loop: what is refused, that the newest wins, that nothing
 * leaks when it ends in between (the sanitizer build looks). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "worker/policy.h"

static struct engine_options
options(void)
{
	return (struct engine_options){
	    .headers_max = 64, .body = {64, 1000, 65536, 100}, .gateways = 1};
}

static int
sealed(const char *text)
{
	int fd;

	assert_int_equal(io_memfd_sealed("test", span_str(text), &fd), OK);
	return fd;
}

static void
test_no_bundle_makes_an_engine(void **state)
{
	struct engine_options o = options();
	struct policy *p = policy_make(-1, &o);

	assert_non_null(p);
	assert_non_null(p->engine);
	assert_int_equal(p->revision, 0);
	policy_free(p);
	policy_free(NULL);
}

static void
test_garbage_is_refused_with_a_reason(void **state)
{
	struct engine_options o = options();
	struct policy *p =
	    policy_make(sealed("this is no bundle, however long it is"), &o);

	assert_non_null(p);
	assert_null(p->engine);
	assert_true(p->error.text[0] != '\0');
	policy_free(p);
}

static void
test_file_that_could_still_change_is_refused(void **state)
{
	struct engine_options o = options();
	struct policy *p;
	int fd;

	assert_int_equal(io_memfd("test", 4096, &fd), OK);
	p = policy_make(fd, &o);
	assert_non_null(p);
	assert_null(p->engine);
	assert_non_null(strstr(p->error.text, "not sealed"));
	policy_free(p);
}

struct heard {
	unsigned n;
	bool made, refused;
	struct policy *kept;
};

static void
on_ready(void *ctx, struct policy *p)
{
	struct heard *h = ctx;

	h->n++;
	*(p->engine != NULL ? &h->made : &h->refused) = true;
	policy_free(h->kept);
	h->kept = p;
}

static void
spin_until(struct ev_loop *loop, const bool *done)
{
	for (int i = 0; i < 2000 && !*done; i++) {
		ev_run(loop, EVRUN_NOWAIT);
		usleep(1000);
	}
	assert_true(*done);
}

static void
test_preparer_hands_policies_to_the_loop(void **state)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	struct engine_options o = options();
	struct heard h = {0};
	struct preparer *p;

	assert_int_equal(preparer_start(loop, on_ready, &h, &p), OK);
	preparer_submit(p, sealed("broken"), &o);
	spin_until(loop, &h.refused);
	assert_false(h.made);
	preparer_submit(p, -1, &o);
	spin_until(loop, &h.made);
	assert_int_equal(h.n, 2);
	preparer_retire(p, h.kept);
	preparer_stop(p);
	ev_loop_destroy(loop);
}

static void
test_preparer_ends_with_work_in_hand(void **state)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	struct engine_options o = options();
	struct heard h = {0};
	struct preparer *p;
	int fd;

	assert_int_equal(preparer_start(loop, on_ready, &h, &p), OK);
	for (int i = 0; i < 50; i++) /* each makes the one before superfluous */
		preparer_submit(p, sealed("broken"), &o);
	preparer_submit(p, -1, &o);
	preparer_stop(p);
	assert_int_equal(h.n, 0);
	preparer_stop(NULL);
	ev_loop_destroy(loop);
	fd = open("/dev/null", O_RDONLY); /* no descriptor was left behind */
	assert_true(fd < 20);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_bundle_makes_an_engine),
	    cmocka_unit_test(test_garbage_is_refused_with_a_reason),
	    cmocka_unit_test(test_file_that_could_still_change_is_refused),
	    cmocka_unit_test(test_preparer_hands_policies_to_the_loop),
	    cmocka_unit_test(test_preparer_ends_with_work_in_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
