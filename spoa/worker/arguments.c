/* One table of names for spans and numbers: the first REQUEST_SPANS are spans. */
#include "worker/arguments.h"

#include <stddef.h>

static const struct span names[] = {
#define X(f, arg) SPAN(arg),
    REQUEST_SPAN_TABLE(X) REQUEST_NUMBER_TABLE(X)
#undef X
};
#define NAMES (sizeof(names) / sizeof(*names))
#define NAME_UNKNOWN NAMES

static const size_t number_offset[] = {
#define X(f, arg) offsetof(struct request, f),
    REQUEST_NUMBER_TABLE(X)
#undef X
};

void
arguments_init(struct arguments *a, unsigned max)
{
	*a = (struct arguments){.max = max};
}

/* A name of up to 7 bytes as a number, its length in the last byte; 0: a longer one. The
 * bytes after the name are the frame's own: room says how many there are from its start. */
static uint64_t
name_key(struct span name, size_t room)
{
	uint64_t key = 0;

	if (name.n > 7)
		return 0;
	if (room >= sizeof(key)) {
		memcpy(&key, name.p, sizeof(key));
		key &= (UINT64_C(1) << (8 * name.n)) - 1;
	} else if (name.n > 0) {
		memcpy(&key, name.p, name.n);
	}
	return key | (uint64_t)(name.n + 1) << 56;
}

static size_t
find_name(struct arguments *a, unsigned position, struct span name, size_t room)
{
	uint64_t key = name_key(name, room);

	if (key != 0 && key == a->key[position])
		return a->seen[position];
	for (size_t i = 0; i < NAMES; i++)
		if (span_eq(names[i], name)) {
			a->key[position] = key;
			a->seen[position] = (uint8_t)i;
			return i;
		}
	return NAME_UNKNOWN;
}

static void
store_span(struct request *r, size_t i, const struct spop_value *v)
{
	if (v->type >= SPOP_IPV4 && span_absent(r->span[i]))
		r->span[i] = v->bytes;
}

static void
store_number(struct request *r, size_t i, const struct spop_value *v)
{
	int64_t *n = (int64_t *)((char *)r + number_offset[i - REQUEST_SPANS]);

	if (v->type >= SPOP_BOOL && v->type <= SPOP_UINT64 && *n == -1)
		*n = v->number;
}

static int
read_request(struct arguments *a, struct span *rest, unsigned n, struct request *r)
{
	struct spop_value v;
	struct span name;
	size_t i;
	int err;

	for (unsigned position = 0; position < n; position++) {
		const char *end = rest->p + rest->n;

		if ((err = spop_read_argument(rest, &name, &v)) != OK)
			return err;
		i = find_name(a, position, name, (size_t)(end - name.p));
		if (i < REQUEST_SPANS)
			store_span(r, i, &v);
		else if (i != NAME_UNKNOWN)
			store_number(r, i, &v);
	}
	return OK;
}

static int
skip(struct span *rest, unsigned n)
{
	struct spop_value v;
	struct span name;
	int err = OK;

	while (n-- > 0 && err == OK)
		err = spop_read_argument(rest, &name, &v);
	return err;
}

static bool
is_request(struct span name)
{
	return span_eq(name, SPAN("request")) || span_eq(name, SPAN("request-body"));
}

int
arguments_read(struct arguments *a, struct span payload, struct request *r, bool *found)
{
	struct span name;
	unsigned n;
	int err;

	*found = false;
	while ((err = spop_read_message(&payload, &name, &n)) == OK) {
		if (n > a->max)
			return ERR_LIMIT;
		if (*found || !is_request(name)) {
			err = skip(&payload, n);
		} else {
			err = read_request(a, &payload, n, r);
			*found = err == OK;
		}
		if (err != OK)
			return err;
	}
	return err == ERR_NOTFOUND ? OK : err;
}
