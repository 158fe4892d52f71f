/* Sets, anchors, words: what stands in them is found, nothing else. */
#include "tests/unit/bundle/fixture.h"

#include "crypto/crypto.h"
#include "policy/address.h"

static uint32_t
set_of(const struct bundle *b, enum set_kind kind)
{
	for (uint32_t i = 0; i < b->sets; i++)
		if (b->set[i].kind == kind)
			return i;
	fail();
	return 0;
}

static bool
has_text(const struct bundle *b, uint32_t set, struct span value)
{
	return bundle_set_has_text(b, set, bundle_hash(value), value);
}

static void
test_text_sets_hold_their_values(void **state)
{
	struct fixture f = {0};
	uint32_t set;

	fixture_policy(&f);
	set = set_of(&f.b, SET_TEXT);
	assert_true(has_text(&f.b, set, SPAN("A")));
	assert_true(has_text(&f.b, set, SPAN("C")));
	assert_false(has_text(&f.b, set, SPAN("a")));
	assert_false(has_text(&f.b, set, SPAN("")));
	assert_false(has_text(&f.b, set, SPAN_NONE));
	assert_false(bundle_set_has_number(&f.b, set, 3));
	fixture_fini(&f);
}

static void
test_number_sets_hold_their_values(void **state)
{
	struct fixture f = {0};
	uint32_t set;

	fixture_policy(&f);
	set = set_of(&f.b, SET_NUMBER);
	assert_true(bundle_set_has_number(&f.b, set, 0));
	assert_true(bundle_set_has_number(&f.b, set, 9000000000));
	assert_false(bundle_set_has_number(&f.b, set, 4));
	assert_false(bundle_set_has_number(&f.b, set, -3));
	assert_false(has_text(&f.b, set, SPAN("3")));
	fixture_fini(&f);
}

static void
test_address_sets_hold_their_networks_to_the_edge(void **state)
{
	static const struct {
		const char *address;
		bool in;
	} cases[] = {
	    {"9.255.255.255", false},
	    {"10.0.0.0", true},
	    {"10.255.255.255", true},
	    {"11.0.0.0", false},
	    {"192.0.2.6", false},
	    {"192.0.2.7", true},
	    {"192.0.2.8", false},
	    {"2001:db8::", true},
	    {"2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", true},
	    {"2001:db8:8000::", false},
	    {"::", false},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
	};
	struct fixture f = {0};
	uint32_t set;

	fixture_policy(&f);
	set = set_of(&f.b, SET_ADDRESS);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct address a;

		assert_int_equal(address_parse(span_str(cases[i].address), &a), OK);
		assert_int_equal(bundle_set_has_address(&f.b, set, a.bytes), cases[i].in);
	}
	fixture_fini(&f);
}

static void
test_anchors_give_the_rules_of_a_value(void **state)
{
	struct fixture f = {0};
	const uint32_t *rule;
	uint32_t n;

	fixture_policy(&f);
	rule = bundle_anchor_find(&f.b, 0, bundle_hash(SPAN("nothing")), &n);
	assert_null(rule);
	assert_int_equal(n, 0);
	for (uint32_t i = 0; i < f.b.anchors; i++) {
		rule = bundle_anchor_find(&f.b, i, bundle_hash(SPAN("POST /login")), &n);
		if (rule == NULL)
			continue;
		assert_int_equal(n, 1);
		assert_true(
		    span_eq(bundle_text(&f.b, f.b.rule[rule[0]].name), SPAN("limit")));
		fixture_fini(&f);
		return;
	}
	fail();
}

static void
test_words_are_found_by_hash(void **state)
{
	struct fixture f = {0};

	fixture_policy(&f);
	assert_true(bundle_has_word(&f.b, SPAN("alpha")));
	assert_true(bundle_has_word(&f.b, SPAN("beta")));
	assert_false(bundle_has_word(&f.b, SPAN("gamma")));
	assert_false(bundle_has_word(&f.b, SPAN("")));
	fixture_fini(&f);
}

/* The hashes are part of the format: another value is another format. */
static void
test_hashes_stay_what_they_are(void **state)
{
	assert_true(bundle_hash(SPAN("POST /login")) == UINT64_C(0x6106f69613d4868e));
	assert_true(bundle_hash(SPAN("")) == UINT64_C(0x3afd6810db77c928));
	assert_true(bundle_hash_number(-1) == UINT64_C(0x14bf1ed85de892d0));
}

