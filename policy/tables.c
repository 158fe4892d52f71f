/* Sharing: an element's bytes are its key. */
#include "policy/tables.h"

#include "base/buf.h"

void
tables_init(struct tables *t, struct pool *pool)
{
	*t = (struct tables){.pool = pool};
	intern_init(&t->texts, pool);
	intern_init(&t->sets, pool);
	intern_init(&t->predicates, pool);
}

struct bundle_text
tables_text(struct tables *t, struct span s)
{
	uint32_t i;
	bool is_new;

	if (s.n == 0)
		return (struct bundle_text){0, 0};
	i = intern_put(&t->texts, s, &is_new);
	if (is_new) {
		*VEC_ADD(t->pool, &t->text_offset) = t->text_bytes;
		t->text_bytes += (uint32_t)s.n;
	}
	return (struct bundle_text){t->text_offset.v[i], (uint32_t)s.n};
}

uint32_t
tables_slots(uint32_t n)
{
	uint32_t slots = 2;

	while (slots < n + n / 2 + 1)
		slots *= 2;
	return slots;
}

static void
fill_slot(struct tables *t, const struct atom *a, uint32_t i, struct bundle_set_slot *s)
{
	s->used = 1;
	switch (a->set) {
	case SET_TEXT:
		s->hash = bundle_hash(a->texts[i]);
		s->text = tables_text(t, a->texts[i]);
		break;
	case SET_NUMBER:
		s->hash = bundle_hash_number(a->numbers[i]);
		s->number = a->numbers[i];
		break;
	case SET_ADDRESS:
		s->number = a->addresses[i].bits;
		memcpy(s->address, a->addresses[i].bytes, sizeof s->address);
		break;
	}
}

static void
make_set(struct tables *t, const struct atom *a)
{
	uint32_t slots = a->set == SET_ADDRESS ? a->n : tables_slots(a->n);
	uint32_t first = t->set_slot.n;

	*VEC_ADD(t->pool, &t->set) = (struct bundle_set){
	    .kind = a->set, .slot = first, .mask = slots - 1, .n = a->n};
	for (uint32_t i = 0; i < slots; i++)
		VEC_ADD(t->pool, &t->set_slot);
	for (uint32_t i = 0; i < a->n; i++) {
		struct bundle_set_slot s = {0};
		uint32_t at = i;

		fill_slot(t, a, i, &s);
		if (a->set != SET_ADDRESS)
			for (at = (uint32_t)s.hash & (slots - 1);
			     t->set_slot.v[first + at].used; at = (at + 1) & (slots - 1))
				continue;
		t->set_slot.v[first + at] = s;
	}
}

static void
put_key(struct buf *key, struct span s)
{
	uint64_t n = s.n;

	buf_put(key, &n, sizeof n);
	buf_put_span(key, s);
}

/* BUNDLE_NONE for an atom without a set. */
static uint32_t
tables_set(struct tables *t, const struct atom *a)
{
	struct buf key = BUF_INIT;
	uint32_t number;
	bool is_new;

	if (a->op != OP_IN)
		return BUNDLE_NONE;
	buf_put(&key, &a->set, sizeof a->set);
	for (uint32_t i = 0; i < a->n; i++)
		switch (a->set) {
		case SET_TEXT: put_key(&key, a->texts[i]); break;
		case SET_NUMBER: buf_put(&key, &a->numbers[i], sizeof *a->numbers); break;
		case SET_ADDRESS:
			buf_put(&key, &a->addresses[i], sizeof *a->addresses);
			break;
		}
	CHECK(buf_err(&key) == OK);
	number = intern_put(&t->sets, buf_span(&key), &is_new);
	buf_fini(&key);
	if (is_new)
		make_set(t, a);
	return number;
}

uint32_t
tables_predicate(struct tables *t, const struct atom *a)
{
	struct bundle_predicate p = {
	    .field = (uint16_t)a->field,
	    .op = (uint8_t)a->op,
	    .transform = (uint8_t)a->transform,
	    .set = tables_set(t, a),
	    .key = tables_text(t, a->key),
	    .text = tables_text(t, a->text),
	    .number = a->number,
	};
	uint32_t number;
	bool is_new;

	/* Texts are shared, so equal predicates have equal bytes. */
	number = intern_put(&t->predicates, span_make(&p, sizeof p), &is_new);
	if (is_new)
		*VEC_ADD(t->pool, &t->predicate) = p;
	return number;
}
