/* See look.h. Sightings of a message are found by a small hash table; texts go to a store
 * that is emptied with each message. A block is a look's arrays packed one after another:
 *
 *   struct look_block │ struct packed × n │ hashes │ classes │ text
 */
#include "analyst/look.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto/crypto.h"

#define SLOTS 1024u /* twice SIGHTINGS_MAX, a power of two */
#define SLOT_NONE UINT16_MAX
#define MASKED_MAX 128u /* of a message: each may cost a token, 0.2 us */
#define KEY_BYTES_MIN 8u /* shorter names are no values that can be told */
#define HASHED_BYTES 4096u /* as far as values are classified */

struct packed {
	uint64_t key;
	uint32_t field, values, bytes_max;
	uint32_t path, name; /* offsets in the text */
	uint16_t path_n, name_n;
	uint8_t location, types, classes, hashes;
};

struct look_block {
	uint32_t n, flags;
	uint32_t hashes, classes;
	uint32_t text_n, generation;
};

int
look_init(struct look *l, const struct look_options *o)
{
	int err;

	*l = (struct look){.o = *o};
	l->seen = malloc(SIGHTINGS_MAX * sizeof(*l->seen));
	l->slot = malloc(SLOTS * sizeof(*l->slot));
	l->text = malloc(LOOK_TEXT_BYTES);
	l->memory = malloc(o->arena_bytes);
	if (!l->seen || !l->slot || !l->text || !l->memory) {
		look_fini(l);
		return ERR_NOMEM;
	}
	err = crypto_random(l->siphash_key, sizeof(l->siphash_key));
	if (err) {
		look_fini(l);
		return err;
	}
	arena_init(&l->arena, l->memory, o->arena_bytes);
	return OK;
}

void
look_fini(struct look *l)
{
	free(l->seen);
	free(l->slot);
	free(l->text);
	free(l->memory);
	*l = (struct look){0};
}

void
look_use(struct look *l, const struct class_set *classes, bool test_numbers)
{
	l->classes = classes;
	l->generation++;
	l->test_numbers = test_numbers;
}

void
look_reset(struct look *l)
{
	l->n = 0;
	l->flags = 0;
	l->text_n = 0;
	l->masked = l->named = 0;
	l->prefix = SPAN_NONE;
	memset(l->slot, 0xff, SLOTS * sizeof(*l->slot));
	arena_reset(&l->arena);
}

/* A copy in the text store; absent when that is full. */
static struct span
text_keep(struct look *l, struct span s)
{
	char *to = l->text + l->text_n;

	if (s.n > LOOK_TEXT_BYTES - l->text_n)
		return SPAN_NONE;
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	l->text_n += s.n;
	return span_make(to, s.n);
}

uint64_t
look_key(const struct look *l, unsigned location, struct span path)
{
	return siphash64(l->siphash_key, path.p, path.n) ^
	    location * UINT64_C(0x9e3779b97f4a7c15);
}

static void keys_note(struct look *l, struct span path);

/* The sighting of a field, made when it is the first; NULL: no room. */
static struct sighting *
sighting_get(struct look *l, const struct look_value *v)
{
	uint64_t key = look_key(l, l->location, v->path);
	uint32_t at = (uint32_t)(key >> 32) & (SLOTS - 1);
	struct look_wish wish;
	struct sighting *s;

	for (; l->slot[at] != SLOT_NONE; at = (at + 1) & (SLOTS - 1))
		if (l->seen[l->slot[at]].key == key)
			return &l->seen[l->slot[at]];
	if (l->n == SIGHTINGS_MAX) {
		l->flags |= LOOK_MANY;
		return NULL;
	}
	s = &l->seen[l->n];
	memset(s, 0, offsetof(struct sighting, hash));
	s->path = text_keep(l, v->path);
	/* Most names are the end of their path as it is. */
	if (span_ends(s->path, v->name) && !span_absent(s->path))
		s->name = span_from(s->path, s->path.n - v->name.n);
	else
		s->name = text_keep(l, v->name);
	if (span_absent(s->path) || span_absent(s->name)) {
		l->flags |= LOOK_MANY;
		return NULL;
	}
	s->key = key;
	s->location = (uint8_t)l->location;
	wish = l->o.wanted(l->o.ctx, key);
	s->field = wish.field;
	s->classify = wish.classify;
	s->context = wish.context;
	l->slot[at] = (uint16_t)l->n++;
	if (wish.field == LOOK_UNKNOWN && !l->key)
		keys_note(l, s->path);
	return s;
}

