/*
 * Forms: name=value pairs, percent-decoded, '+' a blank. A percent sign without two hex
 * digits stands for itself, as servers take it. The last pair of a cut body is not visited:
 * more of it may follow.
 */
#include "http/body.h"

#include "http/headers.h"
#include "http/target.h"
#include "http/utf8.h"

static uint32_t
text_flags(struct span s)
{
	uint32_t flags = 0;

	if (span_find(s, '\0') < s.n)
		flags |= BODY_NUL;
	if (utf8_valid(s, NULL) != s.n)
		flags |= BODY_BAD_UTF8;
	return flags;
}

int
form_walk(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a)
{
	struct span rest = body.n ? body : SPAN_NONE, name, value;

	*r = (struct body_result){.state = cut ? BODY_TRUNCATED : BODY_COMPLETE};
	while (!span_absent(rest)) {
		size_t mark = arena_mark(a), used;
		struct field f = {.type = VALUE_STRING, .depth = 1};
		uint32_t ignored = 0;

		r->offset = (size_t)(rest.p - body.p);
		if (!query_next(&rest, &name, &value))
			break;
		if (cut && span_absent(rest)) {
			r->offset = (size_t)(name.p - body.p);
			return OK;
		}
		if (r->fields >= limits->fields) {
			r->state = BODY_MALFORMED;
			r->flags |= BODY_TOO_MANY;
			return OK;
		}
		f.path = f.name = target_decode(name, true, &ignored, a);
		f.value = target_decode(value, true, &ignored, a);
		if (span_absent(f.name) || span_absent(f.value)) {
			arena_release(a, mark);
			*r = (struct body_result){0};
			return ERR_FULL;
		}
		r->flags |= text_flags(f.name) | text_flags(f.value);
		r->fields++;
		used = arena_mark(a);
		if (visit(ctx, &f) != OK) {
			r->state = BODY_TRUNCATED;
			r->offset = (size_t)(value.p + value.n - body.p);
			return OK;
		}
		/* what the visitor allocated stays */
		if (arena_mark(a) == used)
			arena_release(a, mark);
	}
	r->offset = body.n;
	return OK;
}
