/* Documents as trees: what is read, and what is refused with its line. */
#include <stdio.h>

#include "spec_fixture.h"

static int
read_text(
    struct pool *pool, struct buf *messages, struct span text, struct spec_node **out)
{
	struct diags diags = {.pool = pool};
	struct source *source = POOL_NEW(pool, struct source);
	int rc;

	*source = (struct source){SPAN("t"), text};
	rc = spec_node_read(pool, &diags, source, out);
	buf_clear(messages);
	diag_print(&diags, false, messages);
	assert_int_equal(rc == OK, diags.errors == 0);
	return rc;
}

static void
test_node_keeps_text_and_lines(void **state)
{
	static const struct {
		const char *text;
		unsigned line; /* of a.b */
	} cases[] = {
	    {"x: 1\na:\n  b: hello\n", 3},
	    {"{\"x\": 1,\n \"a\": {\n\n\t\"b\": \"hello\"}}", 4},
	    {"{\"x\":1,\"a\":{\"b\":\"hello\"}}", 1},
	    {"\xef\xbb\xbf\nx: 1\na: {b: \"hel\\x6co\"}\n", 3},
	    {"# comment\nq: &q {b: hello}\na: *q\n", 2},
	    {"q: &q {b: hello}\nr: &r {c: 1}\na:\n  <<: [*q, *r]\n", 1},
	    {"q: &q {b: bye}\na:\n  <<: *q\n  b: |-\n    hello\n", 4},
	    {"a:\n  b: >-\n    hello\n", 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pool pool = POOL_INIT;
		struct buf messages = BUF_INIT;
		struct spec_node *root;
		const struct spec_node *b;

		if (read_text(&pool, &messages, span_str(cases[i].text), &root) != OK)
			fail_msg("case %zu: %s", i, messages.p);
		b = spec_node_get(spec_node_get(root, "a"), "b");
		assert_true(spec_node_is(b, "hello"));
		assert_int_equal(b->line, cases[i].line);
		buf_fini(&messages);
		pool_fini(&pool);
	}
}

static void
test_node_refuses_with_a_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", "the document is empty"},
	    {"a: [", "t:1:"},
	    {"{\"a\":1,}", "t:1:"},
	    {"a: 1\nb: 2\na: 3\n", "t:3:1: error: this key stands twice"},
	    {"a: 1\n---\nb: 1\n", "more than one document"},
	    {"a: *nothing\n", "there is no such anchor"},
	    {"a: &x [*x]\n", "an anchor contains itself"},
	    {"? [1, 2]\n: 3\n", "a key must be a plain word"},
	    {"a: 1\nb: \xff\n", "t:2:4: error: the file is not UTF-8"},
	    {"\xfe\xff\0a", "t:1:1: error: the file is not UTF-8"},
	    {"a: \t- b\n", "t:1:"},
	    {"a: b: c\n", "t:1:"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pool pool = POOL_INIT;
		struct buf messages = BUF_INIT;
		struct spec_node *root;

		assert_int_not_equal(
		    read_text(&pool, &messages, span_str(cases[i].text), &root), OK);
		assert_null(root);
		if (!strstr(messages.p, cases[i].message))
			fail_msg("case %zu: %s", i, messages.p);
		buf_fini(&messages);
		pool_fini(&pool);
	}
}

static void
refuse_built(struct buf *text, const char *message)
{
	struct pool pool = POOL_INIT;
	struct buf messages = BUF_INIT;
	struct spec_node *root;

	assert_int_not_equal(read_text(&pool, &messages, buf_span(text), &root), OK);
	if (!strstr(messages.p, message))
		fail_msg("%s", messages.p);
	buf_fini(&messages);
	buf_fini(text);
	pool_fini(&pool);
}

static void
test_node_is_bounded(void **state)
{
	struct buf text = BUF_INIT;

	buf_put_str(&text, "a: ");
	for (int i = 0; i < 100000; i++)
		buf_put_char(&text, '[');
	refuse_built(&text, "t:1:");
	for (int i = 0; i < 20000; i++)
		buf_put_str(&text, "{\"a\":");
	refuse_built(&text, "t:1:");
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, "a%d: &a%d 1\n", i, i);
	refuse_built(&text, "too many anchors");
	buf_put_str(&text, "m: &m {");
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "k%d: 1, ", i);
	buf_put_str(&text, "}\nn:\n  <<: *m\n");
	refuse_built(&text, "<< brings too many keys");
	buf_put_str(&text, "zero");
	buf_put_char(&text, '\0');
	refuse_built(&text, "there is a zero byte in the file");
}

static void
test_node_shares_what_aliases_repeat(void **state)
{
	struct pool pool = POOL_INIT;
	struct buf text = BUF_INIT, messages = BUF_INIT;
	struct spec_node *root;
	const struct spec_node *n;

	/* written out these would be 10 to the power of 9 values */
	buf_put_str(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 10; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&text, "*a%d%s", i - 1, k < 9 ? ", " : "]\n");
	}
	assert_int_equal(read_text(&pool, &messages, buf_span(&text), &root), OK);
	n = spec_node_get(root, "a9");
	for (int i = 0; i < 10; i++)
		n = n->child;
	assert_true(spec_node_is(n, "x"));
	buf_fini(&messages);
	buf_fini(&text);
	pool_fini(&pool);
}

static void
test_node_finds_among_many_keys(void **state)
{
	struct pool pool = POOL_INIT;
	struct buf text = BUF_INIT, messages = BUF_INIT;
	struct spec_node *root;
	char key[16];

	for (int i = 0; i < 5000; i++)
		buf_printf(&text, "k%d: v%d\n", i, i);
	assert_int_equal(read_text(&pool, &messages, buf_span(&text), &root), OK);
	for (int i = 0; i < 5000; i += 7) {
		snprintf(key, sizeof key, "k%d", i);
		assert_int_equal(spec_node_get(root, key)->line, (unsigned)i + 1);
	}
	assert_null(spec_node_get(root, "k5000"));
	buf_put_str(&text, "k77: again\n");
	assert_int_not_equal(read_text(&pool, &messages, buf_span(&text), &root), OK);
	assert_non_null(strstr(messages.p, "t:5001:1: error: this key stands twice"));
	buf_fini(&messages);
	buf_fini(&text);
	pool_fini(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_node_keeps_text_and_lines),
	    cmocka_unit_test(test_node_refuses_with_a_line),
	    cmocka_unit_test(test_node_is_bounded),
	    cmocka_unit_test(test_node_shares_what_aliases_repeat),
	    cmocka_unit_test(test_node_finds_among_many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
