/* Differences in words: each kind of change, said once; and nothing of equal bundles. */
#include "tests/unit/policy/fixture.h"

#include "policy/diff.h"

static const char before_rules[] = "rule \"a\" { when tls action deny mode shadow }\n"
				   "rule \"gone\" { when tls action drop }\n"
				   "limit \"l\" { by identity rate 1/s action rate }\n";
static const char after_rules[] =
    "rule \"a\" { when not tls action deny 404 mode enforce priority 7 expires "
    "2031-01-01\n"
    "  owner \"me\" reason \"r\" }\n"
    "network \"new\" { when tls action allow mode enforce reason \"r\" }\n"
    "limit \"l\" { by identity, service rate 2/s action rate weak enforce }\n";

static void
make(struct fixture *f, const char *conf, const char *endpoints, const char *rules,
    const char *words)
{
	fixture_add(f, INPUT_CONF, "c", span_str(conf));
	fixture_add(f, INPUT_SERVICES, "s", SPAN("shop shop.test\n"));
	fixture_add(f, INPUT_ENDPOINTS, "e", span_str(endpoints));
	fixture_add(f, INPUT_RULES, "r", span_str(rules));
	fixture_add(f, INPUT_WORDS, "w", span_str(words));
	if (fixture_compile(f) != OK)
		fail_msg("%s", fixture_messages(f));
}

static void
test_diff_says_every_change(void **state)
{
	static const char wanted[] =
	    "  policy: default_mode enforce → shadow\n"
	    "  policy: expires (none) → 2031-01-01T00:00:00.000000Z\n"
	    "  policy: sources bearer, basic → jwt:sub verified\n"
	    "  endpoint shop POST /login: mode enforce → shadow\n"
	    "  endpoint shop POST /login: id 3 → 4\n"
	    "+ endpoint shop GET /new\n"
	    "- endpoint shop GET /old\n"
	    "+ network new (enforce, allow)\n"
	    "  rule a: mode shadow → enforce\n"
	    "  rule a: action deny 403 → deny 404\n"
	    "  rule a: when tls → not tls\n"
	    "  rule a: priority 100 → 7\n"
	    "  rule a: expires (none) → 2031-01-01T00:00:00.000000Z\n"
	    "  rule a: owner (none) → me\n"
	    "  rule a: reason (none) → r\n"
	    "  limit l: limit 1/s burst 1 by identity → 1/500ms burst 2 by identity "
	    "service\n"
	    "  limit l: weak identities shadow → enforce\n"
	    "- rule gone\n"
	    "+ words 2\n"
	    "- words 1\n";
	struct fixture a = {0}, b = {0};
	struct buf out = BUF_INIT;

	make(&a, "", "shop POST /login id=3\nshop GET /old\n", before_rules, "x\ny\n");
	make(&b,
	    "[policy]\ndefault_mode = shadow\nexpires = 2031-01-01\n[identity]\n"
	    "source = jwt:sub verified\n",
	    "shop POST /login id=4 mode=shadow\nshop GET /new\n", after_rules,
	    "x\nz\nv\n");
	assert_int_equal(diff_bundles(&a.pool, &a.b, &b.b, false, &out), 20);
	assert_string_equal(out.p, wanted);
	buf_fini(&out);
	fixture_fini(&a);
	fixture_fini(&b);
}

static void
test_diff_of_equal_bundles_says_nothing(void **state)
{
	struct fixture a = {0}, b = {0};
	struct buf out = BUF_INIT;

	make(&a, "", "shop GET /a\nshop GET /b\n", before_rules, "x\n");
	make(&b, "", "shop GET /b\nshop GET /a\n", before_rules, "x\n");
	assert_int_equal(diff_bundles(&a.pool, &a.b, &b.b, false, &out), 0);
	assert_int_equal(out.n, 0);
	fixture_fini(&a);
	fixture_fini(&b);
}

/* An inventory that came at once is counted, not listed. */
static void
test_diff_counts_what_is_too_much_to_list(void **state)
{
	struct fixture a = {0}, b = {0};
	struct buf out = BUF_INIT, many = BUF_INIT;

	for (unsigned i = 0; i < 100; i++)
		buf_printf(&many, "shop GET /a%u\n", i);
	make(&a, "", "", before_rules, "");
	make(&b, "", many.p, before_rules, "");
	assert_int_equal(diff_bundles(&a.pool, &a.b, &b.b, false, &out), 100);
	assert_non_null(strstr(out.p, "+ 80 more endpoints\n"));
	buf_clear(&out);
	assert_int_equal(diff_bundles(&a.pool, &b.b, &a.b, true, &out), 100);
	assert_null(strstr(out.p, "more"));
	buf_fini(&out);
	buf_fini(&many);
	fixture_fini(&a);
	fixture_fini(&b);
}

/* The same text may mean something else: a template's name, a set. */
static void
test_diff_sees_through_the_text(void **state)
{
	struct fixture a = {0}, b = {0};
	struct buf out = BUF_INIT;

	make(&a, "", "shop GET /a\n", before_rules, "");
	make(&b, "", "shop GET /a\n", before_rules, "");
	/* as a broken compiler would have it: the steps the other way round */
	((struct bundle_step *)(uintptr_t)b.b.step)[0] =
	    (struct bundle_step){0, STEP_NO_MATCH, STEP_MATCH};
	assert_int_equal(diff_bundles(&a.pool, &a.b, &b.b, false, &out), 1);
	assert_non_null(strstr(out.p, "meaning of the condition"));
	buf_fini(&out);
	fixture_fini(&a);
	fixture_fini(&b);
}

static void
test_diff_says_what_classes_came_went_and_changed(void **state)
{
	static const char wanted[] = "- class a\n"
				     "  class b: definition class \"b\" {  title      "
				     "\"b\"  names      \"x\"  groups     "
				     "custom  mask       token } → class \"b\" {  title  "
				     "    \"b\"  names      \"x y\"  "
				     "groups     pii, custom  mask       year }\n"
				     "+ class d\n";
	struct fixture a = {0}, b = {0};
	struct buf out = BUF_INIT;

	fixture_add(&a, INPUT_CLASSES, "t",
	    SPAN("class \"c\" { names \"c\" } class \"b\" { names \"x\" }\n"
		 "class \"a\" { names \"x\" }"));
	fixture_add(&b, INPUT_CLASSES, "t",
	    SPAN("class \"b\" { names \"x y\" groups pii mask year }\n"
		 "class \"d\" { names \"d\" } class \"c\" { names \"c\" }"));
	assert_int_equal(fixture_compile(&a), OK);
	assert_int_equal(fixture_compile(&b), OK);
	assert_int_equal(diff_bundles(&a.pool, &a.b, &b.b, false, &out), 3);
	buf_put_char(&out, '\0');
	assert_string_equal(out.p, wanted);
	buf_fini(&out);
	fixture_fini(&a);
	fixture_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_diff_says_every_change),
	    cmocka_unit_test(test_diff_of_equal_bundles_says_nothing),
	    cmocka_unit_test(test_diff_counts_what_is_too_much_to_list),
	    cmocka_unit_test(test_diff_sees_through_the_text),
	    cmocka_unit_test(test_diff_says_what_classes_came_went_and_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
