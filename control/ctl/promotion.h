/*
 * Promotions: what people said and learning settled about the APIs of one environment, as
 * text that git shows well: one fact a line, sorted, the same for the same facts.
 *
 *   yett-promotion 1
 *   environment qa
 *   base -                                  SHA-256 of the promotion last taken in there
 *
 *   class staff_no mask = token
 *   endpoint shop GET /users/{number} - auth = jwt
 *   field shop GET /users/{number} - response body ssn class.us_ssn = yes learned
 *   open shop POST /notes - request body text = "suspected: email"
 *   service shop owner = "team web" reason "since 2026"
 *   team shop.example.com / = "web at 10"   the team and its place: the first match wins
 *
 *   sha256 HEX                              of every byte above
 *   signature KEY BASE64URL                 Ed25519 of every byte above the signatures
 *
 * A fact is a kind, as many words as the kind has, "=", a value, "learned" unless a person
 * said it, and the person's reason. A word is bare (printable, without blank, quote or
 * backslash), "-" for nothing, or quoted; each text has exactly one way to be written, so
 * that equal lines are equal facts. No times: the same facts give the same file.
 *
 * Keys are names that mean the same in every environment. `open` facts are no statements:
 * they name the fields that are not classified yet, for reviewers and the gate.
 *
 * Pure: no I/O, no clock. Reading and writing databases: promote_database.h.
 */
#ifndef CTL_PROMOTION_H
#define CTL_PROMOTION_H

#include "base/buf.h"
#include "crypto/keyfile.h"

#define PROMOTION_BYTES_MAX \
	(64u << 20) /* some 500 000 facts: more than anybody reviews */
#define PROMOTION_LINE_MAX 65536 /* a value has at most 4 096, a path 1 024 characters */
#define PROMOTION_WORDS_MAX 8
#define PROMOTION_SIGNATURES_MAX 4
#define PROMOTION_NOTE_MAX 120

enum promotion_kind {
	PROMOTION_CLASS, /* NAME PROPERTY */
	PROMOTION_ENDPOINT, /* SERVICE METHOD TEMPLATE OPERATION PROPERTY */
	PROMOTION_FIELD, /* SERVICE METHOD TEMPLATE OPERATION DIRECTION LOCATION PATH PROPERTY */
	PROMOTION_OPEN, /* the same without PROPERTY */
	PROMOTION_SERVICE, /* SERVICE PROPERTY */
	PROMOTION_TEAM, /* HOST PREFIX; the value is "TEAM at ORDINAL" */
	PROMOTION_KINDS,
};

struct promotion_fact {
	enum promotion_kind kind;
	bool learned;
	char *line; /* owned; the spans below point into it, as written */
	struct span key; /* kind and words */
	struct span value;
	struct span reason; /* absent: none */
	char note[PROMOTION_NOTE_MAX]; /* who and when, for conflicts; not in the file */
};

struct promotion_signature {
	char id[9];
	uint8_t bytes[ED25519_SIGNATURE_BYTES];
};

struct promotion {
	char environment[8]; /* dev, qa, prod */
	char base[2 * SHA256_BYTES + 1]; /* "-": none */
	size_t n, cap;
	struct promotion_fact *fact; /* ascending keys once sorted */
	/* Of a file that was read: */
	char sha256[2 * SHA256_BYTES + 1];
	size_t covered; /* bytes that the signatures cover */
	unsigned signatures;
	struct promotion_signature signature[PROMOTION_SIGNATURES_MAX];
};

struct promotion_error {
	unsigned line; /* 1 based, 0: of the whole */
	char text[160];
};

const char *promotion_kind_name(enum promotion_kind kind);
unsigned promotion_kind_words(enum promotion_kind kind);

/* Appends a word as it is written; absent or empty is "-". */
void promotion_word_put(struct buf *out, struct span raw);
/* Appends what a written word means. ERR_MALFORMED unless it is written in the one way. */
MUST_CHECK int promotion_word_read(struct span word, struct buf *out);
/* The words of a key without its kind, decoded into memory: exactly promotion_kind_words()
 * of them. Spans are valid until memory changes. ERR_NOMEM. */
