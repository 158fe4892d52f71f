/* The second half of batch.h: ids, then one row for each key. */
#include <stdlib.h>

#include "recorder/batch.h"

/* --- ids ----------------------------------------------------------------------------- */

void
batch_resolve_ids(struct batch *b, batch_resolve *resolve, void *ctx)
{
	for (size_t i = 0; i < b->minutes.n; i++)
		b->minutes.v[i].endpoint_id = resolve(ctx, b->minutes.v[i].hash);
	for (size_t i = 0; i < b->hours.n; i++)
		b->hours.v[i].endpoint_id = resolve(ctx, b->hours.v[i].sum.hash);
	for (size_t i = 0; i < b->decisions.n; i++)
		b->decisions.v[i].endpoint_id = resolve(ctx, b->decisions.v[i].d.hash);
	for (size_t i = 0; i < b->observations.n; i++)
		b->observations.v[i].endpoint_id =
		    resolve(ctx, b->observations.v[i].o.at.hash);
	for (size_t i = 0; i < b->classes.n; i++)
		b->classes.v[i].endpoint_id = resolve(ctx, b->classes.v[i].at.hash);
	for (size_t i = 0; i < b->suspects.n; i++)
		b->suspects.v[i].endpoint_id = resolve(ctx, b->suspects.v[i].s.at.hash);
	for (size_t i = 0; i < b->children.n; i++)
		b->children.v[i].endpoint_id = resolve(ctx, b->children.v[i].c.hash);
}

static int
hash_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Every minute has its hour, every class its observation. */
int
batch_unresolved(const struct batch *b, uint64_t **out, size_t *n)
{
	size_t max = b->hours.n + b->decisions.n + b->observations.n + b->suspects.n +
	    b->children.n;
	size_t found = 0;
	uint64_t *hash = malloc((max ? max : 1) * sizeof(*hash));

	*out = NULL;
	*n = 0;
	if (!hash)
		return ERR_NOMEM;
#define UNRESOLVED(list, key)                                    \
	do {                                                     \
		for (size_t i = 0; i < (list).n; i++)            \
			if ((list).v[i].endpoint_id == 0)        \
				hash[found++] = (list).v[i].key; \
	} while (0)
	UNRESOLVED(b->hours, sum.hash);
	UNRESOLVED(b->decisions, d.hash);
	UNRESOLVED(b->observations, o.at.hash);
	UNRESOLVED(b->suspects, s.at.hash);
	UNRESOLVED(b->children, c.hash);
#undef UNRESOLVED
	qsort(hash, found, sizeof(*hash), hash_compare);
	for (size_t i = 0; i < found; i++)
		if (*n == 0 || hash[*n - 1] != hash[i])
			hash[(*n)++] = hash[i];
	*out = hash;
	return OK;
}

/* --- squeezing ----------------------------------------------------------------------- */

#define COMPARE(x, y)                              \
	do {                                       \
		if ((x) != (y))                    \
			return (x) < (y) ? -1 : 1; \
	} while (0)

static int
minute_compare(const void *a, const void *b)
{
	const struct batch_minute *x = a, *y = b;

	COMPARE(x->minute_us, y->minute_us);
	COMPARE(x->endpoint_id, y->endpoint_id);
	return 0;
}

static int
hour_compare(const void *a, const void *b)
{
	const struct batch_hour *x = a, *y = b;

	COMPARE(x->sum.minute_us, y->sum.minute_us);
	COMPARE(x->endpoint_id, y->endpoint_id);
	return 0;
}

static int
decision_compare(const void *a, const void *b)
{
	const struct batch_decision *x = a, *y = b;

	COMPARE(x->d.minute_us, y->d.minute_us);
	COMPARE(x->endpoint_id, y->endpoint_id);
	COMPARE(span_cmp(x->d.rule, y->d.rule), 0);
	COMPARE(x->d.action, y->d.action);
	COMPARE(x->d.shadow_action, y->d.shadow_action);
	COMPARE(x->d.status, y->d.status);
	COMPARE(x->d.revision, y->d.revision);
	return 0;
}

static int
coverage_compare(const void *a, const void *b)
{
	const struct record_coverage *x = a, *y = b;

	COMPARE(x->minute_us, y->minute_us);
	return span_cmp(x->service, y->service);
}

static int
endpoint_compare(const void *a, const void *b)
{
	const struct record_endpoint *x = a, *y = b;

	COMPARE(x->hash, y->hash);
	COMPARE(x->alias_of, y->alias_of);
	COMPARE(x->first_us, y->first_us);
	return 0;
}

static int
word_compare(const void *a, const void *b)
{
	const struct record_word *x = a, *y = b;

	return span_cmp(x->token, y->token);
}

static int
place_compare(int32_t x_id, const struct record_place *x, int32_t y_id,
    const struct record_place *y)
{
	COMPARE(x_id, y_id);
	COMPARE(x->direction, y->direction);
	COMPARE(x->location, y->location);
	return span_cmp(x->path, y->path);
}

