/* See fields.h. The table: how fields are found, made, moved and dropped. */
#include <stdlib.h>

#include "analyst/field_table.h"
#include "bundle/bundle.h"

#define MAPS_PER_ENDPOINT 2 /* objects that are maps; most have none */
#define YOUNG 16 /* messages of an endpoint that are looked at whatever the load */
#define PLACES_IF_FULL \
	32 /* unknown paths of a message that are read at a full endpoint */
#define SECOND_US INT64_C(1000000)
#define IDLE_US INT64_C(3600000000) /* a field that did not come for so long may go */
#define TRIES 64 /* fields of others that are looked at for one that may go */

int
fields_new(const struct fields_options *o, struct fields **out)
{
	struct fields *t = calloc(1, sizeof(*t));
	int err = ERR_NOMEM;

	*out = NULL;
	if (!t)
		return err;
	t->o = *o;
	t->limit = (uint32_t)o->settings->fields_total;
	t->free = FIELD_NONE;
	t->random = UINT64_C(88172645463325252);
	t->e = calloc(t->limit, sizeof(*t->e));
	t->endpoint = malloc(o->endpoints * sizeof(*t->endpoint));
	t->due = malloc(t->limit * sizeof(*t->due));
	if (!t->e || !t->endpoint || !t->due)
		goto fail;
	for (uint32_t i = 0; i < o->endpoints; i++)
		t->endpoint[i] = (struct field_endpoint){.first = FIELD_NONE};
	err = map_init(&t->by_key, t->limit);
	if (err == OK)
		err = aliases_init(&t->aliases, t->limit / 4 + 64);
	if (err == OK)
		err =
		    places_new(o->endpoints * MAPS_PER_ENDPOINT, o->release, &t->places);
	if (err)
		goto fail;
	*out = t;
	return OK;
fail:
	fields_free(t);
	return err;
}

void
fields_free(struct fields *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->used; i++) {
		free(t->e[i].path);
		free(t->e[i].held);
		free(t->e[i].cls);
		free(t->e[i].distinct);
	}
	places_free(t->places);
	aliases_fini(&t->aliases);
	map_fini(&t->by_key);
	free(t->due);
	free(t->endpoint);
	free(t->e);
	free(t);
}

/* --- classes ------------------------------------------------------------------------ */

/* The id that a class has in the set to come, CLASS_NONE if it is not there. */
static uint16_t
class_after(const struct class_set *from, const struct class_set *to, uint16_t cls)
{
	const struct class_info *c = class_get(from, cls);

	return class_find(to, span_str(c->name));
}

static void
field_reclass(
    struct field_state *f, const struct class_set *from, const struct class_set *to)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->n_cls; i++) {
		f->cls[n] = f->cls[i];
		f->cls[n].cls = class_after(from, to, f->cls[i].cls);
		n += f->cls[n].cls != CLASS_NONE;
	}
	f->n_cls = (uint8_t)n;
	n = 0;
	for (unsigned i = 0; i < f->context.n; i++) {
		f->context.of[n] = f->context.of[i];
		f->context.of[n].cls = class_after(from, to, f->context.of[i].cls);
		n += f->context.of[n].cls != CLASS_NONE;
	}
	f->context.n = n;
}

void
fields_use(struct fields *t, const struct class_set *classes)
{
	for (uint32_t i = 0; t->classes && i < t->used; i++)
		if (t->e[i].path)
			field_reclass(&t->e[i], t->classes, classes);
	t->classes = classes;
	places_use(t->places, classes);
}

struct field_class *
field_class_get(struct fields *t, struct field_state *f, uint16_t cls, int16_t prior)
{
	unsigned most = (unsigned)t->o.settings->fields_classes;
	struct field_class *c, *weak = NULL, *grown;

	for (unsigned i = 0; i < f->n_cls; i++)
		if (f->cls[i].cls == cls)
			return &f->cls[i];
	if (f->n_cls < most) {
		grown = realloc(f->cls, (f->n_cls + 1u) * sizeof(*f->cls));
		if (!grown)
			return NULL;
		f->cls = grown;
		c = &f->cls[f->n_cls++];
		*c = (struct field_class){.cls = cls, .prior = prior};
		return c;
	}
	/* The one with the least to say for itself makes room. */
	for (unsigned i = 0; i < f->n_cls; i++) {
		c = &f->cls[i];
		if (c->told || c->certain > 0 || c->prior >= prior)
			continue;
		if (!weak || c->hits < weak->hits)
			weak = c;
	}
	if (weak)
		*weak = (struct field_class){.cls = cls, .prior = prior};
	return weak;
}

