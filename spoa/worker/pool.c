/* Free buffers by size, last in, first out. */
#include "worker/pool.h"

#include <stdlib.h>

#include "base/err.h"

/* What a free buffer holds: the way to the next. */
struct pool_free {
	struct pool_free *next;
};

static unsigned
pool_class(size_t n)
{
	unsigned class = 0;

	while (class < POOL_CLASSES && ((size_t)POOL_BYTES_MIN << class) < n)
		class ++;
	return class;
}

void
pool_init(struct pool *p)
{
	*p = (struct pool){0};
}

void
pool_fini(struct pool *p)
{
	for (unsigned i = 0; i < POOL_CLASSES; i++)
		while (p->free[i] != NULL) {
			struct pool_free *f = p->free[i];

			p->free[i] = f->next;
			free(f);
		}
	*p = (struct pool){0};
}

struct pool_buffer
pool_get(struct pool *p, size_t n)
{
	unsigned class = pool_class(n);
	struct pool_free *f;
	size_t cap;

	if (class == POOL_CLASSES)
		return (struct pool_buffer){0};
	cap = (size_t)POOL_BYTES_MIN << class;
	if ((f = p->free[class]) != NULL) {
		p->free[class] = f->next;
		p->kept[class]--;
		return (struct pool_buffer){(uint8_t *)f, cap};
	}
	if ((f = malloc(cap)) == NULL)
		return (struct pool_buffer){0};
	return (struct pool_buffer){(uint8_t *)f, cap};
}

void
pool_put(struct pool *p, struct pool_buffer *b)
{
	unsigned class;
	struct pool_free *f = (struct pool_free *)b->p;

	if (f == NULL)
		return;
	class = pool_class(b->cap);
	*b = (struct pool_buffer){0};
	if (p->kept[class] == POOL_KEEP) {
		free(f);
		return;
	}
	f->next = p->free[class];
	p->free[class] = f;
	p->kept[class]++;
}
