/*
 * After a new bundle: endpoints that traffic showed here and that the policy knows by now,
 * under a learned template, are that one from now on. Their guesses are routed as the worker
 * will route the next request:
 *
 *   /users/{~a}  /users/{~b}  …  ──bundle has /users/{text}──►  /users/{text}
 *
 * Sums so far go out under the old hashes, which the database counts for what they were
 * merged into. No alias is told from here: what looks alike to an older policy may have
 * been found to differ meanwhile. Without this the table would keep a place for every word
 * that ever stood where a parameter is.
 */
#include <stdlib.h>

#include "analyst/endpoint_table.h"
#include "engine/router.h"

#define RESOLVE_ARENA_BYTES (64u << 10) /* of one target: decoded words of a template */

struct resolver {
	struct router router;
	struct map services; /* release_key() of the name to number in the bundle */
	struct arena arena;
	void *memory;
};

static void
resolver_fini(struct resolver *r)
{
	router_fini(&r->router);
	map_fini(&r->services);
	free(r->memory);
}

static int
resolver_init(struct resolver *r, const struct endpoints *t)
{
	static const uint8_t key[SIPHASH_KEY_BYTES]; /* compares what is in the policy */
	const struct bundle *b = t->bundle;
	int err;

	*r = (struct resolver){.memory = malloc(RESOLVE_ARENA_BYTES)};
	err = r->memory ? map_init(&r->services, b->services) : ERR_NOMEM;
	if (err == OK)
		err = router_init(&r->router, b, key);
	for (uint32_t i = 0; err == OK && i < b->services; i++) {
		struct span name = bundle_text(b, b->service[i].name);

		err = map_put(&r->services, release_key(t->o.release, name), i);
	}
	if (err)
		resolver_fini(r);
	else
		arena_init(&r->arena, r->memory, RESOLVE_ARENA_BYTES);
	return err;
}

/* A target that looks as the guessed requests did; false for what cannot be told any more. */
static bool
target_of(const struct guess *g, struct target *t, struct arena *a)
{
	struct template_part part[TARGET_SEGMENTS_MAX];

	*t = (struct target){.n = TARGET_SEGMENTS_MAX};
	if (template_parse(g->text, part, &t->n, &t->verb, a) != OK)
		return false;
	for (unsigned i = 0; i < t->n; i++) {
		struct segment *s = &t->segment[i];

		if (part[i].cls == -1) {
			s->text = part[i].literal;
			s->mask = segment_classify(s->text, i);
		} else if (part[i].cls < 0 || !span_absent(part[i].literal)) {
			return false;
		} else {
			s->text = SPAN("");
			s->mask = UINT32_C(1) << part[i].cls;
			if (part[i].cls == SEG_NUMBER)
				s->mask |= UINT32_C(1) << SEG_DECIMAL;
		}
		s->narrowest = (enum segment_class)__builtin_ctz(s->mask);
	}
	return true;
}

/* The endpoint of the bundle, or BUNDLE_NONE. */
static uint32_t
bundle_endpoint_of(struct resolver *r, const struct endpoints *t, const struct guess *g)
{
	uint32_t service = map_get(&r->services, release_key(t->o.release, g->service));
	struct target *target;
	struct route route;

	arena_reset(&r->arena);
	target = arena_alloc(&r->arena, sizeof(*target));
	if (service == MAP_NONE || !target || !target_of(g, target, &r->arena))
		return BUNDLE_NONE;
	router_find(&r->router, t->bundle, service, target, g->method, &route);
	if (g->operation.n != 0)
		return router_operation(t->bundle, &route, g->method, g->operation);
	return route.endpoint;
}

/* Takes the entry out of what traffic showed, and makes it one of the bundle. */
static void
entry_become(struct endpoints *t, uint32_t i, uint32_t at)
{
	uint64_t hash = t->bundle->endpoint[at].hash;
	struct endpoint *e = &t->e[i];
	uint32_t into = map_get(&t->by_hash, hash);

	endpoint_lift(t, i, 0);
	if (e->n == 0 && map_get(&t->by_hash, e->hash) == i)
		(void)map_remove(&t->by_hash, e->hash);
	if (into != MAP_NONE) {
		e->moved = into;
		t->zombie[t->zombies++] = i;
		return;
	}
	for (unsigned k = 0; k < e->n; k++)
		release_put(t->o.release, e->undecided[k].held);
	free(e->undecided);
	free(e->guess);
	e->undecided = NULL;
	e->guess = NULL;
	e->n = 0;
	e->key = 0;
	e->kind = ENDPOINT_BUNDLE;
	e->hash = hash;
	CHECK(map_put(&t->by_hash, hash, i) == OK);
	endpoint_describe_bundle(t, e, at);
}

void
endpoints_resolve(struct endpoints *t)
{
	struct resolver r;

	if (!t->bundle || t->bundle->nodes == 0 || resolver_init(&r, t) != OK)
		return;
	for (uint32_t i = 0; i < t->limit; i++) {
		const struct endpoint *e = &t->e[i];
		uint32_t at;

		if (e->kind != ENDPOINT_TRAFFIC || e->moved != ENDPOINT_NONE)
			continue;
		at = bundle_endpoint_of(&r, t, e->guess);
		if (at != BUNDLE_NONE && t->bundle->endpoint[at].hash != e->hash)
			entry_become(t, i, at);
	}
	endpoints_finish(t);
	resolver_fini(&r);
}
