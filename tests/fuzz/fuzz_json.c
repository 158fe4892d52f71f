/*
 * JSON: whole and as a cut body. The cut one visits the same leaves or the first of them, a
 * complete one is malformed with one more bracket, and the arena is given back.
 */
#include "http/json.h"
#include "tests/fuzz/fuzz_http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_make(data, size);
	struct arena *a = fuzz_arena();
	struct fuzz_visit whole = {0}, cut = {0}, lines = {0};
	struct body_result r, c;

	if (json_walk(s, false, &fuzz_limits, fuzz_visitor, &whole, &r, a) != OK)
		return 0;
	must(a->used == 0);
	must_hold(&r, &whole, size, false, &fuzz_limits);
	must(r.state != BODY_COMPLETE || r.offset == size);
	must(json_walk(s, true, &fuzz_limits, fuzz_visitor, &cut, &c, a) == OK);
	must_hold(&c, &cut, size, true, &fuzz_limits);
	must(cut.seen <= whole.seen && cut.seen + 1 >= whole.seen);
	must((r.state == BODY_MALFORMED) == (c.state == BODY_MALFORMED));
	must(json_walk_lines(s, false, &fuzz_limits, fuzz_visitor, &lines, &c, a) == OK);
	must(lines.seen >= whole.seen);
	must(r.state != BODY_COMPLETE || c.state == BODY_COMPLETE);
	return 0;
}
