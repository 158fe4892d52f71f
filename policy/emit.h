/* Tables to bytes: the file as bundle/format.h has it, unsigned. Pure. */
#ifndef POLICY_EMIT_H
#define POLICY_EMIT_H

#include "base/buf.h"
#include "policy/tables.h"

/* Appends to *out, which must be empty. h brings revision, parent, dates, environment and
 * min_agent; the rest of it is set here. ERR_NOMEM, ERR_LIMIT (over BUNDLE_BYTES_MAX). */
MUST_CHECK int
emit_bundle(const struct tables *t, const struct bundle_header *h, struct buf *out);

#endif
