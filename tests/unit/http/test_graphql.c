/* GraphQL documents: root fields by operation. */
#include "http/graphql.h"
#include "tests/unit/http/fixture.h"

static const struct {
	const char *document, *operations; /* joined by " | "; NULL: malformed */
} cases[] = {
    {"{user{name}}", "query{user}"},
    {"query Q { viewer { id } user(id: 1) { name } }", "query{user,viewer}"},
    {"mutation($a: In = {x: [1, \"}\"]}) @d(x: 1) { b: addUser(u: $a) @skip(if: true) "
     "{id} }",
	"mutation{addUser}"},
    {"subscription S{ped}", "subscription{ped}"},
    {"{a b a c:b}", "query{a,b}"},
    {"# {x}\n{a(s: \"# {\", t: \"\"\"block \\\"\"\" }\"\"\"), }", "query{a}"},
    {"{...F x} fragment F on Query {y z:q ...G} fragment G on Query {w ...F}",
	"query{q,w,x,y}"},
    {"{... on Query @x {a} ... {b} ...@include(if: true){c}}", "query{a,b,c}"},
    {"query A {a} mutation B {b}", "query{a} | mutation{b}"},
    {"{__schema{types{name}}}", "query{__schema}"},
    {"", NULL},
    {"shoes", NULL},
    {"{", NULL},
    {"{a", NULL},
    {"{}", NULL},
    {"{a{b}", NULL},
    {"{a(x: \"}", NULL},
    {"{a:}", NULL},
    {"{1}", NULL},
    {"type X {a: Int}", NULL},
    {"fragment F on Q {a}", NULL},
    {"fragment F Q {a} {b}", NULL},
    {"{a} x", NULL},
    {"{a ^ b}", NULL},
};

static void
test_operations_are_type_and_sorted_root_fields(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span op[GRAPHQL_OPERATIONS_MAX];
		static struct leaves got;
		unsigned n;
		int rc = graphql_operations(exact(cases[i].document), op, &n, &arena);

		got.n = 0;
		got.text[0] = '\0';
		if (cases[i].operations == NULL) {
			if (rc != ERR_MALFORMED)
				fail_msg("%s: %d", cases[i].document, rc);
			assert_int_equal(n, 0);
			continue;
		}
		assert_int_equal(rc, OK);
		for (unsigned k = 0; k < n; k++) {
			if (k)
				leaves_put(&got, SPAN(" | "));
			leaves_put(&got, op[k]);
		}
		assert_string_equal(got.text, cases[i].operations);
	}
}

static void
test_too_many_operations_are_an_error(void **state)
{
	struct span op[GRAPHQL_OPERATIONS_MAX];
	unsigned n;

	assert_int_equal(
	    graphql_operations(exact("{a}{b}{c}{d}{e}{f}{g}{h}"), op, &n, &arena), OK);
	assert_int_equal(n, 8);
	assert_int_equal(
	    graphql_operations(exact("{a}{b}{c}{d}{e}{f}{g}{h}{i}"), op, &n, &arena),
	    ERR_LIMIT);
}

static void
test_too_many_root_fields_end_in_a_star(void **state)
{
	char text[1024] = "{";
	struct span op[GRAPHQL_OPERATIONS_MAX];
	size_t o = 1;
	unsigned n;

	for (unsigned i = 0; i < 70; i++)
		o += (size_t)snprintf(text + o, sizeof(text) - o, "f%02u ", i);
	snprintf(text + o, sizeof(text) - o, "}");
	assert_int_equal(graphql_operations(exact(text), op, &n, &arena), OK);
	assert_true(span_ends(op[0], SPAN(",f63,*}")));
}

/* Fragments that spread each other many times must not multiply the work. */
static void
test_spread_bombs_are_read_once(void **state)
{
	static char text[65536];
	size_t o = 0;
	struct span op[GRAPHQL_OPERATIONS_MAX];
	unsigned n;

	o += (size_t)snprintf(text + o, sizeof(text) - o, "{...F0}");
	for (unsigned i = 0; i < 15; i++) {
		o += (size_t)snprintf(
		    text + o, sizeof(text) - o, "fragment F%u on Q {x%u", i, i);
		for (unsigned k = 0; k < 100; k++)
			o += (size_t)snprintf(
			    text + o, sizeof(text) - o, " ...F%u", i + 1);
		o += (size_t)snprintf(text + o, sizeof(text) - o, "}");
	}
	assert_int_equal(graphql_operations(exact(text), op, &n, &arena), OK);
	assert_int_equal(n, 1);
	assert_true(span_starts(op[0], SPAN("query{x0,x1,x10,")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_operations_are_type_and_sorted_root_fields),
	    UNIT(test_too_many_operations_are_an_error),
	    UNIT(test_too_many_root_fields_end_in_a_star),
	    UNIT(test_spread_bombs_are_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