/* --- finding ------------------------------------------------------------------------ */

uint64_t
field_key(uint32_t endpoint, enum field_direction direction, uint64_t path_key)
{
	return field_mix(path_key, (uint64_t)endpoint << 2 | direction);
}

/* Aliases of an endpoint are void once one of its fields has gone. */
static uint64_t
alias_key(const struct fields *t, uint32_t endpoint, uint64_t key)
{
	return field_mix(key, t->endpoint[endpoint].epoch);
}

/* Fields come in the order of the last time, mostly: the map is asked where they do not. */
static uint32_t
follower(const struct fields *t, uint64_t key)
{
	uint32_t i = t->last < t->used ? t->e[t->last].follower : FIELD_NONE;

	return i < t->used && t->e[i].key == key && t->e[i].path ? i : FIELD_NONE;
}

static uint32_t
fields_find(
    struct fields *t, uint32_t endpoint, enum field_direction direction, uint64_t key)
{
	uint64_t k = field_key(endpoint, direction, key);
	uint32_t i = follower(t, k);

	if (i == FIELD_NONE) {
		i = map_get(&t->by_key, k);
		if (i == MAP_NONE)
			i = aliases_get(&t->aliases, alias_key(t, endpoint, k));
		if (i == MAP_NONE)
			return FIELD_NONE;
		if (t->last < t->used)
			t->e[t->last].follower = i;
	}
	t->last = i;
	return i;
}

/* True once in so many times (a power of two), without a rhythm. */
static bool
one_of(struct fields *t, unsigned n)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return (t->random >> 20 & (n - 1)) == 0;
}

/* One of 16, then one of 256, and one a second. */
static bool
is_sampled(struct fields *t, const struct field_state *f, int64_t now_us)
{
	uint32_t full = (uint32_t)t->o.settings->fields_full_values;

	if (f->values < full || now_us - f->classified_us >= SECOND_US ||
	    now_us < f->classified_us)
		return true;
	return one_of(t, f->values / 16 < full ? 16 : 256);
}

struct look_wish
fields_wish(struct fields *t, uint32_t endpoint, enum field_direction direction,
    uint64_t key, int64_t now_us)
{
	struct look_wish wish = {.field = LOOK_UNKNOWN, .classify = true};
	uint32_t i;

	if (endpoint >= t->o.endpoints)
		return wish;
	i = fields_find(t, endpoint, direction, key);
	if (i == FIELD_NONE)
		return wish;
	wish.field = i;
	wish.context = &t->e[i].context;
	wish.classify = is_sampled(t, &t->e[i], now_us);
	return wish;
}

static bool
shape_is_new(struct field_endpoint *p, uint64_t shape)
{
	if (shape == 0)
		return false;
	for (unsigned i = 0; i < SHAPES; i++)
		if (p->shape[i] == shape)
			return false;
	memmove(p->shape + 1, p->shape, (SHAPES - 1) * sizeof(*p->shape));
	p->shape[0] = shape;
	return true;
}

bool
fields_wanted(struct fields *t, uint32_t endpoint, enum field_direction direction,
    uint64_t shape, unsigned pressure, int64_t now_us, uint32_t *weight)
{
	unsigned d = direction == FIELD_RESPONSE, every = 1;
	struct field_endpoint *p;
	uint32_t full = (uint32_t)t->o.settings->fields_full_values;
	bool is_new;

	*weight = 1;
	if (endpoint >= t->o.endpoints)
		return pressure == 0;
	p = &t->endpoint[endpoint];
	is_new = shape_is_new(p, shape) && pressure == 0;
	p->skipped[d]++; /* this one included, until it is looked at */
	/* Messages whose shape is known beforehand are skipped as a whole; others, only
	 * under pressure: their fields are sampled one by one. */
	if (shape != 0)
		every = p->messages[d] < full ? 1 : p->messages[d] / 16 < full ? 16 : 256;
	every <<= 2 * (pressure < 4 ? pressure : 4);
	if (is_new || p->messages[d] < YOUNG || one_of(t, every) ||
	    now_us - p->looked_us[d] >= SECOND_US || now_us < p->looked_us[d]) {
		*weight = p->skipped[d];
		p->skipped[d] = 0;
		p->looked_us[d] = now_us;
		return true;
	}
	if (pressure > 0)
		metric_add(t->o.metric, M_LOOKS_SHED, 1);
	return false;
}

