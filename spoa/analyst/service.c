/* See service.h. */
#include "analyst/service.h"

#include <stdlib.h>

#include "crypto/crypto.h"

struct services {
	struct span *name; /* malloced but for [0] */
	uint32_t n, capacity;
	struct map map;
	uint8_t key[SIPHASH_KEY_BYTES];
};

int
services_new(uint32_t capacity, struct services **out)
{
	struct services *s = calloc(1, sizeof(*s));
	int err = ERR_NOMEM;

	*out = NULL;
	if (!s)
		return err;
	s->capacity = capacity;
	s->name = calloc((size_t)capacity + 1, sizeof(*s->name));
	if (!s->name || map_init(&s->map, capacity) != OK)
		goto fail;
	err = crypto_random(s->key, sizeof(s->key));
	if (err)
		goto fail;
	s->name[0] = SPAN("other");
	s->n = 1;
	*out = s;
	return OK;
fail:
	services_free(s);
	return err;
}

void
services_free(struct services *s)
{
	if (!s)
		return;
	for (uint32_t i = 1; i < s->n; i++)
		free((char *)(uintptr_t)s->name[i].p);
	map_fini(&s->map);
	free(s->name);
	free(s);
}

uint32_t
services_find(const struct services *s, struct span name)
{
	uint32_t i;

	if (name.n == 0 || span_eq(name, s->name[SERVICE_OTHER]))
		return SERVICE_OTHER;
	i = map_get(&s->map, siphash64(s->key, name.p, name.n));
	return i == MAP_NONE ? SERVICE_OTHER : i;
}

uint32_t
services_add(struct services *s, struct span name)
{
	uint32_t i = services_find(s, name);
	char *copy;

	if (i != SERVICE_OTHER || name.n == 0 || s->n > s->capacity ||
	    span_eq(name, s->name[SERVICE_OTHER]))
		return i;
	copy = malloc(name.n);
	if (!copy)
		return SERVICE_OTHER;
	if (map_put(&s->map, siphash64(s->key, name.p, name.n), s->n) != OK) {
		free(copy);
		return SERVICE_OTHER;
	}
	memcpy(copy, name.p, name.n);
	s->name[s->n] = span_make(copy, name.n);
	return s->n++;
}

struct span
services_name(const struct services *s, uint32_t index)
{
	return s->name[index < s->n ? index : SERVICE_OTHER];
}

uint32_t
services_capacity(const struct services *s)
{
	return s->capacity;
}