static void
hash_note(struct look *l, struct sighting *s, struct span value)
{
	uint64_t h;

	if (s->hashes == SIGHTING_HASHES)
		return;
	h = l->o.hash(l->o.ctx, span_head(value, HASHED_BYTES));
	for (unsigned i = 0; i < s->hashes; i++)
		if (s->hash[i] == h)
			return;
	s->hash[s->hashes++] = h;
}

static void
count(uint16_t *n)
{
	if (*n < UINT16_MAX)
		++*n;
}

/* Whether a mere shape in a field that is not known yet may come to something: as far as its
 * own name says. */
static bool
is_named(struct look *l, const struct sighting *s, const struct class_hit *hit)
{
	uint32_t i = (uint32_t)(s - l->seen);

	if (l->named != i + 1) {
		l->named = i + 1;
		classify_context(
		    l->classes, s->path, s->name, SPAN(""), SPAN(""), &l->names);
	}
	return class_hit_counts(&l->names, hit);
}

/* Whether the value counts as another class, whole, that is shown in this way. */
static bool
is_shown(struct look *l, const struct sighting *s, const struct class_hits *hits,
    enum class_mask mask)
{
	for (unsigned i = 0; i < hits->n; i++) {
		const struct class_hit *h = &hits->hit[i];

		if (class_get(l->classes, h->cls)->mask == mask && !h->contained &&
		    (h->strength > HIT_SHAPE ||
			(s->context ? class_hit_counts(s->context, h)
				    : is_named(l, s, h))))
			return true;
	}
	return false;
}

/* Token or last digits of a value, never both, and of a code that exists in no form, neither:
 * as another class it is shown by its shape then. */
static bool
is_veiled(struct look *l, const struct sighting *s, const struct class_hits *hits,
    const struct class_hit *hit)
{
	enum class_mask mask = class_get(l->classes, hit->cls)->mask;

	if (hit->contained || (mask == MASK_TOKEN && is_shown(l, s, hits, MASK_LAST4)))
		return true;
	return mask != MASK_NOTHING && is_shown(l, s, hits, MASK_NOTHING);
}

/* Evidence of what stands inside a text would tell the text: only the first whole value. */
static void
evidence_note(struct look *l, const struct sighting *s, struct sighting_class *c,
    struct span value, const struct class_hits *hits, const struct class_hit *hit)
{
	char text[LOOK_EVIDENCE_MAX];
	struct span masked;

	if (!span_absent(c->evidence) || l->masked == MASKED_MAX)
		return;
	if (!s->context && hit->strength == HIT_SHAPE && !is_named(l, s, hit))
		return;
	masked = l->o.mask(
	    l->o.ctx, s->field, c->cls, value, is_veiled(l, s, hits, hit), text);
	if (span_absent(masked))
		return;
	l->masked++;
	c->evidence = text_keep(l, masked);
}

static void
hit_note(struct look *l, struct sighting *s, struct span value,
    const struct class_hits *hits, const struct class_hit *hit)
{
	struct sighting_class *c = s->cls, *end = s->cls + s->classes;

	if (s->context && !class_hit_counts(s->context, hit))
		return;
	while (c < end && c->cls != hit->cls)
		c++;
	if (c == end) {
		if (s->classes == SIGHTING_CLASSES)
			return;
		s->classes++;
		*c = (struct sighting_class){.cls = hit->cls};
	}
	if (hit->contained) {
		count(&c->contained);
	} else {
		count(&c->hits);
		if (hit->strength >= HIT_CHECKED)
			count(&c->checked);
		if (hit->strength == HIT_CERTAIN)
			count(&c->certain);
	}
	evidence_note(l, s, c, value, hits, hit);
}

