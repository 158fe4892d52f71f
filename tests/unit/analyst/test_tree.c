#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyst/tree.h"

static void
test_node_folds_with_one_word_too_many(void **state)
{
	struct tree *t;
	uint64_t node;

	assert_int_equal(tree_new(10, 3, &t), OK);
	for (uint64_t round = 0; round < 2; round++)
		for (uint64_t w = 1; w <= 3; w++)
			assert_int_equal(tree_insert(t, 77, w), TREE_WORD);
	assert_false(tree_next_folded(t, &node));
	assert_int_equal(tree_insert(t, 77, 4), TREE_TEXT);
	assert_int_equal(tree_ask(t, 77), TREE_TEXT);
	assert_int_equal(tree_insert(t, 77, 1), TREE_TEXT);
	assert_true(tree_next_folded(t, &node));
	assert_int_equal(node, 77);
	assert_false(tree_next_folded(t, &node)); /* told once */
	assert_int_equal(tree_insert(t, 78, 4), TREE_WORD); /* others are untouched */
	tree_free(t);
}

static void
test_removed_word_makes_room(void **state)
{
	struct tree *t;

	assert_int_equal(tree_new(10, 2, &t), OK);
	assert_int_equal(tree_insert(t, 5, 1), TREE_WORD);
	assert_int_equal(tree_insert(t, 5, 2), TREE_WORD);
	tree_remove(t, 5, 1);
	assert_int_equal(tree_insert(t, 5, 3), TREE_WORD);
	tree_remove(t, 5, 2);
	tree_remove(t, 5, 3);
	tree_remove(t, 5, 3);
	assert_int_equal(tree_nodes(t), 0);
	tree_free(t);
}

static void
test_full_tree_answers_text(void **state)
{
	struct tree *t;

	assert_int_equal(tree_new(2, 2, &t), OK);
	assert_int_equal(tree_insert(t, 1, 1), TREE_WORD);
	assert_int_equal(tree_insert(t, 2, 1), TREE_WORD);
	assert_int_equal(tree_ask(t, 3), TREE_TEXT);
	assert_int_equal(tree_insert(t, 3, 1), TREE_TEXT);
	assert_int_equal(tree_ask(t, 1), TREE_WORD);
	tree_remove(t, 1, 1);
	assert_int_equal(tree_insert(t, 3, 1), TREE_WORD);
	tree_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_node_folds_with_one_word_too_many),
	    cmocka_unit_test(test_removed_word_makes_room),
	    cmocka_unit_test(test_full_tree_answers_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
