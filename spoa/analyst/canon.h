/*
 * The canonical form of a guess: each undecided piece becomes its text (decided since), its
 * token, or {text} where the tree has folded.
 *
 *   guess     /users/jane/orders/{number}
 *   canonical /users/{~text.1.niuw…}/orders/{number}   or   /users/{text}/orders/{number}
 *
 * The key tells canonical forms apart within this process and costs no token; the text is
 * made when an endpoint is described. A verb or a sub-operation at a folded node is left
 * out: an unknown one counts with its resource. Pure but for the tree.
 */
#ifndef ANALYST_CANON_H
#define ANALYST_CANON_H

#include "analyst/guess.h"
#include "analyst/release.h"
#include "analyst/tree.h"

struct undecided {
	uint64_t node, word; /* in the tree */
	uint32_t held; /* in the release table, RELEASE_NONE: not held */
};

struct canon {
	uint64_t key;
	unsigned pieces;
	unsigned n; /* undecided pieces that stand for themselves */
	struct piece piece[GUESS_PIECES_MAX];
	enum { CANON_LITERAL, CANON_WORD, CANON_TEXT } form[GUESS_PIECES_MAX];
	struct undecided undecided[GUESS_PIECES_MAX]; /* n, in order */
};

/* insert: the undecided words enter the tree, nodes may fold (tree_next_folded). */
void canon_make(struct canon *c, const struct guess *g, uint32_t service,
    const struct release *r, struct tree *t, bool insert);
/* Text for records and the shapes of undecided words ("class:length:shape …"), all held.
 * ERR_LIMIT: longer than TEMPLATE_BYTES_MAX. */
MUST_CHECK int canon_text(
    const struct canon *c, const struct release *r, struct buf *text, struct buf *shapes);

#endif
