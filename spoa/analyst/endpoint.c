/*
 * See endpoint.h. Two maps lead to an entry: by record hash (decided templates, whoever
 * showed them) and by canonical key (those that traffic showed).
 */
#include "analyst/endpoint.h"

#include <stdlib.h>

#include "analyst/endpoint_table.h"

#define NODES_PER_ENDPOINT \
	3 /* room of the tree: most endpoints have a word or two of their own */
#define ALIASES_PER_ENDPOINT 2 /* in each of two generations */

int
endpoints_new(const struct endpoints_options *o, struct endpoints **out)
{
	struct endpoints *t = calloc(1, sizeof(*t));
	uint32_t services = services_capacity(o->services) + 1;
	int err = ERR_NOMEM;

	*out = NULL;
	if (!t)
		return err;
	t->o = *o;
	t->limit = o->capacity + services;
	t->e = calloc(t->limit, sizeof(*t->e));
	t->overflow = malloc(services * sizeof(*t->overflow));
	t->work = calloc(t->limit, sizeof(*t->work));
	t->zombie = calloc(t->limit, sizeof(*t->zombie));
	if (!t->e || !t->overflow || !t->work || !t->zombie)
		goto fail;
	if (map_init(&t->by_hash, t->limit) || map_init(&t->by_key, t->limit))
		goto fail;
	err = aliases_init(&t->aliases, o->capacity * ALIASES_PER_ENDPOINT);
	if (err == OK)
		err = tree_new(o->capacity * NODES_PER_ENDPOINT, o->children, &t->tree);
	if (err)
		goto fail;
	tree_limit(t->tree, o->listed);
	for (uint32_t i = 0; i < services; i++)
		t->overflow[i] = ENDPOINT_NONE;
	for (uint32_t i = 0; i < t->limit; i++)
		t->e[i].next = i + 1 < t->limit ? i + 1 : ENDPOINT_NONE;
	*out = t;
	return OK;
fail:
	endpoints_free(t);
	return err;
}

void
endpoints_free(struct endpoints *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; t->e && i < t->limit; i++) {
		free(t->e[i].undecided);
		free(t->e[i].guess);
	}
	free(t->e);
	free(t->overflow);
	free(t->work);
	free(t->zombie);
	map_fini(&t->by_hash);
	map_fini(&t->by_key);
	map_fini(&t->bundle_map);
	aliases_fini(&t->aliases);
	tree_free(t->tree);
	buf_fini(&t->text);
	buf_fini(&t->shapes);
	free(t);
}

static uint32_t
entry_new(struct endpoints *t, enum endpoint_kind kind, uint32_t service, int64_t now_us)
{
	uint32_t i = t->free;
	struct endpoint *e;

	CHECK(i != ENDPOINT_NONE);
	e = &t->e[i];
	t->free = e->next;
	*e = (struct endpoint){.kind = (uint8_t)kind,
	    .service = service,
	    .first_us = now_us,
	    .moved = ENDPOINT_NONE};
	if (kind != ENDPOINT_OVERFLOW)
		t->count++;
	return i;
}

static void
entry_free(struct endpoints *t, uint32_t i)
{
	struct endpoint *e = &t->e[i];

	for (unsigned k = 0; k < e->n; k++)
		release_put(t->o.release, e->undecided[k].held);
	free(e->undecided);
	free(e->guess);
	if (e->kind != ENDPOINT_OVERFLOW)
		t->count--;
	*e = (struct endpoint){.next = t->free};
	t->free = i;
}

void
endpoint_describe_bundle(struct endpoints *t, const struct endpoint *e, uint32_t at)
{
	const struct bundle *b = t->bundle;
	const struct bundle_endpoint *x = &b->endpoint[at];
	struct record r = {.kind = RECORD_ENDPOINT};

	r.endpoint.hash = e->hash;
	r.endpoint.first_us = e->first_us;
	r.endpoint.service = bundle_text(b, b->service[x->service].name);
	r.endpoint.method = bundle_text(b, x->method);
	r.endpoint.template_text = bundle_text(b, x->template);
	if (x->operation.length > 0)
		r.endpoint.operation = bundle_text(b, x->operation);
	r.endpoint.shapes = SPAN("");
	t->o.sink.put(t->o.sink.ctx, &r);
}

