/* Ring records as a broken worker might leave them: refused, or every span inside. */
#include <stdlib.h>

#include "engine/request_record.h"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request_prelude p;
	struct request r;
	int rc = request_record_read(span_make(data, size), &p, &r);
	volatile unsigned sum = 0; /* every byte is read */

	must(rc == OK || rc == ERR_CORRUPT || rc == ERR_VERSION);
	for (unsigned i = 0; i < REQUEST_SPANS; i++) {
		struct span s = r.span[i];

		must(rc == OK || span_absent(s));
		if (span_absent(s))
			continue;
		must(s.p >= (const char *)data && s.n <= size &&
		    (size_t)(s.p - (const char *)data) <= size - s.n);
		for (size_t k = 0; k < s.n; k++)
			sum += (uint8_t)s.p[k];
	}
	(void)sum;
	return 0;
}
