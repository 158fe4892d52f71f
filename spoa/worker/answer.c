/* ACKs: at least one action in each, because HAProxy 3.1.0 lost empty ones. */
#include "worker/answer.h"

enum variable {
#define VARIABLE(id, name, type, when, text) id,
#include "worker/variable.def"
#undef VARIABLE
	VARIABLES
};

static const struct span variable_name[VARIABLES] = {
#define VARIABLE(id, name, type, when, text) [id] = SPAN(name),
#include "worker/variable.def"
#undef VARIABLE
};

static void
put_text(struct spop_writer *w, enum variable var, struct span text)
{
	spop_set_text(w, SPOP_TXN, variable_name[var], span_head(text, ANSWER_TEXT_MAX));
}

static void
put_number(struct spop_writer *w, enum variable var, int64_t n)
{
	spop_set_number(w, SPOP_TXN, variable_name[var], n);
}

static void
put_true(struct spop_writer *w, enum variable var)
{
	spop_set_bool(w, SPOP_TXN, variable_name[var], true);
}

struct span
answer_action(enum rule_action action)
{
	switch (action) {
	case ACTION_DENY: return SPAN("deny");
	case ACTION_RATE: return SPAN("rate");
	case ACTION_DROP: return SPAN("drop");
	case ACTION_ALLOW:
	case ACTION_WATCH:
	case ACTION_EVENT: break;
	}
	return SPAN("allow");
}

static struct span
inspected_text(enum inspected i)
{
	switch (i) {
	case INSPECTED_COMPLETE: return SPAN("complete");
	case INSPECTED_PARTIAL: return SPAN("partial");
	case INSPECTED_NONE: break;
	}
	return SPAN("none");
}

/* "deny:no-scanners" */
static void
put_shadow(struct spop_writer *w, const struct verdict *v)
{
	struct span action = answer_action(v->shadow_action);
	struct span rule = span_head(v->shadow_rule, ANSWER_TEXT_MAX - 8);
	char text[ANSWER_TEXT_MAX];

	memcpy(text, action.p, action.n);
	text[action.n] = ':';
	if (rule.n > 0)
		memcpy(text + action.n + 1, rule.p, rule.n);
	put_text(w, VAR_SHADOW, span_make(text, action.n + 1 + rule.n));
}

void
answer_put(struct spop_writer *w, const struct spop_frame *notify,
    const struct verdict *v, struct span ctx)
{
	spop_begin(w, SPOP_ACK, notify->stream, notify->frame);
	put_text(w, VAR_ACTION, answer_action(v->action));
	if (v->status != 0)
		put_number(w, VAR_STATUS, v->status);
	if (v->action == ACTION_RATE)
		put_number(w, VAR_RETRY_AFTER, v->retry_after_s);
	if (v->rule.n > 0)
		put_text(w, VAR_RULE, v->rule);
	if (v->reason.n > 0)
		put_text(w, VAR_REASON, v->reason);
	if (v->shadow_action != 0)
		put_shadow(w, v);
	put_text(w, VAR_ENDPOINT, v->endpoint_label);
	put_text(w, VAR_INSPECTED, inspected_text(v->inspected));
	if (v->flags & VERDICT_WATCH)
		put_true(w, VAR_WATCH);
	put_text(w, VAR_CTX, ctx);
	spop_end(w);
}

void
answer_put_void(struct spop_writer *w, const struct spop_frame *notify)
{
	spop_begin(w, SPOP_ACK, notify->stream, notify->frame);
	put_true(w, VAR_VOID);
	spop_end(w);
}
