/* An engine over many requests: it allocates nothing, and its generations may run out. */
#include "fixture.h"

#include "engine/work.h"

#ifndef YETT_SANITIZED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);

static unsigned allocations;

void *
malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t each)
{
	allocations++;
	return __libc_calloc(n, each);
}

void *
realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}
#endif

/* A policy that asks for as much as it can. */
static struct fix *
curious(void)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "s");

	fix_host(f, "*", "", s);
	fix_endpoint(f, s, "POST", "/users/{number}");
	fix_operation(f, s, "POST", "/graphql", NULL, ENDPOINT_OPERATIONS);
	for (unsigned field = 0; field < FIELDS; field++) {
		char name[32];

		if (field_types[field] != FIELD_TEXT)
			continue;
		snprintf(name, sizeof(name), "ask-%02u", field);
		fix_rule(f, name, ACTION_DENY, MODE_ENFORCE, RULE_BODY);
		fix_and(f,
		    fix_predicate(f, (enum field_id)field, "name", OP_MATCHES,
			TRANSFORM_LOWER, "^never(a|b)+$", 0),
		    true);
	}
	fix_limit(f, "limit", MODE_ENFORCE, 0, 1, 1000, F_IDENTITY);
	return f;
}

static void
busy_request(struct fix *f, unsigned i)
{
	static const char *const body[][2] = {
	    {"application/json", "{\"name\":\"A\\u00e4\",\"list\":[{\"name\":1}]}"},
	    {"application/x-www-form-urlencoded", "name=%41&b=c"},
	    {"application/xml", "<a name='x'><name>B</name></a>"},
	    {"multipart/form-data; boundary=x",
		"--x\r\nContent-Disposition: form-data; "
		"name=\"name\"\r\n\r\nV\r\n--x--\r\n"},
	    {"application/json", "{\"query\":\"{ viewer { id } }\"}"},
	};
	static char ciphers[32];

	fix_request(f, "POST", "Shop.Example:80", i % 5 == 4 ? "/graphql" : "/users/%34");
	fix_header(f, "cookie", "Name=1; name=\"2\"");
	fix_header(f, "name", "N");
	fix_header(f, "authorization", i & 1 ? "Basic YW5uOnB3" : "Bearer A");
	fix_body(f, body[i % 5][0], body[i % 5][1]);
	f->r.query = SPAN("name=%41+b&x=1");
	f->r.tls = 1;
	f->r.tls_version = 771;
	ciphers[0] = 0x13;
	ciphers[1] = (char)i; /* another print each time */
	f->r.tls_ciphers = span_make(ciphers, sizeof(ciphers));
	f->r.tls_extensions = SPAN("\x00\x0d");
	f->r.tls_signatures = SPAN("\x04\x03");
}

static void
test_decisions_allocate_nothing(void **state)
{
#ifndef YETT_SANITIZED
	struct fix *f = curious();
	unsigned before;

	busy_request(f, 0);
	fix_decide(f);
	before = allocations;
	for (unsigned i = 1; i < 50; i++) {
		busy_request(f, i);
		fix_decide(f);
		assert_int_equal(f->v.action, ACTION_ALLOW);
		assert_int_equal(f->v.exceptions, 0);
	}
	assert_int_equal(allocations, before);
	assert_true(before > 0); /* they are counted at all */
	fix_free(f);
#else
	skip(); /* the sanitizer brings its own malloc */
#endif
}

/* After 2^30 requests the marks start again, and none of the old ones counts as new. */
static void
test_generations_start_again(void **state)
{
	struct fix *f = fix_new();

	fix_rule(f, "arg", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_ARG, "debug", OP_EQ, "1");
	fix_rule(f, "header", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_HEADER, "x-debug", OP_EQ, "1");
	/* marks of generations 1 and 2: yes */
	for (unsigned i = 0; i < 2; i++) {
		fix_request(f, "GET", "h", "/");
		f->r.query = SPAN("debug=1");
		fix_decide(f);
		assert_true(fix_ruled(f, "arg"));
	}
	f->e->generation = GENERATION_MAX - 1;
	for (unsigned i = 0; i < 4; i++) {
		fix_request(f, "GET", "h", "/");
		fix_header(f, "x-debug", i & 1 ? "1" : "0");
		fix_decide(f);
		assert_true(fix_ruled(f, i & 1 ? "header" : ""));
	}
	assert_int_equal(f->e->generation, 3);
	fix_free(f);
}

static void
test_engine_tells_its_bundle(void **state)
{
	struct fix *f = fix_new();
	struct bundle_error error;

	fix_start(f);
	assert_ptr_equal(engine_bundle(f->e), &f->b);
	engine_free(f->e);
	assert_int_equal(engine_new(NULL, &f->options, &f->e, &error), OK);
	assert_null(engine_bundle(f->e));
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decisions_allocate_nothing),
	    cmocka_unit_test(test_generations_start_again),
	    cmocka_unit_test(test_engine_tells_its_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