/* Where a credential is at home: headers and cookies that callers prove themselves with. It
 * says how the endpoint is authenticated (auth_mask), not that it carries secrets. */
static bool
is_credential_place(const struct look *l, struct span name)
{
	static const struct span names[] = {SPAN("authorization"), SPAN("api-key"),
	    SPAN("apikey"), SPAN("token"), SPAN("x-access-token"), SPAN("x-api-key"),
	    SPAN("x-api-token"), SPAN("x-apikey"), SPAN("x-auth-token"),
	    SPAN("x-csrf-token"), SPAN("x-session-token"), SPAN("x-xsrf-token")};

	if (l->location != FIELD_HEADER)
		return l->location == FIELD_COOKIE;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_ieq(name, names[i]))
			return true;
	return false;
}

void
look_note(struct look *l, const struct look_value *v)
{
	struct class_hits hits;
	struct sighting *s = sighting_get(l, v);
	bool at_home;

	if (!s)
		return;
	s->types |= v->types;
	if (v->value.n == 0 || v->types & (FIELD_IS_NULL | FIELD_IS_FILE))
		return;
	if (v->value.n > s->bytes_max)
		s->bytes_max =
		    v->value.n < UINT32_MAX ? (uint32_t)v->value.n : UINT32_MAX;
	if (!s->classify)
		return;
	s->values++;
	hash_note(l, s, v->value);
	classify_value(l->classes, v->value, v->type, l->test_numbers, &hits);
	at_home = hits.n > 0 && is_credential_place(l, v->path);
	for (unsigned i = 0; i < hits.n; i++)
		if (!at_home ||
		    !(class_get(l->classes, hits.hit[i].cls)->groups & CLASS_CREDENTIAL))
			hit_note(l, s, v->value, &hits, &hits.hit[i]);
}

/* Whether a name is a value of its own: has a check digit or the like. */
static bool
is_value(const struct look *l, struct span name)
{
	struct class_hits hits;

	if (name.n < KEY_BYTES_MIN)
		return false;
	classify_value(l->classes, name, CLASS_STRING, l->test_numbers, &hits);
	for (unsigned i = 0; i < hits.n; i++)
		if (hits.hit[i].strength >= HIT_CHECKED && !hits.hit[i].contained)
			return true;
	return false;
}

/* Names in a new path that are values, as keys of maps are: they count as values of where
 * they stand. */
static void
keys_note(struct look *l, struct span path)
{
	size_t start = 0;

	l->key = true;
	for (size_t i = 0; i <= path.n; i++) {
		struct look_value v = {.types = FIELD_IS_STRING, .type = CLASS_STRING};
		char plain[KEY_BYTES_MAX];

		if (i < path.n && path.p[i] == '\\') {
			i++;
			continue;
		}
		if (i < path.n && path.p[i] != '.' && path.p[i] != '[')
			continue;
		v.path = span_head(path, i);
		v.name = span_make(path.p + start, i - start);
		v.value = look_name(v.name, plain);
		if (is_value(l, v.value))
			look_note(l, &v);
		while (i + 1 < path.n && (path.p[i] == '[' || path.p[i] == ']'))
			i++;
		start = i + 1;
	}
	l->key = false;
}

struct span
look_name(struct span name, char out[KEY_BYTES_MAX])
{
	size_t n = 0;

	if (name.n > KEY_BYTES_MAX || span_find(name, '\\') == name.n)
		return name;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '\\' && i + 1 < name.n)
			i++;
		out[n++] = name.p[i];
	}
	return span_make(out, n);
}

/* --- blocks ------------------------------------------------------------------------ */

