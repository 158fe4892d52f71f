/* NOTIFY payloads as requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "worker/arguments.h"

struct payload {
	uint8_t bytes[4096];
	struct spop_writer w;
};

static void
start(struct payload *p)
{
	p->w = (struct spop_writer){.p = p->bytes, .cap = sizeof(p->bytes)};
}

static void
byte(struct payload *p, uint8_t b)
{
	spop_put_varint(&p->w, b);
}

static void
message(struct payload *p, const char *name, unsigned n)
{
	spop_put_string(&p->w, span_str(name));
	p->w.p[p->w.n++] = (uint8_t)n;
}

static void
text(struct payload *p, const char *name, const char *value)
{
	spop_put_string(&p->w, span_str(name));
	byte(p, SPOP_STRING);
	spop_put_string(&p->w, span_str(value));
}

static void
number(struct payload *p, const char *name, int64_t v)
{
	spop_put_string(&p->w, span_str(name));
	byte(p, SPOP_INT64);
	spop_put_varint(&p->w, (uint64_t)v);
}

static void
null(struct payload *p, const char *name)
{
	spop_put_string(&p->w, span_str(name));
	byte(p, SPOP_NULL);
}

static struct span
whole(const struct payload *p)
{
	return span_make(p->bytes, p->w.n);
}

static void
put_request(struct payload *p)
{
	message(p, "request", 6);
	text(p, "method", "GET");
	text(p, "path", "/users/17");
	null(p, "sni");
	spop_put_string(&p->w, SPAN("ssl"));
	byte(p, 0x11);
	number(p, "sport", 40000);
	spop_put_string(&p->w, SPAN("src"));
	byte(p, SPOP_IPV4);
	memcpy(p->w.p + p->w.n, "\x7f\0\0\1", 4);
	p->w.n += 4;
}

static void
test_request_is_read_by_name_and_spans_point_into_it(void **state)
{
	struct arguments a;
	struct payload p;
	struct request r;
	bool found;

	arguments_init(&a, 48);
	/* twice: by search, then by the remembered order */
	for (int i = 0; i < 2; i++) {
		start(&p);
		put_request(&p);
		request_init(&r);
		assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
		assert_true(found);
		assert_true(span_eq(r.method, SPAN("GET")));
		assert_true(span_eq(r.path, SPAN("/users/17")));
		assert_true(r.path.p > (char *)p.bytes &&
		    r.path.p < (char *)p.bytes + sizeof(p.bytes));
		assert_true(span_absent(r.sni));
		assert_true(span_absent(r.query));
		assert_int_equal(r.tls, 1);
		assert_int_equal(r.source_port, 40000);
		assert_int_equal(r.body_visible, -1);
		assert_int_equal(r.source.n, 4);
	}
}

static void
test_other_order_after_one_was_remembered(void **state)
{
	struct arguments a;
	struct payload p;
	struct request r;
	bool found;

	arguments_init(&a, 48);
	start(&p);
	put_request(&p);
	request_init(&r);
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
	start(&p);
	message(&p, "request-body", 3);
	text(&p, "path", "/b");
	text(&p, "method", "PUT");
	text(&p, "unheard", "of");
	request_init(&r);
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
	assert_true(found);
	assert_true(span_eq(r.path, SPAN("/b")));
	assert_true(span_eq(r.method, SPAN("PUT")));
}

/* Each argument of the table in turn is NULL, or of a type that it cannot be. */
static void
test_null_or_strange_argument_counts_as_not_sent(void **state)
{
	static const char *const spans[] = {
#define X(f, arg) arg,
	    REQUEST_SPAN_TABLE(X)
#undef X
	};
	static const char *const numbers[] = {
#define X(f, arg) arg,
	    REQUEST_NUMBER_TABLE(X)
#undef X
	};
	struct arguments a;
	struct payload p;
	struct request r, none;
	bool found;

	arguments_init(&a, 48);
	request_init(&none);
	for (int strange = 0; strange < 2; strange++) {
		for (size_t i = 0; i < REQUEST_SPANS; i++) {
			start(&p);
			message(&p, "request", 1);
			if (strange)
				number(&p, spans[i], 7);
			else
				null(&p, spans[i]);
			request_init(&r);
			assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
			assert_true(found);
			assert_memory_equal(&r, &none, sizeof(r));
		}
		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
			start(&p);
			message(&p, "request", 1);
			if (strange)
				text(&p, numbers[i], "7");
			else
				null(&p, numbers[i]);
			request_init(&r);
			assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
			assert_memory_equal(&r, &none, sizeof(r));
		}
	}
}

static void
test_first_of_duplicates_counts(void **state)
{
	struct arguments a;
	struct payload p;
	struct request r;
	bool found;

	arguments_init(&a, 48);
	start(&p);
	message(&p, "request", 4);
	text(&p, "path", "/first");
	text(&p, "path", "/second");
	number(&p, "blen", 1);
	number(&p, "blen", 2);
	message(&p, "request", 1); /* and the first of two messages */
	text(&p, "path", "/third");
	request_init(&r);
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
	assert_true(span_eq(r.path, SPAN("/first")));
	assert_int_equal(r.body_visible, 1);
}

static void
test_empty_is_not_absent(void **state)
{
	struct arguments a;
	struct payload p;
	struct request r;
	bool found;

	arguments_init(&a, 48);
	start(&p);
	message(&p, "request", 1);
	text(&p, "body", "");
	request_init(&r);
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
	assert_false(span_absent(r.body));
	assert_int_equal(r.body.n, 0);
}

static void
test_no_message_and_unknown_messages_find_nothing(void **state)
{
	struct arguments a;
	struct payload p;
	struct request r;
	bool found;

	arguments_init(&a, 48);
	start(&p);
	request_init(&r);
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
	assert_false(found);
	message(&p, "check-ip", 1);
	text(&p, "path", "/x");
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
	assert_false(found);
	assert_true(span_absent(r.path));
	/* an unknown one before ours is walked */
	put_request(&p);
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), OK);
	assert_true(found);
	assert_true(span_eq(r.path, SPAN("/users/17")));
}

static void
test_cut_anywhere_is_an_error(void **state)
{
	struct arguments a;
	struct payload p;
	struct request r;
	bool found;
	size_t first;

	arguments_init(&a, 48);
	start(&p);
	put_request(&p);
	first = p.w.n;
	message(&p, "other", 1);
	text(&p, "a", "b");
	for (size_t n = 1; n < p.w.n; n++) {
		request_init(&r);
		if (n == first)
			continue; /* a whole message */
		assert_int_not_equal(
		    arguments_read(&a, span_make(p.bytes, n), &r, &found), OK);
	}
}

static void
test_more_arguments_than_allowed_are_refused(void **state)
{
	struct arguments a;
	struct payload p;
	struct request r;
	bool found;

	arguments_init(&a, 2);
	start(&p);
	message(&p, "request", 3);
	request_init(&r);
	assert_int_equal(arguments_read(&a, whole(&p), &r, &found), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request_is_read_by_name_and_spans_point_into_it),
	    cmocka_unit_test(test_other_order_after_one_was_remembered),
	    cmocka_unit_test(test_null_or_strange_argument_counts_as_not_sent),
	    cmocka_unit_test(test_first_of_duplicates_counts),
	    cmocka_unit_test(test_empty_is_not_absent),
	    cmocka_unit_test(test_no_message_and_unknown_messages_find_nothing),
	    cmocka_unit_test(test_cut_anywhere_is_an_error),
	    cmocka_unit_test(test_more_arguments_than_allowed_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
