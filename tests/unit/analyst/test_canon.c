/* Canonical forms of sub-operations: told where every name in them is known, tokens else,
 * and counted with their URL where there are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyst/canon.h"
#include "redact/words.h"

static struct redactor *redactor;
static struct release *release;
static struct tree *tree;

static void
begin(unsigned children)
{
	struct keyring keys;

	assert_int_equal(keyring_generate(1, &keys), OK);
	assert_int_equal(redactor_new(&keys, &redactor), OK);
	assert_int_equal(release_new(1000, 20, redactor, &release), OK);
	assert_int_equal(tree_new(1000, children, &tree), OK);
	tree_limit(tree, 256);
}

static void
end(void)
{
	tree_free(tree);
	release_free(release);
	redactor_free(redactor);
}

/* The text of POST path operation, with undecided words held for their tokens. */
static uint64_t
canonical(const char *path, const char *operation, struct buf *text)
{
	struct guess g = {.service = SPAN("api"),
	    .method = SPAN("POST"),
	    .text = span_str(path),
	    .operation = span_str(operation)};
	struct buf shapes = BUF_INIT;
	struct canon c;

	canon_make(&c, &g, 0, release, tree, true);
	for (unsigned i = 0, n = 0; i < c.pieces; i++)
		if (c.form[i] == CANON_WORD)
			assert_int_equal(release_hold(release, c.piece[i].word, 1,
					     &c.undecided[n++].held),
			    OK);
	buf_clear(text);
	assert_int_equal(canon_text(&c, release, text, &shapes), OK);
	buf_fini(&shapes);
	return c.key;
}

/* The i-th word of the vocabulary. */
static const char *
some_word(unsigned i)
{
	static char word[64];
	FILE *f = fopen("lib/redact/api_words.txt", "r");
	unsigned at = 0;

	assert_non_null(f);
	while (fgets(word, sizeof(word), f) != NULL) {
		word[strcspn(word, "\n")] = '\0';
		if (word[0] != '\0' && word[0] != '#' && words_known(span_str(word)) &&
		    at++ == i)
			break;
	}
	assert_false(feof(f));
	fclose(f);
	return word;
}

static void
test_known_names_are_told_unknown_ones_are_tokens(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	begin(64);
	canonical("/graphql", "query{user,viewer}", &text);
	assert_string_equal(text.p, "/graphql query{user,viewer}");
	canonical("/rpc", "order.create", &text);
	assert_string_equal(text.p, "/rpc order.create");
	canonical("/", "query{user}", &text);
	assert_string_equal(text.p, "/ query{user}");
	canonical("/graphql", "query{user,zxqqy}", &text);
	assert_int_equal(strncmp(text.p, "/graphql {~text.1.", 18), 0);
	assert_null(strstr(text.p, "zxqqy"));
	buf_fini(&text);
	end();
}

static void
test_operations_of_one_url_have_keys_of_their_own(void **state)
{
	struct buf text = BUF_INIT;
	uint64_t plain, user, viewer;

	(void)state;
	begin(64);
	plain = canonical("/graphql", NULL, &text);
	user = canonical("/graphql", "query{user}", &text);
	viewer = canonical("/graphql", "query{viewer}", &text);
	assert_true(plain != user && user != viewer && plain != viewer);
	assert_true(user == canonical("/graphql", "query{user}", &text));
	buf_fini(&text);
	end();
}

static void
test_too_many_unknown_operations_count_with_their_url(void **state)
{
	struct buf text = BUF_INIT;
	uint64_t plain;
	char name[32];

	(void)state;
	begin(8);
	plain = canonical("/graphql", NULL, &text);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "query{zxqqy%d}", i);
		canonical("/graphql", name, &text);
	}
	assert_true(plain == canonical("/graphql", "query{zxqqy99}", &text));
	assert_string_equal(text.p, "/graphql");
	buf_fini(&text);
	end();
}

/* A scanner's word list, where every path is answered: 300 words that may all be told. */
static void
test_word_list_fills_no_inventory(void **state)
{
	struct buf text = BUF_INIT;
	char path[64];
	unsigned literal = 0, folded = 0;

	(void)state;
	begin(8);
	canonical("/orders/{number}", NULL, &text);
	for (unsigned i = 0; i < 600; i++) {
		struct guess g = {.service = SPAN("api"), .method = SPAN("GET")};
		struct canon c;

		snprintf(path, sizeof(path), "/%s", some_word(i));
		g.text = span_str(path);
		g.undecided_mask = 1;
		canon_make(&c, &g, 0, release, tree, true);
		literal += c.form[0] == CANON_LITERAL;
		folded += c.form[0] == CANON_TEXT;
	}
	assert_int_equal(literal, 256);
	assert_int_equal(folded, 600 - 256 - 8);
	/* What was there before stands as it was. */
	snprintf(path, sizeof(path), "/%s", some_word(0));
	canonical(path, NULL, &text);
	assert_string_equal(text.p, path);
	buf_fini(&text);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_names_are_told_unknown_ones_are_tokens),
	    cmocka_unit_test(test_operations_of_one_url_have_keys_of_their_own),
	    cmocka_unit_test(test_too_many_unknown_operations_count_with_their_url),
	    cmocka_unit_test(test_word_list_fills_no_inventory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
