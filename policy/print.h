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
/* "10/1m" of a count and a period; exact. */
void print_rate(uint32_t count, uint64_t period_ns, struct buf *out);

#endif
