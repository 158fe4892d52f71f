/* Every field of field.def has the value it promises; absent is not empty. */
#include "fixture.h"

/* A request that has a value for every field. */
static void
full_request(struct fix *f)
{
	fix_request(f, "POST", "API.Example:8443", "/Shop/../users/42");
	fix_header(f, "cookie", "lang=de; theme=dark");
	fix_header(f, "x-tag", "one");
	fix_header(f, "x-tag", "two");
	fix_header(f, "accept", "text/html");
	fix_header(f, "accept", "image/png");
	fix_body(f, "Application/JSON; charset=utf-8",
	    "{\"items\":[{\"price\":7},{\"price\":8}],\"note\":null}");
	f->r.query = SPAN("q=a%20b&q=c+d&flag&empty=");
	f->r.body_announced = 46;
	f->r.source_port = 4711;
	f->r.tls = 1;
	f->r.tls_version = 0x0303;
	f->r.sni = SPAN("api.example");
	f->r.alpn = SPAN("h2");
	f->r.tls_ciphers =
	    SPAN("\x00\x04\x00\x05\x00\x0a\x00\x09\x00\x64\x00\x62\x00\x03\x00"
		 "\x06\x00\x13\x00\x12\x00\x63");
	f->r.tls_extensions = SPAN("");
	f->r.client_cert =
	    SPAN("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd"
		 "\xef\x01\x23\x45\x67");
}

static struct fix *
one_endpoint(void)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "users");

	fix_host(f, "api.example", "", s);
	fix_endpoint(f, s, "POST", "/users/{number}");
	return f;
}

struct field_case {
	enum field_id field;
	const char *key;
	enum predicate_op op;
	enum predicate_transform transform;
	const char *text;
	int64_t number;
	bool holds;
};

static void
check(const struct field_case *c, void (*request)(struct fix *))
{
	struct fix *f = one_endpoint();
	uint32_t p;

	fix_rule(f, "it", ACTION_DENY, MODE_ENFORCE, RULE_BODY);
	p = fix_predicate(f, c->field, c->key, c->op, c->transform, c->text, c->number);
	fix_and(f, p, true);
	request(f);
	fix_decide(f);
	if (fix_ruled(f, "it") != c->holds)
		fail_msg("field %d key %s op %d transform %d \"%s\" %lld", c->field,
		    c->key ? c->key : "-", c->op, c->transform, c->text ? c->text : "-",
		    (long long)c->number);
	fix_free(f);
}

#define TEXT(field, key, value)                                        \
	{field, key, OP_EQ, TRANSFORM_NONE, value, 0, true},           \
	{                                                              \
		field, key, OP_EQ, TRANSFORM_NONE, value "x", 0, false \
	}
#define NUM(field, key, transform, value)                            \
	{field, key, OP_EQ, transform, NULL, value, true},           \
	{                                                            \
		field, key, OP_EQ, transform, NULL, value + 1, false \
	}
#define BOOL(field, value)                                           \
	{                                                            \
		field, NULL, OP_TRUE, TRANSFORM_NONE, NULL, 0, value \
	}

