/* What predicates, sets, rules, limits, anchors and self-tests must hold. */
#include "bundle/internal.h"

/* burst × period of a limit stays below this: GCRA adds it to a time in ns. */
#define LIMIT_SPAN_MAX_NS (UINT64_C(1) << 61)
#define LIMIT_KEYS_MAX 8

static int
check_predicates(const struct bundle *b, struct bundle_error *e)
{
	for (uint32_t i = 0; i < b->predicates; i++) {
		const struct bundle_predicate *p = &b->predicate[i];
		bool set_ok = p->op == OP_IN ? p->set < b->sets : p->set == BUNDLE_NONE;

		if (!text_inside(b, p->key) || !text_inside(b, p->text) ||
		    p->op < OP_EXISTS || p->op > OP_TRUE ||
		    p->transform > TRANSFORM_COUNT || !set_ok)
			return bundle_refuse(e, ERR_CORRUPT, "bad predicate %u", i);
	}
	return OK;
}

static bool
addresses_hold(const struct bundle_set_slot *slot, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		unsigned bits = (unsigned)slot[i].number;
		uint8_t last[16];

		if (slot[i].number < 0 || slot[i].number > 128 || slot[i].used != 1)
			return false;
		/* The last address of a network must stand before the next network. */
		memcpy(last, slot[i].address, sizeof last);
		for (unsigned at = bits; at < 128; at++) {
			uint8_t bit = (uint8_t)(0x80 >> at % 8);

			if (last[at / 8] & bit)
				return false;
			last[at / 8] |= bit;
		}
		if (i + 1 < n && memcmp(last, slot[i + 1].address, sizeof last) >= 0)
			return false;
	}
	return true;
}

static bool
set_hash_holds(const struct bundle *b, const struct bundle_set *s, uint32_t slots)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < slots; i++) {
		const struct bundle_set_slot *v = &b->set_slot[s->slot + i];

		if (v->used > 1 || !text_inside(b, v->text))
			return false;
		used += v->used;
	}
	return used == s->n && used < slots;
}

static int
check_sets(const struct bundle *b, struct bundle_error *e)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < b->sets; i++) {
		const struct bundle_set *s = &b->set[i];
		uint32_t slots;
		bool ok;

		if (s->kind == SET_ADDRESS) {
			slots = s->n;
			ok = s->slot == done && s->n > 0 && s->mask == s->n - 1 &&
			    s->n <= b->set_slots - done &&
			    addresses_hold(b->set_slot + done, s->n);
		} else {
			slots = table_slots(s->mask, b->set_slots - done);
			ok = (s->kind == SET_TEXT || s->kind == SET_NUMBER) &&
			    s->slot == done && slots && set_hash_holds(b, s, slots);
		}
		if (!ok)
			return bundle_refuse(e, ERR_CORRUPT, "bad set %u", i);
		done += slots;
	}
	if (done != b->set_slots)
		return bundle_refuse(e, ERR_CORRUPT, "values of no set");
	return OK;
}

static bool
steps_hold(const struct bundle *b, const struct bundle_rule *r)
{
	const struct bundle_step *step = b->step + r->step;

	for (uint32_t i = 0; i < r->steps; i++) {
		uint16_t next[] = {step[i].if_true, step[i].if_false};

		if (step[i].predicate >= b->predicates)
			return false;
		for (unsigned k = 0; k < 2; k++)
			if (next[k] != STEP_MATCH && next[k] != STEP_NO_MATCH &&
			    (next[k] <= i || next[k] >= r->steps))
				return false;
	}
	return true;
}

static bool
limit_holds(const struct bundle *b, const struct bundle_rule *r)
{
	if (!(r->flags & RULE_LIMIT))
		return r->keys == 0 && r->period_ns == 0 && r->burst == 0 &&
		    !(r->flags & RULE_WEAK_TOO) && r->action != ACTION_RATE;
	if (r->flags & RULE_NETWORK || r->keys < 1 || r->keys > LIMIT_KEYS_MAX ||
	    r->burst < 1 || r->period_ns < 1 ||
	    r->period_ns > LIMIT_SPAN_MAX_NS / r->burst)
		return false;
	for (uint32_t i = 0; i < r->keys; i++)
		if (!text_inside(b, b->key[r->key + i].key) ||
		    b->key[r->key + i].transform > TRANSFORM_COUNT)
			return false;
	return true;
}

static bool
action_holds(const struct bundle_rule *r)
{
	switch (r->action) {
	case ACTION_DENY:
	case ACTION_RATE: return bundle_status_listed(r->status, r->action);
	case ACTION_ALLOW:
	case ACTION_DROP:
	case ACTION_WATCH:
	case ACTION_EVENT: return r->status == 0;
	}
	return false;
}

static unsigned
rule_class(const struct bundle_rule *r)
{
	return r->flags & RULE_NETWORK ? 0 : r->flags & RULE_LIMIT ? 2 : 1;
}

