/*
 * One claim of a JWT's payload (RFC 7519), read without verifying anything: whether the
 * claim may be believed is the business of whoever verified the token. A claim that stands
 * there twice is absent: two readers would take different ones.
 */
#include "base/encode.h"
#include "http/body.h"
#include "http/headers.h"

#define JWT_PAYLOAD_MAX 16384 /* decoded bytes; headers of HAProxy are not longer */

struct search {
	struct span wanted;
	struct span found;
	struct arena *a;
	bool full;
};

static int
claim_visit(void *ctx, const struct field *f)
{
	struct search *s = ctx;

	if (f->depth != 1 || (f->type != VALUE_STRING && f->type != VALUE_NUMBER) ||
	    !span_eq(f->name, s->wanted) || f->path.n == 0 || f->path.p[0] == '[')
		return OK;
	s->found = arena_copy(s->a, f->value);
	return OK;
}

struct span
jwt_claim(struct span token, struct span claim, struct arena *a)
{
	static const struct body_limits limits = {.depth = 16, .fields = 1024};
	struct search s = {.wanted = claim, .a = a};
	struct body_result r;
	size_t first = span_find(token, '.'), n, room, mark = arena_mark(a);
	struct span payload = span_from(token, first + 1);
	char *text;

	n = span_find(payload, '.');
	if (first == token.n || n == payload.n || n == 0)
		return SPAN_NONE;
	payload = span_head(payload, n);
	room = payload.n / 4 * 3 + 3;
	if (room > JWT_PAYLOAD_MAX || (text = arena_text(a, room)) == NULL)
		return SPAN_NONE;
	if (b64_decode(payload, text, room, &n) != OK ||
	    json_walk(span_make(text, n), false, &limits, claim_visit, &s, &r, a) != OK ||
	    r.state != BODY_COMPLETE || r.flags & BODY_DUPLICATE_KEY ||
	    span_absent(s.found)) {
		arena_release(a, mark);
		return SPAN_NONE;
	}
	/* only the claim stays */
	memmove(a->base + mark, s.found.p, s.found.n);
	arena_release(a, mark + s.found.n);
	return span_make(a->base + mark, s.found.n);
}
