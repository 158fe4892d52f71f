/* Free buffers by size, last in, first out. */
#include "worker/buffers.h"

#include <stdlib.h>

#include "base/err.h"

/* What a free buffer holds: the way to the next. */
struct buffers_free {
	struct buffers_free *next;
};

static unsigned
buffers_class(size_t n)
{
	unsigned class = 0;

	while (class < BUFFERS_CLASSES && ((size_t)BUFFERS_BYTES_MIN << class) < n)
		class ++;
	return class;
}

void
buffers_init(struct buffers *p)
{
	*p = (struct buffers){0};
}

void
buffers_fini(struct buffers *p)
{
	for (unsigned i = 0; i < BUFFERS_CLASSES; i++)
		while (p->free[i] != NULL) {
			struct buffers_free *f = p->free[i];

			p->free[i] = f->next;
			free(f);
		}
	*p = (struct buffers){0};
}

struct buffer
buffers_get(struct buffers *p, size_t n)
{
	unsigned class = buffers_class(n);
	struct buffers_free *f;
	size_t cap;

	if (class == BUFFERS_CLASSES)
		return (struct buffer){0};
	cap = (size_t)BUFFERS_BYTES_MIN << class;
	if ((f = p->free[class]) != NULL) {
		p->free[class] = f->next;
		p->kept[class]--;
		return (struct buffer){(uint8_t *)f, cap};
	}
	if ((f = malloc(cap)) == NULL)
		return (struct buffer){0};
	return (struct buffer){(uint8_t *)f, cap};
}

void
buffers_put(struct buffers *p, struct buffer *b)
{
	unsigned class;
	struct buffers_free *f = (struct buffers_free *)b->p;

	if (f == NULL)
		return;
	class = buffers_class(b->cap);
	*b = (struct buffer){0};
	if (p->kept[class] == BUFFERS_KEEP) {
		free(f);
		return;
	}
	f->next = p->free[class];
	p->free[class] = f;
	p->kept[class]++;
}
