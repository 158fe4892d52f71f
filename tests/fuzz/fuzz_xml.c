/* XML: expat's memory stays in the arena, and an arena of any size is enough or an error. */
#include "tests/fuzz/fuzz_http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_make(data, size);
	struct arena *a = fuzz_arena(), small;
	struct fuzz_visit whole = {0}, cut = {0}, tight = {0};
	struct body_result r;

	if (xml_walk(s, false, &fuzz_limits, fuzz_visitor, &whole, &r, a) == OK)
		must_hold(&r, &whole, size, false, &fuzz_limits);
	must(a->used == 0);
	if (xml_walk(s, true, &fuzz_limits, fuzz_visitor, &cut, &r, a) == OK)
		must_hold(&r, &cut, size, true, &fuzz_limits);
	must(a->used == 0);
	arena_init(&small, a->base, size ? 8192 + data[0] * 64u : 0);
	if (xml_walk(s, false, &fuzz_limits, fuzz_visitor, &tight, &r, &small) == OK)
		must_hold(&r, &tight, size, false, &fuzz_limits);
	must(small.used == 0 && small.peak <= small.size);
	return 0;
}
