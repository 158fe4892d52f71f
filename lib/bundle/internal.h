/* What the files of lib/bundle share: the structural checks behind bundle_parse(). */
#ifndef BUNDLE_INTERNAL_H
#define BUNDLE_INTERNAL_H

#include "bundle/bundle.h"

/* Fills *error and returns code. */
int bundle_refuse(struct bundle_error *error, int code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static inline bool
text_inside(const struct bundle *b, struct bundle_text t)
{
	return t.offset <= b->text_bytes && t.length <= b->text_bytes - t.offset;
}

/* Slots of an open hash whose mask stands in the file: a power of two that fits into what
 * remains of the section; 0 if not. */
static inline uint32_t
table_slots(uint32_t mask, uint32_t remaining)
{
	if (mask == UINT32_MAX || (mask & (mask + 1)) != 0 || mask >= remaining)
		return 0;
	return mask + 1;
}

/* Services, hosts, endpoints, the router, sources, words, classes. ERR_CORRUPT. */
MUST_CHECK int bundle_check_router(const struct bundle *b, struct bundle_error *e);
/* Predicates, sets, rules, keys, anchors, self-tests. ERR_CORRUPT. */
MUST_CHECK int bundle_check_rules(const struct bundle *b, struct bundle_error *e);

#endif
