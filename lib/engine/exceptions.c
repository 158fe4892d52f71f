/* Could-not-decide is neither error nor allow: here it becomes what was configured. */
#include "engine/exceptions.h"

/* The first exception of those that came up whose outcome is the given one, or EXCEPTIONS. */
static enum exception_id
exceptions_find(
    const struct exception_policy *policy, uint32_t bits, enum exception_outcome outcome)
{
	for (unsigned id = 0; id < EXCEPTIONS; id++)
		if (bits >> id & 1 && policy->outcome[id] == outcome)
			return (enum exception_id)id;
	return EXCEPTIONS;
}

void
exceptions_resolve(
    const struct exception_policy *policy, uint32_t binding, struct verdict *v)
{
	enum exception_id id;

	if (v->exceptions == 0)
		return;
	id = exceptions_find(policy, v->exceptions & binding, OUTCOME_DENY);
	if (id != EXCEPTIONS) {
		v->action = ACTION_DENY;
		v->status = EXCEPTION_STATUS;
		v->rule = SPAN_NONE;
		v->rule_hash = 0;
		v->reason = span_str(exception_reason(id));
		return;
	}
	id = exceptions_find(policy, v->exceptions, OUTCOME_DENY);
	if (id == EXCEPTIONS)
		id = exceptions_find(policy, v->exceptions, OUTCOME_SHADOW);
	if (id != EXCEPTIONS && v->shadow_action == 0) {
		v->shadow_action = ACTION_DENY;
		v->shadow_rule = span_str(exception_name(id));
		v->flags |= VERDICT_SHADOWED;
	}
}
