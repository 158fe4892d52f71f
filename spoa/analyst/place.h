/*
 * What a field's path may be called: names that are vocabulary stay, names that are values
 * themselves become {key}, others their token until enough identities have shown them, as
 * words of paths do (release.h).
 *
 *   raw        users.jane@example.org.orders[].total     reactions.-1     x.zzyx
 *   canonical  users.{key}.orders[].total                reactions.-1     x.{~text.1.b5…}
 *
 * An object with more undecided names than an object has (PLACE_CHILDREN) is a map: its owner
 * sees that and says so, and all of them are {key} from then on. Only this process; allocates; no I/O.
 */
#ifndef ANALYST_PLACE_H
#define ANALYST_PLACE_H

#include "analyst/release.h"
#include "classify/classify.h"

#define PLACE_CHILDREN 64 /* undecided names of one object: algorithms.md §2.2 */
#define PLACE_HELD_MAX 8 /* undecided names in one path; more: the path is not kept */
#define PLACE_BYTES_MAX 1000 /* of a canonical path; the database takes 1024 */

struct place_held {
	uint64_t node, word; /* the object, and the name in it */
	uint32_t held; /* in the release table */
	bool word_like; /* may be released */
};

struct field_place {
	struct span text; /* in the buffer handed in */
	unsigned n;
	struct place_held held[PLACE_HELD_MAX];
};

struct places;

/* maps: objects that can be known to be maps. */
MUST_CHECK int places_new(uint32_t maps, struct release *release, struct places **out);
void places_free(struct places *p);
void places_use(struct places *p, const struct class_set *classes);
/* root: a hash of everything but the path. Words of the result are held: places_put() gives
 * them back. ERR_LIMIT: too long, too many undecided names. */
MUST_CHECK int places_make(struct places *p, uint64_t root, struct span path,
    int64_t now_us, char out[PLACE_BYTES_MAX], struct field_place *place);
void places_put(struct places *p, const struct place_held *held, unsigned n);
/* An object turned out to be a map: its undecided names are {key} from now on. */
void places_fold(struct places *p, uint64_t node);

#endif
