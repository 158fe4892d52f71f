/* What differs between two bundles, in words. Pure. */
#ifndef POLICY_DIFF_H
#define POLICY_DIFF_H

#include "base/buf.h"
#include "bundle/bundle.h"
#include "policy/pool.h"

/* Appends one line for each difference (or one JSON object) and returns how many there
 * are. Revision, dates of making and signatures do not count. */
unsigned diff_bundles(struct pool *pool, const struct bundle *a, const struct bundle *b,
    bool json, struct buf *out);

#endif
