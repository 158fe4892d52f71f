/*
 * The one function that resolves exceptions: every one that came up is a bit, the strictest
 * configured outcome decides (deny before shadow before allow; among equals the first of
 * exception.def). Pure.
 */
#ifndef ENGINE_EXCEPTIONS_H
#define ENGINE_EXCEPTIONS_H

#include "engine/verdict.h"
#include "metric/metric.h"

/* Status of a denial by an exception; one of those the shipped haproxy.cfg lists. */
#define EXCEPTION_STATUS 403

/* Applies v->exceptions to a verdict that nothing has decided yet. Those that only a rule in
 * shadow met (not in binding) are counted, but go no further than shadow. */
void exceptions_resolve(
    const struct exception_policy *policy, uint32_t binding, struct verdict *v);

#endif
