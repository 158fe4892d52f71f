/*
 * *.classes: any text gives either messages or classes; classes without errors become a
 * bundle that parses, and what that dumps to gives the same bundle.
 */
#include <stdlib.h>

#include "policy/compile.h"
#include "policy/dump.h"

#define INPUT_BYTES_MAX 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
make(struct pool *pool, struct span text, struct buf *out)
{
	struct compile_options o = {.revision = 1, .source = SPAN("fuzz")};
	struct input in = {.kind = INPUT_CLASSES, .source = {SPAN("fuzz.classes"), text}};
	struct diags diags = {.pool = pool};
	int rc = compile(pool, &diags, &in, 1, &o, out);

	CHECK((rc == OK) == (diags.errors == 0));
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = BUF_INIT, second = BUF_INIT, text = BUF_INIT;
	struct pool pool = POOL_INIT;
	struct bundle_error e;
	struct bundle b;

	if (size > INPUT_BYTES_MAX)
		return 0;
	if (make(&pool, span_make(data, size), &first) == OK) {
		CHECK(bundle_parse(buf_span(&first), &b, &e) == OK);
		for (uint32_t i = 0; i < bundle_class_count(&b); i++)
			dump_class(&b, i, &text);
		CHECK(make(&pool, buf_span(&text), &second) == OK);
		CHECK(span_eq(buf_span(&first), buf_span(&second)));
	}
	buf_fini(&text);
	buf_fini(&second);
	buf_fini(&first);
	pool_fini(&pool);
	return 0;
}
