/*
 * What an unknown request looks like: service, method and the stateless template that the
 * worker guessed as well (http/template.h), with the text of undecided segments still in
 * it. Lives in memory only; nothing here may be written to a record. A guess is cut into
 * pieces for the tree of undecided words:
 *
 *   /users/jane/orders/{number}:cancel      pieces: users  jane  orders  {number}  :cancel
 *          ^ undecided: word "jane"
 *
 * A sub-operation (GraphQL, JSON-RPC, SOAP) is one more undecided piece behind a blank.
 *
 * Pure; memory from the arena, or one malloc for a copy that is kept.
 */
#ifndef ANALYST_GUESS_H
#define ANALYST_GUESS_H

#include "base/arena.h"
#include "engine/request.h"
#include "engine/service.h"
#include "http/template.h"

#define GUESS_PIECES_MAX (TARGET_SEGMENTS_MAX + 2) /* a verb, a sub-operation */

struct guess {
	struct span
	    service; /* name in policy, or the normalised host; absent: unusable */
	struct span method; /* a method of RFC 9110, WebDAV or CalDAV, or "OTHER" */
	struct span operation; /* sub-operation, absent: the URL itself */
	struct span text; /* template with undecided words as they came */
	uint32_t undecided_mask; /* struct template */
	uint32_t flags; /* enum target_flag */
	uint64_t
	    text_mask; /* pieces that are {text} already, of an endpoint's own guess */
};

struct piece {
	struct span word; /* literal, "{class}", or the undecided word */
	struct span rest; /* what follows the word in its segment: "({number})" */
	bool undecided;
	bool verb;
	bool operation;
};

/* Which policy maps hosts to services; both NULL without one. */
struct guess_policy {
	const struct bundle *bundle;
	const struct service_index *services;
};

/* From what HAProxy sent: host from the headers (or host itself when headers are absent),
 * path as received. ERR_FULL: arena. */
MUST_CHECK int guess_make(const struct guess_policy *policy, struct span headers,
    struct span host, struct span method, struct span path, struct span operation,
    struct arena *a, struct guess *out);
/* A copy in one block for free(); NULL: no memory. */
struct guess *guess_copy(const struct guess *g);
/* Cuts the template into pieces; returns their number. */
unsigned guess_pieces(const struct guess *g, struct piece out[GUESS_PIECES_MAX]);

#endif
