/*
 * Patterns of `matches`: PCRE2, compiled when the engine is made, with JIT where the kernel
 * lets us. Matching is bounded (match and depth limit); a pattern that uses its limit up
 * says so instead of guessing. Bytes, not UTF. Matching allocates nothing with JIT.
 */
#ifndef ENGINE_PATTERN_H
#define ENGINE_PATTERN_H

#include "base/span.h"

/* A thousand times what the patterns of a normal policy need; about 1 ms of work. */
#define PATTERN_MATCH_LIMIT 100000
#define PATTERN_DEPTH_LIMIT 2000
#define PATTERN_HEAP_KIB 1024
#define PATTERN_JIT_STACK_MAX (256u << 10)

struct pattern;

/* What matching needs, one per engine. */
struct pattern_set {
	void *context, *data, *stack; /* PCRE2's */
};

enum pattern_result { PATTERN_NO, PATTERN_YES, PATTERN_SPENT };

MUST_CHECK int pattern_set_init(struct pattern_set *set);
void pattern_set_fini(struct pattern_set *set);
/* ERR_UNSUPPORTED: PCRE2 refuses it, *why (of at least why_n bytes) says what and where. */
MUST_CHECK int
pattern_new(struct span text, struct pattern **out, char *why, size_t why_n);
void pattern_free(struct pattern *p);
enum pattern_result
pattern_match(struct pattern_set *set, const struct pattern *p, struct span subject);

#endif
