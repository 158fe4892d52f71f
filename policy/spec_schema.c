/* Gathering the schemas of one place, and walking from place to place. */
#include "policy/spec_schema.h"

#define SCALARS                                                                      \
	(FIELD_IS_STRING | FIELD_IS_INTEGER | FIELD_IS_FRACTION | FIELD_IS_BOOLEAN | \
	    FIELD_IS_FILE)
#define IS_OBJECT 256u /* beside enum field_type_bit */
#define IS_ARRAY 512u
#define IS_SAID (SCALARS | FIELD_IS_NULL | IS_OBJECT | IS_ARRAY)

/* One place of the message. */
struct spot {
	const struct spot *up;
	struct span path;
	spec_part_list parts;
	unsigned depth, line;
	bool required;
	bool any; /* nothing is known of it */
};

struct walk {
	struct spec_schemas *s;
	enum field_direction direction;
	enum field_location location;
	spec_field_list *out;
	VEC(struct spot *) spots; /* the queue */
};

void
spec_schemas_init(struct spec_schemas *s, struct pool *pool, struct spec_refs *refs)
{
	*s = (struct spec_schemas){.pool = pool, .refs = refs};
	intern_init(&s->known, pool);
}

/* --- gathering ---------------------------------------------------------------------- */

static bool
spend(struct spec_schemas *s, const struct spec_node *at)
{
	if (s->steps++ < SPEC_STEPS_MAX)
		return true;
	if (!s->over)
		diag_error(s->refs->diags,
		    (struct place){s->refs->source, at ? at->offset : 0},
		    "the schemas of this document are too many when written out");
	s->over = true;
	return false;
}

static void
gather(struct spec_schemas *s, struct spot *p, const struct spec_node *n, bool maybe)
{
	static const char *const alternatives[] = {"oneOf", "anyOf", "then", "else"};

	if (n == NULL || n->kind == NODE_NULL || spec_node_is(n, "true") ||
	    (n->kind == NODE_MAP && n->n == 0))
		p->any = true;
	if (n == NULL || n->kind != NODE_MAP || n->n == 0 || !spend(s, n))
		return;
	for (uint32_t i = 0; i < p->parts.n; i++)
		if (p->parts.v[i].schema == n || p->parts.v[i].schema->child == n->child)
			return;
	if (p->parts.n == SPEC_PARTS_MAX) {
		p->any = true;
		return;
	}
	*VEC_ADD(s->pool, &p->parts) = (struct spec_part){n, maybe};
	if (spec_node_get(n, "$ref"))
		gather(s, p, spec_ref_follow(s->refs, n), maybe);
	SPEC_EACH (x, spec_node_get(n, "allOf"))
		gather(s, p, x, maybe);
	for (size_t i = 0; i < sizeof alternatives / sizeof *alternatives; i++) {
		const struct spec_node *x = spec_node_get(n, alternatives[i]);

		if (x && x->kind == NODE_MAP)
			gather(s, p, x, true);
		else
			SPEC_EACH (y, x)
				gather(s, p, y, true);
	}
}

/* --- types -------------------------------------------------------------------------- */

static uint32_t
type_of_name(struct span name, struct span format)
{
	if (span_eq(name, SPAN("string")))
		return span_eq(format, SPAN("binary")) ? FIELD_IS_FILE | FIELD_IS_STRING
						       : FIELD_IS_STRING;
	if (span_eq(name, SPAN("integer")))
		return FIELD_IS_INTEGER;
	if (span_eq(name, SPAN("number")))
		return FIELD_IS_INTEGER | FIELD_IS_FRACTION;
	if (span_eq(name, SPAN("boolean")))
		return FIELD_IS_BOOLEAN;
	if (span_eq(name, SPAN("null")))
		return FIELD_IS_NULL;
	if (span_eq(name, SPAN("file")))
		return FIELD_IS_FILE;
	if (span_eq(name, SPAN("object")))
		return IS_OBJECT;
	return span_eq(name, SPAN("array")) ? IS_ARRAY : 0;
}

