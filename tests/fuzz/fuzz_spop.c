/*
 * SPOP frames: whatever the bytes, what is read lies inside them, and reading ends. Small
 * inputs are read again at every truncation offset.
 */
#include <stdlib.h>

#include "spop/frame.h"

#define TRUNCATE_UP_TO 512 /* quadratic: small inputs only */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
inside(struct span whole, struct span part)
{
	if (span_absent(part))
		return;
	must(part.p >= whole.p && part.n <= whole.n &&
	    (size_t)(part.p - whole.p) <= whole.n - part.n);
}

static void
read_messages(struct span whole, struct span rest)
{
	struct span name;
	struct spop_value v;
	unsigned n;

	while (spop_read_message(&rest, &name, &n) == OK) {
		inside(whole, name);
		while (n-- > 0) {
			if (spop_read_argument(&rest, &name, &v) != OK)
				return;
			inside(whole, name);
			inside(whole, v.bytes);
			inside(whole, rest);
		}
	}
}

static void
read_frame(struct span bytes)
{
	struct spop_frame f;
	struct spop_hello h;
	enum spop_status status;
	struct span message;
	uint64_t code;

	if (spop_read_frame(bytes, &f) != OK)
		return;
	inside(bytes, f.payload);
	must((spop_read_hello(f.payload, &h, &status) == OK) == (status == SPOP_NORMAL));
	inside(bytes, h.engine_id);
	if (spop_read_disconnect(f.payload, &code, &message) == OK)
		inside(bytes, message);
	read_messages(bytes, f.payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_frame(span_make(data, size));
	if (size > TRUNCATE_UP_TO)
		return 0;
	for (size_t n = 0; n < size; n++) {
		/* a copy of exactly n bytes, so that a sanitizer sees the edge */
		char *p = malloc(n ? n : 1);

		must(p != NULL);
		memcpy(p, data, n);
		read_frame(span_make(p, n));
		free(p);
	}
	return 0;
}
