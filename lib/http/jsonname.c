/* The table of names of large objects. */
#include "http/jsonname.h"

#define PROBES 32 /* at a load of one half, practically never reached */

int
json_names_init(
    struct json_names *names, size_t bytes, unsigned depth_max, struct arena *a)
{
	size_t slots = 64;

	/* a name takes five bytes at least: "":1, */
	while (slots < 2 * (bytes / 5) && slots < 2 * JSON_NAMES_MAX &&
	    slots * sizeof(*names->slot) < (a->size - a->used) / 8)
		slots *= 2;
	*names = (struct json_names){.mask = slots - 1, .max = slots / 2};
	names->near =
	    arena_alloc(a, ((size_t)depth_max + 1) * JSON_NEAR * sizeof(*names->near));
	names->slot = arena_alloc(a, slots * sizeof(*names->slot));
	return names->near != NULL && names->slot != NULL ? OK : ERR_FULL;
}

static bool
put(struct json_names *names, uint64_t hash)
{
	if (names->n == names->max)
		return false;
	for (unsigned i = 0; i < PROBES; i++) {
		uint64_t *slot = &names->slot[(hash + i) & names->mask];

		if (*slot == hash)
			return true;
		if (*slot == 0) {
			*slot = hash;
			names->n++;
			return false;
		}
	}
	return true;
}

bool
json_names_far(
    struct json_names *names, const uint64_t *near, unsigned count, uint64_t hash)
{
	bool seen = false;

	if (!names->clear)
		memset(names->slot, 0, (names->mask + 1) * sizeof(*names->slot));
	names->clear = true;
	for (unsigned i = 0; count == JSON_NEAR && i < JSON_NEAR; i++)
		seen |= put(names, near[i]);
	return put(names, hash) || seen;
}
