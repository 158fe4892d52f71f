/*
 * Targets that two servers read differently: `/x%2f..%2fadmin` is one odd name to one of
 * them and /admin to the other. The decision comes from the first reading (target.h), the one
 * that standards ask for; where it lets the request pass and there is another one
 * (target_lenient), rules and limits are asked again as if that had been sent, and what they
 * refuse is refused. So a confused target never leads around a rule, and no rule that
 * allows is reached by one. Endpoint, label and record stay those of the first reading.
 *
 * Costs nothing but a look at the path for targets without escapes.
 */
#include "engine/work.h"

/* What belongs to one reading. */
struct reading {
	struct target target;
	struct span template_text, operation;
	uint32_t undecided_mask;
	struct verdict verdict;
	struct route route;
	uint32_t service;
	bool operation_read, decided;
};

#define FLAGS_OF_READING \
	(VERDICT_PROVISIONAL | VERDICT_OPERATION | VERDICT_BODY_IN_RECORD)

static void
reading_keep(const struct work *w, struct reading *k)
{
	k->target = w->seen->target;
	k->template_text = w->seen->template_text;
	k->operation = w->seen->operation;
	k->undecided_mask = w->seen->undecided_mask;
	k->verdict = *w->v;
	k->route = w->route;
	k->service = w->service;
	k->operation_read = w->operation_read;
	k->decided = w->decided;
}

/* Everything as the first reading left it, but for what the second adds. */
static void
reading_restore(struct work *w, const struct reading *k)
{
	struct verdict second = *w->v;
	struct verdict *v = w->v;

	w->seen->target = k->target;
	w->seen->template_text = k->template_text;
	w->seen->operation = k->operation;
	w->seen->undecided_mask = k->undecided_mask;
	w->route = k->route;
	w->service = k->service;
	w->operation_read = k->operation_read;
	w->decided = k->decided;
	*v = k->verdict;
	v->exceptions |= second.exceptions;
	v->flags |= second.flags & (VERDICT_WATCH | VERDICT_SHADOWED);
	if (v->shadow_action == 0) {
		v->shadow_action = second.shadow_action;
		v->shadow_rule = second.shadow_rule;
		v->shadow_hash = second.shadow_hash;
	}
	if (second.action == ACTION_ALLOW)
		return;
	v->action = second.action;
	v->status = second.status;
	v->retry_after_s = second.retry_after_s;
	v->rule = second.rule;
	v->rule_hash = second.rule_hash;
	v->reason = second.reason;
	w->decided = true;
}

/* seen->target becomes the other reading. False: there is none. */
static bool
read_otherwise(struct work *w, const struct target *first)
{
	struct span path = target_lenient(w->r->path, w->a);
	uint32_t flags = first->flags;

	if (span_absent(path) ||
	    target_parse(&w->seen->target, path, w->r->query, w->a) != OK)
		return false;
	w->seen->target.flags |= flags;
	/* The same text may have other segments: a slash that was encoded. */
	return w->seen->target.n != first->n ||
	    !span_eq(w->seen->target.path, first->path);
}

void
confused_judge(struct work *w)
{
	struct reading first;

	if (span_find(w->r->path, '%') == w->r->path.n &&
	    span_find(w->r->path, '\\') == w->r->path.n &&
	    !(w->seen->target.flags & (TARGET_NON_ASCII | TARGET_NUL)))
		return;
	reading_keep(w, &first);
	if (read_otherwise(w, &first.target)) {
		w->second = true;
		w->decided = false;
		w->operation_read = false;
		w->v->flags &= ~(uint32_t)FLAGS_OF_READING;
		w->v->endpoint = BUNDLE_NONE;
		w->v->endpoint_hash = 0;
		w->v->endpoint_label = SPAN_NONE;
		work_trace(w, "second", "some servers read %.*s",
		    (int)w->seen->target.path.n, w->seen->target.path.p);
		generation_next(w->e);
		work_endpoint(w);
		work_rules(w);
	}
	reading_restore(w, &first);
}
