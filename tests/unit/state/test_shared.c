#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "state/shared.h"

static struct settings settings;

static int
set_up(void **state)
{
	struct conf_error error;

	return settings_parse(
	    SPAN("[state]\nlimit_slots = 4096\nidentity_slots = 4096\n"), &settings,
	    &error);
}

static struct shared
shared_of(int *fd)
{
	struct shared s;

	assert_int_equal(shared_create(&settings, fd), OK);
	assert_int_equal(shared_attach(*fd, &settings, &s), OK);
	return s;
}

static void
test_two_attachments_see_the_same(void **state)
{
	struct history_view v;
	uint64_t wait;
	int fd;
	struct shared a = shared_of(&fd), b;
	unsigned i = shared_role_index(ROLE_RECORDER, 0);

	assert_int_equal(shared_attach(fd, &settings, &b), OK);
	assert_int_equal(a.limits.buckets * LIMIT_WAYS, 4096);
	assert_int_equal(a.history.buckets * 4, 4096);
	metric_add(&a.role[i].metric, M_SHIP_RECORDS, 5);
	assert_int_equal(metric_get(&b.role[i].metric, M_SHIP_RECORDS), 5);
	(void)limit_charge(&a.limits, 3, 1000000000, 1, 1, &wait);
	assert_int_equal(limit_charge(&b.limits, 3, 1000000000, 1, 1, &wait), LIMIT_OVER);
	history_get(&a.history, (struct hash128){1, 2}, 1000, true, &v);
	history_get(&b.history, (struct hash128){1, 2}, 1000, false, &v);
	assert_true(v.found);
	atomic_fetch_add(a.generation, 1);
	assert_int_equal(atomic_load(b.generation), 1);
	shared_detach(&a);
	shared_detach(&b);
	close(fd);
}

static void
test_attach_refuses_what_does_not_fit(void **state)
{
	static struct settings other;
	struct shared s;
	uint64_t bad = 999;
	int fd;

	assert_int_equal(shared_create(&settings, &fd), OK);
	assert_int_not_equal(ftruncate(fd, 4096), 0);
	other = settings;
	other.state_identity_slots = 8192;
	assert_int_equal(shared_attach(fd, &other, &s), ERR_CORRUPT);
	assert_null(s.map);
	other = settings;
	other.agent_workers = 7; /* not a matter of layout */
	assert_int_equal(shared_attach(fd, &other, &s), OK);
	shared_detach(&s);
	assert_int_equal(pwrite(fd, &bad, 8, 8), 8);
	assert_int_equal(shared_attach(fd, &settings, &s), ERR_VERSION);
	assert_int_equal(pwrite(fd, &bad, 8, 0), 8);
	assert_int_equal(shared_attach(fd, &settings, &s), ERR_CORRUPT);
	close(fd);
	fd = memfd_create("empty", 0);
	assert_int_equal(shared_attach(fd, &settings, &s), ERR_CORRUPT);
	close(fd);
}

/* The default settings hold a million identities in at most 512 bytes each, and what is not
 * used costs nothing. */
