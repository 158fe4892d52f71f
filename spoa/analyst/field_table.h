/* What fields.c, field_take.c and field_emit.c share: the table itself. For nobody else. */
#ifndef ANALYST_FIELD_TABLE_H
#define ANALYST_FIELD_TABLE_H

#include "analyst/aliases.h"
#include "analyst/fields.h"

#define FIELD_NONE UINT32_MAX
#define FEW 4 /* distinct values before a field has a sketch */
#define SHAPES 4 /* shapes of requests remembered per endpoint */
#define WINDOW 128 /* values in the evidence of late */

struct field_class {
	uint16_t cls;
	int16_t prior;
	bool told; /* suspected: an alert has gone out */
	uint32_t hits, checked, certain, contained;
	uint32_t sent_hits, sent_checked, sent_certain, sent_contained;
	/* Of late: halved when WINDOW values are full. */
	uint16_t late_hits, late_checked, late_certain, late_contained;
	/* The messages in a row in which every value hit, the same value counted once. */
	uint16_t row, row_checked, row_certain;
	uint64_t row_hash; /* of the last value */
};

struct field_state {
	uint64_t key; /* in by_key; of the canonical path */
	uint64_t shape; /* fixed hash of location and canonical path */
	char *path; /* path_n bytes; NULL: free */
	struct place_held *held; /* n_held */
	struct field_class *cls; /* n_cls */
	struct distinct *distinct; /* NULL: few[] */
	uint64_t few[FEW];
	struct class_context context;
	int64_t first_us, last_us; /* of what has not been told */
	int64_t sent_us, classified_us;
	uint32_t endpoint;
	uint32_t next, previous; /* of the endpoint; next also of the free list */
	uint32_t follower; /* what came after it in a message, a guess */
	uint32_t messages_at; /* of its endpoint when last told */
	uint32_t message; /* of its endpoint, the last it was present in */
	uint32_t present, sent_present;
	uint32_t values, sent_values;
	uint32_t bytes_max;
	uint32_t distinct_n, distinct_at; /* as counted when there were so many values */
	uint16_t late_values;
	uint16_t path_n;
	uint8_t n_held, n_cls, n_few;
	uint8_t direction, location;
	uint8_t types, sent_types, status, sent_status;
	bool due; /* stands in the list of those to be told */
};

#define FRESH_US INT64_C(3600000000) /* "last seen" is at most so much behind */
#define STATUS_WORDS 8 /* 100 … 599 */

struct field_endpoint {
	uint32_t first, n; /* its fields */
	uint32_t epoch; /* of aliases: counts fields that went */
	uint32_t generation; /* of maps: counts endpoints that had this index */
	uint32_t messages[2]; /* looked at, by direction */
	uint32_t skipped[2]; /* in a row */
	int64_t looked_us[2];
	uint64_t shape[SHAPES];
	int64_t status_us; /* since when statuses are told, 0: never */
	uint64_t status[STATUS_WORDS]; /* those told, a bit each from 100 on */
};

struct fields {
	struct fields_options o;
	struct field_state *e;
	uint32_t limit, used, free, count; /* used: indices ever used are below */
	struct field_endpoint *endpoint;
	struct map by_key;
	struct aliases aliases; /* raw keys of fields whose canonical path is another */
	struct places *places;
	const struct class_set *classes;
	uint32_t *due;
	uint32_t n_due;
	uint32_t last; /* field wished for before */
	unsigned places_made; /* in this message, where there is no room */
	uint32_t hand; /* where the search for an idle field goes on */
	uint32_t suspects;
	uint32_t epoch; /* of tokens in paths */
	uint64_t random; /* chooses samples: traffic may have a rhythm of its own */
};

static inline struct field_endpoint *
endpoint_of(struct fields *t, const struct field_state *f)
{
	return &t->endpoint[f->endpoint];
}

static inline uint64_t
field_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

/* fields.c */
uint64_t field_key(uint32_t endpoint, enum field_direction direction, uint64_t path_key);
void field_drop(struct fields *t, uint32_t i);
/* Whether an endpoint has no room for one more unless another field goes. */
bool fields_full(const struct fields *t, uint32_t endpoint);
/* Finds or makes the field of a sighting; FIELD_NONE: no room. */
uint32_t field_get(struct fields *t, const struct look *l, const struct sighting *s,
    const struct fields_message *m);
/* The evidence for a class, made if there is room; NULL: there is none. */
struct field_class *
field_class_get(struct fields *t, struct field_state *f, uint16_t cls, int16_t prior);

/* field_emit.c */
void field_due(struct fields *t, uint32_t i);
/* Tells what has not been told of a field. */
void field_tell(struct fields *t, uint32_t i);
void field_suspect(struct fields *t, const struct field_state *f,
    const struct field_class *c, const struct class_evidence *e, double score,
    struct span evidence, const struct fields_message *m);

#endif
