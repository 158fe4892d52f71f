/* Templates and endpoint labels in their one form: without the names of parameters. Pure. */
#ifndef POLICY_TEMPLATE_TEXT_H
#define POLICY_TEMPLATE_TEXT_H

#include "http/template.h"
#include "policy/pool.h"

/* "/users/{id:number}" gives "/users/{number}"; {any} is {text}. ERR_MALFORMED, ERR_LIMIT. */
MUST_CHECK int template_canonical(struct pool *pool, struct span text, struct span *out);
/* The same for "/template" and, if named, "METHOD /template" with anything behind a
 * further blank left as it is. */
MUST_CHECK int
template_label(struct pool *pool, struct span text, bool named, struct span *out);

#endif
