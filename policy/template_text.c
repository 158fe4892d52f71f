/* One form for each template. */
#include "policy/template_text.h"

int
template_canonical(struct pool *pool, struct span text, struct span *out)
{
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned parts = TARGET_SEGMENTS_MAX;
	uint8_t memory[TEMPLATE_BYTES_MAX * 2 + 1024];
	struct arena a;
	struct span verb;
	char *to;
	size_t n = 0;
	int rc;

	*out = SPAN_NONE;
	arena_init(&a, memory, sizeof memory);
	if ((rc = template_parse(text, part, &parts, &verb, &a)) != OK)
		return rc == ERR_FULL ? ERR_LIMIT : rc;
	/* It is well-formed, so what stands between braces is [name:]class. */
	to = pool_alloc(pool, text.n + 2);
	for (size_t i = 0; i < text.n;) {
		struct span rest = span_from(text, i), inner;
		size_t close = span_find(rest, '}'), colon;

		if (rest.p[0] != '{') {
			to[n++] = text.p[i++];
			continue;
		}
		inner = span_make(rest.p + 1, close - 1);
		colon = span_find(inner, ':');
		inner = span_from(inner, colon < inner.n ? colon + 1 : 0);
		if (span_eq(inner, SPAN("any")))
			inner = SPAN("text");
		to[n++] = '{';
		memcpy(to + n, inner.p, inner.n);
		n += inner.n;
		to[n++] = '}';
		i += close + 1;
	}
	*out = span_make(to, n);
	return OK;
}

int
template_label(struct pool *pool, struct span text, bool named, struct span *out)
{
	struct span rest = text, method = SPAN_NONE, template, operation;
	int rc;

	if (named && text.n && text.p[0] != '/')
		method = span_cut(&rest, ' ');
	template = span_absent(rest) ? SPAN_NONE : span_cut(&rest, ' ');
	operation = rest;
	if (!span_absent(operation) && (!named || span_absent(method)))
		return ERR_MALFORMED;
	if ((rc = template_canonical(pool, template, &template)) != OK)
		return rc;
	*out = template;
	if (span_absent(method))
		return OK;
	*out = pool_printf(pool, "%.*s %.*s%s%.*s", (int)method.n, method.p,
	    (int)template.n, template.p, span_absent(operation) ? "" : " ",
	    (int)operation.n, operation.p ? operation.p : "");
	return OK;
}
