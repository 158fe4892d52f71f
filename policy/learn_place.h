/*
 * One place of learn_template.h: which of the children that stand there are values of a
 * parameter. Evidence is added up as log-odds in nats; the weights were set by hand and by
 * what tests/bench/templates said of half of its documents. Pure.
 *
 *   for the place   what stands before: plurals are followed by parameters, roots are not;
 *                   words that are no vocabulary, camelCase, plurals; how many; how many of
 *                   them by one identity alone; whether the same lies below all of them; and
 *                   whether they come again under each value of the parameter before
 *   for each child  whether it has methods and paths that the values have not, and its word
 */
#ifndef POLICY_LEARN_PLACE_H
#define POLICY_LEARN_PLACE_H

#include "base/span.h"

/* What a word looks like; decided by its text or, for an undecided one, by its shape. */
enum place_word {
	WORD_VERSION, /* v1, api: what paths begin with */
	WORD_ACTION, /* search, login, me: what APIs call literals beside parameters */
	WORD_CODE, /* getUser, user_ids, chat.postMessage: names that programmers give */
	WORD_PLURAL, /* of words that APIs are made of (learn_words.def) */
	WORD_COMMON, /* such words, alone or joined */
	WORD_COMPOUND, /* no vocabulary, but two such words in one */
	WORD_PLAIN, /* one word that APIs rarely use */
	WORD_JOINED, /* two or three words, one of them such */
	WORD_SLUG, /* more: a title; or the name of a document */
	WORD_NAME, /* begins with a capital letter */
	WORD_RELEASED, /* no vocabulary, but used by many */
	WORD_TOKEN, /* undecided */
	WORD_TOKEN_CODE, /* undecided, camelCase or with _ */
	WORD_TOKEN_DOT, /* undecided, with a dot: a host, a file, a group */
	WORD_TOKEN_ODD, /* undecided, with digits, signs, many hyphens */
};
#define PLACE_WORD_VALUE WORD_PLAIN /* from here on it may well be a value */
enum place_word learn_word_of(struct span text);
enum place_word learn_word_of_token(struct span shape);

enum child_kind { CHILD_WORD, CHILD_TOKEN, CHILD_TYPED, CHILD_TEXT, CHILD_FIXED };

struct place_child {
	enum child_kind kind; /* FIXED: a literal for good, whatever speaks against it */
	enum place_word word; /* of WORD and TOKEN */
	bool loose; /* TYPED: a class that words with digits fall into as well */
	double requests;
	double identities; /* that used it */
	double merged; /* TEXT: values known to have been behind it */
	double
	    alone; /* share of its requests with methods and paths no other child has */
	double strange; /* share of them with a next label that no value has */
	double alike; /* share of them with paths that a good part of the children has */
	double deep; /* kinds of paths below it with a literal in them */
	double deep_shared; /* of these: shared with others */
	double other_use; /* nats by which its methods differ from those of the others */
	double
	    spread; /* share of the values before it that it was seen with, 0: not known */
	double elsewhere; /* log of places where it is a value by those where it is not */
	/* out */
	bool value;
	double score; /* how sure: log-odds of what was decided */
};

enum place_before { BEFORE_ROOT, BEFORE_PARAMETER, BEFORE_PLURAL, BEFORE_SINGULAR };

struct learn_place {
	enum place_before before;
	struct place_child *child;
	unsigned n;
	double foreign; /* share of this service's literals that are no vocabulary */
	double paths; /* kinds of paths that a good part of the children has */
	bool certain; /* a specification or a person has a parameter here */
	/* out */
	double
	    score; /* that words here are values; below PLACE_SURE nothing is decided */
	bool typed_too; /* typed children are values of the same parameter */
};

#define PLACE_SURE 1.0
/* Of the literals of most APIs: what the weights of words are for. */
#define PLACE_FOREIGN 0.13

void learn_place_decide(struct learn_place *p);
/* What was decisive, in a few words. */
const char *learn_place_reason(const struct learn_place *p);

#endif