static void
test_defaults_hold_a_million_identities(void **state)
{
	static struct settings defaults;
	struct conf_error error;
	struct stat st;
	int fd;

	assert_int_equal(settings_parse(SPAN(""), &defaults, &error), OK);
	assert_int_equal(shared_create(&defaults, &fd), OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(defaults.state_identity_slots >= 2 * 1000000);
	assert_true(st.st_size / 1000000 <= 512);
	assert_true(st.st_blocks * 512 <= 65536);
	close(fd);
}

static void
test_roles_have_slots_of_their_own(void **state)
{
	assert_int_equal(shared_role_index(ROLE_SUPERVISOR, 0), 0);
	assert_int_equal(shared_role_index(ROLE_WORKER, 0), 1);
	assert_int_equal(shared_role_index(ROLE_WORKER, SHARED_WORKERS_MAX - 1) + 1,
	    shared_role_index(ROLE_ANALYST, 0));
	assert_int_equal(shared_role_index(ROLE_ANALYST, SHARED_ANALYSTS_MAX - 1) + 1,
	    shared_role_index(ROLE_RECORDER, 0));
}

static void
test_fingerprint_is_that_of_the_hand(void **state)
{
	static char large[3 * SHARED_HAND_BYTES];
	const struct span cases[][HAND_FIELDS] = {
	    {SPAN("GET"), SPAN("/a"), SPAN_NONE, SPAN("\4host\1x\0\0"), SPAN_NONE},
	    {SPAN("GET"), SPAN("/a"), SPAN(""), SPAN("\4host\1x\0\0"), SPAN_NONE},
	    {SPAN("GET"), SPAN("/a"), SPAN_NONE, SPAN("\4hose\1x\0\0"), SPAN_NONE},
	    {SPAN("GET"), SPAN("/a"), SPAN_NONE, SPAN("\4host\1x\1x\0"), SPAN_NONE},
	    {SPAN("GET"), SPAN("/a"), SPAN_NONE, SPAN("\4host\7x\0\0"), SPAN("{}")},
	    {SPAN("GET"), SPAN("/ah"), SPAN_NONE, SPAN("\3ost\1x\0\0"), SPAN_NONE},
	    {SPAN("POST"), SPAN("/a"), SPAN_NONE, SPAN("\4host\1x\0\0"), SPAN("{}")},
	    {SPAN("POST"), SPAN("/a"), SPAN_NONE, SPAN("\4host\1x\0\0"),
		{large, sizeof large}},
	    {SPAN("POST"), SPAN("/a"), SPAN_NONE, SPAN("\4host\1x\0\0"), {large, 65000}},
	    {SPAN("POST"), {large, SHARED_HAND_BYTES - 9}, SPAN("xyz"),
		SPAN("\4host\1x\0\0"), SPAN_NONE},
	};
	enum { CASES = sizeof cases / sizeof *cases };
	uint64_t print[CASES];
	int fd;
	struct shared s = shared_of(&fd);

	for (size_t i = 0; i < CASES; i++) {
		shared_hand_set(&s, 3, cases[i]);
		print[i] = shared_hand_fingerprint(&s, 3);
		assert_int_equal(print[i], shared_fingerprint(cases[i]));
		assert_true(print[i] != 0);
		assert_int_equal(shared_hand_fingerprint(&s, 2), 0);
		for (size_t k = 0; k < i; k++)
			assert_true(print[i] != print[k]);
	}
	shared_hand_clear(&s, 3);
	assert_int_equal(shared_hand_fingerprint(&s, 3), 0);
	shared_detach(&s);
	close(fd);
}

static void
test_fingerprint_ignores_values_of_headers(void **state)
{
	const struct span a[HAND_FIELDS] = {SPAN("GET"), SPAN("/a"), SPAN_NONE,
	    SPAN("\4host\1x\6cookie\3a=1\0\0"), SPAN_NONE};
	const struct span b[HAND_FIELDS] = {SPAN("GET"), SPAN("/a"), SPAN_NONE,
	    SPAN("\4host\2yy\6cookie\4b=22\0\0"), SPAN_NONE};

	assert_int_equal(shared_fingerprint(a), shared_fingerprint(b));
}

static void
test_second_death_puts_into_quarantine(void **state)
{
	int fd;
	struct shared s = shared_of(&fd);

	assert_false(shared_quarantine_note(&s, 0, 1, 1));
	assert_false(shared_quarantine_note(&s, 42, 2, 1));
	assert_false(shared_quarantine_any(&s));
	assert_false(shared_quarantine_note(&s, 43, 2, 2));
	assert_true(shared_quarantine_note(&s, 42, 2, 3));
	assert_true(shared_quarantine_any(&s));
	assert_true(shared_quarantine_has(&s, 42));
	assert_false(shared_quarantine_has(&s, 43));
	assert_int_equal(shared_quarantine_count(&s), 1);
	/* strangers push out the inactive first, oldest first */
	for (uint64_t f = 100; f < 100 + 2 * SHARED_QUARANTINE_MAX; f++)
		assert_false(shared_quarantine_note(&s, f, 2, (int64_t)f));
	assert_true(shared_quarantine_has(&s, 42));
	assert_true(shared_quarantine_note(&s, 99 + 2 * SHARED_QUARANTINE_MAX, 2, 999));
	assert_int_equal(shared_quarantine_count(&s), 2);
	for (uint64_t f = 1000; f < 1000 + 2 * SHARED_QUARANTINE_MAX; f++)
		assert_true(shared_quarantine_note(&s, f, 1, (int64_t)f));
	assert_false(shared_quarantine_has(&s, 42));
	assert_int_equal(shared_quarantine_count(&s), SHARED_QUARANTINE_MAX);
	shared_quarantine_clear(&s);
	assert_false(shared_quarantine_any(&s));
	assert_int_equal(shared_quarantine_count(&s), 0);
	shared_detach(&s);
	close(fd);
}

static void
test_watch_floor_is_once_a_second_and_endpoint(void **state)
{
	int fd, due = 0;
	struct shared s = shared_of(&fd);

	for (uint32_t now = 1000; now < 1010; now++)
		for (int i = 0; i < 50; i++)
			due += shared_watch_due(&s, 0x123456789abcdef0, now);
	assert_int_equal(due, 10);
	/* a second back is the same second, an hour back is not for ever */
	assert_false(shared_watch_due(&s, 0x123456789abcdef0, 1008));
	assert_true(shared_watch_due(&s, 0x123456789abcdef0, 500));
	/* endpoints of one bucket: each its own turn, as far as there are cells */
	due = 0;
	for (uint64_t e = 0; e < 6; e++)
		for (int i = 0; i < 3; i++)
			due += shared_watch_due(&s, (e + 1) << 32 | 8, 2000);
	assert_int_equal(due, 4);
	shared_detach(&s);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_two_attachments_see_the_same),
	    cmocka_unit_test(test_attach_refuses_what_does_not_fit),
	    cmocka_unit_test(test_defaults_hold_a_million_identities),
	    cmocka_unit_test(test_roles_have_slots_of_their_own),
	    cmocka_unit_test(test_fingerprint_is_that_of_the_hand),
	    cmocka_unit_test(test_fingerprint_ignores_values_of_headers),
	    cmocka_unit_test(test_second_death_puts_into_quarantine),
	    cmocka_unit_test(test_watch_floor_is_once_a_second_and_endpoint),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
