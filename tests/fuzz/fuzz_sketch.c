/* Packed sketches come from spool and database: any bytes are refused or round-trip. */
#include <stdint.h>
#include <stdlib.h>

#include "sketch/distinct.h"
#include "sketch/hist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span s = span_make(data, n);
	struct hist h = {0};
	struct distinct d = {0};
	struct buf out = BUF_INIT;

	if (hist_unpack(&h, s) == OK) {
		hist_pack(&h, &out);
		CHECK(span_eq(buf_span(&out), s));
		CHECK(hist_quantile(&h, 0.99) >= hist_quantile(&h, 0.5));
	} else {
		CHECK(h.n == 0 && h.total == 0);
	}
	buf_clear(&out);
	if (distinct_unpack(&d, s) == OK) {
		struct distinct back = {0};

		distinct_pack(&d, &out);
		CHECK(distinct_unpack(&back, buf_span(&out)) == OK);
		CHECK(distinct_count(&back) == distinct_count(&d));
	} else {
		CHECK(d.n == 0);
	}
	hist_fini(&h);
	buf_fini(&out);
	return 0;
}