static uint32_t
type_of_value(const struct spec_node *n)
{
	int64_t number;

	if (n->kind == NODE_NULL)
		return FIELD_IS_NULL;
	if (n->kind != NODE_SCALAR)
		return n->kind == NODE_MAP ? IS_OBJECT : IS_ARRAY;
	if (!n->plain)
		return FIELD_IS_STRING;
	if (spec_node_is(n, "true") || spec_node_is(n, "false"))
		return FIELD_IS_BOOLEAN;
	if (span_i64(n->text, &number) == OK)
		return FIELD_IS_INTEGER;
	if (n->text.n && (ascii_is_digit(n->text.p[0]) || n->text.p[0] == '-') &&
	    span_find(n->text, '.') < n->text.n)
		return FIELD_IS_FRACTION;
	return FIELD_IS_STRING;
}

/* What other keywords give away where "type" is absent. */
static uint32_t
type_of_keywords(const struct spec_node *n)
{
	static const struct {
		const char *key;
		uint32_t type;
	} says[] = {
	    {"properties", IS_OBJECT},
	    {"additionalProperties", IS_OBJECT},
	    {"patternProperties", IS_OBJECT},
	    {"required", IS_OBJECT},
	    {"items", IS_ARRAY},
	    {"prefixItems", IS_ARRAY},
	    {"pattern", FIELD_IS_STRING},
	    {"minLength", FIELD_IS_STRING},
	    {"maxLength", FIELD_IS_STRING},
	    {"format", FIELD_IS_STRING},
	};
	uint32_t types = 0;

	for (size_t i = 0; i < sizeof says / sizeof *says; i++)
		if (spec_node_get(n, says[i].key))
			types |= says[i].type;
	return types;
}

static uint32_t
types_of(const struct spec_node *n)
{
	const struct spec_node *type = spec_node_get(n, "type");
	struct span format = spec_node_text(n, "format");
	const struct spec_node *choice = spec_node_get(n, "const");
	uint32_t types = 0;

	if (type && type->kind == NODE_LIST)
		SPEC_EACH (x, type)
			types |= type_of_name(x->text, format);
	else if (type && type->kind != NODE_MAP)
		types = type_of_name(
		    type->kind == NODE_NULL ? SPAN("null") : type->text, format);
	if (types == 0 && choice)
		types = type_of_value(choice);
	choice = spec_node_get(n, "enum");
	if (choice && choice->kind == NODE_LIST)
		SPEC_EACH (x, choice)
			if (types == 0 || x->kind == NODE_NULL ||
			    (type == NULL && !(types & ~SCALARS)))
				types |= type_of_value(x);
	if (types == 0)
		types = type_of_keywords(n);
	if (spec_node_true(n, "nullable") || spec_node_true(n, "x-nullable"))
		types |= FIELD_IS_NULL;
	return types;
}

/* --- children ----------------------------------------------------------------------- */

/* Writes a name as a part of a path; outside of bodies names stand as they are. */
static struct span
join(const struct walk *w, struct span path, struct span name, bool list)
{
	struct pool *pool = w->s->pool;

	char *to = pool_alloc(pool, path.n + 2 * name.n + 3);
	size_t n = path.n;

	memcpy(to, path.p, path.n);
	if (list) {
		memcpy(to + n, "[]", 2);
		return span_make(to, n + 2);
	}
	if (n)
		to[n++] = '.';
	for (size_t i = 0; i < name.n; i++) {
		if (w->location == FIELD_BODY && memchr(".[\\", name.p[i], 3))
			to[n++] = '\\';
		to[n++] = name.p[i];
	}
	return span_make(to, n);
}

static struct spot *
new_spot(struct walk *w, const struct spot *up, struct span path, unsigned line)
{
	struct spot *p = POOL_NEW(w->s->pool, struct spot);

	p->up = up;
	p->path = path;
	p->depth = up ? up->depth + 1 : 0;
	p->line = line;
	*VEC_ADD(w->s->pool, &w->spots) = p;
	return p;
}

/* Whether messages of this direction leave the property out. */
static bool
is_left_out(const struct walk *w, const struct spec_node *schema)
{
	const char *key = w->direction == FIELD_REQUEST ? "readOnly" : "writeOnly";

	return spec_node_true(schema, key) ||
	    spec_node_true(spec_ref_follow(w->s->refs, schema), key);
}

/* The children of one place, gathered over its schemas. */
struct brood {
	struct intern names;
	VEC(struct spot *) spot; /* by number of the name */
	struct spot *item, *key; /* of an array; of a map */
	bool open, closed, has_names;
};

