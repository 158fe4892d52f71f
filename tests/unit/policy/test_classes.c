/* Classes that a customer defines: from text to the bundle and back to the same text. */
#include "tests/unit/policy/fixture.h"

#include "policy/classes.h"

static const char text[] =
    "class \"badge\" {\n\ttitle      \"badge\"\n\tnames      \"badge badge_no\"\n"
    "\tgroups     pii, custom\n\tmask       shape\n}\n"
    "class \"staff_no\" {\n\ttitle      \"staff \\\"number\\\"\"\n"
    "\tpattern    r\"E\\d{6}\"\n\tvalidator  luhn\n"
    "\tgroups     custom\n\tmask       token\n}\n";

static void
dump_all(const struct bundle *b, struct buf *out)
{
	for (uint32_t i = 0; i < bundle_class_count(b); i++)
		dump_class(b, i, out);
}

static void
test_a_class_dumps_to_the_text_it_came_from(void **state)
{
	struct fixture f = {0};
	struct buf out = BUF_INIT;

	fixture_add(&f, INPUT_CLASSES, "t", span_str(text));
	if (fixture_compile(&f) != OK)
		fail_msg("%s", fixture_messages(&f));
	dump_all(&f.b, &out);
	if (!span_eq(buf_span(&out), span_str(text)))
		fail_msg("got\n%.*s", (int)out.n, out.p);
	buf_fini(&out);
	fixture_fini(&f);
}

static void
test_the_order_of_files_and_blocks_changes_nothing(void **state)
{
	struct fixture a = {0}, b = {0};

	fixture_add(&a, INPUT_CLASSES, "1", SPAN("class \"x\" { names \"x\" }"));
	fixture_add(&a, INPUT_CLASSES, "2",
	    SPAN("class \"z\" { names \"z\" } class \"y\" { names \"y\" }"));
	fixture_add(&b, INPUT_CLASSES, "3",
	    SPAN("class \"y\" { names \"y\" } class \"z\" { names \"z\" }"
		 "class \"x\" { names \"x\" }"));
	assert_int_equal(fixture_compile(&a), OK);
	assert_int_equal(fixture_compile(&b), OK);
	assert_memory_equal(a.b.header->content, b.b.header->content, 32);
	fixture_fini(&a);
	fixture_fini(&b);
}

static void
test_a_name_can_be_taken_once_only(void **state)
{
	static const char *const wrong[] = {
	    "class \"x\" { names \"x\" }\nclass \"x\" { names \"y\" }",
	    "\nclass \"card_number\" { names \"x\" }", /* built in */
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct fixture f = {0};

		fixture_add(&f, INPUT_CLASSES, "t", span_str(wrong[i]));
		assert_int_equal(fixture_compile(&f), ERR_INVALID);
		if (!strstr(fixture_messages(&f), "t:2:7: error: class "))
			fail_msg("%s", fixture_messages(&f));
		fixture_fini(&f);
	}
}

static void
test_more_than_there_may_be_are_refused(void **state)
{
	struct fixture f = {0};
	struct buf many = BUF_INIT;

	for (unsigned i = 0; i <= CLASS_CUSTOM_MAX; i++)
		buf_printf(&many, "class \"c%u\" { names \"c%u\" }\n", i, i);
	fixture_add(&f, INPUT_CLASSES, "t", buf_span(&many));
	assert_int_equal(fixture_compile(&f), ERR_INVALID);
	assert_non_null(
	    strstr(fixture_messages(&f), "t:65:7: error: more than 64 classes"));
	buf_fini(&many);
	fixture_fini(&f);
}

static void
test_groups_and_masks_have_names_both_ways(void **state)
{
	uint32_t bit, mask;
	struct buf out = BUF_INIT;

	assert_int_equal(class_group_parse(SPAN("health"), &bit), OK);
	assert_int_equal(bit, CLASS_HEALTH);
	assert_int_equal(class_group_parse(SPAN(""), &bit), ERR_NOTFOUND);
	for (uint32_t i = 0; i <= MASK_NOTHING; i++) {
		assert_int_equal(
		    class_mask_parse(
			span_str(class_mask_name((enum class_mask)i)), &mask),
		    OK);
		assert_int_equal(mask, i);
	}
	assert_int_equal(class_mask_parse(SPAN("?"), &mask), ERR_NOTFOUND);
	class_groups_print(CLASS_PCI | CLASS_FINANCIAL, " ", &out);
	assert_true(span_eq(buf_span(&out), SPAN("pci financial")));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_class_dumps_to_the_text_it_came_from),
	    cmocka_unit_test(test_the_order_of_files_and_blocks_changes_nothing),
	    cmocka_unit_test(test_a_name_can_be_taken_once_only),
	    cmocka_unit_test(test_more_than_there_may_be_are_refused),
	    cmocka_unit_test(test_groups_and_masks_have_names_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
