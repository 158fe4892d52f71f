/* Sub-operations of any body: absent, or text in the arena, the same every time. */
#include "http/graphql.h"
#include "tests/fuzz/fuzz_http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum body_kind kinds[] = {
	    BODY_JSON, BODY_GRAPHQL, BODY_XML, BODY_NONE, BODY_FORM};
	struct span s = span_make(data, size), op[GRAPHQL_OPERATIONS_MAX];
	struct arena *a = fuzz_arena();
	unsigned n;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct span one, two;

		one = operation_of(kinds[i], s, s, SPAN_NONE, &fuzz_limits, a);
		if (span_absent(one))
			continue;
		must(one.n > 0 &&
		    (is_part(one, a->base, a->used) || span_eq(one, SPAN("*"))));
		two = operation_of(kinds[i], s, s, SPAN_NONE, &fuzz_limits, a);
		must(span_absent(two) || span_eq(one, two));
	}
	arena_reset(a);
	if (graphql_operations(s, op, &n, a) != OK) {
		must(n == 0);
		return 0;
	}
	must(n > 0 && n <= GRAPHQL_OPERATIONS_MAX);
	for (unsigned i = 0; i < n; i++)
		must(is_part(op[i], a->base, a->used) && op[i].p[op[i].n - 1] == '}');
	return 0;
}