static struct spot *
child_of(struct walk *w, struct spot *p, struct brood *b, const struct spec_node *x)
{
	bool is_new;
	uint32_t i = intern_put(&b->names, x->key, &is_new);

	if (is_new)
		*VEC_ADD(w->s->pool, &b->spot) =
		    new_spot(w, p, join(w, p->path, x->key, false), x->line);
	return b->spot.v[i];
}

static void
add_additional(struct walk *w, struct spot *p, struct brood *b, const struct spec_node *x)
{
	if (x == NULL)
		return;
	if (spec_node_is(x, "false")) {
		b->closed = true;
	} else if (x->kind != NODE_MAP || x->n == 0) {
		b->open = true;
	} else {
		if (b->key == NULL) {
			b->key = new_spot(
			    w, p, join(w, p->path, SPAN("{key}"), false), x->line);
		}
		gather(w->s, b->key, x, true);
	}
}

static void
add_properties(
    struct walk *w, struct spot *p, struct brood *b, const struct spec_part *part)
{
	const struct spec_node *n = part->schema;
	const struct spec_node *properties = spec_node_get(n, "properties");

	if (properties && properties->kind == NODE_MAP)
		SPEC_EACH (x, properties) {
			b->has_names = true;
			if (!is_left_out(w, x))
				gather(w->s, child_of(w, p, b, x), x, part->maybe);
		}
	if (!part->maybe)
		SPEC_EACH (x, spec_node_get(n, "required")) {
			uint32_t i = x->kind == NODE_SCALAR
			    ? intern_get(&b->names, x->text)
			    : UINT32_MAX;

			if (i != UINT32_MAX)
				b->spot.v[i]->required = true;
		}
	SPEC_EACH (x, spec_node_get(n, "patternProperties"))
		add_additional(w, p, b, x);
	add_additional(w, p, b, spec_node_get(n, "additionalProperties"));
	add_additional(w, p, b, spec_node_get(n, "unevaluatedProperties"));
}

static void
add_items(struct walk *w, struct spot *p, struct brood *b, const struct spec_node *n)
{
	const struct spec_node *items = spec_node_get(n, "items");
	const struct spec_node *prefix = spec_node_get(n, "prefixItems");

	if (items == NULL && prefix == NULL)
		return;
	if (b->item == NULL)
		b->item = new_spot(w, p, join(w, p->path, SPAN(""), true),
		    items ? items->line : prefix->line);
	if (items && items->kind != NODE_LIST)
		gather(w->s, b->item, items, true);
	else
		SPEC_EACH (x, items)
			gather(w->s, b->item, x, true);
	SPEC_EACH (x, prefix)
		gather(w->s, b->item, x, true);
}

/* Whether a schema of this place describes a place above it, too. */
static bool
is_recursive(struct walk *w, const struct spot *p)
{
	for (const struct spot *up = p->up; up; up = up->up)
		for (uint32_t i = 0; i < up->parts.n; i++)
			for (uint32_t k = 0; k < p->parts.n; k++) {
				if (!spend(w->s, NULL))
					return true;
				if (up->parts.v[i].schema == p->parts.v[k].schema)
					return true;
			}
	return false;
}

/* --- the walk ----------------------------------------------------------------------- */

static void
emit(struct walk *w, const struct spot *p, uint32_t types, bool open)
{
	struct spec_field *f = VEC_ADD(w->s->pool, w->out);

	*f = (struct spec_field){.direction = w->direction,
	    .location = w->location,
	    .path = p->path,
	    .types = types,
	    .required = p->required,
	    .open = open,
	    .line = p->line};
}