static void
test_statuses_are_listed_by_action(void **state)
{
	assert_true(bundle_status_listed(403, ACTION_DENY));
	assert_false(bundle_status_listed(429, ACTION_DENY));
	assert_true(bundle_status_listed(429, ACTION_RATE));
	assert_false(bundle_status_listed(200, ACTION_DENY));
}

static void
test_classes_are_told_by_name_with_what_is_absent(void **state)
{
	struct fixture f = {0};
	struct bundle_class_info c;

	fixture_policy(&f);
	assert_int_equal(bundle_class_count(&f.b), 2);
	bundle_class_get(&f.b, 0, &c);
	assert_true(span_eq(c.name, SPAN("badge")) && span_eq(c.title, SPAN("badge")));
	assert_true(span_eq(c.names, SPAN("badge badge_no")));
	assert_true(span_absent(c.pattern) && span_absent(c.validator));
	assert_int_equal(c.groups, 2 | 32);
	assert_int_equal(c.mask, 3);
	bundle_class_get(&f.b, 1, &c);
	assert_true(span_eq(c.name, SPAN("staff_no")));
	assert_true(span_eq(c.title, SPAN("staff number")));
	assert_true(span_eq(c.pattern, SPAN("E[0-9]{6}")) && span_absent(c.names));
	assert_int_equal(c.groups, 32);
	assert_int_equal(c.mask, 0);
	fixture_fini(&f);
}

/* An agent that was upgraded goes on with the bundle that an earlier compiler made. */
static void
test_a_bundle_without_the_class_section_has_no_classes(void **state)
{
	struct fixture f = {0};
	struct bundle_section table[SECTIONS_MAX];
	struct bundle_header *h;
	struct buf old = BUF_INIT;
	struct bundle_error e;
	struct bundle b;
	size_t sections, end;

	fixture_add(&f, INPUT_ENDPOINTS, "e", SPAN("a.test GET /x\n"));
	assert_int_equal(fixture_compile(&f), OK);
	sections = f.b.header->sections - 1;
	memcpy(table, f.bytes.p + sizeof *h, sections * sizeof table[0]);
	end = table[sections - 1].offset +
	    table[sections - 1].count * table[sections - 1].stride;
	/* The table is shorter by one row: what follows keeps its place, or moves by 64. */
	buf_put(&old, f.bytes.p, sizeof *h + sections * sizeof table[0]);
	while (old.n % 64)
		buf_put_char(&old, '\0');
	for (size_t i = 0, by = table[0].offset - old.n; i < sections; i++)
		table[i].offset -= by;
	memcpy(old.p + sizeof *h, table, sections * sizeof table[0]);
	buf_put(&old, f.bytes.p + (f.b.text - f.bytes.p),
	    end - (size_t)(f.b.text - f.bytes.p));
	while (old.n % 64)
		buf_put_char(&old, '\0');
	h = (void *)old.p;
	h->sections = (uint32_t)sections;
	h->total_bytes = old.n;
	assert_int_equal(
	    crypto_sha256(span_from(buf_span(&old), sizeof *h), h->content), OK);
	if (bundle_parse(buf_span(&old), &b, &e) != OK)
		fail_msg("%s", e.text);
	assert_int_equal(bundle_class_count(&b), 0);
	assert_int_equal(b.endpoints, 1);
	h->sections = (uint32_t)sections - 1;
	assert_int_equal(bundle_parse(buf_span(&old), &b, &e), ERR_CORRUPT);
	buf_fini(&old);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_sets_hold_their_values),
	    cmocka_unit_test(test_number_sets_hold_their_values),
	    cmocka_unit_test(test_address_sets_hold_their_networks_to_the_edge),
	    cmocka_unit_test(test_anchors_give_the_rules_of_a_value),
	    cmocka_unit_test(test_words_are_found_by_hash),
	    cmocka_unit_test(test_hashes_stay_what_they_are),
	    cmocka_unit_test(test_statuses_are_listed_by_action),
	    cmocka_unit_test(test_classes_are_told_by_name_with_what_is_absent),
	    cmocka_unit_test(test_a_bundle_without_the_class_section_has_no_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
