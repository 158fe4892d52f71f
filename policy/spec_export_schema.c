/* Bodies: the seen fields as a tree of names, and that tree as a JSON Schema. */
#include "policy/spec_export.h"

#include "policy/spec_write.h"

#define CONTENT_TYPE SPAN("content-type=")

struct node {
	struct span name;
	uint32_t types;
	bool seen; /* a value stood here, not only below */
	bool open; /* names below it that are not told */
	bool always; /* in every message */
	const span_list *classes;
	struct node *list, *key;
	VEC(struct node *) names;
};

/* --- names -------------------------------------------------------------------------- */

static struct span
unescape(struct pool *pool, struct span s)
{
	char *to = pool_alloc(pool, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		to[n++] = s.p[i];
	}
	return span_make(to, n);
}

struct span
spec_export_name(struct spec_exporter *x, struct span raw)
{
	uint32_t i;

	if (raw.n <= 3 || !span_starts(raw, SPAN("{~")) || raw.p[raw.n - 1] != '}')
		return raw;
	i = intern_get(&x->service->tokens, span_make(raw.p + 2, raw.n - 3));
	return i == UINT32_MAX ? SPAN_NONE : x->service->released.v[i];
}

/* Cuts the next name or "[]" off a path, escapes kept. */
static struct span
cut_step(struct span *rest)
{
	size_t n = 0;
	struct span s;

	if (span_starts(*rest, SPAN("[]"))) {
		s = span_head(*rest, 2);
		*rest = span_from(*rest, 2);
		return s;
	}
	if (rest->n && rest->p[0] == '.')
		*rest = span_from(*rest, 1);
	while (n < rest->n && rest->p[n] != '.' &&
	    !span_starts(span_from(*rest, n), SPAN("[]")))
		n += rest->p[n] == '\\' && n + 1 < rest->n ? 2 : 1;
	s = span_head(*rest, n);
	*rest = span_from(*rest, n);
	return s;
}

/* --- the tree ----------------------------------------------------------------------- */

static struct node *
one_below(struct pool *pool, struct node **at)
{
	if (*at == NULL)
		*at = POOL_NEW(pool, struct node);
	return *at;
}

static struct node *
named_below(struct pool *pool, struct node *n, struct span name)
{
	struct node *to;

	for (uint32_t i = 0; i < n->names.n; i++)
		if (span_eq(n->names.v[i]->name, name))
			return n->names.v[i];
	to = POOL_NEW(pool, struct node);
	to->name = name;
	*VEC_ADD(pool, &n->names) = to;
	return to;
}

static void
add_seen(struct spec_exporter *x, struct node *n, const struct spec_seen *f)
{
	/* the text of a body that is no tree has this name */
	struct span rest = span_eq(f->path, SPAN("$")) ? SPAN("") : f->path;

	for (unsigned depth = 0; rest.n; depth++) {
		struct span step = cut_step(&rest), name;

		if (depth == SPEC_EXPORT_DEPTH_MAX) {
			n->open = true;
			return;
		}
		if (span_eq(step, SPAN("[]"))) {
			n = one_below(x->pool, &n->list);
		} else if (span_eq(step, SPAN("{key}"))) {
			n = one_below(x->pool, &n->key);
		} else if (span_absent(name = spec_export_name(x, step))) {
			n->open = true;
			return;
		} else {
			n = named_below(x->pool, n, unescape(x->pool, name));
		}
	}
	n->seen = true;
	n->types |= f->types;
	n->always = f->present >= SPEC_EXPORT_REQUIRED_MIN && f->present == f->messages;
	if (f->classes.n)
		n->classes = &f->classes;
}

/* --- schemas ------------------------------------------------------------------------ */

static void
put_types(struct spec_writer *w, uint32_t types, bool object, bool array)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} known[] = {
	    {FIELD_IS_STRING | FIELD_IS_FILE, "string"},
	    {FIELD_IS_INTEGER, "integer"},
	    {FIELD_IS_FRACTION, "number"},
	    {FIELD_IS_BOOLEAN, "boolean"},
	    {FIELD_IS_NULL, "null"},
	};
	const char *name[8];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (types & known[i].bit)
			name[n++] = known[i].name;
	if (object)
		name[n++] = "object";
	if (array)
		name[n++] = "array";
	if (n == 0)
		return;
	spec_write_key(w, SPAN("type"));
	if (n > 1)
		spec_write_list(w);
	for (unsigned i = 0; i < n; i++)
		spec_write_text(w, span_str(name[i]));
	if (n > 1)
		spec_write_end(w);
	if (types & FIELD_IS_FILE)
		spec_write_kv(w, "format", SPAN("binary"));
}

