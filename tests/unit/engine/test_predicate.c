/* Comparisons, one by one. */
#include "fixture.h"

static void
check(enum field_id field, enum predicate_op op, enum predicate_transform transform,
    const char *constant, int64_t number, const char *value, bool holds)
{
	struct fix *f = fix_new();
	uint32_t p;

	fix_rule(f, "it", ACTION_DENY, MODE_ENFORCE, 0);
	p = fix_predicate(f, field, "k", op, transform, constant, number);
	fix_and(f, p, true);
	fix_request(f, "GET", "h", "/");
	if (field == F_SOURCE)
		f->r.source = span_make(value, value[0] == 4 ? 4 : 16);
	else
		f->r.query = span_str(value);
	if (field == F_SOURCE)
		f->r.source.p++;
	fix_decide(f);
	if (fix_ruled(f, "it") != holds)
		fail_msg("op %d \"%s\" %lld on \"%s\"", op, constant ? constant : "",
		    (long long)number, value);
	fix_free(f);
}

static void
test_text_operators(void **state)
{
	static const struct {
		enum predicate_op op;
		const char *constant, *query;
		bool holds;
	} cases[] = {
	    {OP_EQ, "ab", "k=ab", true},
	    {OP_EQ, "ab", "k=Ab", false},
	    {OP_EQ, "ab", "k=abc", false},
	    {OP_EQ, "", "k=", true},
	    {OP_EQ, "", "j=", false},
	    {OP_EQ, "b", "k=a&k=b", true},
	    {OP_CONTAINS, "b", "k=abc", true},
	    {OP_CONTAINS, "c", "k=abc", true},
	    {OP_CONTAINS, "d", "k=abc", false},
	    {OP_CONTAINS, "", "k=abc", true},
	    {OP_CONTAINS, "", "k=", true},
	    {OP_CONTAINS, "abcd", "k=abc", false},
	    {OP_STARTS, "ab", "k=abc", true},
	    {OP_STARTS, "bc", "k=abc", false},
	    {OP_STARTS, "abcd", "k=abc", false},
	    {OP_ENDS, "bc", "k=abc", true},
	    {OP_ENDS, "ab", "k=abc", false},
	    {OP_MATCHES, "^a.c$", "k=abc", true},
	    {OP_MATCHES, "b", "k=abc", true},
	    {OP_MATCHES, "^b", "k=abc", false},
	    {OP_MATCHES, "\\x00", "k=a%00b", true},
	    {OP_MATCHES, "^.$", "k=%c3%a4", false}, /* bytes, not characters */
	    {OP_EXISTS, "", "k", true},
	    {OP_EXISTS, "", "kk=1", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check(F_ARG, cases[i].op, TRANSFORM_NONE, cases[i].constant, 0,
		    cases[i].query, cases[i].holds);
}

static void
test_number_operators(void **state)
{
	static const struct {
		enum predicate_op op;
		int64_t number;
		bool holds; /* for length 3 */
	} cases[] = {
	    {OP_EQ, 3, true},
	    {OP_EQ, 2, false},
	    {OP_LT, 4, true},
	    {OP_LT, 3, false},
	    {OP_LE, 3, true},
	    {OP_LE, 2, false},
	    {OP_GT, 2, true},
	    {OP_GT, 3, false},
	    {OP_GE, 3, true},
	    {OP_GE, 4, false},
	    {OP_GE, -1, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check(F_ARG, cases[i].op, TRANSFORM_LEN, NULL, cases[i].number, "k=abc",
		    cases[i].holds);
}

/* value: its length, then its bytes. */
static void
test_addresses(void **state)
{
	static const char v4[] = "\x04\x0a\x01\x02\x03";
	static const char v6[] = "\x10\x20\x01\x0d\xb8\x80\0\0\0\0\0\0\0\0\0\0\x01";
	static const struct {
		const char *constant, *value;
		bool holds;
	} cases[] = {
	    {"10.1.2.3", v4, true},
	    {"10.1.2.4", v4, false},
	    {"10.1.0.0/16", v4, true},
	    {"10.1.2.2/31", v4, true},
	    {"10.1.2.0/31", v4, false},
	    {"0.0.0.0/0", v4, true},
	    {"0.0.0.0/0", v6, false},
	    {"::/0", v6, true},
	    {"2001:db8:8000::/33", v6, true},
	    {"2001:db8::/33", v6, false},
	    {"2001:db8:8000::1", v6, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check(F_SOURCE, OP_EQ, TRANSFORM_NONE, cases[i].constant, 0,
		    cases[i].value, cases[i].holds);
}

/* Values in a set: hash slots as the format has them. */
static void
test_sets(void **state)
{
	static const char *const in[] = {"red", "green", "blue", "", "violet"};
	static const char *const out[] = {"Red", "gree", "greenx", "black"};
	struct fix *f = fix_new();
	uint32_t p;

	f->set[0] = (struct bundle_set){SET_TEXT, 0, 15, 5};
	f->b.sets = 1;
	f->b.set_slots = 16;
	for (unsigned i = 0; i < 5; i++) {
		uint64_t h = bundle_hash(span_str(in[i]));
		uint32_t at = h & 15;

		while (f->set_slot[at].used)
			at = (at + 1) & 15;
		f->set_slot[at] = (struct bundle_set_slot){
		    .hash = h, .text = fix_text(f, in[i]), .used = 1};
	}
	fix_rule(f, "it", ACTION_DENY, MODE_ENFORCE, 0);
	p = fix_predicate(f, F_HEADER, "x-colour", OP_IN, TRANSFORM_NONE, "", 0);
	f->predicate[p].set = 0;
	fix_and(f, p, true);
	for (unsigned i = 0; i < 9; i++) {
		fix_request(f, "GET", "h", "/");
		fix_header(f, "x-colour", i < 5 ? in[i] : out[i - 5]);
		fix_decide(f);
		assert_int_equal(fix_ruled(f, "it"), i < 5);
	}
	fix_free(f);
}

/* However many rules share a predicate, it is answered once; a new request asks anew. */
static void
test_predicates_are_remembered_for_one_request(void **state)
{
	struct fix *f = fix_new();

	fix_rule(f, "a", ACTION_WATCH, MODE_ENFORCE, 0);
	fix_when(f, F_METHOD, NULL, OP_EQ, "GET");
	fix_rule(f, "b", ACTION_DENY, MODE_ENFORCE, 0);
	fix_and(f, 0, true);
	for (unsigned i = 0; i < 6; i++) {
		fix_request(f, i & 1 ? "PUT" : "GET", "h", "/");
		fix_decide(f);
		assert_int_equal(fix_ruled(f, "b"), !(i & 1));
		assert_int_equal(!!(f->v.flags & VERDICT_WATCH), !(i & 1));
	}
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_operators),
	    cmocka_unit_test(test_number_operators),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_sets),
	    cmocka_unit_test(test_predicates_are_remembered_for_one_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
