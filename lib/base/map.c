/* The u64 → u32 map. */
#include "base/map.h"

#include <stdlib.h>

static size_t
home(const struct map *m, uint64_t key)
{
	key *= 0x9e3779b97f4a7c15u;
	return (size_t)(key >> 32 ^ key) & m->mask;
}

int
map_init(struct map *m, size_t capacity)
{
	size_t slots = 8;

	*m = (struct map){.capacity = capacity};
	while (slots < capacity + capacity / 3 + 1)
		slots *= 2;
	if ((m->slots = calloc(slots, sizeof *m->slots)) == NULL)
		return ERR_NOMEM;
	m->mask = slots - 1;
	return OK;
}

void
map_fini(struct map *m)
{
	free(m->slots);
	*m = (struct map){0};
}

void
map_clear(struct map *m)
{
	memset(m->slots, 0, (m->mask + 1) * sizeof *m->slots);
	m->n = 0;
}

uint32_t
map_get(const struct map *m, uint64_t key)
{
	for (size_t i = home(m, key); m->slots[i].used; i = (i + 1) & m->mask)
		if (m->slots[i].key == key)
			return m->slots[i].value;
	return MAP_NONE;
}

int
map_put(struct map *m, uint64_t key, uint32_t value)
{
	size_t i = home(m, key);

	for (; m->slots[i].used; i = (i + 1) & m->mask)
		if (m->slots[i].key == key) {
			m->slots[i].value = value;
			return OK;
		}
	if (m->n == m->capacity)
		return ERR_FULL;
	m->slots[i] = (struct map_slot){key, value, 1};
	m->n++;
	return OK;
}

bool
map_remove(struct map *m, uint64_t key)
{
	size_t i = home(m, key), j;

	for (; m->slots[i].used && m->slots[i].key != key; i = (i + 1) & m->mask)
		;
	if (!m->slots[i].used)
		return false;
	for (j = (i + 1) & m->mask; m->slots[j].used; j = (j + 1) & m->mask)
		if (((j - home(m, m->slots[j].key)) & m->mask) >= ((j - i) & m->mask)) {
			m->slots[i] = m->slots[j];
			i = j;
		}
	m->slots[i].used = 0;
	m->n--;
	return true;
}
