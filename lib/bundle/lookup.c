/* Look-ups in an opened bundle. The checks made sure that each table has an empty slot, so
 * that probing ends. */
#include "bundle/bundle.h"

bool
bundle_set_has_text(
    const struct bundle *b, uint32_t set, uint64_t hash, struct span value)
{
	const struct bundle_set *s = &b->set[set];
	const struct bundle_set_slot *slot = b->set_slot + s->slot;

	if (s->kind != SET_TEXT)
		return false;
	for (uint32_t i = hash & s->mask; slot[i].used; i = (i + 1) & s->mask)
		if (slot[i].hash == hash && span_eq(bundle_text(b, slot[i].text), value))
			return true;
	return false;
}

bool
bundle_set_has_number(const struct bundle *b, uint32_t set, int64_t value)
{
	const struct bundle_set *s = &b->set[set];
	const struct bundle_set_slot *slot = b->set_slot + s->slot;
	uint64_t hash;

	if (s->kind != SET_NUMBER)
		return false;
	hash = bundle_hash_number(value);
	for (uint32_t i = hash & s->mask; slot[i].used; i = (i + 1) & s->mask)
		if (slot[i].hash == hash && slot[i].number == value)
			return true;
	return false;
}

static bool
prefix_holds(const struct bundle_set_slot *s, const uint8_t address[16])
{
	unsigned bytes = (unsigned)s->number / 8, bits = (unsigned)s->number % 8;

	if (memcmp(s->address, address, bytes) != 0)
		return false;
	return bits == 0 || ((s->address[bytes] ^ address[bytes]) >> (8 - bits)) == 0;
}

bool
bundle_set_has_address(const struct bundle *b, uint32_t set, const uint8_t address[16])
{
	const struct bundle_set *s = &b->set[set];
	const struct bundle_set_slot *slot = b->set_slot + s->slot;
	uint32_t from = 0, to;

	if (s->kind != SET_ADDRESS)
		return false;
	/* The networks are disjoint: only the last that starts at or before it can hold. */
	for (to = s->n; from < to;) {
		uint32_t middle = from + (to - from) / 2;

		if (memcmp(slot[middle].address, address, 16) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from > 0 && prefix_holds(&slot[from - 1], address);
}

const uint32_t *
bundle_anchor_find(const struct bundle *b, uint32_t anchor, uint64_t hash, uint32_t *n)
{
	const struct bundle_anchor *a = &b->anchor[anchor];
	const struct bundle_anchor_slot *slot = b->anchor_slot + a->slot;

	for (uint32_t i = hash & a->mask; slot[i].hash; i = (i + 1) & a->mask)
		if (slot[i].hash == hash) {
			*n = slot[i].postings;
			return b->posting + slot[i].posting;
		}
	*n = 0;
	return NULL;
}

bool
bundle_has_word(const struct bundle *b, struct span word)
{
	uint64_t hash = bundle_hash(word);
	uint32_t from = 0, to = b->words;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (b->word[middle] == hash)
			return true;
		if (b->word[middle] < hash)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

uint32_t
bundle_class_count(const struct bundle *b)
{
	return b->classes;
}

static struct span
text_or_absent(const struct bundle *b, struct bundle_text t)
{
	return t.length ? bundle_text(b, t) : SPAN_NONE;
}

void
bundle_class_get(const struct bundle *b, uint32_t i, struct bundle_class_info *out)
{
	const struct bundle_class *c = &b->cls[i];

	*out = (struct bundle_class_info){
	    .name = bundle_text(b, c->name),
	    .title = bundle_text(b, c->title),
	    .pattern = text_or_absent(b, c->pattern),
	    .validator = text_or_absent(b, c->validator),
	    .names = text_or_absent(b, c->names),
	    .groups = c->groups,
	    .mask = c->mask,
	};
}
