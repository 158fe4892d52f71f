/* Sub-operations: GraphQL, JSON-RPC, SOAP, and bodies that are none of these. */
#include "tests/unit/http/fixture.h"

static const struct {
	enum body_kind kind;
	const char *body, *query, *action, *operation;
} cases[] = {
    {BODY_JSON, "{\"query\":\"{user{id}}\"}", "", "", "query{user}"},
    {BODY_JSON,
	"{\"operationName\":\"X\",\"variables\":{\"query\":\"{z}\"},\"query\":\"mutation "
	"X{b a}\"}",
	"", "", "mutation{a,b}"},
    {BODY_JSON, "[{\"query\":\"{b}\"},{\"query\":\"{a}\"},{\"query\":\"{b}\"}]", "", "",
	"query{a}+query{b}"},
    {BODY_JSON, "{\"query\":\"{a} mutation M{b}\"}", "", "", "mutation{b}+query{a}"},
    {BODY_JSON,
	"{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"abc1\"}}}",
	"", "", "persisted:abc1"},
    {BODY_JSON,
	"{\"query\":\"{a}\",\"extensions\":{\"persistedQuery\":{\"sha256Hash\":\"abc1\"}}"
	"}",
	"", "", "query{a}"},
    {BODY_JSON, "{\"query\":\"shoes\"}", "", "", NULL},
    {BODY_JSON, "{\"query\":{\"match\":\"{a}\"}}", "", "", NULL},
    {BODY_GRAPHQL, "query { a }", "", "", "query{a}"},
    {BODY_NONE, "", "query=%7Ba%7Bb%7D%7D&x=1", "", "query{a}"},
    {BODY_NONE, "", "query=query+Q%7Bb+a%7D", "", "query{a,b}"},
    {BODY_NONE, "",
	"extensions=%7B%22persistedQuery%22%3A%7B%22sha256Hash%22%3A%22ff%22%7D%7D", "",
	"persisted:ff"},
    {BODY_NONE, "", "query=shoes", "", NULL},
    {BODY_JSON, "{\"jsonrpc\":\"2.0\",\"method\":\"user.get\",\"id\":1}", "", "",
	"user.get"},
    {BODY_JSON, "{\"id\":1,\"method\":\"sum\",\"params\":[1]}", "", "", "sum"},
    {BODY_JSON,
	"[{\"jsonrpc\":\"2.0\",\"method\":\"b\"},{\"jsonrpc\":\"2.0\",\"method\":\"a\"}]",
	"", "", "a+b"},
    {BODY_JSON, "{\"id\":5,\"method\":\"card\",\"amount\":3}", "", "", NULL},
    {BODY_JSON, "{\"jsonrpc\":\"2.0\",\"method\":\"no such\"}", "", "", NULL},
    {BODY_JSON, "{\"a\":1}", "", "", NULL},
    {BODY_JSON, "", "", "", NULL},
    {BODY_XML, "<a/>", "", "\"urn:Get\"", "urn:Get"},
    {BODY_XML, "<a/>", "", "urn:Get", "urn:Get"},
    {BODY_XML,
	"<s:Envelope xmlns:s=\"u\"><s:Header><t>1</t></s:Header><s:Body><m:GetPrice "
	"xmlns:m=\"v\"><i>1</i></m:GetPrice></s:Body></s:Envelope>",
	"", "\"\"", "GetPrice"},
    {BODY_XML, "<a><b/></a>", "", "", NULL},
    {BODY_FORM, "query={a}", "", "", NULL},
};

static void
test_operation_is_named_or_absent(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span op = operation_of(cases[i].kind, exact(cases[i].body),
		    exact(cases[i].query), exact(cases[i].action), &limits, &arena);

		if (cases[i].operation == NULL
			? !span_absent(op)
			: !span_eq(op, span_str(cases[i].operation)))
			fail_msg(
			    "%s%s: %.*s", cases[i].body, cases[i].query, (int)op.n, op.p);
	}
}

static void
test_ninth_operation_of_a_batch_is_a_star(void **state)
{
	char text[2048] = "[";
	size_t o = 1;

	for (unsigned i = 0; i < 12; i++)
		o += (size_t)snprintf(text + o, sizeof(text) - o,
		    "%s{\"jsonrpc\":\"2.0\",\"method\":\"m%02u\"}", i ? "," : "", 11 - i);
	snprintf(text + o, sizeof(text) - o, "]");
	/* whatever the order, the same eight stand in it */
	assert_span(
	    operation_of(BODY_JSON, exact(text), SPAN_NONE, SPAN_NONE, &limits, &arena),
	    "m00+m01+m02+m03+m04+m05+m06+m07+*");
}

static void
test_full_arena_is_absent_not_a_crash(void **state)
{
	struct span body = exact("{\"query\":\"query { \\u0061 b }\"}");

	for (size_t left = 0; left < 8192; left += 13) {
		struct span op;

		arena.used = arena.size - left;
		op = operation_of(BODY_JSON, body, SPAN_NONE, SPAN_NONE, &limits, &arena);
		if (!span_absent(op))
			assert_span(op, "query{a,b}");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_operation_is_named_or_absent),
	    UNIT(test_ninth_operation_of_a_batch_is_a_star),
	    UNIT(test_full_arena_is_absent_not_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