static void
visit(struct walk *w, struct spot *p)
{
	struct brood b = {0};
	uint32_t types = 0, scalars, before = w->spots.n;

	for (uint32_t i = 0; i < p->parts.n; i++)
		types |= types_of(p->parts.v[i].schema);
	scalars = types & (SCALARS | FIELD_IS_NULL);
	if (p->any || !(types & IS_SAID)) {
		emit(w, p, 0, true);
		return;
	}
	if (!(types & (IS_OBJECT | IS_ARRAY))) {
		emit(w, p, scalars, false);
		return;
	}
	if (p->depth == SPEC_FIELD_DEPTH_MAX || before >= SPEC_FIELDS_MAX ||
	    is_recursive(w, p)) {
		emit(w, p, 0, true);
		return;
	}
	intern_init(&b.names, w->s->pool);
	for (uint32_t i = 0; i < p->parts.n; i++) {
		add_properties(w, p, &b, &p->parts.v[i]);
		add_items(w, p, &b, p->parts.v[i].schema);
	}
	if (types & IS_OBJECT && !b.has_names && b.key == NULL && !b.closed)
		b.open = true;
	if (types & IS_ARRAY && b.item == NULL)
		b.open = true;
	if (w->spots.n > SPEC_FIELDS_MAX) {
		w->spots.n = before;
		b.open = true;
	}
	if (b.open || scalars)
		emit(w, p, scalars == 0 && b.open ? 0 : scalars, b.open);
}

/* The same seeds give the same fields. */
static uint32_t
known_as(struct spec_schemas *s, const spec_part_list *seeds, struct span root,
    enum field_direction direction, enum field_location location, bool *is_new)
{
	size_t n = seeds->n * sizeof seeds->v[0].schema;
	char *key = pool_alloc(s->pool, n + root.n + 2);

	for (uint32_t i = 0; i < seeds->n; i++)
		memcpy(key + i * sizeof seeds->v[0].schema, &seeds->v[i].schema,
		    sizeof seeds->v[0].schema);
	memcpy(key + n, root.p, root.n);
	key[n + root.n] = (char)direction;
	key[n + root.n + 1] = (char)location;
	return intern_put(&s->known, span_make(key, n + root.n + 2), is_new);
}

void
spec_schema_fields(struct spec_schemas *s, const spec_part_list *seeds, struct span root,
    enum field_direction direction, enum field_location location, spec_field_list *out)
{
	struct walk w = {.s = s, .direction = direction, .location = location};
	bool is_new;
	uint32_t number = known_as(s, seeds, root, direction, location, &is_new);
	struct spot *first;

	if (is_new) {
		spec_field_list list = {0};

		w.out = &list;
		first = new_spot(&w, NULL, root,
		    seeds->n && seeds->v[0].schema ? seeds->v[0].schema->line : 0);
		for (uint32_t i = 0; i < seeds->n; i++)
			gather(s, first, seeds->v[i].schema, seeds->v[i].maybe);
		for (uint32_t i = 0; i < w.spots.n; i++)
			visit(&w, w.spots.v[i]);
		*VEC_ADD(s->pool, &s->lists) = list;
	}
	for (uint32_t i = 0; i < s->lists.v[number].n; i++)
		*VEC_ADD(s->pool, out) = s->lists.v[number].v[i];
}

/* --- parameters --------------------------------------------------------------------- */

static void
take_shape(struct spec_schemas *s, const struct spot *p, struct spec_shape *out)
{
	uint32_t types = 0;

	for (uint32_t i = 0; i < p->parts.n; i++) {
		const struct spec_node *n = p->parts.v[i].schema;
		const struct spec_node *choices = spec_node_get(n, "enum");

		types |= types_of(n);
		if (out->format.n == 0)
			out->format = spec_node_text(n, "format");
		if (out->pattern.n == 0)
			out->pattern = spec_node_text(n, "pattern");
		if (out->segment.n == 0)
			out->segment = spec_node_text(n, "x-yett-segment");
		if (choices && choices->kind == NODE_LIST && !p->parts.v[i].maybe)
			out->choices = choices;
	}
	out->is_object |= (types & IS_OBJECT) != 0;
	out->types |= types & (SCALARS | FIELD_IS_NULL);
	if (!(types & IS_ARRAY))
		return;
	out->is_array = true;
}

void
spec_schema_shape(
    struct spec_schemas *s, const struct spec_node *schema, struct spec_shape *out)
{
	struct spot p = {0}, items = {0};

	*out = (struct spec_shape){0};
	gather(s, &p, schema, false);
	take_shape(s, &p, out);
	if (!out->is_array)
		return;
	for (uint32_t i = 0; i < p.parts.n; i++) {
		const struct spec_node *x = spec_node_get(p.parts.v[i].schema, "items");

		if (x)
			gather(s, &items, x, false);
	}
	take_shape(s, &items, out);
}
