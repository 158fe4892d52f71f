/* JSON as trees: the same as YAML says of it, and what is refused with its place. */
#include "spec_fixture.h"

/* The tree as text: maps in {}, lists in [], texts in quotes unless they are plain. */
static void
put_tree(struct buf *out, const struct spec_node *n)
{
	if (n->kind == NODE_NULL)
		buf_put_str(out, "null");
	else if (n->kind == NODE_SCALAR)
		buf_printf(out, n->plain ? "%.*s" : "'%.*s'", (int)n->text.n, n->text.p);
	if (n->kind < NODE_MAP)
		return;
	buf_put_char(out, n->kind == NODE_MAP ? '{' : '[');
	SPEC_EACH (x, n) {
		if (n->kind == NODE_MAP)
			buf_printf(out, "%u:%.*s=", x->line, (int)x->key.n, x->key.p);
		put_tree(out, x);
		if (x->next)
			buf_put_char(out, ' ');
	}
	buf_put_char(out, n->kind == NODE_MAP ? '}' : ']');
}

static int
read_tree(const char *text, struct buf *out)
{
	struct pool pool = POOL_INIT;
	struct diags diags = {.pool = &pool};
	struct source source = {SPAN("t"), span_str(text)};
	struct spec_node *root;
	int rc = spec_node_read(&pool, &diags, &source, &root);

	buf_clear(out);
	if (rc == OK)
		put_tree(out, root);
	else
		diag_print(&diags, false, out);
	buf_put_char(out, '\0');
	pool_fini(&pool);
	return rc;
}

static void
test_json_is_read(void **state)
{
	static const struct {
		const char *text, *tree;
	} cases[] = {
	    {"{}", "{}"},
	    {" [ ] ", "[]"},
	    {"\xef\xbb\xbf{\"a\":1}\n", "{1:a=1}"},
	    {"{\n\"a\" :\n [1, -2.5e+3,true,false,null,\"\"] ,\r\n\t\"b\":{\"c\":{}}}",
		"{2:a=[1 -2.5e+3 true false null ''] 4:b={4:c={}}}"},
	    {"[\"\\u00e4\\n\\\"\\/\\ud83d\\ude00\"]",
		"['\xc3\xa4\n\"/\xf0\x9f\x98\x80']"},
	    {"{\"\\u0061\":\"x\"}", "{1:a='x'}"},
	    {"[[],[[]],{\"a\":[]}]", "[[] [[]] {1:a=[]}]"},
	    {"[\"1\", 1]", "['1' 1]"},
	};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(read_tree(cases[i].text, &out), OK);
		assert_string_equal(out.p, cases[i].tree);
	}
	buf_fini(&out);
}

static void
test_json_is_refused_with_a_place(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"{", "t:1:2: error: a name in quotes was expected"},
	    {"{\"a\"", "t:1:5: error: a colon was expected"},
	    {"{\"a\":", "t:1:6: error: the document ends too early"},
	    {"{\"a\":1", "t:1:7: error: a comma or } was expected"},
	    {"{\"a\":1,}", "t:1:8: error: a name in quotes was expected"},
	    {"{\"a\":1 \"b\":2}", "t:1:8: error: a comma or } was expected"},
	    {"{a:1}", "t:1:2: error: a name in quotes was expected"},
	    {"{\"a\":1}\n{}", "t:2:1: error: the document ended before this"},
	    {"{\"a\":1,\n\"a\":2}", "t:2:1: error: this key stands twice"},
	    {"[1,", "t:1:4: error: the document ends too early"},
	    {"[1,]", "t:1:4: error: a value was expected"},
	    {"[1 2]", "t:1:4: error: a comma or ] was expected"},
	    {"[1}", "t:1:3: error: a comma or ] was expected"},
	    {"[tru]", "t:1:2: error: a value was expected"},
	    {"[+1]", "t:1:2: error: a value was expected"},
	    {"[\"a", "t:1:4: error: the document ends in a string"},
	    {"[\"a\nb\"]", "t:1:4: error: this cannot stand in a string"},
	    {"[\"\\x\"]", "error: this cannot stand in a string"},
	};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_not_equal(read_tree(cases[i].text, &out), OK);
		if (!strstr(out.p, cases[i].message))
			fail_msg("%s: %s", cases[i].text, out.p);
	}
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_is_read),
	    cmocka_unit_test(test_json_is_refused_with_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