struct look_block *
look_keep(const struct look *l, size_t *bytes)
{
	uint32_t hashes = 0, classes = 0;
	struct look_block *b;
	struct packed *p;
	uint64_t *hash;
	struct sighting_class *cls;
	char *text;

	*bytes = 0;
	if (l->n == 0)
		return NULL;
	for (uint32_t i = 0; i < l->n; i++) {
		hashes += l->seen[i].hashes;
		classes += l->seen[i].classes;
	}
	*bytes = sizeof(*b) + l->n * sizeof(*p) + hashes * sizeof(*hash) +
	    classes * sizeof(*cls) + l->text_n;
	b = malloc(*bytes);
	if (!b) {
		*bytes = 0;
		return NULL;
	}
	*b = (struct look_block){.n = l->n,
	    .flags = l->flags,
	    .hashes = hashes,
	    .classes = classes,
	    .text_n = (uint32_t)l->text_n,
	    .generation = l->generation};
	p = (struct packed *)(b + 1);
	hash = (uint64_t *)(p + l->n);
	cls = (struct sighting_class *)(hash + hashes);
	text = (char *)(cls + classes);
	memcpy(text, l->text, l->text_n);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct sighting *s = &l->seen[i];

		p[i] = (struct packed){.key = s->key,
		    .field = s->field,
		    .values = s->values,
		    .bytes_max = s->bytes_max,
		    .path = (uint32_t)(s->path.p - l->text),
		    .name = (uint32_t)(s->name.p - l->text),
		    .path_n = (uint16_t)s->path.n,
		    .name_n = (uint16_t)s->name.n,
		    .location = s->location,
		    .types = s->types,
		    .classes = s->classes,
		    .hashes = s->hashes};
		for (unsigned k = 0; k < s->hashes; k++)
			*hash++ = s->hash[k];
		for (unsigned k = 0; k < s->classes; k++) {
			struct span e = s->cls[k].evidence;

			*cls = s->cls[k];
			if (!span_absent(e))
				cls->evidence.p = text + (e.p - l->text);
			cls++;
		}
	}
	return b;
}

/* Ids of custom classes are places in a set that may be another one by now; built-in classes
 * have the same in all. */
static void
custom_forget(const struct look *l, struct sighting *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->classes; i++) {
		const struct class_info *c = class_get(l->classes, s->cls[i].cls);

		if (c && !c->custom)
			s->cls[n++] = s->cls[i];
	}
	s->classes = (uint8_t)n;
}

void
look_recall(struct look *l, const struct look_block *b)
{
	const struct packed *p;
	const uint64_t *hash;
	const struct sighting_class *cls;
	const char *text;

	l->n = l->flags = 0;
	if (!b)
		return;
	p = (const struct packed *)(b + 1);
	hash = (const uint64_t *)(p + b->n);
	cls = (const struct sighting_class *)(hash + b->hashes);
	text = (const char *)(cls + b->classes);
	l->n = b->n;
	l->flags = b->flags;
	for (uint32_t i = 0; i < b->n; i++, p++) {
		struct sighting *s = &l->seen[i];

		s->key = p->key;
		s->path = span_make(text + p->path, p->path_n);
		s->name = span_make(text + p->name, p->name_n);
		s->field = p->field;
		s->values = p->values;
		s->bytes_max = p->bytes_max;
		s->location = p->location;
		s->types = p->types;
		s->classes = p->classes;
		s->hashes = p->hashes;
		s->context = NULL;
		memcpy(s->hash, hash, p->hashes * sizeof(*hash));
		memcpy(s->cls, cls, p->classes * sizeof(*cls));
		if (b->generation != l->generation)
			custom_forget(l, s);
		hash += p->hashes;
		cls += p->classes;
	}
}

/* --- siblings ---------------------------------------------------------------------- */

/* Bytes of a path before its last name. */
static size_t
parent_bytes(const struct sighting *s)
{
	size_t n = s->path.n;

	while (n > 0 && (s->path.p[n - 1] != '.' || (n > 1 && s->path.p[n - 2] == '\\')))
		n--;
	return n;
}

struct span
look_siblings(const struct look *l, const struct sighting *s, char *out, size_t cap)
{
	size_t parent = parent_bytes(s), n = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct sighting *o = &l->seen[i];

		if (o == s || o->location != s->location || parent_bytes(o) != parent ||
		    memcmp(o->path.p, s->path.p, parent) != 0)
			continue;
		if (o->name.n + 1 > cap - n)
			break;
		if (n > 0)
			out[n++] = ' ';
		memcpy(out + n, o->name.p, o->name.n);
		n += o->name.n;
	}
	return span_make(out, n);
}
