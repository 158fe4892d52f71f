/* multipart: the first line is the boundary, the rest the body. */
#include "tests/fuzz/fuzz_http.h"

static const uint8_t *input;
static size_t input_n;

static int
visit(void *ctx, const struct field *f)
{
	/* nothing is copied: all of it stands in the body */
	must(is_part(f->value, input, input_n) && is_part(f->path, input, input_n));
	must(span_absent(f->filename) || is_part(f->filename, input, input_n));
	must(span_absent(f->media) || is_part(f->media, input, input_n));
	return fuzz_visitor(ctx, f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = span_make(data, size), boundary = span_cut(&body, '\n');
	struct arena *a = fuzz_arena();
	struct fuzz_visit whole = {0}, cut = {0};
	struct body_result r;

	if (span_absent(body))
		return 0;
	input = data;
	input_n = size;
	must(multipart_walk(body, boundary, false, &fuzz_limits, visit, &whole, &r, a) ==
	    OK);
	must_hold(&r, &whole, body.n, false, &fuzz_limits);
	must(a->used == 0);
	must(
	    multipart_walk(body, boundary, true, &fuzz_limits, visit, &cut, &r, a) == OK);
	must_hold(&r, &cut, body.n, true, &fuzz_limits);
	must(cut.seen == whole.seen);
	return 0;
}