static void
put_classes(struct spec_writer *w, const span_list *classes)
{
	if (classes == NULL || classes->n == 0)
		return;
	spec_write_key(w, SPAN("x-yett-classes"));
	spec_write_list(w);
	for (uint32_t i = 0; i < classes->n; i++)
		spec_write_text(w, classes->v[i]);
	spec_write_end(w);
}

void
spec_export_type(struct spec_exporter *x, uint32_t types, const span_list *classes)
{
	spec_write_map(x->writer);
	put_types(x->writer, types, false, false);
	put_classes(x->writer, classes);
	spec_write_end(x->writer);
}

static void put_schema(struct spec_exporter *x, const struct node *n);

static void
put_object(struct spec_exporter *x, const struct node *n)
{
	struct spec_writer *w = x->writer;
	bool any = false;

	if (n->names.n) {
		spec_write_key(w, SPAN("properties"));
		spec_write_map(w);
		for (uint32_t i = 0; i < n->names.n; i++) {
			spec_write_key(w, n->names.v[i]->name);
			put_schema(x, n->names.v[i]);
			any |= n->names.v[i]->always;
		}
		spec_write_end(w);
	}
	if (any) {
		spec_write_key(w, SPAN("required"));
		spec_write_list(w);
		for (uint32_t i = 0; i < n->names.n; i++)
			if (n->names.v[i]->always)
				spec_write_text(w, n->names.v[i]->name);
		spec_write_end(w);
	}
	if (n->open) {
		spec_write_kv_bool(w, "additionalProperties", true);
	} else if (n->key) {
		spec_write_key(w, SPAN("additionalProperties"));
		put_schema(x, n->key);
	}
}

static void
put_schema(struct spec_exporter *x, const struct node *n)
{
	struct spec_writer *w = x->writer;
	bool object = n->names.n || n->key || n->open;

	spec_write_map(w);
	put_types(w, n->types, object, n->list != NULL);
	if (object)
		put_object(x, n);
	if (n->list) {
		spec_write_key(w, SPAN("items"));
		put_schema(x, n->list);
	}
	put_classes(w, n->classes);
	spec_write_end(w);
}

/* --- bodies ------------------------------------------------------------------------- */

/* The content types seen, or JSON. */
static void
put_content(struct spec_exporter *x, const span_list *types, const struct node *root)
{
	struct spec_writer *w = x->writer;

	spec_write_key(w, SPAN("content"));
	spec_write_map(w);
	for (uint32_t i = 0; i < (types->n ? types->n : 1); i++) {
		spec_write_key(w, types->n ? types->v[i] : SPAN("application/json"));
		spec_write_map(w);
		if (root) {
			spec_write_key(w, SPAN("schema"));
			put_schema(x, root);
		}
		spec_write_end(w);
	}
	spec_write_end(w);
}

static void
add_type(struct pool *pool, span_list *types, struct span type)
{
	for (uint32_t i = 0; i < types->n; i++)
		if (span_eq(types->v[i], type))
			return;
	*VEC_ADD(pool, types) = type;
}

void
spec_export_body(
    struct spec_exporter *x, const struct spec_group *g, enum field_direction direction)
{
	struct node root = {0};
	span_list types = {0};
	bool any = false;

	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; k < g->endpoint[i]->fields.n; k++) {
			const struct spec_seen *f = &g->endpoint[i]->fields.v[k];

			if (f->direction != direction)
				continue;
			if (f->location == FIELD_BODY) {
				add_seen(x, &root, f);
				any = true;
			} else if (f->location == FIELD_HEADER &&
			    span_starts(f->path, CONTENT_TYPE)) {
				add_type(
				    x->pool, &types, span_from(f->path, CONTENT_TYPE.n));
			}
		}
	if (!any && types.n == 0)
		return;
	if (direction == FIELD_REQUEST) {
		spec_write_key(x->writer, SPAN("requestBody"));
		spec_write_map(x->writer);
	}
	put_content(x, &types, any ? &root : NULL);
	if (direction == FIELD_REQUEST)
		spec_write_end(x->writer);
}
