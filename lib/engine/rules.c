/*
 * Steps 6 to 8: which of the rules that can match (candidates.c) do match (decision graphs
 * over shared predicates), and what follows. The bundle lists rules in the order of decision: network
 * exceptions, rules, limits, each by priority and name; the first that decides in enforce
 * ends the run, but limits behind it are still charged when it was a limit.
 */
#include "engine/work.h"

/* Unknown predicates on one path through a condition whose both sides are tried; beyond,
 * the condition is unknown. Costs at most 2^n walks. */
#define UNCERTAIN_MAX 4

/* --- one rule --------------------------------------------------------------------- */

/* The answer of a condition from a step on. Where a predicate is neither yes nor no, both
 * sides are tried: the answer stands if they agree. */
static enum answer
condition_answer(
    struct work *w, const struct bundle_step *first, unsigned at, unsigned tries)
{
	const struct bundle_step *step;
	enum answer a, yes, no;

	for (;;) {
		if (at == STEP_MATCH)
			return ANSWER_YES;
		if (at == STEP_NO_MATCH)
			return ANSWER_NO;
		step = &first[at];
		a = predicate_answer(w, step->predicate);
		if (a == ANSWER_YES)
			at = step->if_true;
		else if (a == ANSWER_NO)
			at = step->if_false;
		else
			break;
	}
	if (a == ANSWER_UNKNOWN && w->e->test[step->predicate].history)
		w->history_unknown = true;
	if (tries == 0)
		return a;
	yes = condition_answer(w, first, step->if_true, tries - 1);
	no = condition_answer(w, first, step->if_false, tries - 1);
	if (yes == no)
		return yes;
	return a == ANSWER_UNKNOWN || yes == ANSWER_UNKNOWN || no == ANSWER_UNKNOWN
	    ? ANSWER_UNKNOWN
	    : ANSWER_SPENT;
}

/* The rule's mode after its caps. */
static enum mode
rule_mode(const struct work *w, const struct rule_brief *rule)
{
	uint8_t mode = rule->mode;

	if (mode > w->mode_cap)
		mode = w->mode_cap;
	if (mode == MODE_ENFORCE &&
	    ((rule->facts & RULE_IS_HISTORY && w->e->o.histories_partial) ||
		(rule->facts & RULE_SPARES_WEAK && w->v->flags & VERDICT_WEAK)))
		mode = MODE_SHADOW;
	return (enum mode)mode;
}

/* Whether a rule is in force now and can be about this endpoint. */
static bool
rule_applies(const struct work *w, const struct rule_brief *rule)
{
	if (w->e->now_us >= rule->until_us || w->e->now_us < rule->from_us)
		return false;
	return rule->endpoint == BUNDLE_NONE || rule->endpoint == w->v->endpoint ||
	    rule->endpoint == w->route.endpoint;
}

static void
rule_decide(struct work *w, const struct bundle_rule *rule, uint32_t retry_after_s)
{
	struct verdict *v = w->v;

	w->limited = (rule->flags & RULE_LIMIT) != 0;
	v->action = (enum rule_action)rule->action;
	v->rule = bundle_text(w->b, rule->name);
	v->rule_hash = rule->name_hash;
	v->reason = bundle_text(w->b, rule->reason);
	v->status = 0;
	v->retry_after_s = 0;
	if (rule->action == ACTION_DENY)
		v->status = rule->status ? rule->status : 403;
	if (rule->action == ACTION_RATE) {
		v->status = rule->status ? rule->status : 429;
		v->retry_after_s = retry_after_s ? retry_after_s : 1;
	}
	w->decided = true;
}

static void
rule_shadow(struct work *w, const struct bundle_rule *rule)
{
	struct verdict *v = w->v;

	if (v->shadow_action != 0)
		return;
	v->shadow_action = (enum rule_action)rule->action;
	v->shadow_rule = bundle_text(w->b, rule->name);
	v->shadow_hash = rule->name_hash;
	if (rule->action != ACTION_ALLOW)
		v->flags |= VERDICT_SHADOWED;
}

/* What follows from a rule that matches. */
static void
rule_apply(struct work *w, const struct bundle_rule *rule, enum mode mode,
    uint32_t retry_after_s)
{
	switch (rule->action) {
	case ACTION_WATCH:
	case ACTION_EVENT:
		/* They stop nobody, so only their own mode counts. */
		if (rule->mode != MODE_ENFORCE)
			return;
		if (rule->action == ACTION_WATCH) {
			w->v->flags |= VERDICT_WATCH;
		} else if (w->event_hash == 0) {
			w->event_rule = bundle_text(w->b, rule->name);
			w->event_hash = rule->name_hash;
		}
		return;
	default: break;
	}
	if (w->decided)
		return;
	if (mode == MODE_ENFORCE)
		rule_decide(w, rule, retry_after_s);
	else
		rule_shadow(w, rule);
}

