/* JSON pointers (RFC 6901), percent-encoded as in a URI fragment. */
#include "policy/spec_ref.h"

#define POINTER_BYTES_MAX 4096
#define LIST_STEP_MAX 4096 /* further items of a list are found by walking only */

void
spec_refs_init(struct spec_refs *r, struct pool *pool, struct diags *diags,
    const struct source *source, const struct spec_node *root)
{
	*r = (struct spec_refs){
	    .pool = pool, .diags = diags, .source = source, .root = root};
	intern_init(&r->texts, pool);
}

static int
hex_digit(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One step of a pointer, decoded into to; its length. */
static size_t
decode_step(struct span s, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%' && s.n - i > 2 && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0) {
			c = (char)(hex_digit(s.p[i + 1]) * 16 + hex_digit(s.p[i + 2]));
			i += 2;
		}
		if (c == '~' && s.n - i > 1 && (s.p[i + 1] == '0' || s.p[i + 1] == '1'))
			c = s.p[++i] == '0' ? '~' : '/';
		to[n++] = c;
	}
	return n;
}

static const struct spec_node *
step_into(const struct spec_node *n, struct span step)
{
	uint64_t index;

	if (n->kind == NODE_MAP)
		return spec_node_find(n, step);
	if (n->kind != NODE_LIST || span_u64(step, &index) != OK || index > LIST_STEP_MAX)
		return NULL;
	SPEC_EACH (x, n)
		if (index-- == 0)
			return x;
	return NULL;
}

/* The target of a pointer, NULL if there is none. */
static const struct spec_node *
look_up(struct spec_refs *r, struct span pointer)
{
	const struct spec_node *n = r->root;
	char step[POINTER_BYTES_MAX];

	if (pointer.n > sizeof step)
		return NULL;
	if (pointer.n == 0)
		return n;
	if (pointer.p[0] != '/')
		return NULL;
	pointer = span_from(pointer, 1);
	while (n && !span_absent(pointer)) {
		struct span one = span_cut(&pointer, '/');

		n = step_into(n, span_make(step, decode_step(one, step)));
	}
	return n;
}

static const struct spec_node *
resolve(struct spec_refs *r, const struct spec_node *ref)
{
	struct place at = {r->source, ref->offset};
	const struct spec_node *target = NULL;
	bool is_new;
	uint32_t i = intern_put(&r->texts, ref->text, &is_new);

	if (!is_new)
		return r->targets.v[i];
	if (ref->text.n == 0 || ref->text.p[0] != '#')
		diag_warn(r->diags, at,
		    "\"%.*s\" is outside of this file and not followed",
		    DIAG_SPAN(ref->text));
	else if ((target = look_up(r, span_from(ref->text, 1))) == NULL)
		diag_error(r->diags, at, "\"%.*s\" leads nowhere", DIAG_SPAN(ref->text));
	*VEC_ADD(r->pool, &r->targets) = target;
	return target;
}

const struct spec_node *
spec_ref_follow(struct spec_refs *r, const struct spec_node *n)
{
	for (unsigned i = 0; n && i < SPEC_REF_CHAIN_MAX; i++) {
		const struct spec_node *ref = spec_node_get(n, "$ref");

		/* a property may be called $ref: then it is no text */
		if (ref == NULL || ref->kind != NODE_SCALAR)
			return n;
		n = resolve(r, ref);
		if (n && i + 1 == SPEC_REF_CHAIN_MAX)
			diag_error(r->diags, (struct place){r->source, ref->offset},
			    "\"%.*s\" leads back to itself", DIAG_SPAN(ref->text));
	}
	return NULL;
}
