/* A bundle as text; golden tests compare it, and its rules compile again. Pure. */
#ifndef POLICY_DUMP_H
#define POLICY_DUMP_H

#include "base/buf.h"
#include "bundle/bundle.h"

/* Everything but revision and dates, which stand in dump_header. */
void dump_content(const struct bundle *b, bool graphs, struct buf *out);
void dump_header(const struct bundle *b, struct buf *out);
void dump_json(const struct bundle *b, struct buf *out);
/* One rule as a block of the language. */
void dump_rule(const struct bundle *b, uint32_t rule, struct buf *out);
/* One class of data as a block of a *.classes file. */
void dump_class(const struct bundle *b, uint32_t i, struct buf *out);
/* "jwt:sub verified" of a credential source. */
void dump_source(const struct bundle *b, uint32_t source, struct buf *out);

#endif
