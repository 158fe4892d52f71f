/*
 * Limits: one GCRA cell for each rule and combination of key values. The cell's key is a
 * keyed hash, so nobody outside can aim at another's cell. A key field without a value
 * counts as a value of its own; of several values the first counts.
 */
#include "engine/work.h"

#include "engine/identity.h"

static void
key_update(struct siphash *s, struct work *w, uint32_t index)
{
	const struct bundle_key *key = &w->b->key[index];
	const struct operand_memo *m;
	int64_t number;

	/* Both are at hand without their text. */
	if (key->field == F_IDENTITY && key->transform == TRANSFORM_NONE) {
		siphash_update(s, &w->v->identity, sizeof(w->v->identity));
		return;
	}
	if (key->field == F_ENDPOINT && key->transform == TRANSFORM_NONE) {
		siphash_update(s, &w->v->endpoint_hash, sizeof(w->v->endpoint_hash));
		return;
	}
	m = operand_read(w, w->e->key_operand[index]);
	if (key->transform == TRANSFORM_LEN)
		number = m->first ? (int64_t)m->first->text.n : -1;
	else
		number = m->number;
	if (m->number_known || key->transform == TRANSFORM_LEN)
		siphash_update(s, &number, sizeof(number));
	else
		siphash_update_span(s, m->first ? m->first->text : SPAN_NONE);
}

static uint64_t
limit_key(struct work *w, const struct bundle_rule *r)
{
	struct siphash s;

	siphash_init(&s, w->e->o.identity_key, false);
	siphash_update(&s, &r->name_hash, sizeof(r->name_hash));
	for (uint32_t i = 0; i < r->keys; i++)
		key_update(&s, w, r->key + i);
	return siphash_final64(&s);
}

void
limits_fetch(struct work *w)
{
	const struct engine *e = w->e;

	if (e->o.limits == NULL)
		return;
	for (unsigned i = 0; i < e->earlies; i++) {
		w->early[i] = limit_key(w, &w->b->rule[e->early[i]]);
		limit_prefetch(e->o.limits, w->early[i]);
	}
}

bool
limit_over(struct work *w, uint32_t rule, bool binding, uint32_t *retry_after_s)
{
	const struct bundle_rule *r = &w->b->rule[rule];
	uint64_t gateways = w->e->o.gateways > 1 ? w->e->o.gateways : 1;
	uint64_t period_ns = r->period_ns, wait_ns = 0;
	uint32_t burst = (uint32_t)(r->burst / gateways);
	unsigned i = 0;

	*retry_after_s = 0;
	if (w->e->o.limits == NULL)
		return false;
	while (i < w->e->earlies && w->e->early[i] != rule)
		i++;
	if (period_ns > UINT64_MAX / 4 / gateways)
		period_ns = UINT64_MAX / 4;
	else
		period_ns *= gateways;
	switch (limit_charge(w->e->o.limits,
	    i < w->e->earlies ? w->early[i] : limit_key(w, r), period_ns,
	    burst ? burst : 1, (uint64_t)w->r->mono_ns, &wait_ns)) {
	case LIMIT_OK: return false;
	case LIMIT_FULL: work_exception(w, EX_STATE_FULL, binding); return false;
	case LIMIT_OVER: break;
	}
	wait_ns = (wait_ns + 999999999) / 1000000000;
	*retry_after_s = wait_ns < 1 ? 1
	    : wait_ns > UINT32_MAX   ? UINT32_MAX
				     : (uint32_t)wait_ns;
	return true;
}