MUST_CHECK int promotion_words(const struct promotion_fact *f, struct buf *memory,
    struct span words[PROMOTION_WORDS_MAX]);

/* Bytes that the first word of a written line takes, quotes and all. */
size_t promotion_first_word(struct span line);

void promotion_init(struct promotion *p);
void promotion_fini(struct promotion *p);
/* Adds a fact from raw words; reason may be absent. ERR_LIMIT (line too long), ERR_NOMEM. */
MUST_CHECK int promotion_add(struct promotion *p, enum promotion_kind kind,
    const struct span *words, struct span value, bool learned, struct span reason);
/* Adds a fact as a line has it. ERR_MALFORMED with why, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int
promotion_add_line(struct promotion *p, struct span line, struct promotion_error *error);
/* Puts facts in order. ERR_EXISTS: two have one key, which error names. */
MUST_CHECK int promotion_sort(struct promotion *p, struct promotion_error *error);
/* The fact of a key (as written), NULL if there is none. Sorted ones only. */
const struct promotion_fact *promotion_find(const struct promotion *p, struct span key);
/* Another name for a service, in every fact; sort again. ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int promotion_rename(struct promotion *p, struct span from, struct span to);

/* The whole file of sorted facts, signed by each key that has a private half. ERR_NOMEM,
 * ERR_LIMIT, ERR_IO (crypto). */
MUST_CHECK int promotion_print(
    const struct promotion *p, const struct signer *keys, unsigned n, struct buf *out);
/* Reads a whole file; *out is initialised here, promotion_fini in every case. ERR_MALFORMED,
 * ERR_VERSION, ERR_LIMIT, ERR_CORRUPT (the checksum does not hold), ERR_NOMEM: error says
 * what and where. Says nothing about signatures: */
MUST_CHECK int
promotion_read(struct span text, struct promotion *out, struct promotion_error *error);
/* Whether one of the keys signed it, *by is that key then. ERR_SIGNATURE: none did, or it is
 * over; ERR_ENVIRONMENT: the key is for another environment than the file's. */
MUST_CHECK int promotion_verify(const struct promotion *p, struct span text,
    const struct signer *keys, unsigned n, int64_t now_us, const struct signer **by);

/* A key for people: "shop GET /users/{number} response body ssn: class.us_ssn". */
void promotion_label(const struct promotion_fact *f, struct buf *out);

/* --- three-way merge: promotion_merge.c --- */

enum promotion_step {
	PROMOTION_SAME, /* nothing to do */
	PROMOTION_PUT, /* theirs is added or replaces ours */
	PROMOTION_REMOVE, /* ours goes: it was promoted and was taken away there */
	PROMOTION_KEPT, /* ours differs and stays: changed here alone, or learned here */
	PROMOTION_CONFLICT, /* both sides changed it, differently */
};

enum promotion_choice { PROMOTION_ASK, PROMOTION_OURS, PROMOTION_THEIRS };

struct promotion_change {
	enum promotion_step step;
	bool resolved; /* was a conflict before the choice */
	const struct promotion_fact *base, *ours, *theirs; /* NULL: not stated there */
};

/* All facts of three sorted sets, by key; `open` ones are left out. The array is the
 * caller's to free; pointers into the sets. ERR_NOMEM. */
MUST_CHECK int promotion_merge(const struct promotion *base, const struct promotion *ours,
    const struct promotion *theirs, enum promotion_choice choice,
    struct promotion_change **out, size_t *n);
/* A change or conflict in words; there: name of the other environment. */
void promotion_say(const struct promotion_change *c, const char *there, struct buf *out);

/* --- the gate --- */

enum promotion_finding {
	PROMOTION_PASSES,
	PROMOTION_UNCLASSIFIED, /* an open field */
	PROMOTION_DIFFERS, /* here it would not be what it is there */
};

/* What the gate finds about one fact: of theirs, or a property of a class that ours alone
 * has (sorted sets). */
enum promotion_finding promotion_judge(const struct promotion_fact *f,
    const struct promotion *theirs, const struct promotion *ours);

#endif
