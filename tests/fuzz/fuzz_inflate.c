/* Content encodings: the first line is the header, the rest the stream. */
#include "tests/fuzz/fuzz_http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = span_make(data, size), encoding = span_cut(&body, '\n'), out;
	struct arena *a = fuzz_arena();
	struct fuzz_visit v = {0};
	struct body_result r;

	if (span_absent(body))
		return 0;
	if (body_inflate(body, encoding, &fuzz_limits, &out, &r, a) == OK) {
		must_live(out, data, size, a);
		must(!(r.flags & BODY_INFLATED) || out.n <= fuzz_limits.inflate_bytes);
		must(!(r.flags & BODY_INFLATED) || a->used == out.n);
		must(!(r.flags & BODY_INFLATE_LIMIT) || r.state != BODY_COMPLETE);
		must(!(r.flags & BODY_BAD_ENCODING) || r.state == BODY_MALFORMED);
		for (size_t i = 0; i < out.n; i++)
			v.sum += (uint8_t)out.p[i];
	} else {
		must(span_absent(out) && a->used == 0);
	}
	arena_reset(a);
	if (body_walk(body, SPAN("application/json"), encoding, false, &fuzz_limits,
		fuzz_visitor, &v, &r, a) == OK)
		must(r.fields == v.seen);
	return 0;
}
