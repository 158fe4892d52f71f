/* An open hash that doubles. */
#include "policy/intern.h"

#include "bundle/bundle.h"

#define FIRST_SLOTS 64

void
intern_init(struct intern *t, struct pool *pool)
{
	*t = (struct intern){.pool = pool};
}

/* The slot where key is, or would be. */
static uint32_t *
find(const struct intern *t, struct span key)
{
	uint32_t i = (uint32_t)bundle_hash(key) & (t->slots - 1);

	while (t->slot[i] && !span_eq(t->key.v[t->slot[i] - 1], key))
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

static void
grow(struct intern *t)
{
	t->slots = t->slots ? t->slots * 2 : FIRST_SLOTS;
	t->slot = pool_alloc(t->pool, t->slots * sizeof *t->slot);
	for (uint32_t i = 0; i < t->key.n; i++)
		*find(t, t->key.v[i]) = i + 1;
}

uint32_t
intern_put(struct intern *t, struct span key, bool *is_new)
{
	uint32_t *slot;

	if (t->key.n >= t->slots / 2)
		grow(t);
	slot = find(t, key);
	*is_new = *slot == 0;
	if (*slot == 0) {
		*VEC_ADD(t->pool, &t->key) = pool_copy(t->pool, key);
		*slot = t->key.n;
	}
	return *slot - 1;
}

uint32_t
intern_get(const struct intern *t, struct span key)
{
	return t->slots ? *find(t, key) - 1 : UINT32_MAX;
}