/* --- making and dropping ------------------------------------------------------------ */

void
field_drop(struct fields *t, uint32_t i)
{
	struct field_state *f = &t->e[i];
	struct field_endpoint *p = endpoint_of(t, f);

	if (map_get(&t->by_key, f->key) == i)
		(void)map_remove(&t->by_key, f->key);
	if (f->previous != FIELD_NONE)
		t->e[f->previous].next = f->next;
	else
		p->first = f->next;
	if (f->next != FIELD_NONE)
		t->e[f->next].previous = f->previous;
	p->n--;
	p->epoch++;
	places_put(t->places, f->held, f->n_held);
	free(f->path);
	free(f->held);
	free(f->cls);
	free(f->distinct);
	/* Those on the list of due ones are passed over: they have no path. */
	*f = (struct field_state){.next = t->free, .due = f->due};
	t->free = i;
	t->count--;
	metric_set(t->o.metric, M_FIELDS, t->count);
}

static void
field_link(struct fields *t, uint32_t i, uint32_t endpoint)
{
	struct field_endpoint *p = &t->endpoint[endpoint];
	struct field_state *f = &t->e[i];

	f->endpoint = endpoint;
	f->previous = FIELD_NONE;
	f->next = p->first;
	if (p->first != FIELD_NONE)
		t->e[p->first].previous = i;
	p->first = i;
	p->n++;
}

/* The name that a field has at a node, 0: none. */
static uint64_t
word_at(const struct field_state *f, uint64_t node)
{
	for (unsigned k = 0; k < f->n_held; k++)
		if (f->held[k].node == node)
			return f->held[k].word;
	return 0;
}

/* Whether an object has so many undecided names beside this one that it must be a map. */
static bool
is_map(const struct fields *t, uint32_t endpoint, const struct place_held *h)
{
	uint64_t word[PLACE_CHILDREN];
	unsigned n = 0;

	for (uint32_t i = t->endpoint[endpoint].first; i != FIELD_NONE;
	     i = t->e[i].next) {
		uint64_t w = word_at(&t->e[i], h->node);
		unsigned k = 0;

		if (w == 0 || w == h->word)
			continue;
		while (k < n && word[k] != w)
			k++;
		if (k < n)
			continue;
		word[n++] = w;
		if (n == PLACE_CHILDREN)
			return true;
	}
	return false;
}

/* True if an object on the way turned out to be a map: the place is another one then. */
static bool
fold(struct fields *t, uint32_t endpoint, const struct field_place *place)
{
	for (unsigned k = 0; k < place->n; k++) {
		uint64_t node = place->held[k].node;
		uint32_t next;

		if (!is_map(t, endpoint, &place->held[k]))
			continue;
		places_fold(t->places, node);
		for (uint32_t i = t->endpoint[endpoint].first; i != FIELD_NONE;
		     i = next) {
			next = t->e[i].next;
			if (word_at(&t->e[i], node) != 0)
				field_drop(t, i);
		}
		return true;
	}
	return false;
}

/* What came once and never again, and what has not come for long. A suspicion is worth its
 * place: another field would only raise another. */
static bool
may_go(const struct field_state *f, int64_t now_us)
{
	int64_t idle_us = now_us - f->last_us;

	if (idle_us > IDLE_US)
		return true;
	if (f->present > 1 || idle_us <= SECOND_US)
		return false;
	for (unsigned i = 0; i < f->n_cls; i++)
		if (f->cls[i].told)
			return false;
	return true;
}

