/*
 * Looks at one message, a request or an answer, and says what stands in it: per field what
 * its values were, never a value. A field is a location and a path; what comes several times
 * in a message (elements of an array) is one sighting.
 *
 *   request   query, parameters of the path, headers, cookies, body ─┐
 *   answer    tapped bytes, Location, names of cookies set ──────────┴─► struct sighting × n
 *
 * Bodies are JSON, forms, multipart, XML, text (http/body.h); a value that is a JSON document
 * itself (GraphQL variables in a query, a form field) is walked one level deep. Whoever asks
 * decides per field whether its values are classified this time (wanted) and whether evidence
 * of a class is asked for (mask); paths and types are noted in any case.
 *
 * Bounded: SIGHTINGS_MAX fields, a text store, an arena; what does not fit or cannot be read
 * is told by flags. Allocates at the start only, but for a sighting block, which is what a
 * request leaves while its answer is awaited. No I/O, no clock.
 */
#ifndef ANALYST_LOOK_H
#define ANALYST_LOOK_H

#include "classify/classify.h"
#include "crypto/siphash.h"
#include "http/body.h"
#include "http/headers.h"
#include "record/record.h"

#define SIGHTINGS_MAX 512 /* fields of one message; real ones have some dozens */
#define SIGHTING_CLASSES CLASS_HITS_MAX /* of one field in one message */
#define SIGHTING_HASHES 8 /* distinct values of one field in one message */
#define LOOK_TEXT_BYTES (48u << 10) /* paths, names and masked evidence of one message */
#define LOOK_PATH_MAX 1000 /* bytes of a path; a database takes 1024 */
#define LOOK_UNKNOWN UINT32_MAX
#define LOOK_EVIDENCE_MAX 64 /* bytes of one masked value */

/* What could not be looked at. */
enum look_flag {
	LOOK_TRUNCATED = 1, /* only the first part was there */
	LOOK_MALFORMED = 2,
	LOOK_ENCODED = 4, /* a content coding that is not read, or a broken one */
	LOOK_DEEP = 8, /* nesting or a path beyond limits */
	LOOK_MANY = 16, /* fields beyond limits */
	LOOK_UNREAD = 32, /* a content type that is not read */
};

struct sighting_class {
	uint16_t cls;
	uint16_t hits, checked, certain, contained; /* saturate */
	struct span
	    evidence; /* masked; absent: none was asked for, empty: not to be shown */
};

struct sighting {
	uint64_t key; /* of location and path; the same while this process lives */
	struct span path, name; /* raw: undecided names and keys of maps as they came */
	uint32_t field; /* what wanted() said */
	uint32_t values; /* neither null nor empty, classified */
	uint32_t bytes_max;
	uint8_t location; /* enum field_location */
	uint8_t types; /* enum field_type_bit */
	uint8_t classes, hashes;
	bool classify;
	const struct class_context *context; /* NULL: not known yet */
	uint64_t hash[SIGHTING_HASHES];
	struct sighting_class cls[SIGHTING_CLASSES];
};

/* What to do about a field that is seen for the first time in this message. */
struct look_wish {
	uint32_t field; /* the caller's, or LOOK_UNKNOWN */
	bool classify;
	const struct class_context *context; /* NULL: unknown, all hits are kept */
};

struct look_options {
	struct body_limits body;
	unsigned headers_max;
	size_t arena_bytes;
	struct look_wish (*wanted)(void *ctx, uint64_t key);
	uint64_t (*hash)(void *ctx, struct span value);
	/* Evidence for a class in a field (LOOK_UNKNOWN: a new one), or absent. veiled: not
	 * of the value itself, which stands inside another or is shown as another class. */
	struct span (*mask)(void *ctx, uint32_t field, uint16_t cls, struct span value,
	    bool veiled, char text[LOOK_EVIDENCE_MAX]);
	void *ctx;
};

struct look {
	struct look_options o;
	const struct class_set *classes;
	uint32_t generation; /* of classes */
	bool test_numbers;
	uint8_t siphash_key[SIPHASH_KEY_BYTES];
	uint32_t n;
	uint32_t flags; /* enum look_flag */
	struct sighting *seen; /* n, SIGHTINGS_MAX */
	uint16_t *slot; /* hash table of sightings */
	char *text;
	size_t text_n;
	unsigned masked; /* evidence made in this message */
	bool key; /* names of a path are being looked at */
	uint32_t named; /* sighting, from 1, that names are of; 0: none */
	struct class_context names;
	/* of the walk in hand */
	enum field_location location;
	struct span prefix; /* path of the value that is a document itself, or absent */
	bool loose; /* types are not told apart: everything but JSON */
	struct arena arena;
	void *memory;
};

/* A parameter of the path, decoded, and the word before it, which is its name. */
struct look_parameter {
	struct span value, name;
};

struct look_request {
	const struct headers *headers;
	struct span query;
	struct span body; /* absent: not in the record */
	bool cut; /* body is the first part only */
	const struct look_parameter *parameter; /* field "1" the first */
	unsigned parameters;
};

struct look_answer {
	struct span body; /* as tapped */
	bool cut;
	struct span content_type, content_encoding, location, cookies;
};

MUST_CHECK int look_init(struct look *l, const struct look_options *o);
void look_fini(struct look *l);
/* Classes and whether published test numbers count from now on. */
void look_use(struct look *l, const struct class_set *classes, bool test_numbers);

/* Both forget the message before; the arena is theirs for the time of the call. */
void look_request(struct look *l, const struct look_request *r);
void look_answer(struct look *l, const struct look_answer *a);

/* look_walk.c hands each value over: path and name live for the call. */
struct look_value {
	struct span path, name, value;
	uint8_t types; /* enum field_type_bit */
	enum class_type type;
};
void look_note(struct look *l, const struct look_value *v);
void look_reset(struct look *l);
/* A name of a path without what escapes it there; longer ones stay as they are. */
#define KEY_BYTES_MAX 128
struct span look_name(struct span name, char out[KEY_BYTES_MAX]);
/* A path's key: of what a sighting was, or of another form of its path. */
uint64_t look_key(const struct look *l, unsigned location, struct span path);

/* What is seen now as one block for free(), NULL without memory or when nothing was seen;
 * *bytes is its size. look_recall() makes it what is seen now (NULL: nothing); the block must
 * live on. Where classes are others by then, hits of custom ones are forgotten. */
struct look_block;
struct look_block *look_keep(const struct look *l, size_t *bytes);
void look_recall(struct look *l, const struct look_block *b);

/* Names beside a sighting in its object, joined by blanks, into out. */
struct span
look_siblings(const struct look *l, const struct sighting *s, char *out, size_t cap);

#endif
