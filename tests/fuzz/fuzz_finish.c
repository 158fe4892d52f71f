/* The finish stream comes from whoever connects: frames, then lines, within their bounds. */
#include <stdint.h>
#include <stdlib.h>

#include "analyst/finish.h"

#define LINE_MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
line_check(struct span msg)
{
	static char memory[LINE_MAX_BYTES];
	struct arena a;
	struct finish f;

	arena_init(&a, memory, sizeof(memory));
	if (finish_parse(msg, &a, &f) != OK) {
		CHECK(span_absent(f.ctx) && f.version == FINISH_ABSENT);
		return;
	}
	CHECK(f.version == FINISH_VERSION);
	/* Values never grow, and lie in the message or in the arena. */
	CHECK(f.path.n <= msg.n && f.tap.n <= msg.n && f.ctx.n <= msg.n);
	CHECK(finish_tap_bytes(&f) <= f.tap.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span stream = span_make(data, n), msg;

	if (n <= LINE_MAX_BYTES)
		line_check(stream);
	while (finish_frame(&stream, LINE_MAX_BYTES, &msg) == OK) {
		CHECK(msg.n > 0 && msg.n <= LINE_MAX_BYTES);
		line_check(msg);
	}
	return 0;
}
