/* Records come from disk: any bytes are refused or come back as they are. */
#include <stdint.h>

#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct record r, again;

	if (record_unpack(span_make(data, n), &r) != OK) {
		CHECK(r.kind == 0);
		return 0;
	}
	record_pack(&r, &first);
	CHECK(record_unpack(buf_span(&first), &again) == OK);
	record_pack(&again, &second);
	CHECK(span_eq(buf_span(&first), buf_span(&second)));
	record_fini(&r);
	record_fini(&again);
	buf_fini(&first);
	buf_fini(&second);
	return 0;
}