static const char *
action_name(unsigned action)
{
	static const char *const name[] = {
	    "nothing", "allow", "deny", "rate", "drop", "watch", "event"};

	return action < sizeof(name) / sizeof(*name) ? name[action] : "?";
}

static const char *
rule_step(const struct bundle_rule *rule)
{
	return rule->flags & RULE_NETWORK ? "network"
	    : rule->flags & RULE_LIMIT	  ? "limit"
					  : "rule";
}

/* The answer was neither yes nor no: notes why; whether the rule matches all the same. */
static bool
rule_doubtful(struct work *w, uint32_t index, enum mode mode, enum answer a)
{
	const struct bundle_rule *rule = &w->b->rule[index];
	struct span name = bundle_text(w->b, rule->name);

	if (a == ANSWER_SPENT) {
		work_exception(w, EX_DEADLINE, mode == MODE_ENFORCE);
		work_trace(w, rule_step(rule), "%.*s: a pattern used up its match limit",
		    (int)name.n, name.p);
		return rule->action != ACTION_ALLOW;
	}
	if (w->history_unknown)
		work_exception(w, EX_HISTORY_INCOMPLETE, mode == MODE_ENFORCE);
	work_trace(w, rule_step(rule), "%.*s abstains: %s", (int)name.n, name.p,
	    w->history_unknown ? "the history is incomplete"
			       : "not all of the request could be read");
	return false;
}

/* Notes that a limit matches; true if it is not to be charged, for it was already. */
static bool
limit_noted(struct work *w, uint32_t index)
{
	if (!w->second) {
		if (w->charges < CHARGED_MAX)
			w->charged[w->charges] = index;
		w->charges++;
		return false;
	}
	if (w->charges > CHARGED_MAX)
		return true;
	for (unsigned i = 0; i < w->charges; i++)
		if (w->charged[i] == index)
			return true;
	return false;
}

/* The rule's condition holds: charges a limit, applies the action. */
static void
rule_matched(struct work *w, uint32_t index, enum mode mode)
{
	const struct bundle_rule *rule = &w->b->rule[index];
	struct span name = bundle_text(w->b, rule->name);
	uint32_t retry_after_s = 0;

	if (rule->flags & RULE_LIMIT && limit_noted(w, index))
		return;
	if (rule->flags & RULE_LIMIT &&
	    !limit_over(w, index, mode == MODE_ENFORCE, &retry_after_s)) {
		work_trace(w, "limit", "%.*s counts, not over", (int)name.n, name.p);
		return;
	}
	work_trace(w, rule_step(rule), "%.*s matches: %s%s", (int)name.n, name.p,
	    action_name(rule->action), mode == MODE_ENFORCE ? "" : " (shadow)");
	rule_apply(w, rule, mode, retry_after_s);
}

static void
rule_consider(struct work *w, uint32_t index)
{
	const struct rule_brief *rule = &w->e->rule[index];
	enum mode mode = rule_mode(w, rule);
	enum answer a = ANSWER_YES;

	if (!rule_applies(w, rule))
		return;
	if (mode == MODE_OFF &&
	    (rule->action < ACTION_WATCH || rule->own_mode == MODE_OFF))
		return;
	w->history_unknown = false;
	if (rule->step != BUNDLE_NONE)
		a = condition_answer(w, &w->b->step[rule->step], 0, UNCERTAIN_MAX);
	if (a == ANSWER_YES || (a != ANSWER_NO && rule_doubtful(w, index, mode, a))) {
		rule_matched(w, index, mode);
	} else if (a == ANSWER_NO && w->trace != NULL) {
		const struct bundle_rule *r = &w->b->rule[index];
		struct span name = bundle_text(w->b, r->name);

		work_say(w, rule_step(r), "%.*s does not match", (int)name.n, name.p);
	}
}

/* What the endpoint caps. */
static uint8_t
mode_cap(const struct work *w)
{
	if (w->v->endpoint == BUNDLE_NONE)
		return MODE_ENFORCE;
	return w->e->endpoint[w->v->endpoint].mode;
}

void
rules_run(struct work *w)
{
	struct engine *e = w->e;

	w->mode_cap = mode_cap(w);
	for (uint32_t s = 0; s < (e->words + 63) / 64; s++)
		for (uint64_t some = e->candidate_words[s]; some; some &= some - 1) {
			uint32_t i = 64 * s + (uint32_t)__builtin_ctzll(some);

			for (uint64_t bits = e->candidate[i]; bits; bits &= bits - 1) {
				uint32_t rule = 64 * i + (uint32_t)__builtin_ctzll(bits);

				/* Limits come last, and all of them are charged. */
				if (w->decided && !w->limited)
					return;
				rule_consider(w, rule);
			}
		}
}
