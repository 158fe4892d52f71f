/*
 * Step 5: the body, inflated at most once, walked at most once, and only when the policy
 * asks. Values of the fields that some rule names are kept in a part of the arena set
 * aside before the walk, because a walker gives its own memory back as it goes.
 */
#include "engine/work.h"

/* Of what is left of the arena, for kept values. */
#define KEPT_SHARE 3

/* Why the body's fields cannot be trusted to be all there. */
static void
body_fault(struct work *w, enum exception_id id)
{
	w->body_unknown = true;
	work_exception(w, id, true);
}

/* Sets seen->body_bytes. False when there is nothing to read. */
static bool
body_open(struct work *w)
{
	struct analysis *s = w->seen;

	if (w->body_open)
		return s->body_bytes.n != 0;
	w->body_open = true;
	s->body_bytes = SPAN_NONE;
	s->body = (struct body_result){0};
	if (!w->has_body)
		return false;
	if (w->e->o.bodies_off) {
		body_fault(w, EX_QUARANTINED);
		return false;
	}
	if (w->body_cut)
		body_fault(w, EX_BODY_TRUNCATED);
	if (w->r->body.n == 0)
		return false;
	if (body_inflate(w->r->body, headers_known(&s->headers, HDR_CONTENT_ENCODING),
		&w->e->o.body, &s->body_bytes, &s->body, w->a) != OK) {
		s->body_bytes = SPAN_NONE;
		body_fault(w, EX_BODY_UNDECODABLE);
		return false;
	}
	if (s->body.flags & (BODY_INFLATE_LIMIT | BODY_BAD_ENCODING))
		body_fault(w, EX_BODY_UNDECODABLE);
	return s->body_bytes.n != 0;
}

static enum body_kind
likely_kind(const struct work *w)
{
	return body_kind_likely(
	    headers_known(&w->seen->headers, HDR_CONTENT_TYPE), w->seen->body_bytes);
}

void
body_operation(struct work *w)
{
	struct analysis *s = w->seen;

	w->operation_read = true;
	(void)body_open(w);
	s->operation = operation_of(likely_kind(w), s->body_bytes, w->r->query,
	    headers_known(&s->headers, HDR_SOAPACTION), &w->e->o.body, w->a);
	work_trace(w, "body", "sub-operation %.*s", (int)s->operation.n,
	    s->operation.n ? s->operation.p : "");
}

struct keeper {
	struct work *w;
	struct arena kept;
};

static int
keep_field(void *ctx, const struct field *f)
{
	struct keeper *k = ctx;
	struct span in = k->w->seen->body_bytes;
	bool inside = (uintptr_t)f->value.p - (uintptr_t)in.p < in.n;

	if (!keys_add(k->w->e, KEYS_BODY, f->path,
		span_absent(f->value) ? SPAN("") : f->value, !inside, &k->kept))
		return ERR_FULL;
	return OK;
}

void
body_walk_fields(struct work *w)
{
	struct analysis *s = w->seen;
	struct keeper k = {.w = w};
	struct body_result walked = {0}, json = {0};
	uint32_t flags;
	size_t room;
	void *mem;
	bool cut;

	if (!body_open(w))
		return;
	keys_start(w->e, KEYS_BODY);
	room = (w->a->size - w->a->used) / KEPT_SHARE;
	mem = arena_alloc(w->a, room > 16 ? room - 16 : 0);
	arena_init(&k.kept, mem, mem && room > 16 ? room - 16 : 0);
	cut = w->body_cut || s->body.state == BODY_TRUNCATED;
	flags = s->body.flags;
	if (body_walk(s->body_bytes, headers_known(&s->headers, HDR_CONTENT_TYPE),
		SPAN_NONE, cut, &w->e->o.body, keep_field, &k, &walked, w->a) != OK ||
	    (likely_kind(w) == BODY_JSON && s->body_kind != BODY_JSON &&
		s->body_kind != BODY_NONE &&
		json_walk(s->body_bytes, cut, &w->e->o.body, keep_field, &k, &json,
		    w->a) != OK) ||
	    w->e->keys[KEYS_BODY].overflow)
		body_fault(w, EX_BODY_UNDECODABLE);
	if (walked.state == BODY_COMPLETE)
		walked.state = s->body.state;
	s->body = walked;
	s->body.flags |= flags;
	s->body_read = true;
	if (s->body.state == BODY_MALFORMED ||
	    (s->body.state == BODY_TRUNCATED && !w->body_cut))
		body_fault(w, EX_BODY_UNDECODABLE);
	if (s->body.flags & (BODY_TOO_DEEP | BODY_TOO_MANY))
		body_fault(w, EX_BODY_UNDECODABLE);
	work_trace(w, "body", "%s at byte %zu, %u fields",
	    s->body.state == BODY_COMPLETE	  ? "complete"
		: s->body.state == BODY_TRUNCATED ? "truncated"
						  : "malformed",
	    s->body.offset, s->body.fields);
}
