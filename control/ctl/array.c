/* See array.h. */
#include "control/ctl/array.h"

struct span
array_begin(struct span text)
{
	if (text.n >= 2 && text.p[0] == '{' && text.p[text.n - 1] == '}')
		text = span_make(text.p + 1, text.n - 2);
	return text.n ? text : SPAN_NONE;
}

bool
array_next(struct span *rest, struct buf *out)
{
	bool quoted = false;
	size_t i;

	if (span_absent(*rest))
		return false;
	for (i = 0; i < rest->n && (quoted || rest->p[i] != ','); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (rest->p[i] == '\\' && i + 1 < rest->n)
			buf_put_char(out, rest->p[++i]);
		else
			buf_put_char(out, rest->p[i]);
	}
	*rest = i < rest->n ? span_from(*rest, i + 1) : SPAN_NONE;
	return true;
}
