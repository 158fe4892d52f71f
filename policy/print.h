/* The language written back, in one form: what parses gives text that parses to the same. */
#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include "policy/ast.h"

/* A condition on one line. */
void print_condition(const struct expr *when, struct buf *out);
/* A whole block. */
void print_block(const struct block *b, struct buf *out);
/* A bundle's predicate as the language writes it. */
struct bundle;
void print_predicate(const struct bundle *b, uint32_t predicate, struct buf *out);
void print_operand(struct span name, enum predicate_transform transform, bool has_key,
    struct span key, struct buf *out);
/* An item of a block: its name on a new line; the same with a time unless it is 0, with a
 * quoted text unless it is empty. */
void print_item(const char *name, struct buf *out);
void print_item_time(const char *name, int64_t wall_us, struct buf *out);
void print_item_text(const char *name, struct span text, struct buf *out);
/* "10/1m" of a count and a period; exact. */
void print_rate(uint32_t count, uint64_t period_ns, struct buf *out);

#endif
