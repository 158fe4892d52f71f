/* See aliases.h. */
#include "analyst/aliases.h"

#include "crypto/crypto.h"

int
aliases_init(struct aliases *a, uint32_t capacity)
{
	int err;

	*a = (struct aliases){0};
	err = crypto_random(a->key, sizeof(a->key));
	if (err == OK)
		err = map_init(&a->young, capacity);
	if (err == OK)
		err = map_init(&a->old, capacity);
	if (err)
		aliases_fini(a);
	return err;
}

void
aliases_fini(struct aliases *a)
{
	map_fini(&a->young);
	map_fini(&a->old);
}

void
aliases_put(struct aliases *a, uint64_t hash, uint32_t index)
{
	uint64_t key = siphash64(a->key, &hash, sizeof(hash));
	struct map forgotten = a->old;

	if (map_put(&a->young, key, index) == OK)
		return;
	map_clear(&forgotten);
	a->old = a->young;
	a->young = forgotten;
	if (map_put(&a->young, key, index) != OK)
		map_clear(&a->young);
}

uint32_t
aliases_get(struct aliases *a, uint64_t hash)
{
	uint64_t key = siphash64(a->key, &hash, sizeof(hash));
	uint32_t i = map_get(&a->young, key);

	if (i != MAP_NONE)
		return i;
	i = map_get(&a->old, key);
	if (i != MAP_NONE)
		aliases_put(a, hash, i);
	return i;
}

void
aliases_clear(struct aliases *a)
{
	map_clear(&a->young);
	map_clear(&a->old);
}