static int
observation_compare(const void *a, const void *b)
{
	const struct batch_observation *x = a, *y = b;

	return place_compare(x->endpoint_id, &x->o.at, y->endpoint_id, &y->o.at);
}

static int
class_compare(const void *a, const void *b)
{
	const struct batch_class *x = a, *y = b;
	int order = place_compare(x->endpoint_id, &x->at, y->endpoint_id, &y->at);

	return order ? order : span_cmp(x->name, y->name);
}

static int
suspect_class_compare(const struct batch_suspect *x, const struct batch_suspect *y)
{
	int order = place_compare(x->endpoint_id, &x->s.at, y->endpoint_id, &y->s.at);

	return order ? order : span_cmp(x->s.cls, y->s.cls);
}

/* Of one class the surest last. */
static int
suspect_compare(const void *a, const void *b)
{
	const struct batch_suspect *x = a, *y = b;
	int order = suspect_class_compare(x, y);

	if (order)
		return order;
	COMPARE(x->s.score, y->s.score);
	COMPARE(x->s.at_us, y->s.at_us);
	return 0;
}

static int
child_compare(const void *a, const void *b)
{
	const struct batch_child *x = a, *y = b;

	COMPARE(x->endpoint_id, y->endpoint_id);
	COMPARE(x->c.segment, y->c.segment);
	return span_cmp(x->c.word, y->c.word);
}

static int
link_compare(const void *a, const void *b)
{
	const struct record_link *x = a, *y = b;
	int order = span_cmp(x->from, y->from);

	return order ? order : span_cmp(x->to, y->to);
}

#define SORT(list, compare)                                                    \
	do {                                                                   \
		if ((list).n > 1)                                              \
			qsort((list).v, (list).n, sizeof(*(list).v), compare); \
	} while (0)

static void
minutes_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->minutes, minute_compare);
	for (size_t i = 0; i < b->minutes.n; i++) {
		struct batch_minute *m = &b->minutes.v[i], *into;

		if (n == 0 || minute_compare(&b->minutes.v[n - 1], m) != 0) {
			b->minutes.v[n++] = *m;
			continue;
		}
		into = &b->minutes.v[n - 1];
		into->requests += m->requests;
		for (unsigned k = 0; k < 6; k++)
			into->status[k] += m->status[k];
		into->denied += m->denied;
		into->limited += m->limited;
		into->dropped += m->dropped;
		into->shadowed += m->shadowed;
		into->undecided += m->undecided;
		into->unfinished += m->unfinished;
	}
	b->minutes.n = n;
}

static int
hours_squeeze(struct batch *b)
{
	size_t n = 0;
	int err = OK;

	SORT(b->hours, hour_compare);
	for (size_t i = 0; i < b->hours.n; i++) {
		struct batch_hour *h = &b->hours.v[i];

		if (n == 0 || hour_compare(&b->hours.v[n - 1], h) != 0) {
			b->hours.v[n++] = *h;
			continue;
		}
		if (err == OK)
			err = batch_summary_add(&b->hours.v[n - 1].sum, &h->sum);
		batch_hour_fini(h);
	}
	b->hours.n = n;
	return err;
}

static void
decisions_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->decisions, decision_compare);
	for (size_t i = 0; i < b->decisions.n; i++) {
		struct batch_decision *d = &b->decisions.v[i], *into;

		if (n == 0 || decision_compare(&b->decisions.v[n - 1], d) != 0) {
			b->decisions.v[n++] = *d;
			continue;
		}
		into = &b->decisions.v[n - 1];
		into->d.requests += d->d.requests;
		if (d->d.first_us < into->d.first_us)
			into->d.first_us = d->d.first_us;
		if (d->d.last_us > into->d.last_us)
			into->d.last_us = d->d.last_us;
		distinct_merge(&into->d.identities, &d->d.identities);
	}
	b->decisions.n = n;
}

static void
coverage_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->coverage, coverage_compare);
	for (size_t i = 0; i < b->coverage.n; i++) {
		struct record_coverage *c = &b->coverage.v[i], *into;

		if (n == 0 || coverage_compare(&b->coverage.v[n - 1], c) != 0) {
			b->coverage.v[n++] = *c;
			continue;
		}
		into = &b->coverage.v[n - 1];
		into->requests += c->requests;
		into->decided += c->decided;
		into->undecided += c->undecided;
		into->unfinished += c->unfinished;
		into->body_partial += c->body_partial;
		into->body_none += c->body_none;
		into->ring_dropped += c->ring_dropped;
		into->pending_evicted += c->pending_evicted;
		into->finish_bad += c->finish_bad;
		into->tap_seen += c->tap_seen;
		into->tap_cut += c->tap_cut;
		into->tap_gzip += c->tap_gzip;
		into->overflow += c->overflow;
	}
	b->coverage.n = n;
}