static uint32_t
oldest_of(const struct fields *t, uint32_t endpoint, int64_t now_us)
{
	uint32_t oldest = FIELD_NONE;

	for (uint32_t i = t->endpoint[endpoint].first; i != FIELD_NONE; i = t->e[i].next)
		if (may_go(&t->e[i], now_us) &&
		    (oldest == FIELD_NONE || t->e[i].last_us < t->e[oldest].last_us))
			oldest = i;
	return oldest;
}

/* A field of any endpoint that has not come for long; a few are looked at. */
static uint32_t
idle_of_any(struct fields *t, int64_t now_us)
{
	for (unsigned k = 0; k < TRIES; k++) {
		uint32_t i = t->hand++ % t->limit;

		if (i < t->used && t->e[i].path && now_us - t->e[i].last_us > IDLE_US)
			return i;
	}
	return FIELD_NONE;
}

bool
fields_full(const struct fields *t, uint32_t endpoint)
{
	return t->count >= t->limit ||
	    t->endpoint[endpoint].n >= (uint32_t)t->o.settings->fields_per_endpoint;
}

static bool
make_room(struct fields *t, uint32_t endpoint, int64_t now_us)
{
	uint32_t i;

	if (!fields_full(t, endpoint))
		return true;
	i = oldest_of(t, endpoint, now_us);
	if (i == FIELD_NONE &&
	    t->endpoint[endpoint].n < (uint32_t)t->o.settings->fields_per_endpoint)
		i = idle_of_any(t, now_us);
	if (i == FIELD_NONE)
		return false;
	if (t->e[i].present > 1)
		field_tell(t, i);
	field_drop(t, i);
	return true;
}

static uint32_t
field_new(struct fields *t)
{
	uint32_t i = t->free;

	if (i != FIELD_NONE) {
		bool due = t->e[i].due;

		t->free = t->e[i].next;
		t->e[i] = (struct field_state){.due = due};
		return i;
	}
	return t->used < t->limit ? t->used++ : FIELD_NONE;
}

/* What the names around say; the classes that they speak for wait for evidence. */
static void
field_context(struct fields *t, struct field_state *f, const struct look *l,
    const struct sighting *s, const struct fields_message *m)
{
	char siblings[512];

	classify_context(t->classes, s->path, s->name,
	    span_absent(m->template_text) ? SPAN("") : m->template_text,
	    look_siblings(l, s, siblings, sizeof(siblings)), &f->context);
	for (unsigned i = 0; i < f->context.n; i++)
		if (f->context.of[i].prior > 0)
			(void)field_class_get(
			    t, f, f->context.of[i].cls, f->context.of[i].prior);
}

static uint32_t
field_make(struct fields *t, const struct look *l, const struct sighting *s,
    const struct fields_message *m, const struct field_place *place, uint64_t key)
{
	uint32_t i = FIELD_NONE;
	struct field_state *f;

	if (!make_room(t, m->endpoint, m->now_us) || (i = field_new(t)) == FIELD_NONE)
		return FIELD_NONE;
	f = &t->e[i];
	f->path = malloc(place->text.n + 1);
	f->held = place->n ? malloc(place->n * sizeof(*f->held)) : NULL;
	if (!f->path || (place->n && !f->held) || map_put(&t->by_key, key, i) != OK) {
		free(f->path);
		free(f->held);
		*f = (struct field_state){.next = t->free, .due = f->due};
		t->free = i;
		return FIELD_NONE;
	}
	memcpy(f->path, place->text.p, place->text.n);
	if (place->n)
		memcpy(f->held, place->held, place->n * sizeof(*f->held));
	f->path_n = (uint16_t)place->text.n;
	f->n_held = (uint8_t)place->n;
	f->key = key;
	f->shape = field_mix(bundle_hash(place->text), s->location);
	f->direction = (uint8_t)m->direction;
	f->location = s->location;
	f->messages_at = t->endpoint[m->endpoint].messages[m->direction - 1] - 1;
	field_link(t, i, m->endpoint);
	t->count++;
	metric_set(t->o.metric, M_FIELDS, t->count);
	field_context(t, f, l, s, m);
	return i;
}