static bool
rule_follows(
    const struct bundle *b, const struct bundle_rule *before, const struct bundle_rule *r)
{
	if (rule_class(before) != rule_class(r))
		return rule_class(before) < rule_class(r);
	if (before->priority != r->priority)
		return before->priority < r->priority;
	return span_cmp(bundle_text(b, before->name), bundle_text(b, r->name)) < 0;
}

static bool
rule_holds(
    const struct bundle *b, const struct bundle_rule *r, uint32_t step, uint32_t key)
{
	if (!text_inside(b, r->name) || !text_inside(b, r->reason) ||
	    !text_inside(b, r->owner) || !text_inside(b, r->when) ||
	    r->name.length == 0 || r->name_hash != bundle_hash(bundle_text(b, r->name)))
		return false;
	if (r->flags >= RULE_LIMIT << 1 || r->mode > MODE_ENFORCE || !action_holds(r) ||
	    (r->endpoint != BUNDLE_NONE && r->endpoint >= b->endpoints))
		return false;
	if (r->key != key || r->keys > b->keys - key || !limit_holds(b, r))
		return false;
	if (r->step == BUNDLE_NONE)
		return r->steps == 0;
	return r->step == step && r->steps > 0 && r->steps < STEP_NO_MATCH &&
	    r->steps <= b->steps - step && steps_hold(b, r);
}

static int
check_rules(const struct bundle *b, struct bundle_error *e)
{
	uint32_t step = 0, key = 0;

	for (uint32_t i = 0; i < b->rules; i++) {
		const struct bundle_rule *r = &b->rule[i];

		if (!rule_holds(b, r, step, key) || (i && !rule_follows(b, r - 1, r)))
			return bundle_refuse(e, ERR_CORRUPT, "bad rule %u", i);
		step += r->steps;
		key += r->keys;
	}
	if (step != b->steps || key != b->keys)
		return bundle_refuse(e, ERR_CORRUPT, "steps or keys of no rule");
	return OK;
}

/* Rule numbers, ascending. */
static bool
numbers_hold(const uint32_t *number, uint32_t n, uint32_t rules)
{
	for (uint32_t i = 0; i < n; i++)
		if (number[i] >= rules || (i && number[i - 1] >= number[i]))
			return false;
	return true;
}

static bool
anchor_holds(const struct bundle *b, const struct bundle_anchor *a, uint32_t *slot,
    uint32_t *posting)
{
	uint32_t slots = table_slots(a->mask, b->anchor_slots - *slot), used = 0;

	if (a->slot != *slot || slots == 0 || !text_inside(b, a->key) ||
	    a->transform > TRANSFORM_LOWER)
		return false;
	for (uint32_t i = 0; i < slots; i++) {
		const struct bundle_anchor_slot *s = &b->anchor_slot[*slot + i];

		if (s->hash == 0) {
			if (s->postings)
				return false;
			continue;
		}
		if (s->posting != *posting || s->postings > b->postings - *posting ||
		    !numbers_hold(b->posting + *posting, s->postings, b->rules))
			return false;
		*posting += s->postings;
		used++;
	}
	*slot += slots;
	return used < slots;
}

static int
check_anchors(const struct bundle *b, struct bundle_error *e)
{
	uint32_t slot = 0, posting = 0;

	if (b->anchors > BUNDLE_ANCHORS_MAX)
		return bundle_refuse(e, ERR_CORRUPT, "%u anchors", b->anchors);
	for (uint32_t i = 0; i < b->anchors; i++)
		if (!anchor_holds(b, &b->anchor[i], &slot, &posting))
			return bundle_refuse(e, ERR_CORRUPT, "bad anchor %u", i);
	if (slot != b->anchor_slots || posting != b->postings)
		return bundle_refuse(e, ERR_CORRUPT, "slots or postings of no anchor");
	if (!numbers_hold(b->free_rule, b->free_rules, b->rules))
		return bundle_refuse(e, ERR_CORRUPT, "bad list of free rules");
	return OK;
}

static int
check_selftests(const struct bundle *b, struct bundle_error *e)
{
	for (uint32_t i = 0; i < b->selftests; i++) {
		const struct bundle_selftest *t = &b->selftest[i];

		if (!text_inside(b, t->method) || !text_inside(b, t->host) ||
		    !text_inside(b, t->path) || !text_inside(b, t->query) ||
		    !text_inside(b, t->headers) || !text_inside(b, t->body) ||
		    !text_inside(b, t->rule) || t->action < ACTION_ALLOW ||
		    t->action > ACTION_DROP ||
		    (t->endpoint != BUNDLE_NONE && t->endpoint >= b->endpoints))
			return bundle_refuse(e, ERR_CORRUPT, "bad self-test %u", i);
	}
	return OK;
}

int
bundle_check_rules(const struct bundle *b, struct bundle_error *e)
{
	int rc;

	if ((rc = check_predicates(b, e)) != OK || (rc = check_sets(b, e)) != OK ||
	    (rc = check_rules(b, e)) != OK || (rc = check_anchors(b, e)) != OK ||
	    (rc = check_selftests(b, e)) != OK)
		return rc;
	return OK;
}
