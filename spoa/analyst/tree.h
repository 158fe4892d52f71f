/*
 * The tree of undecided words: which nodes (places in the paths of a service) have which
 * undecided words as children. A node is a hash of the way to it, a word a hash of its
 * text; neither text nor endpoints live here.
 *
 *   up to `children` words at a node: each stands for itself (TREE_WORD)
 *   one more: the node is *folded*: every undecided word at it is {text} (TREE_TEXT), for
 *   good, and its owner is told once, by tree_next_folded(), to fold what it built on them
 *   up to `listed` decided words at a node stand for themselves as well; what comes later is
 *   taken for an undecided one
 *
 * Whether a node folds depends on the set of words, not on their order. Bounded: when there
 * is no room for another node, every word at it is {text}. Pure but for malloc.
 */
#ifndef ANALYST_TREE_H
#define ANALYST_TREE_H

#include "base/map.h"

enum tree_answer { TREE_TEXT, TREE_WORD };

struct tree;

MUST_CHECK int tree_new(uint32_t nodes, unsigned children, struct tree **out);
/* Before words are admitted; without it none are. */
void tree_limit(struct tree *t, unsigned listed);
void tree_free(struct tree *t);
/* What stands for a word at a node now; changes nothing. A word not seen there is
 * TREE_WORD unless the node is folded. */
enum tree_answer tree_ask(const struct tree *t, uint64_t node);
/* The same, and the word is a child from now on; may fold the node. */
enum tree_answer tree_insert(struct tree *t, uint64_t node, uint64_t word);
/* Whether a decided word may stand for itself at a node: it does already, or there is room.
 * insert: it does from now on. Such a node is its own, with no undecided words, and never
 * folds. */
bool tree_admit(struct tree *t, uint64_t node, uint64_t word, bool insert);
/* Folds a node whatever its words. */
void tree_fold(struct tree *t, uint64_t node);
/* The word is no undecided child any more (decided, or nothing is built on it). */
void tree_remove(struct tree *t, uint64_t node, uint64_t word);
/* The next node that folded since it was last asked; false when there is none. */
bool tree_next_folded(struct tree *t, uint64_t *node);
uint32_t tree_nodes(const struct tree *t);

#endif