void
endpoint_describe(struct endpoints *t, const struct endpoint *e, const struct canon *c,
    uint64_t hash, uint64_t alias_of)
{
	struct record r = {.kind = RECORD_ENDPOINT};
	struct span operation = buf_span(&t->text);

	r.endpoint.hash = hash;
	r.endpoint.alias_of = alias_of;
	r.endpoint.service = services_name(t->o.services, e->service);
	r.endpoint.method = e->guess->method;
	r.endpoint.template_text = span_cut(&operation, ' ');
	r.endpoint.operation = operation;
	r.endpoint.first_us = e->first_us;
	r.endpoint.provisional = c->n > 0;
	r.endpoint.shapes = buf_span(&t->shapes);
	t->o.sink.put(t->o.sink.ctx, &r);
	if (alias_of == 0)
		endpoint_describe_before(t, e, c);
}

int
endpoint_take(struct endpoints *t, struct endpoint *e, struct canon *c, int64_t now_us)
{
	struct undecided *held = malloc((c->n + 1) * sizeof(*held));
	unsigned n = 0, i = 0;
	int err = held ? OK : ERR_NOMEM;

	for (; err == OK && n < c->n; i++) {
		if (c->form[i] != CANON_WORD)
			continue;
		err = release_hold(
		    t->o.release, c->piece[i].word, now_us, &c->undecided[n].held);
		if (err == OK)
			n++;
	}
	if (err == OK) {
		buf_clear(&t->text);
		buf_clear(&t->shapes);
		err = canon_text(c, t->o.release, &t->text, &t->shapes);
	}
	if (err) {
		while (n > 0)
			release_put(t->o.release, c->undecided[--n].held);
		free(held);
		return err;
	}
	memcpy(held, c->undecided, c->n * sizeof(*held));
	for (unsigned k = 0; k < e->n; k++)
		release_put(t->o.release, e->undecided[k].held);
	free(e->undecided);
	e->undecided = held;
	e->n = (uint8_t)c->n;
	e->key = c->key;
	e->guess->text_mask = 0;
	for (unsigned k = 0; k < c->pieces; k++)
		if (c->form[k] == CANON_TEXT)
			e->guess->text_mask |= UINT64_C(1) << k;
	e->hash = endpoint_hash(services_name(t->o.services, e->service),
	    e->guess->method, buf_span(&t->text));
	if (c->n > 0)
		e->hash |= ENDPOINT_HASH_PROVISIONAL;
	return OK;
}

/* The service's overflow: there is always room for it. */
static uint32_t
overflow_get(struct endpoints *t, uint32_t service, int64_t now_us)
{
	struct record r = {.kind = RECORD_ENDPOINT};
	struct endpoint *e;

	if (t->overflow[service] != ENDPOINT_NONE)
		return t->overflow[service];
	t->overflow[service] = entry_new(t, ENDPOINT_OVERFLOW, service, now_us);
	e = &t->e[t->overflow[service]];
	r.endpoint.service = services_name(t->o.services, service);
	r.endpoint.method = SPAN("*");
	r.endpoint.template_text = SPAN("/{overflow}");
	r.endpoint.shapes = SPAN("");
	r.endpoint.first_us = now_us;
	r.endpoint.hash = e->hash = endpoint_hash(
	    r.endpoint.service, r.endpoint.method, r.endpoint.template_text);
	t->o.sink.put(t->o.sink.ctx, &r);
	return t->overflow[service];
}

uint32_t
endpoints_known(struct endpoints *t, uint64_t hash, int64_t now_us)
{
	uint32_t i = map_get(&t->by_hash, hash), at, service = SERVICE_OTHER;
	const struct bundle *b = t->bundle;

	if (i != MAP_NONE)
		return i;
	at = b ? map_get(&t->bundle_map, hash) : MAP_NONE;
	if (at != MAP_NONE)
		service = services_add(t->o.services,
		    bundle_text(b, b->service[b->endpoint[at].service].name), now_us);
	if (t->count >= t->o.capacity)
		return overflow_get(t, service, now_us);
	i = entry_new(
	    t, at == MAP_NONE ? ENDPOINT_BARE : ENDPOINT_BUNDLE, service, now_us);
	t->e[i].hash = hash;
	if (map_put(&t->by_hash, hash, i) != OK) {
		entry_free(t, i);
		return overflow_get(t, service, now_us);
	}
	if (at != MAP_NONE)
		endpoint_describe_bundle(t, &t->e[i], at);
	return i;
}

uint32_t
endpoints_find(const struct endpoints *t, const struct guess *g, uint32_t service)
{
	struct canon c;

	canon_make(&c, g, service, t->o.release, t->tree, false);
	return map_get(&t->by_key, c.key);
}

