/* Cutting a rule file: blocks lie in the text, in order, and cutting ends. */
#include <stdlib.h>

#include "control/ctl/rule_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make(data, size);
	struct rule_block b;
	unsigned line = 1;
	const char *from = rest.p;

	while (rule_file_next(&rest, &line, &b) == OK) {
		if (b.text.p < from || b.text.p + b.text.n != rest.p ||
		    b.name.p < b.text.p || b.name.p + b.name.n > rest.p || b.line > line)
			abort();
		from = rest.p;
	}
	return 0;
}
