/* Forms, whole and cut. */
#include "tests/fuzz/fuzz_http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_make(data, size);
	struct arena *a = fuzz_arena();
	struct fuzz_visit whole = {0}, cut = {0};
	struct body_result r;

	must(form_walk(s, false, &fuzz_limits, fuzz_visitor, &whole, &r, a) == OK);
	must_hold(&r, &whole, size, false, &fuzz_limits);
	must(a->used == 0);
	must(form_walk(s, true, &fuzz_limits, fuzz_visitor, &cut, &r, a) == OK);
	must(r.offset <= size && r.state != BODY_COMPLETE);
	must(cut.seen <= whole.seen && cut.seen + 1 >= whole.seen);
	return 0;
}