static void
test_fields_have_their_values(void **state)
{
	static const struct field_case cases[] = {
	    TEXT(F_METHOD, NULL, "POST"),
	    TEXT(F_HOST, NULL, "api.example"),
	    TEXT(F_PATH, NULL, "/users/42"),
	    TEXT(F_RAW_PATH, NULL, "/Shop/../users/42"),
	    TEXT(F_QUERY, NULL, "q=a%20b&q=c+d&flag&empty="),
	    TEXT(F_ARG, "q", "a b"),
	    TEXT(F_ARG, "q", "c d"),
	    TEXT(F_ARG, "flag", ""),
	    TEXT(F_ARG, "empty", ""),
	    TEXT(F_HEADER, "x-tag", "one"),
	    TEXT(F_HEADER, "x-tag", "two"),
	    TEXT(F_HEADER, "accept", "text/html"),
	    TEXT(F_HEADER, "accept", "image/png"),
	    TEXT(F_HEADER, "user-agent", "Test/1.0"),
	    TEXT(F_COOKIE, "lang", "de"),
	    TEXT(F_COOKIE, "theme", "dark"),
	    TEXT(F_USER_AGENT, NULL, "Test/1.0"),
	    TEXT(F_VERSION, NULL, "1.1"),
	    NUM(F_HEADER_ORDER, NULL, TRANSFORM_LEN, 16),
	    {F_TARGET_FLAGS, NULL, OP_HAS, 0, NULL, TARGET_DOT_SEGMENT, true},
	    {F_TARGET_FLAGS, NULL, OP_HAS, 0, NULL, TARGET_NUL, false},
	    NUM(F_SEGMENT_COUNT, NULL, TRANSFORM_NONE, 2),
	    TEXT(F_CONTENT_TYPE, NULL, "application/json"),
	    NUM(F_BODY_SIZE, NULL, TRANSFORM_NONE, 46),
	    BOOL(F_BODY_TRUNCATED, false),
	    TEXT(F_BODY_STATE, NULL, "complete"),
	    TEXT(F_BODY_KIND, NULL, "json"),
	    TEXT(F_BODY_FIELD, "items[].price", "7"),
	    TEXT(F_BODY_FIELD, "items[].price", "8"),
	    {F_BODY_FIELD, "note", OP_EXISTS, 0, NULL, 0, true},
	    NUM(F_BODY_FIELDS, NULL, TRANSFORM_NONE, 3),
	    TEXT(F_FRONTEND, NULL, "fe_main"),
	    NUM(F_SOURCE_PORT, NULL, TRANSFORM_NONE, 4711),
	    BOOL(F_TLS, true),
	    TEXT(F_TLS_SNI, NULL, "api.example"),
	    TEXT(F_TLS_ALPN, NULL, "h2"),
	    NUM(F_TLS_JA3, NULL, TRANSFORM_LEN, 32),
	    NUM(F_TLS_JA4, NULL, TRANSFORM_LEN, 36),
	    NUM(F_TLS_PRINT, NULL, TRANSFORM_LEN, 16),
	    TEXT(F_CLIENT_CERT, NULL, "0123456789abcdef0123456789abcdef01234567"),
	    TEXT(F_SERVICE, NULL, "users"),
	    TEXT(F_ENDPOINT, NULL, "POST /users/{number}"),
	    TEXT(F_ENDPOINT, NULL, "/users/{number}"),
	    BOOL(F_ENDPOINT_KNOWN, true),
	    TEXT(F_ENDPOINT_TEMPLATE, NULL, "/users/{number}"),
	    TEXT(F_ENDPOINT_LABEL, NULL, "POST /users/{number}"),
	    NUM(F_IDENTITY, NULL, TRANSFORM_LEN, 32),
	    TEXT(F_IDENTITY_SOURCE, NULL, "client_cert"),
	    BOOL(F_IDENTITY_WEAK, false),
	    BOOL(F_IDENTITY_VERIFIED, true),
	    NUM(F_HISTORY_AGE, NULL, TRANSFORM_NONE, 0),
	    NUM(F_HISTORY_REQUESTS, NULL, TRANSFORM_NONE, 1),
	    NUM(F_HISTORY_MINUTE, NULL, TRANSFORM_NONE, 1),
	    NUM(F_HISTORY_ERRORS, NULL, TRANSFORM_NONE, 0),
	    NUM(F_HISTORY_DENIED, NULL, TRANSFORM_NONE, 0),
	    BOOL(F_HISTORY_COMPLETE, true),
	    /* transforms */
	    {F_METHOD, NULL, OP_EQ, TRANSFORM_LOWER, "post", 0, true},
	    {F_METHOD, NULL, OP_EQ, TRANSFORM_LOWER, "POST", 0, false},
	    {F_HEADER, "user-agent", OP_EQ, TRANSFORM_LOWER, "test/1.0", 0, true},
	    {F_ARG, "q", OP_STARTS, TRANSFORM_LOWER, "a", 0, true},
	    NUM(F_ARG, "q", TRANSFORM_COUNT, 2),
	    NUM(F_ARG, "none", TRANSFORM_COUNT, 0),
	    NUM(F_HEADER, "x-tag", TRANSFORM_COUNT, 2),
	    NUM(F_BODY_FIELD, "items[].price", TRANSFORM_COUNT, 2),
	    {F_PATH, NULL, OP_GT, TRANSFORM_LEN, NULL, 8, true},
	    {F_PATH, NULL, OP_GT, TRANSFORM_LEN, NULL, 9, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check(&cases[i], full_request);
}

static void
empty_request(struct fix *f)
{
	fix_request(f, "GET", NULL, "/");
	f->r.source = SPAN_NONE;
	f->r.frontend = SPAN_NONE;
	f->r.version = SPAN_NONE;
	f->headers_n = 0;
}

/* What is not there says no to everything, and counts zero. */
static void
test_absent_fields_say_no(void **state)
{
	static const enum field_id absent[] = {F_HOST, F_QUERY, F_ARG, F_HEADER, F_COOKIE,
	    F_USER_AGENT, F_VERSION, F_CONTENT_TYPE, F_BODY_FIELD, F_OPERATION,
	    F_FRONTEND, F_TLS_SNI, F_TLS_ALPN, F_TLS_JA3, F_TLS_JA4, F_TLS_PRINT,
	    F_CLIENT_CERT, F_ENDPOINT, F_SOURCE, F_SOURCE_PORT};

	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		struct field_case c = {absent[i], "k", OP_EXISTS, 0, "", 0, false};

		check(&c, empty_request);
		if (absent[i] == F_SOURCE || absent[i] == F_SOURCE_PORT)
			continue;
		c.op = OP_EQ;
		check(&c, empty_request);
		c.op = OP_GE;
		c.transform = TRANSFORM_LEN;
		check(&c, empty_request);
	}
}

static void
test_field_body_size_without_body_is_zero(void **state)
{
	struct field_case c = {F_BODY_SIZE, NULL, OP_EQ, 0, NULL, 0, true};

	check(&c, empty_request);
}

/* More parameters than the arena holds: found is found, not found is unknown. */
static void
test_args_that_do_not_fit_are_told(void **state)
{
	struct fix *f = one_endpoint();
	size_t n = 200 << 10;
	char *query = malloc(n);
	uint32_t p;

	assert_non_null(query);
	for (size_t i = 0; i + 1 < n; i += 2)
		memcpy(query + i, "a&", 2);
	fix_rule(f, "a", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_ARG, "a", OP_EQ, "never");
	fix_rule(f, "not-a", ACTION_DENY, MODE_ENFORCE, 0);
	p = fix_predicate(f, F_ARG, "a", OP_EQ, TRANSFORM_NONE, "never", 0);
	fix_and(f, p, false);
	fix_request(f, "GET", "api.example", "/users/1");
	f->r.query = span_make(query, n);
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_true(fix_excepted(f, EX_INTERNAL));
	free(query);
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields_have_their_values),
	    cmocka_unit_test(test_absent_fields_say_no),
	    cmocka_unit_test(test_field_body_size_without_body_is_zero),
	    cmocka_unit_test(test_args_that_do_not_fit_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
