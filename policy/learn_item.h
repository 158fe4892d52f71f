/*
 * An endpoint cut into labels, one a place of its path, for learn_template.c and
 * learn_children.c. For nobody else. Pure.
 */
#ifndef POLICY_LEARN_ITEM_H
#define POLICY_LEARN_ITEM_H

#include "policy/learn_place.h"
#include "policy/learn_template.h"

#define LABEL_PARAMETER SPAN("{text}")

struct label {
	struct span text;
	enum child_kind kind;
	enum place_word word; /* of WORD */
};

struct item {
	const struct learn_endpoint *e;
	unsigned n; /* labels */
	struct label *label;
	struct span *final; /* what stands there now */
	uint64_t *below; /* n + 1: of the rest from this label on */
	uint8_t *literals; /* n + 1: words in the rest */
	double *elsewhere; /* struct place_child, by the pass before */
	uint64_t before; /* of the labels as they came, up to the depth */
	double score;
	const char *reason; /* NULL: nothing was changed */
	uint32_t child; /* in the place at hand */
};

/* Cuts the template; memory is the pool's. */
void item_make(struct pool *pool, struct item *x, const struct learn_endpoint *e);
/* A person or a specification says that its labels are as they are. */
bool item_said_so(const struct learn_endpoint *e);
/* Hashes of the rests, with what the pass before found; what looks like a value is taken for
 * one until then. */
void item_hash(struct item *x);
/* What stands before a place. */
enum place_before item_before(const struct item *x, unsigned depth);
/* The first label that is no version, if it is a word: its hash, and whether it is no
 * vocabulary. */
bool item_name(const struct item *x, uint64_t *hash, bool *foreign);
/* The template of the labels found. */
struct span item_text(struct pool *pool, const struct item *x);
/* "{class}". */
bool label_is_parameter(struct span label);

uint64_t learn_mix(uint64_t h, uint64_t v);
uint64_t learn_mix_span(uint64_t h, struct span s);

#endif