static void
observations_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->observations, observation_compare);
	for (size_t i = 0; i < b->observations.n; i++) {
		struct batch_observation *o = &b->observations.v[i];
		struct record_observation *into;

		if (n == 0 || observation_compare(&b->observations.v[n - 1], o) != 0) {
			b->observations.v[n++] = *o;
			continue;
		}
		into = &b->observations.v[n - 1].o;
		if (o->o.first_us < into->first_us)
			into->first_us = o->o.first_us;
		if (o->o.last_us > into->last_us)
			into->last_us = o->o.last_us;
		into->messages += o->o.messages;
		into->present += o->o.present;
		into->values += o->o.values;
		into->types |= o->o.types;
		into->status_mask |= o->o.status_mask;
		if (o->o.bytes_max > into->bytes_max)
			into->bytes_max = o->o.bytes_max;
		distinct_merge(&into->distinct, &o->o.distinct);
	}
	b->observations.n = n;
}

/* Of two priors the one that says more; of equal ones the one that speaks for it. */
static int64_t
prior_stronger(int64_t a, int64_t b)
{
	int64_t size_a = a < 0 ? -a : a, size_b = b < 0 ? -b : b;

	return size_a > size_b || (size_a == size_b && a > b) ? a : b;
}

/* After the observations: both are in the same order. */
static void
classes_squeeze(struct batch *b)
{
	size_t n = 0;
	uint32_t at = 0;

	SORT(b->classes, class_compare);
	for (size_t i = 0; i < b->classes.n; i++) {
		struct batch_class *c = &b->classes.v[i], *into;

		while (place_compare(b->observations.v[at].endpoint_id,
			   &b->observations.v[at].o.at, c->endpoint_id, &c->at) != 0)
			at++;
		if (n == 0 || class_compare(&b->classes.v[n - 1], c) != 0) {
			c->observation = at;
			b->classes.v[n++] = *c;
			continue;
		}
		into = &b->classes.v[n - 1];
		into->hits += c->hits;
		into->checked += c->checked;
		into->certain += c->certain;
		into->contained += c->contained;
		into->prior = prior_stronger(into->prior, c->prior);
	}
	b->classes.n = n;
}

static void
children_squeeze(struct batch *b)
{
	size_t n = 0;

	SORT(b->children, child_compare);
	for (size_t i = 0; i < b->children.n; i++) {
		struct batch_child *c = &b->children.v[i];
		struct record_child *into;

		if (n == 0 || child_compare(&b->children.v[n - 1], c) != 0) {
			b->children.v[n++] = *c;
			continue;
		}
		into = &b->children.v[n - 1].c;
		into->requests += c->c.requests;
		into->accepted += c->c.accepted;
		distinct_merge(&into->identities, &c->c.identities);
		if (c->c.shape)
			into->shape = c->c.shape;
	}
	b->children.n = n;
}

/* Of several with one key the last stays: the newest release, the alias. */
#define KEEP_LAST(list, same)                                            \
	do {                                                             \
		size_t n = 0;                                            \
		for (size_t i = 0; i < (list).n; i++) {                  \
			if (n > 0 && same((list).v[n - 1], (list).v[i])) \
				n--;                                     \
			(list).v[n++] = (list).v[i];                     \
		}                                                        \
		(list).n = n;                                            \
	} while (0)
#define SAME_HASH(a, b) ((a).hash == (b).hash)
#define SAME_TOKEN(a, b) span_eq((a).token, (b).token)
#define SAME_SUSPECT(a, b) (suspect_class_compare(&(a), &(b)) == 0)
#define SAME_LINK(a, b) (link_compare(&(a), &(b)) == 0)

int
batch_squeeze(struct batch *b)
{
	minutes_squeeze(b);
	decisions_squeeze(b);
	coverage_squeeze(b);
	SORT(b->endpoints, endpoint_compare);
	KEEP_LAST(b->endpoints, SAME_HASH);
	SORT(b->words, word_compare);
	KEEP_LAST(b->words, SAME_TOKEN);
	observations_squeeze(b);
	classes_squeeze(b);
	SORT(b->suspects, suspect_compare);
	KEEP_LAST(b->suspects, SAME_SUSPECT);
	children_squeeze(b);
	SORT(b->links, link_compare);
	KEEP_LAST(b->links, SAME_LINK);
	return hours_squeeze(b);
}

struct batch_hour *
batch_hour_find(struct batch *b, int64_t hour_us, int32_t endpoint_id)
{
	struct batch_hour key = {
	    .sum = {.minute_us = hour_us}, .endpoint_id = endpoint_id};

	if (b->hours.n == 0)
		return NULL;
	return bsearch(&key, b->hours.v, b->hours.n, sizeof(*b->hours.v), hour_compare);
}