static int
place_find(struct fields *t, const struct sighting *s, const struct fields_message *m,
    char text[PLACE_BYTES_MAX], struct field_place *place)
{
	uint64_t root =
	    field_mix((uint64_t)t->endpoint[m->endpoint].generation << 32 | m->endpoint,
		(uint64_t)m->direction << 8 | s->location);

	/* A path has a few names: each can turn out to be the key of a map. */
	for (unsigned i = 0; i <= PLACE_HELD_MAX; i++) {
		int err = places_make(t->places, root, s->path, m->now_us, text, place);

		if (err || !fold(t, m->endpoint, place))
			return err;
		places_put(t->places, place->held, place->n);
	}
	*place = (struct field_place){.n = 0};
	return ERR_LIMIT;
}

uint32_t
field_get(struct fields *t, const struct look *l, const struct sighting *s,
    const struct fields_message *m)
{
	uint64_t raw = field_key(m->endpoint, m->direction, s->key), key;
	uint32_t i = s->field;
	char text[PLACE_BYTES_MAX];
	struct field_place place;

	if (i < t->used && t->e[i].key == raw && t->e[i].path)
		return i; /* as found when it was looked at */
	i = fields_find(t, m->endpoint, m->direction, s->key);
	if (i != FIELD_NONE)
		return i;
	if (fields_full(t, m->endpoint) && ++t->places_made > PLACES_IF_FULL)
		goto none;
	if (place_find(t, s, m, text, &place) != OK)
		goto none;
	key = field_key(m->endpoint, m->direction, look_key(l, s->location, place.text));
	i = map_get(&t->by_key, key);
	if (i != MAP_NONE) {
		places_put(t->places, place.held, place.n);
		aliases_put(&t->aliases, alias_key(t, m->endpoint, raw), i);
		return i;
	}
	i = field_make(t, l, s, m, &place, key);
	if (i == FIELD_NONE) {
		places_put(t->places, place.held, place.n);
		goto none;
	}
	if (raw != key)
		aliases_put(&t->aliases, alias_key(t, m->endpoint, raw), i);
	return i;
none:
	metric_add(t->o.metric, M_FIELDS_OVERFLOW, 1);
	return FIELD_NONE;
}

/* --- endpoints move, words are decided ---------------------------------------------- */

/* What an endpoint showed stands in records, under a hash that is an alias from now on; what
 * it became part of goes on with fields of its own. */
static void
endpoint_clear(struct fields *t, uint32_t endpoint)
{
	struct field_endpoint *p = &t->endpoint[endpoint];
	uint32_t epoch, generation = p->generation + 1;

	while (p->first != FIELD_NONE) {
		field_tell(t, p->first);
		field_drop(t, p->first);
	}
	epoch = p->epoch;
	*p = (struct field_endpoint){
	    .first = FIELD_NONE, .epoch = epoch, .generation = generation};
}

void
fields_moved(struct fields *t, uint32_t (*to)(void *ctx, uint32_t endpoint), void *ctx)
{
	for (uint32_t i = 0; i < t->o.endpoints; i++) {
		const struct field_endpoint *p = &t->endpoint[i];

		if (p->first == FIELD_NONE && p->messages[0] + p->messages[1] == 0 &&
		    p->status_us == 0)
			continue;
		if (to(ctx, i) != i)
			endpoint_clear(t, i);
	}
}

/* Whether a name in the field's path has another form by now. */
static bool
is_redecided(const struct fields *t, const struct field_state *f)
{
	for (unsigned k = 0; k < f->n_held; k++)
		if (release_certain(
			t->o.release, release_text(t->o.release, f->held[k].held)))
			return true;
	return false;
}

void
fields_renew(struct fields *t, bool words, int64_t now_us)
{
	uint32_t epoch = redact_epoch(t->o.redactor, now_us);
	bool anew = epoch != t->epoch && t->epoch != 0;

	t->epoch = epoch;
	if (!anew && !words)
		return;
	for (uint32_t i = 0; i < t->used; i++) {
		const struct field_state *f = &t->e[i];

		if (!f->path || f->n_held == 0 || (!anew && !is_redecided(t, f)))
			continue;
		field_tell(t, i);
		field_drop(t, i);
	}
}

uint32_t
fields_count(const struct fields *t)
{
	return t->count;
}