/* Puts the new entry into the maps, or gives the index of the one with the same hash. */
static uint32_t
entry_place(struct endpoints *t, uint32_t i, const struct canon *c)
{
	struct endpoint *e = &t->e[i];
	uint32_t same = c->n == 0 ? map_get(&t->by_hash, e->hash) : MAP_NONE;

	if (same != MAP_NONE) {
		entry_free(t, i);
		return same;
	}
	if (map_put(&t->by_key, c->key, i) != OK)
		return ENDPOINT_NONE;
	if (c->n == 0 && map_put(&t->by_hash, e->hash, i) != OK)
		return ENDPOINT_NONE;
	endpoint_describe(t, e, c, e->hash, 0);
	return i;
}

uint32_t
endpoints_add(
    struct endpoints *t, const struct guess *g, uint32_t service, int64_t now_us)
{
	struct canon c;
	uint32_t i;

	canon_make(&c, g, service, t->o.release, t->tree, false);
	i = map_get(&t->by_key, c.key);
	if (i != MAP_NONE)
		return i;
	if (t->count >= t->o.capacity)
		return overflow_get(t, service, now_us);
	do {
		canon_make(&c, g, service, t->o.release, t->tree, true);
	} while (endpoints_fold(t, now_us));
	i = map_get(&t->by_key, c.key);
	if (i != MAP_NONE)
		return i;
	i = entry_new(t, ENDPOINT_TRAFFIC, service, now_us);
	t->e[i].guess = guess_copy(g);
	if (!t->e[i].guess || endpoint_take(t, &t->e[i], &c, now_us) != OK) {
		entry_free(t, i);
		return overflow_get(t, service, now_us);
	}
	i = entry_place(t, i, &c);
	CHECK(i != ENDPOINT_NONE); /* the maps have room for every entry */
	return i;
}

void
endpoints_used(struct endpoints *t, uint32_t index, uint64_t identity, int64_t now_us)
{
	struct endpoint *e = &t->e[index];
	bool released = false;

	for (unsigned k = 0; k < e->n; k++) {
		uint32_t held = e->undecided[k].held;
		struct record r = {.kind = RECORD_WORD};

		if (!release_used(t->o.release, held, identity, &r.word.identities))
			continue;
		r.word.token = release_token(t->o.release, held);
		r.word.text = release_text(t->o.release, held);
		r.word.at_us = now_us;
		t->o.sink.put(t->o.sink.ctx, &r);
		released = true;
	}
	if (released)
		endpoints_redecide(t, now_us);
}

int
endpoints_bundle(struct endpoints *t, const struct bundle *b, int64_t now_us)
{
	struct map map = {0};

	if (b && map_init(&map, b->endpoints) != OK)
		return ERR_NOMEM;
	for (uint32_t i = 0; b && i < b->endpoints; i++)
		if (map_put(&map, b->endpoint[i].hash, i) != OK) {
			map_fini(&map);
			return ERR_NOMEM;
		}
	map_fini(&t->bundle_map);
	t->bundle_map = map;
	t->bundle = b;
	services_bundle(t->o.services, b);
	aliases_clear(&t->aliases);
	for (uint32_t i = 0; b && i < t->limit; i++) {
		struct endpoint *e = &t->e[i];
		uint32_t at;

		if (e->kind != ENDPOINT_BARE)
			continue;
		at = map_get(&t->bundle_map, e->hash);
		if (at == MAP_NONE)
			continue;
		e->kind = ENDPOINT_BUNDLE;
		e->service = services_add(t->o.services,
		    bundle_text(b, b->service[b->endpoint[at].service].name), now_us);
		endpoint_describe_bundle(t, e, at);
	}
	endpoints_resolve(t);
	endpoints_redecide(t, now_us);
	endpoints_renew(t, now_us);
	return OK;
}

uint32_t
endpoints_alias(struct endpoints *t, uint64_t worker_hash)
{
	return aliases_get(&t->aliases, worker_hash);
}

void
endpoints_alias_put(struct endpoints *t, uint64_t worker_hash, uint32_t index)
{
	aliases_put(&t->aliases, worker_hash, index);
}

uint32_t
endpoints_moved(const struct endpoints *t, uint32_t index)
{
	while (t->e[index].moved != ENDPOINT_NONE)
		index = t->e[index].moved;
	return index;
}

uint64_t
endpoints_hash(const struct endpoints *t, uint32_t index)
{
	return t->e[index].hash;
}

uint32_t
endpoints_service(const struct endpoints *t, uint32_t index)
{
	return t->e[index].service;
}

bool
endpoints_is_overflow(const struct endpoints *t, uint32_t index)
{
	return t->e[index].kind == ENDPOINT_OVERFLOW;
}

uint32_t
endpoints_count(const struct endpoints *t)
{
	return t->count;
}

uint32_t
endpoints_limit(const struct endpoints *t)
{
	return t->limit;
}
