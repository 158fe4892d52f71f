/* Faults on demand, for tests. */
#include "worker/fault.h"

#ifdef YETT_TEST_FAULTS
#include <stdlib.h>

#include "base/clock.h"
#include "spop/frame.h"

static void
spin(int64_t us)
{
	int64_t end = clock_mono_us() + us;

	while (us < 0 || clock_mono_us() < end)
		;
}

void
fault_on_request(const struct request *r)
{
	struct span rest = r->headers, name, value;

	while (spop_read_string(&rest, &name) == OK && name.n > 0 &&
	    spop_read_string(&rest, &value) == OK) {
		if (!span_eq(name, SPAN("x-yett-test")))
			continue;
		if (span_eq(value, SPAN("crash")))
			abort();
		if (span_eq(value, SPAN("hang")))
			spin(-1);
		if (span_eq(value, SPAN("slow")))
			spin(FAULT_SLOW_MS * 1000);
	}
}
#endif
